"""Devices on which a department's link may report: confirmed by a code to its registered mailbox.

A code has six digits, so it is kept under a keyed hash, for ten minutes and five tries. It is good
through the link by which it was asked for; each link has three an hour, all of a department's ten:
fifty guesses in a million. Who holds a forwarded link can thus use up that link's codes alone.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from plans.errors import Conflict, DondocError, InvalidInput, NotFound, TooMany
from plans.identity.one_time import Letter
from plans.sealing import fingerprint, mark, same
from plans.store import Connection, audit, catalogue, notices, proofs

CODE, DIGITS = "code", 6
CODE_LIFE = timedelta(minutes=10)
MOST_TRIES = 5
MOST_AN_HOUR = 3
MOST_OF_DEPARTMENT = 10
DEVICE_LIFE = timedelta(days=180)


def ask_code(
    connection: Connection, department: str, link: str, *, secret: str, now: datetime
) -> Letter:
    """A new code, to be mailed to the department's registered mailbox; earlier ones stay good.

    ``link``: through which it is asked for (``links.mark_of_link``). ``NotFound``: no such
    department; ``Conflict``: it has no mailbox; ``TooMany`` were sent within the hour.
    """
    if department not in catalogue.department_rows(connection, [department]):
        raise NotFound(f"no department '{department}'")
    contact = notices.contact_of(connection, department)
    if contact is None:
        raise Conflict("no mailbox is registered for this department; ask the coordinating office")
    proofs.lock_department(connection, department)
    _refuse_too_many(connection, department, link, now)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    row = {
        "hash": _hash(secret, department, now, code),
        "purpose": CODE,
        "department": department,
        "created_at": now,
        "expires_at": now + CODE_LIFE,
        "attempts": 0,
        "link": link,
    }
    proofs.add_one_time(connection, row)
    actor = f"link:{department}"
    audit.note(connection, now, actor, "code-asked", subject=f"department:{department}")
    return Letter(contact.email, contact.language, code, f"department:{department}")


def _refuse_too_many(connection: Connection, department: str, link: str, now: datetime) -> None:
    """Of the link first: its holder is told of another link, which the department has."""
    hour = timedelta(hours=1)
    limits = (
        (link, MOST_AN_HOUR, "through one link {} codes are sent an hour; take a newer message's"),
        (None, MOST_OF_DEPARTMENT, "a department is sent {} codes an hour"),
    )
    for which, most, said in limits:
        made = proofs.made_since(connection, CODE, now - hour, department=department, link=which)
        if len(made) >= most:
            wait = int((made[-most] + hour - now).total_seconds()) + 1
            raise TooMany(said.format(most), retry_after=wait)


def _hash(secret: str, department: str, made: datetime, code: str) -> str:
    return mark(secret, "device-code", f"{department}|{made.astimezone(UTC).isoformat()}|{code}")


def confirm(
    connection: Connection, department: str, link: str, code: str, *, secret: str, now: datetime
) -> str | DondocError:
    """The secret of a device on which one of the codes of a department's link was given.

    Or the error that the boundary raises once the transaction is committed: a wrong try counts,
    for each of the codes that it could have been.
    """
    waiting = proofs.waiting_codes(connection, department, CODE, link, now)
    if not waiting:
        return _refused(connection, department, "no code waits; ask for one", now)
    tried = [row for row in waiting if proofs.count_try(connection, row.hash, MOST_TRIES)]
    if not tried:
        return _refused(connection, department, "tried too often; ask for a new code", now)
    for row in tried:
        expected = _hash(secret, department, row.created_at, code.strip())
        if same(expected, row.hash) and proofs.use_one_time(connection, row.hash, now):
            return _kept(connection, department, now)
    return _refused(connection, department, "not a code that was mailed for this link", now)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A code that was mailed: until when it is good, and how often one may still try."""

    until: datetime
    tries: int


def waiting(connection: Connection, department: str, link: str, now: datetime) -> Waiting | None:
    """What is left of the codes that a link asked for; None: none of them can be given."""
    rows = proofs.waiting_codes(connection, department, CODE, link, now)
    good = [row for row in rows if row.attempts < MOST_TRIES]
    if not good:
        return None
    tries = max(MOST_TRIES - row.attempts for row in good)
    return Waiting(max(row.expires_at for row in good), tries)


def _refused(connection: Connection, department: str, why: str, now: datetime) -> DondocError:
    subject = f"department:{department}"
    actor = f"link:{department}"
    audit.note(connection, now, actor, "code-refused", subject=subject, outcome=audit.DENIED)
    return InvalidInput(f"the code is not accepted: {why}", fields={"code": why})


def _kept(connection: Connection, department: str, now: datetime) -> str:
    device = secrets.token_urlsafe(32)
    row: dict[str, Any] = {
        "hash": fingerprint(device),
        "department": department,
        "created_at": now,
        "expires_at": now + DEVICE_LIFE,
    }
    proofs.add_device(connection, row)
    actor = f"link:{department}"
    audit.note(connection, now, actor, "device-confirmed", subject=f"department:{department}")
    return device


def is_confirmed(connection: Connection, department: str, device: str, now: datetime) -> bool:
    """Whether this device may report through the department's links."""
    return proofs.has_device(connection, department, fingerprint(device), now)


def forget_all(connection: Connection, department: str, *, actor: str, now: datetime) -> int:
    """End all of a department's devices, as when its mailbox changes; gives how many."""
    ended = proofs.revoke_devices(connection, department, now)
    if ended:
        subject, detail = f"department:{department}", {"devices": ended}
        audit.note(connection, now, actor, "devices-forgotten", subject=subject, detail=detail)
    return ended
