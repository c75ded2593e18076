"""Simulated departments without a feed, and the coordinator, as callers of the real API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, select

from dondoc.demo.answering import answer_by_api, file_past
from dondoc.demo.departments import Behaviour, SimulatedAgencies, SimulatedTask
from dondoc.demo.reports import entries
from dondoc.demo.reviewing import review_by_api
from dondoc.demo.serving import AGENT, Clock, connect, serving
from plans.declaration import Members, SolutionGroup
from plans.deliverables import proves
from plans.identity.tokens import NewToken
from plans.reporting import Evidence
from plans.settings import Settings
from plans.store import reading, writing
from plans.store.schema import assignments, ledger
from plans.terms import EvidenceKind, Role
from tests.builders import (
    ZONE,
    at,
    build_department,
    build_departments,
    build_plan,
    build_task,
    build_title,
)
from tests.offices import NOW, faults, furnish

CODES = [f"so-{n:02}" for n in range(20)]
SPLIT = at(date(2025, 3, 1))


@pytest.fixture
def agencies(engine: Engine) -> Iterator[SimulatedAgencies]:
    """Twenty departments with five tasks each, four of them without a feed."""
    some = [build_department(code) for code in CODES]
    class_ = build_department("lop", kind="lop", is_class=True, members=Members(codes=tuple(CODES)))
    given = {"deliverable": "Kế hoạch", "lead": "van-phong", "fan_out": ("lop",)}
    tasks = tuple(build_task(f"t{n}", **given) for n in range(5))
    furnish(
        engine,
        departments=build_departments(*some, class_),
        plan=build_plan(groups=(SolutionGroup(id="g", title=build_title("g"), tasks=tasks),)),
        now=SPLIT,
    )
    with reading(engine) as connection:
        rows = connection.execute(select(assignments).where(assignments.c.department.in_(CODES)))
        known = [
            SimulatedTask(
                department=row.department,
                plan=row.plan,
                task=row.task,
                period=row.period,
                opens=date(2025, 1, 2),
                due=row.due,
                needs=EvidenceKind.PLAN,
            )
            for row in rows
        ]
    with SimulatedAgencies(known, by_api=4) as found:
        found.now = NOW
        yield found


@pytest.fixture
def url(engine: Engine, tmp_path: Path, clock: Clock) -> Iterator[str]:
    database = SecretStr(engine.url.render_as_string(hide_password=False))
    settings = Settings(data_dir=tmp_path, database_url=database, plans_dir=tmp_path)
    with serving(settings, clock) as found:
        yield found


@pytest.fixture
def clock() -> Clock:
    return Clock(SPLIT + timedelta(days=2))


def test_some_of_the_well_kept_have_no_feed(agencies: SimulatedAgencies) -> None:
    assert len(agencies.by_api) == 4
    assert set(agencies.feeds()) == set(CODES) - set(agencies.by_api)
    assert {agencies.behaviours[code] for code in agencies.by_api} == {Behaviour.WELL_KEPT}
    odd = [how for how in agencies.behaviours.values() if how is not Behaviour.WELL_KEPT]
    assert len(odd) == 8


def test_they_report_at_their_moments_and_are_reviewed(
    engine: Engine, agencies: SimulatedAgencies, url: str, clock: Clock
) -> None:
    with writing(engine) as connection:
        file_past(connection, agencies, at(date(2025, 1, 1)), SPLIT, ZONE)
    begun = clock.now
    answered = answer_by_api(engine, url, clock, agencies, SPLIT)
    assert (answered.departments, clock.now) == (4, NOW)
    assert answered.taken > 10
    with reading(engine) as connection:
        query = select(ledger, assignments.c.department).join(assignments)
        rows = [row for row in connection.execute(query) if row.kind == "updated"]
    assert {row.department for row in rows} <= set(agencies.by_api)
    called = [row for row in rows if row.actor.startswith("token:")]
    assert len(called) == answered.taken < len(rows)
    assert min(row.recorded_at for row in called) >= begun
    assert len({row.recorded_at for row in called}) > 5
    new = NewToken(name="điều phối", role=Role.COORDINATOR)
    with connect(engine, url, new, NOW) as client:
        decided = review_by_api(client)
        assert decided["accept"] > 5
        assert not decided["refused"]
        assert not review_by_api(client)
    assert not faults(engine)


def test_what_proves_a_task_is_of_the_kind_it_needs() -> None:
    for kind in EvidenceKind:
        one = SimulatedTask(
            "so-y-te", "kh", "t", None, date(2025, 1, 2), date(2025, 3, 31), needs=kind
        )
        given = [Evidence(**proof) for entry in entries(one) for proof in entry.body["evidence"]]
        assert given
        assert all(proves(kind, proof) for proof in given), kind


def test_they_are_called_simulated() -> None:
    assert "simulated" in AGENT
