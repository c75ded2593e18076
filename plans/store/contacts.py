"""Departments' mailboxes as an office keeps them, over what the catalogue declares."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from plans.store import channels
from plans.store.catalogue import add_contact, known_addresses
from plans.store.schema import contacts, departments
from plans.store.schema_office import removed_contacts

c, r = contacts.c, removed_contacts.c


def row_of(connection: Connection, department: str, email: str) -> Row[Any] | None:
    """One of a department's mailboxes."""
    query = select(contacts).where(c.department == department, c.email == email)
    return connection.execute(query).first()


def add(connection: Connection, department: str, email: str, language: str) -> None:
    """Register a mailbox, maybe one that was taken out before."""
    connection.execute(delete(removed_contacts).where(r.department == department, r.email == email))
    add_contact(connection, department, email, language)


def remove(connection: Connection, department: str, email: str) -> None:
    """Take a mailbox out with its channel, for good: a catalogue that declares it does not bring it
    back."""
    channels.forget_of(connection, department, email)
    connection.execute(delete(contacts).where(c.department == department, c.email == email))
    if email in _declared(connection, department):  # of any other, nothing need be kept
        _forget_removal(connection, department, email)
        connection.execute(insert(removed_contacts).values(department=department, email=email))


def _forget_removal(connection: Connection, department: str, email: str) -> None:
    mine = (r.department == department, r.email == email)
    connection.execute(delete(removed_contacts).where(*mine))


def _declared(connection: Connection, department: str) -> set[str]:
    query = select(departments.c.declaration).where(departments.c.code == department)
    declaration = connection.execute(query).scalar_one()
    return {one["email"] for one in declaration["contacts"]}


def replace(connection: Connection, department: str, email: str, language: str) -> None:
    """Let a department have one mailbox, this one, fresh, whatever it had before."""
    for known in known_addresses(connection, department):
        remove(connection, department, known)
    add(connection, department, email, language)


def set_language(connection: Connection, department: str, email: str, language: str) -> None:
    """In which language a mailbox is written to."""
    statement = update(contacts).where(c.department == department, c.email == email)
    connection.execute(statement.values(language=language))


def clear_bounce(connection: Connection, email: str) -> None:
    """Write to an address again, whosever it is: it was flagged for all of them at once."""
    statement = update(contacts).where(c.email == email)
    connection.execute(statement.values(bounced_at=None, bounce_reason=None))
