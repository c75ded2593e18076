"""Devices on which a department's link may report: confirmed by a code to its registered mailbox.

A code has six digits, so it is kept under a keyed hash, for ten minutes and five tries; only the
newest one counts, and a department is sent three an hour at most: fifteen guesses in a million.
"""

from __future__ import annotations

import secrets
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
DEVICE_LIFE = timedelta(days=180)


def ask_code(connection: Connection, department: str, *, secret: str, now: datetime) -> Letter:
    """A new code, to be mailed to the department's registered mailbox; earlier ones are void.

    ``NotFound``: no such department; ``Conflict``: it has no mailbox; ``TooMany``: three were sent
    within the hour.
    """
    if department not in catalogue.department_rows(connection, [department]):
        raise NotFound(f"no department '{department}'")
    contact = notices.contact_of(connection, department)
    if contact is None:
        raise Conflict("no mailbox is registered for this department; ask the coordinating office")
    proofs.lock_department(connection, department)
    _refuse_too_many(connection, department, now)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    row = {
        "hash": _hash(secret, department, now, code),
        "purpose": CODE,
        "department": department,
        "created_at": now,
        "expires_at": now + CODE_LIFE,
        "attempts": 0,
    }
    proofs.add_one_time(connection, row)
    actor = f"link:{department}"
    audit.note(connection, now, actor, "code-asked", subject=f"department:{department}")
    return Letter(contact.email, contact.language, code, f"department:{department}")


def _refuse_too_many(connection: Connection, department: str, now: datetime) -> None:
    hour = timedelta(hours=1)
    made = proofs.made_since(connection, CODE, now - hour, department=department)
    if len(made) >= MOST_AN_HOUR:
        wait = int((made[-MOST_AN_HOUR] + hour - now).total_seconds()) + 1
        raise TooMany(f"a department is sent {MOST_AN_HOUR} codes an hour", retry_after=wait)


def _hash(secret: str, department: str, made: datetime, code: str) -> str:
    return mark(secret, "device-code", f"{department}|{made.astimezone(UTC).isoformat()}|{code}")


def confirm(
    connection: Connection, department: str, code: str, *, secret: str, now: datetime
) -> str | DondocError:
    """The secret of a device on which the department's code was given.

    Or the error that the boundary raises once the transaction is committed: a wrong try counts.
    """
    row = proofs.latest_code(connection, department, CODE)
    if row is None or row.used_at is not None or row.expires_at <= now:
        return _refused(connection, department, "no code waits; ask for one", now)
    if not proofs.count_try(connection, row.hash, MOST_TRIES):
        return _refused(connection, department, "tried too often; ask for a new code", now)
    expected = _hash(secret, department, row.created_at, code.strip())
    if not same(expected, row.hash) or not proofs.use_one_time(connection, row.hash, now):
        return _refused(connection, department, "not the code that was mailed last", now)
    return _kept(connection, department, now)


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
