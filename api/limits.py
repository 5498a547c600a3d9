"""How much may a request carry? Counted while it streams in, whatever it says of its length."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyTooLargeError(HTTPException):
    """More than the limit was sent, or announced."""

    def __init__(self, limit: int, *, announced: bool) -> None:
        detail = f"The body is over {limit} bytes. Send less at once, or have LONGWATCH_MAX_BODY_BYTES raised."
        # Without a length nobody knows how much would still have to be read before the next request.
        super().__init__(413, detail, headers=None if announced else {"Connection": "close"})


class BodyLimit:
    """ASGI middleware: reading a body stops with BodyTooLargeError past *limit* bytes."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application on a counted body."""
        limited = self._limited(scope, receive) if scope["type"] == "http" else receive
        await self._app(scope, limited, send)

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        length = Headers(scope=scope).get("content-length", "")
        announced = length.isdecimal()
        seen = int(length) if announced and int(length) > self._limit else 0

        async def limited() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._limit and message["type"] == "http.request":
                raise BodyTooLargeError(self._limit, announced=announced)
            return message

        return limited
