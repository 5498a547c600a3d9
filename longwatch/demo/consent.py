"""May the demo spend money? Only with a key, and a person who says yes."""

from collections.abc import Callable, Mapping
from pathlib import Path

_QUESTION = "This creates one Deep Research run on your key and costs about $1-3. Go on? [y/N] "


class NoConsentError(Exception):
    """Nothing was sent; the text says why."""


def ask_to_spend(environ: Mapping[str, str], *, terminal: bool, ask: Callable[[str], str], directory: Path) -> None:
    """Return if a person agrees to pay for a run; raise NoConsentError otherwise."""
    if not environ.get("GEMINI_API_KEY"):
        raise NoConsentError("REAL=1 needs a Gemini API key in GEMINI_API_KEY. Nothing was sent.")
    if not terminal:
        raise NoConsentError("REAL=1 asks before it spends money, so it needs a terminal. Nothing was sent.")
    try:
        answer = ask(f"The job and its report are kept in {directory}.\n{_QUESTION}")
    except EOFError:
        answer = ""
    if answer.strip().lower() not in {"y", "yes"}:
        raise NoConsentError("Nothing was sent.")
