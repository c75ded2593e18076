"""What stands around every request: its id, the limit of its body, security headers, the log."""

from __future__ import annotations

import logging
import random
import re
import time
from http import HTTPStatus

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dondoc.api.logs import note_request
from dondoc.api.methods import PREFIX, Methods, template_of
from dondoc.api.metrics import Metrics
from dondoc.api.problems import problem
from dondoc.api.sessions import CSRF_HEADER, DEVICE_HEADER, Cookies
from dondoc.api.settings import WebSettings
from plans.settings import Settings

_log = logging.getLogger("dondoc.api")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
GONE = 499
"""The caller went away before it was answered; for the log and the metrics alone."""
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
TLS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}
SENDABLE = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "X-Request-ID",
    CSRF_HEADER,
    DEVICE_HEADER,
)
READABLE = ("ETag", "Idempotency-Replayed", "Location", "Retry-After", "X-Request-ID")
UPLOADS = (
    "/evidence",
    "/measurements/import",
    "/figures/import",
    "/workbook",
    "/workbooks",
    "/plans/drafts",
)
"""How the paths end to which files are sent."""
TOO_LARGE = "dondoc.too_large"
"""In the scope of a page's upload that is longer than is taken, and of which nothing is read."""
DOCS = f"{PREFIX}/docs"
"""The one page among the API's paths."""
NO_PAGES = (
    *(f"{one}/*" for one in ("application", "audio", "font", "image", "multipart", "video")),
    *(f"text/{one}" for one in ("css", "csv", "event-stream", "javascript", "plain")),
)


def add_middleware(app: FastAPI, settings: Settings, web: WebSettings, methods: Methods) -> None:
    """The outermost is added last."""
    app.add_middleware(CompressedPages)
    app.add_middleware(Cookies)
    app.add_middleware(BodyLimit, kilobytes=web.body_limit_kb)
    if web.origins:
        # Without credentials: another site's page may use a token that it holds, never a cookie.
        app.add_middleware(
            CORSMiddleware,
            allow_origins=web.origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=SENDABLE,
            expose_headers=READABLE,
        )
    tls = settings.base_url.startswith("https://")
    app.add_middleware(Surroundings, metrics=app.state.metrics, methods=methods, tls=tls)


class CompressedPages:
    """Compresses pages. The API's answers are small and many: for them it would cost, not save."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.compressing = GZipMiddleware(app, 1024, 6, exclude_content_types=NO_PAGES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        path = scope.get("path", "")
        is_call = path.startswith(f"{PREFIX}/") and path != DOCS
        await (self.app if is_call else self.compressing)(scope, receive, send)


def _new_id() -> str:
    # No secret; the system's source of randomness would give up Python's lock at each request.
    return f"{random.getrandbits(64):016x}"


class Surroundings:
    """Gives each request its id, each answer its headers; logs and counts; answers for a bug."""

    def __init__(self, app: ASGIApp, metrics: Metrics, methods: Methods, *, tls: bool) -> None:
        self.app, self.metrics, self.methods = app, metrics, methods
        self.security = SECURITY | (TLS_ONLY if tls else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        scope["request_id"] = given if _REQUEST_ID.fullmatch(given) else _new_id()
        if scope["method"] == "HEAD":
            # Answered as GET is; the server leaves out the body, since its own scope says HEAD.
            scope = {**scope, "method": "GET"}
        answer = _Answer(send, scope, self.security, self.methods)
        begun = time.perf_counter()
        try:
            await self._answer(scope, receive, answer)
        finally:
            seconds = time.perf_counter() - begun
            path = template_of(scope)
            self.metrics.count(scope["method"], path, answer.status, seconds)
            note_request(scope, path, answer.status, seconds * 1000, answer.size)

    async def _answer(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        try:
            await self.app(scope, receive, answer.send)
        except ClientDisconnect:
            return
        except Exception as error:
            key = scope["request_id"]
            _log.error("unexpected error", exc_info=error, extra={"request_id": key})
            if answer.status != GONE:
                # Half of an answer is out: the server must cut the connection, not end it well.
                raise
            said = f"an error on our side; tell the coordinating office the request id {key}"
            await problem(Request(scope), "internal", 500, said)(scope, receive, answer.send)


class _Answer:
    """What is sent for one request: adds the headers, keeps the status and the body's size."""

    __slots__ = ("_headers", "_methods", "_scope", "_send", "size", "status")

    def __init__(self, send: Send, scope: Scope, headers: dict[str, str], methods: Methods) -> None:
        self._send, self._scope, self._headers, self._methods = send, scope, headers, methods
        self.status, self.size = GONE, 0

    async def send(self, message: Message) -> None:
        """Send a part of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in self._headers.items():
                headers.setdefault(name, value)
            headers["X-Request-ID"] = self._scope["request_id"]
            if self.status == HTTPStatus.METHOD_NOT_ALLOWED:
                path, said = self._scope["path"], headers.get("Allow", "")
                headers["Allow"] = self._methods.of(path, said)
        else:
            self.size += len(message.get("body", b""))
        await self._send(message)


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
            if _is_page_upload(scope):
                await self.app({**scope, TOO_LARGE: True}, _Nothing(), _Closing(send))
            else:
                await _refuse(scope, receive, send, most)
            return
        body = _Body(receive, send, most)
        try:
            await self.app(scope, body.receive, body.send)
        except Exception:
            if not body.refused:
                raise
        if body.refused:
            await _refuse(scope, receive, send, most)

    def _limit(self, scope: Scope) -> int:
        if scope["path"].endswith(UPLOADS):
            settings = scope["app"].state.running.settings
            return int(settings.upload_limit_mb) * 1024 * 1024 + self.most
        return self.most


def _is_page_upload(scope: Scope) -> bool:
    """Whether a page's form sends a file: the page says itself that it is too large."""
    path = scope["path"]
    return path.endswith(UPLOADS) and not path.startswith(f"{PREFIX}/")


class _Nothing:
    """In the place of a body that is not read."""

    __slots__ = ("_ended",)

    def __init__(self) -> None:
        self._ended = False

    async def __call__(self) -> Message:
        """Nothing; then that the caller has gone."""
        if self._ended:
            return {"type": "http.disconnect"}
        self._ended = True
        return {"type": "http.request", "body": b"", "more_body": False}


class _Closing:
    """Answers a request of which nothing was read: nothing can follow on its connection."""

    __slots__ = ("_send",)

    def __init__(self, send: Send) -> None:
        self._send = send

    async def __call__(self, message: Message) -> None:
        """A part of the answer."""
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["Connection"] = "close"
        await self._send(message)


class _Body:
    """Counts what comes. Once it is too much, whatever is answered is not sent: we answer."""

    __slots__ = ("_begun", "_most", "_receive", "_seen", "_send", "too_long")

    def __init__(self, receive: Receive, send: Send, most: int) -> None:
        self._receive, self._send, self._most = receive, send, most
        self._seen, self._begun, self.too_long = 0, False, False

    @property
    def refused(self) -> bool:
        """Whether it is ours to answer."""
        return self.too_long and not self._begun

    async def receive(self) -> Message:
        """The next part of the body."""
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        if self._seen > self._most:
            self.too_long = True
            # Who reads the body gives up; the framework would make a 400 of any other error.
            raise ClientDisconnect
        return message

    async def send(self, message: Message) -> None:
        """A part of the answer."""
        if self.refused:
            return
        self._begun = True
        await self._send(message)


async def _refuse(scope: Scope, receive: Receive, send: Send, most: int) -> None:
    said = f"a body of at most {most // 1024} kB is taken"
    answer = problem(Request(scope), "too-large", 413, said, headers={"Connection": "close"})
    await answer(scope, receive, send)
