"""The nation in a database: loaded once a run and kind and size, and then used by several parts."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import Connection, text

from bench import databases
from bench.country import nation
from bench.figures import Job, stopwatch
from bench.loader import Loaded, declare
from plans.store import Engine, open_engine

LOADERS = {"SQLite": 1, "PostgreSQL": 2}
"""SQLite has one writer at a time; PostgreSQL takes the provinces from two loaders at once."""


@dataclass(frozen=True, slots=True)
class Told:
    """How a nation was loaded: seconds to declare its plans, and what each loader did.

    ``size``: bytes of the database then, ``entries_size`` those of the ledger and its words.
    """

    declaring: float
    seconds: float
    loaders: tuple[Loaded, ...]
    size: int
    entries_size: int

    @property
    def assignments(self) -> int:
        """How many were opened."""
        return sum(one.assignments for one in self.loaders)

    @property
    def updates(self) -> int:
        """How many entries followed."""
        return sum(one.updates for one in self.loaders)

    @property
    def opened_a_second(self) -> float:
        """Assignments, by all loaders together, while they opened."""
        return sum(one.assignments / one.opening for one in self.loaders)

    @property
    def updated_a_second(self) -> float:
        """Entries that followed, by all loaders together, while they wrote them."""
        return sum(one.updates / one.updating for one in self.loaders)


def name_of(size: int) -> str:
    """What its database is called."""
    return f"nation{size}"


@contextmanager
def standing(job: Job, kind: str, size: int) -> Iterator[Engine]:
    """An engine on the loaded nation."""
    loaded(job, kind, size)
    engine = open_engine(databases.url_of(job, kind, name_of(size)))
    try:
        yield engine
    finally:
        engine.dispose()


def loaded(job: Job, kind: str, size: int) -> Told:
    """Load the nation where it is not there yet; gives how that went."""
    kept = job.folder / f"nation-{kind}-{size}.json"
    if not kept.exists():
        told = _load(job, kind, size)
        kept.write_text(json.dumps(asdict(told)), encoding="utf-8")
    return _read(kept)


def _load(job: Job, kind: str, size: int) -> Told:
    url = databases.make(job, kind, name_of(size))
    engine = open_engine(url)
    job.say(f"{kind}: loading {size:,} assignments with {LOADERS[kind]} loader(s)")
    declaring = declare(engine, nation(size))
    with stopwatch() as taken:
        found = _side_by_side(url, size, job.pick(LOADERS[kind], 1))
    if kind == "PostgreSQL":
        # What its own housekeeping does within a minute, so that nothing is measured meanwhile.
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    whole = databases.size_of(job, kind, name_of(size))
    with engine.connect() as connection:
        told = Told(declaring, taken[0], found, whole, _bytes_of(connection, ("ledger", "texts")))
    engine.dispose()
    return told


def _side_by_side(url: str, size: int, each: int) -> tuple[Loaded, ...]:
    command = [sys.executable, "-m", "bench.loader", url, str(size)]
    started = [
        subprocess.Popen([*command, str(n), str(each)], stdout=subprocess.PIPE, text=True)
        for n in range(each)
    ]
    said = [one.communicate()[0] for one in started]
    assert not any(one.returncode for one in started), "a loader failed"
    return tuple(Loaded(**json.loads(one.splitlines()[-1])) for one in said)


def _read(path: Path) -> Told:
    kept = json.loads(path.read_text(encoding="utf-8"))
    return Told(**{**kept, "loaders": tuple(Loaded(**one) for one in kept["loaders"])})


def _bytes_of(connection: Connection, tables: tuple[str, ...]) -> int:
    """What tables take with their indexes."""
    if connection.dialect.name == "postgresql":
        query = "SELECT pg_total_relation_size(:name)"
    else:
        query = (
            "SELECT sum(pgsize) FROM dbstat WHERE aggregate = 1 AND name IN "
            "(SELECT name FROM sqlite_schema WHERE tbl_name = :name)"
        )
    return sum(connection.scalar(text(query), {"name": name}) for name in tables)
