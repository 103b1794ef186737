"""What stands before the routes: the limit of a body, and the headers of every answer."""

from __future__ import annotations

from collections.abc import Mapping

from anyio import move_on_after
from fastapi import HTTPException, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vidner.serve._work import to_json

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_LINGER = 2.0  # seconds in which a refused client may go on sending before it is cut off


def problem(status: int, reason: str, headers: Mapping[str, str] | None = None) -> Response:
    """An answer that says why there is no other."""
    return Response(
        to_json({"error": reason}), status, dict(headers or {}), media_type="application/json"
    )


class BodyLimit:
    """Refuses a body that is larger than the limit, announced or not, before it is read whole."""

    def __init__(self, app: ASGIApp, *, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced) > self._limit:
            await self._refuse(receive, send)
            return
        total = 0

        async def counted() -> Message:
            nonlocal total
            message = await receive()
            total += len(message.get("body", b""))
            if total > self._limit:
                await _drain(receive, message)
                raise HTTPException(413, self._reason, {"Connection": "close"})
            return message

        await self._app(scope, counted, send)

    @property
    def _reason(self) -> str:
        return (
            f"the body is larger than {self._limit} bytes; send it in parts or start the server "
            "with a larger --max-bytes"
        )

    async def _refuse(self, receive: Receive, send: Send) -> None:
        refusal = problem(413, self._reason, {"Connection": "close"})
        await send(
            {
                "type": "http.response.start",
                "status": refusal.status_code,
                "headers": refusal.raw_headers,
            }
        )
        await send({"type": "http.response.body", "body": refusal.body, "more_body": True})
        await _drain(receive)
        await send({"type": "http.response.body", "body": b""})


async def _drain(receive: Receive, message: Message | None = None) -> None:
    # A client that is cut off while it sends does not see the answer: what it
    # sends is thrown away for a moment.
    with move_on_after(_LINGER):
        while message is None or message.get("more_body"):
            message = await receive()


class WithHeaders:
    """Adds the security headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_more(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._app(scope, receive, send_more)
