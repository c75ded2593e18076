"""Sessions of people who signed in: identifiers that change, and what a stolen one brings about.

An identifier is replaced by a new one of the same family every quarter of an hour. Requests that
were under way may still show the former one for a minute; whoever shows it later has it from
somewhere else, and the whole family ends.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadSignature, Signer

from plans.identity.people import actor_of
from plans.sealing import fingerprint, key_of, mark, same
from plans.store import Connection, audit, proofs

ROTATED = timedelta(minutes=15)
OVERLAP = timedelta(seconds=60)
IDLE = timedelta(hours=8)
"""Without a request; counted from the last rotation, so up to a quarter of an hour sooner."""
LONGEST = timedelta(days=7)
KEPT = timedelta(days=1)
"""What has expired stays so long: the newest codes and links are counted by the hour."""
PURPOSE = "session"


@dataclass(frozen=True, slots=True)
class Session:
    """A session that holds: whose it is, its family, how and when it began."""

    user: int
    family: str
    method: str
    begun_at: datetime


@dataclass(frozen=True, slots=True)
class Looked:
    """What an identifier turned out to be. ``due``: it is to be replaced; ``stolen``: it was."""

    session: Session | None
    due: bool = False
    stolen: bool = False


def begin(connection: Connection, user: int, method: str, now: datetime) -> tuple[str, Session]:
    """A new session for who signed in: its first identifier."""
    proofs.sweep(connection, now - KEPT)
    session = Session(user, secrets.token_hex(16), method, now)
    return _issue(connection, session, now), session


def _issue(connection: Connection, session: Session, now: datetime) -> str:
    identifier = secrets.token_urlsafe(32)
    row = {
        "hash": fingerprint(identifier),
        "family": session.family,
        "user": session.user,
        "method": session.method,
        "begun_at": session.begun_at,
        "issued_at": now,
        "expires_at": session.begun_at + LONGEST,
    }
    proofs.add_session(connection, row)
    return identifier


def look(connection: Connection, identifier: str, now: datetime) -> Looked:
    """What is known of an identifier; changes nothing."""
    row = proofs.session_of(connection, fingerprint(identifier))
    if row is None or row.expires_at <= now or row.disabled_at is not None:
        return Looked(None)
    if row.replaced_at is not None and now > row.replaced_at + OVERLAP:
        return Looked(None, stolen=True)
    if now - row.issued_at > IDLE:
        return Looked(None)
    due = row.replaced_at is None and now - row.issued_at >= ROTATED
    return Looked(_session(row), due=due)


def _session(row: Any) -> Session:
    return Session(row.user, row.family, row.method, row.begun_at)


def rotate(connection: Connection, identifier: str, now: datetime) -> str | None:
    """A new identifier in place of this one; None: another request has just replaced it."""
    hashed = fingerprint(identifier)
    row = proofs.session_of(connection, hashed)
    if row is None or not proofs.replace_session(connection, hashed, now):
        return None
    return _issue(connection, _session(row), now)


def revoke_stolen(connection: Connection, identifier: str, now: datetime) -> None:
    """End the family of an identifier that was shown after it was replaced."""
    row = proofs.session_of(connection, fingerprint(identifier))
    if row is None or row.expires_at <= now:
        return
    proofs.end_family(connection, row.family, now)
    actor = actor_of(row.user)
    audit.note(connection, now, actor, "session-stolen", subject=actor, outcome=audit.DENIED)


def end(connection: Connection, session: Session, now: datetime) -> None:
    """Sign out."""
    proofs.end_family(connection, session.family, now)
    audit.note(connection, now, actor_of(session.user), "signed-out")


def others(connection: Connection, session: Session, now: datetime) -> list[Session]:
    """The same person's other sessions that could still be used, the newest first."""
    rows = proofs.living_sessions(connection, session.user, now, now - IDLE)
    return [_session(row) for row in rows if row.family != session.family]


def end_others(connection: Connection, session: Session, now: datetime) -> None:
    """Sign out everywhere else."""
    proofs.end_sessions(connection, session.user, now, spare=session.family)
    actor = actor_of(session.user)
    audit.note(connection, now, actor, "other-sessions-ended", subject=actor)


# --- the cookie, and what goes with it -----------------------------------------------------------


def sign(secret: str, identifier: str) -> str:
    """The cookie's value: an identifier that we made ourselves is known before any look-up."""
    return _signer(secret).sign(identifier).decode()


def unsign(secret: str, value: str) -> str | None:
    """The identifier in a cookie's value; None: it is not one of ours."""
    try:
        return _signer(secret).unsign(value).decode()
    except (BadSignature, UnicodeError):
        return None


def _signer(secret: str) -> Signer:
    return Signer(key_of(secret, PURPOSE), salt=PURPOSE, digest_method=hashlib.sha256)


def csrf_token(secret: str, family: str) -> str:
    """What a page of ours sends with each unsafe request of this session."""
    return mark(secret, "csrf", family)


def masked(token: str) -> str:
    """The same token in other signs each time: compressed pages would give it away (BREACH)."""
    pad = secrets.token_bytes(len(token) // 2)
    hidden = bytes(one ^ other for one, other in zip(pad, bytes.fromhex(token), strict=True))
    return pad.hex() + hidden.hex()


def is_csrf_token(secret: str, family: str, given: str | None) -> bool:
    """Whether a request bears it, bare or masked."""
    token = csrf_token(secret, family)
    return given is not None and (same(token, given) or same(token, _unmasked(given, len(token))))


def _unmasked(given: str, length: int) -> str:
    try:
        pad, hidden = bytes.fromhex(given[:length]), bytes.fromhex(given[length:])
    except ValueError:
        return ""
    if not len(pad) == len(hidden) == length // 2:
        return ""
    return bytes(one ^ other for one, other in zip(pad, hidden, strict=True)).hex()
