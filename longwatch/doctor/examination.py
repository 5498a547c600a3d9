"""What does a whole examination find? Every look in its order; no secret is in what it tells."""

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from longwatch.doctor.api import api
from longwatch.doctor.broker import broker
from longwatch.doctor.configuration import configuration, versions
from longwatch.doctor.database import database
from longwatch.doctor.finding import Finding
from longwatch.doctor.place import Place
from longwatch.doctor.push import push
from longwatch.doctor.upstream import upstream
from longwatch.doctor.work import work
from longwatch.store.engine import Engine, connect

HIDDEN = "***"
_SHORTEST_SECRET = 4


async def examine(place: Place) -> list[Finding]:
    """Return every finding, in the order in which a person would look."""
    engine = None if place.database_url is None else connect(place.database_url, pool_size=1)
    secrets = sorted(_secrets(place), key=len, reverse=True)
    try:
        return [_masked(finding, secrets) async for finding in _looks(place, engine)]
    finally:
        if engine is not None:
            await engine.dispose()


async def _looks(place: Place, engine: Engine | None) -> AsyncIterator[Finding]:
    for finding in (*configuration(place), *versions(place)):
        yield finding
    servers = (database(engine), broker(place), upstream(place))
    for look in (*servers, push(place, engine), work(place, engine), api(place)):
        async for finding in look:
            yield finding


def _secrets(place: Place) -> Iterator[str]:
    for name in type(place.settings).model_fields:
        yield from _hidden(getattr(place.settings, name))
    yield from place.keys.values()
    for url in (place.database_url, place.broker_url, place.api_url, place.upstream_url):
        password = urlsplit(url or "").password
        yield from (password, unquote(password)) if password else ()


def _hidden(value: object) -> Iterator[str]:
    match value:
        case SecretStr():
            yield value.get_secret_value()
        case tuple() | list():
            for item in value:
                yield from _hidden(item)
        case dict():
            yield from _hidden(list(value.values()))


def _masked(finding: Finding, secrets: Iterable[str]) -> Finding:
    found = finding.found
    for secret in secrets:
        found = found.replace(secret, HIDDEN) if len(secret) >= _SHORTEST_SECRET else found
    return replace(finding, found=found)
