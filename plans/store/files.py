"""Uploaded files in the database: what they are called and whose they are; not what they hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, null, select, update

from plans.store.ledger import chunks
from plans.store.schema import files

f = files.c
_LOCK = 0x646F6E66
"""Names the advisory lock that stands between whoever places a file and whoever sweeps."""


def lock(connection: Connection, *, alone: bool = False) -> None:
    """Hold files still until the transaction ends: sweeping waits for placing, and the reverse.

    On SQLite every writing transaction is alone.
    """
    if connection.dialect.name == "postgresql":
        take = func.pg_advisory_xact_lock if alone else func.pg_advisory_xact_lock_shared
        connection.execute(select(take(_LOCK)))


def lock_content(connection: Connection, sha256: str) -> None:
    """Let one content be placed by one transaction at a time, so that it becomes one file."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(int(sha256[:15], 16))))


def known(connection: Connection, assignment: str, ids: Sequence[str]) -> set[str]:
    """Which of some files were uploaded to an assignment."""
    query = select(f.id).where(f.assignment == assignment, f.id.in_(ids), f.removed_at.is_(None))
    return set(connection.execute(query).scalars())


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep one."""
    connection.execute(insert(files).values(**row))


def of_assignment(connection: Connection, assignment: str) -> list[Row[Any]]:
    """An assignment's files, the oldest first; removed ones too (without a name)."""
    query = select(files).where(f.assignment == assignment)
    return list(connection.execute(query.order_by(f.uploaded_at, f.id)))


def same(connection: Connection, assignment: str, sha256: str, name: str) -> Row[Any] | None:
    """The file with this content and name on an assignment, if it is there."""
    query = select(files).where(f.assignment == assignment, f.sha256 == sha256, f.name == name)
    return connection.execute(query.where(f.removed_at.is_(None)).limit(1)).first()


def one(connection: Connection, key: str) -> Row[Any] | None:
    """A file by its id, removed or not."""
    return connection.execute(select(files).where(f.id == key)).first()


def living(connection: Connection, hashes: Iterable[str]) -> set[str]:
    """Which contents belong to a file that was not removed."""
    found: set[str] = set()
    for chunk in chunks(sorted(set(hashes))):
        query = select(f.sha256).where(f.sha256.in_(chunk), f.removed_at.is_(None))
        found |= set(connection.execute(query).scalars())
    return found


def remove(connection: Connection, ids: Sequence[str], now: datetime) -> int:
    """Forget files' names; their contents go with the next sweep. Gives how many there were."""
    found = 0
    for chunk in chunks(ids):
        statement = update(files).where(f.id.in_(chunk), f.removed_at.is_(None))
        found += connection.execute(statement.values(name=null(), removed_at=now)).rowcount
    return found


def every(connection: Connection) -> list[Row[Any]]:
    """Id and content of all files that were not removed."""
    return list(connection.execute(select(f.id, f.sha256).where(f.removed_at.is_(None))))
