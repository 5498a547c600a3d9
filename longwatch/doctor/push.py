"""Can the upstream tell us of ends, can its word be checked, and has it kept it lately? Nothing is sent upstream."""

from collections.abc import AsyncIterator, Iterator
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import httpx
import psycopg

from longwatch.doctor.api import PATIENCE_SECONDS
from longwatch.doctor.finding import Finding, strange, well, wrong
from longwatch.doctor.place import Place
from longwatch.domain.clock import Clock
from longwatch.domain.push_pace import Record
from longwatch.embedded.keys import with_push_token
from longwatch.settings import PUSH_PATH, Settings
from longwatch.store import sightings
from longwatch.store.engine import Engine
from longwatch.upstream.hooks import Endpoint, Hooks, HooksError
from longwatch.upstream.keyset import KeysAwayError, KeySet

_PAGE: Final = "docs/how-to/push.md"
_ENABLED: Final = "enabled"


async def push(place: Place, engine: Engine | None) -> AsyncIterator[Finding]:
    """Look at push: its settings, what proves a webhook, what is registered upstream, and how it did lately."""
    settings = with_push_token(place.settings)
    if settings.push_mode == "off":
        yield well("push", "off: ends are seen by reading alone")
        return
    if settings.push_problem is not None:
        words = "Set LONGWATCH_PUSH_TOKEN, the same for api and workers: `openssl rand -hex 24` makes one."
        yield wrong("push", f"{settings.push_mode}, but there is no token for its address", words)
        return
    yield address(settings, upstream=place.upstream_url)
    if settings.push_url is None:
        return
    looks = (_taken(place, settings), _proofs(place, settings), _registered(place, settings), _kept(engine))
    for look in looks:
        async for finding in look:
            yield finding


def address(settings: Settings, *, upstream: str) -> Finding:
    """Judge where *upstream* is to send; one that is on this machine reaches this machine."""
    if settings.public_url is None:
        remedy = f"Set LONGWATCH_PUBLIC_URL to where the upstream reaches the api: {_PAGE}."
        return strange("push", f"{settings.push_mode}, without a public URL", remedy)
    words = f"{settings.push_mode}, to {settings.public_url}"
    if not _public(upstream):
        return well("push", words)
    if not _public(settings.public_url):
        remedy = f"Set LONGWATCH_PUBLIC_URL to a name that is known outside, or LONGWATCH_PUSH=off: {_PAGE}."
        return wrong("push", f"{words}, which the upstream cannot reach", remedy)
    if not settings.public_url.startswith("https://"):
        return wrong("push", f"{words}, in clear: the token can be read on the way", "Put TLS in front, and say https.")
    return well("push", words)


def _public(url: str) -> bool:
    """Return whether *url* may lead to another network: a name with a dot, or an address of the public internet."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".localhost", ".local", ".internal"))


async def _taken(place: Place, settings: Settings) -> AsyncIterator[Finding]:
    """Send the api a webhook that nobody has signed: it is refused, for the signature if it knows the token."""
    token = settings.push_token.get_secret_value() if settings.push_token else ""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as client:
            answer = await client.post(f"{place.api_url.rstrip('/')}{PUSH_PATH}/{token}")
    except (httpx.HTTPError, httpx.InvalidURL):
        return
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        yield well("push token", "the api knows it")
    elif answer.status_code == httpx.codes.NOT_FOUND:
        remedy = "Give api and workers the same LONGWATCH_PUSH_TOKEN and LONGWATCH_PUSH, and restart them."
        yield wrong("push token", f"the api at {place.api_url} has another, or push is off there", remedy)


async def _proofs(place: Place, settings: Settings) -> AsyncIterator[Finding]:
    """Look at what a webhook is proven by: the upstream's public keys, or the secrets of endpoints."""
    if settings.push_mode == "static":
        number = len(settings.push_secrets)
        remedy = "`longwatch hooks register` shows one, `longwatch hooks rotate ID` a new one."
        none = strange("push secrets", "none is set here: the api needs LONGWATCH_PUSH_SECRETS", remedy)
        yield well("push secrets", f"{number} set") if number else none
        return
    keys = KeySet(place.upstream_url, monotonic=Clock().monotonic)
    try:
        yield well("push keys", f"{await keys.count()} of the upstream's can be read")
    except KeysAwayError:
        remedy = "Check the way from the api to the upstream's /.well-known/jwks.json: without it, no webhook is taken."
        yield wrong("push keys", "the upstream's public keys cannot be read", remedy)
    finally:
        await keys.aclose()


async def _registered(place: Place, settings: Settings) -> AsyncIterator[Finding]:
    """Look for our address among the endpoints that are registered upstream, for each key, where push is static."""
    for name, key in sorted(place.keys.items()) if settings.push_mode == "static" else ():
        made = Hooks(place.upstream_url, prefix=settings.upstream_version, key=key, now=Clock().now())
        check = f"push endpoint with key {name}"
        try:
            async with made as upstream:
                ours = [endpoint for endpoint in await upstream.all() if endpoint.uri == settings.push_url]
        except HooksError as error:
            yield strange(check, "the upstream does not tell what is registered", str(error))
        else:
            yield _endpoint(check, ours, key=name)


def _endpoint(check: str, ours: list[Endpoint], *, key: str) -> Finding:
    named = "" if key == "default" else f" --upstream-key {key}"
    if not ours:
        return wrong(check, "our address is not registered", f"`longwatch hooks register{named}`: {_PAGE}.")
    found = min(ours, key=lambda endpoint: endpoint.state != _ENABLED)
    if found.state != _ENABLED:
        remedy = f"Once the upstream can reach it: `longwatch hooks remove {found.id}{named}`, then register it anew."
        return wrong(check, f"{found.id} is {found.state}: nothing is sent to it", remedy)
    return well(check, f"{found.id} is {found.state}")


async def _kept(engine: Engine | None) -> AsyncIterator[Finding]:
    """Say how push did on the newest endings that it was to tell; nothing where the database is missing."""
    if engine is None:
        return
    try:
        async with engine.connect() as tx:
            record = await sightings.judged(tx)
    except (psycopg.Error, OSError, TimeoutError):
        return
    for finding in _judged(record):
        yield finding


def _judged(record: Record) -> Iterator[Finding]:
    endings = record.told + record.missed
    words = f"told {record.told} of the last {endings} endings in time"
    if not endings:
        yield well("push so far", "there was no ending yet that it was to tell")
    elif record.trusted:
        yield well("push so far", f"{words}, and is relied on")
    else:
        remedy = f"Can the upstream reach the address? longwatch_push_rejected_total says what was refused: {_PAGE}."
        yield strange("push so far", f"{words}, and is not relied on: runs are read as without it", remedy)
