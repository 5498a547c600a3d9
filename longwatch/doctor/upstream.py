"""Is the Interactions API within reach, and is each key taken? Nothing is created and nothing is spent."""

from collections.abc import AsyncIterator, Iterator

from longwatch.doctor.clocks import compared
from longwatch.doctor.finding import Finding, well, wrong
from longwatch.doctor.place import Place
from longwatch.upstream.probe import Probed, probe

_REACH = "Check LONGWATCH_UPSTREAM_URL and the way out: proxies of the environment are not used."
_KEY = "Correct the key, or its project's billing, and restart workers and api."


async def upstream(place: Place) -> AsyncIterator[Finding]:
    """Read a run that does not exist, with each key."""
    for name, key in sorted(place.keys.items()):
        found = await probe(place.upstream_url, key, version=place.settings.upstream_version)
        for finding in _judged(found, key=name, url=place.upstream_url):
            yield finding


def _judged(found: Probed, *, key: str, url: str) -> Iterator[Finding]:
    check = f"upstream with key {key}"
    if found.trouble is None:
        yield well(check, f"{url} answers and takes the key")
    else:
        yield wrong(check, found.trouble, _KEY if found.key_refused else _REACH)
    if found.theirs is not None and (key == "default" or found.trouble is None):
        yield compared("clock of the upstream", theirs=found.theirs, ours=found.ours)
