"""Who is reminded of what on a day: each rung once, missed days made up for, superiors last."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from plans.calendar import WorkCalendar
from plans.declaration import Rung
from plans.filing import Filed, file_reports
from plans.ladder import reached, steps
from plans.messages import ReminderContent
from plans.opening import open_periods
from plans.reminding import Owed, owed_on, remind
from plans.reporting import Report
from plans.reviewing import review
from plans.store import reading, writing
from plans.store.schema import deliveries, notices, rungs_sent
from plans.terms import NoticeKind
from tests.builders import ZONE, at, build_plan
from tests.offices import assignment, furnish

CALENDAR = WorkCalendar([])
LADDER = (Rung(days=-3), Rung(days=1), Rung(days=5, superior=True))
DUE = date(2025, 3, 31)  # a Monday
DOMAIN = "x.vn"


def owed(engine: Engine, on: date) -> list[Owed]:
    with reading(engine) as connection:
        return owed_on(connection, on)


def run(engine: Engine, on: date) -> list[str]:
    with writing(engine, alone="remind") as connection:
        return remind(connection, on, at(on), domain=DOMAIN)


def report(engine: Engine, ref: str, on: date, *, submit: bool) -> None:
    with writing(engine) as connection:
        key = assignment(engine, ref).id
        filed = Filed(key, Report(percent=50, submit=submit), "department:x", at(on))
        file_reports(connection, [filed], at(on), ZONE)


@pytest.fixture
def office(sqlite_engine: Engine) -> Engine:
    furnish(sqlite_engine, plan=build_plan(ladder=LADDER), now=at(date(2025, 1, 6)))
    return sqlite_engine


@pytest.mark.parametrize(
    ("on", "rung"),
    [
        (date(2025, 3, 25), None),
        (date(2025, 3, 26), -3),
        (DUE, -3),
        (date(2025, 4, 1), 1),
        (date(2025, 4, 6), 1),
        (date(2025, 4, 8), 5),  # the 7th is the Hung Kings' day
        (date(2026, 1, 1), 5),
    ],
)
def test_the_rung_reached_is_the_last_whose_day_has_come(on: date, rung: int | None) -> None:
    step = reached(LADDER, DUE, on, CALENDAR)
    assert (step.rung.days if step else None) == rung


@settings(max_examples=80)
@given(st.dates(date(2024, 1, 1), date(2026, 6, 30)), st.integers(-40, 40))
def test_exactly_the_rungs_up_to_the_one_reached_have_come(due: date, shift: int) -> None:
    on = due + timedelta(days=shift)
    before = reached(LADDER, due, on, CALENDAR)
    days = [step.day for step in steps(LADDER, due, CALENDAR)]
    assert days == sorted(days)
    assert sum(day <= on for day in days) == (days.index(before.day) + 1 if before else 0)


def test_nothing_is_owed_before_the_first_rung(office: Engine) -> None:
    assert [one.line.task_title for one in owed(office, date(2025, 1, 8))] == []


def test_one_message_a_recipient_the_most_urgent_first(office: Engine) -> None:
    run(office, date(2025, 4, 1))
    with reading(office) as connection:
        rows = connection.execute(select(notices).where(notices.c.recipient == "so-y-te")).all()
    (row,) = rows
    content = ReminderContent.model_validate(row.content)
    assert content.kind is NoticeKind.REMINDER
    assert len(content.lines) >= 2
    assert content.office == "van-phong"
    assert [line.days for line in content.lines] == sorted(line.days for line in content.lines)
    mine = next(line for line in content.lines if line.task_title == "Nhiệm vụ mot")
    assert (mine.plan_number, mine.due, mine.days) == ("01/KH", DUE, -1)
    assert mine.missing == ("report", "deliverable")
    assert mine.deliverable == "Báo cáo"


def test_a_second_run_owes_nothing(office: Engine) -> None:
    assert run(office, DUE)
    assert run(office, DUE) == []
    with reading(office) as connection:
        owing = connection.execute(select(notices.c.id)).all()
        records = connection.execute(select(deliveries.c.notice)).all()
    assert sorted(owing) == sorted(records)


def test_missed_days_are_made_up_for_by_the_latest_rung_alone(office: Engine) -> None:
    before = {one.line.assignment for one in owed(office, date(2025, 3, 27))}
    run(office, date(2025, 4, 2))
    with reading(office) as connection:
        told = connection.execute(
            select(rungs_sent).where(rungs_sent.c.recipient == "so-y-te", rungs_sent.c.due == DUE)
        ).all()
    assert before
    assert {row.rung for row in told} == {1}
    assert len(told) == len({row.assignment for row in told})


def test_the_last_rung_goes_to_the_superior_too_and_names_what_was_sent(office: Engine) -> None:
    run(office, date(2025, 4, 1))
    run(office, date(2025, 4, 8))
    with reading(office) as connection:
        query = select(notices).where(notices.c.kind == NoticeKind.ESCALATION)
        rows = [row for row in connection.execute(query) if row.day == date(2025, 4, 8)]
    content = ReminderContent.model_validate(rows[0].content)
    assert content.recipient == "van-phong"
    line = next(line for line in content.lines if line.task_title == "Nhiệm vụ mot")
    assert line.department == "so-y-te"
    assert [(one.day, one.to) for one in line.earlier] == [(date(2025, 4, 1), "so-y-te")]


def test_what_was_submitted_is_not_asked_for_until_it_is_returned(office: Engine) -> None:
    def asked(on: date) -> tuple[str, ...] | None:
        found = [one for one in owed(office, on) if one.line.task_title == "Nhiệm vụ mot"]
        return found[0].line.missing if found else None

    assert asked(DUE) == ("report", "deliverable")
    report(office, "mau/mot/so-y-te", DUE, submit=True)
    assert asked(DUE) is None
    with writing(office) as connection:
        key = assignment(office, "mau/mot/so-y-te").id
        review(connection, key, "return", actor="office", now=at(DUE), note="thiếu số liệu")
    assert asked(DUE) == ("correction",)
    (line,) = [one.line for one in owed(office, DUE) if one.line.task_title == "Nhiệm vụ mot"]
    assert line.reason == "thiếu số liệu"


def test_an_ended_body_is_not_written_to_but_its_successor_is(office: Engine) -> None:
    on = date(2025, 3, 10)
    with writing(office) as connection:
        open_periods(connection, on, at(on))
    recipients = {one.recipient for one in owed(office, on)}
    assert "so-cu" not in recipients
    lines = [one.line for one in owed(office, on) if one.line.task_title == "Nhiệm vụ cu-y-te"]
    assert lines
    assert lines[0].lead_unconfirmed
    assert lines[0].department == "so-y-te"


def test_a_later_due_date_is_told_anew(office: Engine) -> None:
    from plans.rules import Event
    from plans.store.ledger import append
    from plans.terms import EventKind

    run(office, date(2025, 4, 1))
    key = assignment(office, "mau/mot/so-y-te").id
    with writing(office) as connection:
        moved = Event(EventKind.REDATED, "office", at(DUE), at(DUE), {"due": "2025-05-30"})
        append(connection, {key: [moved]})
    again = [one for one in owed(office, date(2025, 5, 28)) if one.line.assignment == key]
    assert [(one.rung, one.due) for one in again] == [(-3, date(2025, 5, 30))]


def test_nobody_is_reported_to_a_superior_before_being_told(office: Engine) -> None:
    late = date(2025, 4, 15)
    kinds = {one.kind for one in owed(office, late)}
    assert kinds == {NoticeKind.REMINDER}
    run(office, late)
    assert {one.kind for one in owed(office, late)} == set()
    assert {one.kind for one in owed(office, date(2025, 4, 16))} == {NoticeKind.ESCALATION}


def test_of_what_is_long_past_the_lead_is_told_once_and_its_superior_never(office: Engine) -> None:
    late = date(2026, 3, 2)
    assert {one.kind for one in owed(office, late) if one.due == DUE} == {NoticeKind.REMINDER}
    run(office, late)
    assert [one for one in owed(office, date(2026, 3, 3)) if one.due == DUE] == []
