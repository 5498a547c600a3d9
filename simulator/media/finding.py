"""What was found out about one piece of media?"""

from dataclasses import dataclass, field


class DamagedError(ValueError):
    """The bytes are not what their kind requires."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the bytes of one piece of media say: their type, and *details* as phrases such as "640 x 480 pixels"."""

    mime_type: str
    details: tuple[str, ...] = field(default=())
    seconds: float | None = None
    pages: int | None = None
    text: str = ""


def need(condition: object, what: str) -> None:
    """Raise DamagedError saying *what* is wrong unless *condition* holds."""
    if not condition:
        raise DamagedError(what)


def pixels(width: int, height: int) -> str:
    """Return dimensions as a phrase."""
    need(width > 0 and height > 0, "it has no area")
    return f"{width} x {height} pixels"


def duration(seconds: float) -> str:
    """Return a duration as a phrase."""
    return f"{seconds:.2f} seconds long"
