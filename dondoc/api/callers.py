"""Who calls: a token or a message's link in the ``Authorization`` header, or a session's cookie."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from dondoc.api import sessions
from dondoc.api.context import Context, Running
from dondoc.api.known_tokens import KnownTokens
from plans import access
from plans.access import Action, Caller
from plans.errors import Denied, NotFound, TooMany, Unauthenticated
from plans.identity import links

RULE, KIND, PUBLIC = "x-dondoc-rule", "x-dondoc-kind", "public"
"""Under which names a route declares its rule (``routing.allow``)."""
_KINDS = {"user": "people who signed in", "link": "links in messages"}
SAFE = ("GET", "HEAD", "OPTIONS")
ANYBODY = Caller("anonymous", "link", (), frozenset())
_NOBODY = "say who you are: Authorization: Bearer <token>, or sign in"


async def context(request: Request) -> Context:
    """The request of a caller that we know and that may call this route.

    ``Unauthenticated``, ``Denied``, or ``TooMany`` calls.
    """
    running: Running = request.app.state.running
    caller = await _identify(request, running)
    request.state.caller = caller
    running.limiter.count(caller.actor)
    _require(request.scope["route"].openapi_extra, caller)
    request.state.here = here = await _begun(request, running, caller)
    return here


def _require(declared: Mapping[str, str], caller: Caller) -> None:
    """What the route's rule asks of a caller's role; its handler looks at the subject."""
    rule, kind = declared[RULE], declared.get(KIND)
    if rule != PUBLIC:
        access.check(caller, Action(rule))
    if kind and caller.kind != kind:
        raise Denied(f"this is for {_KINDS[kind]}")


async def visitor(request: Request) -> Context:
    """The request of anybody."""
    return await _begun(request, request.app.state.running, ANYBODY)


async def _begun(request: Request, running: Running, caller: Caller) -> Context:
    if any("\x00" in str(part) for part in request.path_params.values()):
        # PostgreSQL refuses to look for one.
        raise NotFound("nothing has a name with U+0000 in it")
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
        known: KnownTokens = running.tokens
        return await known.caller(running, secret.strip())
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
