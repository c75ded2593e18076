"""Who calls: a token or a message's link in the ``Authorization`` header, or a session's cookie."""

from __future__ import annotations

import asyncio

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from dondoc.api import sessions
from dondoc.api.context import Context, Running
from plans.access import Caller
from plans.errors import TooMany, Unauthenticated
from plans.identity import links
from plans.identity.tokens import Known
from plans.store import tokens, writing

SAFE = ("GET", "HEAD", "OPTIONS")
ANYBODY = Caller("anonymous", "link", (), frozenset())
_NOBODY = "say who you are: Authorization: Bearer <token>, or sign in"


async def context(request: Request) -> Context:
    """The request of a caller that we know; ``Unauthenticated``, or ``TooMany`` calls."""
    running: Running = request.app.state.running
    caller = await _identify(request, running)
    request.state.caller = caller
    running.limiter.count(caller.actor)
    return await _begun(request, running, caller)


async def visitor(request: Request) -> Context:
    """The request of anybody."""
    return await _begun(request, request.app.state.running, ANYBODY)


async def _begun(request: Request, running: Running, caller: Caller) -> Context:
    # A form's body is a stream of its own, and may be large; JSON was read already.
    is_json = "json" in request.headers.get("content-type", "json")
    body = await request.body() if request.method not in SAFE and is_json else b""
    return Context(running, request, caller, running.now(), body)


async def _identify(request: Request, running: Running) -> Caller:
    said = request.headers.get("authorization")
    try:
        if said is None:
            return await run_in_threadpool(_by_cookie, request, running)
        scheme, _, secret = said.partition(" ")
        if scheme.lower() != "bearer" or not secret:
            raise Unauthenticated(_NOBODY)
        if secret.startswith(links.PREFIX):
            return await run_in_threadpool(_by_link, request, running, secret.strip())
        return await _by_token(running, secret.strip())
    except Unauthenticated:
        if said is not None:
            _guard(request, running)
        raise


def _guard(request: Request, running: Running) -> None:
    """Whoever tries secrets from one address is soon told to wait."""
    try:
        running.limiter.guard(request)
    except TooMany as error:
        raise error from None


async def _by_token(running: Running, secret: str) -> Caller:
    known: Known = await asyncio.wrap_future(running.doors.tokens.submit(secret))
    if known.stale:
        await run_in_threadpool(_note_use, running, known.id)
    return known.caller


def _by_cookie(request: Request, running: Running) -> Caller:
    found = sessions.caller_of(
        running.engine,
        request.cookies,
        request.method,
        request.headers,
        running.settings,
        running.now(),
    )
    if found is None:
        raise Unauthenticated(_NOBODY)
    if found.cookie:
        sessions.leave_cookie(request, found.cookie)
    return found.caller


def _by_link(request: Request, running: Running, secret: str) -> Caller:
    return sessions.caller_of_link(
        running.engine,
        secret.removeprefix(links.PREFIX),
        request.cookies,
        request.headers,
        running.settings,
        running.now(),
    )


def _note_use(running: Running, key: str) -> None:
    with writing(running.engine) as connection:
        tokens.used(connection, [key], running.now())
