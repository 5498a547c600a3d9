"""Can the settings work together, and are the programs new enough?"""

import platform
import sys
from collections.abc import Iterator
from importlib.metadata import version

from longwatch.doctor.finding import Finding, strange, well, wrong
from longwatch.doctor.place import Place
from longwatch.store.vault import Vault, VaultError
from longwatch.webhooks.signing import SecretError, check_secret

OLDEST_PYTHON = (3, 11)


def configuration(place: Place) -> Iterator[Finding]:
    """Look at the settings alone: what is missing, and what nobody could use."""
    yield from (_encryption(place), _webhook_secrets(place), _upstream_keys(place))


def _encryption(place: Place) -> Finding:
    keys = [key.get_secret_value() for key in place.settings.encryption_keys]
    try:
        Vault(keys)
    except VaultError as error:
        return wrong("encryption keys", str(error), "Make one with cryptography's Fernet.generate_key().")
    if not keys and not place.embedded:
        remedy = "Set LONGWATCH_ENCRYPTION_KEYS, the same for api and workers: docs/reference/settings.md."
        return wrong("encryption keys", "none is set, and the database is your own", remedy)
    return well("encryption keys", f"{len(keys)} set" if keys else "made by longwatch up")


def _webhook_secrets(place: Place) -> Finding:
    try:
        for secret in place.settings.webhook_secret:
            check_secret(secret.get_secret_value())
    except SecretError as error:
        return wrong("webhook secret", str(error), "Correct LONGWATCH_WEBHOOK_SECRET in every worker.")
    number = len(place.settings.webhook_secret)
    if not number and not place.embedded:
        remedy = "Set LONGWATCH_WEBHOOK_SECRET where workers run; without it no webhook can be sent."
        return strange("webhook secret", "none is set here", remedy)
    return well("webhook secret", f"{number} set" if number else "made by longwatch up")


def _upstream_keys(place: Place) -> Finding:
    if place.settings.keys:
        return well("upstream keys", ", ".join(sorted(place.settings.keys)))
    if place.embedded:
        return strange("upstream keys", "none: the upstream is a simulator", "Set GEMINI_API_KEY to use the real one.")
    return wrong("upstream keys", "none is set", "Set GEMINI_API_KEY, or LONGWATCH_UPSTREAM_KEYS, for api and workers.")


def versions(_: Place) -> Iterator[Finding]:
    """Look at what this very process runs on."""
    running = f"{platform.python_version()}, longwatch {version('longwatch')}, celery {version('celery')}"
    if sys.version_info < OLDEST_PYTHON:
        yield wrong("Python", running, "Use Python 3.11 or newer.")
    else:
        yield well("Python", running)
