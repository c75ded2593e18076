"""One database as one file, while others write, and back: SQLite's own copy, PostgreSQL's tools."""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, func, select
from sqlalchemy.exc import DatabaseError

from plans.errors import Conflict, InvalidInput, NotFound
from plans.store import likeness
from plans.store.archives import DATABASE, Kind
from plans.store.engine import BUSY_MS, reading
from plans.store.likeness import Figures

SQLITE_HEADER, PG_HEADER = b"SQLite format 3\x00", b"PGDMP"
PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql*/bin")
"""Where distributions put the tools of each version of PostgreSQL, beside PATH."""


@dataclass(frozen=True, slots=True)
class Dump:
    """A database in a file, and what it holds; ``contents``: of which uploaded files it knows."""

    file: Path
    kind: Kind
    server: str
    revision: str
    figures: Figures
    contents: list[str]


def kind_of(engine: Engine) -> Kind:
    """The kind of a database."""
    return "sqlite" if engine.dialect.name == "sqlite" else "postgresql"


def size_of(engine: Engine) -> int:
    """Bytes that a copy needs at most, roughly."""
    if kind_of(engine) == "postgresql":
        with reading(engine) as connection:
            size = select(func.pg_database_size(func.current_database()))
            return connection.scalar(size) or 0
    files = (path_of(engine), wal_of(engine))
    return sum(one.stat().st_size for one in files if one.exists())


def path_of(engine: Engine) -> Path:
    """The file of an SQLite database."""
    assert engine.url.database
    return Path(engine.url.database)


def wal_of(engine: Engine) -> Path:
    """Where SQLite keeps what is not in the file yet, while anybody has it open."""
    path = path_of(engine)
    return path.with_name(f"{path.name}-wal")


def dump(engine: Engine, folder: Path) -> Dump:
    """A consistent copy in a folder of its own; who writes meanwhile does not wait."""
    file = folder / DATABASE[kind_of(engine)]
    file.unlink(missing_ok=True)
    if kind_of(engine) == "postgresql":
        return _dump_postgresql(engine, file)
    # In one read of its own: SQLite's page by page copy begins anew whenever somebody writes. And
    # what was removed is not in it, while a copy of the pages would hold words of deleted rows.
    with closing(sqlite3.connect(path_of(engine), BUSY_MS / 1000, isolation_level=None)) as source:
        source.execute("VACUUM INTO ?", (str(file),))
    with looking(file) as connection:
        return _described(connection, file, sqlite3.sqlite_version)


@contextmanager
def looking(file: Path) -> Iterator[Connection]:
    """A connection to an SQLite file that nobody changes; nothing is made beside it."""
    where = f"file:{quote(str(file.absolute()))}?mode=ro&immutable=1"
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(where, uri=True))
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _described(connection: Connection, file: Path, server: str) -> Dump:
    revision = MigrationContext.configure(connection).get_current_revision() or ""
    kind: Kind = "sqlite" if connection.dialect.name == "sqlite" else "postgresql"
    found = likeness.of(connection)
    return Dump(file, kind, server, revision, found, likeness.contents(connection))


def _dump_postgresql(engine: Engine, file: Path) -> Dump:
    with reading(engine) as connection:
        server = server_of(connection)
        tool = find_tool("pg_dump", server)
        # The tool and we look at the same moment.
        snapshot = connection.scalar(select(func.pg_export_snapshot()))
        options = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}")
        _run(engine, tool, *options, f"--file={file}")
        return _described(connection, file, str(server))


def load(engine: Engine, file: Path) -> None:
    """Bring pg_dump's file into an empty PostgreSQL database, in one transaction."""
    with reading(engine) as connection:
        server = server_of(connection)
    options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    _run(engine, find_tool("pg_restore", max(server, _archive_version(file))), *options, str(file))


def _archive_version(file: Path) -> int:
    """The version of the pg_dump that made a file, which its head names; 0 where it does not."""
    with file.open("rb") as handle:
        found = re.findall(rb"\x00(\d\d)(?:\.\d+|beta|rc|devel)", handle.read(400))
    return max(map(int, found), default=0)


def server_of(connection: Connection) -> int:
    """The major version of the server."""
    return int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10_000


def find_tool(name: str, version: int) -> Path:
    """The oldest of the installed tools that is not older than a version of PostgreSQL.

    ``NotFound`` says which there are. A much newer one may write what an older server cannot read.
    """
    found = sorted({(_version_of(one), one) for one in _installed(name)})
    fitting = [tool for number, tool in found if number >= version]
    if fitting:
        return fitting[0]
    there = ", ".join(f"{tool} is of {number}" for number, tool in found) or "none is installed"
    raise NotFound(
        f"{name} must not be older than PostgreSQL {version}, and {there}: "
        f"apt-get install postgresql-client-{version} (from apt.postgresql.org where your "
        f"distribution has none), or put the folder of a newer {name} on PATH"
    )


def _installed(name: str) -> Iterator[Path]:
    for folder in os.get_exec_path():
        if found := shutil.which(name, path=folder):
            yield Path(found)
    for place in PLACES:
        yield from (one for one in Path("/").glob(f"{place[1:]}/{name}") if os.access(one, os.X_OK))


def _version_of(tool: Path) -> int:
    """Its major version; 0 where it does not run."""
    command = [str(tool), "--version"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError:
        return 0
    found = re.search(r"\) (\d+)", done.stdout)
    return int(found[1]) if found else 0


def _run(engine: Engine, tool: Path, *arguments: str) -> None:
    # The password travels in the environment, not on the command line that all can see.
    plain = engine.url.set(drivername="postgresql", password=None)
    command = [str(tool), f"--dbname={plain.render_as_string()}", *arguments]
    secret = {"PGPASSWORD": str(engine.url.password)} if engine.url.password else {}
    environment = {**os.environ, "LC_ALL": "C", **secret}
    done = subprocess.run(  # noqa: S603
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        if tool.name == "pg_dump":  # it writes here, and pg_restore to the server's disk
            _require_taken(done.returncode, done.stderr)
        raise Conflict(f"{tool.name}: {_essence(said)}")


def _require_taken(status: int, said: str) -> None:
    """``OSError`` where a tool ended because the disk, or the limit of a file's size, was full."""
    for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        if os.strerror(number) in said or (number == errno.EFBIG and status == -signal.SIGXFSZ):
            raise OSError(number, os.strerror(number))


def _essence(lines: list[str]) -> str:
    """The first line that tells of an error: what follows it are its circumstances."""
    return next((one for one in lines if "error:" in one), lines[-1])


def inspect_sqlite(file: Path) -> None:
    """``InvalidInput``: a file that is no whole SQLite database of Dondoc."""
    try:
        with looking(file) as connection:
            if connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok":
                raise InvalidInput(f"{file} is damaged; nothing was restored")
            known = likeness.tables_of(connection)
    except DatabaseError as error:
        raise InvalidInput(f"{file} is damaged: {error.orig}; nothing was restored") from None
    if "assignments" not in known:
        raise InvalidInput(f"{file} is no database of Dondoc; nothing was restored")
