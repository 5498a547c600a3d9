"""`longwatch keys`: make, list and revoke the keys of this API."""

import secrets
from typing import Annotated

import typer

from longwatch.cli.place import DataDir, settings_at
from longwatch.cli.transaction import in_transaction
from longwatch.cli.wording import table
from longwatch.store import keys as store
from longwatch.store.engine import Tx
from longwatch.store.keys import StoredKey

_PREFIX = "lw_"
_BYTES = 32

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

    if not in_transaction(made, settings_at(data_dir), command="longwatch keys create"):
        typer.echo(f"project {project!r} has a key named {name!r}: revoke it first, or choose another name", err=True)
        raise typer.Exit(1)
    typer.echo(key)


@app.command("list")
def show(*, data_dir: DataDir = None) -> None:
    """List the keys: project, name, since when, what they may."""
    listed = in_transaction(store.listed, settings_at(data_dir), command="longwatch keys list")
    typer.echo(table(("PROJECT", "NAME", "SINCE", "STATE"), [_row(key) for key in listed]))


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

    if not in_transaction(revoked, settings_at(data_dir), command="longwatch keys revoke"):
        typer.echo(f"project {project!r} has no living key named {name!r}", err=True)
        raise typer.Exit(1)
    typer.echo(f"{name!r} of project {project!r} is revoked")


def _row(key: StoredKey) -> tuple[str, str, str, str]:
    state = "revoked" if key.revoked_at else "admin" if key.admin else "valid"
    return key.project, key.name, key.created_at.isoformat(timespec="seconds"), state
