"""What came back of messages, and what was let go: shown with the reason, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, select

from dondoc.web.dropped_words import dropped
from dondoc.web.message_words import MessageWords
from dondoc.web.words import page_words
from plans.bouncing import Report, take
from plans.store import writing
from plans.store.schema import assignments as a
from plans.terms import Delivery
from tests.builders import at
from tests.catching import end, finish_work, mine, owe, send
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.browsers import check_page, visitor
from tests.offices import furnish

DAY, NEXT = date(2025, 4, 1), date(2025, 4, 2)
WORDS = {
    "merged into reminder/so-y-te/2025-04-02/0123456789abcdef": (
        "đã gộp vào một thư mới hơn gửi cùng nơi nhận, nêu mọi nội dung vẫn còn đúng"
    ),
    "outdated: done on 2025-04-02": "nội dung không còn đúng: đã hoàn thành ngày 02/04/2025",
    "outdated: cancelled; the date was moved to 2025-06-30": (
        "nội dung không còn đúng: dừng, không thực hiện; thời hạn đã chuyển sang ngày 30/06/2025"
    ),
    "outdated: reported on 2025-04-02": "nội dung không còn đúng: đã báo cáo ngày 02/04/2025",
    "outdated: it is not this recipient’s any more": (
        "nội dung không còn đúng: nhiệm vụ đã giao cho cơ quan khác"
    ),
    "outdated: told already on 2025-04-02": "nội dung không còn đúng: đã nhắc ngày 02/04/2025",
    "outdated: the digest of 2025-04-14 followed": (
        "nội dung không còn đúng: đã có bản tin ngày 14/04/2025"
    ),
    "outdated: the week’s digest of 2025-04-07 was never sent": (
        "nội dung không còn đúng: bản tin ngày 07/04/2025 không gửi được đúng kỳ"
    ),
}


@pytest.mark.parametrize("error", WORDS)
def test_why_a_message_was_let_go_is_said(error: str) -> None:
    assert MessageWords(page_words("vi")).fault(error) == WORDS[error]
    english = dropped(page_words("en"), error)
    assert english and english != error and "%" not in english


def test_what_is_no_such_reason_is_none() -> None:
    words = page_words("vi")
    assert dropped(words, "recipient refused: 550") is None
    assert dropped(words, "outdated: some new reason") == "nội dung không còn đúng: some new reason"


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine, now=at(date(2025, 3, 28)))
    yield from serve(sqlite_engine, tmp_path)


@pytest.fixture
def office(served: Served) -> httpx.Client:
    return visitor(served, "coordinator")


def test_what_came_back_is_shown_with_its_message_and_its_mailbox(
    served: Served, office: httpx.Client
) -> None:
    with writing(served.engine) as connection:
        owe(connection, DAY)
        row = mine(connection)[0]
        end(connection, row.id, Delivery.SENT, at(DAY))
        ids, to = (row.message_id,), ("syt@x.vn",)
        delay = Report("a/0", ids, to, "delayed", "4.4.1", "timed out")
        assert take(connection, delay, at(DAY, 10)) == "delayed"
        failure = Report("b/0", ids, to, "failed", "5.1.1", "User <b>unknown</b>")
        assert take(connection, failure, at(DAY, 11)) == "bounced"
    page = office.get(f"/messages/{row.id}")
    check_page(page)
    assert "Phản hồi của máy chủ thư" in page.text
    assert "4.4.1 timed out" in page.text and "Thư đến chậm" in page.text
    assert "5.1.1 User &lt;b&gt;unknown&lt;/b&gt;" in page.text and "Thư không đến nơi" in page.text
    assert "Thư bị trả lại" in page.text  # why it failed
    listed = office.get("/messages")
    check_page(listed)
    assert 'id="bounced"' in listed.text and "syt@x.vn" in listed.text


def test_a_dropped_message_says_why(served: Served, office: httpx.Client) -> None:
    with writing(served.engine) as connection:
        owe(connection, DAY)
        mine_all = select(a.c.ref).where(a.c.department == "so-y-te")
        for ref in list(connection.execute(mine_all).scalars()):
            finish_work(connection, NEXT, ref)
        send(connection, NEXT)
        (row,) = mine(connection)
    assert row.state == "dropped"
    for path in (f"/messages/{row.id}", "/messages?state=dropped"):
        page = office.get(path)
        check_page(page)
        assert "Nội dung không còn đúng: đã hoàn thành ngày 02/04/2025" in page.text
