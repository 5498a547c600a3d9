"""`longwatch keys`: make, list and revoke the keys of this API."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from longwatch.cli.place import DataDir, settings_at
from longwatch.embedded.access import database
from longwatch.settings import Settings
from longwatch.store import keys as store
from longwatch.store.engine import Tx, connect
from longwatch.store.keys import StoredKey

_PREFIX = "lw_"
_BYTES = 32

T = TypeVar("T")

app = typer.Typer(help="Make, list and revoke the keys of this API.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is for; one living key of a project has it.")],
    *,
    project: Annotated[str, typer.Option(help="The project that it acts for.")] = "default",
    admin: Annotated[bool, typer.Option("--admin", help="It may read bytes that hold secrets.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Make a key and show it: this once, as only its hash is kept."""
    key = _PREFIX + secrets.token_urlsafe(_BYTES)

    async def made(tx: Tx) -> bool:
        return await store.create(tx, key, project=project, name=name, admin=admin)

    if not _within(made, settings_at(data_dir), command="longwatch keys create"):
        typer.echo(f"project {project!r} has a key named {name!r}: revoke it first, or choose another name", err=True)
        raise typer.Exit(1)
    typer.echo(key)


@app.command("list")
def show(*, data_dir: DataDir = None) -> None:
    """List the keys: project, name, since when, what they may."""
    listed = _within(store.listed, settings_at(data_dir), command="longwatch keys list")
    rows = [("PROJECT", "NAME", "SINCE", "STATE"), *map(_row, listed)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@app.command()
def revoke(
    name: Annotated[str, typer.Argument(help="As `longwatch keys list` shows it.")],
    *,
    project: Annotated[str, typer.Option(help="The project that it acts for.")] = "default",
    data_dir: DataDir = None,
) -> None:
    """Revoke a key: within five seconds it is refused."""

    async def revoked(tx: Tx) -> bool:
        return await store.revoke(tx, project=project, name=name)

    if not _within(revoked, settings_at(data_dir), command="longwatch keys revoke"):
        typer.echo(f"project {project!r} has no living key named {name!r}", err=True)
        raise typer.Exit(1)
    typer.echo(f"{name!r} of project {project!r} is revoked")


def _row(key: StoredKey) -> tuple[str, str, str, str]:
    state = "revoked" if key.revoked_at else "admin" if key.admin else "valid"
    return key.project, key.name, key.created_at.isoformat(timespec="seconds"), state


def _within(act: Callable[[Tx], Awaitable[T]], settings: Settings, *, command: str) -> T:
    with database(settings, command=command) as url:
        return asyncio.run(_done(url, act))


async def _done(url: str, act: Callable[[Tx], Awaitable[T]]) -> T:
    engine = connect(url, pool_size=1)
    try:
        async with engine.begin() as tx:
            return await act(tx)
    finally:
        await engine.dispose()
