"""The simulated departments keep the contract's feed, and are the same every time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, select

from dondoc.demo.departments import Behaviour, SimulatedAgencies, SimulatedTask
from dondoc.demo.reports import Entry, entries, is_returned_once
from dondoc.demo.reviewing import ACTOR, review_waiting
from integrations.agency_feed import Answer, gather
from plans.declaration import Members, SolutionGroup
from plans.feed_items import FeedItem
from plans.gathering import take_page
from plans.store import feeds, reading, writing
from plans.store.schema import assignments, ledger
from plans.terms import Silence
from tests.builders import (
    ZONE,
    at,
    build_department,
    build_departments,
    build_plan,
    build_task,
    build_title,
)
from tests.offices import DAY, NOW, faults, furnish, item, kept

ISSUED, DUE = date(2025, 1, 2), date(2025, 3, 31)
CODES = [f"so-{n:02}" for n in range(20)] + [f"xa-{n:05}" for n in range(60)]


def task(department: str, n: int = 0, **given: Any) -> SimulatedTask:
    fields: dict[str, Any] = {
        "plan": "kh",
        "task": f"nv-{n}",
        "period": None,
        "opens": ISSUED,
        "due": DUE,
    }
    return SimulatedTask(department=department, **(fields | given))


MANY = [task(code, n) for code in CODES for n in range(6 if code.startswith("so") else 2)]


@pytest.fixture(scope="module")
def agencies() -> Iterator[SimulatedAgencies]:
    with SimulatedAgencies(MANY) as some:
        yield some


def one_that(agencies: SimulatedAgencies, behaviour: Behaviour) -> str:
    return next(code for code, how in agencies.behaviours.items() if how is behaviour)


def read(agencies: SimulatedAgencies, code: str, since: str = "", limit: int = 2) -> list[Any]:
    """All that a feed serves, page by page."""
    found: list[Any] = []
    with httpx.Client(trust_env=False) as client:
        while True:
            query = {"since": since, "limit": str(limit)}
            page = client.get(agencies.feeds()[code], params=query).json()
            assert len(page["items"]) <= limit
            found += page["items"]
            since = page["next"]
            if not page["more"]:
                assert page["next"] == since
                return [*found, since]


def reported(n: int = 400, **given: Any) -> list[list[Entry]]:
    return [list(entries(task(f"so-{k}", **given))) for k in range(n)]


# --- what they report --------------------------------------------------------------------------


def test_most_report_in_time_some_late_some_never() -> None:
    found: Counter[str] = Counter()
    for some in reported():
        done = [entry.at.date() for entry in some if entry.body["submit"]]
        found["never" if not done else "late" if done[0] > DUE else "in time"] += 1
    assert 0.6 < found["in time"] / 400 < 0.85
    assert 0.1 < found["late"] / 400 < 0.3
    assert 0.03 < found["never"] / 400 < 0.15


def test_every_item_is_what_the_contract_says() -> None:
    for some in reported(200) + reported(100, period="2025-Q1", ongoing=True):
        assert some == sorted(some, key=lambda entry: entry.at)
        percents = [FeedItem.model_validate(entry.body).percent or 0 for entry in some]
        assert percents == sorted(percents)
        for entry in some:
            assert FeedItem.model_validate(entry.body).reported_at == entry.at
            assert entry.at.date() >= ISSUED
            assert 8 <= entry.at.hour < 17


def test_a_period_s_report_comes_near_its_due_date() -> None:
    for some in reported(period="2025-Q1", ongoing=True):
        assert all(entry.at.date() >= DUE - timedelta(days=12) for entry in some)
        assert len(some) <= 2
    nil = [some for some in reported(period="2025-Q1") if some and some[0].body.get("nil_report")]
    assert 0.04 < len(nil) / 400 < 0.2


def test_one_that_is_due_before_it_opens_reports_after_it_opened() -> None:
    for some in reported(50, opens=DUE + timedelta(days=30)):
        assert all(entry.at.date() > DUE for entry in some)


def test_what_will_be_returned_is_amended() -> None:
    for k, some in enumerate(reported(200)):
        submitted = [entry for entry in some if entry.body["submit"]]
        expected = 2 if is_returned_once(f"so-{k}", "kh/nv-0") else 1
        assert len(submitted) in (0, expected)


# --- how they serve it -------------------------------------------------------------------------


def test_every_kind_of_department_is_there(agencies: SimulatedAgencies) -> None:
    kinds = Counter(agencies.behaviours.values())
    assert kinds.pop(Behaviour.WELL_KEPT) == len(CODES) - 8
    assert kinds.pop(Behaviour.SLOW) == 3
    assert set(kinds.values()) == {1}
    assert set(agencies.feeds()) == set(CODES)


def test_they_are_called_simulated(agencies: SimulatedAgencies) -> None:
    agencies.now = at(DUE)
    code = one_that(agencies, Behaviour.WELL_KEPT)
    response = httpx.get(agencies.feeds()[code], trust_env=False)
    assert response.headers["Server"] == "dondoc-simulated-department"


def test_pages_give_every_item_once(agencies: SimulatedAgencies) -> None:
    agencies.now = at(date(2026, 1, 1))
    code = one_that(agencies, Behaviour.WELL_KEPT)
    *items, last = read(agencies, code)
    *same, _ = read(agencies, code, limit=500)
    assert items == same
    assert len({one["id"] for one in items}) == len(items) > 5
    assert read(agencies, code, since=last) == [last]


def test_a_later_pull_gives_what_was_reported_since(agencies: SimulatedAgencies) -> None:
    code = one_that(agencies, Behaviour.WELL_KEPT)
    agencies.now = at(date(2026, 1, 1))
    *everything, _ = read(agencies, code)
    agencies.now = at(date(2025, 3, 1))
    *first, cursor = read(agencies, code)
    assert all(datetime.fromisoformat(one["reported_at"]) <= agencies.now for one in first)
    agencies.now = at(date(2026, 1, 1))
    *then, _ = read(agencies, code, since=cursor)
    assert first
    assert then
    assert first + then == everything


def test_a_shared_server_knows_whom_it_serves(agencies: SimulatedAgencies) -> None:
    shared = {code: url for code, url in agencies.feeds().items() if url.endswith(code)}
    assert len(shared) == len(CODES) - 45
    code, url = shared.popitem()
    assert httpx.get(url, trust_env=False).status_code == 200
    wrong = url.replace(code, "xa-khong-co")
    assert httpx.get(wrong, trust_env=False).status_code == 404


def test_the_same_tasks_give_the_same_feeds() -> None:
    found = []
    for tasks in (MANY, [*reversed(MANY), *MANY]):
        with SimulatedAgencies(tasks) as some:
            some.now = at(DUE)
            code = one_that(some, Behaviour.BAD_ITEMS)
            found.append((some.behaviours, read(some, code)))
    assert found[0] == found[1]


# --- gathered ----------------------------------------------------------------------------------


def simulated(engine: Engine) -> list[SimulatedTask]:
    with reading(engine) as connection:
        rows = connection.execute(select(assignments).where(assignments.c.department.is_not(None)))
        return [
            task(
                row.department,
                plan=row.plan,
                task=row.task,
                period=row.period,
                due=row.due,
                ongoing=row.ongoing,
            )
            for row in rows
        ]


def test_gathering_from_them(engine: Engine) -> None:
    some = [build_department(code) for code in CODES[:20]]
    members = Members(codes=tuple(CODES[:20]))
    tasks = tuple(build_task(f"t{n}", lead="van-phong", fan_out=("lop",)) for n in range(5))
    furnish(
        engine,
        departments=build_departments(
            *some, build_department("lop", kind="lop", is_class=True, members=members)
        ),
        plan=build_plan(groups=(SolutionGroup(id="g", title=build_title("g"), tasks=tasks),)),
    )
    with SimulatedAgencies(simulated(engine)) as agencies:
        with writing(engine) as connection:
            for code, url in agencies.feeds().items():
                feeds.save_feed(connection, code, url, 3.0)
        agencies.now = at(date(2025, 3, 1))
        first = run(engine, sorted(agencies.feeds()), agencies.now)
        agencies.now = NOW
        second = run(engine, sorted(agencies.feeds()), NOW)
    expected = {
        Behaviour.FAILS: Silence.ERROR,
        Behaviour.NONSENSE: Silence.INVALID,
        Behaviour.UNREACHABLE: Silence.UNREACHABLE,
    }
    for answer in first + second:
        behaviour = agencies.behaviours[answer.department]
        assert answer.silence == expected.get(behaviour)
        assert answer.repeated == 0
        if answer.quarantined:
            assert behaviour is Behaviour.BAD_ITEMS
    assert sum(answer.updates for answer in first) > 50
    assert sum(answer.updates for answer in second) > 50
    assert sum(answer.quarantined for answer in first + second) > 1
    assert not faults(engine)


def run(engine: Engine, codes: list[str], now: datetime = NOW) -> list[Answer]:
    return asyncio.run(gather(engine, codes, now, ZONE))


def test_a_simulated_coordinator_reviews_what_waits(engine: Engine) -> None:
    furnish(engine)
    submitted = {"percent": 100, "submit": True, "reported_at": "2025-03-10T08:00:00+07:00"}
    refs = ["mau/mot", "mau/chung", *(f"mau/thuong-xuyen/2025-0{n}" for n in range(1, 6))]

    def submit(round_: int) -> None:
        page = [item(f"i{n}-{round_}", ref, **submitted) for n, ref in enumerate(refs)]
        with writing(engine) as connection:
            take_page(connection, "so-y-te", page, "1", NOW, ZONE)

    submit(1)
    with writing(engine) as connection:
        first = review_waiting(connection, NOW)
    assert first["return"] == sum(is_returned_once("so-y-te", ref) for ref in refs)
    submit(2)
    with writing(engine) as connection:
        second = review_waiting(connection, at(DAY + timedelta(days=7)))
        assert not review_waiting(connection, at(DAY + timedelta(days=7)))
    assert second["return"] == 0
    assert first["accept"] + second["accept"] == len(refs)
    with reading(engine) as connection:
        actors = select(ledger.c.actor).where(ledger.c.kind.in_(("accepted", "returned")))
        assert set(connection.execute(actors).scalars()) == {ACTOR}
    # What was accepted already was sent again.
    assert len(kept(engine, "quarantined")) == first["accept"]
    assert not faults(engine)
