"""API tokens in the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from plans.store.schema_access import tokens

t = tokens.c


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a new token."""
    connection.execute(insert(tokens).values(**row))


def by_hash(connection: Connection, hashes: Iterable[str]) -> dict[str, Row[Any]]:
    """Tokens by the hash of their secret."""
    wanted = sorted(hashes)
    if not wanted:
        return {}
    return {row.hash: row for row in connection.execute(select(tokens).where(t.hash.in_(wanted)))}


def by_id(connection: Connection, key: str) -> Row[Any] | None:
    """One token, by its id."""
    return connection.execute(select(tokens).where(t.id == key)).first()


def listed(connection: Connection, department: str | None = None) -> list[Row[Any]]:
    """All tokens, or a department's, the newest first; never their secrets."""
    query = select(tokens).order_by(t.created_at.desc(), t.id)
    return list(
        connection.execute(query if not department else query.where(t.department == department))
    )


def revoke(connection: Connection, key: str, actor: str, now: datetime) -> bool:
    """End a token; whether there was one to end."""
    statement = update(tokens).where(t.id == key, t.revoked_at.is_(None))
    return connection.execute(statement.values(revoked_at=now, revoked_by=actor)).rowcount == 1


def used(connection: Connection, keys: Iterable[str], now: datetime) -> None:
    """Write down that some tokens were used."""
    connection.execute(update(tokens).where(t.id.in_(sorted(keys))).values(last_used_at=now))


def alive(connection: Connection, keys: Sequence[str], now: datetime) -> set[str]:
    """Which of some tokens still work."""
    if not keys:
        return set()
    rows = connection.execute(_ALIVE, {"keys": list(keys), "now": now})
    return {row.id for row in rows}


_ALIVE = select(t.id).where(
    t.id.in_(bindparam("keys", expanding=True)),
    t.revoked_at.is_(None),
    t.expires_at > bindparam("now", type_=t.expires_at.type),
)
