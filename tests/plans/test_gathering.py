"""A feed's items on their way into the record, on both databases."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from plans.declaration import Fixed, Ongoing, SolutionGroup
from plans.gathering import Kept, Page, Taken, receive, retry_quarantine, take_page, take_pages
from plans.reviewing import review
from plans.rules import Event
from plans.store import audit, feeds, reading, writing
from plans.store.ledger import append, events_of, get_texts
from plans.terms import EventKind, PeriodKind, Silence
from tests.builders import ZONE, at, build_plan, build_task, build_title
from tests.offices import DAY, NOW, assignment, faults, furnish, item, kept, updates


@pytest.fixture
def office(engine: Engine) -> Engine:
    furnish(engine, {"so-y-te": "http://none.invalid/", "so-tai-chinh": "http://none.invalid/"})
    return engine


def take(
    engine: Engine,
    *items: Any,
    department: str = "so-y-te",
    cursor: str = "1",
    now: datetime = NOW,
) -> Taken:
    with writing(engine) as connection:
        return take_page(connection, department, items, cursor, now, ZONE)


def reasons(engine: Engine) -> list[str]:
    return [row.reason for row in kept(engine, "quarantined")]


def test_an_item_becomes_an_update(office: Engine) -> None:
    assert take(office, item("a", percent=40, obstacles="Thiếu kinh phí")) == Taken(updates=1)
    row = assignment(office, "mau/mot/so-y-te")
    assert (row.work, row.percent, row.review) == ("in_progress", 40, "none")
    with reading(office) as connection:
        last = events_of(connection, row.id)[-1]
        words = get_texts(connection, [last.payload["text"]])[last.payload["text"]]
        assert feeds.feed_rows(connection, ["so-y-te"])[0].cursor == "1"
    assert words == {"result": "Đã làm a", "obstacles": "Thiếu kinh phí"}
    assert last.occurred_at == datetime(2025, 3, 10, 1, tzinfo=UTC)
    assert last.actor == "feed:so-y-te"
    assert not faults(office)


def test_a_submission_counts_on_the_office_s_day(office: Engine) -> None:
    take(office, item("a", percent=100, submit=True, reported_at="2025-03-10T18:30:00Z"))
    row = assignment(office, "mau/mot/so-y-te")
    assert (row.review, row.submitted_on) == ("submitted", date(2025, 3, 11))


def test_the_same_item_counts_once(office: Engine) -> None:
    assert take(office, item("a"), item("a"), item("b")) == Taken(updates=2, repeated=1)
    assert take(office, item("b"), item("a")) == Taken(repeated=2)
    assert len(updates(office)) == 2


def test_what_an_agency_adds_does_not_make_it_another_item(office: Engine) -> None:
    evidence = [{"number": "1/BC-SYT", "pages": 3}]
    assert take(office, item("a", evidence=evidence, exported_at="x")) == Taken(updates=1)
    assert take(office, item("a", evidence=evidence, exported_at="y")) == Taken(repeated=1)
    assert json.loads(updates(office)[0].payload)["evidence"] == 1


def test_changed_content_is_a_further_update(office: Engine) -> None:
    assert take(office, item("a", percent=40), item("a", percent=60)) == Taken(updates=2)
    assert take(office, item("a", percent=60)) == Taken(repeated=1)
    assert assignment(office, "mau/mot/so-y-te").percent == 60


BAD: dict[str, tuple[Any, str]] = {
    "no object": (17, "item: "),
    "nothing": (None, "item: "),
    "no id": ({"assignment": "mau/mot", "percent": 1}, "id: "),
    "number as id": (item("a", id=5), "id: "),
    "empty id": (item(""), "id: "),
    "long id": (item("x" * 201), "id: "),
    "control character in id": (item("a\x00b"), "id: "),
    "surrogate in id": (item("a\ud800"), "id: "),
    "percent over 100": (item("a", percent=101), "percent: "),
    "percent below 0": (item("a", percent=-1), "percent: "),
    "percent as text": (item("a", percent="40"), "percent: "),
    "percent a truth value": (item("a", percent=True), "percent: "),
    "percent a huge number": (item("a", percent=10**300), "percent: "),
    "no percent": (item("a", percent=None), "a report needs a percentage"),
    "submit as text": (item("a", submit="yes"), "submit: "),
    "result too long": (item("a", result="x" * 10_001), "result: "),
    "result with NUL": (item("a", result="a\x00"), "U+0000"),
    "result with surrogate": (item("a", result="a\ud800"), "result: "),
    "evidence no list": (item("a", evidence="1/BC"), "evidence: "),
    "evidence on 30/02": (item("a", evidence=[{"date": "2025-02-30"}]), "evidence.0.date"),
    "evidence at a script": (item("a", evidence=[{"url": "javascript:1"}]), "evidence.0.url"),
    "no time": ({"id": "a", "assignment": "mau/mot", "percent": 1}, "reported_at: "),
    "time without offset": (item("a", reported_at="2025-03-10T08:00:00"), "reported_at: "),
    "time in Arabic digits": (item("a", reported_at="٢٠٢٥-03-10T08:00:00Z"), "reported_at: "),
    "time as number": (item("a", reported_at=1741568400), "reported_at: "),
    "time of year 1": (item("a", reported_at="0001-01-01T00:00:00+07:00"), "the year 1 "),
    "time that is none": (item("a", reported_at="2025-02-30T08:00:00Z"), "reported_at: "),
    "in the future": (item("a", reported_at="2025-04-16T09:05:01+07:00"), "lies in the future"),
    "ref with an empty part": (item("a", "mau//mot"), "assignment: "),
    "no ref and no id": (item("a", "mot"), "no assignment 'mot'"),
    "ref with a wrong period": (item("a", "mau/mot/so-y-te/2025"), "but mau/mot/so-y-te"),
    "ref with NUL": (item("a", "mau/mot\x00"), "assignment: "),
    "unknown task": (item("a", "mau/khong-co"), "no assignment 'mau/khong-co'"),
    "unknown plan": (item("a", "khac/mot"), "no assignment 'khac/mot'"),
    "unknown period": (
        item("a", "mau/thuong-xuyen/2026-01"),
        "but mau/thuong-xuyen/so-y-te/2025-01, ",
    ),
    "period of one without": (item("a", "mau/mot/2025-01"), "but mau/mot/so-y-te"),
    "somebody else's": (item("a", "mau/khong-tham-dinh"), "not assigned to this department"),
    "several periods": (item("a", "mau/thuong-xuyen"), "names 5 assignments: mau/"),
    "too deep": (item("a", result=json.loads("[" * 300 + "]" * 300)), "too deeply nested"),
    "too long": (item("a", result="x" * 300_000), "over 200000 characters"),
}


@pytest.mark.parametrize(("bad", "reason"), BAD.values(), ids=BAD.keys())
def test_a_bad_item_goes_to_quarantine_and_takes_no_other_with_it(
    office: Engine, bad: Any, reason: str
) -> None:
    good = [item("g1", percent=10), item("g2", "mau/chung", percent=20)]
    assert take(office, good[0], bad, good[1]) == Taken(updates=2, quarantined=1)
    assert len(updates(office)) == 2
    [row] = kept(office, "quarantined")
    assert reason in row.reason
    assert len(json.dumps(row.body)) < 20_000
    assert take(office, bad) == Taken(repeated=1)
    assert not faults(office)


def test_the_rules_refuse_one_item_not_the_page(office: Engine) -> None:
    done = item("a", percent=100, submit=True)
    take(office, done)
    with writing(office) as connection:
        key = assignment(office, "mau/mot/so-y-te").id
        review(connection, key, "accept", actor="office", now=NOW)
    taken = take(office, item("b", percent=50), item("c", "mau/chung"))
    assert taken == Taken(updates=1, quarantined=1)
    assert reasons(office) == ["cannot update: it was accepted already"]


def test_without_a_period_the_only_open_one_is_meant(office: Engine) -> None:
    periods = ["2025-01", "2025-02", "2025-03", "2025-04"]
    some = [
        item(key, f"mau/thuong-xuyen/{key}", percent=100, submit=True, result="") for key in periods
    ]
    assert take(office, *some, item("x", "mau/thuong-xuyen", percent=7)) == Taken(updates=5)
    assert assignment(office, "mau/thuong-xuyen/so-y-te/2025-05").percent == 7


def test_one_that_took_over_names_each_of_two_alone(office: Engine) -> None:
    other = assignment(office, "mau/chung/so-tai-chinh")
    payload = {"department": "so-y-te", "lead_status": "confirmed", "basis": "1/QĐ"}
    with writing(office) as connection:
        append(connection, {other.id: [Event(EventKind.REASSIGNED, "office", NOW, NOW, payload)]})
    some = [item("a", "mau/chung", percent=1), item("b", other.ref, percent=2)]
    assert take(office, *some) == Taken(updates=1, quarantined=1)
    assert "mau/chung/so-tai-chinh, mau/chung/so-y-te" in reasons(office)[0]
    done = item("c", other.id, percent=100, submit=True)
    assert take(office, done, item("d", "mau/chung", percent=4)) == Taken(updates=2)
    assert assignment(office, "mau/chung/so-y-te").percent == 4


def test_without_a_period_the_one_that_has_none_is_meant(engine: Engine) -> None:
    due = (
        Fixed(type="fixed", by=date(2025, 6, 30)),
        Ongoing(type="ongoing", report_every=PeriodKind.YEAR),
    )
    group = SolutionGroup(id="g", title=build_title("g"), tasks=(build_task("hai", due=due),))
    furnish(engine, plan=build_plan(groups=(group,)))
    assert take(engine, item("a", "mau/hai", percent=5)) == Taken(updates=1)
    assert assignment(engine, "mau/hai/so-y-te").percent == 5


def test_what_needs_no_review_is_accepted_at_once(office: Engine) -> None:
    ref = "mau/khong-tham-dinh/2025-03"
    page = [
        item("a", ref, percent=50),
        item("b", ref, percent=100, submit=True, reported_at="2025-03-17T08:00:00+07:00"),
        item("c", ref, percent=60),
    ]
    assert take(office, *page, department="so-tai-chinh") == Taken(updates=2, quarantined=1)
    row = assignment(office, "mau/khong-tham-dinh/so-tai-chinh/2025-03")
    assert (row.work, row.review, row.done_on) == ("done", "accepted", date(2025, 3, 17))
    assert not faults(office)


def test_a_nil_report_is_a_report(office: Engine) -> None:
    ref = "mau/thuong-xuyen/2025-03"
    assert take(office, item("a", ref, percent=None, nil_report=True)) == Taken(updates=1)
    row = assignment(office, "mau/thuong-xuyen/so-y-te/2025-03")
    assert (row.review, row.percent) == ("submitted", 0)


def answered(engine: Engine, day: date, *, whole: bool = True, silence: Any = None) -> None:
    with writing(engine) as connection:
        feeds.save_outcome(connection, "so-y-te", at(day), silence, None, whole=whole)


def test_nobody_dates_a_report_back_past_our_last_look(office: Engine) -> None:
    answered(office, date(2025, 4, 8))
    take(office, item("a", percent=100, submit=True))
    assert assignment(office, "mau/mot/so-y-te").submitted_on == date(2025, 4, 8)


@pytest.mark.parametrize("how", [{"whole": False}, {"silence": Silence.ERROR}])
def test_a_look_that_did_not_see_everything_is_none(office: Engine, how: Any) -> None:
    answered(office, date(2025, 4, 8), **how)
    take(office, item("a", percent=100, submit=True))
    assert assignment(office, "mau/mot/so-y-te").submitted_on == date(2025, 3, 10)


def test_a_clock_that_runs_ahead_does_not_report_tomorrow(office: Engine) -> None:
    late = datetime(2025, 4, 16, 23, 58, tzinfo=ZONE)
    take(
        office,
        item("a", percent=100, submit=True, reported_at="2025-04-17T00:02:00+07:00"),
        now=late,
    )
    assert assignment(office, "mau/mot/so-y-te").submitted_on == DAY


# --- quarantine --------------------------------------------------------------------------------


def retry(engine: Engine, department: str | None = None, now: datetime = NOW) -> Taken:
    with writing(engine) as connection:
        return retry_quarantine(connection, department, now, ZONE, actor="user:1")


def test_an_item_before_its_time_is_applied_later(office: Engine) -> None:
    answered(office, date(2025, 4, 8))
    early = item("a", percent=100, submit=True, reported_at="2025-04-16T12:00:00+07:00")
    take(office, early)
    assert retry(office) == Taken(quarantined=1)
    answered(office, date(2025, 4, 20))
    assert retry(office, now=NOW + timedelta(days=10)) == Taken(updates=1)
    # Not the 20th: the item lay here before.
    assert assignment(office, "mau/mot/so-y-te").submitted_on == DAY
    [row] = kept(office)
    assert (row.state, row.reason) == ("applied", None)
    assert row.body == {"assignment": "mau/mot", "reported_at": "2025-04-16T05:00:00+00:00"}
    assert retry(office) == Taken()
    assert not faults(office)


def test_who_retried_is_in_the_audit_log(office: Engine) -> None:
    take(office, item("a", percent=200))
    retry(office)
    retry(office, "so-y-te")
    with reading(office) as connection:
        every, one = reversed(audit.lines(connection)[:2])
    assert (every.act, every.actor, every.subject) == ("quarantine-retried", "user:1", None)
    assert one.subject == "department:so-y-te"
    assert one.detail == {"updates": 0, "repeated": 0, "quarantined": 1}


def test_a_retried_item_cannot_be_dated_back(office: Engine) -> None:
    answered(office, date(2025, 4, 8))
    take(office, item("a", "mau/khong-co", percent=100, submit=True))
    answered(office, date(2025, 4, 20))
    with writing(office) as connection:
        [row] = feeds.quarantined(connection)
        body = dict(row.body) | {"assignment": "mau/mot"}
        feeds.settle_item(connection, row.id, "quarantined", "x", body)
    assert retry(office) == Taken(updates=1)
    assert assignment(office, "mau/mot/so-y-te").submitted_on == date(2025, 4, 8)


def test_a_version_that_was_sent_again_is_left(office: Engine) -> None:
    take(office, item("a", percent=400))
    take(office, item("a", percent=40))
    assert retry(office) == Taken(repeated=1)
    assert [row.state for row in kept(office)] == ["replaced", "applied"]
    assert len(updates(office)) == 1


def test_an_older_report_does_not_come_after_a_newer_one(office: Engine) -> None:
    take(office, item("a", reported_at="2025-04-16T12:00:00+07:00", percent=30))
    later = NOW + timedelta(days=3)
    take(office, item("b", reported_at="2025-04-18T12:00:00+07:00", percent=80), now=later)
    assert retry(office, "so-y-te", later) == Taken(quarantined=1)
    assert "a newer report" in reasons(office)[0]
    assert assignment(office, "mau/mot/so-y-te").percent == 80


def test_what_is_no_item_stays_with_its_reason(office: Engine) -> None:
    take(office, 17, item("a", result="x" * 300_000))
    before = reasons(office)
    assert retry(office) == Taken(quarantined=2)
    assert reasons(office) == before


def test_one_departments_quarantine_is_retried_alone(office: Engine) -> None:
    take(office, 17)
    take(office, 18, department="so-tai-chinh")
    assert retry(office, "so-tai-chinh") == Taken(quarantined=1)


# --- many, and at the same time ----------------------------------------------------------------


def test_a_thousand_items_take_few_statements(office: Engine) -> None:
    refs = ["mau/mot", "mau/chung", "mau/thuong-xuyen/2025-03"]
    page = [item(f"i{n}", refs[n % 3], percent=n % 101) for n in range(1000)]
    statements: list[str] = []
    event.listen(office, "before_cursor_execute", lambda *given: statements.append(given[2]))
    assert take(office, *page) == Taken(updates=1000)
    assert len(statements) < 100
    assert not faults(office)


def test_pages_of_several_departments_take_no_more_statements(office: Engine) -> None:
    statements: list[str] = []
    event.listen(office, "before_cursor_execute", lambda *given: statements.append(given[2]))

    def take_both(number: str, *codes: str) -> list[Kept]:
        pages = [Page(code, [item(number, "mau/chung"), 17], number) for code in codes]
        statements.clear()
        with writing(office) as connection:
            return take_pages(connection, pages, NOW, ZONE)

    take_both("warm", "so-y-te", "so-tai-chinh")
    [alone] = take_both("one", "so-y-te")
    few = len(statements)
    both = take_both("two", "so-y-te", "so-tai-chinh")
    assert len(statements) <= few
    assert [one.taken for one in (alone, *both)] == [Taken(updates=1, repeated=1)] * 3
    assert not faults(office)


def test_a_page_without_room_keeps_its_good_items_and_its_place(office: Engine) -> None:
    bad = [item(f"b{n}", percent=1000) for n in range(5)]
    page = Page("so-y-te", [*bad, item("good")], "9", room=3)
    for room, left in ((3, 2), (0, 2), (3, 0)):
        with writing(office) as connection:
            [found] = take_pages(connection, [replace(page, room=room)], NOW, ZONE)
            assert found.left == left
            cursor = feeds.feed_rows(connection, ["so-y-te"])[0].cursor
            assert cursor == (None if left else "9")
    assert found == Kept(Taken(repeated=4, quarantined=2), room=1)
    assert len(updates(office)) == 1


def test_a_page_taken_twice_at_once_counts_once(office: Engine) -> None:
    page = [item(f"i{n}", percent=n) for n in range(50)]
    found: list[Taken] = []
    threads = [threading.Thread(target=lambda: found.append(take(office, *page))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.updates for one in found) == [0, 0, 0, 50]
    assert len(updates(office)) == 50
    assert not faults(office)


def test_a_failed_transaction_keeps_neither_items_nor_cursor(office: Engine) -> None:
    with pytest.raises(RuntimeError), writing(office) as connection:
        take_page(connection, "so-y-te", [item("a"), 17], "9", NOW, ZONE)
        raise RuntimeError
    assert not kept(office)
    assert not updates(office)
    assert take(office, item("a"), 17) == Taken(updates=1, quarantined=1)


def test_a_handed_over_assignment_is_foreign_to_the_old_lead(office: Engine) -> None:
    key = assignment(office, "mau/mot/so-y-te").id
    payload = {"department": "so-tai-chinh", "lead_status": "confirmed", "basis": "1/QĐ"}
    with writing(office) as connection:
        append(connection, {key: [Event(EventKind.REASSIGNED, "office", NOW, NOW, payload)]})
    assert take(office, item("a")) == Taken(quarantined=1)
    assert take(office, item("a"), department="so-tai-chinh") == Taken(updates=1)


def test_an_id_made_of_content_is_the_same_each_time() -> None:
    assert receive({"percent": 1}).id == receive({"percent": 1}).id
    assert receive({"percent": 1}).id != receive({"percent": 2}).id
