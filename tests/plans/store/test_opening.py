"""Opening periods: everything once, and what ended bodies owe is passed on, never lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Row

from plans.declared import Catalogue
from plans.errors import InvalidInput, NotFound
from plans.loading import load_catalogue
from plans.opening import Opened, decide_lead, open_periods
from plans.progress import sum_up
from plans.rules import State
from plans.store import counters, reading, writing
from plans.store.assignments import row_of
from plans.store.chains import verify
from plans.store.ledger import append, events_of, states_as_of
from plans.store.lists import Filter, listing, number_of
from plans.terms import EventKind, LeadStatus, Outside
from tests.builders import at, build_departments, build_event, build_plan, undone

BEFORE, AFTER = date(2025, 2, 15), date(2025, 3, 3)
"""Before and after ``so-cu`` ended."""


@pytest.fixture
def loaded(engine: Engine) -> Iterator[Engine]:
    """The sample's catalogue, loaded; nothing opened."""
    with writing(engine) as connection:
        load_catalogue(
            connection, Catalogue(build_departments(), (build_plan(),), ()), at(date(2025, 1, 2))
        )
    yield engine
    with reading(engine) as connection:
        states = states_as_of(connection).values()
        assert verify(connection) + counters.recount(connection, states, repair=False) == []


def run(engine: Engine, day: date, *, dry_run: bool = False) -> Opened:
    with writing(engine) as connection:
        return open_periods(connection, day, at(day), dry_run=dry_run)


def found(engine: Engine, day: date = AFTER, **which: Any) -> dict[str, Row[Any]]:
    with reading(engine) as connection:
        return {row.ref: row for row in listing(connection, Filter(**which), day)}


def happens(connection: Connection, key: str, kind: EventKind, **payload: Any) -> State:
    return append(connection, {key: [build_event(kind, BEFORE, **payload)]})[key]


def test_what_has_begun_is_opened(loaded: Engine) -> None:
    opened = run(loaded, BEFORE)
    assert set(found(loaded)) == {
        "mau/mot/so-y-te",
        "mau/chung/van-phong",
        "mau/chung/so-y-te",
        "mau/chung/so-tai-chinh",
        "mau/cu-y-te/so-cu",
        "mau/cu-di-san/so-cu",
        *(f"mau/thuong-xuyen/so-y-te/2025-0{month}" for month in (1, 2, 3)),
        *(f"mau/khong-tham-dinh/so-tai-chinh/2025-0{month}" for month in (1, 2, 3)),
    }
    assert (opened.opened, opened.by_plan) == (12, {"mau": 12})
    assert (opened.undecided, opened.unconfirmed, opened.succeeded) == ([], 0, 0)


def test_opening_twice_opens_once(loaded: Engine) -> None:
    run(loaded, BEFORE)
    before = found(loaded)
    assert run(loaded, BEFORE) == Opened(by_plan={"mau": 0})
    assert found(loaded) == before


def test_a_dry_run_tells_and_writes_nothing(loaded: Engine) -> None:
    assert run(loaded, BEFORE, dry_run=True).opened == 12
    assert found(loaded) == {}


def test_missed_runs_are_made_up_for(loaded: Engine) -> None:
    def leads(rows: dict[str, Row[Any]]) -> dict[str, tuple[Any, ...]]:
        return {
            ref: (row.department, row.lead_status, row.lead_reason, row.due)
            for ref, row in rows.items()
        }

    with undone(loaded) as connection:
        open_periods(connection, date(2025, 6, 1), at(date(2025, 6, 1)))
        at_once = leads({row.ref: row for row in listing(connection, Filter(), AFTER)})
    for day in (date(2025, 1, 2), BEFORE, AFTER, date(2025, 6, 1)):
        run(loaded, day)
    assert leads(found(loaded)) == at_once


def test_nothing_opens_before_the_plan_was_issued(loaded: Engine) -> None:
    assert run(loaded, date(2025, 1, 1)).opened == 0


def test_work_of_a_body_that_ended_passes_to_its_successor(loaded: Engine) -> None:
    run(loaded, BEFORE)
    opened = run(loaded, AFTER)
    row = found(loaded)["mau/cu-y-te/so-cu"]
    assert (row.department, row.lead_status) == ("so-y-te", LeadStatus.UNCONFIRMED)
    assert "ended on 2025-02-28" in row.lead_reason
    assert opened.succeeded == 1
    assert found(loaded, department="so-cu") == {}
    assert run(loaded, AFTER).succeeded == 0, "it is passed on once"


def test_without_a_named_successor_it_is_undecided_and_said(loaded: Engine) -> None:
    run(loaded, BEFORE)
    [(ref, reason)] = run(loaded, AFTER).undecided
    row = found(loaded)[ref]
    assert ref == "mau/cu-di-san/so-cu"
    assert (row.department, row.lead_status) == (None, LeadStatus.UNDECIDED)
    assert reason == row.lead_reason
    assert "no successor is named for the function 'di-san'" in reason


@pytest.mark.parametrize("decision", [EventKind.ACCEPTED, EventKind.RETURNED])
def test_a_report_that_waits_stays_with_who_made_it(loaded: Engine, decision: EventKind) -> None:
    run(loaded, BEFORE)
    key = found(loaded)["mau/cu-di-san/so-cu"].id
    with writing(loaded) as connection:
        happens(connection, key, EventKind.SUBMITTED, submitted_on=BEFORE.isoformat())
    assert run(loaded, AFTER).succeeded == 1
    with writing(loaded) as connection:
        assert happens(connection, key, decision).department == "so-cu"
    run(loaded, AFTER)
    left = found(loaded, department="so-cu")
    assert len(left) == (1 if decision is EventKind.ACCEPTED else 0)


def test_classes_and_what_stands_beside_add_up(loaded: Engine) -> None:
    for day in (BEFORE, AFTER, date(2025, 12, 31)):
        run(loaded, day)
        with reading(loaded) as connection:
            total = sum_up(counters.read(connection, "plan")["mau"], day)
            assert total.assignments + total.outside.total() == number_of(connection, Filter(), day)
    assert total.outside == {Outside.UNDECIDED: 1}


def test_a_person_decides_who_leads(loaded: Engine) -> None:
    run(loaded, BEFORE)
    run(loaded, AFTER)
    key = found(loaded)["mau/cu-di-san/so-cu"].id
    with writing(loaded) as connection:
        state = decide_lead(connection, key, "so-tai-chinh", "15/QĐ", "office", at(AFTER))
        row, last = row_of(connection, key), events_of(connection, key)[-1]
    assert (state.department, state.lead_status) == ("so-tai-chinh", LeadStatus.CONFIRMED)
    assert row.lead_reason is None
    assert (last.actor, last.payload["basis"]) == ("office", "15/QĐ")


def test_a_person_confirms_who_was_found(loaded: Engine) -> None:
    run(loaded, BEFORE)
    run(loaded, AFTER)
    key = found(loaded)["mau/cu-y-te/so-cu"].id
    with writing(loaded) as connection:
        state = decide_lead(connection, key, None, "15/QĐ", "office", at(AFTER))
    assert (state.department, state.lead_status) == ("so-y-te", LeadStatus.CONFIRMED)


@pytest.mark.parametrize("department", [None, "so-la"])
def test_a_lead_must_be_somebody(loaded: Engine, department: str | None) -> None:
    run(loaded, BEFORE)
    run(loaded, AFTER)
    key = found(loaded)["mau/cu-di-san/so-cu"].id
    with pytest.raises(InvalidInput), writing(loaded) as connection:
        decide_lead(connection, key, department, "15/QĐ", "office", at(AFTER))


def test_assignments_are_found_by_id_and_by_ref(loaded: Engine) -> None:
    run(loaded, BEFORE)
    with reading(loaded) as connection:
        row = row_of(connection, "mau/mot/so-y-te")
        assert row_of(connection, row.id) == row
        assert (row.title_vi, row.department_vi, row.plan_number) == (
            "Nhiệm vụ mot",
            "so-y-te",
            "01/KH",
        )
        with pytest.raises(NotFound):
            row_of(connection, "mau/mot/so-la")
