"""An installation for the doctor to look at, and what it finds there."""

from typing import Any

from longwatch.doctor.examination import examine
from longwatch.doctor.finding import Finding, Verdict
from longwatch.doctor.place import Place
from longwatch.settings import Settings

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
FERNET = "1GDeL9L6hWm9gPnxLbkYE5x4YHfnH2JbZV8TzJ8kS1o="
KEY = "a-key-that-nobody-may-see"


def a_place(*, embedded: bool = False, up: bool = False, **changed: Any) -> Place:
    """Return an installation with sound settings; *changed* override."""
    given = {"gemini_api_key": KEY, "webhook_secret": SECRET, "encryption_keys": FERNET}
    settings = Settings(**given | changed.pop("settings", {}))
    plain = {"settings": settings, "keys": settings.keys, "embedded": embedded, "up": up}
    return Place(**plain | changed)


def but(place: Place, **changed: Any) -> Place:
    """Return *place* with something changed."""
    names = ("database_url", "broker_url", "api_url", "upstream_url")
    return a_place(**{name: getattr(place, name) for name in names} | changed)


async def found(place: Place, check: str) -> Finding:
    """Return the one finding of *check*."""
    [finding] = [finding for finding in await examine(place) if finding.check == check]
    return finding


async def is_wrong(place: Place, check: str, *, remedy: str) -> str:
    """Return what is wrong with *check*, having seen that the remedy is named."""
    finding = await found(place, check)
    assert (finding.verdict, remedy in (finding.remedy or "")) == (Verdict.WRONG, True), finding
    return finding.found
