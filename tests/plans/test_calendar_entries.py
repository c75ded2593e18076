"""What stands in calendars: whose assignments, when they remind, and for how long they stay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from plans import access, extensions, governing, reviewing
from plans import calendar_feeds as calendars
from plans.access import Action
from plans.calendar_entries import Entry
from plans.declared import Catalogue
from plans.loading import load_catalogue
from plans.store import reading, writing
from plans.store.ledger import append
from plans.store.schema import assignments
from plans.terms import Outside, Timeliness, Work
from tests.acts import DUE, TODAY, act, key_of, open_office, submission
from tests.builders import ZONE, at, build_departments, build_new, build_plan, build_task
from tests.calendaring import (
    ADMIN,
    HEALTH,
    LINK,
    NOW,
    OFFICE,
    OWN,
    VIEWER,
    entry,
    fetch,
    make,
)


@pytest.fixture
def office(engine: Engine) -> Engine:
    open_office(engine)
    return engine


def test_an_entry_says_what_the_record_says(office: Engine) -> None:
    found = entry(office, make(office))
    assert found.title == ("Nhiệm vụ mot", "Nhiệm vụ mot (en)")
    assert (found.plan, found.group) == ("01/KH", ("Nhóm 1", "Nhóm 1 (en)"))
    assert (found.deliverable, found.lead) == ("Báo cáo", ("so-y-te", "so-y-te (en)"))
    assert (found.due, found.kind) == (DUE, Timeliness.OPEN_ON_TIME)
    assert (found.work, found.percent, found.sequence) == (Work.NOT_STARTED, 0, 0)
    # Ten and three working days before, and on the day itself: the ladder without its later rungs.
    assert found.alarms == (date(2025, 3, 17), date(2025, 3, 26), DUE)
    assert entry(office, make(office), now=at(date(2025, 3, 18))).alarms == found.alarms[1:]


def test_every_change_raises_its_sequence(office: Engine) -> None:
    row, key = make(office), key_of(office)
    seen = [entry(office, row)]

    def step(change: Callable[[Any], Any], hour: int) -> Entry:
        with writing(office) as connection:
            change(connection)
        seen.append(entry(office, row, now=at(TODAY, hour)))
        assert seen[-1].sequence > seen[-2].sequence
        assert seen[-1].modified >= seen[-2].modified
        return seen[-1]

    later = date(2025, 4, 29)
    asked = step(lambda c: extensions.ask(c, key, later, "Chờ", act("token:a", HEALTH)), 10)
    assert asked.due == DUE
    with reading(office) as connection:
        waits = str(connection.scalar(select(assignments.c.pending_extension).where(_is(key))))
    moved = step(lambda c: extensions.decide(c, waits, "grant", act("user:9")), 11)
    assert (moved.due, moved.original_due, moved.alarms[-1]) == (later, DUE, later)
    handed_in = step(lambda c: append(c, {key: submission("token:a")}), 12)
    assert (handed_in.review, handed_in.alarms) == ("submitted", ())
    note = "Thiếu số liệu"
    back = step(lambda c: reviewing.review(c, key, "return", actor="u", now=NOW, note=note), 13)
    assert (back.review, back.alarms) == ("returned", moved.alarms)
    held = step(lambda c: governing.suspend(c, key, act(), reason="Chờ hướng dẫn"), 14)
    assert (held.kind, held.alarms) == (Outside.SUSPENDED, ())
    assert step(lambda c: governing.resume(c, key, act()), 15).work is Work.IN_PROGRESS
    ended = step(lambda c: governing.cancel(c, key, act(), reason="Thôi"), 16)
    assert ended.kind is Outside.CANCELLED


def _is(key: str) -> Any:
    return assignments.c.id == key


def test_a_new_version_of_the_plan_raises_it_too(office: Engine) -> None:
    row, before = make(office), None
    before = entry(office, row)
    groups = build_plan().groups
    task = build_task("mot", title=groups[0].title)
    changed = groups[0].model_copy(update={"tasks": (task, *groups[0].tasks[1:])})
    plan = build_plan(groups=(changed, *groups[1:]))
    later = NOW + timedelta(hours=1)
    with writing(office) as connection:
        load_catalogue(connection, Catalogue(build_departments(), (plan,), ()), later)
    after = entry(office, row, now=later)
    assert after.title[0] == "Nhóm 1" != before.title[0]
    assert after.sequence > before.sequence and after.modified == later


def test_what_is_overdue_reads_otherwise_from_midnight(office: Engine) -> None:
    row = make(office)
    on_day = entry(office, row, now=at(DUE, 23))
    assert (on_day.kind, on_day.alarms) == (Timeliness.OPEN_ON_TIME, (DUE,))
    next_day = DUE + timedelta(days=1)
    late = entry(office, row, now=at(next_day, 0))
    assert (late.kind, late.alarms) == (Timeliness.OPEN_OVERDUE, ())
    assert late.modified == datetime.combine(next_day, time(), ZONE) > on_day.modified
    assert fetch(office, row, at(next_day, 5)).modified == late.modified
    assert (
        fetch(office, row, at(next_day, 5)).entries == fetch(office, row, at(next_day, 9)).entries
    )


def change(engine: Engine, key: str, **values: Any) -> None:
    """The projection alone, as events would have left it."""
    with writing(engine) as connection:
        statement = update(assignments).where(assignments.c.id == key)
        connection.execute(statement.values(changed_at=NOW, **values))


@pytest.mark.parametrize(
    ("work", "days"), [(Work.DONE, 90), (Work.CANCELLED, 30)], ids=["done", "cancelled"]
)
def test_what_ended_stays_for_a_while(office: Engine, work: Work, days: int) -> None:
    row, key = make(office), key_of(office)
    review = {"review": "accepted", "submitted_on": TODAY, "done_on": TODAY}
    change(office, key, work=work, percent=100, **review if work is Work.DONE else {})
    found = entry(office, row, now=NOW + timedelta(days=days))
    assert (found.work, found.alarms) == (work, ())
    gone = fetch(office, row, NOW + timedelta(days=days, seconds=1))
    assert key not in {one.key for one in gone.entries}
    assert gone.total == len(gone.entries)


def test_what_is_suspended_stays_and_is_told(office: Engine) -> None:
    row, key = make(office), key_of(office)
    change(office, key, work=Work.SUSPENDED)
    found = entry(office, row, now=NOW + timedelta(days=400))
    assert (found.kind, found.alarms) == (Outside.SUSPENDED, ())


def test_what_nobody_leads_is_in_no_departments_calendar(office: Engine) -> None:
    by_plan = make(office, plan="mau")
    undecided = [one for one in fetch(office, by_plan).entries if one.kind is Outside.UNDECIDED]
    assert undecided and all(one.lead is None and not one.alarms for one in undecided)
    with reading(office) as connection:
        codes = list(connection.execute(select(assignments.c.declared).distinct()).scalars())
    for code in codes:
        found = fetch(office, make(office, department=code)).entries
        assert not {one.key for one in found} & {one.key for one in undecided}


def test_the_nearest_come_first_and_all_are_counted(
    office: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from plans import calendar_entries
    from plans.store.ledger import open_assignments

    days = (-300, -40, -2, 1, 30, 300)
    with writing(office) as connection:
        due = [TODAY + timedelta(days=n) for n in days]
        new = [build_new(f"x{n}", due=day.isoformat()) for n, day in enumerate(due)]
        open_assignments(connection, new)
    row = make(office)
    whole = fetch(office, row)
    near = [abs((one.due - TODAY).days) for one in whole.entries]
    assert near == sorted(near) and len(whole.entries) == whole.total
    monkeypatch.setattr(calendar_entries, "MOST", 4)
    some = fetch(office, row)
    assert some.entries == whole.entries[:4] and some.total == whole.total
    assert some.entries[0].key == "x3" and some.entries[1].key == "x2"


def test_the_records_name_stays_what_it_is(office: Engine) -> None:
    first, second = fetch(office, make(office)), fetch(office, make(office, plan="mau"))
    assert first.record == second.record and len(first.record) == 12


def test_the_action_is_as_far_as_seeing_an_assignment(office: Engine) -> None:
    """Who may subscribe sees each entry anyhow; the other way round does not hold."""
    row = make(office)
    with reading(office) as connection:
        from plans.store.assignments import row_of
        from plans.store.sight import subject_of

        subjects = [
            subject_of(connection, row_of(connection, one.key))
            for one in fetch(office, row).entries
        ]
    for who in (ADMIN, OFFICE, VIEWER, OWN, LINK):
        assert access.may(who, Action.SUBSCRIBE, calendars.subject_of(row))
        assert all(access.may(who, Action.SEE_ASSIGNMENT, one) for one in subjects)
