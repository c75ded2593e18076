"""Cookies: whose session a request is of, and what keeps other sites from using it.

``caller_of`` is what the dependency of ``callers.py`` asks where there is no ``Authorization``
header; ``caller_of_link`` where that header bears a message's link. Cookies to be set are left in
the request's state (``leave_cookie``) and added to whatever is answered by ``Cookies``, so that
they never come into what is kept for an ``Idempotency-Key``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from plans.access import Caller
from plans.errors import Denied
from plans.identity import links, people, sessions
from plans.identity.devices import DEVICE_LIFE
from plans.identity.sessions import Session
from plans.settings import Settings
from plans.store import Connection, Engine, reading, writing
from plans.store import identity as store

SESSION, DEVICE = "dondoc_session", "dondoc_device"
DEVICE_HEADER = "X-Dondoc-Device"
"""For a program that has no cookies: the device's secret."""
CSRF_HEADER = "X-CSRF-Token"
SAFE = ("GET", "HEAD", "OPTIONS")
OURS = ("same-origin", "none")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who calls by a session. ``cookie``: a ``Set-Cookie`` that the answer has to bear."""

    caller: Caller
    session: Session
    cookie: str | None = None


def caller_of(
    engine: Engine,
    cookies: Mapping[str, str],
    method: str,
    headers: Mapping[str, str],
    settings: Settings,
    now: datetime,
    *,
    token: str | None = None,
) -> Visitor | None:
    """Who calls by a session's cookie; None: nobody, or no longer.

    ``Denied``: an unsafe method without the session's CSRF token (a form's, or in the header), or
    from another site. Writes only where an identifier is to be replaced or was stolen.
    """
    identifier = identifier_of(cookies, settings)
    if identifier is None:
        return None
    with reading(engine) as connection:
        looked = sessions.look(connection, identifier, now)
        caller = _caller(connection, looked.session)
    if looked.stolen:
        with writing(engine) as connection:
            sessions.revoke_stolen(connection, identifier, now)
    if looked.session is None or caller is None:
        return None
    if method not in SAFE:
        refuse_foreign(headers, settings)
        refuse_forged(token or headers.get(CSRF_HEADER), looked.session, settings)
    cookie = _rotated(engine, identifier, looked.session, settings, now) if looked.due else None
    return Visitor(caller, looked.session, cookie)


def identifier_of(cookies: Mapping[str, str], settings: Settings) -> str | None:
    """The session's identifier in a request's cookie, if we signed it."""
    value = cookies.get(SESSION)
    return sessions.unsign(settings.secret, value) if value else None


def session_of(request: Request, engine: Engine, now: datetime) -> Session | None:
    """The session of a request, for handlers of what only a person signed in may do."""
    settings: Settings = request.app.state.running.settings
    identifier = identifier_of(request.cookies, settings)
    if identifier is None or "authorization" in request.headers:
        return None
    with reading(engine) as connection:
        return sessions.look(connection, identifier, now).session


def _caller(connection: Connection, session: Session | None) -> Caller | None:
    if session is None:
        return None
    return people.create_caller(connection, store.by_id(connection, session.user))


def _rotated(
    engine: Engine, identifier: str, session: Session, settings: Settings, now: datetime
) -> str | None:
    with writing(engine) as connection:
        fresh = sessions.rotate(connection, identifier, now)
    return session_cookie(settings, fresh, session, now) if fresh else None


def caller_of_link(
    engine: Engine,
    token: str,
    cookies: Mapping[str, str],
    headers: Mapping[str, str],
    settings: Settings,
    now: datetime,
) -> Caller:
    """Who presents ``Bearer link.…``, with the device's secret if there is one.

    ``token`` is without the prefix. ``Unauthenticated``: not ours, or it has expired.
    """
    device = headers.get(DEVICE_HEADER) or cookies.get(DEVICE)
    with reading(engine) as connection:
        return links.caller_of_link(connection, settings.secret, token, device, now)


# --- other sites --------------------------------------------------------------------------------


def refuse_foreign(headers: Mapping[str, str], settings: Settings) -> None:
    """``Denied`` where the browser says that another site's page sent the request."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        ours = site in OURS
    elif origin is not None:
        ours = urlsplit(origin).netloc in (headers.get("host"), urlsplit(settings.base_url).netloc)
    else:
        ours = True
    if not ours:
        raise Denied("this request comes from another site's page")


def refuse_forged(given: str | None, session: Session, settings: Settings) -> None:
    """``Denied`` without the session's CSRF token."""
    if not sessions.is_csrf_token(settings.secret, session.family, given):
        raise Denied(f"with a session's cookie, {CSRF_HEADER} is needed: GET /api/v1/session")


# --- cookies to be set --------------------------------------------------------------------------


def session_cookie(settings: Settings, identifier: str, session: Session, now: datetime) -> str:
    """The ``Set-Cookie`` of a session's identifier, for as long as the session can last."""
    left = session.begun_at + sessions.LONGEST - now
    return _cookie(settings, SESSION, sessions.sign(settings.secret, identifier), left)


def ended_cookie(settings: Settings) -> str:
    """The ``Set-Cookie`` that takes a session's cookie away."""
    return _cookie(settings, SESSION, "", timedelta(0))


def device_cookie(settings: Settings, secret: str) -> str:
    """The ``Set-Cookie`` of a confirmed device."""
    return _cookie(settings, DEVICE, secret, DEVICE_LIFE)


def _cookie(settings: Settings, name: str, value: str, life: timedelta) -> str:
    secure = "; Secure" if settings.base_url.startswith("https://") else ""
    seconds = max(0, int(life.total_seconds()))
    return f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"


def leave_cookie(request: Request, cookie: str) -> None:
    """Have the answer to a request set a cookie."""
    # The list is shared with `Cookies`, which made it before any copy of the scope was.
    request.scope.setdefault("dondoc_cookies", []).append(cookie)


class Cookies:
    """Adds the cookies that were left for a request to its answer, whatever that is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        left: list[str] = scope.setdefault("dondoc_cookies", [])

        async def send_with_cookies(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for cookie in left:
                    headers.append("Set-Cookie", cookie)
            await send(message)

        await self.app(scope, receive, send_with_cookies)
