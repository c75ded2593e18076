"""What goes by a channel: short, the most urgent first, in both languages, with the way to all."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.short_messages import LONGEST, MOST_LINES, short, trial
from plans.messages import DigestContent, Line, ReminderContent, WebhookContent
from plans.terms import NoticeKind

DAY = date(2025, 4, 8)
LONG = (
    "Rà soát, sửa đổi, bổ sung quy trình tiếp nhận, xử lý và phản hồi thông tin về trẻ em có nguy "
    "cơ rơi vào hoàn cảnh đặc biệt trên địa bàn tỉnh, bảo đảm phù hợp quy định hiện hành"
)


def line(place: int = 0, days: int = -3, title: str = LONG) -> Line:
    return Line(
        assignment=f"a{place}",
        plan_number="61-CTr/TU",
        task_title=title,
        clause="Mục II",
        department="Sở Nông nghiệp và Môi trường",
        due=DAY + timedelta(days),
        days=days,
        percent=0,
        missing=("report",),
    )


def reminder(*lines: Line, kind: Any = NoticeKind.REMINDER) -> ReminderContent:
    name = "Sở Y tế"
    return ReminderContent(kind=kind, recipient="d", recipient_name=name, day=DAY, lines=lines)


def digest(**given: Any) -> DigestContent:
    facts: dict[str, Any] = {
        "role": "office",
        "recipient": "d",
        "recipient_name": "Văn phòng UBND tỉnh",
        "day": DAY,
        "week_start": DAY - timedelta(7),
        "plans": (),
        "overdue": (line(0), line(1, -9)),
        "overdue_total": 12,
        "due_next": (line(2, 4),),
        "due_next_total": 3,
        "waiting_review": 5,
        "undecided": 0,
        "unconfirmed": 0,
    }
    return DigestContent(**(facts | given))


def say(content: Any, language: str = "vi", most: int = LONGEST, link: str | None = None) -> Any:
    return short(content, language=language, base_url="https://x.vn/", link=link, most=most)


def test_a_reminder_names_the_most_urgent_first_and_ends_in_its_link() -> None:
    some = [line(n, days, f"Việc {n}") for n, days in enumerate((4, -2, 0, -30, 1, 2, 3))]
    found = say(reminder(*some), link="d.abc.def")
    rows = found.text.splitlines()
    assert rows[0] == "Kính gửi: Sở Y tế"
    assert rows[1] == "1. Việc 3 (quá hạn 30 ngày, thời hạn 09/03/2025)"
    assert rows[2].startswith("2. Việc 1 (quá hạn 02 ngày")
    assert rows[-2] == "và 02 nhiệm vụ khác"
    assert rows[-1].endswith("https://x.vn/l/d.abc.def")
    assert found.data["so_nhiem_vu"] == "07"
    assert found.data["so_qua_han"] == "02"
    assert found.data["lien_ket"] == "l/d.abc.def"


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("most", [LONGEST, 320])
def test_long_titles_fit(language: str, most: int) -> None:
    for content in (
        reminder(*(line(n) for n in range(40))),
        reminder(*(line(n) for n in range(40)), kind=NoticeKind.ESCALATION),
        digest(),
    ):
        found = say(content, language, most, "so-nong-nghiep-va-moi-truong.aGk2Xw." + "s" * 43)
        assert len(found.title) + 1 + len(found.text) <= most
        assert found.text.splitlines()[-1].startswith(("Xem", "Cập nhật", "See", "Report"))


def test_a_digest_counts_and_an_office_is_told_whose_they_are() -> None:
    found = say(digest(), "en")
    assert "overdue 12; waiting for review 5" in found.text
    assert "Sở Nông nghiệp và Môi trường" in found.text
    assert found.text.endswith("https://x.vn/assignments?class=open_overdue")
    assert "12 more tasks" in found.text


def test_a_webhooks_end_and_a_trial_say_what_they_are() -> None:
    ended = WebhookContent(
        recipient="d",
        recipient_name="Sở Y tế",
        day=DAY,
        name="kho",
        webhook="a",
        since=DAY,
        answer="HTTP 410",
        why="gone",
    )
    assert "HTTP 410" in say(ended).text
    assert "không cần xử lý" in trial("vi", "http://x.vn", "Sở Y tế", "08/04/2025").title


@given(
    titles=st.lists(st.text(max_size=400), max_size=8),
    most=st.integers(200, LONGEST),
    language=st.sampled_from(["vi", "en"]),
)
@settings(max_examples=30, deadline=None)
def test_whatever_titles_say_a_line_is_a_line(titles: list[str], most: int, language: str) -> None:
    found = say(reminder(*(line(n, -n, title) for n, title in enumerate(titles))), language, most)
    assert len(found.text.splitlines()) <= MOST_LINES + 3
    assert "\n" not in found.title
    assert all("\n" not in value for value in found.data.values())
