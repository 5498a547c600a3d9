"""`longwatch pause`, `resume` and `pauses`: stop what is created upstream, go on, and see what is stopped."""

from typing import Annotated

import typer

from longwatch.cli.place import DataDir, settings_at
from longwatch.cli.transaction import in_transaction
from longwatch.cli.wording import table
from longwatch.store import pausing
from longwatch.store.engine import Tx
from longwatch.store.pausing import Scope

Project = Annotated[str | None, typer.Option(help="This project alone; without it, the whole installation.")]
Agent = Annotated[str | None, typer.Option(help="This agent or model alone.")]
UpstreamKey = Annotated[str | None, typer.Option(help="This upstream key alone, by its name.")]


def pause(
    *, project: Project = None, agent: Agent = None, upstream_key: UpstreamKey = None, data_dir: DataDir = None
) -> None:
    """Create nothing more upstream until `resume`: everywhere, or within what the options name.

    What runs goes on, and jobs are accepted as before. It outlives every restart. Repeating it changes nothing.
    """
    scope = Scope(project=project, agent=agent, upstream_key=upstream_key)

    async def paused(tx: Tx) -> tuple[bool, bool]:
        return await pausing.pause(tx, scope), await pausing.is_known(tx, scope)

    news, known = in_transaction(paused, settings_at(data_dir), command="longwatch pause")
    typer.echo(f"creating is paused{'' if news else ' already'}: {_reach(scope)}")
    if not known:
        typer.echo("no such job has been posted so far: are the names right? `longwatch pauses` lists them", err=True)


def resume(
    *, project: Project = None, agent: Agent = None, upstream_key: UpstreamKey = None, data_dir: DataDir = None
) -> None:
    """Undo the pause with exactly these options; others stay, and are listed."""
    scope = Scope(project=project, agent=agent, upstream_key=upstream_key)

    async def resumed(tx: Tx) -> tuple[bool, list[Scope]]:
        return await pausing.resume(tx, scope), await pausing.all_pauses(tx)

    done, left = in_transaction(resumed, settings_at(data_dir), command="longwatch resume")
    if not done:
        typer.echo(f"there is no such pause: {_reach(scope)}", err=True)
        _list(left, err=True)
        raise typer.Exit(1)
    typer.echo(f"creating goes on: {_reach(scope)}")
    if left:
        typer.echo("still paused:")
        _list(left)


def pauses(*, data_dir: DataDir = None) -> None:
    """List the pauses that are in force."""
    _list(in_transaction(pausing.all_pauses, settings_at(data_dir), command="longwatch pauses"))


def _reach(scope: Scope) -> str:
    within = [("agent", scope.agent), ("upstream key", scope.upstream_key)]
    named = [f"{what} {name!r}" for what, name in within if name is not None]
    where = "the whole installation" if scope.project is None else f"project {scope.project!r}"
    return ", ".join([*named, where])


def _list(scopes: list[Scope], *, err: bool = False) -> None:
    rows = [(scope.project or "(all)", scope.agent or "(all)", scope.upstream_key or "(all)") for scope in scopes]
    typer.echo(table(("PROJECT", "AGENT", "UPSTREAM KEY"), rows) if rows else "nothing is paused", err=err)
