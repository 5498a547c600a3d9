"""How are the secrets of a request kept? Sealed with the first of the installation's keys; any of them opens."""

import json
from collections.abc import Mapping, Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class VaultError(Exception):
    """The secrets cannot be sealed or opened with the keys at hand."""


class Vault:
    """Seals and opens with LONGWATCH_ENCRYPTION_KEYS; without any it can do neither."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([_fernet(key) for key in keys]) if keys else None

    @property
    def usable(self) -> bool:
        """Return whether there is a key to seal with."""
        return self._fernet is not None

    def seal(self, secrets: Mapping[str, str]) -> bytes:
        """Return *secrets* encrypted; raise VaultError without a key."""
        return self._opener().encrypt(json.dumps(dict(secrets)).encode())

    def open(self, sealed: bytes) -> dict[str, str]:
        """Return what `seal` was given; raise VaultError if no key fits."""
        try:
            opened = self._opener().decrypt(sealed)
        except InvalidToken as error:
            raise VaultError("No key in LONGWATCH_ENCRYPTION_KEYS opens this: add the key that sealed it.") from error
        return {str(name): str(value) for name, value in json.loads(opened).items()}

    def _opener(self) -> MultiFernet:
        if self._fernet is None:
            raise VaultError("There is no encryption key: set LONGWATCH_ENCRYPTION_KEYS.")
        return self._fernet


def _fernet(key: str) -> Fernet:
    try:
        return Fernet(key)
    except ValueError as error:
        raise VaultError(
            "LONGWATCH_ENCRYPTION_KEYS holds something that is no Fernet key. Make one with: "
            "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'",
        ) from error
