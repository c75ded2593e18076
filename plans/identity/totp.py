"""The second factor: codes from an authenticator (TOTP, RFC 6238), for who reviews and manages.

A seed is kept sealed and counts once a code made from it was given. A time step is accepted once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyotp

from plans.errors import Conflict, Denied, InvalidInput
from plans.identity.people import actor_of
from plans.sealing import seal, unseal
from plans.store import Connection, audit, proofs
from plans.store import identity as store
from plans.terms import Role

PURPOSE = "totp"
ISSUER = "Dondoc"
STEP = 30
DRIFT = 1
"""Steps that a telephone's clock may be behind or ahead."""
FOR_WHOM = frozenset({Role.ADMIN, Role.COORDINATOR})


@dataclass(frozen=True, slots=True)
class Seed:
    """What an authenticator is given, as text and as the address in a QR code."""

    secret: str
    uri: str


def is_confirmed(user: Any) -> bool:
    """Whether a user's sign-ins need a code."""
    return user.totp_confirmed_at is not None


def begin(connection: Connection, user: int, *, secret: str) -> Seed:
    """A new seed for a user, which counts once it is confirmed.

    ``Denied``: the user neither reviews nor manages; ``Conflict``: there is one in use.
    """
    row = store.by_id(connection, user, lock=True)
    if not FOR_WHOM & {Role(grant["role"]) for grant in row.grants}:
        raise Denied("a second factor is for coordinators and administrators")
    if is_confirmed(row):
        raise Conflict("a second factor is in use already; remove it first")
    seed = pyotp.random_base32()
    store.change(connection, user, totp_secret=seal(secret, PURPOSE, seed), totp_last_step=None)
    return _seed(seed, row.email)


def waiting(user: Any, *, secret: str) -> Seed | None:
    """The seed that waits for its first code, to be shown again; None: none does."""
    if user.totp_secret is None or is_confirmed(user):
        return None
    return _seed(unseal(secret, PURPOSE, user.totp_secret), user.email)


def _seed(seed: str, email: str) -> Seed:
    return Seed(seed, pyotp.TOTP(seed).provisioning_uri(name=email, issuer_name=ISSUER))


def confirm(connection: Connection, user: int, code: str, *, secret: str, now: datetime) -> None:
    """Put the seed to use with a first code from it; all other sessions are for the caller to end.

    ``InvalidInput``: the code is not of this seed and time; ``Conflict``: nothing to confirm.
    """
    row = store.by_id(connection, user, lock=True)
    if row.totp_secret is None or is_confirmed(row):
        raise Conflict("no second factor waits to be confirmed; begin with a new one")
    if not accept(connection, row, code, secret=secret, now=now):
        raise _wrong()
    store.change(connection, user, totp_confirmed_at=now)
    audit.note(connection, now, actor_of(user), "second-factor-set", subject=actor_of(user))


def reset(connection: Connection, user: int, *, actor: str, now: datetime) -> None:
    """Take a user's second factor away: for who lost it. All its sessions end."""
    store.by_id(connection, user)
    store.change(connection, user, totp_secret=None, totp_confirmed_at=None, totp_last_step=None)
    proofs.end_sessions(connection, user, now)
    audit.note(connection, now, actor, "second-factor-removed", subject=actor_of(user))


def accept(connection: Connection, user: Any, code: str, *, secret: str, now: datetime) -> bool:
    """Whether it is a code of now that was not used before; from now on it is."""
    totp = pyotp.TOTP(unseal(secret, PURPOSE, user.totp_secret))
    at = int(now.timestamp()) // STEP
    for step in range(at - DRIFT, at + DRIFT + 1):
        if pyotp.utils.strings_equal(totp.generate_otp(step), code.strip()):
            return store.take_step(connection, user.id, step)
    return False


def _wrong() -> InvalidInput:
    message = "not a code of this authenticator and moment"
    return InvalidInput(message, fields={"code": message})
