"""Loading 100 plans of 50 tasks, opening a year's periods, and rolling all of it up in three ways:
from the counters, by a plain GROUP BY over the assignments, and from the ledger alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from bench import synthetic
from bench.databases import fresh_engine
from bench.figures import Figure, Job, interleaved, stopwatch
from plans import loading, opening
from plans.declared import Catalogue
from plans.progress import count, sum_up
from plans.store import Engine, counters, reading, writing
from plans.store.ledger import states_as_of
from plans.store.schema import assignments

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
YEARS_END = date(2025, 12, 31)


def run(job: Job) -> Iterator[Figure]:
    """Both databases, one after the other."""
    for kind in job.databases:
        with fresh_engine(job, kind) as engine:
            yield from _opening(job, kind, engine)
            yield from _roll_up(job, kind, engine)


def load_and_open(engine: Engine, catalogue: Catalogue, on: date) -> float:
    """Seconds to load a catalogue and open all that has begun by a day."""
    now = datetime(on.year, on.month, on.day, 12, tzinfo=ZONE)
    with stopwatch() as taken, writing(engine) as connection:
        loading.load_catalogue(connection, catalogue, now)
        opening.open_periods(connection, on, now)
    return taken[0]


def number_of_assignments(engine: Engine) -> int:
    """How many there are."""
    with reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(assignments)) or 0


def _opening(job: Job, kind: str, engine: Engine) -> Iterator[Figure]:
    catalogue = synthetic.catalogue(job.pick(100, 5), job.pick(50, 10), 120, synthetic.mixed())
    seconds = load_and_open(engine, catalogue, YEARS_END)
    opened = number_of_assignments(engine)
    yield Figure(
        "load 100 plans of 50 tasks and open a year",
        seconds,
        "s",
        limit=10,
        database=kind,
        note=f"{opened:,} assignments; one run",
    )


def _roll_up(job: Job, kind: str, engine: Engine) -> Iterator[Figure]:
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

    ways = {"counters": from_counters, "GROUP BY": by_group_by, "ledger": from_ledger}
    found = interleaved(ways, job.runs)
    plain = found["GROUP BY"]
    for name, limit in (("counters", 0.05), ("GROUP BY", None), ("ledger", 2.0)):
        yield Figure(
            f"roll-up of 100 plans and 120 departments: {name}",
            found[name],
            "s",
            limit=limit,
            database=kind,
            peer="" if name == "GROUP BY" else "GROUP BY",
            ratio=None if name == "GROUP BY" else found[name] / plain,
        )
