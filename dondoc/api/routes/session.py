"""Signing in and out, and what protects it: the password and the second factor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, Response

from dondoc.api import sessions as cookies
from dondoc.api.context import Context, respond
from dondoc.api.posting import mail_link
from dondoc.api.routing import Answer, Here, Visit, allow, public
from dondoc.api.signing import (
    STRICT,
    CodeIn,
    LinkAsked,
    PasswordIn,
    SignIn,
    Totp,
    begin_by_password,
    begin_session,
    end_session,
    moment_of,
    password_change,
)
from plans.access import Action
from plans.errors import Denied, Unauthenticated
from plans.identity import one_time, sessions, signing_in, totp
from plans.identity.sessions import Session
from plans.identity.signing_in import Refused
from plans.store import Connection, writing
from plans.store import identity as store

api = APIRouter(tags=["session"])


class Redeem(BaseModel):
    """A link's secret."""

    model_config = STRICT

    token: Annotated[str, Field(min_length=1, max_length=200)]
    totp: Totp | None = None


class SessionOut(BaseModel):
    """A session. ``csrf_token`` goes into ``X-CSRF-Token`` of every write with the cookie."""

    user: int
    email: str
    name: str
    language: str
    method: str
    second_factor: bool
    csrf_token: str
    begun_at: datetime
    expires_at: datetime


class AcceptedOut(BaseModel):
    """What was asked for is being done."""

    detail: str


class SeedOut(BaseModel):
    """What an authenticator is given: the seed, and the same as the text of a QR code."""

    secret: str
    uri: str


# --- in and out ---------------------------------------------------------------------------------


@api.post("/session", response_model=SessionOut, **public(strict=True, writes=True, answers=(403,)))
def sign_in(given: SignIn, here: Visit) -> Response:
    """Sign in with e-mail and password."""
    return enter(here, lambda: begin_by_password(here, given))


@api.post(
    "/session/link",
    status_code=202,
    response_model=AcceptedOut,
    **public(strict=True, writes=True),
)
def ask_link(given: LinkAsked, here: Visit) -> Response:
    """Have a sign-in link mailed. The answer is the same whether or not there is such a one."""
    answer = AcceptedOut(detail="if there is such a user or department, a link is on its way")
    job = BackgroundTask(mail_link, here, email=given.email, department=given.department)
    return JSONResponse(answer.model_dump(), 202, background=job)


@api.post(
    "/session/link/redeem",
    response_model=SessionOut,
    **public(strict=True, writes=True, answers=(403,)),
)
def redeem_link(given: Redeem, here: Visit) -> Response:
    """Sign in with a link's secret, once."""
    return enter(
        here,
        lambda: begin_session(here, lambda c, at: one_time.redeem(c, given.token, given.totp, at)),
    )


def enter(here: Context, begin: Callable[[], Session]) -> Response:
    """Begin a session; the answer bears the cookie."""
    cookies.refuse_foreign(here.request.headers, here.settings)
    session = begin()
    with here.reading() as connection:
        return respond(Answer(_described(connection, session, here)))


@api.get("/session", **public(answers=(401,)))
def show_session(here: Visit) -> SessionOut:
    """The session of this cookie; with it, the token that every write needs."""
    session = cookies.session_of(here.request, here.engine, here.now)
    if session is None:
        raise Unauthenticated("nobody is signed in with this cookie")
    with here.reading() as connection:
        return _described(connection, session, here)


def _described(connection: Connection, session: Session, here: Context) -> SessionOut:
    row = store.by_id(connection, session.user)
    return SessionOut(
        user=row.id,
        email=row.email,
        name=row.name,
        language=row.language,
        method=session.method,
        second_factor=totp.is_confirmed(row),
        csrf_token=sessions.csrf_token(here.settings.secret, session.family),
        begun_at=session.begun_at,
        expires_at=session.begun_at + sessions.LONGEST,
    )


@api.delete("/session", status_code=204, **allow(Action.SEE_SELF, kind="user"))
def sign_out(here: Here) -> Response:
    """Sign out: the session ends, whichever of its cookies is shown."""
    end_session(here, _session(here))
    return Response(status_code=204)


def _session(here: Context) -> Session:
    session = cookies.session_of(here.request, here.engine, here.now)
    if session is None:
        raise Denied("this is for who signed in, not for a token or a link")
    return session


# --- what protects it ---------------------------------------------------------------------------


@api.put("/session/password", status_code=204, **allow(Action.SEE_SELF, kind="user", writes=True))
def change_password(given: PasswordIn, here: Here) -> Response:
    """Set one's own password; all other sessions end."""
    return _unless_refused(here, password_change(here, _session(here), given))


def _unless_refused(here: Context, act: Callable[[Connection], Refused | None]) -> Response:
    with writing(here.engine) as connection:
        refused = act(connection)
    if refused:
        raise refused.error
    return Response(status_code=204)


@api.post(
    "/session/totp",
    status_code=201,
    response_model=SeedOut,
    **allow(Action.SEE_SELF, kind="user", writes=True),
)
def begin_totp(here: Here) -> Response:
    """Begin a second factor, which counts once a code from it was given."""
    session = _session(here)
    with writing(here.engine) as connection:
        seed = totp.begin(connection, session.user, secret=here.settings.secret)
    return respond(Answer(SeedOut(secret=seed.secret, uri=seed.uri), status=201))


@api.post(
    "/session/totp/confirm",
    status_code=204,
    **allow(Action.SEE_SELF, kind="user", writes=True),
)
def confirm_totp(given: CodeIn, here: Here) -> Response:
    """Put the second factor to use; from now on every sign-in needs a code."""
    session = _session(here)
    with writing(here.engine) as connection:
        totp.confirm(
            connection, session.user, given.code, secret=here.settings.secret, now=here.now
        )
    return Response(status_code=204)


@api.delete("/session/totp", status_code=204, **allow(Action.SEE_SELF, kind="user", writes=True))
def remove_totp(code: Annotated[Totp, Query()], here: Here) -> Response:
    """Take one's own second factor away, with a code from it; all sessions end."""
    user, at = _session(here).user, moment_of(here)
    return _unless_refused(
        here, lambda connection: signing_in.remove_second_factor(connection, user, code, at)
    )
