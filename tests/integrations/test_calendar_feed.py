"""Calendars as text: what they say of an assignment."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from integrations.calendar_feed import tag
from plans.terms import Outside, Review, Timeliness, Work
from tests.builders import ZONE
from tests.calendar_texts import BASE, DONE, ENTRY, contents, only, read, written


def test_an_event_lies_on_its_due_date_and_keeps_nobody_busy() -> None:
    one = only()
    assert (one.decoded("dtstart"), one.decoded("dtend")) == (ENTRY.due, date(2025, 4, 26))
    assert one["dtstart"].params["VALUE"] == "DATE"
    assert one["summary"] == "Xây dựng kế hoạch"
    assert (one["status"], one["transp"], one["sequence"]) == ("CONFIRMED", "TRANSPARENT", 3)
    assert one["uid"] == "2a73etppf2ees3mlmglq3yd5-event@0123456789ab.dondoc"
    assert one["url"] == f"{BASE}/assignments/{ENTRY.key}"
    assert one["description"].splitlines() == [
        "Thời hạn: 25/04/2025",
        "Tình trạng: đang thực hiện trong hạn; đã báo cáo 40%",
        "Đơn vị chủ trì: Sở Y tế",
        "Sản phẩm: Kế hoạch",
        "Văn bản: 377/KH-UBND",
        "Nhóm nhiệm vụ, giải pháp: Nhóm 1; thể chế, chính sách",
        f"{BASE}/assignments/{ENTRY.key}",
    ]
    assert one.categories == ["377/KH-UBND", "Đang thực hiện trong hạn"]


def test_a_task_bears_how_far_it_is() -> None:
    one = only(kind="todo")
    assert (one.name, one.decoded("due")) == ("VTODO", ENTRY.due)
    assert (one["status"], one["percent-complete"]) == ("IN-PROCESS", 40)
    assert not {"dtstart", "completed", "priority"} & {name.lower() for name in one}
    assert one["uid"].startswith(f"{ENTRY.key}-todo@")


@pytest.mark.parametrize(
    ("given", "mark", "status", "event"),
    [
        ({"work": Work.NOT_STARTED, "percent": 0}, "", "NEEDS-ACTION", "CONFIRMED"),
        ({"kind": Timeliness.OPEN_OVERDUE}, "[Quá hạn] ", "IN-PROCESS", "CONFIRMED"),
        ({"review": Review.SUBMITTED}, "[Chờ thẩm định] ", "IN-PROCESS", "CONFIRMED"),
        (DONE | {"kind": Timeliness.DONE_ON_TIME}, "[Đã hoàn thành] ", "COMPLETED", "CONFIRMED"),
        (DONE | {"kind": Timeliness.DONE_LATE}, "[Hoàn thành quá hạn] ", "COMPLETED", "CONFIRMED"),
        (
            {"kind": Outside.SUSPENDED, "work": Work.SUSPENDED},
            "[Tạm dừng] ",
            "NEEDS-ACTION",
            "CONFIRMED",
        ),
        (
            {"kind": Outside.CANCELLED, "work": Work.CANCELLED},
            "[Dừng thực hiện] ",
            "CANCELLED",
            "CANCELLED",
        ),
        (
            {"kind": Outside.UNDECIDED, "lead": None},
            "[Chưa có chủ trì] ",
            "IN-PROCESS",
            "CONFIRMED",
        ),
    ],
)
def test_its_state_is_told_in_words_and_in_the_programs_own(
    given: dict[str, Any], mark: str, status: str, event: str
) -> None:
    entry = replace(ENTRY, **given)
    one = only(entry, kind="todo")
    assert one["summary"] == f"{mark}Xây dựng kế hoạch"
    assert one["status"] == status
    assert only(entry)["status"] == event and only(entry)["summary"] == one["summary"]
    assert ("completed" in one) is (status == "COMPLETED")
    assert one.get("priority") == (1 if entry.kind is Timeliness.OPEN_OVERDUE else None)


def test_only_what_was_accepted_is_completed() -> None:
    """Thunderbird counts 100 % as completed, whatever the status says."""
    assert only(replace(ENTRY, percent=100), kind="todo")["percent-complete"] == 99
    done = only(replace(ENTRY, kind=Timeliness.DONE_ON_TIME, **DONE), kind="todo")
    assert done["percent-complete"] == 100
    assert done.decoded("completed").astimezone(ZONE).date() == date(2025, 4, 2)


@pytest.mark.parametrize("kind", ["todo", "event"])
def test_it_reminds_in_the_morning_of_the_ladders_days(kind: str) -> None:
    alarms = only(kind=kind).walk("VALARM")
    assert [one.decoded("trigger") for one in alarms] == [
        timedelta(days=-4, hours=8),
        timedelta(hours=8),
    ]
    assert {one["action"] for one in alarms} == {"DISPLAY"}
    assert {one["description"] for one in alarms} == {"thời hạn 25/04/2025"}
    # A task without a beginning has nothing but its end to count from.
    related = {one["trigger"].params.get("RELATED") for one in alarms}
    assert related == ({"END"} if kind == "todo" else {None})


def test_an_extended_date_moves_the_same_event() -> None:
    later = replace(ENTRY, due=date(2025, 5, 30), sequence=5)
    before, after = only(), only(later)
    assert before["uid"] == after["uid"] and after["sequence"] > before["sequence"]
    assert after.decoded("dtstart") == date(2025, 5, 30)
    assert "(thời hạn ban đầu 25/04/2025)" in after["description"]


def test_a_plans_calendar_names_the_leads() -> None:
    one = only(department=None, plan="mau")
    assert one["summary"] == "Xây dựng kế hoạch – SYT"
    english = only(department=None, plan="mau", language="en")
    assert english["summary"] == "Draw up the plan – SYT"
    assert "Lead: Department of Health" in english["description"]


def test_the_calendar_says_who_it_is_and_how_often_to_come() -> None:
    found, _ = read(written(ENTRY, name="Sở A, B; C\\D"))
    assert (found["version"], found["method"], found["calscale"]) == ("2.0", "PUBLISH", "GREGORIAN")
    assert found["prodid"] == "-//Dondoc//Dondoc//VI"
    assert found["name"] == "Sở A, B; C\\D"
    assert found["x-wr-timezone"] == "Asia/Ho_Chi_Minh"
    assert found.decoded("refresh-interval") == timedelta(hours=1)
    assert found["x-published-ttl"] == "PT1H"
    assert found["url"] == f"{BASE}/departments/so-y-te"
    # The library leaves names that begin with X- as they are: they are text as well.
    assert rb"X-WR-CALNAME:" + r"Sở A\, B\; C\\D".encode() in written(ENTRY, name="Sở A, B; C\\D")


def test_nothing_to_do_is_a_calendar_still() -> None:
    found, within = read(written())
    assert within == [] and found["x-wr-calname"] == "Sở Y tế"


def test_its_tag_changes_with_whatever_changes_its_text() -> None:
    row = type("Row", (), {"id": "x", "name": "a", "kind": "todo", "language": "vi"})()
    first = tag(row, contents(ENTRY), BASE)
    assert first == tag(row, contents(replace(ENTRY)), BASE)
    others = [
        tag(row, contents(replace(ENTRY, percent=41)), BASE),
        tag(row, contents(replace(ENTRY, alarms=())), BASE),
        tag(row, contents(ENTRY, total=2), BASE),
        tag(row, contents(ENTRY), "https://other.example.vn"),
    ]
    assert len({first, *others}) == 5
