"""Which installation is meant? The option that every command has, and the settings that come of it."""

from pathlib import Path
from typing import Annotated

import typer

from longwatch.settings import Settings, load

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Where `longwatch up` keeps databases, keys and logs; else LONGWATCH_DATA_DIR."),
]


def settings_at(data_dir: Path | None) -> Settings:
    """Return the settings, with *data_dir* if one was asked for; raise pydantic's ValidationError."""
    settings = load()
    return settings if data_dir is None else settings.model_copy(update={"data_dir": data_dir.expanduser().resolve()})
