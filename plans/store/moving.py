"""Moving a record from the embedded SQLite into an empty PostgreSQL.

All of it is one transaction of the target: killed at any moment, nothing is there. The source is
locked meanwhile, so that nobody's write is left behind, and refuses writes once it was left. Its
file is kept, and the uploaded files and the key stay where they are, in the data directory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alembic import command
from sqlalchemy import Connection, Engine, inspect, text

from plans.errors import Conflict, InvalidInput
from plans.store import audit
from plans.store.copying import Moved, Say, Told, copy_rows
from plans.store.engine import writing
from plans.store.likeness import count, tables_of
from plans.store.schema_base import metadata
from plans.store.upgrade import configure

MARK = "moved_away"
Check = Callable[[Connection], list[str]]
"""What is wrong with a record, in words."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The tables that were moved, and what was wrong with the record before."""

    tables: list[Moved]
    problems: list[str]


# --- before --------------------------------------------------------------------------------------


def require_target(target: Connection) -> None:
    """``InvalidInput`` or ``Conflict``: nothing can be moved there, and why."""
    encoding = _said(target, "SHOW server_encoding")
    if encoding != "UTF8":
        raise InvalidInput(f"the database keeps text as {encoding}; make one with ENCODING 'UTF8'")
    if some := inspect(target).get_table_names():
        raise Conflict(
            f"the database holds {len(some)} tables already ({some[0]} …); a record moves into an "
            "empty one: drop it and make it anew, then move again"
        )
    schema = _said(target, "SELECT current_schema()")
    may = "SELECT has_schema_privilege(current_user, current_schema(), 'CREATE')"
    if not schema or not _said(target, may):
        raise InvalidInput(
            f"this user may not make tables in the schema {schema or 'public'}; make it the "
            "database's owner: ALTER DATABASE … OWNER TO …"
        )


def require_source(source: Connection) -> None:
    """``InvalidInput`` unless it is SQLite's; ``Conflict``: the record has left it before."""
    if source.dialect.name != "sqlite":
        raise InvalidInput("the record is in PostgreSQL already; what moves is an SQLite database")
    if has_moved(source):
        raise Conflict("the record was moved from here before; 'dondoc db reopen' takes that back")


def rows_of(source: Connection) -> dict[str, int]:
    """How many rows each table has, in the order in which they move."""
    return {one.name: count(source, one.name) for one in metadata.sorted_tables}


def _said(connection: Connection, statement: str) -> Any:
    return connection.exec_driver_sql(statement).scalar()


# --- the move ------------------------------------------------------------------------------------


def move(
    source: Engine, target: Engine, now: datetime, actor: str, check: Check, say: Say, told: Told
) -> Outcome:
    """Move a record; it is committed in the target, and then left in the source.

    ``InvalidInput``, ``Conflict``: it cannot be moved so, or did not come out as it went in.
    """
    if target.dialect.name != "postgresql":
        raise InvalidInput("a record moves into PostgreSQL: postgresql+psycopg://…")
    with writing(source) as old:
        require_source(old)
        with writing(target, alone="upgrade") as new:
            require_target(new)
            command.upgrade(configure(new), "head")
            # Copied with the others: both logs tell of it.
            audit.note(old, now, actor, "database-moved", detail={"to": "postgresql"})
            tables = copy_rows(old, new, say, told)
            say("following the ledger", 0)
            problems = _known_problems(old, new, check)
            close(old)
    return Outcome(tables, problems)


def _known_problems(old: Connection, new: Connection, check: Check) -> list[str]:
    """What is wrong with the moved record; ``Conflict``: the record had other problems before."""
    found = check(new)
    if found and sorted(found) != sorted(check(old)):
        raise Conflict(f"the record came out otherwise than it went in: {found[0]}")
    return found


# --- after ---------------------------------------------------------------------------------------


def close(source: Connection) -> None:
    """Let the database that a record has left refuse every write, whoever has it open."""
    reason = (
        "the record was moved from this database to PostgreSQL: set DONDOC_DATABASE_URL "
        "('dondoc db reopen' takes that back)"
    )
    for table in tables_of(source):
        for act in ("INSERT", "UPDATE", "DELETE"):
            source.exec_driver_sql(
                f'CREATE TRIGGER "{MARK}_{table}_{act.lower()}" BEFORE {act} ON "{table}" '
                f"BEGIN SELECT RAISE(ABORT, '{reason.replace(chr(39), chr(39) * 2)}'); END"
            )


def has_moved(source: Connection) -> bool:
    """Whether a database refuses writes since its record has left it."""
    return bool(_triggers(source))


def reopen(source: Connection) -> bool:
    """Let it be written again; False: it was not closed."""
    found = _triggers(source)
    for name in found:
        source.exec_driver_sql(f'DROP TRIGGER "{name}"')
    return bool(found)


def _triggers(source: Connection) -> list[str]:
    query = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE :mark")
    return list(source.execute(query, {"mark": f"{MARK}_%"}).scalars())
