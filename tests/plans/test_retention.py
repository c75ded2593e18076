"""What has had its time leaves the record; chains, assignments and counters stay as they are."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from plans.acting import Act, Officer
from plans.errors import Conflict, InvalidInput, NotFound
from plans.files import Upload, folder_of, keep, receive, sweep
from plans.filing import Filed, file_reports
from plans.governing import correct
from plans.history import REMOVED, entries
from plans.reporting import Report
from plans.retention import Counts, Rule, apply_retention, remove
from plans.reviewing import review
from plans.settings import RetentionSettings
from plans.store import audit, idempotency, reading, writing
from plans.store import files as file_store
from plans.store.ledger import states_as_of
from plans.store.schema import deliveries, feed_items, ledger, notices, texts
from plans.store.schema_access import devices, sessions, tokens, users
from plans.store.schema_paper import calendar_feeds, workbook_returns
from plans.store.schema_running import bounces
from plans.terms import Delivery
from tests.builders import ZONE, at
from tests.offices import NOW, assignment, faults, furnish
from tests.plans.test_sniffing import PDF

RULE = Rule.of(RetentionSettings())
LATER = NOW + timedelta(days=5 * 366 + 30)
REF = "mau/mot/so-y-te"


def report(engine: Engine, ref: str, result: str, when: datetime = NOW, **given: Any) -> str:
    key = str(assignment(engine, ref).id)
    one = Report.model_validate({"percent": 100, "result": result, **given})
    with writing(engine) as connection:
        file_reports(connection, [Filed(key, one, "token:so-y-te", when)], when, ZONE)
    return key


def close(engine: Engine, ref: str = REF, when: datetime = NOW) -> str:
    """Report in words, with a document, and accept it with a note."""
    key = report(engine, ref, f"Đã xong {ref}", when, **SUBMITTED)
    with writing(engine) as connection:
        review(connection, key, "accept", actor="user:1", now=when, note="Đạt yêu cầu")
    return key


SUBMITTED = {"submit": True, "evidence": [{"number": "12/BC-SYT"}]}


def applied(engine: Engine, now: datetime = LATER, **given: Any) -> Counts:
    with writing(engine) as connection:
        return apply_retention(connection, RULE, now, **given)


def to_the_end(engine: Engine, now: datetime = LATER, most: int = 500) -> tuple[Counts, int]:
    found, steps = Counts(unfinished=True), 0
    while found.unfinished:
        found, steps = found + applied(engine, now, most=most), steps + 1
    return found, steps


def words(engine: Engine, key: str) -> list[Any]:
    with reading(engine) as connection:
        return [one.words for one in entries(connection, key, caller_may_see_words=True)]


def whole(engine: Engine) -> list[Any]:
    """Everything that may not change: every entry, and every state it adds up to."""
    with reading(engine) as connection:
        rows = connection.execute(select(ledger).order_by(ledger.c.seq)).all()
        return [tuple(row) for row in rows] + sorted(states_as_of(connection).items(), key=str)


@pytest.fixture
def record(engine: Engine) -> Engine:
    furnish(engine)
    return engine


def test_words_of_closed_assignments_leave_and_nothing_else(record: Engine) -> None:
    closed = close(record)
    still_open = report(record, "mau/thuong-xuyen/so-y-te/2025-03", "Đang làm")
    before = whole(record)
    assert applied(record, dry_run=True).texts == 2
    assert words(record, closed)[1]["result"].startswith("Đã xong")
    found, _ = to_the_end(record)
    assert found.texts == 2
    assert words(record, closed) == [None, REMOVED, None, REMOVED]
    assert words(record, still_open)[1] == {"result": "Đang làm"}
    assert whole(record) == before
    assert faults(record) == []
    with reading(record) as connection:
        gone = connection.execute(select(texts).where(texts.c.removed_at.is_not(None))).all()
    assert {(row.body, row.salt, row.removed_at) for row in gone} == {(None, "", LATER)}
    assert to_the_end(record)[0].texts == 0


def test_nothing_goes_a_day_early(record: Engine) -> None:
    key = close(record)
    day = timedelta(days=1)
    assert to_the_end(record, NOW + RULE.texts)[0].texts == 0
    assert words(record, key)[1] != REMOVED
    assert to_the_end(record, NOW + RULE.texts + day)[0].texts == 2


def test_small_steps_come_to_the_same_end(record: Engine) -> None:
    refs = [REF, "mau/chung/so-y-te", "mau/chung/so-tai-chinh"]
    keys = [close(record, ref) for ref in refs]
    found, steps = to_the_end(record, most=1)
    assert found.texts == 2 * len(refs)
    assert steps > len(refs)
    assert all(REMOVED in words(record, key) for key in keys)
    assert faults(record) == []


def test_what_was_opened_again_waits_for_its_new_end(record: Engine) -> None:
    key = close(record)
    to_the_end(record)
    act = Act(Officer("user:1"), LATER, LATER.date())
    with writing(record) as connection:
        correct(connection, key, percent=50, reason="Số liệu sai", act=act, reopen=True)
    assert to_the_end(record, LATER + RULE.texts * 2)[0].texts == 0
    close(record, when=LATER)
    assert to_the_end(record, LATER + timedelta(days=9))[0].texts == 0
    assert to_the_end(record, LATER + RULE.texts + timedelta(days=9))[0].texts == 3
    assert faults(record) == []


def upload(engine: Engine, folder: Path, key: str, name: str = "a.pdf") -> str:
    with receive(folder, 10_000) as coming:
        coming.write(PDF)
        coming.judge()
        with writing(engine) as connection:
            given = Upload(key, name, "application/pdf", "token:x")
            return str(keep(connection, folder, coming, given, NOW).id)


def test_files_leave_with_their_contents(record: Engine, tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    closed, other = close(record), str(assignment(record, "mau/chung/so-y-te").id)
    upload(record, folder, closed)
    stays = upload(record, folder, other)
    assert to_the_end(record)[0].files == 1
    with writing(record) as connection:
        assert sweep(connection, folder, LATER) == 0  # the same content, still named
        (row,) = file_store.of_assignment(connection, closed)
        assert (row.name, row.removed_at) == (None, LATER)
        file_store.remove(connection, [stays], LATER)
        assert sweep(connection, folder, LATER) == 1


def test_old_messages_say_nothing_any_more(record: Engine) -> None:
    days = [date(2025, 4, 1), date(2025, 4, 2), date(2027, 4, 1)]
    states = [Delivery.SENT, Delivery.WAITING, Delivery.SENT]
    with writing(record) as connection:
        for number, (day, state) in enumerate(zip(days, states, strict=True), start=1):
            add_notice(connection, number, day, state, {"lines": ["Đã trả lại: thiếu số"]})
    now = at(date(2027, 5, 1))
    assert applied(record, now, dry_run=True).notices == 1
    assert to_the_end(record, now)[0].notices == 1
    assert to_the_end(record, now)[0].notices == 0
    with reading(record) as connection:
        kept = list(connection.execute(select(notices.c.content).order_by(notices.c.id)).scalars())
    assert [bool(one) for one in kept] == [False, True, True]


def test_what_came_back_long_ago_names_no_mailbox_any_more(record: Engine) -> None:
    old = {"status": "5.1.1", "permanent": True, "diagnostic": "550 no such user an@so.vn"}
    with writing(record) as connection:
        for source, day in (("old", date(2025, 4, 1)), ("new", date(2027, 4, 1))):
            row = {**old, "source": source, "address": "an@so.vn", "received_at": at(day)}
            connection.execute(insert(bounces).values(**row))
    now = at(date(2027, 5, 1))
    assert applied(record, now, dry_run=True).notices == 1
    assert to_the_end(record, now)[0].notices == 1
    assert to_the_end(record, now)[0].notices == 0
    with reading(record) as connection:
        kept = connection.execute(select(bounces).order_by(bounces.c.id)).all()
    assert [(one.address, bool(one.diagnostic)) for one in kept] == [
        (None, False),
        ("an@so.vn", True),
    ]
    assert all(one.status == "5.1.1" for one in kept)


def add_notice(connection: Any, number: int, day: date, state: Delivery, content: Any) -> None:
    row = {"id": number, "key": f"k{number}", "kind": "reminder", "recipient": "so-y-te"}
    connection.execute(insert(notices).values(**row, day=day, content=content, created_at=at(day)))
    sent = {"notice": number, "state": state, "message_id": "m", "next_try_at": at(day)}
    connection.execute(insert(deliveries).values(**sent, attempts=1))


def test_items_in_quarantine_expire(record: Engine) -> None:
    ages = {"quarantined": (91, 89), "applied": (200,)}
    with writing(record) as connection:
        for state, days in ages.items():
            for age in days:
                row: dict[str, Any] = {"department": "so-y-te", "digest": "d"}
                when = NOW - timedelta(days=age)
                body = {"result": "chữ của người viết"}
                row |= {
                    "item": f"{state}{age}",
                    "state": state,
                    "reason": "sai",
                    "body": body,
                    "received_at": when,
                }
                connection.execute(insert(feed_items).values(**row))
    assert applied(record, NOW, dry_run=True).quarantine == 1
    assert applied(record, NOW).quarantine == 1
    with reading(record) as connection:
        query = select(feed_items).order_by(feed_items.c.id)
        kept = [(row.state, bool(row.body), row.reason) for row in connection.execute(query)]
    assert kept == [
        ("expired", False, "sai"),
        ("quarantined", True, "sai"),
        ("applied", True, "sai"),
    ]


def test_what_workbooks_said_goes_and_what_came_of_it_stays(record: Engine) -> None:
    with writing(record) as connection:
        for age in (91, 89):
            row: dict[str, Any] = {"id": f"r{age}", "way": "page", "state": "applied", "actor": "x"}
            row |= {"sheet": {"lines": ["chữ"]}, "outcome": {"counts": {"taken": 1}}}
            row |= {"received_at": NOW - timedelta(days=age)}
            connection.execute(insert(workbook_returns).values(**row))
    assert applied(record, NOW, dry_run=True).workbooks == 1
    assert applied(record, NOW).workbooks == 1
    assert applied(record, NOW).workbooks == 0
    with reading(record) as connection:
        kept = {row.id: row for row in connection.execute(select(workbook_returns))}
    assert kept["r91"].sheet is None and kept["r89"].sheet
    assert kept["r91"].outcome == {"counts": {"taken": 1}}


def test_first_answers_go_after_a_week(record: Engine) -> None:
    with writing(record) as connection:
        for age in (10, 9, 8, 6):
            mark = idempotency.Mark("token:x", f"key{age}", "d")
            kept = idempotency.Kept(mark, 201, {}, {"a": 1})
            idempotency.keep(connection, [kept], NOW - timedelta(days=age))
    assert applied(record, NOW, dry_run=True).answers == 3
    found, steps = to_the_end(record, NOW, most=2)
    assert (found.answers, steps) == (3, 2)
    with reading(record) as connection:
        assert idempotency.find(connection, idempotency.Mark("token:x", "key6", "d"))


def test_proofs_and_last_uses_go_when_they_are_long_over(record: Engine) -> None:
    old, recent = NOW - timedelta(days=31), NOW - timedelta(days=29)
    times = {"created_at": old, "created_by": "test"}
    with writing(record) as connection:
        person = {"email": "a@x.vn", "name": "A", "language": "vi", "grants": []}
        connection.execute(insert(users).values(id=1, failures=0, **person, **times))
        for name, over in (("old", old), ("recent", recent)):
            begun = {"begun_at": old, "issued_at": old, "expires_at": over}
            session = {"hash": name, "family": "f", "user": 1, "method": "password"}
            connection.execute(insert(sessions).values(**session, **begun))
            device = {"hash": name, "department": "so-y-te", "created_at": old}
            connection.execute(insert(devices).values(**device, expires_at=over))
        for name, age in (("over", 366), ("fresh", 364)):
            ended = NOW - timedelta(days=age)
            token = {"id": name, "name": name, "hash": name, "role": "viewer", "scopes": []}
            used = {"expires_at": ended, "last_used_at": ended}
            connection.execute(insert(tokens).values(**token, **times, **used))
            feed: dict[str, Any] = {
                "id": name,
                "name": name,
                "department": "so-y-te",
                "kind": "todo",
            }
            feed |= {"language": "vi", "revoked_at": ended, "last_used_at": ended}
            connection.execute(insert(calendar_feeds).values(**feed, **times))
    counted = applied(record, NOW, dry_run=True)
    found, _ = to_the_end(record, NOW)
    assert (found.proofs, found.last_uses) == (counted.proofs, counted.last_uses) == (2, 2)
    with reading(record) as connection:
        assert list(connection.execute(select(sessions.c.hash)).scalars()) == ["recent"]
        for table in (tokens, calendar_feeds):
            kept = connection.execute(select(table.c.id, table.c.last_used_at)).all()
            gone = {row.id: row.last_used_at is None for row in kept}
            assert gone == {"over": True, "fresh": False}, table.name


def test_a_dry_run_changes_nothing(record: Engine) -> None:
    key = close(record)
    before = words(record, key)
    for _ in range(2):
        found = applied(record, dry_run=True)
        assert (found.texts, found.unfinished) == (2, False)
    assert words(record, key) == before


# --- on request ----------------------------------------------------------------------------------


def taken_out(engine: Engine, key: str, reason: str = "Theo đề nghị của gia đình") -> Any:
    with writing(engine) as connection:
        return remove(connection, key, reason, actor="office:test", now=NOW)


def hash_of(engine: Engine, key: str) -> str:
    with reading(engine) as connection:
        return str(entries(connection, key, caller_may_see_words=True)[1].payload["text"])


def test_one_text_is_taken_out_with_the_messages_that_quote_it(record: Engine) -> None:
    key = report(record, REF, 'Cháu "A" 100%, số 001091234567', confirm_personal_data=True)
    other = report(record, "mau/chung/so-y-te", "Lời khác")
    quoting = {"lines": [{"said": 'Trả lại: Cháu "A" 100%, số 001091234567'}]}
    with writing(record) as connection:
        add_notice(connection, 1, NOW.date(), Delivery.SENT, quoting)
        add_notice(connection, 2, NOW.date(), Delivery.SENT, {"lines": ['Cháu "A" 100x']})
    before = whole(record)
    done = taken_out(record, hash_of(record, key))
    assert (done.kind, done.messages) == ("text", 1)
    assert words(record, key)[1] == REMOVED
    assert words(record, other)[1] == {"result": "Lời khác"}
    assert whole(record) == before
    assert faults(record) == []
    with reading(record) as connection:
        (line,) = audit.lines(connection)
        kept = list(connection.execute(select(notices.c.content).order_by(notices.c.id)).scalars())
    assert [bool(one) for one in kept] == [False, True]
    assert (line.actor, line.act, line.subject) == (
        "office:test",
        "text-removed",
        hash_of(record, key),
    )
    assert line.detail["reason"] == "Theo đề nghị của gia đình"
    with pytest.raises(Conflict):
        taken_out(record, hash_of(record, key))


def test_one_file_is_taken_out(record: Engine, tmp_path: Path) -> None:
    folder, key = folder_of(tmp_path), str(assignment(record, REF).id)
    file = upload(record, folder, key)
    assert taken_out(record, file).kind == "file"
    with writing(record) as connection:
        assert sweep(connection, folder, NOW) == 1
        assert file_store.known(connection, key, [file]) == set()
        assert [line.act for line in audit.lines(connection)] == ["file-removed"]
    with pytest.raises(Conflict):
        taken_out(record, file)


@pytest.mark.parametrize(
    ("key", "reason", "error"),
    [
        ("0" * 64, "vì có lý do", NotFound),
        ("0" * 32, "vì có lý do", NotFound),
        ("../../x", "vì có lý do", InvalidInput),
        ("", "vì có lý do", InvalidInput),
        ("0" * 64, "  ", InvalidInput),
        ("0" * 64, "x" * 301, InvalidInput),
        ("0" * 64, "a\0b", InvalidInput),
        ("0" * 64, "xoá số 001091234567", InvalidInput),
    ],
)
def test_what_cannot_be_taken_out_leaves_no_trace(
    record: Engine, key: str, reason: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        taken_out(record, key, reason)
    with reading(record) as connection:
        assert audit.lines(connection) == []
