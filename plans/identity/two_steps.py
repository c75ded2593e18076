"""Signing in on a page in two steps: the password first, then the second factor's code.

Between them the browser holds a signed half: that this user's password was right, and which one
it was. It holds for five minutes, and opens nothing without the code.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadSignature, TimestampSigner

from plans.errors import Unauthenticated
from plans.identity import signing_in
from plans.identity.signing_in import Moment, Refused, SignedIn
from plans.sealing import fingerprint, key_of, same
from plans.store import Connection
from plans.store import identity as store

LIFE = timedelta(minutes=5)
PURPOSE = "second-step"
AGAIN = "this took too long, or the password has changed; begin again"


class _Signer(TimestampSigner):
    """A signer whose clock is the caller's."""

    def __init__(self, secret: str, now: datetime) -> None:
        super().__init__(key_of(secret, PURPOSE), salt=PURPOSE, digest_method=hashlib.sha256)
        self.now = now

    def get_timestamp(self) -> int:
        """Seconds since 1970, as the signer writes and compares them."""
        return int(self.now.timestamp())


def half_of(row: Any, *, secret: str, now: datetime) -> str:
    """What a user's browser holds once the password was right."""
    return _Signer(secret, now).sign(f"{row.id}:{_mark(row)}").decode()


def by_half(connection: Connection, half: str, code: str, at: Moment) -> SignedIn | Refused:
    """Settle a sign-in whose password was right, by its code; wrong codes lock the user."""
    user, _, mark = _opened(half, at).partition(":")
    row = store.by_id(connection, int(user), lock=True) if user else None
    if row is None or row.password_hash is None or not same(mark, _mark(row)):
        signing_in.note_refused(connection, at, signing_in.NOBODY, {"why": "half"})
        return Refused(Unauthenticated(AGAIN))
    return signing_in.by_proven(connection, row.id, "password", code, at)


def is_good(half: str, at: Moment) -> bool:
    """Whether a code may still be given for it."""
    return bool(_opened(half, at))


def _opened(half: str, at: Moment) -> str:
    signer = _Signer(at.secret, at.now)
    try:
        return signer.unsign(half, max_age=int(LIFE.total_seconds())).decode()
    except (BadSignature, UnicodeError):
        return ""


def _mark(row: Any) -> str:
    return fingerprint(row.password_hash or "")[:16]
