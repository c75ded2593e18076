"""The link in a message: it opens one recipient's assignments to read, and expires.

It is signed, not kept: ``so-y-te.<time>.<signature>``. A forwarded link reads and no more; to
report through it, a device is confirmed by a code (``devices``).
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from itsdangerous import BadSignature, SignatureExpired, TimestampSigner

from plans.access import Caller, Grant
from plans.errors import Unauthenticated
from plans.identity import devices
from plans.sealing import fingerprint, key_of
from plans.store import Connection, catalogue
from plans.terms import Role, Scope

LIFE = timedelta(days=30)
PREFIX = "link."
"""Before a link's token where it is presented like an API token (``Authorization: Bearer``)."""
PURPOSE = "message-link"
READS = frozenset({Scope.ASSIGNMENTS})
REPORTS = frozenset({Scope.ASSIGNMENTS, Scope.REPORT})


class _Signer(TimestampSigner):
    """A signer whose clock is the caller's."""

    def __init__(self, secret: str, now: datetime) -> None:
        super().__init__(key_of(secret, PURPOSE), salt=PURPOSE, digest_method=hashlib.sha256)
        self.now = now

    def get_timestamp(self) -> int:
        """Seconds since 1970, as the signer writes and compares them."""
        return int(self.now.timestamp())


def sign_link(secret: str, department: str, now: datetime) -> str:
    """The token of a department's link: short, and safe in a URL."""
    return _Signer(secret, now).sign(department).decode()


def open_link(secret: str, token: str, now: datetime) -> str:
    """The department of a link's token; ``Unauthenticated``: not ours, or it has expired."""
    signer = _Signer(secret, now)
    try:
        return signer.unsign(token, max_age=int(LIFE.total_seconds())).decode()
    except SignatureExpired:
        raise Unauthenticated(
            f"this link has expired after {LIFE.days} days; newer messages have newer ones"
        ) from None
    except (BadSignature, UnicodeError):
        raise Unauthenticated("this link is not one of ours; copy it whole") from None


def mark_of_link(token: str) -> str:
    """By what a link that opens is known, without being it.

    Of what is signed, not of the whole token: a signature can be spelt in many ways.
    """
    return fingerprint(token.rpartition(".")[0])


def caller_of_link(
    connection: Connection, secret: str, token: str, device: str | None, now: datetime
) -> Caller:
    """Who presents a link, and perhaps the secret of a confirmed device.

    Exactly the recipient's own assignments: not those of the bodies below it.
    """
    department = open_link(secret, token, now)
    if department not in catalogue.department_rows(connection, [department]):
        raise Unauthenticated("this link is of a department that is no longer known")
    confirmed = device is not None and devices.is_confirmed(connection, department, device, now)
    grant = Grant(Role.DEPARTMENT, department, frozenset({department}), supports=False)
    scopes = REPORTS if confirmed else READS
    return Caller(f"link:{department}", "link", (grant,), scopes, name=department)
