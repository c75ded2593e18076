"""Signing in and out, and what protects it: the password and the second factor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, Response

from dondoc.api import sessions as cookies
from dondoc.api.context import Context, respond
from dondoc.api.posting import mail_link
from dondoc.api.routing import Answer, Here, Visit, allow, public
from dondoc.api.signing import begin_session, moment_of
from plans.access import Action
from plans.declaration.base import Code
from plans.errors import Denied, Unauthenticated
from plans.identity import one_time, people, sessions, signing_in, totp
from plans.identity.sessions import Session
from plans.identity.signing_in import Moment, Refused, SignedIn
from plans.store import Connection, writing
from plans.store import identity as store

api = APIRouter(tags=["session"])

STRICT = ConfigDict(extra="forbid", strict=True)
FRESH = timedelta(minutes=15)
"""How long after a link's use a forgotten password may be replaced without the former one."""
Said = Annotated[str, Field(min_length=1, max_length=254, pattern=r"^[^\x00-\x20\x7f]+$")]
Password = Annotated[str, Field(min_length=1, max_length=200)]
Totp = Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class SignIn(BaseModel):
    """By e-mail and password; ``totp``: the authenticator's code, where one is in use."""

    model_config = STRICT

    email: Said
    password: Password
    totp: Totp | None = None


class LinkAsked(BaseModel):
    """For whom a sign-in link is to be mailed: a person or a department."""

    model_config = STRICT

    email: Said | None = None
    department: Code | None = None

    @model_validator(mode="after")
    def _is_for_one(self) -> Self:
        if (self.email is None) == (self.department is None):
            raise ValueError("name either an email or a department")
        return self


class Redeem(BaseModel):
    """A link's secret."""

    model_config = STRICT

    token: Annotated[str, Field(min_length=1, max_length=200)]
    totp: Totp | None = None


class CodeIn(BaseModel):
    """A code of six digits."""

    model_config = STRICT

    code: Totp


class PasswordIn(BaseModel):
    """A new password; ``current`` is needed unless there is none, or a link was just used."""

    model_config = STRICT

    current: Password | None = None
    password: Password


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
    with here.reading() as connection:
        row = signing_in.look_up(connection, given.email)
    proof = signing_in.prove(row, given.password)
    return enter(here, lambda c, at: signing_in.by_password(c, proof, given.totp, at))


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
    return enter(here, lambda c, at: one_time.redeem(c, given.token, given.totp, at))


def enter(here: Context, settle: Callable[[Connection, Moment], SignedIn | Refused]) -> Response:
    """Settle a sign-in and begin its session; the answer bears the cookie."""
    cookies.refuse_foreign(here.request.headers, here.settings)
    session = begin_session(here, settle)
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
    session = _session(here)
    with writing(here.engine) as connection:
        sessions.end(connection, session, here.now)
    here.request.scope["dondoc_cookies"].clear()  # a rotation's, which would come back to life
    cookies.leave_cookie(here.request, cookies.ended_cookie(here.settings))
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
    session = _session(here)
    with here.reading() as connection:
        row = store.by_id(connection, session.user)
    by_link = session.method == "link" and here.now - session.begun_at < FRESH
    proof = None
    if row.password_hash is not None and not by_link:
        proof = signing_in.prove(row, given.current or "")

    def act(connection: Connection) -> Refused | None:
        if proof and (refused := signing_in.again_by_password(connection, proof, moment_of(here))):
            return refused
        people.set_password(
            connection,
            row.id,
            given.password,
            actor=here.caller.actor,
            now=here.now,
            spare=session.family,
        )
        return None

    return _unless_refused(here, act)


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
