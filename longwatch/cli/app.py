"""Which commands are there, and how does each of their failures end?"""

import sys
from importlib.metadata import version
from typing import Annotated

import psycopg
import typer
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from longwatch.cli.doctor import doctor
from longwatch.cli.hooks import hooks
from longwatch.cli.keys import app as keys
from longwatch.cli.migrate import migrate
from longwatch.cli.pause import pause, pauses, resume
from longwatch.cli.policy import policy
from longwatch.cli.reparse import reparse
from longwatch.cli.rotate_keys import rotate_keys
from longwatch.cli.up import up
from longwatch.cli.wording import settings_message
from longwatch.embedded.errors import EmbeddedError
from longwatch.supervisor.ports import PortRefusedError, PortTakenError
from longwatch.upstream.hooks import HooksError
from longwatch.upstream.reader import one_line

FAILED, MISUSED = 1, 2

app = typer.Typer(name="longwatch", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.command()(up)
app.command()(migrate)
app.command()(reparse)
app.command()(rotate_keys)
app.command()(pause)
app.command()(resume)
app.command()(pauses)
app.add_typer(keys, name="keys")
app.add_typer(policy, name="policy")
app.command()(doctor)
app.add_typer(hooks, name="hooks")


def main() -> None:
    """Run the command line; a failure that a person can act on is one message, not a traceback."""
    try:
        app(prog_name="longwatch")
    except ValidationError as error:
        _end(settings_message(error), MISUSED)
    except (PortTakenError, PortRefusedError) as error:
        _end(str(error), MISUSED)
    except (EmbeddedError, HooksError, OSError) as error:
        _end(str(error), FAILED)
    except psycopg.Error as error:
        _end_for(error)
    except DBAPIError as error:
        _end_for(error.orig or error)


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        typer.echo(f"longwatch {version('longwatch')}")
        raise typer.Exit


@app.callback()
def _longwatch(
    *,
    _version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Run Gemini interactions that outlive every process: never paid twice, never lost."""


def _end_for(trouble: BaseException) -> None:
    match trouble:
        case psycopg.ProgrammingError():
            _end("the database is not at this version's schema: run `longwatch migrate` first", FAILED)
        case psycopg.OperationalError() | psycopg.InterfaceError():
            _end(f"the database cannot be reached: {one_line(str(trouble))}", FAILED)
        case _:
            raise trouble


def _end(message: str, code: int) -> None:
    typer.echo(f"longwatch: {message}", err=True)
    sys.exit(code)
