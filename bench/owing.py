"""Who is reminded of what, and what each of 3,355 recipients' weekly digest says, computed and
written for the nation in three sizes; nothing is sent. It is the first day ever, so that everything
overdue is told at once: the worst that a run can meet. A process of its own does it, as a flow's
run would, and what it took in memory at its greatest is told."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete

from bench import memory
from bench.country import TODAY
from bench.figures import Figure, Job, stopwatch
from bench.loader import ZONE
from bench.nations import standing
from plans import digests, reminding
from plans.store import Engine, open_engine, writing
from plans.store.schema import deliveries, rungs_sent
from plans.store.schema import notices as notices_table

NOW = datetime(TODAY.year, TODAY.month, TODAY.day, 7, 30, tzinfo=ZONE)
DOMAIN = "bench.invalid"


@dataclass(frozen=True, slots=True)
class Run:
    """One run: its seconds, those of the next one, what it owed, MB at its greatest."""

    seconds: float
    again: float
    notices: int
    peak: float


def run(job: Job) -> Iterator[Figure]:
    """Each size on each database."""
    for size, kind in job.nations():
        with standing(job, kind, size) as engine:
            url = engine.url.render_as_string(hide_password=False)
        job.say(f"{kind}, {size:,} assignments: reminders, then digests")
        for what in ("reminders", "digests"):
            yield from _figures(what, _in_a_process(what, url), kind, size)


def _figures(what: str, took: Run, kind: str, size: int) -> Iterator[Figure]:
    at: dict[str, Any] = {"database": kind, "size": size}
    note = f"{took.notices:,} notices; one run"
    yield Figure(f"compute and owe {what}", took.seconds, "s", note=note, series=what, **at)
    yield Figure(
        f"the same again, no {what} are owed",
        took.again,
        "s",
        peer="the first time",
        ratio=took.again / took.seconds,
        **at,
    )
    name = f"memory of the process that owed {what}, at its greatest"
    yield Figure(name, took.peak, "MB", series=f"memory: {what}", **at)


def _in_a_process(what: str, url: str) -> Run:
    command = [sys.executable, "-m", "bench.owing", what, url]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return Run(**json.loads(said.splitlines()[-1]))


def main(what: str, url: str) -> int:
    """Owe one kind of notices, say what that took, and take them back for the next run."""
    engine = open_engine(url)
    with stopwatch() as taken:
        notices = _OWE[what](engine)
    peak = memory.peak()
    with stopwatch() as again:
        assert not _OWE[what](engine), "something was owed twice"
    with writing(engine) as connection:
        for table in (rungs_sent, deliveries, notices_table):
            connection.execute(delete(table))
    print(json.dumps(asdict(Run(taken[0], again[0], notices, peak))))
    engine.dispose()
    return 0


def _reminders(engine: Engine) -> int:
    parts = reminding.remind_in_parts(engine, TODAY, NOW, domain=DOMAIN)
    return sum(map(len, parts))


def _digests(engine: Engine) -> int:
    parts = digests.owe_digests_in_parts(engine, TODAY, NOW, domain=DOMAIN)
    return sum(map(len, parts))


_OWE = {"reminders": _reminders, "digests": _digests}


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
