"""The weekly digest: who gets one, and what it says by role."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine

from plans.digests import digest_notices, owe_digests
from plans.filing import Filed, file_reports
from plans.messages import DigestContent
from plans.reporting import Report
from plans.reviewing import review
from plans.rolling import by_department, plan_progress, take_snapshot
from plans.rules import Event
from plans.store import feeds, reading, writing
from plans.store.ledger import append
from plans.terms import EventKind, Silence, Timeliness
from tests.builders import ZONE, at
from tests.offices import assignment, furnish

MONDAY = date(2025, 4, 7)
DOMAIN = "x.vn"
NOON = at(date(2025, 3, 29), 12)


@pytest.fixture
def office(sqlite_engine: Engine) -> Engine:
    furnish(sqlite_engine, now=at(date(2025, 3, 28)))
    with writing(sqlite_engine) as connection:
        take_snapshot(connection, date(2025, 3, 31), at(date(2025, 3, 31)))
    return sqlite_engine


def digests(engine: Engine, on: date = MONDAY) -> dict[tuple[str, str], DigestContent]:
    with reading(engine) as connection:
        found = digest_notices(connection, on, at(on), domain=DOMAIN)
    contents = [DigestContent.model_validate(one.content) for one in found]
    return {(one.role, one.recipient): one for one in contents}


def accept(engine: Engine, ref: str, on: date) -> None:
    key = assignment(engine, ref).id
    with writing(engine) as connection:
        done = Filed(key, Report(percent=100, submit=True), "department:so-y-te", at(on))
        file_reports(connection, [done], at(on), ZONE)
        review(connection, key, "accept", actor="office", now=at(on, 10))


def test_the_office_sees_everything_and_a_department_its_own(office: Engine) -> None:
    found = digests(office)
    everything, own = found["office", "van-phong"], found["department", "so-tai-chinh"]
    assert {line.department for line in everything.overdue} > {"so-tai-chinh"}
    assert {line.department for line in own.overdue} == {"so-tai-chinh"}
    assert own.plans == ()
    assert own.silent == ()
    assert everything.overdue_total == len(everything.overdue)


def test_the_plans_figures_are_those_of_the_record_and_of_a_week_ago(office: Engine) -> None:
    accept(office, "mau/mot/so-y-te", date(2025, 4, 2))
    (section,) = digests(office)["office", "van-phong"].plans
    assert section.classes.done_late == 1
    assert section.completion_before == 0
    assert section.completion
    classes = section.classes.model_dump().values()
    assert sum(classes) == section.assignments == sum(one.assignments for one in section.groups)
    assert section.undecided == 1


def test_what_changed_is_told_with_its_day(office: Engine) -> None:
    accept(office, "mau/mot/so-y-te", date(2025, 4, 2))
    changes = digests(office)["office", "van-phong"].changes
    assert [(one.kind, one.day) for one in changes] == [
        ("accepted", date(2025, 4, 2)),
        ("submitted", date(2025, 4, 2)),
    ]
    assert digests(office, date(2025, 4, 14))["office", "van-phong"].changes == ()


@pytest.mark.parametrize(
    ("silence", "reason"),
    [(Silence.UNREACHABLE, "unreachable"), (Silence.INVALID, "invalid"), (None, "not_answered")],
)
def test_who_is_silent_and_why(office: Engine, silence: Silence | None, reason: str) -> None:
    with writing(office) as connection:
        feeds.save_outcome(connection, "so-y-te", at(MONDAY), silence, "detail")
    silent = {one.department: one for one in digests(office)["office", "van-phong"].silent}
    assert silent["so-y-te"].reason == reason
    assert silent["so-y-te"].overdue > 0
    assert silent["so-tai-chinh"].reason == "never_asked"


def test_what_is_due_within_the_week_is_named(office: Engine) -> None:
    coming = digests(office, date(2025, 3, 28))["department", "so-y-te"].due_next
    assert "Nhiệm vụ mot" in {line.task_title for line in coming}
    assert all(0 <= line.days <= 7 for line in coming)


def test_a_second_run_on_a_day_owes_nothing(office: Engine) -> None:
    with writing(office, alone="digest") as connection:
        assert owe_digests(connection, MONDAY, at(MONDAY), domain=DOMAIN)
    with writing(office, alone="digest") as connection:
        assert owe_digests(connection, MONDAY, at(MONDAY, 15), domain=DOMAIN) == []


def test_a_clause_given_to_each_of_a_class_is_told_as_so_many_of_so_many(office: Engine) -> None:
    before = digests(office)["office", "van-phong"].plans[0].fan_outs
    assert [(one.title, one.unit, one.done, one.of) for one in before] == [
        ("Nhiệm vụ chung", "cac-so", 0, 2)
    ]
    accept(office, "mau/chung/so-y-te", date(2025, 4, 2))
    after = digests(office)["office", "van-phong"].plans[0].fan_outs
    assert [(one.done, one.of) for one in after] == [(1, 2)]


def test_an_extension_does_not_hide_lateness_in_any_view(office: Engine) -> None:
    asked = {"extension": "x", "requested_on": "2025-03-20", "due": "2025-06-30"}
    extended = [
        Event(EventKind.EXTENSION_REQUESTED, "so-y-te", NOON, NOON, asked),
        Event(EventKind.EXTENSION_GRANTED, "office", NOON, NOON, asked),
    ]
    with writing(office) as connection:
        append(connection, {assignment(office, "mau/mot/so-y-te").id: extended})
    accept(office, "mau/mot/so-y-te", date(2025, 4, 2))
    with reading(office) as connection:
        plan = plan_progress(connection, "mau", MONDAY)
        past = plan_progress(connection, "mau", MONDAY, at(date(2030, 1, 1)))
        own = by_department(connection, MONDAY)["so-y-te"]
    for one in (plan.total, past.total, plan.groups["nhom-1"], past.groups["nhom-1"], own):
        assert one.original
        assert one.classes[Timeliness.DONE_ON_TIME] == 1
        assert one.original.classes[Timeliness.DONE_LATE] == 1
        assert one.original.on_time_rate == 0
    (section,) = digests(office)["office", "van-phong"].plans
    assert section.on_time_rate
    assert section.on_time_rate_original == 0
