from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
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
from plans.identity.links import sign_link
from plans.messages import (
    AnyContent,
    Change,
    Classes,
    DigestContent,
    Earlier,
    GroupBar,
    Held,
    Line,
    PlanSection,
    ReminderContent,
    Silent,
    WebhookContent,
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
        "overdue_at": (Held(department=HEALTH, tasks=7), Held(department=SCHOOLS, tasks=3)),
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


def webhook(**given: Any) -> WebhookContent:
    facts: dict[str, Any] = {
        "recipient": "so-y-te",
        "recipient_name": "Sở Y tế",
        "day": TODAY,
        "name": "Hệ thống của Sở",
        "webhook": "0a1b2c3d4e5f",
        "since": TODAY,
        "answer": "HTTP 503",
        "why": "failing",
    }
    return WebhookContent(**facts | given)


def shown(content: AnyContent, language: str = "vi", **given: Any) -> Rendered:
    facts: dict[str, Any] = {"base_url": BASE, "unsubscribe_url": None}
    return render(content, language=language, **facts | given)


MESSAGES: dict[str, AnyContent] = {
    "reminder": reminder(),
    "escalation": escalation(),
    "office": digest(),
    "department": digest("department"),
    "webhook": webhook(),
    "empty": digest(
        plans=(empty_plan(),),
        overdue=(),
        overdue_total=0,
        due_next=(),
        due_next_total=0,
        waiting_review=0,
        undecided=0,
        unconfirmed=0,
        silent=(),
        changes=(),
        changes_total=0,
        bounced=(),
    ),
}


@pytest.fixture(params=["vi", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=sorted(MESSAGES))
def content(request: pytest.FixtureRequest) -> AnyContent:
    return MESSAGES[request.param]


class Page(HTMLParser):
    """A page's visible text, its links, and whether its tags are balanced."""

    VOID = ("meta", "br")
    HIDDEN = ("style", "title")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not set(self.open) & set(self.HIDDEN):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def links(self) -> list[str | None]:
        return [attrs["href"] for tag, attrs in self.found if tag == "a"]


def both(rendered: Rendered) -> tuple[str, str]:
    """What a person reads in either form, on one line each."""
    return " ".join(rendered.text.split()), Page(rendered.html).text


# --- every message, in both languages --------------------------------------------------------


def test_the_html_stands_alone(content: AnyContent, language: str) -> None:
    html = shown(content, language, unsubscribe_url=f"{BASE}/u/x").html
    page = Page(html)
    assert dict(page.found)["html"]["lang"] == language
    assert all(str(link).startswith(BASE) for link in page.links())
    assert "://" not in html.replace(BASE, "")
    allowed = "html head meta title style body div table tr td h1 h2 p a span strong br"
    assert {tag for tag, _ in page.found} <= set(allowed.split())
    assert not re.search(r"url\(|@import|src=|cid:|onload|javascript", html)
    for tag, attrs in page.found:
        assert tag != "table" or attrs["role"] == "presentation"


def test_the_text_is_plain(content: AnyContent, language: str) -> None:
    text = shown(content, language).text
    assert not re.search(r"<|>|&\w+;|None|\n\n\n|[ \t]\n(?<!-- \n)", text)
    assert "://" not in text.replace(BASE, "")
    assert text.endswith("\n")


def test_nobody_is_left_in_the_wrong_language(content: AnyContent) -> None:
    for words in both(shown(content, "vi")):
        words = re.sub(r"https?://\S+", "", words)
        assert not re.search(r"\b(overdue|task|report|due|the|of|plan|week)\b", words, re.I)
    for words in both(shown(content, "en")):
        assert not re.search("nhiệm vụ quá hạn|thời hạn|Kính gửi|tuần", words)


def test_nothing_of_the_machine_shows(content: AnyContent, language: str) -> None:
    for words in both(shown(content, language)):
        assert not re.search(r"None|\bnan\b|%\(|\{\{|not_answered|open_on_time|extension_", words)


def test_the_subject_is_one_short_line(content: AnyContent, language: str) -> None:
    subject = shown(content, language).subject
    assert subject.isprintable()
    assert len(subject) < 120
    assert "16/06/2025" in subject


def test_who_may_stop_the_mail_is_told_how(language: str) -> None:
    without, with_link = shown(digest(), language), None
    with_link = shown(digest(), language, unsubscribe_url=f"{BASE}/u/x?a=1&b=2")
    assert f"{BASE}/u/x?a=1&b=2" in with_link.text
    assert f"{BASE}/u/x?a=1&b=2" in Page(with_link.html).links()
    assert "/u/x" not in without.text + without.html


def test_a_messages_links_bear_the_recipients_token(language: str) -> None:
    for content in (reminder(), digest("department")):
        found = shown(content, language, link="so-y-te.token")
        for text in (found.text, found.html):
            assert f"{BASE}/l/so-y-te.token/assignments/" in text
            assert f"{BASE}/assignments" not in text
        # What is not the recipient's own is not opened by its link.
        plans = [str(one) for one in Page(found.html).links() if "/plans/" in str(one)]
        assert all(one.startswith(f"{BASE}/plans/") for one in plans)
    whole = shown(digest("department", overdue_total=999), language, link="so-y-te.token").text
    assert f"{BASE}/l/so-y-te.token/assignments?class=open_overdue" in whole


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(InvalidInput, match="fr"):
        shown(reminder(), "fr")


# --- reminders -------------------------------------------------------------------------------


def test_a_reminder_says_what_is_due_and_what_is_missing() -> None:
    rendered = shown(reminder(), office="Văn phòng Ủy ban nhân dân tỉnh (mô phỏng)")
    assert rendered.subject == (
        "Đôn đốc: 03 nhiệm vụ (01 quá hạn, 01 đến hạn hôm nay, 01 sắp đến hạn) (16/06/2025)"
    )
    for words in both(rendered):
        for expected in (
            "Kính gửi: Sở Y tế (mô phỏng)",
            "Quý cơ quan chủ trì 03 nhiệm vụ cần báo cáo kết quả, trong đó 01 nhiệm vụ đã quá hạn.",
            "Văn phòng Ủy ban nhân dân tỉnh (mô phỏng) trân trọng đề nghị",
            "Quá hạn 05 ngày",
            "Đến hạn hôm nay",
            "Còn 03 ngày",
            "thời hạn 19/06/2025 (dự kiến theo lịch ước tính)",
            "Số: 61-CTr/TU, mục II.4",
            "Kỳ báo cáo: 6 tháng đầu năm 2025",
            "Sản phẩm: Báo cáo kết quả 6 tháng đầu năm",
            "chưa có báo cáo; chưa có sản phẩm",
            "báo cáo bị trả lại, chưa bổ sung, chỉnh sửa",
            "Tiến độ đã báo cáo: 80%",
            "đề nghị Quý cơ quan xác nhận hoặc nêu rõ cơ quan cần chủ trì",
            "ghi rõ không phát sinh",
            "Trân trọng./.",
        ):
            assert expected in words
    assert f"{BASE}/assignments/01J0A9" in rendered.text
    assert f"{BASE}/assignments/01J0A9" in Page(rendered.html).links()


def test_the_given_order_is_kept(language: str) -> None:
    titles = [f"Nhiệm vụ thứ {name}" for name in ("ba", "nhất", "hai")]
    lines = [line(n, task_title=title) for n, title in enumerate(titles)]
    for words in both(shown(reminder(*lines), language)):
        body = words[words.index("1." if "1." in words else "16/06/2025") :]
        places = [body.rindex(title) for title in titles]
        assert places == sorted(places)


@pytest.mark.parametrize(
    ("days", "vi", "en"),
    [
        (-21, "Quá hạn 21 ngày", "21 days overdue"),
        (-1, "Quá hạn 01 ngày", "1 day overdue"),
        (0, "Đến hạn hôm nay", "Due today"),
        (1, "Còn 01 ngày", "1 day left"),
        (10, "Còn 10 ngày", "10 days left"),
    ],
)
def test_days_left_and_late(days: int, vi: str, en: str) -> None:
    for words in both(shown(reminder(line(days)))):
        assert vi in words
    for words in both(shown(reminder(line(days)), "en")):
        assert en in words


@pytest.mark.parametrize(
    ("days", "subject"),
    [
        ((-1, -2), "Đôn đốc: 02 nhiệm vụ quá hạn (16/06/2025)"),
        ((0,), "Nhắc việc: 01 nhiệm vụ đến hạn hôm nay (16/06/2025)"),
        ((3,) * 12, "Nhắc việc: 12 nhiệm vụ sắp đến hạn (16/06/2025)"),
    ],
)
def test_subjects(days: tuple[int, ...], subject: str) -> None:
    assert shown(reminder(*map(line, days))).subject == subject


def test_marks_show_only_where_they_apply(language: str) -> None:
    plain = shown(reminder(line()), language)
    marked = shown(reminder(line(due_estimated=True, lead_unconfirmed=True)), language)
    for sign in ("ước tính|estimated", "chưa được xác nhận|not yet confirmed"):
        assert all(re.search(sign, words) for words in both(marked))
        assert not any(re.search(sign, words) for words in both(plain))


def test_a_period_without_a_label_is_shown_as_it_stands() -> None:
    for key, name in (("2025-Q2~2", "quý II/2025"), ("đợt 1", "đợt 1")):
        for words in both(shown(reminder(line(period=key)))):
            assert f"Kỳ báo cáo: {name} " in words


def test_an_escalation_names_the_late_and_what_was_sent_before() -> None:
    rendered = shown(escalation())
    assert rendered.subject == "Báo cáo: 03 nhiệm vụ quá hạn tại 02 cơ quan, đơn vị (16/06/2025)"
    for words in both(rendered):
        assert f"tại: {HEALTH} 02 nhiệm vụ; {SCHOOLS} 01 nhiệm vụ." in words
        assert (
            f"Đã đôn đốc: ngày 04/06/2025, gửi {HEALTH}; "
            "ngày 12/06/2025, gửi Giám đốc Sở Y tế (mô phỏng)"
        ) in words
        assert f"Đơn vị chủ trì: {SCHOOLS}" in words
        assert "kính báo cáo và đề nghị xem xét, chỉ đạo" in words
        assert "Quý cơ quan" not in words


def test_an_escalation_of_one_body_names_it_in_the_subject() -> None:
    assert HEALTH in shown(escalation(line(-12), line(-8))).subject


def test_a_reminder_about_nothing_still_reads() -> None:
    for words in both(shown(reminder().model_copy(update={"lines": ()}))):
        assert "không có nhiệm vụ cần đôn đốc" in words


# --- digests ---------------------------------------------------------------------------------


def test_the_offices_digest_begins_with_what_is_late_and_where() -> None:
    rendered = shown(digest())
    assert rendered.subject == (
        "Bản tin tuần ngày 16/06/2025: 10 nhiệm vụ quá hạn, 03 đơn vị chưa có báo cáo"
    )
    for words in both(rendered):
        for expected in (
            "10 nhiệm vụ quá hạn, 03 đơn vị chưa có báo cáo",
            f"Nhiệm vụ quá hạn tại: {HEALTH} 07 nhiệm vụ; {SCHOOLS} 03 nhiệm vụ.",
            "Nêu 04 trong tổng số 10 nhiệm vụ.",
            f"{HEALTH}: chưa có báo cáo; đã báo cáo 40%",
            f"{HEALTH} : đã đề nghị, chưa có báo cáo",
            "03 nhiệm vụ quá hạn; báo cáo gần nhất ngày 16/05/2025",
            "không kết nối được với hệ thống của đơn vị (quá 10 giây không có phản hồi)",
            "dữ liệu gửi đến không hợp lệ (12 dòng sai phần trăm)",
            "không có nhiệm vụ quá hạn; chưa từng báo cáo",
            "04 báo cáo đã gửi, chờ thẩm định.",
            "02 nhiệm vụ cần quyết định đơn vị chủ trì.",
            "03 nhiệm vụ có đơn vị chủ trì chưa được xác nhận.",
            "Thay đổi từ ngày 09/06/2025",
            "cập nhật tình hình thực hiện (60%)",
            "Nêu 03 trong tổng số 17 thay đổi.",
            "tuần trước 31%, tăng 4,7 điểm phần trăm",
            "tuần trước 40%, không thay đổi",
            "tỷ lệ đúng hạn 70,6%",
            "tỷ lệ báo cáo 91,7%",
            "02 nhiệm vụ cần quyết định đơn vị chủ trì (chưa tính vào số liệu trên).",
            "Chưa có nhiệm vụ được tính.",
            "vanthu@so-cu.example.vn (Sở Lao động, mô phỏng)",
        ):
            assert expected.replace(" :", ":").casefold() in words.replace(" :", ":").casefold()


def test_a_whole_list_is_not_called_cut() -> None:
    for words in both(shown(digest(overdue_total=4, changes_total=3))):
        assert "trong tổng số" not in words


def test_a_digest_without_trouble_says_so() -> None:
    rendered = shown(MESSAGES["empty"])
    assert rendered.subject.endswith("không có nhiệm vụ quá hạn")
    for words in both(rendered):
        assert "Không có nhiệm vụ đến hạn trong 07 ngày tới." in words
        assert "Không ghi nhận thay đổi." in words
        assert "Chưa có nhiệm vụ được tính." in words
        assert "không kết nối" not in words


def test_a_department_sees_its_own_only() -> None:
    leaking = digest("department", silent=digest().silent, bounced=digest().bounced)
    rendered = shown(leaking)
    assert rendered == shown(digest("department"))
    for words in both(rendered):
        assert "so-cu" not in words
        assert "không kết nối được" not in words
        assert "cần quyết định" not in words
        assert re.search("cần xác nhận chủ trì", words, re.I)
    assert "đơn vị" not in rendered.subject


def test_the_four_classes_stand_beside_their_bar() -> None:
    text, html = both(shown(digest(plans=(plan(),))))
    named = {
        "hoàn thành đúng hạn": "12",
        "hoàn thành quá hạn": "03",
        "đang thực hiện trong hạn": "22",
        "đang thực hiện quá hạn": "05",
    }
    for name, n in named.items():
        assert f"{n} {name}" in html
        assert f"{name[0].upper()}{name[1:]}: {n}" in text


def test_figures_that_are_not_known() -> None:
    unknown = plan(completion=None, completion_before=None, on_time_rate=None, reporting_rate=None)
    for words in both(shown(digest(plans=(unknown,)))):
        assert "tỷ lệ đúng hạn —" in words
        assert "chưa có số liệu tuần trước" in words
        assert "Tỷ lệ hoàn thành: " in words


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        (0.385, 0.42, "tuần trước 38,5%, tăng 3,5 điểm phần trăm"),
        (0.42, 0.385, "tuần trước 42%, giảm 3,5 điểm phần trăm"),
        (0.42, 0.4203, "tuần trước 42%, không thay đổi"),
        (0.0, 1.0, "tuần trước 0%, tăng 100 điểm phần trăm"),
    ],
)
def test_the_trend(before: float, now: float, words: str) -> None:
    section = plan(completion=now, completion_before=before)
    assert all(words in form for form in both(shown(digest(plans=(section,)))))


def test_words_of_a_newer_or_older_record_are_shown_as_they_stand() -> None:
    odd = digest(silent=(silent(HEALTH, "asleep", 0),), changes=(change("split", HEALTH, None),))
    for words in both(shown(odd)):
        assert "asleep" in words
        assert "split" in words


def test_a_long_digest_is_not_clipped() -> None:
    """Gmail cuts messages at 102 kB; lists have at most 25 lines, titles rarely 120 letters."""
    lines = tuple(line(-n, task_title=LONG_TITLE[:120], department=PARTY) for n in range(1, 26))
    long = digest(
        plans=tuple(plan() for _ in range(5)),
        overdue=lines,
        due_next=lines,
        silent=tuple(silent(PARTY, Silence.ERROR, n, detail="x" * 80) for n in range(300)),
        changes=tuple(change(EventKind.UPDATED, PARTY, n) for n in range(25)),
    )
    assert len(shown(long).html.encode()) < 102_000


def test_a_plan_without_a_number_is_named_by_its_title() -> None:
    name = "Công tác trẻ em năm 2024"
    unnumbered = plan(number=name, title=name)
    for words in both(shown(digest(plans=(unnumbered,), overdue=(line(plan_number=name),)))):
        assert f"Văn bản: {name}, mục II.4" in words
        assert f"Số: {name}" not in words
        assert words.count(f"Văn bản: {name}") == 1


def test_many_silent_bodies_are_counted_not_listed() -> None:
    many = tuple(silent(f"Xã {n}.", Silence.NOT_ANSWERED, 1) for n in range(300))
    for words in both(shown(digest(silent=many))):
        assert "300 đơn vị chưa có báo cáo" in words
        assert "Nêu 25 trong tổng số 300 đơn vị." in words
        assert "Xã 24." in words
        assert "Xã 25." not in words


# --- bars ------------------------------------------------------------------------------------


def test_bars_are_full_only_when_all_is_done() -> None:
    assert bar(0.42) == "[########............]"
    assert bar(None) == bar(0.0) == f"[{'.' * 20}]"
    assert bar(1.0) == f"[{'#' * 20}]"
    assert bar(0.999) == f"[{'#' * 19}.]"
    assert bar(0.0001) == f"[#{'.' * 19}]"
    assert [filled(share, 100) for share in (None, 0.0, 0.001, 0.5, 0.999, 1.0)] == [
        0,
        0,
        1,
        50,
        99,
        100,
    ]


def test_bars_are_cells_whose_widths_make_a_whole() -> None:
    html = shown(digest(plans=(plan(),))).html
    widths = [
        sum(int(width) for width in re.findall(r'<td width="(\d+)%" bgcolor', row))
        for row in re.findall(r"<tr>(?:(?!<tr|</tr).)*bgcolor.*?</tr>", html, re.S)
    ]
    assert len(widths) == 1 + len(plan().groups)
    assert all(99 <= width <= 101 for width in widths)


# --- hostile text ----------------------------------------------------------------------------

HOSTILE = '<script>alert("x")</script>\n\nKính gửi: ai đó\r\nBcc: x@y.vn\u2028a & b\x00'


def poisoned() -> list[AnyContent]:
    """Messages whose every free text is hostile."""
    bad = line(
        plan_number=HOSTILE,
        task_title=HOSTILE,
        clause=HOSTILE,
        department=HOSTILE,
        period=HOSTILE,
        deliverable=HOSTILE,
        earlier=(Earlier(day=TODAY, to=HOSTILE),),
        assignment=HOSTILE,
    )
    group = GroupBar(title=HOSTILE, assignments=1, completion=0.5, classes=Classes())
    return [
        reminder(bad, recipient_name=HOSTILE),
        escalation(bad),
        digest(
            recipient_name=HOSTILE,
            plans=(plan(plan=HOSTILE, number=HOSTILE, title=HOSTILE, groups=(group,)),),
            overdue=(bad,),
            due_next=(bad,),
            silent=(silent(HOSTILE, HOSTILE, 1, detail=HOSTILE),),
            changes=(
                change("x", HOSTILE, 1).model_copy(
                    update={"task_title": HOSTILE, "plan_number": HOSTILE, "kind": HOSTILE}
                ),
            ),
            bounced=(HOSTILE,),
        ),
        webhook(name=HOSTILE, recipient_name=HOSTILE, answer=HOSTILE),
    ]


@pytest.mark.parametrize("hostile", poisoned(), ids=["reminder", "escalation", "digest", "webhook"])
def test_hostile_text_stays_text(hostile: AnyContent, language: str) -> None:
    rendered = shown(hostile, language, office=HOSTILE)
    page = Page(rendered.html)
    assert "script" not in dict(page.found)
    assert '<script>alert("x")</script> Kính gửi: ai đó Bcc: x@y.vn a & b' in page.text
    assert rendered.subject.isprintable()
    assert "\x00" not in rendered.text + rendered.html
    for row in rendered.text.splitlines()[1:]:
        assert not row.strip().startswith(("Kính gửi: ai đó", "Bcc:"))
    assert all(str(link).startswith(BASE) for link in page.links())


# --- words -----------------------------------------------------------------------------------


def test_numbers_and_dates_as_offices_write_them() -> None:
    vi, en = wording("vi"), wording("en")
    assert (vi.number(1646.5), en.number(1646.5)) == ("1.646,5", "1,646.5")
    assert (vi.percent(0.972), en.percent(0.972)) == ("97,2%", "97.2%")
    assert (vi.percent(None), vi.percent(0.0), vi.percent(1.0)) == ("—", "0%", "100%")
    assert vi.percent(0.9999) == "99,9%"
    assert [vi.count(n) for n in (0, 1, 9, 10, 1646)] == ["0", "01", "09", "10", "1.646"]
    assert [en.count(n) for n in (0, 1, 1646)] == ["0", "1", "1,646"]
    assert vi.day(date(2026, 2, 5)) == en.day(date(2026, 2, 5)) == "05/02/2026"


def test_every_word_of_the_domain_has_a_text() -> None:
    assert set(words_module.REASONS) == set(Silence)
    assert set(words_module.CHANGES) == set(EventKind)
    missing = Line.model_fields["missing"].annotation
    assert all(key in str(missing) for key in words_module.MISSING)
    assert set(words_module.CLASSES) == set(Classes.model_fields)


def used() -> set[Any]:
    """Every text that the code and the templates ask for."""
    room = Path(words_module.__file__).parent
    keywords = {**DEFAULT_KEYWORDS, "marked": None}
    found: set[Any] = set()
    # Reports have a catalogue of their own (``test_report_word.py``).
    mine = [path for path in room.glob("*.py") if not path.name.startswith("report_")]
    for path in [*mine, *(room / "templates").iterdir()]:
        method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
        options = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
        with path.open("rb") as file:
            for _, message, _, _ in extract(method, file, keywords=keywords, options=options):
                found.add(message)
    return found


def test_the_catalogue_holds_exactly_what_is_used() -> None:
    with (LOCALE_DIR / "vi" / "LC_MESSAGES" / "dondoc.po").open("rb") as file:
        messages = [message for message in read_po(file, locale="vi") if message.id]
    assert len(used()) > 100
    assert {m.id if isinstance(m.id, str) else tuple(m.id) for m in messages} == used()
    for message in messages:
        texts = [message.string] if isinstance(message.string, str) else message.string
        assert texts and all(texts), message.id
        assert not message.fuzzy, message.id
        assert len(texts) == 1, message.id
        names = set(re.findall(r"%\((\w+)\)s", str(message.id)))
        assert set(re.findall(r"%\((\w+)\)s", str(texts[0]))) == names, message.id


def test_a_very_long_reminder_stays_under_what_mail_programs_cut() -> None:
    long = reminder(*(line(task_title="Nhiệm vụ dài " * 9) for _ in range(489)))
    found = shown(long, link=sign_link("a" * 40, "so-giao-duc-va-dao-tao", datetime.now(UTC)))
    assert len(found.html.encode()) < 100_000
    assert "40 trong tổng số 489" in found.html
    assert found.text.count("/assignments/") == 489


def test_who_ends_a_webhook_is_said_apart() -> None:
    gone = shown(webhook(why="gone", answer="HTTP 410"))
    assert gone.subject == "Kết nối: kết nối webhook “Hệ thống của Sở” đã bị ngừng (16/06/2025)"
    assert "không nhận thông báo nữa (HTTP 410)" in gone.text
    assert "quá 24 giờ" in shown(webhook()).text
    assert "Messages to the receiving system have failed" in shown(webhook(), "en").text
