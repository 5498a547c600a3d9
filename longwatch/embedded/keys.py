"""The secrets of an installation: those configured, else made at the first start and kept in the data directory."""

import base64
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet
from pydantic import SecretStr

from longwatch.embedded.errors import EmbeddedError
from longwatch.embedded.private import kept, password, private_directory
from longwatch.settings import Settings
from longwatch.store.vault import Vault

_PUSH_TOKEN: Final = "push-token"  # noqa: S105


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Each as its setting takes it: several are separated by spaces."""

    api_key: str
    webhook_secret: str
    encryption_keys: str
    flower_password: str
    push_token: str | None


def keys_of(settings: Settings) -> Keys:
    """Return the secrets of *settings*, those that are missing from, or made in, its data directory."""
    if settings.database_url and not settings.encryption_keys:
        raise EncryptionKeysMissingError
    directory = private_directory(settings.data_dir)
    return Keys(
        api_key=_joined(filter(None, [settings.api_key])) or kept(directory / "api-key", password),
        webhook_secret=_joined(settings.webhook_secret) or kept(directory / "webhook-secret", _webhook_secret),
        encryption_keys=_joined(settings.encryption_keys) or kept(directory / "encryption-key", _encryption_key),
        flower_password=kept(directory / "flower-password", password),
        push_token=_push_token(settings, directory),
    )


def vault_of(settings: Settings) -> Vault:
    """Return what opens the stored secrets, for a command: by the settings' keys, else by the data directory's."""
    if settings.encryption_keys:
        return Vault([key.get_secret_value() for key in settings.encryption_keys])
    kept_key = settings.data_dir / "encryption-key"
    return Vault([kept_key.read_text(encoding="utf-8").strip()] if kept_key.exists() else [])


def with_push_token(settings: Settings) -> Settings:
    """Return *settings* with the token that `up` keeps, for a command, where they have none of their own."""
    kept_token = settings.data_dir / _PUSH_TOKEN
    if settings.push_token is not None or not kept_token.exists():
        return settings
    token = SecretStr(kept_token.read_text(encoding="utf-8").strip())
    return settings.model_copy(update={"push_token": token})


class EncryptionKeysMissingError(EmbeddedError):
    """A database of the user's own needs encryption keys that outlive this machine."""

    def __init__(self) -> None:
        super().__init__(
            "LONGWATCH_DATABASE_URL is set, so LONGWATCH_ENCRYPTION_KEYS must be too: make one with "
            "`python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'` "
            "and give the same one to every process."
        )


def _push_token(settings: Settings, directory: Path) -> str | None:
    if settings.push_mode == "off":
        return None
    return _joined(filter(None, [settings.push_token])) or kept(directory / _PUSH_TOKEN, password)


def _joined(configured: Iterable[SecretStr]) -> str:
    return " ".join(secret.get_secret_value() for secret in configured)


def _webhook_secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def _encryption_key() -> str:
    return Fernet.generate_key().decode()
