"""What people settle about leads: checked when it is said, and kept for the periods that follow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Row, event

from plans.declaration import (
    Department,
    Members,
    Ongoing,
    Plan,
    SolutionGroup,
    Successor,
)
from plans.declared import Catalogue
from plans.errors import InvalidInput
from plans.loading import load_catalogue
from plans.opening import (
    Confirmed,
    Opened,
    confirm_leads,
    confirm_matching,
    decide_lead,
    open_periods,
)
from plans.rules import State
from plans.store import reading, writing
from plans.store.assignments import row_of
from plans.store.ledger import append, events_of
from plans.store.lists import Filter, listing
from plans.terms import EventKind, LeadStatus, PeriodKind, Work
from tests.builders import (
    at,
    build_department,
    build_departments,
    build_event,
    build_plan,
    build_task,
    build_title,
)
from tests.offices import faults

JANUARY, MARCH, APRIL, MAY = (date(2025, month, 3) for month in (1, 3, 4, 5))
"""``so-cu`` ended on 28/02/2025: what is due in January and February is its own."""


def build_monthly() -> Plan:
    """Every month: two tasks of a body that ends, and one of a class without members."""
    due = (Ongoing(type="ongoing", report_every=PeriodKind.MONTH),)
    tasks = (
        build_task("cu-y-te", lead="so-cu", function="y-te", due=due),
        build_task("cu-di-san", lead="so-cu", function="di-san", due=due),
        build_task("cac-xa", lead="lop-xa", due=due),
    )
    groups = (SolutionGroup(id="nhom-1", title=build_title("Nhóm 1"), tasks=tasks),)
    return build_plan(groups=groups)


def build_class(members: tuple[str, ...] = ()) -> Department:
    declared = Members(codes=members) if members else None
    return build_department("lop-xa", kind="lop", is_class=True, members=declared)


def load(engine: Engine, *more: Department, plan: Plan | None = None) -> None:
    with writing(engine) as connection:
        bodies = build_departments(*(more or (build_class(),)))
        catalogue = Catalogue(bodies, (plan or build_monthly(),), ())
        load_catalogue(connection, catalogue, at(JANUARY))


@pytest.fixture
def loaded(engine: Engine) -> Iterator[Engine]:
    """A plan of monthly work, loaded; nothing opened."""
    load(engine)
    yield engine
    assert faults(engine) == []


def run(engine: Engine, day: date, *, dry_run: bool = False) -> Opened:
    with writing(engine) as connection:
        return open_periods(connection, day, at(day), dry_run=dry_run)


def of_task(engine: Engine, task: str) -> dict[str, Row[Any]]:
    """A task's assignments, by period."""
    with reading(engine) as connection:
        return {row.period: row for row in listing(connection, Filter(task=task), APRIL)}


def leads(engine: Engine, task: str) -> dict[str, tuple[str | None, str]]:
    rows = of_task(engine, task).items()
    return {period: (row.department, row.lead_status) for period, row in rows}


def decides(engine: Engine, row: Row[Any], department: str | None, day: date = APRIL) -> State:
    with writing(engine) as connection:
        return decide_lead(connection, row.id, department, "15/QĐ", "office:cli", at(day))


def matching(
    engine: Engine, plan: str | None = None, department: str | None = None, day: date = APRIL
) -> Confirmed:
    with writing(engine) as connection:
        return confirm_matching(connection, plan, department, "15/QĐ", "office:cli", at(day))


def first_event(engine: Engine, row: Row[Any]) -> Any:
    with reading(engine) as connection:
        return events_of(connection, row.id)[0].payload


# --- who may be named --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("department", "remedy"),
    [
        ("cac-so", "is a class of bodies; name one body, or declare the class's members"),
        ("so-cu", "so-cu ended on 2025-02-28; name a body that exists on 2025-04-03"),
        ("so-moi", "so-moi begins on 2025-05-01; name a body that exists on 2025-04-03"),
        ("so-la", "name a department that exists"),
    ],
)
def test_a_lead_is_one_body_that_exists(engine: Engine, department: str, remedy: str) -> None:
    load(engine, build_class(), build_department("so-moi", since=date(2025, 5, 1)))
    run(engine, APRIL)
    row = of_task(engine, "cu-di-san")["2025-03"]
    with pytest.raises(InvalidInput, match=remedy):
        decides(engine, row, department)
    assert leads(engine, "cu-di-san")["2025-03"] == (None, LeadStatus.UNDECIDED)
    assert faults(engine) == []


def test_of_a_body_that_ended_the_only_successor_is_named(loaded: Engine) -> None:
    run(loaded, APRIL)
    row = of_task(loaded, "cu-y-te")["2025-03"]
    with pytest.raises(InvalidInput, match="ended on 2025-02-28; its successor is so-y-te"):
        decides(loaded, row, "so-cu")


def test_a_body_that_begins_before_the_work_is_due_may_be_named(engine: Engine) -> None:
    load(engine, build_class(), build_department("so-moi", since=date(2025, 4, 10)))
    run(engine, APRIL)
    state = decides(engine, of_task(engine, "cu-di-san")["2025-04"], "so-moi")
    assert (state.department, state.lead_status) == ("so-moi", LeadStatus.CONFIRMED)
    assert faults(engine) == []


def test_the_day_may_be_another_than_today(loaded: Engine) -> None:
    run(loaded, APRIL)
    row = of_task(loaded, "cu-y-te")["2025-03"]
    with writing(loaded) as connection:
        day = date(2025, 2, 28)
        state = decide_lead(connection, row.id, "so-cu", "", "office:cli", at(APRIL), day)
    assert state.department == "so-cu"
    run(loaded, APRIL)
    assert leads(loaded, "cu-y-te")["2025-03"] == ("so-y-te", LeadStatus.UNCONFIRMED)


def test_an_undecided_lead_is_not_confirmed_but_decided(loaded: Engine) -> None:
    run(loaded, APRIL)
    row = of_task(loaded, "cu-di-san")["2025-03"]
    with pytest.raises(InvalidInput, match="'dondoc assignments decide'"):
        decides(loaded, row, None)


# --- what is settled lasts ---------------------------------------------------------------------


def test_a_confirmed_successor_stays_confirmed(loaded: Engine) -> None:
    run(loaded, MARCH)
    march = of_task(loaded, "cu-y-te")["2025-03"]
    assert march.lead_status == LeadStatus.UNCONFIRMED
    decides(loaded, march, None)
    assert run(loaded, MAY).unconfirmed == 0
    april = of_task(loaded, "cu-y-te")["2025-04"]
    assert (april.department, april.lead_status, april.lead_reason) == (
        "so-y-te",
        LeadStatus.CONFIRMED,
        None,
    )
    assert first_event(loaded, april)["settled"] == march.id


def test_a_decision_holds_for_the_periods_that_follow(loaded: Engine) -> None:
    run(loaded, MARCH)
    march = of_task(loaded, "cu-di-san")["2025-03"]
    decides(loaded, march, "so-tai-chinh")
    opened = run(loaded, MAY)
    assert not [ref for ref, _ in opened.undecided if "cu-di-san" in ref]
    april = of_task(loaded, "cu-di-san")["2025-04"]
    assert (april.department, april.lead_status) == ("so-tai-chinh", LeadStatus.CONFIRMED)
    assert april.ref == "mau/cu-di-san/so-tai-chinh/2025-04"
    assert first_event(loaded, april)["settled"] == march.id


def test_a_decision_for_a_class_without_members_holds(loaded: Engine) -> None:
    run(loaded, MARCH)
    decides(loaded, of_task(loaded, "cac-xa")["2025-03"], "so-tai-chinh")
    run(loaded, APRIL)
    assert leads(loaded, "cac-xa")["2025-04"] == ("so-tai-chinh", LeadStatus.CONFIRMED)


def test_the_newest_word_counts(loaded: Engine) -> None:
    run(loaded, MARCH)
    march = of_task(loaded, "cu-di-san")["2025-03"]
    decides(loaded, march, "so-tai-chinh")
    run(loaded, APRIL)
    april = of_task(loaded, "cu-di-san")["2025-04"]
    decides(loaded, april, "so-y-te")
    run(loaded, MAY)
    may = of_task(loaded, "cu-di-san")["2025-05"]
    assert (may.department, first_event(loaded, may)["settled"]) == ("so-y-te", april.id)


def test_naming_another_confirms_nobody_that_is_found(loaded: Engine) -> None:
    run(loaded, MARCH)
    decides(loaded, of_task(loaded, "cu-y-te")["2025-03"], "so-tai-chinh")
    run(loaded, APRIL)
    assert leads(loaded, "cu-y-te")["2025-04"] == ("so-y-te", LeadStatus.UNCONFIRMED)


def test_a_body_that_led_until_it_ended_was_not_decided_on(loaded: Engine) -> None:
    run(loaded, JANUARY)
    january = of_task(loaded, "cu-y-te")["2025-01"]
    assert (january.department, january.lead_status) == ("so-cu", LeadStatus.CONFIRMED)
    for task in ("cu-y-te", "cu-di-san"):
        decides(loaded, of_task(loaded, task)["2025-01"], None, JANUARY)
    with writing(loaded) as connection:
        for task in ("cu-y-te", "cu-di-san"):
            _accept(connection, f"mau/{task}/so-cu/2025-01")
    run(loaded, APRIL)
    assert leads(loaded, "cu-y-te")["2025-01"] == ("so-cu", LeadStatus.CONFIRMED)
    assert leads(loaded, "cu-y-te")["2025-03"] == ("so-y-te", LeadStatus.UNCONFIRMED)
    assert leads(loaded, "cu-di-san")["2025-03"] == (None, LeadStatus.UNDECIDED)


def _accept(connection: Connection, ref: str) -> None:
    submitted = build_event(EventKind.SUBMITTED, JANUARY, submitted_on=JANUARY.isoformat())
    events = [submitted, build_event(EventKind.ACCEPTED, JANUARY)]
    append(connection, {row_of(connection, ref).id: events})


def test_a_decision_ends_with_the_body_that_it_named(engine: Engine) -> None:
    successors = (Successor(code="so-y-te", functions="all"),)
    short = build_department("so-ngan", until=date(2025, 4, 15), successors=successors)
    load(engine, build_class(), short)
    run(engine, MARCH)
    decides(engine, of_task(engine, "cu-di-san")["2025-03"], "so-ngan")
    run(engine, date(2025, 4, 10))
    assert leads(engine, "cu-di-san")["2025-04"] == (None, LeadStatus.UNDECIDED), "it ends before"
    run(engine, MAY)
    found = leads(engine, "cu-di-san")
    assert found["2025-03"] == ("so-y-te", LeadStatus.UNCONFIRMED), "it is passed on"
    assert found["2025-05"] == (None, LeadStatus.UNDECIDED)
    assert faults(engine) == []


def test_who_leads_by_decision_and_is_a_member_too_answers_once(engine: Engine) -> None:
    due = (Ongoing(type="ongoing", report_every=PeriodKind.MONTH),)
    task = build_task("hai", lead="so-cu", function="di-san", fan_out=("cac-so",), due=due)
    group = SolutionGroup(id="nhom-1", title=build_title("Nhóm 1"), tasks=(task,))
    load(engine, plan=build_plan(groups=(group,)))
    run(engine, MARCH)
    with reading(engine) as connection:
        undecided = row_of(connection, "mau/hai/so-cu/2025-03")
    decides(engine, undecided, "so-tai-chinh")
    run(engine, APRIL)
    with reading(engine) as connection:
        rows = listing(connection, Filter(task="hai"), APRIL)
    april = [row.department for row in rows if row.period == "2025-04"]
    assert sorted(april) == ["so-tai-chinh", "so-y-te"]


def test_what_people_settled_is_one_query_a_plan(loaded: Engine) -> None:
    run(loaded, APRIL)
    decides(loaded, of_task(loaded, "cu-di-san")["2025-03"], "so-tai-chinh")
    asked: list[str] = []
    event.listen(
        loaded, "before_cursor_execute", lambda *given: asked.append(given[2].partition("WHERE")[0])
    )
    run(loaded, MAY)
    assert sum("FROM assignments JOIN ledger" in one for one in asked) == 1


# --- many at once ------------------------------------------------------------------------------


def test_all_that_match_are_confirmed_at_once(loaded: Engine) -> None:
    run(loaded, APRIL)
    assert matching(loaded, "khac").states == {} == matching(loaded, None, "so-tai-chinh").states
    assert matching(loaded, "mau", "so-tai-chinh").states == {}
    assert set(leads(loaded, "cu-y-te").values()) == {("so-y-te", LeadStatus.UNCONFIRMED)}
    confirmed = matching(loaded, "mau", "so-y-te")
    assert (len(confirmed.states), confirmed.left) == (4, {})
    assert set(leads(loaded, "cu-y-te").values()) == {("so-y-te", LeadStatus.CONFIRMED)}
    assert matching(loaded).states == {}


def test_several_are_confirmed_by_id_or_none(loaded: Engine) -> None:
    run(loaded, APRIL)
    good, undecided = (of_task(loaded, one)["2025-03"] for one in ("cu-y-te", "cu-di-san"))
    with pytest.raises(InvalidInput), writing(loaded) as connection:
        confirm_leads(connection, [good.id, undecided.id], "", "office:cli", at(APRIL))
    assert leads(loaded, "cu-y-te")["2025-03"] == ("so-y-te", LeadStatus.UNCONFIRMED)


def test_of_many_those_are_left_out_whose_body_has_ended(engine: Engine) -> None:
    load(engine)
    run(engine, APRIL)
    row = of_task(engine, "cu-y-te")["2025-03"]
    with writing(engine) as connection:
        append(connection, {row.id: [build_event(EventKind.SUSPENDED, APRIL)]})
        heir = build_department("so-y-te", until=date(2025, 4, 20))
        bodies = [one for one in build_departments().departments if one.code != "so-y-te"]
        declared = build_departments(departments=(*bodies, heir, build_class()))
        load_catalogue(connection, Catalogue(declared, (build_monthly(),), ()), at(APRIL))
    found = matching(engine, "mau", day=MAY)
    assert row.ref in found.left
    assert "so-y-te ended on 2025-04-20" in found.left[row.ref]
    assert leads(engine, "cu-y-te")["2025-03"] == ("so-y-te", LeadStatus.UNCONFIRMED)
    assert faults(engine) == []


# --- classes -----------------------------------------------------------------------------------


def test_a_class_gives_way_to_its_members(loaded: Engine) -> None:
    run(loaded, MARCH)
    before = of_task(loaded, "cac-xa")
    assert {row.lead_status for row in before.values()} == {LeadStatus.UNDECIDED}
    decides(loaded, before["2025-02"], "van-phong")
    load(loaded, build_class(("so-y-te", "so-tai-chinh")))
    assert run(loaded, MARCH, dry_run=True).retired == 2
    opened = run(loaded, MARCH)
    assert (opened.opened, opened.retired) == (6, 2)
    with reading(loaded) as connection:
        rows = {key: row_of(connection, row.id) for key, row in before.items()}
        last = events_of(connection, rows["2025-03"].id)[-1]
    works = {key: row.work for key, row in rows.items()}
    assert (works["2025-01"], works["2025-03"]) == (Work.CANCELLED, Work.CANCELLED)
    assert works["2025-02"] == Work.NOT_STARTED, "a person decided it"
    assert last.payload == {"basis": "the class's members are declared now"}
    assert run(loaded, MARCH).retired == 0, "once"
