"""A PostgreSQL database that test after test begins with: to make and drop one takes much longer.

What a test wrote is gone after it, and numbers begin with 1 again. Its tables stay as they are: a
test that changes those takes ``empty_url``.
"""

from __future__ import annotations

from sqlalchemy import Connection, create_engine

from plans.store.schema_base import metadata

OTHERS = """
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class Emptied:
    """A migrated database, empty before each test; ``url`` leads to it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = create_engine(url, isolation_level="AUTOCOMMIT")
        self._connection = self._engine.connect()
        self._script = _script(self._connection)

    def empty(self) -> None:
        """End whoever is connected still, as dropping it would, and remove every row."""
        cursor = self._connection.connection.cursor()
        cursor.execute(OTHERS)
        cursor.execute(self._script)
        cursor.close()

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()


def _script(connection: Connection) -> str:
    tables = [f'DELETE FROM "{one.name}"' for one in metadata.sorted_tables]
    sequences = connection.exec_driver_sql("SELECT oid::regclass FROM pg_class WHERE relkind = 'S'")
    numbers = [f"SELECT setval('{name}', 1, false)" for (name,) in sequences]
    # Neither foreign keys nor the triggers that keep the audit log from being changed.
    alone = "SET session_replication_role = replica"
    return ";\n".join([alone, *tables, *numbers, "RESET session_replication_role"])
