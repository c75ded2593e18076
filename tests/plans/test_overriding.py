"""A day is made worked or free: due dates move through the ledger, and what was granted stays."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, select

from plans import overriding
from plans.calendar import CalendarYear
from plans.declaration import Fixed, SolutionGroup
from plans.declared import Catalogue
from plans.errors import Conflict, InvalidInput, NotFound
from plans.extensions import ask, decide
from plans.history import dates_of
from plans.loading import load_catalogue, read_calendar
from plans.opening import open_periods
from plans.overriding import Moved, Override, apply, listing, preview, withdraw
from plans.store import audit, reading, writing
from plans.store.ledger import append, events_of
from plans.store.schema import assignments
from plans.terms import EventKind
from tests.acts import DUE, MOT, TODAY, act, key_of, open_office, submission, submit, together
from tests.builders import (
    at,
    build_departments,
    build_event,
    build_plan,
    build_task,
    build_title,
)
from tests.offices import assignment, faults

AFTER = date(2025, 4, 1)
NOW = at(TODAY)
BASIS = "15/TB-UBND"


@pytest.fixture
def office(engine: Engine) -> Any:
    open_office(engine)
    yield engine
    assert faults(engine) == []


def decide_day(
    engine: Engine, day: date = DUE, working: bool = False, now: datetime = NOW
) -> list[Moved]:
    with writing(engine) as connection:
        return apply(connection, day, working, BASIS, actor="user:1", now=now)


def withdraw_day(engine: Engine, day: date = DUE, now: datetime = NOW) -> list[Moved]:
    with writing(engine) as connection:
        return withdraw(connection, day, actor="user:2", now=now)


def dues(engine: Engine) -> dict[str, tuple[date, date]]:
    with reading(engine) as connection:
        rows = connection.execute(select(assignments))
        return {row.ref: (row.due, row.original_due) for row in rows}


def refs(found: list[Moved]) -> set[str]:
    return {one.ref for one in found}


def test_a_day_off_moves_what_is_due_on_it_and_keeps_the_original_date(office: Engine) -> None:
    before = dues(office)
    on_it = {ref for ref, (due, _) in before.items() if due == DUE}
    with reading(office) as connection:
        shown = preview(connection, DUE, False, TODAY)
    assert dues(office) == before
    moved = decide_day(office)
    assert moved == shown
    assert refs(moved) == on_it
    expected = {ref: (AFTER if ref in on_it else due, due) for ref, (due, _) in before.items()}
    assert dues(office) == expected
    (mine,) = [one for one in moved if one.ref == MOT]
    assert mine == Moved(
        assignment=key_of(office),
        ref=MOT,
        title_vi="Nhiệm vụ mot",
        title_en="Nhiệm vụ mot (en)",
        department="so-y-te",
        department_vi="so-y-te",
        department_en="so-y-te (en)",
        before=DUE,
        after=AFTER,
    )


def test_the_event_names_the_document_and_the_day(office: Engine) -> None:
    decide_day(office)
    key = key_of(office)
    with reading(office) as connection:
        event = events_of(connection, key)[-1]
        dates = dates_of(connection, key)
    days = {"due": AFTER.isoformat(), "from": DUE.isoformat()}
    assert event.kind is EventKind.REDATED
    assert event.payload == days | {"basis": BASIS, "calendar_day": DUE.isoformat()}
    assert [(one.due, one.basis) for one in dates] == [(DUE, None), (AFTER, BASIS)]


def test_everything_reads_the_decided_day(office: Engine) -> None:
    saturday = date(2025, 4, 12)
    decide_day(office)
    decide_day(office, saturday, working=True)
    with reading(office) as connection:
        calendar = read_calendar(connection)
    assert not calendar.is_working_day(DUE)
    assert calendar.is_working_day(saturday)
    assert calendar.is_estimate(DUE)


def test_withdrawn_it_is_as_before_and_the_log_says_what_it_was(office: Engine) -> None:
    before = dues(office)
    moved = decide_day(office)
    with reading(office) as connection:
        shown = overriding.preview_withdrawal(connection, DUE, TODAY)
        assert listing(connection) == [Override(DUE, False, BASIS, "user:1", NOW)]
    back = withdraw_day(office)
    assert back == shown
    assert refs(back) == refs(moved)
    assert dues(office) == before
    with reading(office) as connection:
        assert listing(connection) == []
        lines = audit.lines(connection)[:2]
    assert [(one.act, one.actor, one.subject) for one in lines] == [
        ("calendar-day-withdrawn", "user:2", "calendar:2025-03-31"),
        ("calendar-day-set", "user:1", "calendar:2025-03-31"),
    ]
    n = len(moved)
    assert lines[1].detail == {"working": False, "basis": BASIS, "moved": n}
    assert lines[0].detail["basis"] == BASIS
    assert lines[0].detail["set_by"] == "user:1"


def test_loading_the_catalogue_again_keeps_it(office: Engine) -> None:
    decide_day(office)
    after = dues(office)
    year = CalendarYear(year=2025, source="TB", off=(date(2025, 12, 24),))
    with writing(office) as connection:
        load_catalogue(connection, Catalogue(build_departments(), (build_plan(),), (year,)), NOW)
        calendar = read_calendar(connection)
    assert not calendar.is_working_day(DUE)
    assert not calendar.is_working_day(date(2025, 12, 24))
    assert dues(office) == after


def test_a_new_version_dates_by_it_too(office: Engine) -> None:
    decide_day(office, date(2025, 4, 30 - 7))
    other = build_task("mot", due=(Fixed(type="fixed", by=date(2025, 4, 23)),))
    groups = list(build_plan().groups)
    tasks = (other, *(one for one in groups[0].tasks if one.id != "mot"))
    groups[0] = SolutionGroup(id="nhom-1", title=groups[0].title, tasks=tasks)
    with writing(office) as connection:
        plan = build_plan(groups=tuple(groups))
        load_catalogue(connection, Catalogue(build_departments(), (plan,), ()), NOW)
    assert assignment(office, MOT).due == date(2025, 4, 24)


def test_what_opens_later_opens_with_its_new_date(office: Engine) -> None:
    later = at(date(2025, 5, 1))
    with reading(office) as connection:
        due = read_calendar(connection).add_working_days(date(2025, 5, 14), 1)
    with writing(office) as connection:
        open_periods(connection, later.date(), later)
    on = {ref: due for ref, (due, _) in dues(office).items() if due > later.date()}
    assert on, due
    day = min(on.values())
    moved = decide_day(office, day, now=later)
    assert refs(moved) == {ref for ref, due in on.items() if due == day}
    assert all(one.after > day for one in moved)


def test_a_granted_date_stays(office: Engine) -> None:
    key = key_of(office)
    with writing(office) as connection:
        asked = ask(connection, key, date(2025, 4, 10), "Chờ số liệu", act("user:9"))
        decide(connection, asked, "grant", act())
    assert MOT not in refs(decide_day(office))
    assert MOT not in refs(decide_day(office, date(2025, 4, 10)))
    assert assignment(office, MOT).due == date(2025, 4, 10)


def test_what_is_done_or_cancelled_stays(office: Engine) -> None:
    key = key_of(office)
    submit(office, key)
    with writing(office) as connection:
        append(connection, {key: [build_event(EventKind.ACCEPTED, TODAY)]})
    assert MOT not in refs(decide_day(office))
    assert assignment(office, MOT).due == DUE


def test_a_date_before_a_day_rolls_back_but_never_to_a_day_that_has_passed(engine: Engine) -> None:
    before = build_task("truoc", due=(Fixed(type="fixed", before=date(2025, 3, 7)),))
    group = SolutionGroup(id="nhom", title=build_title("Nhóm"), tasks=(before,))
    open_office(engine, plan=build_plan(groups=(group,)))
    thursday, wednesday = date(2025, 3, 6), date(2025, 3, 5)
    (ref,) = dues(engine)
    assert assignment(engine, ref).due == thursday
    with reading(engine) as connection:
        (moved,) = preview(connection, thursday, False, wednesday)
        assert moved.after == wednesday
        assert preview(connection, thursday, False, thursday) == []
    assert decide_day(engine, thursday, now=at(thursday)) == []
    assert faults(engine) == []


def test_a_saturday_that_is_worked_brings_a_date_forward(engine: Engine) -> None:
    saturday = date(2025, 3, 15)
    task = build_task("thu-bay", due=(Fixed(type="fixed", by=saturday),))
    group = SolutionGroup(id="nhom", title=build_title("Nhóm"), tasks=(task,))
    open_office(engine, plan=build_plan(groups=(group,)))
    (moved,) = decide_day(engine, saturday, working=True)
    assert (moved.before, moved.after) == (date(2025, 3, 17), saturday)
    (back,) = withdraw_day(engine, saturday)
    assert (back.before, back.after) == (saturday, date(2025, 3, 17))


@pytest.mark.parametrize(
    ("day", "working", "basis", "error", "said"),
    [
        (date(2025, 3, 1), True, BASIS, InvalidInput, "2025-03-01 has passed.*today or a later"),
        (DUE, True, BASIS, Conflict, "is a working day by the calendar already"),
        (date(2025, 4, 7), False, BASIS, Conflict, "is a day off by the calendar already"),
        (DUE, False, "", InvalidInput, "document"),
        (DUE, False, "0912345678", InvalidInput, "not like a document's"),
    ],
)
def test_what_is_wrong_is_refused(
    office: Engine, day: date, working: bool, basis: str, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said), writing(office) as connection:
        apply(connection, day, working, basis, actor="user:1", now=NOW)
    if basis == BASIS:
        with pytest.raises(error, match=said), reading(office) as connection:
            preview(connection, day, working, TODAY)


def test_a_decided_day_is_withdrawn_rather_than_decided_back(office: Engine) -> None:
    with pytest.raises(NotFound, match="nothing was decided"):
        withdraw_day(office)
    decide_day(office)
    with pytest.raises(Conflict, match="withdraw what was decided"):
        decide_day(office, working=True)
    with pytest.raises(InvalidInput, match="has passed"):
        withdraw_day(office, now=at(date(2025, 4, 2)))


def test_a_basis_is_put_right_without_moving_anything(office: Engine) -> None:
    decide_day(office)
    with writing(office) as connection:
        assert apply(connection, DUE, False, "16/TB-UBND", actor="user:2", now=NOW) == []
        (one,) = listing(connection)
    assert (one.basis, one.actor) == ("16/TB-UBND", "user:2")


def test_today_may_be_decided(office: Engine) -> None:
    assert decide_day(office, TODAY) == []


def test_reports_that_come_at_the_same_time_are_not_lost(office: Engine) -> None:
    key = key_of(office)

    def report(connection: Any) -> Any:
        return append(connection, {key: submission("token:so-y-te")})[key]

    def free(connection: Any) -> Any:
        return apply(connection, DUE, False, BASIS, actor="user:1", now=NOW)

    found = together(office, report, free)
    assert not any(isinstance(one, Exception) for one in found)
    row = assignment(office, MOT)
    assert (row.due, row.review, row.events) == (AFTER, "submitted", 4)
