"""People in the database: who may sign in, with what, and what came of their tries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from plans.errors import NotFound
from plans.store.schema_access import users

u = users.c


def add(connection: Connection, row: Mapping[str, Any]) -> int:
    """Keep a new user; gives its number."""
    key = connection.execute(insert(users).values(**row).returning(u.id)).scalar_one()
    return int(key)


def by_email(connection: Connection, email: str) -> Row[Any] | None:
    """The user of an address (in lower case)."""
    return connection.execute(select(users).where(u.email == email)).first()


def by_subject(connection: Connection, subject: str) -> Row[Any] | None:
    """The user whom a provider of identities knows by this subject."""
    return connection.execute(select(users).where(u.oidc_subject == subject)).first()


def by_id(connection: Connection, key: int, *, lock: bool = False) -> Row[Any]:
    """A user; ``lock``: nobody else changes it until the transaction ends. ``NotFound``: none."""
    query = select(users).where(u.id == key)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFound(f"no user {key}")
    return row


def listed(connection: Connection, *, after: int = 0, limit: int | None = None) -> list[Row[Any]]:
    """Users by number, those above ``after``."""
    query = select(users).where(u.id > after).order_by(u.id).limit(limit)
    return list(connection.execute(query))


def change(connection: Connection, key: int, **values: Any) -> None:
    """Set some columns of a user."""
    connection.execute(update(users).where(u.id == key).values(**values))


def take_step(connection: Connection, key: int, step: int) -> bool:
    """Use up a second factor's time step; whether it was still unused (compare and set)."""
    unused = or_(u.totp_last_step.is_(None), u.totp_last_step < step)
    statement = update(users).where(u.id == key, unused).values(totp_last_step=step)
    return connection.execute(statement).rowcount == 1


def active(connection: Connection, *, lock: bool = False) -> list[Row[Any]]:
    """Every user who is not disabled, by number."""
    query = select(users).where(u.disabled_at.is_(None)).order_by(u.id)
    return list(connection.execute(query.with_for_update() if lock else query))


def failed(connection: Connection, key: int, failures: int, until: datetime | None) -> None:
    """Count a failed try and, where it is one too many, lock."""
    change(connection, key, failures=failures, locked_until=until)
