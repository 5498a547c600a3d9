"""Is the upstream there, does it take our key, and what time does it have? One GET of a run that does not exist."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from longwatch.domain.clock import Clock
from longwatch.upstream.classify import read_rejected
from longwatch.upstream.http import TRANSPORT_ERRORS, Timeouts, pooled_client, trust
from longwatch.upstream.outcomes import KeyProblem, Missing
from longwatch.upstream.reader import one_line
from longwatch.upstream.rejection import read_rejection

PATIENCE: Final = timedelta(seconds=15)
_NO_SUCH_RUN: Final = "longwatch-doctor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What a free call came to: None for *trouble* if the upstream answered as it should."""

    trouble: str | None
    key_refused: bool = False
    theirs: datetime | None = None
    ours: datetime


async def probe(base_url: str, key: str, *, version: str) -> Probed:
    """Read a run that does not exist, which costs nothing; never raise."""
    url = f"{base_url.rstrip('/')}/{version}/interactions/{_NO_SUCH_RUN}"
    clock = Clock()
    began = clock.now()
    try:
        async with pooled_client(tls=trust(), timeouts=Timeouts(get=PATIENCE), connections=1) as client:
            answer = await client.get(url, headers={"x-goog-api-key": key})
    except (*TRANSPORT_ERRORS, httpx.InvalidURL, ValueError) as error:
        return Probed(trouble=one_line(str(error)) or type(error).__name__, ours=clock.now())
    ours = began + (clock.now() - began) / 2
    return _judged(answer, ours=ours)


def _judged(answer: httpx.Response, *, ours: datetime) -> Probed:
    theirs = _date(answer.headers.get("date"))
    if answer.is_success:
        return Probed(trouble=None, theirs=theirs, ours=ours)
    rejection = read_rejection(answer.status_code, answer.content, header=None, now=ours)
    outcome = read_rejected(rejection)
    if isinstance(outcome, Missing):
        return Probed(trouble=None, theirs=theirs, ours=ours)
    refused = isinstance(outcome, KeyProblem)
    words = f"HTTP {answer.status_code}: {rejection.message or answer.reason_phrase}"
    return Probed(trouble=words, key_refused=refused, theirs=theirs, ours=ours)


def _date(header: str | None) -> datetime | None:
    """Return the middle of the second that a `Date` header names."""
    try:
        return parsedate_to_datetime(header or "") + timedelta(milliseconds=500)
    except ValueError:
        return None
