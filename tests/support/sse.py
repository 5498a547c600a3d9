"""Server-sent events as a browser reads them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """One event of a stream; comments are left out."""

    id: str | None
    event: str
    data: str


def frames(text: str) -> list[Frame]:
    """Return the events of a stream's text, an unfinished one left out."""
    blocks = text.split("\n\n")[:-1]
    return [frame for frame in map(_frame, blocks) if frame]


def _frame(block: str) -> Frame | None:
    lines = [line.partition(": ") for line in block.split("\n") if not line.startswith(":")]
    fields = {name: value for name, _, value in lines}
    data = "\n".join(value for name, _, value in lines if name == "data")
    return Frame(fields.get("id"), fields.get("event", "message"), data) if fields else None
