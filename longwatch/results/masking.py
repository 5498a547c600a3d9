"""What of a job may be shown to anybody? All but the secrets of its request, wherever the upstream repeats them.

The upstream echoes `tools`, and our own push address, whose token is a secret too; a run may quote more. The bytes as
received are kept sealed, and everything else is made of bytes in which each secret is masked, to the same length:
places in a text stay right.
"""

import base64
import json
import re
import uuid
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from longwatch.settings import PUSH_PATH
from longwatch.store import creates
from longwatch.store.engine import Engine
from longwatch.store.vault import Kept, Vault, VaultError
from longwatch.upstream.document import parse_any
from longwatch.upstream.secrets import PLACEHOLDER, hide_secrets

SHORTEST: Final = len(PLACEHOLDER)
"""A shorter secret is masked where it stands in `tools` and `environment`, not in texts: it may be a common word."""
_REMEMBERED: Final = 10_000
_SLASH = r"(?:\\?/|\\u002[fF]|%2[fF])"
_ADDRESS = rf"({_SLASH.join(PUSH_PATH.strip('/').split('/'))}{_SLASH})([A-Za-z0-9_-]{{16,}})"
_OURS, _OURS_RAW = re.compile(_ADDRESS), re.compile(_ADDRESS.encode())


@dataclass(frozen=True, slots=True)
class Mask:
    """Hides the token in our push address, and some words, the longest first."""

    words: tuple[str, ...] = field(default=(), repr=False)
    secret: bool = False
    closed: bool = False

    def text(self, text: str) -> str:
        """Return *text* with every secret in it masked; nothing of it if the secrets are not known."""
        if self.closed:
            return PLACEHOLDER
        for word in self.words:
            text = text.replace(word, _instead(word))
        return _OURS.sub(lambda found: found[1] + _instead(found[2]), text)

    def tells(self, raw: bytes) -> bool:
        """Return whether an answer's bytes may repeat a secret: then they are to be sealed."""
        return self.secret or _OURS_RAW.search(raw) is not None

    def raw(self, raw: bytes) -> bytes:
        """Return an answer's bytes with every secret in them masked; the very same bytes if they hold none.

        Raise VaultError if the secrets are not known.
        """
        if self.closed:
            raise VaultError("No key in LONGWATCH_ENCRYPTION_KEYS opens the request's secrets: add the one that did.")
        if not self.tells(raw):
            return raw
        document = parse_any(raw)
        try:
            masked = self.value(hide_secrets(document)) if isinstance(document, dict | list) else None
        except RecursionError:
            masked = None
        if masked is None:
            return self.text(raw.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        return raw if masked == document else json.dumps(masked, ensure_ascii=False).encode(errors="replace")

    def value(self, value: Any) -> Any:
        """Return a JSON *value* with every secret in its strings masked."""
        match value:
            case str():
                return self.text(value)
            case dict():
                return {self.text(name): self._member(name, item) for name, item in value.items()}
            case list():
                return [self.value(item) for item in value]
        return value

    def _member(self, name: str, item: Any) -> Any:
        return self._media(item) if name == "data" and isinstance(item, str) else self.value(item)

    def _media(self, encoded: str) -> str:
        """Return the base64 of a file with every secret in it masked; its size stays."""
        try:
            data = masked = base64.b64decode(encoded, validate=True)
        except ValueError:
            return self.text(encoded)
        for word in self.words:
            masked = masked.replace(word.encode(errors="replace"), _instead(word).encode())
        masked = _OURS_RAW.sub(lambda found: found[1] + _instead(found[2].decode()).encode(), masked)
        return encoded if masked == data else base64.b64encode(masked).decode()


OPEN: Final = Mask()
"""For a job without secrets."""
CLOSED: Final = Mask(secret=True, closed=True)
"""For a job whose secrets no key opens."""


def mask_of(secrets: Mapping[str, str]) -> Mask:
    """Return what hides *secrets*: whole, and without the scheme before a token."""
    parts = {part for value in secrets.values() for part in (value, value.partition(" ")[2].strip())}
    words = sorted((part for part in parts if len(part) >= SHORTEST), key=len, reverse=True)
    return Mask(tuple(words), secret=bool(secrets))


def opened_mask(vault: Vault, secrets: bytes | None) -> Mask:
    """Return what hides the sealed *secrets* of a request; raise VaultError if no key opens them."""
    return OPEN if secrets is None else mask_of(vault.open(secrets))


@dataclass(slots=True)
class Masks:
    """The masks of the jobs that this process works on, read once each."""

    engine: Engine
    vault: Vault
    _known: OrderedDict[uuid.UUID, Mask] = field(default_factory=OrderedDict)

    async def of(self, job_id: uuid.UUID) -> Mask:
        """Return the mask of a job."""
        if (known := self._known.get(job_id)) is not None:
            self._known.move_to_end(job_id)
            return known
        async with self.engine.each_by_itself() as tx:
            secrets = await creates.read_secrets(tx, job_id)
        return self.hiding(job_id, secrets)

    def hiding(self, job_id: uuid.UUID, secrets: bytes | None) -> Mask:
        """Return the mask of a job whose sealed *secrets* have been read, and remember it."""
        mask = self._known[job_id] = _mask(self.vault, secrets)
        self._known.move_to_end(job_id)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return mask


def _mask(vault: Vault, secrets: bytes | None) -> Mask:
    try:
        return opened_mask(vault, secrets)
    except VaultError:
        return CLOSED


def kept(vault: Vault, raw: bytes, *, mask: Mask) -> Kept:
    """Return *raw* as it is to be stored: sealed if it may repeat a secret.

    Raise VaultError if a secret of the request's is at stake and there is no key.
    """
    sealed = mask.secret or (vault.usable and mask.tells(raw))
    return Kept(vault.seal_bytes(raw), sealed=True) if sealed else Kept(raw)


def _instead(word: str) -> str:
    return PLACEHOLDER + "*" * (len(word.encode(errors="replace")) - len(PLACEHOLDER))
