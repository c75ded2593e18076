"""Lists and roll-ups at 100,000 assignments: the 95th percentile of each call."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx

from bench.serving import serving
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


def run(engine: Engine, folder: Path) -> Iterator[tuple[str, float]]:
    """Each call's 95th percentile in seconds, the calls taking turns."""
    environ = {
        "DONDOC_DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "DONDOC_DATA_DIR": str(folder),
        "DONDOC_RATE_LIMIT": "100000000/minute",
    }
    with writing(engine) as connection:
        now = datetime.now(UTC)
        office = create(connection, NewToken("bench", Role.ADMIN), actor="bench", now=now)[1]
        own = NewToken("bench", Role.DEPARTMENT, "d5")
        department = create(connection, own, actor="bench", now=now)[1]
    calls = {name: (office, path) for name, path in OFFICE.items()}
    calls |= {name: (department, path) for name, path in DEPARTMENT.items()}
    seen: dict[str, list[float]] = {name: [] for name in calls}
    with (
        serving("dondoc.serving:create", "/healthz", environ) as url,
        httpx.Client(base_url=f"{url}/api/v1/") as client,
    ):
        for turn in range(CALLS + WARM):
            for name, (token, path) in calls.items():
                seconds = _timed(client, token, path)
                seen[name] += [seconds] if turn >= WARM else []
    for name, some in seen.items():
        yield name, statistics.quantiles(some, n=20)[-1]


def _timed(client: httpx.Client, token: str, path: str) -> float:
    begun = time.perf_counter()
    answer = client.get(path, headers={"Authorization": f"Bearer {token}"})
    seconds = time.perf_counter() - begun
    assert answer.status_code == 200, answer.text
    return seconds
