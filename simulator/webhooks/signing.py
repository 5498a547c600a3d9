"""How is a webhook signed?"""

import base64
import hashlib
import hmac
import secrets
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_KEYS = 3
_PREFIX = "whsec_"


def new_secret() -> str:
    """Return a signing secret for a static webhook."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def static_signature(secrets_held: list[str], *, message_id: str, timestamp: int, body: bytes) -> str:
    """Return one `v1` entry for each secret, as during a rotation."""
    signed = _signed_text(message_id, timestamp, body)
    return " ".join(f"v1,{_hmac(secret, signed)}" for secret in secrets_held)


def _hmac(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _signed_text(message_id: str, timestamp: int, body: bytes) -> bytes:
    return f"{message_id}.{timestamp}.".encode() + body


class KeyRing:
    """The service's own Ed25519 keys, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        material = (hashlib.sha256(f"simulator webhook key {seed} {number}".encode()) for number in range(_KEYS))
        self._keys = [Ed25519PrivateKey.from_private_bytes(one.digest()) for one in material]

    def signature(self, *, message_id: str, timestamp: int, body: bytes) -> str:
        """Return a `v1a` entry by one of the keys; the message decides which."""
        number = hashlib.sha256(message_id.encode()).digest()[0] % _KEYS
        signed = self._keys[number].sign(_signed_text(message_id, timestamp, body))
        return f"v1a,{base64.b64encode(signed).decode()}"

    def key_set(self) -> dict[str, Any]:
        """Return the public keys as a JSON Web Key Set."""
        return {"keys": [_public(key, number) for number, key in enumerate(self._keys)]}


def _public(key: Ed25519PrivateKey, number: int) -> dict[str, str]:
    raw = key.public_key().public_bytes_raw()
    encoded = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    return {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": f"simulator-{number}", "x": encoded}
