"""Calendars as text, of entries that are made up: written by us, read by the library."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from icalendar import Calendar, vText

from integrations.calendar_feed import render
from plans.calendar_entries import Contents, Entry
from plans.calendar_feeds import Sample
from plans.terms import Review, Timeliness, Work
from tests.builders import ZONE

DAY = date(2025, 4, 16)
MADE = datetime(2025, 4, 1, 2, 30, tzinfo=UTC)
BASE = "https://dondoc.example.vn"
LONG = (
    "Tham mưu Ủy ban nhân dân tỉnh ban hành Kế hoạch triển khai thực hiện Nghị quyết số 57-NQ/TW; "
    "rà soát, sửa đổi, bổ sung các quy định, cơ chế, chính sách về đột phá phát triển khoa học, "
    "công nghệ, đổi mới sáng tạo và chuyển đổi số quốc gia trên địa bàn tỉnh"
)
ENTRY = Entry(
    key="2a73etppf2ees3mlmglq3yd5",
    title=("Xây dựng kế hoạch", "Draw up the plan"),
    period=None,
    plan="377/KH-UBND",
    group=("Nhóm 1; thể chế, chính sách", "Group 1"),
    lead=("Sở Y tế", "Department of Health"),
    short="SYT",
    deliverable="Kế hoạch",
    due=date(2025, 4, 25),
    due_estimated=False,
    original_due=date(2025, 4, 25),
    kind=Timeliness.OPEN_ON_TIME,
    work=Work.IN_PROGRESS,
    review=Review.NONE,
    percent=40,
    done_on=None,
    sequence=3,
    modified=MADE,
    alarms=(date(2025, 4, 21), date(2025, 4, 25)),
)


def sample(kind: str = "event", **given: Any) -> Sample:
    fields: dict[str, Any] = {
        "name": "Sở Y tế",
        "department": "so-y-te",
        "plan": None,
        "kind": kind,
    }
    return Sample(**fields | {"language": "vi", "created_at": MADE} | given)


def contents(*entries: Entry, **given: Any) -> Contents:
    fields: dict[str, Any] = {
        "total": len(entries),
        "record": "0123456789ab",
        "on": DAY,
        "modified": MADE,
    }
    return Contents(entries, **fields | given)


def written(*entries: Entry, kind: str = "event", total: int = 0, **given: Any) -> bytes:
    found = contents(*entries, total=total or len(entries))
    return render(sample(kind, **given), found, BASE, ZONE)


def read(raw: bytes) -> tuple[Any, list[Any]]:
    """The calendar and what stands in it, by the library."""
    found = Calendar.from_ical(raw)
    return found, list(found.subcomponents)


def escaped(text: str) -> str:
    """Text as it stands in a line; of names that begin with X- readers leave it so."""
    return vText(text).to_ical().decode()


def only(*entries: Entry, kind: str = "event", **given: Any) -> Any:
    [one] = read(written(*entries or (ENTRY,), kind=kind, **given))[1]
    return one


DONE: dict[str, Any] = {
    "work": Work.DONE,
    "review": Review.ACCEPTED,
    "percent": 100,
    "done_on": date(2025, 4, 2),
}
