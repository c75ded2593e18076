"""Every way in ends here: a sign-in is settled, its session begins, its cookie is left.

What signing in is told, and what protects it, the API and the pages have in common.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dondoc.api import sessions as cookies
from dondoc.api.context import Context
from plans.declaration.base import Code
from plans.identity import people, sessions, signing_in
from plans.identity.sessions import Session
from plans.identity.signing_in import Moment, Refused, SignedIn
from plans.store import Connection, writing
from plans.store import identity as store

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


class CodeIn(BaseModel):
    """A code of six digits."""

    model_config = STRICT

    code: Totp


class PasswordIn(BaseModel):
    """A new password; ``current`` is needed unless there is none, or a link was just used."""

    model_config = STRICT

    current: Password | None = None
    password: Password


# --- in and out ---------------------------------------------------------------------------------


def begin_session(
    here: Context, settle: Callable[[Connection, Moment], SignedIn | Refused]
) -> Session:
    """Settle a sign-in, begin its session and leave its cookie; raises why it was refused.

    Where a page's form or script asks for it, ``refuse_foreign`` comes first: else another site
    could sign a visitor in as somebody else.
    """
    with writing(here.engine) as connection:
        found = settle(connection, moment_of(here))
        if isinstance(found, SignedIn):
            identifier, session = sessions.begin(connection, found.user.id, found.method, here.now)
    if isinstance(found, Refused):
        raise found.error
    cookie = cookies.session_cookie(here.settings, identifier, session, here.now)
    cookies.leave_cookie(here.request, cookie)
    return session


def begin_by_password(here: Context, given: SignIn) -> Session:
    """The same with e-mail and password."""
    with here.reading() as connection:
        row = signing_in.look_up(connection, given.email)
    proof = signing_in.prove(row, given.password)
    return begin_session(here, lambda c, at: signing_in.by_password(c, proof, given.totp, at))


def end_session(here: Context, session: Session) -> None:
    """Sign out: the session ends, whichever of its cookies is shown."""
    with writing(here.engine) as connection:
        sessions.end(connection, session, here.now)
    forget_session(here)


def forget_session(here: Context) -> None:
    """Take the cookie of a session that has ended away."""
    here.request.scope["dondoc_cookies"].clear()  # a rotation's, which would come back to life
    cookies.leave_cookie(here.request, cookies.ended_cookie(here.settings))


def moment_of(here: Context) -> Moment:
    """The time, the secret and the request, as sign-ins take them."""
    return Moment(here.now, here.settings.secret, here.request_id)


# --- one's own password -------------------------------------------------------------------------


def needs_current(here: Context, session: Session) -> bool:
    """Whether the former password is asked for before there is a new one."""
    with here.reading() as connection:
        row = store.by_id(connection, session.user)
    by_link = session.method == "link" and here.now - session.begun_at < FRESH
    return row.password_hash is not None and not by_link


def password_change(
    here: Context, session: Session, given: PasswordIn
) -> Callable[[Connection], Refused | None]:
    """What sets one's own password; all other sessions end.

    A refusal is to be raised once the transaction is committed: a wrong password counts.
    """
    proof = None
    if needs_current(here, session):
        with here.reading() as connection:
            row = store.by_id(connection, session.user)
        proof = signing_in.prove(row, given.current or "")

    def act(connection: Connection) -> Refused | None:
        if proof and (refused := signing_in.again_by_password(connection, proof, moment_of(here))):
            return refused
        people.set_password(
            connection,
            session.user,
            given.password,
            actor=people.actor_of(session.user),
            now=here.now,
            spare=session.family,
        )
        return None

    return act
