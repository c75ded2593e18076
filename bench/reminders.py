"""Computing and owing the reminders of one day: 10,000 lines to 300 recipients, nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from bench import synthetic
from bench.databases import fresh_engine
from bench.figures import Figure, Job, stopwatch
from bench.rolling import ZONE, load_and_open
from plans import reminding
from plans.store import Engine, writing

ON = date(2025, 12, 29)
NOW = datetime(2025, 12, 29, 7, 30, tzinfo=ZONE)


def run(job: Job) -> Iterator[Figure]:
    """Both databases, one after the other."""
    for kind in job.databases:
        with fresh_engine(job, kind) as engine:
            yield from _remind(job, kind, engine)


def _remind(job: Job, kind: str, engine: Engine) -> Iterator[Figure]:
    catalogue = synthetic.catalogue(job.pick(200, 4), 50, 300, synthetic.one_off())
    load_and_open(engine, catalogue, date(2025, 12, 1))
    lines = job.pick(10_000, 200)
    with stopwatch() as owed, writing(engine) as connection:
        new = reminding.remind(connection, ON, NOW, domain="bench.invalid")
    what = f"owe reminders of {lines:,} lines"
    note = f"to {len(new)} recipients; one run"
    yield Figure(what, owed[0], "s", limit=5, database=kind, note=note)
    with stopwatch() as again, writing(engine) as connection:
        assert reminding.remind(connection, ON, NOW, domain="bench.invalid") == []
    yield Figure(
        f"{what}: the same again, nothing is owed",
        again[0],
        "s",
        database=kind,
        peer="the first time",
        ratio=again[0] / owed[0],
        note="one run",
    )
