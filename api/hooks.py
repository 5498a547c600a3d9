"""What the upstream tells of its own accord: a webhook that is surely its own wakes the run that it speaks of."""

import uuid

from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from api.context import Context, Here
from api.inbox import Inbox, Outcome
from api.problems import MalformedBodyError
from longwatch.domain import ids
from longwatch.domain.errors import TooLargeError
from longwatch.domain.ids import MalformedIdError
from longwatch.settings import PUSH_PATH
from longwatch.store import pushes
from longwatch.upstream.pushes import Envelope, PushEvent, read_event

LARGEST = 64 * 1024
"""The longest body that is read: the upstream's webhooks are thin, some hundred bytes."""
_TOO_LARGE = f"A webhook of the upstream's has at most {LARGEST} bytes. Send none but the upstream's here."

# Not in the OpenAPI document: it is nobody's to call but the upstream's.
router = APIRouter(include_in_schema=False)


@router.post(f"{PUSH_PATH}/{{token}}")
async def take_hook(here: Here, request: Request, token: str) -> Response:
    """Take one webhook of the upstream's; what is not valid costs a signature check at most, and is counted."""
    inbox = here.inbox
    inbox.admit(token)
    envelope = await inbox.opened(request.headers, await _body(request, inbox))
    inbox.took(envelope, "repeated" if inbox.repeated(envelope) else await _acted_on(here, envelope))
    return Response(status_code=204)


async def _body(request: Request, inbox: Inbox) -> bytes:
    body, announced = bytearray(), request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > LARGEST:
        inbox.reject("too_large", TooLargeError(_TOO_LARGE))
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST:
                inbox.reject("too_large", TooLargeError(_TOO_LARGE))
    except ClientDisconnect:
        inbox.reject("malformed", MalformedBodyError("The body broke off. Send it again."))
    return bytes(body)


async def _acted_on(here: Context, envelope: Envelope) -> Outcome:
    event = _event(here.inbox, envelope)
    if event is None:
        return "ignored"
    async with here.engine.begin() as tx:
        return await pushes.heard(tx, event.upstream_id, named=_named(event))


def _event(inbox: Inbox, envelope: Envelope) -> PushEvent | None:
    try:
        return read_event(envelope.body)
    except ValueError:
        inbox.reject("malformed", MalformedBodyError("The body is no JSON object. Send what was signed."))


def _named(event: PushEvent) -> uuid.UUID | None:
    try:
        return ids.decode(ids.INTERACTION, event.metadata.get("longwatch_interaction", ""))
    except MalformedIdError:
        return None
