"""Many rows in one go: one statement and one answer, however many rows there are.

SQLAlchemy sends a statement a row, which costs several times what the rows themselves do. Here
SQLite is handed the rows by its driver at once, and PostgreSQL takes them as one array a column.
Values go through the columns' own types all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Connection, Dialect, String, Table
from sqlalchemy.dialects import postgresql

Row = Mapping[str, Any]
_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]


def insert_many(
    connection: Connection, table: Table, rows: Sequence[Row], conflict: str = ""
) -> None:
    """Insert rows that all have the first one's columns, in their order.

    ``conflict``: what to do with a row that is there already (``ON CONFLICT …``).
    """
    if rows:
        names = tuple(rows[0])
        statement = _insertion(connection.dialect.name, table, names, conflict)
        _execute(connection, statement, table, names, rows)


def update_many(connection: Connection, table: Table, key: str, rows: Sequence[Row]) -> None:
    """Give rows, found by one column, their other values; nobody may change them meanwhile."""
    if rows:
        names = (*(name for name in rows[0] if name != key), key)
        statement = _change(connection.dialect.name, table, names)
        _execute(connection, statement, table, names, rows)


@lru_cache(maxsize=64)
def _insertion(dialect: str, table: Table, names: tuple[str, ...], conflict: str) -> str:
    into, marks = f"INSERT INTO {table} ({_list(names)})", ", ".join("?" * len(names))
    if dialect == "sqlite":
        return f"{into} VALUES ({marks}) {conflict}"
    return f"{into} SELECT * FROM {_new(table, names)} {conflict}"  # noqa: S608 - our own names


@lru_cache(maxsize=64)
def _change(dialect: str, table: Table, names: tuple[str, ...]) -> str:
    *changed, key = names
    if dialect == "sqlite":
        values = ", ".join(f'"{name}" = ?' for name in changed)
        return f'UPDATE {table} SET {values} WHERE "{key}" = ?'  # noqa: S608 - our own names
    values = ", ".join(f'"{name}" = new."{name}"' for name in changed)
    new = f"{_new(table, names)} AS new ({_list(names)})"
    return f'UPDATE {table} SET {values} FROM {new} WHERE {table}."{key}" = new."{key}"'  # noqa: S608


def _new(table: Table, names: Iterable[str]) -> str:
    """The rows, from an array a column; in binary form, which costs a tenth of the other."""
    arrays = ", ".join(f"%b::{_kind(table.c[name])}[]" for name in names)
    return f"unnest({arrays})"


def _list(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _execute(
    connection: Connection,
    statement: str,
    table: Table,
    names: tuple[str, ...],
    rows: Sequence[Row],
) -> None:
    dialect = connection.dialect
    columns = [_bound(dialect, table.c[name], [row[name] for row in rows]) for name in names]
    sqlite = dialect.name == "sqlite"
    connection.exec_driver_sql(
        statement, list(zip(*columns, strict=True)) if sqlite else tuple(columns)
    )


def _bound(dialect: Dialect, column: Column[Any], values: list[Any]) -> list[Any]:
    """Values as the driver takes them; an array's must be of one kind, so names become text."""
    processor = _processor(dialect, column)
    if processor:
        return list(map(processor, values))
    if isinstance(column.type, String):
        return [value if value is None else str(value) for value in values]
    return values


@lru_cache(maxsize=256)
def _processor(dialect: Dialect, column: Column[Any]) -> Callable[[Any], Any] | None:
    return column.type.dialect_impl(dialect).bind_processor(dialect)


def _kind(column: Column[Any]) -> str:
    # Cast to a VARCHAR of some length, what is too long would be cut off in silence.
    if isinstance(column.type, String):
        return "text"
    return str(column.type.compile(dialect=_POSTGRESQL))
