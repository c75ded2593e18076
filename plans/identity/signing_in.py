"""Signing in: by password, by a one-time link, or by a provider of identities; then the code.

A refused sign-in changes the record (it is counted and audited), so nothing here raises for one:
the answer is a ``Refused``, which the boundary raises once the transaction is committed. What is
said to a stranger is the same whether or not there is such a user, and whether or not it is locked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from plans.errors import Conflict, DondocError, SecondFactor, Unauthenticated
from plans.identity import passwords, people, totp
from plans.identity.people import actor_of
from plans.store import Connection, audit
from plans.store import identity as store

FREE_FAILURES = 5
FIRST_LOCK, LONGEST_LOCK = timedelta(minutes=1), timedelta(hours=1)
NOBODY = "stranger"
WRONG = (
    "e-mail and password do not go together, or were tried too often; "
    "wait an hour at most, or ask for a sign-in link"
)
WRONG_CODE = "the code is wrong, was used before, or was tried too often"
NO_USER = "nobody here is known by this identity; ask an administrator"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who signed in. ``method``: password, link, department or oidc."""

    user: Any
    method: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Who did not; ``error`` is to be raised once the transaction is committed.

    ``user``: where only the code of the second factor is missing, whose.
    """

    error: DondocError
    user: int | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """A password that was compared, before any transaction that writes. ``kept``: with what."""

    user: int | None
    kept: str | None
    right: bool
    renewed: str | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """What every sign-in needs to know: the time, the settings' secret, and the request."""

    now: datetime
    secret: str
    request_id: str | None = None


def locked_for(failures: int) -> timedelta | None:
    """How long a user is locked after so many failures in a row: from the fifth, 1 min to 1 h."""
    beyond = failures - FREE_FAILURES
    if beyond < 0:
        return None
    doubled: int = 2 ** min(beyond, 10)
    return min(FIRST_LOCK * doubled, LONGEST_LOCK)


# --- by password ---------------------------------------------------------------------------------


def look_up(connection: Connection, email: str) -> Any:
    """The user of an address, or None."""
    return store.by_email(connection, people.normal(email))


def prove(row: Any, password: str) -> Proof:
    """Compare a password: slow on purpose, and as slow for nobody's; no transaction is needed."""
    kept = row.password_hash if row is not None else None
    right = passwords.is_right(kept, password)
    outdated = right and kept is not None and passwords.is_outdated(kept)
    renewed = passwords.hash_password(password) if outdated else None
    return Proof(row.id if row is not None else None, kept, right, renewed)


def by_password(
    connection: Connection, proof: Proof, code: str | None, at: Moment
) -> SignedIn | Refused:
    """Settle a sign-in whose password was compared, one at a time for each user.

    The lock is looked at here, so that many guesses at once count like many in a row.
    """
    if proof.user is None:
        note_refused(connection, at, NOBODY, {"why": "unknown"})
        return Refused(Unauthenticated(WRONG))
    row = store.by_id(connection, proof.user, lock=True)
    if why := _barred(row, at.now):
        note_refused(connection, at, actor_of(row.id), {"why": why})
        return Refused(Unauthenticated(WRONG))
    if not proof.right or row.password_hash != proof.kept:
        return _failed(connection, row, at, "password", WRONG)
    if refused := _refused_code(connection, row, code, at):
        return refused
    renewed = {"password_hash": proof.renewed} if proof.renewed else {}
    return _succeeded(connection, row, "password", at, **renewed)


# --- by a link, by a provider --------------------------------------------------------------------


def by_proven(
    connection: Connection,
    user: int,
    method: str,
    code: str | None,
    at: Moment,
    *,
    mfa: bool = False,
) -> SignedIn | Refused:
    """Settle the sign-in of a user who showed, in another way, who it is.

    ``mfa``: and showed a second factor there, so that no code is asked for. A lock keeps guessers
    of codes out, and nobody else: a link is the way round it for a person whose password a
    stranger tries.
    """
    row = store.by_id(connection, user, lock=True)
    why = _barred(row, at.now)
    if why == "disabled" or (why and totp.is_confirmed(row) and not mfa):
        note_refused(connection, at, actor_of(row.id), {"why": why, "method": method})
        return Refused(Unauthenticated(WRONG_CODE if why == "locked" else NO_USER))
    if not mfa and (refused := _refused_code(connection, row, code, at)):
        return refused
    return _succeeded(connection, row, method, at)


def by_identity(
    connection: Connection,
    subject: str,
    email: str | None,
    code: str | None,
    at: Moment,
    *,
    mfa: bool = False,
) -> SignedIn | Refused:
    """Settle the sign-in of whom a provider of identities (OpenID Connect) vouches for.

    ``subject``: issuer and subject, one text. ``email``: only one that the provider has verified;
    by it a user is found the first time and bound to the subject from then on. ``mfa``: the
    provider has asked for a second factor.
    """
    row = store.by_subject(connection, subject)
    if row is None and email:
        row = _unbound(connection, people.normal(email))
    if row is None:
        note_refused(connection, at, NOBODY, {"why": "unknown", "method": "oidc"})
        return Refused(Unauthenticated(NO_USER))
    found = by_proven(connection, row.id, "oidc", code, at, mfa=mfa)
    if row.oidc_subject is None and isinstance(found, SignedIn):
        _bind(connection, row.id, subject, at)
    return found


def _unbound(connection: Connection, email: str) -> Any:
    """The user of an address; None: there is none, or it is bound to another subject."""
    row = store.by_email(connection, email)
    if row is None or email.endswith(people.DEPARTMENTS):
        return None
    # Of two subjects that come with one address at once, the second finds the user bound.
    row = store.by_id(connection, row.id, lock=True)
    return row if row.oidc_subject is None else None


def _bind(connection: Connection, user: int, subject: str, at: Moment) -> None:
    store.change(connection, user, oidc_subject=subject)
    actor = actor_of(user)
    audit.note(connection, at.now, actor, "identity-bound", subject=actor, request_id=at.request_id)


# --- what somebody signed in shows again ---------------------------------------------------------


def again_by_password(connection: Connection, proof: Proof, at: Moment) -> Refused | None:
    """Whether who is signed in knows the password still; a wrong one counts as at the door."""
    assert proof.user is not None
    row = store.by_id(connection, proof.user, lock=True)
    if not _barred(row, at.now) and proof.right and row.password_hash == proof.kept:
        return None
    return _failed(connection, row, at, "password", "the current password is wrong")


def remove_second_factor(
    connection: Connection, user: int, code: str, at: Moment
) -> Refused | None:
    """Take one's own second factor away, with a code from it; all sessions end.

    ``Conflict``: there is none.
    """
    row = store.by_id(connection, user, lock=True)
    if not totp.is_confirmed(row):
        raise Conflict("there is no second factor to remove")
    if _barred(row, at.now):
        return Refused(Unauthenticated(WRONG_CODE))
    if refused := _refused_code(connection, row, code, at):
        return refused
    totp.reset(connection, user, actor=actor_of(user), now=at.now)
    return None


# --- what they share -----------------------------------------------------------------------------


def _barred(row: Any, now: datetime) -> str | None:
    if row.disabled_at is not None:
        return "disabled"
    return "locked" if row.locked_until is not None and row.locked_until > now else None


def _refused_code(connection: Connection, row: Any, code: str | None, at: Moment) -> Refused | None:
    """Why the second factor lets nobody in; None: it does, or there is none."""
    if not totp.is_confirmed(row):
        return None
    if not code:
        said = "a code from the authenticator is needed as well ('totp')"
        return Refused(SecondFactor(said), row.id)
    if totp.accept(connection, row, code, secret=at.secret, now=at.now):
        return None
    return _failed(connection, row, at, "second-factor", WRONG_CODE)


def _failed(connection: Connection, row: Any, at: Moment, why: str, said: str) -> Refused:
    failures = row.failures + 1
    lock = locked_for(failures)
    store.failed(connection, row.id, failures, at.now + lock if lock else None)
    detail = {"why": why, "failures": failures}
    if lock:
        detail["locked_seconds"] = int(lock.total_seconds())
    note_refused(connection, at, actor_of(row.id), detail)
    return Refused(Unauthenticated(said))


def _succeeded(connection: Connection, row: Any, method: str, at: Moment, **more: Any) -> SignedIn:
    values = {"failures": 0, "locked_until": None, "signed_in_at": at.now} | more
    store.change(connection, row.id, **values)
    detail = {"method": method}
    actor = actor_of(row.id)
    audit.note(connection, at.now, actor, "signed-in", detail=detail, request_id=at.request_id)
    return SignedIn(store.by_id(connection, row.id), method)


def note_refused(connection: Connection, at: Moment, actor: str, detail: dict[str, Any]) -> None:
    """Write a refused sign-in into the audit log."""
    audit.note(
        connection,
        at.now,
        actor,
        "sign-in-refused",
        outcome=audit.DENIED,
        detail=detail,
        request_id=at.request_id,
    )
