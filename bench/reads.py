"""Lists and roll-ups over HTTP at 100,000 assignments: the 95th percentile of each call."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

import httpx

from bench import synthetic
from bench.databases import fresh_engine
from bench.figures import Figure, Job, p95
from bench.rolling import YEARS_END, load_and_open, number_of_assignments
from bench.serving import Server, environ_of, serving
from plans.identity.tokens import NewToken, create
from plans.store import Engine, writing
from plans.terms import Role

CALLS, WARM = 120, 10
AT = "2025-10-01"
OFFICE = {
    "list, everything": f"assignments?at={AT}",
    "list, one plan": f"assignments?plan=p7&at={AT}",
    "list, overdue": f"assignments?class=open_overdue&at={AT}",
    "list, overdue of one department": f"assignments?class=open_overdue&department=d5&at={AT}",
    "list, by words": "assignments?q=task 123 plan 45",
    "roll-up of a plan": f"plans/p7/progress?at={AT}",
    "roll-up of a plan by department": f"plans/p7/progress?by=department&at={AT}",
    "roll-up of a department": f"departments/d5/progress?at={AT}",
}
DEPARTMENT = {"a department's own list": f"assignments?at={AT}"}


def run(job: Job) -> Iterator[Figure]:
    """100 plans × 200 tasks × 5 periods, on both databases."""
    for kind in job.databases:
        with fresh_engine(job, kind) as engine:
            plans = job.pick(100, 8)
            catalogue = synthetic.catalogue(plans, 200, 120, synthetic.mixed())
            load_and_open(engine, catalogue, YEARS_END)
            number = number_of_assignments(engine)
            for name, seconds in calls(engine, job, OFFICE, DEPARTMENT):
                yield Figure(
                    f"{name}, p95", 1000 * seconds, "ms", limit=30, database=kind, size=number
                )


def calls(
    engine: Engine,
    job: Job,
    office: Mapping[str, str],
    department: Mapping[str, str],
    code: str = "d5",
    after: Callable[[Server], object] = lambda _server: None,
) -> Iterator[tuple[str, float]]:
    """Each call's 95th percentile in seconds, the calls taking turns; then ``after``."""
    with writing(engine) as connection:
        now = datetime.now(UTC)
        everybody = create(connection, NewToken("bench", Role.ADMIN), actor="bench", now=now)[1]
        own = NewToken("bench", Role.DEPARTMENT, code)
        one = create(connection, own, actor="bench", now=now)[1]
    wanted = {name: (everybody, path) for name, path in office.items()}
    wanted |= {name: (one, path) for name, path in department.items()}
    seen: dict[str, list[float]] = {name: [] for name in wanted}
    warm, measured = job.pick(WARM, 1), job.pick(CALLS, 3)
    with (
        serving("dondoc.serving:create", "/healthz", environ_of(engine, job.folder)) as server,
        httpx.Client(base_url=f"{server.url}/api/v1/") as client,
    ):
        for turn in range(measured + warm):
            for name, (token, path) in wanted.items():
                seconds = _timed(client, token, path)
                seen[name] += [seconds] if turn >= warm else []
        after(server)
    for name, some in seen.items():
        yield name, p95(some)


def _timed(client: httpx.Client, token: str, path: str) -> float:
    begun = time.perf_counter()
    answer = client.get(path, headers={"Authorization": f"Bearer {token}"})
    seconds = time.perf_counter() - begun
    assert answer.status_code == 200, answer.text
    return seconds
