"""Backing up and restoring: SQLite's online copy, or PostgreSQL's own tools."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, inspect

from plans.errors import Conflict, InvalidInput, NotFound

SQLITE_HEADER = b"SQLite format 3\x00"


def back_up(engine: Engine, file: Path) -> None:
    """A consistent copy in a new file, while others write. ``InvalidInput`` if it exists."""
    if file.exists():
        raise InvalidInput(f"{file} exists already; name a new file")
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.partial")
    partial.unlink(missing_ok=True)
    if engine.dialect.name == "sqlite":
        assert engine.url.database
        _copy(Path(engine.url.database), partial)
    else:
        _tool(engine, ["pg_dump", "--format=custom", f"--file={partial}"])
    partial.replace(file)


def restore(engine: Engine, file: Path) -> None:
    """Bring a backup into an empty database; ``Conflict`` where there is data already."""
    if not file.is_file():
        raise NotFound(f"no file {file}")
    if inspect(engine).get_table_names():
        raise Conflict("the database holds data; restore into an empty one")
    with file.open("rb") as handle:
        is_sqlite = handle.read(len(SQLITE_HEADER)) == SQLITE_HEADER
    if is_sqlite != (engine.dialect.name == "sqlite"):
        raise InvalidInput(f"{file} was made by another kind of database")
    if is_sqlite:
        assert engine.url.database
        engine.dispose()
        _copy(file, Path(engine.url.database))
    else:
        _tool(engine, ["pg_restore", "--no-owner", "--exit-on-error", "--single-transaction"], file)


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _tool(engine: Engine, command: Sequence[str], file: Path | None = None) -> None:
    if shutil.which(command[0]) is None:
        raise NotFound(f"{command[0]} is not installed: apt-get install postgresql-client")
    # The password travels in the environment, not on the command line that all can see.
    plain = engine.url.set(drivername="postgresql", password=None)
    target = [f"--dbname={plain.render_as_string()}", *([str(file)] if file else [])]
    environment = {**os.environ, "PGPASSWORD": str(engine.url.password or "")}
    done = subprocess.run(  # noqa: S603
        [*command, *target], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Conflict(f"{command[0]}: {done.stderr.strip().splitlines()[-1]}")
