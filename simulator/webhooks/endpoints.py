"""Which webhooks are registered?"""

import secrets
from dataclasses import asdict, dataclass, field
from typing import Any

from simulator.answers import ApiError
from simulator.clock import rfc3339
from simulator.journal import Journal
from simulator.webhooks.signing import new_secret

EVENTS = {f"batch.{end}" for end in ("succeeded", "expired", "failed", "cancelled")} | {"video.generated"}
EVENTS |= {f"interaction.{end}" for end in ("requires_action", "completed", "failed", "cancelled")}
_STATES = ("enabled", "disabled", "disabled_due_to_failed_deliveries")
_CHANGEABLE = ("name", "uri", "subscribed_events", "state")
_OVERLAP_SECONDS = 24 * 3600.0
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Secret:
    """A signing secret, good until *expires_at* if that is known."""

    value: str
    expires_at: float | None = None


@dataclass(slots=True, kw_only=True)
class Endpoint:
    """One registered webhook."""

    id: str
    uri: str
    subscribed_events: list[str]
    created_at: float
    updated_at: float
    name: str | None = None
    state: str = "enabled"
    secrets: list[Secret] = field(default_factory=list)

    def secrets_at(self, now: float) -> list[Secret]:
        """Return the secrets that are good at the simulated instant *now*."""
        return [one for one in self.secrets if one.expires_at is None or now < one.expires_at]

    def document(self, now: float) -> dict[str, Any]:
        """Return the webhook as the API writes it; secrets are cut short."""
        held = [
            {"truncated_secret": f"{one.value[:_SHOWN]}..."}
            | ({"expire_time": rfc3339(one.expires_at)} if one.expires_at else {})
            for one in self.secrets_at(now)
        ]
        return {
            "id": self.id,
            "uri": self.uri,
            "subscribed_events": self.subscribed_events,
            "state": self.state,
            "signing_secrets": held,
            "create_time": rfc3339(self.created_at),
            "update_time": rfc3339(self.updated_at),
        } | ({"name": self.name} if self.name else {})


class Endpoints:
    """Every registered webhook by id."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._by_id: dict[str, Endpoint] = {}

    def create(self, body: Any, *, now: float) -> Endpoint:
        """Register a webhook; ApiError if the API would refuse it."""
        given = _checked(body, known=("name", "uri", "subscribed_events"))
        if not given.get("uri") or not given.get("subscribed_events"):
            raise ApiError(400, "'uri' and 'subscribed_events' are required.")
        endpoint = Endpoint(
            id=f"wh_{secrets.token_hex(8)}", created_at=now, updated_at=now, secrets=[Secret(new_secret())], **given
        )
        self._keep(endpoint)
        return endpoint

    def find(self, endpoint_id: str) -> Endpoint:
        """Return a webhook; ApiError if there is none."""
        if endpoint_id not in self._by_id:
            raise ApiError(404, f"Webhook '{endpoint_id}' was not found.")
        return self._by_id[endpoint_id]

    def has(self, endpoint_id: str) -> bool:
        """Return whether a webhook is registered."""
        return endpoint_id in self._by_id

    def all(self) -> list[Endpoint]:
        """Return every webhook, oldest first."""
        return list(self._by_id.values())

    def update(self, endpoint: Endpoint, body: Any, *, mask: str | None, now: float) -> None:
        """Change the fields that *mask* names, or all that are given."""
        given = _checked(body, known=_CHANGEABLE)
        wanted = {name.strip() for name in mask.split(",")} if mask else set(given)
        if not wanted <= set(_CHANGEABLE):
            raise ApiError(400, "Invalid value for 'update_mask'.")
        for name in wanted & set(given):
            setattr(endpoint, name, given[name])
        endpoint.updated_at = now
        self._keep(endpoint)

    def rotate(self, endpoint: Endpoint, *, at_once: bool, now: float) -> str:
        """Return a new secret; the old ones end now or in 24 hours."""
        old = [] if at_once else [Secret(one.value, now + _OVERLAP_SECONDS) for one in endpoint.secrets_at(now)]
        fresh = Secret(new_secret())
        endpoint.secrets = [fresh, *old]
        endpoint.updated_at = now
        self._keep(endpoint)
        return fresh.value

    def give_up(self, endpoint_id: str) -> None:
        """Disable a webhook whose deliveries fail for good."""
        if endpoint_id in self._by_id:
            self._by_id[endpoint_id].state = "disabled_due_to_failed_deliveries"
            self._keep(self._by_id[endpoint_id])

    def delete(self, endpoint: Endpoint) -> None:
        """Forget a webhook."""
        self._journal.append("endpoint_deleted", {"id": endpoint.id})
        del self._by_id[endpoint.id]

    def restore(self, record: dict[str, Any]) -> None:
        """Take one journal record back."""
        match record:
            case {"kind": "endpoint", "id": str(key)}:
                known = {name: value for name, value in record.items() if name not in {"kind", "secrets"}}
                self._by_id[key] = Endpoint(**known, secrets=[Secret(**one) for one in record["secrets"]])
            case {"kind": "endpoint_deleted", "id": key}:
                self._by_id.pop(key, None)

    def clear(self) -> None:
        """Forget all webhooks."""
        self._by_id.clear()

    def _keep(self, endpoint: Endpoint) -> None:
        self._journal.append("endpoint", asdict(endpoint))
        self._by_id[endpoint.id] = endpoint


def _checked(body: Any, *, known: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise ApiError(400, "The request body must be a JSON object.")
    for name in body:
        if name not in known:
            raise ApiError(400, f"Unknown parameter: '{name}'.", code="parameter_unknown")
    uri, events, state = body.get("uri"), body.get("subscribed_events"), body.get("state")
    if uri is not None and not (isinstance(uri, str) and uri.startswith(("http://", "https://"))):
        raise ApiError(400, "Invalid value for 'uri'.")
    if events is not None and not (isinstance(events, list) and all(one in EVENTS for one in events)):
        raise ApiError(400, "Invalid value for 'subscribed_events'.")
    if state is not None and state not in _STATES:
        raise ApiError(400, "Invalid value for 'state'.")
    return {name: value for name, value in body.items() if value is not None}
