"""The full update call beside the smallest app, on the same database, in turns."""

from __future__ import annotations

import json
import random
import statistics
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert, select

from bench import smallest
from bench.serving import Load, load, serving
from plans.identity.tokens import NewToken, create
from plans.store import Engine, reading, writing
from plans.store.counters import recount
from plans.store.ledger import states_as_of, verify
from plans.store.schema import assignments
from plans.terms import Role

ROUNDS, SECONDS, CALLS = 5, 6, 2000
BODY = json.dumps({"percent": 40, "result": "Đã ban hành văn bản hướng dẫn; tập huấn 12 lớp"})


def run(engine: Engine, folder: Path) -> Iterator[tuple[str, list[Load]]]:
    """Rounds of both, interleaved: (name, what wrk saw in each round)."""
    url = engine.url.render_as_string(hide_password=False)
    ours, theirs = _calls(engine)
    environ = {
        "DONDOC_DATABASE_URL": url,
        "DONDOC_DATA_DIR": str(folder),
        "DONDOC_RATE_LIMIT": "100000000/minute",
        "BENCH_DATABASE": url,
    }
    seen: dict[str, list[Load]] = {"dondoc": [], "smallest": []}
    with (
        serving("dondoc.serving:create", "/healthz", environ) as full,
        serving("bench.smallest:create", "/openapi.json", environ) as small,
    ):
        for turn in range(ROUNDS + 1):
            for name, where, calls in (("dondoc", full, ours), ("smallest", small, theirs)):
                found = load(where, calls, BODY, f"{name}-{turn}", folder, SECONDS)
                assert not found.errors, f"{name}: {found.errors} calls failed"
                seen[name] += [found] if turn else []
    _check(engine)
    yield from seen.items()


def _calls(engine: Engine) -> tuple[list[str], list[str]]:
    """What is called: assignments with their lead's token, and the yardstick's rows."""
    now = datetime.now(UTC)
    with writing(engine) as connection:
        query = select(assignments.c.id, assignments.c.department).order_by(assignments.c.id)
        some = random.Random(1).sample(list(connection.execute(query)), CALLS)
        secrets = {}
        for code in sorted({row.department for row in some}):
            new = NewToken(f"bench {code}", Role.DEPARTMENT, code)
            secrets[code] = create(connection, new, actor="bench", now=now)[1]
        smallest.metadata.create_all(connection)
        connection.execute(insert(smallest.tasks), [{"id": row.id, "percent": 0} for row in some])
    ours = [f"/api/v1/assignments/{row.id}/updates {secrets[row.department]}" for row in some]
    return ours, [f"/tasks/{row.id}/reports none" for row in some]


def _check(engine: Engine) -> None:
    """What was acknowledged is whole: chains verify, counters equal."""
    with reading(engine) as connection:
        wrong = verify(connection)
        wrong += recount(connection, states_as_of(connection).values(), repair=False)
    assert not wrong, wrong[:3]


def median_rate(some: list[Load]) -> float:
    """Calls a second."""
    return statistics.median(one.rate for one in some)


def median_p99(some: list[Load]) -> float:
    """Milliseconds."""
    return statistics.median(one.p99_ms for one in some)
