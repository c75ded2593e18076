"""The full update call (who calls, may they, is it new, the rules, the chained ledger, counters,
people's words, idempotency keys) beside the smallest apps on the same database, which insert a
row and update one: through SQLAlchemy Core and through the driver alone. wrk keeps 32 connections
busy, in rounds that take turns. Each app runs as one process and, on PostgreSQL, as two, each with
a port of its own as behind nginx, half the connections to each. The calls are those of 400
agencies, on the nation. Afterwards the record is verified: every chain, projection, counter."""

from __future__ import annotations

import json
import random
import statistics
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, insert, select

from bench import smallest
from bench.figures import Figure, Job, stopwatch
from bench.nations import standing
from bench.serving import Load, environ_of, load, several
from plans.identity.tokens import NewToken, create
from plans.store import Connection, Engine, reading, writing
from plans.store.schema import assignments
from plans.terms import Role, Work
from plans.verifying import check

CALLS, AGENCIES, ALL = 2000, 400, 4000
BODY = json.dumps({"percent": 40, "result": "Đã ban hành văn bản hướng dẫn; tập huấn 12 lớp"})


@dataclass(frozen=True, slots=True)
class App:
    """What is called: its factory, where it says that it is ready, how many processes."""

    name: str
    factory: str
    probe: str
    processes: int


VERIFIED = 100_000
"""The whole record is looked through afterwards up to this size: a million takes many minutes."""
OURS, CORE, RAW = "Dondoc", "smallest app, Core", "smallest app, driver"
FACTORIES = {
    OURS: ("dondoc.serving:create", "/healthz"),
    CORE: ("bench.smallest:create", "/openapi.json"),
    RAW: ("bench.smallest:create_raw", "/openapi.json"),
}


def run(job: Job) -> Iterator[Figure]:
    """All apps on the largest nation, ours alone in one process on the smaller ones."""
    for size, kind in job.nations():
        with standing(job, kind, size) as engine:
            whole = size == max(job.sizes_on(kind))
            names = FACTORIES if whole else [OURS]
            # SQLite has one writer at a time: who wants two processes takes PostgreSQL.
            processes = (1, 2) if whole and kind != "SQLite" else (1,)
            apps = [App(name, *FACTORIES[name], n) for name in names for n in processes]
            job.say(f"{kind}, {size:,} assignments: update calls of {len(apps)} app(s)")
            yield from _figures(kind, size, _measured(job, engine, apps))
            if whole:
                yield _strangers(job, kind, size, engine)
            if size == max(one for one in job.sizes_on(kind) if one <= VERIFIED):
                yield from _verified(job, kind, size, engine)


def _figures(kind: str, size: int, seen: Mapping[App, Sequence[Load]]) -> Iterator[Figure]:
    rates = {(app.name, app.processes): _median_rate(some) for app, some in seen.items()}
    for app, some in seen.items():
        rate = rates[app.name, app.processes]
        peer = rates.get((CORE, app.processes)) if app.name == OURS else None
        many = f"{app.processes} process{'es' if app.processes > 1 else ''}"
        p99 = statistics.median(one.p99_ms for one in some)
        yield Figure(
            f"{app.name}, {many}",
            rate,
            "/s",
            limit=peer,
            better="more",
            peer=f"{CORE}, {many}" if peer else "",
            ratio=rate / peer if peer else None,
            note=f"p99 {p99:.0f} ms; {len(some)} rounds",
            database=kind,
            size=size,
            series="update call" if (app.name, app.processes) == (OURS, 1) else "",
        )


def _measured(job: Job, engine: Engine, apps: Sequence[App]) -> dict[App, list[Load]]:
    """Rounds of all apps, interleaved; the first round warms up."""
    calls = _calls(engine)
    environ = environ_of(engine, job.folder)
    environ["BENCH_DATABASE"] = environ["DONDOC_DATABASE_URL"]
    rounds, seconds = job.pick(3, 1), job.pick(6, 1)
    seen: dict[App, list[Load]] = {app: [] for app in apps}
    with ExitStack() as stack:
        servers = {
            app: stack.enter_context(several(app.factory, app.probe, environ, app.processes))
            for app in apps
        }
        for turn in range(rounds + 1):
            for n, app in enumerate(apps):
                run = f"{engine.dialect.name}-{len(apps)}-{n}-{turn}"
                mine = calls[app.name == OURS]
                found = load(servers[app], mine, BODY, run, job.folder, seconds)
                assert not found.errors, f"{app.name}: {found.errors} calls failed"
                seen[app] += [found] if turn else []
    return seen


def _calls(engine: Engine, agencies: int = AGENCIES) -> dict[bool, list[str]]:
    """What is called: of ours, open assignments with their lead's token; the yardstick's rows."""
    dice, c = random.Random(1), assignments.c
    with writing(engine) as connection:
        query = select(c.id, c.department).where(c.work != Work.DONE, c.department.is_not(None))
        rows = list(connection.execute(query.order_by(c.id)))
        codes = sorted({row.department for row in rows})
        some = set(dice.sample(codes, min(agencies, len(codes))))
        mine = [row for row in rows if row.department in some]
        picked = dice.sample(mine, min(CALLS, len(mine)))
        secrets = _tokens(connection, sorted({row.department for row in picked}))
        smallest.metadata.create_all(connection)
        connection.execute(delete(smallest.tasks))
        rows_of_theirs = [{"id": row.id, "percent": 0} for row in picked]
        connection.execute(insert(smallest.tasks), rows_of_theirs)
    ours = [f"/api/v1/assignments/{row.id}/updates {secrets[row.department]}" for row in picked]
    return {True: ours, False: [f"/tasks/{row.id}/reports none" for row in picked]}


def _tokens(connection: Connection, codes: Sequence[str]) -> dict[str, str]:
    now = datetime.now(UTC)
    new = {code: NewToken(f"bench {code}", Role.DEPARTMENT, code) for code in codes}
    return {code: create(connection, one, actor="bench", now=now)[1] for code, one in new.items()}


def _median_rate(some: Sequence[Load]) -> float:
    """Calls a second."""
    return statistics.median(one.rate for one in some)


def _strangers(job: Job, kind: str, size: int, engine: Engine) -> Figure:
    """Every agency of the nation calls for itself: few of them called a moment ago."""
    app = App(OURS, *FACTORIES[OURS], 1)
    seen = []
    for turn in range(job.pick(3, 1)):
        calls = _calls(engine, ALL)[True]
        with several(app.factory, app.probe, environ_of(engine, job.folder), 1) as servers:
            run = f"{engine.dialect.name}-strangers-{turn}"
            seen.append(load(servers, calls, BODY, run, job.folder, job.pick(6, 1)))
    p99 = statistics.median(one.p99_ms for one in seen)
    return Figure(
        f"{OURS}, 1 process, 2,000 agencies that call for the first time",
        _median_rate(seen),
        "/s",
        note=f"p99 {p99:.0f} ms; {len(seen)} rounds",
        database=kind,
        size=size,
    )


def _verified(job: Job, kind: str, size: int, engine: Engine) -> Iterator[Figure]:
    """What was acknowledged is whole: chains verify, projections and counters are equal."""
    at: dict[str, Any] = {"database": kind, "size": size}
    job.say(f"{kind}, {size:,} assignments: verifying the whole record")
    with stopwatch() as taken, reading(engine) as connection:
        found = check(connection, job.folder)
    assert not found.problems, found.problems[:3]
    note = "every chain, projection and counter, after all of the above; nothing was wrong"
    yield Figure("verify the record", taken[0], "s", note=note, **at)
