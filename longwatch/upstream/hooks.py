"""Which endpoints has the upstream registered for its webhooks? Each call is answered, or refused with what to do."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self
from urllib.parse import quote

import httpx

from longwatch.upstream.document import objects, parse, text_of
from longwatch.upstream.http import TRANSPORT_ERRORS, Timeouts, pooled_client, trust
from longwatch.upstream.rejection import read_rejection

EVENTS: Final = ("interaction.completed", "interaction.failed", "interaction.requires_action")
"""What an endpoint is told of: all that the upstream tells of interactions (google-genai 3.4.0, WebhookEvent)."""
ROTATIONS: Final = {
    False: "revoke_previous_secrets_after_h24",
    True: "revoke_previous_secrets_immediately",
}
_PAGE: Final = 100
_MOST_PAGES: Final = 50


class HooksError(Exception):
    """The upstream did not do it; the message says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One registered endpoint, its secrets cut short by the upstream."""

    id: str
    uri: str
    state: str
    events: Sequence[str]
    secrets: Sequence[str]


@dataclass(frozen=True, slots=True)
class Registered:
    """A new endpoint, and its secret: told this once."""

    endpoint: Endpoint
    secret: str = field(repr=False)


class Hooks:
    """The webhooks resource of one upstream, for one key; made on the event loop that uses it."""

    def __init__(self, base_url: str, *, prefix: str, key: str, now: datetime) -> None:
        self._root = f"{base_url.rstrip('/')}/{prefix}/webhooks"
        self._key = key
        self._now = now
        self._client = pooled_client(tls=trust(), timeouts=Timeouts(), connections=1)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def register(self, uri: str, *, name: str) -> Registered:
        """Register *uri* for all that the upstream tells of interactions."""
        body = {"uri": uri, "subscribed_events": list(EVENTS), "name": name}
        made = await self._call("POST", "", body)
        return Registered(_endpoint(made), _secret(made.get("new_signing_secret")))

    async def all(self) -> Sequence[Endpoint]:
        """Return every registered endpoint."""
        return [_endpoint(item) async for item in self._listed()]

    async def remove(self, endpoint_id: str) -> None:
        """Forget an endpoint."""
        await self._call("DELETE", f"/{quote(endpoint_id, safe='')}")

    async def rotate(self, endpoint_id: str, *, at_once: bool) -> str:
        """Return a new secret; the old ones go on for 24 hours unless *at_once*."""
        path = f"/{quote(endpoint_id, safe='')}:rotateSigningSecret"
        return _secret((await self._call("POST", path, {"revocation_behavior": ROTATIONS[at_once]})).get("secret"))

    async def _listed(self) -> AsyncIterator[dict[str, Any]]:
        token = ""
        for _ in range(_MOST_PAGES):
            more = f"&page_token={quote(token, safe='')}" if token else ""
            page = await self._call("GET", f"?page_size={_PAGE}{more}")
            for item in objects(page.get("webhooks")):
                yield item
            token = text_of(page.get("next_page_token")) or ""
            if not token:
                return

    async def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        try:
            answer = await self._client.request(
                method, f"{self._root}{path}", json=body, headers={"x-goog-api-key": self._key}
            )
        except TRANSPORT_ERRORS as error:
            message = f"The upstream at {self._root} could not be reached ({type(error).__name__})."
            raise HooksError(
                f"{message} Check LONGWATCH_UPSTREAM_URL and the network, then `longwatch hooks list`."
            ) from error
        if not answer.is_success:
            raise HooksError(self._refusal(answer))
        return parse(answer.content) or {}

    def _refusal(self, answer: httpx.Response) -> str:
        said = read_rejection(answer.status_code, answer.content, header=None, now=self._now)
        if answer.status_code in {401, 403} or said.names_key:
            remedy = "Check the key: LONGWATCH_UPSTREAM_KEYS or GEMINI_API_KEY, and --upstream-key."
        elif answer.status_code == 404:
            remedy = "`longwatch hooks list` shows the ids of those that there are."
        else:
            remedy = "Try again later, or correct what it names."
        return f"The upstream refused (HTTP {answer.status_code}): {said.message or 'it did not say why'} {remedy}"


def _endpoint(item: Mapping[str, Any]) -> Endpoint:
    events = item.get("subscribed_events")
    return Endpoint(
        id=text_of(item.get("id")) or "",
        uri=text_of(item.get("uri")) or "",
        state=text_of(item.get("state")) or "unknown",
        events=[event for event in events if isinstance(event, str)] if isinstance(events, list) else [],
        secrets=[text_of(held.get("truncated_secret")) or "" for held in objects(item.get("signing_secrets"))],
    )


def _secret(value: Any) -> str:
    secret = text_of(value)
    if secret is None:
        raise HooksError(
            "The upstream did it, but its answer holds no secret. `longwatch hooks list` shows the endpoint: "
            "rotate its secret to get one."
        )
    return secret
