"""Is this webhook the upstream's, and of which run does it speak? Pure: headers, bytes, keys and the time in.

A valid one proves only that the upstream sent it; what it says is learned by reading the interaction.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from longwatch.upstream.document import parse, text_of
from longwatch.upstream.reader import readable_id

FRESH: Final = timedelta(seconds=300)
"""How far a webhook's timestamp may be from now (Gemini's documentation of webhooks)."""
_MOST_SIGNATURES: Final = 16
_ID: Final = re.compile(r"[!-~]{1,256}")
_JWT: Final = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*")

Fault = Literal["unsigned", "stale", "jwt", "signature"]


class NotValidError(Exception):
    """It does not prove that the upstream sent it; *fault* says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A webhook as it came, its freshness checked and its signatures not yet."""

    id: str
    sent_at: int
    signatures: Sequence[tuple[str, bytes]]
    body: bytes = field(repr=False)

    @property
    def signed(self) -> bytes:
        """Return the bytes that a signature stands for."""
        return f"{self.id}.{self.sent_at}.".encode() + self.body


@dataclass(frozen=True, slots=True, kw_only=True)
class PushEvent:
    """What a webhook speaks of: the upstream's id of a run, and the metadata that was given with its create."""

    type: str
    upstream_id: str
    metadata: Mapping[str, str]


def opened(headers: Mapping[str, str], body: bytes, *, now: datetime) -> Envelope:
    """Return the webhook with its signatures taken apart; raise NotValidError unless it is fresh and has some.

    An RS256 JWT, which the documentation describes and nobody has seen (python-genai #2927), is no signature.
    """
    webhook_id, sent, given = (headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not _ID.fullmatch(webhook_id) or not re.fullmatch(r"[0-9]{1,12}", sent) or not given:
        raise NotValidError("unsigned")
    if abs(now - datetime.fromtimestamp(int(sent), UTC)) > FRESH:
        raise NotValidError("stale")
    signatures = list(_signatures(given))
    if not signatures:
        raise NotValidError("jwt" if _JWT.fullmatch(given.removeprefix("Bearer ")) else "unsigned")
    return Envelope(id=webhook_id, sent_at=int(sent), signatures=signatures, body=body)


def _signatures(given: str) -> Iterable[tuple[str, bytes]]:
    for entry in given.split(" ")[:_MOST_SIGNATURES]:
        scheme, _, encoded = entry.partition(",")
        if scheme in {"v1", "v1a"} and (decoded := _decoded(encoded)):
            yield scheme, decoded


def by_secret(envelope: Envelope, secrets: Iterable[str]) -> bool:
    """Return whether one of a static endpoint's *secrets* (`whsec_…`) has signed it."""
    given = [signature for scheme, signature in envelope.signatures if scheme == "v1"]
    keys = [key for secret in secrets if (key := _decoded(secret.removeprefix("whsec_")))] if given else []
    expected = [hmac.digest(key, envelope.signed, "sha256") for key in keys]
    return any(hmac.compare_digest(one, other) for one in expected for other in given)


def by_key(envelope: Envelope, keys: Iterable[Ed25519PublicKey]) -> bool:
    """Return whether one of the upstream's *keys* has signed it: a signature does not say which."""
    given = [signature for scheme, signature in envelope.signatures if scheme == "v1a"]
    return any(_fits(key, signature, envelope.signed) for key in keys for signature in given)


def needs_key(envelope: Envelope) -> bool:
    """Return whether only the upstream's public keys can tell: it carries a signature by one."""
    return any(scheme == "v1a" for scheme, _ in envelope.signatures)


def _fits(key: Ed25519PublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed)
    except InvalidSignature:
        return False
    return True


def _decoded(encoded: str) -> bytes | None:
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True) or None
    except (ValueError, binascii.Error):
        return None


def public_keys(raw: bytes) -> list[Ed25519PublicKey]:
    """Return the Ed25519 keys of a JSON Web Key Set; what is no such key is passed over."""
    listed = (parse(raw) or {}).get("keys")
    return [key for item in (listed if isinstance(listed, list) else [])[:32] if (key := _public_key(item))]


def _public_key(item: Any) -> Ed25519PublicKey | None:
    if not isinstance(item, dict) or (item.get("kty"), item.get("crv")) != ("OKP", "Ed25519"):
        return None
    encoded = text_of(item.get("x")) or ""
    raw = _decoded(encoded.replace("-", "+").replace("_", "/"))
    return Ed25519PublicKey.from_public_bytes(raw) if raw and len(raw) == 32 else None


def read_event(body: bytes) -> PushEvent | None:
    """Return what *body* speaks of, None if of no run (a ping, a batch); raise ValueError if it is no JSON object."""
    document = parse(body)
    if document is None:
        raise ValueError("the body is no JSON object")
    data, kind = document.get("data"), text_of(document.get("type")) or ""
    upstream_id = readable_id(data.get("id")) if isinstance(data, dict) else None
    if not kind.startswith("interaction.") or not isinstance(data, dict) or upstream_id is None:
        return None
    metadata = data.get("user_metadata") or document.get("user_metadata")
    known = metadata if isinstance(metadata, dict) else {}
    texts = {name: text for name, text in known.items() if isinstance(text, str)}
    return PushEvent(type=kind, upstream_id=upstream_id, metadata=texts)
