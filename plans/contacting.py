"""Departments' role mailboxes (never a person's own): added, taken out, put right.

What waits for a mailbox, or failed for the moment, is sent to a new or mended one at the next
delivery; what failed for good is sent again by ``plans/resending.py`` alone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from plans.declaration import Contact
from plans.errors import Conflict, InvalidInput, NotFound
from plans.identity import devices
from plans.store import Connection, audit, catalogue, outbox
from plans.store import contacts as store


def read_contact(email: str, language: str = "vi") -> Contact:
    """A mailbox and its language from a person's words, or ``InvalidInput``."""
    try:
        return Contact.model_validate({"email": email.strip(), "language": language})
    except ValueError:
        message = f"not a mailbox and language (vi, en): {email} {language}"
        field = "language" if language not in ("vi", "en") else "email"
        raise InvalidInput(message, fields={field: message}) from None


def add(
    connection: Connection,
    department: str,
    email: str,
    language: str = "vi",
    *,
    actor: str,
    now: datetime,
) -> None:
    """Register one more mailbox. ``InvalidInput``: not an address; ``Conflict``: it is known."""
    wanted = read_contact(email, language)
    catalogue.department_row(connection, department)
    if store.row_of(connection, department, wanted.email):
        raise Conflict(f"{wanted.email} is registered for {department} already")
    store.add(connection, department, wanted.email, wanted.language)
    outbox.try_now(connection, department, now)
    note(connection, now, actor, "mailbox-added", department, language=wanted.language)


def replace(
    connection: Connection,
    department: str,
    email: str,
    language: str = "vi",
    *,
    actor: str,
    now: datetime,
) -> list[str]:
    """Let a department have this mailbox alone; gives the addresses that are gone."""
    wanted = read_contact(email, language)
    catalogue.department_row(connection, department)
    before = catalogue.known_addresses(connection, department)
    store.replace(connection, department, wanted.email, wanted.language)
    gone = sorted(before - {wanted.email})
    is_new = before != {wanted.email}
    if is_new:
        devices.forget_all(connection, department, actor=actor, now=now)
    outbox.try_now(connection, department, now)
    detail = {"language": wanted.language, "new": is_new, "replaced": len(gone)}
    note(connection, now, actor, "mailbox-set", department, **detail)
    return gone


def remove(
    connection: Connection, department: str, email: str, *, actor: str, now: datetime
) -> None:
    """Take a mailbox out; ``NotFound``: it is none of the department's.

    Devices end that may have been confirmed through it.
    """
    row = mailbox_of(connection, department, email)
    store.remove(connection, department, row.email)
    devices.forget_all(connection, department, actor=actor, now=now)
    left = len(catalogue.known_addresses(connection, department))
    note(connection, now, actor, "mailbox-removed", department, left=left)


def change_language(
    connection: Connection,
    department: str,
    email: str,
    language: str,
    *,
    actor: str,
    now: datetime,
) -> None:
    """Write to a mailbox in Vietnamese (``vi``) or English (``en``) from now on."""
    row = mailbox_of(connection, department, email)
    wanted = read_contact(row.email, language)
    store.set_language(connection, department, row.email, wanted.language)
    note(connection, now, actor, "mailbox-language-set", department, language=wanted.language)


def clear_bounce(
    connection: Connection, department: str, email: str, *, actor: str, now: datetime
) -> None:
    """Write to an address again that failed for good; ``Conflict``: it did not fail.

    Other departments that have the same address are written to again, too.
    """
    row = mailbox_of(connection, department, email)
    if row.bounced_at is None:
        raise Conflict(f"messages to {row.email} do not bounce; nothing is to be cleared")
    store.clear_bounce(connection, row.email)
    outbox.try_now(connection, department, now)
    since = row.bounced_at.isoformat()
    note(connection, now, actor, "bounce-cleared", department, since=since)


def mailbox_of(connection: Connection, department: str, email: str) -> Row[Any]:
    """One of a department's mailboxes. ``NotFound``: no such department, or it has none such."""
    catalogue.department_row(connection, department)
    found = store.row_of(connection, department, email.strip())
    if found is None:
        known = ", ".join(sorted(catalogue.known_addresses(connection, department))) or "none"
        raise NotFound(f"{department} has no mailbox {email}; registered: {known}")
    return found


def note(
    connection: Connection, now: datetime, actor: str, act: str, department: str, **detail: Any
) -> None:
    """Write an act on a department's mailbox down, without the address: codes alone are kept."""
    subject = f"department:{department}"
    audit.note(connection, now, actor, act, subject=subject, detail=detail)
