"""The pages at 25,000 assignments: the 95th percentile of each one's HTML, as a browser asks."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import httpx
from sqlalchemy import select

from bench import synthetic
from bench.databases import fresh_engine
from bench.figures import Figure, Job, p95
from bench.rolling import YEARS_END, load_and_open, number_of_assignments
from bench.serving import environ_of, serving
from dondoc.api import sessions as cookies
from plans.acting import Officer
from plans.filing import Filed, file_reports
from plans.identity import people, sessions
from plans.reporting import Report
from plans.reviewing import Verdict, open_desk
from plans.settings import Settings
from plans.store import Engine, reading, writing
from plans.store.schema import assignments
from plans.terms import Role

CALLS, WARM = 60, 5
LOT = 500
OFFICE = {
    "overview": "/",
    "plans": "/plans",
    "one plan": "/plans/p1",
    "a plan's timeline": "/plans/p1/timeline",
    "departments × groups": "/departments",
    "one department": "/departments/d5",
    "assignments": "/assignments",
    "assignments, overdue": "/assignments?class=open_overdue",
    "assignments, by words": "/assignments?q=task 123",
    "one assignment": "/assignments/{assignment}",
    "review queue": "/review",
    "targets": "/targets",
    "messages": "/messages",
    "preview of the reminders": "/messages/preview?run=reminders",
    "gathering": "/gathering",
    "administration": "/admin",
    "search": "/search?q=task 123",
}
DEPARTMENT = {"a department's own page": "/departments/d5", "its report form": "/assignments/{own}"}


def run(job: Job) -> Iterator[Figure]:
    """5 plans × 834 tasks × 6 periods, on both databases."""
    for kind in job.databases:
        with fresh_engine(job, kind) as engine:
            catalogue = synthetic.catalogue(5, job.pick(834, 60), 120, synthetic.mixed())
            load_and_open(engine, catalogue, YEARS_END)
            number = number_of_assignments(engine)
            for name, seconds in _answers(engine, job):
                yield Figure(
                    f"{name}, p95", 1000 * seconds, "ms", limit=100, database=kind, size=number
                )


def _answers(engine: Engine, job: Job) -> Iterator[tuple[str, float]]:
    """Each page's 95th percentile in seconds, the pages taking turns."""
    settings = Settings(data_dir=job.folder)
    known = report_some(engine, settings)
    office = signed_in(engine, settings, "office", people.GrantIn(role=Role.ADMIN))
    own = people.GrantIn(role=Role.DEPARTMENT, department="d5")
    department = signed_in(engine, settings, "d5", own)
    pages = {name: (office, path.format(**known)) for name, path in OFFICE.items()}
    pages |= {name: (department, path.format(**known)) for name, path in DEPARTMENT.items()}
    yield from ask(engine, job, pages)


def ask(
    engine: Engine, job: Job, pages: Mapping[str, tuple[str, str]]
) -> Iterator[tuple[str, float]]:
    """Some pages by name, each a cookie and a path: their 95th percentile in seconds."""
    seen: dict[str, list[float]] = {name: [] for name in pages}
    warm, measured = job.pick(WARM, 1), job.pick(CALLS, 3)
    with (
        serving("dondoc.serving:create", "/healthz", environ_of(engine, job.folder)) as server,
        httpx.Client(base_url=server.url, timeout=60) as client,
    ):
        for turn in range(measured + warm):
            for name, (cookie, path) in pages.items():
                seconds = _timed(client, cookie, path)
                seen[name] += [seconds] if turn >= warm else []
    for name, some in seen.items():
        yield name, p95(some)


def report_some(engine: Engine, settings: Settings) -> dict[str, str]:
    """A third is reported, two thirds of that accepted; ids of two assignments to look at."""
    now = datetime.now(UTC)
    with reading(engine) as connection:
        query = select(assignments.c.id, assignments.c.department).order_by(assignments.c.id)
        rows = connection.execute(query).all()
    keys = [row.id for row in rows[::3]]
    for start in range(0, len(keys), LOT):
        lot = keys[start : start + LOT]
        report = Report(percent=100, result="Đã hoàn thành", submit=True)
        with writing(engine) as connection:
            filed = [Filed(key, report, "department:bench", now, "api") for key in lot]
            file_reports(connection, filed, now, settings.zone)
            desk = open_desk(connection, lot, now)
            for key in lot[: 2 * len(lot) // 3]:
                desk.decide(Verdict(key, "accept"), Officer("bench-office"))
            desk.write(connection)
    own = next(row.id for row in rows if row.department == "d5")
    return {"assignment": keys[0], "own": own}


def signed_in(engine: Engine, settings: Settings, name: str, grant: people.GrantIn) -> str:
    """The cookie of a new person's session."""
    new = people.NewUser(email=f"{name}@bench.example.vn", name=name, grants=(grant,))
    now = datetime.now(UTC)
    with writing(engine) as connection:
        user = people.create(connection, new, actor="bench", now=now)
        identifier, _ = sessions.begin(connection, user, "password", now)
    return f"{cookies.SESSION}={sessions.sign(settings.secret, identifier)}"


def _timed(client: httpx.Client, cookie: str, path: str) -> float:
    begun = time.perf_counter()
    answer = client.get(path, headers={"Cookie": cookie, "Accept": "text/html"})
    seconds = time.perf_counter() - begun
    assert answer.status_code == 200, (path, answer.status_code, answer.text[:500])
    return seconds
