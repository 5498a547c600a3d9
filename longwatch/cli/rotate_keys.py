"""`longwatch rotate-keys`: encrypt with the first of LONGWATCH_ENCRYPTION_KEYS all that an older one has encrypted."""

import asyncio
import uuid

import typer

from longwatch.cli.place import DataDir, settings_at
from longwatch.embedded.access import database
from longwatch.embedded.keys import vault_of
from longwatch.logs import configure
from longwatch.store import sealing
from longwatch.store.engine import Engine, connect
from longwatch.store.sealing import KINDS, Rotated, What
from longwatch.store.vault import Vault, VaultError

_BATCH = 200
_NAMES = {"job_request": "requests", "result": "results"}


def rotate_keys(*, data_dir: DataDir = None) -> None:
    """Encrypt with the first encryption key all that an older one, or none, has encrypted; safe to run twice."""
    settings = settings_at(data_dir)
    configure(settings)
    with database(settings, command="longwatch rotate-keys") as url:
        try:
            done = asyncio.run(_rotated(url, vault_of(settings)))
        except VaultError as error:
            typer.echo(f"{error} What was done so far is done; run it again.", err=True)
            raise typer.Exit(1) from error
    for what, rotated in done.items():
        typer.echo(f"{_NAMES[what]}: {rotated.found:,} with secrets, {rotated.renewed:,} encrypted anew")


async def _rotated(url: str, vault: Vault) -> dict[What, Rotated]:
    engine = connect(url, pool_size=1)
    try:
        return {what: await _all(engine, vault, what) for what in KINDS}
    finally:
        await engine.dispose()


async def _all(engine: Engine, vault: Vault, what: What) -> Rotated:
    found = renewed = 0
    after = uuid.UUID(int=0)
    while True:
        async with engine.begin() as tx:
            rows = await sealing.following(tx, what, after=after, limit=_BATCH)
        if not rows:
            return Rotated(found, renewed)
        for row_id in rows:
            async with engine.begin() as tx:
                renewed += await sealing.renew(tx, vault, what, row_id)
        found, after = found + len(rows), rows[-1]
