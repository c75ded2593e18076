"""What stands around every request: its id, the limit of its body, security headers."""

from __future__ import annotations

import re
import secrets

import orjson
from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dondoc.api.sessions import Cookies
from dondoc.api.settings import WebSettings

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def add_middleware(app: FastAPI, web: WebSettings) -> None:
    """The outermost is added last."""
    app.add_middleware(Cookies)
    app.add_middleware(BodyLimit, kilobytes=web.body_limit_kb)
    app.add_middleware(Surroundings)


class Surroundings:
    """Gives each request its id, and each answer the security headers that it does not set."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        scope["request_id"] = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY.items():
                    headers.setdefault(name, value)
                headers["X-Request-ID"] = scope["request_id"]
            await send(message)

        await self.app(scope, receive, send_with_headers)


class BodyLimit:
    """Refuses a body over the limit: by its declared length, or once too much of it has come."""

    def __init__(self, app: ASGIApp, kilobytes: int) -> None:
        self.app, self.most = app, kilobytes * 1024

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = self._limit(scope)
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isdecimal() or int(declared) > most:
            await _refuse(scope, send, most)
            return
        seen, begun = 0, False

        async def receive_some() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise _TooLongError
            return message

        async def send_once(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive_some, send_once)
        except _TooLongError:
            if not begun:
                await _refuse(scope, send, most)

    def _limit(self, scope: Scope) -> int:
        if scope["path"].endswith("/evidence"):
            settings = scope["app"].state.running.settings
            return int(settings.upload_limit_mb) * 1024 * 1024 + self.most
        return self.most


class _TooLongError(Exception):
    """More of a body came than is taken."""


async def _refuse(scope: Scope, send: Send, most: int) -> None:
    body = {
        "type": "/problems/too-large",
        "title": "Content Too Large",
        "status": 413,
        "detail": f"a body of at most {most // 1024} kB is taken",
        "request_id": scope.get("request_id", "-"),
        "errors": [],
    }
    headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": orjson.dumps(body)})
