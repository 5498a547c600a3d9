"""How does one simulator behave?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Revision = Literal["steps", "legacy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorConfig:
    """Settings of one simulator; *speed* is simulated seconds per real second."""

    speed: float = 1.0
    default_revision: Revision = "steps"
    data_file: Path | None = None
    seed: int = 0
