from __future__ import annotations

import re
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Literal

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po

from integrations import wording as words_module
from integrations.rendering import Rendered, bar, filled, render
from integrations.wording import LOCALE_DIR, wording
from plans.errors import InvalidInput
from plans.messages import (
    Change,
    Classes,
    DigestContent,
    Earlier,
    GroupBar,
    Line,
    PlanSection,
    ReminderContent,
    Silent,
)
from plans.terms import EventKind, NoticeKind, Silence

TODAY = date(2025, 6, 16)
BASE = "https://dondoc.example.vn"
HEALTH = "Sở Y tế (mô phỏng)"
SCHOOLS = "Sở Giáo dục và Đào tạo (mô phỏng)"
PARTY = "Ban Tuyên giáo và Dân vận Tỉnh ủy (mô phỏng)"
LONG_TITLE = (
    "Phát huy vai trò của Mặt trận Tổ quốc Việt Nam, các tổ chức chính trị - xã hội, hội quần "
    "chúng, Báo và Đài Phát thanh và Truyền hình tỉnh trong tuyên truyền chủ trương của Đảng, "
    "chính sách, pháp luật của Nhà nước về chăm sóc, giáo dục và bảo vệ trẻ em"
)


def line(days: int = -5, **given: Any) -> Line:
    facts: dict[str, Any] = {
        "assignment": "01J0A7",
        "plan_number": "61-CTr/TU",
        "task_title": "Duy trì, củng cố hệ thống cơ sở chăm sóc sức khỏe trẻ em",
        "clause": "mục II.4",
        "department": HEALTH,
        "due": TODAY + timedelta(days=days),
        "days": days,
        "percent": 40,
        "missing": ("report", "deliverable"),
    }
    return Line(**facts | given)


def three_lines() -> tuple[Line, ...]:
    return (
        line(deliverable="Báo cáo kết quả 6 tháng đầu năm", period="2025-H1"),
        line(0, assignment="01J0A8", task_title=LONG_TITLE, missing=("correction",), percent=80),
        line(
            3,
            assignment="01J0A9",
            plan_number="377/KH-UBND",
            task_title="Kiểm tra định kỳ và đột xuất các tổ chức, đơn vị liên quan",
            clause="điểm 5",
            missing=("report", "confirmation"),
            due_estimated=True,
            lead_unconfirmed=True,
            percent=0,
        ),
    )


def reminder(*lines: Line, **given: Any) -> ReminderContent:
    facts: dict[str, Any] = {
        "kind": NoticeKind.REMINDER,
        "recipient": "so-y-te",
        "recipient_name": HEALTH,
        "day": TODAY,
        "lines": lines or three_lines(),
    }
    return ReminderContent(**facts | given)


def escalation(*lines: Line) -> ReminderContent:
    before = (
        Earlier(day=date(2025, 6, 4), to=HEALTH),
        Earlier(day=date(2025, 6, 12), to="Giám đốc Sở Y tế (mô phỏng)"),
    )
    late = lines or (
        line(-12, earlier=before),
        line(-9, assignment="01J0B1", department=SCHOOLS, task_title=LONG_TITLE, earlier=before),
        line(-8, assignment="01J0B2", task_title="Đa dạng hóa các hình thức tuyên truyền"),
    )
    return reminder(
        *late,
        kind=NoticeKind.ESCALATION,
        recipient="ubnd-tinh",
        recipient_name="Lãnh đạo Ủy ban nhân dân tỉnh (mô phỏng)",
    )


def plan(**given: Any) -> PlanSection:
    groups = (
        ("Tăng cường lãnh đạo, chỉ đạo, quán triệt chủ trương của Đảng", 8, 0.75, (5, 1, 2, 0)),
        ("Đẩy mạnh tuyên truyền, nâng cao nhận thức, trách nhiệm", 9, 0.444, (3, 1, 4, 1)),
        ("Rà soát, hoàn thiện và thực hiện đầy đủ chính sách, pháp luật", 7, 0.286, (2, 0, 3, 2)),
        ("Thực hiện hiệu quả các chương trình, đề án, kế hoạch", 12, 0.25, (2, 1, 7, 2)),
        ("Đổi mới, nâng cao hiệu lực quản lý nhà nước", 6, 0.0, (0, 0, 6, 0)),
        (LONG_TITLE, 0, None, (0, 0, 0, 0)),
    )
    facts: dict[str, Any] = {
        "plan": "ctr-61",
        "number": "61-CTr/TU",
        "title": "Tăng cường công tác chăm sóc, giáo dục và bảo vệ trẻ em",
        "assignments": 42,
        "completion": 0.357,
        "completion_before": 0.31,
        "on_time_rate": 0.706,
        "reporting_rate": 0.917,
        "classes": classes(12, 3, 22, 5),
        "undecided": 2,
        "groups": tuple(
            GroupBar(title=title, assignments=n, completion=share, classes=classes(*four))
            for title, n, share, four in groups
        ),
    }
    return PlanSection(**facts | given)


def classes(on_time: int, late: int, going: int, overdue: int) -> Classes:
    return Classes(done_on_time=on_time, done_late=late, open_on_time=going, open_overdue=overdue)


def empty_plan() -> PlanSection:
    return plan(
        plan="qd-23",
        number="23/QĐ-TTg",
        title="Bảo vệ trẻ em giai đoạn 2026 - 2030",
        assignments=0,
        completion=None,
        completion_before=None,
        on_time_rate=None,
        reporting_rate=None,
        classes=classes(0, 0, 0, 0),
        undecided=0,
        groups=(),
    )


def digest(role: Literal["office", "department"] = "office", **given: Any) -> DigestContent:
    office = role == "office"
    facts: dict[str, Any] = {
        "role": role,
        "recipient": "vp-ubnd" if office else "so-y-te",
        "recipient_name": "Văn phòng Ủy ban nhân dân tỉnh (mô phỏng)" if office else HEALTH,
        "day": TODAY,
        "week_start": date(2025, 6, 9),
        "plans": (
            plan(),
            plan(
                plan="kh-377",
                number="377/KH-UBND",
                title="Thực hiện Khuyến nghị của Ủy ban về quyền trẻ em của Liên hợp quốc",
                completion=0.4,
                completion_before=0.4,
                undecided=0,
                groups=plan().groups[:3],
            ),
            empty_plan(),
        ),
        "overdue": (
            line(-21, missing=("report",)),
            line(-9, assignment="01J0B1", department=SCHOOLS, task_title=LONG_TITLE),
            line(-5, assignment="01J0B2", department=PARTY, missing=("correction",), percent=90),
            line(-1, assignment="01J0B3", department=HEALTH, period="2025-05", percent=0),
        ),
        "overdue_total": 10,
        "due_next": (line(2, department=SCHOOLS), line(4, lead_unconfirmed=True)),
        "due_next_total": 2,
        "waiting_review": 4,
        "undecided": 2,
        "unconfirmed": 3,
        "silent": (
            silent(HEALTH, Silence.NOT_ANSWERED, 3, last=date(2025, 5, 16)),
            silent(SCHOOLS, Silence.UNREACHABLE, 1, detail="quá 10 giây không có phản hồi"),
            silent(PARTY, Silence.INVALID, 0, detail="12 dòng sai phần trăm"),
        )
        if office
        else (),
        "changes": (
            change(EventKind.ACCEPTED, HEALTH, 100),
            change(EventKind.UPDATED, SCHOOLS, 60),
            change(EventKind.EXTENSION_REQUESTED, PARTY, None),
        ),
        "changes_total": 17,
        "bounced": ("vanthu@so-cu.example.vn (Sở Lao động, mô phỏng)",) if office else (),
    }
    return DigestContent(**facts | given)


def silent(
    name: str, reason: str, overdue: int, detail: str | None = None, last: date | None = None
) -> Silent:
    return Silent(department=name, reason=reason, detail=detail, overdue=overdue, last_answer=last)


def change(kind: str, name: str, percent: int | None) -> Change:
    return Change(
        day=date(2025, 6, 12),
        kind=kind,
        plan_number="61-CTr/TU",
        task_title="Đa dạng hóa các hình thức tuyên truyền, giáo dục",
        department=name,
        percent=percent,
    )


def shown(content: ReminderContent | DigestContent, language: str = "vi", **given: Any) -> Rendered:
    facts: dict[str, Any] = {"base_url": BASE, "unsubscribe_url": None}
    return render(content, language=language, **facts | given)
