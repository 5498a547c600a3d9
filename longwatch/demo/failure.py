"""Why did the demo not get to its end?"""

from collections.abc import Sequence


class DemoError(Exception):
    """Something went wrong in *part*; whoever has the part's last lines shows them."""

    def __init__(self, message: str, *, part: str) -> None:
        super().__init__(message)
        self.part = part


class BrokenDemoError(Exception):
    """The end of a demo that failed, with the last lines of the part to blame."""

    def __init__(self, failure: DemoError, tail: Sequence[str]) -> None:
        lines = "\n".join(f"    {line}" for line in tail) or "    (it wrote nothing)"
        super().__init__(f"{failure}\nThe last lines of {failure.part}:\n{lines}")


class InterruptedDemoError(Exception):
    """A person, or the system, asked the demo to stop."""
