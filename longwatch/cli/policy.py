"""`longwatch policy show AGENT`: when are its runs read, why, and what does that come to?"""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from longwatch.cli import policy_svg, policy_text
from longwatch.cli.place import DataDir, settings_at
from longwatch.cli.policy_view import PolicyView, view
from longwatch.domain.learned import ENOUGH
from longwatch.embedded.access import database
from longwatch.settings import Settings
from longwatch.store import hazards
from longwatch.store.engine import connect
from longwatch.store.hazards import Lesson

policy = typer.Typer(no_args_is_help=True, help="When runs are read.")


@policy.command()
def show(
    agent: Annotated[str, typer.Argument(help="The agent's or the model's name.")],
    *,
    polls_per_job: Annotated[
        float | None, typer.Option(min=3, max=1000, help="Show what another budget than the setting's comes to.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    svg: Annotated[Path | None, typer.Option(help="Draw it into this file too.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Show when an agent's runs are read, why, and what that comes to in reads and in lag."""
    settings = settings_at(data_dir)
    with database(settings, command="longwatch policy") as url:
        lessons = asyncio.run(_lessons(url))
    seen = _view(settings, agent, lessons.get(agent), polls_per_job)
    if seen is None:
        _too_little(agent, lessons, as_json=as_json)
        return
    if svg is not None:
        svg.write_text(policy_svg.drawn(seen), encoding="utf-8")
    typer.echo(json.dumps(seen.as_json(), indent=2) if as_json else policy_text.told(seen))


async def _lessons(url: str) -> dict[str, Lesson]:
    engine = connect(url, pool_size=1)
    try:
        async with engine.connect() as tx:
            return dict(await hazards.lessons(tx))
    finally:
        await engine.dispose()


def _view(settings: Settings, agent: str, lesson: Lesson | None, polls_per_job: float | None) -> PolicyView | None:
    if lesson is None or lesson.hazard is None or not lesson.usable:
        return None
    return view(
        agent,
        lesson.hazard,
        ends=lesson.ends,
        ago=lesson.ago,
        reads_a_run=polls_per_job or settings.polls_per_job,
        plain=settings.plain_pace,
        in_use=settings.poll_policy == "learned",
    )


def _too_little(agent: str, lessons: dict[str, Lesson], *, as_json: bool) -> None:
    """Say that there is no curve yet, and of which agents there is one."""
    ends = lessons[agent].ends if agent in lessons else 0
    known = [name for name, lesson in lessons.items() if lesson.usable]
    if as_json:
        told = {"agent": agent, "policy": "exponential", "ends": ends, "needed": ENOUGH, "learned_agents": known}
        typer.echo(json.dumps(told, indent=2))
        return
    typer.echo(f"{agent}: {ends} of the {ENOUGH} past runs have ended that are needed to learn when its runs end.")
    typer.echo("Until then they are read plainly: LONGWATCH_POLL_FIRST, …_FACTOR and …_CAP.")
    typer.echo(f"Learned so far: {', '.join(known) or 'no agent'}.")
