"""How a receiver knows that an event is ours: Standard Webhooks signatures."""

import base64
import secrets as randomness
from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

PREFIX = "whsec_"
SECRET_BYTES = range(24, 65)  # what the Standard Webhooks specification allows


class SecretError(ValueError):
    """A signing secret that no Standard Webhooks library would take; never carries the secret itself."""


def generate_secret() -> str:
    """Return a new `whsec_` secret of 32 random bytes."""
    return PREFIX + base64.b64encode(randomness.token_bytes(32)).decode()


def check_secret(secret: str) -> None:
    """Raise SecretError, saying what to do, unless *secret* can sign."""
    if not secret.startswith(PREFIX):
        raise SecretError(f"a webhook secret begins with {PREFIX!r}; `{PREFIX}` and 32 random bytes in base64 will do")
    size = len(_decoded(secret.removeprefix(PREFIX)))
    if size not in SECRET_BYTES:
        raise SecretError(f"a webhook secret holds 24 to 64 bytes after {PREFIX!r}, this one holds {size}")


def sign(body: bytes, *, webhook_id: str, sent_at: datetime, secrets: Sequence[str]) -> dict[str, str]:
    """Return the three Standard Webhooks headers, with one signature for each of *secrets*, in their order."""
    if not secrets:
        raise SecretError("a webhook needs at least one secret to sign with")
    signatures = [_signature(secret, body, webhook_id=webhook_id, sent_at=sent_at) for secret in secrets]
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _signature(secret: str, body: bytes, *, webhook_id: str, sent_at: datetime) -> str:
    check_secret(secret)
    return Webhook(secret).sign(webhook_id, sent_at.astimezone(UTC), body.decode())


def _decoded(encoded: str) -> bytes:
    padding = "=" * (-len(encoded) % 4)
    try:
        return base64.b64decode(encoded + padding, validate=True)
    except ValueError as error:
        raise SecretError(f"what follows {PREFIX!r} in a webhook secret is base64, this is not") from error
