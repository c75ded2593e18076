"""What is shown instead of a password, in the database: sessions, one-time secrets, devices.

All are kept as hashes; who reads the database cannot sign in with what is found there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from plans.store.schema import departments
from plans.store.schema_access import devices, one_time, sessions, users

s, o, d = sessions.c, one_time.c, devices.c


# --- sessions ------------------------------------------------------------------------------------


def add_session(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep an identifier of a session."""
    connection.execute(insert(sessions).values(**row))


def session_of(connection: Connection, hashed: str) -> Row[Any] | None:
    """A session's identifier, with whose it is (``user``) and since when that user is disabled."""
    query = select(sessions, users.c.disabled_at).join(users, users.c.id == s.user)
    return connection.execute(query.where(s.hash == hashed)).first()


def replace_session(connection: Connection, hashed: str, now: datetime) -> bool:
    """Mark an identifier as replaced; whether it was not yet (compare and set)."""
    current = (s.hash == hashed, s.replaced_at.is_(None), s.expires_at > now)
    return (
        connection.execute(update(sessions).where(*current).values(replaced_at=now)).rowcount == 1
    )


def end_family(connection: Connection, family: str, now: datetime) -> None:
    """End a session, whichever of its identifiers is shown."""
    living = (s.family == family, s.expires_at > now)
    connection.execute(update(sessions).where(*living).values(expires_at=now))


def end_sessions(
    connection: Connection, user: int, now: datetime, *, spare: str | None = None
) -> None:
    """End a user's sessions, but for the family ``spare``."""
    living = [s.user == user, s.expires_at > now]
    if spare is not None:
        living.append(s.family != spare)
    connection.execute(update(sessions).where(*living).values(expires_at=now))


def living_sessions(
    connection: Connection, user: int, now: datetime, used_since: datetime
) -> Sequence[Row[Any]]:
    """A user's sessions that have not ended, each by its newest identifier, the newest first."""
    living = (s.user == user, s.expires_at > now, s.replaced_at.is_(None))
    query = select(sessions).where(*living, s.issued_at >= used_since)
    return connection.execute(query.order_by(s.begun_at.desc(), s.family)).all()


# --- one-time secrets ----------------------------------------------------------------------------


def lock_department(connection: Connection, code: str) -> None:
    """Let secrets for a department, and holds on it, be made one after the other."""
    query = select(departments.c.code).where(departments.c.code == code)
    connection.execute(query.with_for_update())


def add_one_time(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a secret that is good for one use."""
    connection.execute(insert(one_time).values(**row))


def one_time_of(connection: Connection, hashed: str) -> Row[Any] | None:
    """The secret of a hash."""
    return connection.execute(select(one_time).where(o.hash == hashed)).first()


def use_one_time(connection: Connection, hashed: str, now: datetime) -> bool:
    """Use a secret up; whether it was still good (compare and set)."""
    good = (o.hash == hashed, o.used_at.is_(None), o.expires_at > now)
    return connection.execute(update(one_time).where(*good).values(used_at=now)).rowcount == 1


def count_try(connection: Connection, hashed: str, most: int) -> bool:
    """Count one more try at a secret; whether it was allowed."""
    statement = update(one_time).where(o.hash == hashed, o.attempts < most)
    return connection.execute(statement.values(attempts=o.attempts + 1)).rowcount == 1


def waiting_codes(
    connection: Connection, department: str, purpose: str, link: str, now: datetime
) -> Sequence[Row[Any]]:
    """A department's secrets for a purpose, asked for through one link, that are still good."""
    query = select(one_time).where(o.department == department, o.purpose == purpose)
    good = (o.link == link, o.used_at.is_(None), o.expires_at > now)
    return connection.execute(query.where(*good).order_by(o.created_at, o.hash)).all()


def made_since(
    connection: Connection,
    purpose: str,
    since: datetime,
    *,
    department: str | None = None,
    user: int | None = None,
    link: str | None = None,
) -> list[datetime]:
    """When secrets for a purpose were made for a department or a user, the oldest first.

    ``link``: only those that were asked for through it.
    """
    whose = o.department == department if department else o.user == user
    query = select(o.created_at).where(whose, o.purpose == purpose, o.created_at > since)
    if link is not None:
        query = query.where(o.link == link)
    return list(connection.execute(query.order_by(o.created_at)).scalars())


def withdraw(connection: Connection, purpose: str, user: int, now: datetime) -> None:
    """End a user's unused secrets for a purpose."""
    unused = (o.user == user, o.purpose == purpose, o.used_at.is_(None), o.expires_at > now)
    connection.execute(update(one_time).where(*unused).values(expires_at=now))


# --- devices -------------------------------------------------------------------------------------


def add_device(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a device on which a mailed code was given."""
    connection.execute(insert(devices).values(**row))


def has_device(connection: Connection, department: str, hashed: str, now: datetime) -> bool:
    """Whether a department confirmed this device, and that still holds."""
    good = (d.department == department, d.expires_at > now, d.revoked_at.is_(None))
    query = select(func.count()).select_from(devices).where(d.hash == hashed, *good)
    return bool(connection.execute(query).scalar_one())


def revoke_devices(connection: Connection, department: str, now: datetime) -> int:
    """End all of a department's devices; gives how many there were."""
    living = (d.department == department, d.revoked_at.is_(None), d.expires_at > now)
    return connection.execute(update(devices).where(*living).values(revoked_at=now)).rowcount


# --- what has had its time -----------------------------------------------------------------------


def sweep(connection: Connection, before: datetime) -> int:
    """Remove sessions and one-time secrets that expired before a moment; gives how many rows."""
    return sum(
        connection.execute(delete(table).where(table.c.expires_at < before)).rowcount
        for table in (sessions, one_time)
    )
