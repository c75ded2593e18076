"""What a record holds, kept and put into other records: hundreds of tests begin with the same.

Loading and opening a plan takes longer than most tests; putting its rows back takes a tenth of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

from sqlalchemy import Connection, Table

from plans.store.schema_base import metadata

Rows = list[tuple[Any, ...]]


@dataclass
class Kept:
    """The rows of the tables that were filled; on PostgreSQL one script that fills them again."""

    tables: list[Table]
    rows: dict[str, Rows] = field(default_factory=dict)
    script: str = ""

    @classmethod
    def of(cls, connection: Connection) -> Self:
        """All that a record holds."""
        kept = cls([one for one in metadata.sorted_tables if _holds(connection, one)])
        if connection.dialect.name == "postgresql":
            kept.script = "".join(_statements(connection, one) for one in kept.tables)
        else:
            kept.rows = {one.name: _rows(connection, one) for one in kept.tables}
        return kept

    def put(self, connection: Connection) -> bool:
        """Fill the tables, unless one of them holds something; whether they were filled."""
        if _holds(connection, *self.tables):
            return False
        cursor = connection.connection.cursor()
        if self.script:
            cursor.execute(self.script)
        for name, rows in self.rows.items():
            places = ", ".join("?" * len(rows[0]))
            cursor.executemany(f'INSERT INTO "{name}" VALUES ({places})', rows)
        cursor.close()
        return True


def is_blank(connection: Connection) -> bool:
    """Whether a record holds nothing at all."""
    return not _holds(connection, *metadata.sorted_tables)


def _holds(connection: Connection, *tables: Table) -> bool:
    some = ", ".join(f'EXISTS (SELECT 1 FROM "{one.name}")' for one in tables)
    return any(connection.exec_driver_sql(f"SELECT {some}").one())


def _rows(connection: Connection, table: Table) -> Rows:
    found = connection.exec_driver_sql(f'SELECT * FROM "{table.name}"')
    return [tuple(row) for row in found]


def _statements(connection: Connection, table: Table) -> str:
    name = f'"{table.name}"'
    rows = f"SELECT json_agg(one)::text FROM {name} AS one"
    text = str(connection.exec_driver_sql(rows).scalar_one()).replace("'", "''")
    filled = f"SELECT * FROM json_populate_recordset(NULL::{name}, '{text}')"
    return f"INSERT INTO {name} OVERRIDING SYSTEM VALUE {filled};\n" + _counted_on(
        connection, table
    )


def _counted_on(connection: Connection, table: Table) -> str:
    """The next number that the database gives is the next after those that were put in."""
    column = table.autoincrement_column
    if column is None:
        return ""
    asked = f"SELECT pg_get_serial_sequence('{table.name}', '{column.name}')"
    sequence = connection.exec_driver_sql(asked).scalar_one()
    if sequence is None:
        return ""
    last = connection.exec_driver_sql(f"SELECT last_value FROM {sequence}").scalar_one()
    return f"SELECT setval('{sequence}', {last});\n"
