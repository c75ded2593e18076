"""The overview: counted as the rules count, late and silent bodies, what was a week ago."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from plans.access import Caller, Grant
from plans.overview import Overview, is_office, overview, plans_seen
from plans.rolling import plan_progress, take_snapshot
from plans.store import catalogue, feeds, reading, writing
from plans.store.ledger import append
from plans.store.schema import snapshots
from plans.terms import EventKind, Role, Silence, Timeliness
from tests.acts import key_of, submit
from tests.builders import build_event, build_plan
from tests.offices import DAY, NOW, furnish

MOT, CHUNG = "mau/mot/so-y-te", "mau/chung/so-y-te"
WEEK = timedelta(days=7)


@pytest.fixture
def office(engine: Engine) -> Engine:
    furnish(engine)
    return engine


def look(engine: Engine, on: date = DAY, plans: list[str] | None = None) -> Overview:
    with reading(engine) as connection:
        rows = catalogue.plan_rows(connection)
        return overview(connection, [row for row in rows if plans is None or row.id in plans], on)


def accept(engine: Engine, key: str, day: date) -> None:
    with writing(engine) as connection:
        append(connection, {key: [build_event(EventKind.ACCEPTED, day)]})


def test_it_says_what_is_overdue_and_at_whom(office: Engine) -> None:
    found = look(office)
    late = [(one.code, one.overdue, one.oldest) for one in found.late]
    begun = (DAY - date(2025, 1, 16)).days
    assert late == [
        ("so-y-te", 6, begun),
        ("so-tai-chinh", 4, begun),
        ("van-phong", 1, (DAY - date(2025, 3, 31)).days),
    ]
    assert (found.overdue, found.late_bodies) == (11, 3)
    assert found.late[0].name.name_vi == "so-y-te"


def test_who_is_silent_and_why(office: Engine) -> None:
    found = [(one.code, one.reason, one.overdue) for one in look(office).silent]
    assert found == [
        ("so-y-te", Silence.NOT_ANSWERED, 6),  # it has a feed, and a mailbox
        ("so-tai-chinh", Silence.NEVER_ASKED, 4),
        ("van-phong", Silence.NEVER_ASKED, 1),
    ]
    with writing(office) as connection:
        feeds.save_outcome(connection, "so-y-te", NOW, Silence.ERROR, "HTTP 500")
    assert look(office).silent[0].reason is Silence.ERROR


def test_who_answered_is_late_and_not_silent(office: Engine) -> None:
    key = key_of(office, "mau/chung/van-phong")
    submit(office, key, day=DAY)
    with writing(office) as connection:
        append(connection, {key: [build_event(EventKind.RETURNED, DAY)]})
    found = look(office)
    assert "van-phong" in {one.code for one in found.late}
    assert "van-phong" not in {one.code for one in found.silent}


def test_a_failing_feed_is_silence_also_where_nothing_is_late(office: Engine) -> None:
    with writing(office) as connection:
        feeds.save_feed(connection, "so-tai-chinh", "http://none.invalid/", 1)
        feeds.save_outcome(connection, "so-tai-chinh", NOW, Silence.UNREACHABLE, "no route")
    found = look(office, on=date(2025, 1, 10))
    assert [(one.code, one.reason, one.overdue) for one in found.silent] == [
        ("so-tai-chinh", Silence.UNREACHABLE, 0)
    ]


def test_what_waits_and_what_comes(office: Engine) -> None:
    assert look(office).waiting == ()
    submit(office, key_of(office, CHUNG), day=date(2025, 4, 10))
    submit(office, key_of(office, MOT), day=date(2025, 3, 20))
    found = look(office)
    assert [row.ref for row in found.waiting] == [MOT, CHUNG]  # the oldest first
    assert found.waiting_review == 2
    assert [(one.day, one.n, [code for code, _, _ in one.bodies]) for one in found.coming] == [
        (DAY, 2, ["so-tai-chinh", "so-y-te"])
    ]
    assert found.due_soon == 2
    before = look(office, on=date(2025, 5, 2))
    assert [(one.day, one.n) for one in before.coming] == [(date(2025, 5, 16), 2)]


def test_plans_and_groups_are_counted_as_the_roll_up_counts_them(office: Engine) -> None:
    submit(office, key_of(office, MOT), day=date(2025, 3, 20))
    accept(office, key_of(office, MOT), DAY)
    (one,) = look(office).running
    with reading(office) as connection:
        true = plan_progress(connection, "mau", DAY)
    assert one.total == true.total
    assert list(one.groups) == list(true.groups)
    for key, group in one.groups.items():
        assert group.classes == {name: true.groups[key].classes[name] for name in Timeliness}
        assert group.completion == true.groups[key].completion
    assert one.titles["nhom-1"] == ("Nhóm 1", "Nhóm 1 (en)")
    assert look(office).completion == one.completion == true.total.completion != 0


@pytest.mark.parametrize(("days", "known"), [(6, False), (7, True), (13, True), (14, False)])
def test_last_week_is_what_was_kept_then(office: Engine, days: int, known: bool) -> None:
    with writing(office) as connection:
        take_snapshot(connection, DAY - timedelta(days=days), NOW)
    submit(office, key_of(office, MOT), day=date(2025, 3, 20))
    accept(office, key_of(office, MOT), DAY)
    found = look(office)
    assert found.running[0].completion_before == (0 if known else None)
    assert found.completion_before == (0 if known else None)
    assert found.completion


def test_the_newest_of_several_counts(office: Engine) -> None:
    with writing(office) as connection:
        take_snapshot(connection, DAY - timedelta(days=12), NOW)
    submit(office, key_of(office, MOT), day=date(2025, 3, 20))
    accept(office, key_of(office, MOT), DAY)
    with writing(office) as connection:
        take_snapshot(connection, DAY - timedelta(days=8), NOW)
    found = look(office)
    assert found.running[0].completion_before == found.running[0].completion
    assert found.completion_before == found.completion


def test_what_was_kept_without_weights_is_not_added_up(office: Engine) -> None:
    row = {"day": DAY - WEEK, "plan": "mau", "group": "", "taken_at": NOW}
    with writing(office) as connection:
        connection.execute(insert(snapshots), [row | {"figures": {"completion": 0.25}}])
    found = look(office)
    assert found.running[0].completion_before == 0.25
    assert found.completion_before is None


def test_a_plan_that_has_ended_is_folded(office: Engine) -> None:
    assert [one.row.id for one in look(office).running] == ["mau"]
    after = look(office, on=date(2026, 1, 1))
    assert (after.running, [one.row.id for one in after.ended]) == ((), ["mau"])
    assert after.overdue > 0  # what is late stays late


def test_a_plan_with_nothing_open_is_folded(engine: Engine) -> None:
    one = build_plan().groups[0].tasks[0]
    group = build_plan().groups[0].model_copy(update={"tasks": (one,)})
    furnish(engine, plan=build_plan(groups=(group,)))
    assert look(engine).running
    submit(engine, key_of(engine, MOT), day=date(2025, 3, 20))
    accept(engine, key_of(engine, MOT), DAY)
    assert not look(engine).running and look(engine).ended


def test_without_plans_there_is_nothing(office: Engine) -> None:
    found = look(office, plans=[])
    assert (found.running, found.late, found.silent, found.waiting, found.coming) == ((),) * 5
    assert (found.overdue, found.completion, found.completion_before) == (0, None, None)


def who(role: Role, **given: Any) -> Caller:
    return Caller("user:1", "user", (Grant(role, **given),))


def test_whose_it_is(office: Engine) -> None:
    named = frozenset({"mau"})
    department = who(Role.DEPARTMENT, department="so-y-te", reach=frozenset({"so-y-te"}))
    seen = {
        "admin": who(Role.ADMIN),
        "viewer": who(Role.VIEWER),
        "coordinator": who(Role.COORDINATOR),
        "of the plan": who(Role.COORDINATOR, plans=named),
        "of another": who(Role.COORDINATOR, plans=frozenset({"khac"})),
        "department": department,
    }
    with reading(office) as connection:
        found = {
            name: [row.id for row in plans_seen(connection, one)] for name, one in seen.items()
        }
    assert found == {name: ["mau"] for name in seen} | {"of another": [], "department": []}
    assert [name for name, one in seen.items() if not is_office(one)] == ["department"]


def test_late_and_submitted_late_are_one_class(office: Engine) -> None:
    """A report that came after the due date and waits is overdue still, as the counters say."""
    submit(office, key_of(office, "mau/chung/van-phong"), day=date(2025, 4, 5))
    found = look(office)
    assert found.overdue == 11 and sum(one.overdue for one in found.late) == 11
    assert "van-phong" not in {one.code for one in found.silent}
