"""`longwatch up`: everything in one terminal."""

from typing import Annotated

import typer

from longwatch.cli.place import DataDir, settings_at
from longwatch.supervisor.installation import Options
from longwatch.supervisor.up import up as run


def up(
    *,
    data_dir: DataDir = None,
    host: Annotated[str, typer.Option(help="The address that the API and Flower listen on.")] = "127.0.0.1",
    api_port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="8080 or the next free one if left out.")
    ] = None,
    flower_port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="5555 or the next free one if left out.")
    ] = None,
    upstream: Annotated[str | None, typer.Option(help="Base URL of the Interactions API.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Children of the one worker.")] = 2,
    no_flower: Annotated[bool, typer.Option("--no-flower", help="Run without Flower.")] = False,
) -> None:
    """Run everything in this terminal until Ctrl-C: database, queue, API, scheduler, worker and Flower."""
    settings = settings_at(data_dir)
    options = Options(
        data_dir=settings.data_dir.expanduser().resolve(),
        host=host,
        api_port=api_port,
        flower_port=flower_port,
        upstream=upstream,
        workers=workers,
        flower=not no_flower,
    )
    raise typer.Exit(run(options, settings))
