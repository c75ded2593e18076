"""What waits since earlier days is looked at again: told once as of the day, merged, or dropped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from plans.catching_up import Settled, is_digest_made, note_digests_made, settle
from plans.digests import owe_digests
from plans.holding import hold, lift
from plans.reminding import remind
from plans.resending import try_again
from plans.store import Connection, claims
from plans.store.assignments import owing
from plans.store.claims import MAY_HAVE_IT
from plans.store.schema import assignments as a
from plans.terms import Delivery, EventKind
from tests.builders import at, build_plan, undone
from tests.catching import (
    LADDER,
    MOT,
    attempt,
    end,
    finish_work,
    happen,
    key_of,
    mine,
    owe,
    rungs,
    send,
    standing,
)
from tests.offices import furnish

DUE = date(2025, 3, 31)  # a Monday
FIRST, SECOND, THIRD = date(2025, 4, 1), date(2025, 4, 2), date(2025, 4, 3)
LATER = date(2025, 4, 8)  # the day on which the superior is told
MONDAY = date(2025, 4, 7)


@pytest.fixture
def office(engine: Engine) -> Iterator[Connection]:
    furnish(engine, plan=build_plan(ladder=LADDER), now=at(date(2025, 1, 6)))
    with undone(engine) as connection:
        yield connection


def lines(sent: Any) -> dict[str, Any]:
    return {line.assignment: line for line in sent.content.lines}


def test_nothing_waits_nothing_changes(office: Connection) -> None:
    owe(office, FIRST)
    before = standing(office)
    assert settle(office, FIRST, at(FIRST, 12)) == Settled()
    assert standing(office) == before


def test_a_late_one_is_told_as_of_the_day_under_its_key(office: Connection) -> None:
    owe(office, FIRST)
    (before,) = mine(office)
    happen(office, EventKind.UPDATED, SECOND, percent=70)
    (sent,) = [one for one in send(office, THIRD) if one.recipient == "so-y-te"]
    (after,) = mine(office)
    line = lines(sent)[key_of(office)]
    assert (line.days, line.percent) == (-3, 70)
    assert (sent.key, sent.day, sent.content.day) == (before.key, THIRD, THIRD)
    assert after.message_id == before.message_id
    assert {one.day for one in rungs(office) if one.notice == sent.notice} == {THIRD}


def test_a_second_look_changes_nothing(office: Connection) -> None:
    owe(office, FIRST)
    owe(office, SECOND)
    assert settle(office, THIRD, at(THIRD)).retold
    before = standing(office), rungs(office)
    assert settle(office, THIRD, at(THIRD, 12)) == Settled()
    assert (standing(office), rungs(office)) == before


def test_several_of_a_kind_become_the_newest_each_assignment_on_its_last_rung(
    office: Connection,
) -> None:
    owe(office, date(2025, 3, 26))
    reminders = remind_alone(office, FIRST)
    assert reminders
    older, newest = mine(office)
    result = settle(office, FIRST, at(FIRST, 12))
    assert (result.merged, result.dropped) == (len(reminders), 0)
    older, newest = mine(office)
    assert (older.state, older.error) == ("dropped", f"merged into {newest.key}")
    assert older.finished_at == at(FIRST, 12)
    told = [one for one in rungs(office) if one.recipient == "so-y-te"]
    assert {one.notice for one in told} == {newest.id}
    assert len({one.assignment for one in told}) == len(told)
    assert {one.rung for one in told if one.assignment == key_of(office)} == {1}


def remind_alone(connection: Connection, on: date) -> list[str]:
    """Without looking first at what waits."""
    return remind(connection, on, at(on), domain="x.vn")


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("done", "outdated: done on 2025-04-02"),
        ("submitted", "outdated: reported on 2025-04-02"),
        ("suspended", "outdated: suspended"),
        ("cancelled", "outdated: cancelled"),
        ("moved", "outdated: the date was moved to 2025-06-30"),
        ("reassigned", "outdated: it is not this recipient’s any more"),
    ],
)
def test_what_does_not_hold_any_more_is_dropped_with_the_reason(
    office: Connection, what: str, why: str
) -> None:
    only(office, MOT)
    owe(office, FIRST)
    change(office, what)
    assert [one for one in send(office, THIRD) if key_of(office) in lines(one)] == []
    (row,) = mine(office)
    assert (row.state, row.error, row.finished_at) == ("dropped", why, at(THIRD, 10))
    assert [one for one in rungs(office) if one.notice == row.id] == []


def only(connection: Connection, ref: str) -> None:
    """All but one of a department's assignments are cancelled."""
    wanted = a.c.department == "so-y-te", a.c.ref != ref
    for other in list(connection.execute(select(a.c.id).where(*wanted)).scalars()):
        happen(connection, EventKind.CANCELLED, FIRST, other)


def change(connection: Connection, what: str) -> None:
    if what in ("done", "submitted"):
        happen(connection, EventKind.SUBMITTED, SECOND, submitted_on="2025-04-02")
    if what == "done":
        happen(connection, EventKind.ACCEPTED, SECOND)
    elif what in ("suspended", "cancelled"):
        happen(connection, EventKind(what), SECOND)
    elif what == "moved":
        happen(connection, EventKind.REDATED, SECOND, due="2025-06-30")
    elif what == "reassigned":
        reassign(connection, "so-tai-chinh", SECOND)


def reassign(connection: Connection, to: str, on: date) -> None:
    payload = {"department": to, "lead_status": "confirmed"}
    happen(connection, EventKind.REASSIGNED, on, **payload)


def test_the_rest_of_a_notice_goes_out_without_what_is_over(office: Connection) -> None:
    owe(office, FIRST)
    finish_work(office, SECOND)
    (sent,) = [one for one in send(office, THIRD) if one.recipient == "so-y-te"]
    assert sent.content.lines and key_of(office) not in lines(sent)


def test_what_was_dropped_untold_is_owed_again_when_it_comes_back(office: Connection) -> None:
    only(office, MOT)
    owe(office, FIRST)
    reassign(office, "so-tai-chinh", SECOND)
    send(office, SECOND)
    assert {one.recipient for one in rungs(office) if one.assignment == key_of(office)} == set()
    reassign(office, "so-y-te", THIRD)
    owe(office, THIRD)
    (sent,) = [one for one in send(office, THIRD) if one.recipient == "so-y-te"]
    assert list(lines(sent)) == [key_of(office)]


def test_nobody_is_reported_to_a_superior_who_waits_to_be_told(office: Connection) -> None:
    owe(office, FIRST)
    owe(office, LATER)  # the server was away all the time
    assert {one.kind for one in send(office, LATER)} == {"reminder"}
    owe(office, date(2025, 4, 9))
    assert {one.kind for one in send(office, date(2025, 4, 9))} == {"escalation"}


def test_a_waiting_escalation_is_dropped_where_its_lead_is_told_only_now(
    office: Connection,
) -> None:
    remind_alone(office, FIRST)
    remind_alone(office, LATER)  # as a run would that did not look first at what waits
    assert mine(office, "van-phong", "escalation")
    day = date(2025, 4, 9)
    assert {one.kind for one in send(office, day)} == {"reminder"}
    (row,) = mine(office, "van-phong", "escalation")
    assert row.error == "outdated: the body itself was not told before"
    owe(office, date(2025, 4, 10))
    assert {one.kind for one in send(office, date(2025, 4, 10))} == {"escalation"}


def test_a_late_one_counts_as_told_on_the_rung_that_was_reached_by_then(
    office: Connection,
) -> None:
    only(office, MOT)
    owe(office, FIRST)
    send(office, LATER)
    assert {one.rung for one in rungs(office) if one.recipient == "so-y-te"} == {5}


def test_a_failed_one_that_a_later_one_has_told_is_not_sent_again(office: Connection) -> None:
    only(office, MOT)
    owe(office, date(2025, 3, 26))
    fail_all(office, date(2025, 3, 26))
    owe(office, FIRST)
    send(office, FIRST)
    older, _ = mine(office)
    try_again(office, older.id, actor="user:1", now=at(THIRD))
    assert send(office, THIRD) == []
    older, _ = mine(office)
    assert (older.state, older.error) == ("dropped", "outdated: told already on 2025-04-01")


def test_what_a_server_may_have_keeps_its_words_unless_nothing_holds(office: Connection) -> None:
    owe(office, FIRST)
    (before,) = mine(office)
    attempt(office, before.id, f"x went away and {MAY_HAVE_IT}: x", at(FIRST))
    settle(office, FIRST, at(FIRST, 11))
    attempt(office, before.id, "x cannot be used", at(FIRST, 12))
    finish_work(office, SECOND)
    settle(office, THIRD, at(THIRD))
    (row,) = mine(office)
    assert (row.state, row.maybe_taken) == ("waiting", True)
    assert (row.day, row.content) == (FIRST, before.content)
    cancel_all(office)
    settle(office, THIRD, at(THIRD))
    (row,) = mine(office)
    assert row.state == "dropped"
    assert row.error == "outdated: cancelled; done on 2025-04-02"


def cancel_all(connection: Connection) -> None:
    wanted = select(a.c.id).where(a.c.department == "so-y-te", *owing())
    for key in list(connection.execute(wanted).scalars()):
        happen(connection, EventKind.CANCELLED, THIRD, key)


def test_a_killed_runs_notice_may_have_been_taken(office: Connection) -> None:
    owe(office, FIRST)
    claims.claim(office, at(FIRST), timedelta(minutes=10), 100)
    settle(office, FIRST, at(FIRST, 12))
    assert {row.maybe_taken for row in standing(office)} == {True}


def test_a_killed_runs_notice_may_have_been_taken_though_its_clock_was_ahead(
    office: Connection,
) -> None:
    """What may be told anew here and what is known to be unsure go by one rule."""
    owe(office, FIRST)
    claims.claim(office, at(FIRST) + timedelta(days=365), timedelta(minutes=10), 100)
    settle(office, FIRST, at(FIRST, 12))
    assert {row.maybe_taken for row in standing(office)} == {True}


def test_who_claims_after_a_killed_run_knows_of_it(office: Connection) -> None:
    owe(office, FIRST)
    first = claims.claim(office, at(FIRST), timedelta(minutes=10), 100)
    second = claims.claim(office, at(FIRST, 12), timedelta(minutes=10), 100)
    assert {one.maybe_taken for one in first} == {False}
    assert {one.maybe_taken for one in second} == {True}
    for one in second:
        assert claims.release(office, one.notice, one.attempts)
    assert {row.maybe_taken for row in standing(office)} == {True}


def test_what_a_live_run_holds_is_left_to_it(office: Connection) -> None:
    owe(office, FIRST)
    finish_work(office, SECOND)
    claims.claim(office, at(THIRD), timedelta(minutes=10), 100)
    before = standing(office)
    settle(office, THIRD, at(THIRD))
    assert standing(office) == before


def test_a_held_departments_notices_are_caught_up_with_when_it_is_lifted(
    office: Connection,
) -> None:
    owe(office, FIRST)
    hold(office, "so-y-te", reason="Bão", until=None, actor="user:1", now=at(FIRST, 8))
    assert "so-y-te" not in {one.recipient for one in send(office, FIRST)}
    for day in (SECOND, LATER, date(2025, 4, 22)):
        owe(office, day)
        assert "so-y-te" not in {one.recipient for one in send(office, day)}
    reported = [line for row in mine(office, "van-phong", "escalation") for line in named(row)]
    assert "so-y-te" not in reported
    day = date(2025, 4, 23)
    lift(office, "so-y-te", actor="user:1", now=at(day))
    owe(office, day)
    (sent,) = [one for one in send(office, day) if one.recipient == "so-y-te"]
    assert lines(sent)[key_of(office)].days == (DUE - day).days
    assert len(mine(office)) == sum(row.state in ("sent", "dropped") for row in mine(office))


def named(row: Any) -> list[str]:
    return [line["department"] for line in row.content["lines"]]


def test_a_failed_one_that_is_tried_again_says_what_is_owed_now(office: Connection) -> None:
    owe(office, FIRST)
    (row,) = mine(office)
    end(office, row.id, Delivery.FAILED, at(FIRST))
    finish_work(office, SECOND)
    try_again(office, row.id, actor="user:1", now=at(THIRD))
    (sent,) = [one for one in send(office, THIRD) if one.recipient == "so-y-te"]
    assert sent.notice == row.id
    assert key_of(office) not in lines(sent)


def test_a_failed_one_tried_again_beside_a_later_failed_one(office: Connection) -> None:
    owe(office, date(2025, 3, 26))
    fail_all(office, date(2025, 3, 26))
    owe(office, FIRST)
    fail_all(office, FIRST)
    older, newest = mine(office)
    try_again(office, older.id, actor="user:1", now=at(THIRD))
    send(office, THIRD)
    older, newest = mine(office)
    assert (older.state, newest.state) == ("sent", "failed")
    assert {one.rung for one in rungs(office) if one.assignment == key_of(office)} == {-3, 1}
    try_again(office, newest.id, actor="user:1", now=at(THIRD))
    send(office, THIRD)


def fail_all(connection: Connection, on: date) -> None:
    for row in standing(connection):
        if row.state == "waiting":
            end(connection, row.id, Delivery.FAILED, at(on))


# --- digests ------------------------------------------------------------------------------------


def digest(connection: Connection, on: date) -> list[str]:
    return owe_digests(connection, on, at(on), domain="x.vn")


def test_an_older_digest_is_dropped_when_a_newer_one_follows(office: Connection) -> None:
    digest(office, MONDAY)
    assert settle(office, date(2025, 4, 11), at(date(2025, 4, 11))).dropped == 0
    week = MONDAY + timedelta(days=7)
    newer = {key.split("/")[1] for key in digest(office, week)}
    settle(office, week, at(week))
    rows = [row for row in standing(office) if row.day == MONDAY]
    assert newer and {row.recipient for row in rows if row.state == "dropped"} == newer
    assert {row.error for row in rows if row.state == "dropped"} == {
        "outdated: the digest of 2025-04-14 followed"
    }


def test_a_digest_that_waits_too_long_is_dropped(office: Connection) -> None:
    digest(office, MONDAY)
    week = MONDAY + timedelta(days=8)
    settle(office, MONDAY + timedelta(days=7), at(week))
    assert {row.state for row in standing(office)} == {"waiting"}
    settle(office, week, at(week))
    assert {row.error for row in standing(office)} == {
        "outdated: the week’s digest of 2025-04-07 was never sent"
    }


def test_a_missed_digest_is_made_up_for_in_its_week_once(office: Connection) -> None:
    wednesday = MONDAY + timedelta(days=2)
    assert not is_digest_made(office, wednesday)
    assert digest(office, wednesday)
    assert not is_digest_made(office, wednesday)  # as after a run that was killed among them
    note_digests_made(office, wednesday)
    assert is_digest_made(office, MONDAY) and is_digest_made(office, wednesday)
    assert digest(office, wednesday + timedelta(days=1)) == []
    assert not is_digest_made(office, MONDAY + timedelta(days=7))
    assert digest(office, MONDAY + timedelta(days=7))
