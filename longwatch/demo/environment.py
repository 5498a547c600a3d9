"""Which environment does the demo run in? Its own settings, and nothing of the caller's."""

from collections.abc import Mapping

_KEYS = frozenset({"GEMINI_API_KEY", "GOOGLE_API_KEY"})
_ITS_OWN = {
    # The demo's receiver listens on loopback, which no installation's webhooks may reach unasked.
    "LONGWATCH_WEBHOOK_ALLOW": "127.0.0.0/8",
}
_SIMULATED = {
    "LONGWATCH_SIMULATOR_SPEED": "60",
    # Polling keeps pace with a clock that runs 60 times too fast.
    "LONGWATCH_POLL_FIRST": "1",
    "LONGWATCH_POLL_CAP": "1",
}


def environment(inherited: Mapping[str, str], *, real: bool) -> dict[str, str]:
    """Return *inherited* without keys and settings, with the demo's own; a *real* demo keeps GEMINI_API_KEY."""
    dropped = _KEYS - {"GEMINI_API_KEY"} if real else _KEYS
    kept = {
        name: value for name, value in inherited.items() if name not in dropped and not name.startswith("LONGWATCH_")
    }
    return kept | _ITS_OWN | ({} if real else _SIMULATED)
