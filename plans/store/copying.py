"""Every row of SQLite's tables into PostgreSQL's, and the proof that they are the same there.

Rows travel as lines of PostgreSQL's own text form of COPY. The same lines are hashed on the way
and, once all is there, as PostgreSQL gives them back in the order of their keys.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, Float, String, Table, func, select, text

from plans.errors import Conflict
from plans.store import (  # noqa: F401 - tables
    schema,
    schema_access,
    schema_office,
    schema_paper,
    schema_running,
)
from plans.store.likeness import count
from plans.store.schema_base import Instant, metadata

AT_ONCE = 1_000
Say = Callable[[str, int], None]
"""Told what is being done, and with how many rows."""
Told = Callable[[int], None]
"""Told of rows that were dealt with."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A table that was copied: its rows, and the hash that they have on both sides."""

    table: str
    rows: int
    sha256: str


def copy_rows(source: Connection, target: Connection, say: Say, told: Told) -> list[Moved]:
    """Copy all tables, those first that others name, and compare.

    ``Conflict``: a row that PostgreSQL does not take, or one that came out otherwise than it went
    in; the caller rolls back.
    """
    tables = metadata.sorted_tables
    target.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
    waiting = _set_aside(target)
    moved = [_copy_table(source, target, one, say, told) for one in tables]
    say("indexes", 0)
    for statement in waiting:
        target.exec_driver_sql(statement)
    _go_on_counting(source, target)
    for one in tables:
        target.exec_driver_sql(f'ANALYZE "{one.name}"')
    say("comparing", sum(one.rows for one in moved))
    for went, table in zip(moved, tables, strict=True):
        _compare(target, table, went)
        told(went.rows)
    return moved


def _set_aside(target: Connection) -> list[str]:
    """Drop foreign keys and indexes, which are quicker made once for all rows; gives them back."""
    keys = target.exec_driver_sql(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) "
        "FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
    ).all()
    indexes = target.exec_driver_sql(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
        "JOIN pg_class ON pg_class.oid = indexrelid "
        "WHERE relnamespace = current_schema()::regnamespace AND NOT EXISTS "
        "(SELECT 1 FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))"
    ).all()
    for table, name, _ in keys:
        target.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for name, _ in indexes:
        target.exec_driver_sql(f"DROP INDEX {name}")
    again = [f"ALTER TABLE {table} ADD CONSTRAINT {name} {rule}" for table, name, rule in keys]
    return [rule for _, rule in indexes] + again


def _copy_table(
    source: Connection, target: Connection, table: Table, say: Say, told: Told
) -> Moved:
    say(table.name, count(source, table.name))
    digest, rows = hashlib.sha256(), 0
    names = ", ".join(f'"{one.name}"' for one in table.columns)
    cursor, failed = target.connection.cursor(), target.dialect.loaded_dbapi.Error
    try:
        with cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
            for lines, hashed in _lines(source, table):
                copy.write("".join(lines).encode())
                digest.update("".join(hashed).encode())
                rows += len(lines)
                told(len(lines))
    except failed as error:
        said = getattr(error, "diag", None)
        why, where = getattr(said, "message_primary", error), getattr(said, "context", "")
        raise Conflict(f"{table.name}: {why} ({where})") from None
    finally:
        cursor.close()
    return Moved(table.name, rows, digest.hexdigest())


def _lines(source: Connection, table: Table) -> Iterator[tuple[list[str], list[str]]]:
    """A table's rows in the order of their keys: as lines to be copied, and as they are hashed.

    They differ in numbers with a fraction alone, whose shortest text is not the same everywhere.
    """
    sent = [_form(one) for one in table.columns]
    hashed = [_bits if isinstance(one.type, Float) else _form(one) for one in table.columns]
    same = sent == hashed
    names = ", ".join(f'"{one.name}"' for one in table.columns)
    order = ", ".join(f'"{one.name}"' for one in table.primary_key)
    cursor = source.connection.cursor()
    cursor.execute(f'SELECT {names} FROM "{table.name}" ORDER BY {order}')  # noqa: S608
    while rows := cursor.fetchmany(AT_ONCE):
        lines = [_line(sent, row) for row in rows]
        yield lines, lines if same else [_line(hashed, row) for row in rows]
    cursor.close()


Form = Callable[[Any], str]


def _line(forms: Sequence[Form], row: Sequence[Any]) -> str:
    cells = [
        r"\N" if value is None else form(value) for form, value in zip(forms, row, strict=True)
    ]
    return "\t".join(cells) + "\n"


def _form(column: Column[Any]) -> Form:
    """How a column's values, as SQLite's driver gives them, are written in COPY's text form."""
    if isinstance(column.type, Boolean):
        return _truth
    if isinstance(column.type, Instant):
        return _moment
    if isinstance(column.type, JSON):
        return _json
    return _plain if isinstance(column.type, String) else str


_ESCAPES = str.maketrans(
    {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r", "\b": r"\b", "\f": r"\f", "\v": r"\v"}
)


def _plain(value: str) -> str:
    if "\0" in value:
        raise Conflict("a text holds the sign U+0000, which PostgreSQL does not keep")
    return value.translate(_ESCAPES)


def _truth(value: int) -> str:
    return "t" if value else "f"


def _moment(value: str) -> str:
    """SQLAlchemy writes ``2025-03-31 17:00:00.000000``, in UTC; so does ``_SHOWN``."""
    return value if len(value) == len("2025-03-31 17:00:00.000000") else _widened(value)


def _widened(value: str) -> str:
    return datetime.fromisoformat(value).isoformat(" ", "microseconds")


def _json(value: Any) -> str:
    """JSON as the text that it is; SQLite gives a bare number as a number."""
    return _plain(value if isinstance(value, str) else json.dumps(value))


def _bits(value: float) -> str:
    return struct.pack(">d", value).hex()


# --- whether it is all there ---------------------------------------------------------------------


def _compare(target: Connection, table: Table, went: Moved) -> None:
    digest, rows = hashlib.sha256(), count(target, table.name)
    shown = ", ".join(_shown(one) for one in table.columns)
    order = ", ".join(_ordered(one) for one in table.primary_key)
    query = f'SELECT {shown} FROM "{table.name}" ORDER BY {order}'  # noqa: S608
    cursor = target.connection.cursor()
    with cursor.copy(f"COPY ({query}) TO STDOUT") as copy:
        for block in copy:
            digest.update(block)
    cursor.close()
    if (rows, digest.hexdigest()) != (went.rows, went.sha256):
        raise Conflict(
            f"{table.name}: {rows} rows came out and {went.rows} went in, or not the same ones; "
            "nothing was moved"
        )


def _shown(column: Column[Any]) -> str:
    name = f'"{column.name}"'
    if isinstance(column.type, Instant):
        return f"to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
    if isinstance(column.type, Float):
        return f"encode(float8send({name}), 'hex')"
    return name


def _ordered(column: Column[Any]) -> str:
    """SQLite's order, in any locale."""
    is_text = isinstance(column.type, String)
    return f'"{column.name}" COLLATE "C"' if is_text else f'"{column.name}"'


def _go_on_counting(source: Connection, target: Connection) -> None:
    """Let growing numbers go on after the last one that was ever given."""
    given = dict(source.exec_driver_sql("SELECT name, seq FROM sqlite_sequence").tuples().all())
    for table in metadata.sorted_tables:
        for column in table.primary_key:
            sequence = _sequence(target, table, column)
            if sequence is None:
                continue
            largest = target.scalar(select(func.max(column)))
            last = max(largest or 0, given.get(table.name, 0))
            if last:
                target.execute(text("SELECT setval(:it, :last)"), {"it": sequence, "last": last})


def _sequence(target: Connection, table: Table, column: Column[Any]) -> str | None:
    query = text("SELECT pg_get_serial_sequence(:table, :column)")
    found = target.scalar(query, {"table": f'"{table.name}"', "column": column.name})
    return str(found) if found else None
