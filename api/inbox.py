"""Which webhooks that come in are the upstream's own, and not seen before? Each is counted by what it came to."""

import hmac
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from typing import Final, Literal, NoReturn, get_args

from longwatch.domain.clock import Clock
from longwatch.domain.errors import LongwatchError, NotFoundError, NotSignedError, UnavailableError
from longwatch.settings import Settings
from longwatch.upstream import pushes
from longwatch.upstream.keyset import FLOOR, KeysAwayError, KeySet
from longwatch.upstream.pushes import FRESH, Envelope, Fault, NotValidError

Rejected = Literal["path", "too_large", "malformed", "keys_away"] | Fault
Outcome = Literal["woken", "late", "candidate", "unknown", "ignored", "repeated"]
REASONS: Final[Sequence[str]] = ("path", "too_large", "malformed", "keys_away", *get_args(Fault))

_MOST_REMEMBERED: Final = 10_000
_NO_PATH: Final = "There is nothing at this path. GET /openapi.json lists what there is."
_FAULTS: Final[Mapping[Fault, str]] = {
    "unsigned": "It lacks one of the headers webhook-id, webhook-timestamp and webhook-signature (v1 or v1a).",
    "stale": "Its timestamp is more than five minutes from now. Set this machine's clock, or sign it anew.",
    "jwt": "A JWT is not taken for a signature: nobody knows yet what its claims must say.",
    "signature": "No known secret or key has signed it. LONGWATCH_PUSH_SECRETS holds those of static endpoints.",
}


class Inbox:
    """The door for the upstream's webhooks in one process; made on its event loop, closed by `aclose`."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        token = settings.push_token if settings.push_mode != "off" else None
        self._token = token.get_secret_value().encode() if token else None
        self._secrets = [secret.get_secret_value() for secret in settings.push_secrets]
        self._clock = clock
        self._keys = KeySet(settings.upstream_url, monotonic=clock.monotonic)
        self._seen: OrderedDict[str, float] = OrderedDict()
        self.received: Counter[Outcome] = Counter(dict.fromkeys(get_args(Outcome), 0))
        self.rejected: Counter[str] = Counter(dict.fromkeys(REASONS, 0))

    async def aclose(self) -> None:
        """Let go of the connection to the upstream."""
        await self._keys.aclose()

    def admit(self, token: str) -> None:
        """Raise NotFoundError unless *token* is that of our address, and push is on."""
        if self._token is None or not hmac.compare_digest(token.encode(), self._token):
            self.reject("path", NotFoundError(_NO_PATH))

    async def opened(self, headers: Mapping[str, str], body: bytes) -> Envelope:
        """Return the webhook once it is proven; raise NotSignedError, or UnavailableError if no key can be had."""
        try:
            envelope = pushes.opened(headers, body, now=self._clock.now())
            proven = await self._proven(envelope)
        except NotValidError as error:
            self._reject_as(error.fault)
        except KeysAwayError:
            detail = "The upstream's public keys cannot be read just now. Send it again."
            self.reject("keys_away", UnavailableError(detail, retry_after=int(FLOOR.total_seconds())))
        if not proven:
            self._reject_as("signature")
        return envelope

    def _reject_as(self, fault: Fault) -> NoReturn:
        self.reject(fault, NotSignedError(f"This is no webhook of the upstream's. {_FAULTS[fault]}"))

    async def _proven(self, envelope: Envelope) -> bool:
        if pushes.by_secret(envelope, self._secrets):
            return True
        return pushes.needs_key(envelope) and await self._keys.signed(envelope)

    def repeated(self, envelope: Envelope) -> bool:
        """Return whether it was taken before by this process, within the time in which it could be sent again."""
        now = self._clock.monotonic()
        while self._seen and next(iter(self._seen.values())) < now:
            self._seen.popitem(last=False)
        return envelope.id in self._seen

    def took(self, envelope: Envelope, outcome: Outcome) -> None:
        """Count what a webhook came to, and remember it."""
        self.received[outcome] += 1
        if len(self._seen) >= _MOST_REMEMBERED:
            self._seen.popitem(last=False)
        self._seen.setdefault(envelope.id, self._clock.monotonic() + 2 * FRESH.total_seconds())

    def reject(self, reason: Rejected, error: LongwatchError) -> NoReturn:
        """Count a webhook that was not taken, and raise *error*."""
        self.rejected[reason] += 1
        raise error
