"""What a database holds, in a few figures that two copies of it have in common."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, func, inspect, select, table, text
from sqlalchemy.types import Integer

VERSIONS = "alembic_version"
AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Figures:
    """Rows of each table, and one hash over the last entries of all assignments' chains."""

    tables: dict[str, int]
    heads: str

    def differences(self, other: Figures) -> list[str]:
        """Where another copy differs, in words."""
        names = sorted(self.tables.keys() | other.tables.keys())
        pairs = [(name, self.tables.get(name, 0), other.tables.get(name, 0)) for name in names]
        found = [f"{name}: {b} rows, not {a}" for name, a, b in pairs if a != b]
        return found if self.heads == other.heads else [*found, "the ledger's last hashes differ"]


def of(connection: Connection) -> Figures:
    """A database's figures, whatever its revision."""
    tables = {name: count(connection, name) for name in tables_of(connection)}
    return Figures(tables, _heads(connection) if "assignments" in tables else "")


def tables_of(connection: Connection) -> list[str]:
    """The tables of the record that are there."""
    return sorted(set(inspect(connection).get_table_names()) - {VERSIONS})


def count(connection: Connection, name: str) -> int:
    """The rows of a table."""
    return connection.scalar(select(func.count(type_=Integer)).select_from(table(name))) or 0


def _heads(connection: Connection) -> str:
    # SQLite's order, in any locale of PostgreSQL.
    order = ' COLLATE "C"' if connection.dialect.name == "postgresql" else ""
    query = text(f"SELECT id, events, head FROM assignments ORDER BY id{order}")  # noqa: S608
    digest = hashlib.sha256()
    for row in connection.execute(query, execution_options={"yield_per": AT_ONCE}):
        digest.update(f"{row.id} {row.events} {row.head}\n".encode())
    return digest.hexdigest()


def contents(connection: Connection) -> list[str]:
    """The contents of uploaded files that are named, in order."""
    if "files" not in tables_of(connection):
        return []
    query = text("SELECT DISTINCT sha256 FROM files WHERE removed_at IS NULL")
    return sorted(connection.execute(query).scalars())
