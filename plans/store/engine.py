"""Connections: one engine a database, one transaction a use case, nobody else commits."""

from __future__ import annotations

import os
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from plans.errors import InvalidInput, OutsideError

BUSY_MS = 15_000
CONNECT_S = 15
LONGEST_WRITE = timedelta(hours=1)
"""No transaction that writes lasts as long."""
PATIENCE = 10
Clock = Callable[[], datetime]
DRIVERS = {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}


def open_engine(url: str) -> Engine:
    """An engine for SQLite (WAL, foreign keys on, busy time-out) or PostgreSQL.

    ``InvalidInput``: neither of them, its driver is missing, or its file cannot be written.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() != "sqlite":
        waits = {} if "connect_timeout" in parsed.query else {"connect_timeout": CONNECT_S}
        return _created(parsed, pool_pre_ping=True, connect_args=waits)
    engine = _created(parsed)
    if parsed.database and not parsed.database.startswith((":memory:", "file:")):
        _make_writable(Path(parsed.database))
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise _unknown() from None
    if parsed.drivername == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in DRIVERS:
        raise _unknown()
    return parsed


def _unknown() -> InvalidInput:
    # The address itself may hold a password.
    return InvalidInput(
        "setting DONDOC_DATABASE_URL: not a database's address that Dondoc knows; "
        "use sqlite:///… or postgresql+psycopg://…"
    )


def _created(url: URL, **options: Any) -> Engine:
    try:
        return create_engine(url, **options)
    except ArgumentError:
        raise _unknown() from None
    except ImportError:
        raise InvalidInput(
            "PostgreSQL's driver psycopg is missing; run pip install 'dondoc[postgresql]'"
        ) from None


def _make_writable(path: Path) -> None:
    """Make a database's file and its directory where they are missing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # One that is there is not even opened: closing it would end SQLite's locks on it.
        if not path.exists():
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
        reason = None if os.access(path, os.W_OK) and path.is_file() else "it cannot be written"
    except OSError as error:
        reason = error.strerror
    if reason:
        raise InvalidInput(
            f"cannot write {path}: {reason}; set DONDOC_DATA_DIR to a directory that can be "
            "made and written (or DONDOC_DATABASE_URL to another place)"
        )


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not begin transactions of its own, or BEGIN IMMEDIATE could not be ours.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock at once: upgrading a read lock later fails under load.
    writes = connection.get_execution_options().get("dondoc_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class _Turns:
    """Writers of one process in the order in which they came.

    SQLite lets one write at a time, and the others try again after a while: beside one that writes
    all the time they might never get their turn.
    """

    def __init__(self) -> None:
        self._guard, self._waiting, self._taken = Lock(), deque[Lock](), False

    @contextmanager
    def mine(self) -> Iterator[None]:
        """Wait for one's turn, and keep it."""
        ticket = Lock()
        ticket.acquire()
        with self._guard:
            if self._taken:
                self._waiting.append(ticket)
            else:
                self._taken = True
                ticket.release()
        ticket.acquire()
        try:
            yield
        finally:
            with self._guard:
                self._taken = bool(self._waiting)
                if self._waiting:
                    self._waiting.popleft().release()


_TURNS: WeakKeyDictionary[Engine, _Turns] = WeakKeyDictionary()


def _turns(engine: Engine) -> AbstractContextManager[None]:
    if engine.dialect.name != "sqlite":
        return nullcontext()
    return _TURNS.setdefault(engine, _Turns()).mine()


def keep_time(engine: Engine, clock: Clock) -> Engine:
    """The engine with a clock: what a writer records bears no time before its turn came.

    A moment taken before the wait for a lock would put an entry among older ones afterwards, and
    figures as of a moment in between would change.
    """
    return engine.execution_options(dondoc_clock=clock)


@contextmanager
def writing(engine: Engine, *, alone: str | None = None) -> Iterator[Connection]:
    """One transaction that writes: committed at the end, rolled back on any error.

    ``alone`` names a job of which only one may be under way: others wait for its transaction.
    """
    with (
        _turns(engine),
        engine.connect().execution_options(dondoc_writes=True) as connection,
        connection.begin(),
    ):
        if alone:
            lock_job(connection, alone)
        if engine.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock_shared(_WRITERS)))
        if clock := engine.get_execution_options().get("dondoc_clock"):
            connection.execution_options(dondoc_since=clock())
        yield connection


def turn_of(connection: Connection) -> datetime | None:
    """When a writer's turn came; None: its engine keeps no time."""
    found: datetime | None = connection.get_execution_options().get("dondoc_since")
    return found


def settle(engine: Engine, moment: datetime, now: datetime) -> None:
    """Wait until nothing that bears a time up to a moment can still appear.

    A writer that was given its turn before the moment may commit after it. ``OutsideError``: it
    takes too long.
    """
    if now - moment > LONGEST_WRITE:
        return
    if engine.dialect.name == "sqlite":
        with writing(engine):
            return  # our turn comes after everybody who had one
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        before = set(connection.execute(_HOLDERS).scalars())
        until = time.monotonic() + PATIENCE
        while before & set(connection.execute(_HOLDERS).scalars()):
            if time.monotonic() > until:
                raise OutsideError("a long write is under way; ask again soon", permanent=False)
            time.sleep(0.01)


def plan_anew(connection: Connection) -> None:
    """For a transaction that fills tables: PostgreSQL keeps no plan that it made for empty ones."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_custom_plan")


_WRITERS = zlib.crc32(b"dondoc:writers")
_HOLDERS = text(
    "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'advisory' AND granted "
    "AND classid = 0 AND objsubid = 1 AND mode = 'ShareLock' "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND objid = CAST(:key AS oid)"
).bindparams(key=_WRITERS)


def lock_job(connection: Connection, job: str) -> None:
    """Wait until no other transaction holds this job, and hold it until this one ends."""
    # On SQLite every writing transaction is alone.
    if connection.dialect.name == "postgresql":
        key = zlib.crc32(f"dondoc:{job}".encode())
        connection.execute(select(func.pg_advisory_xact_lock(key)))


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction that only reads: a single consistent picture."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        with connection.begin():
            yield connection
