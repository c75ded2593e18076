"""Two days of a plan compared: figures, what changed and why, and what one may not see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from dondoc.web.comparing import Figure
from plans.store import writing
from plans.store.ledger import append
from plans.terms import EventKind
from tests.builders import build_event
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.browsers import check_page, visitor
from tests.offices import NOW, assignment, furnish

DAY = NOW.date()
LATER = NOW + timedelta(days=10)


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine)
    yield from serve(sqlite_engine, tmp_path)


def finish(served: Served, ref: str, day: date) -> str:
    key: str = assignment(served.engine, ref).id
    done = [
        build_event(EventKind.UPDATED, day, percent=40),
        build_event(EventKind.UPDATED, day, percent=100),
        build_event(EventKind.SUBMITTED, day, submitted_on=day.isoformat()),
        build_event(EventKind.ACCEPTED, day),
    ]
    with writing(served.engine) as connection:
        append(connection, {key: done})
    return key


def rows_of(answer: httpx.Response) -> list[str]:
    """The rows of all tables, as text."""
    rows = answer.text.split("<tr>")[1:]
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row.partition("</tr>")[0])) for row in rows]


def row_of(answer: httpx.Response, start: str) -> str:
    found = [row for row in rows_of(answer) if row.strip().startswith(start)]
    assert found, (start, rows_of(answer))
    return found[0]


def test_figures_and_causes(served: Served) -> None:
    key = finish(served, "mau/mot/so-y-te", DAY + timedelta(days=2))
    served.now = LATER
    page = visitor(served, "viewer").get(f"/plans/mau/compare?from={DAY}&to={LATER.date()}")
    assert page.status_code == 200
    check_page(page)
    done = row_of(page, "Hoàn thành quá hạn")
    assert re.findall(r"[\d+−]+", done) == ["0", "1", "+1"]
    completion = row_of(page, "Hoàn thành ")
    assert "0%" in completion and "điểm" in completion
    task = row_of(page, "Nhiệm vụ mot")
    assert "Đang thực hiện quá hạn" in task and "Hoàn thành quá hạn" in task
    assert "(2×)" in task and "18/04/2025" in task
    assert f'href="/assignments/{key}"' in page.text
    assert f'href="/plans/mau?as_of={DAY}"' in page.text


def test_a_due_date_that_passed_is_a_cause(served: Served) -> None:
    served.now = NOW + timedelta(days=40)
    page = visitor(served, "viewer").get(f"/plans/mau/compare?from={DAY}&to=2025-05-26")
    causes = [row for row in rows_of(page) if "Đã quá thời hạn" in row]
    assert causes and all("Đang thực hiện quá hạn" in row for row in causes)


def test_without_days_it_is_the_last_week(served: Served) -> None:
    page = visitor(served, "viewer").get("/plans/mau/compare")
    assert page.status_code == 200
    assert 'name="from" max="2025-04-16" value="2025-04-09"' in page.text
    assert 'name="to" max="2025-04-16" value="2025-04-16"' in page.text


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ("from=2025-04-01&to=2025-04-30", "to", "chưa đến"),
        ("from=2025-04-17", "from", "chưa đến"),
        ("from=x&to=2025-04-10", "from", "không hợp lệ"),
        ("from=2025-04-10&to=2025-04-01", "to", "đổi chỗ"),
    ],
)
def test_days_that_cannot_be_are_refused_beside_their_field(
    served: Served, query: str, field: str, said: str
) -> None:
    page = visitor(served, "viewer").get(f"/plans/mau/compare?{query}")
    assert page.status_code == 422
    error = re.search(rf'id="error-{field}">([^<]+)<', page.text)
    assert error and said in error[1]
    typed = dict(part.split("=") for part in query.split("&"))
    assert f'value="{typed[field]}"' in page.text
    assert "Nội dung thay đổi" in page.text


def test_a_department_sees_singly_only_what_concerns_it(served: Served) -> None:
    key = finish(served, "mau/mot/so-y-te", DAY + timedelta(days=2))
    served.now = LATER
    path = f"/plans/mau/compare?from={DAY}&to={LATER.date()}"
    page = visitor(served, "department", "so-tai-chinh").get(path)
    assert key not in page.text and "Nhiệm vụ mot" not in page.text
    assert "ngoài phạm vi được xem" in page.text
    # The figures are everybody's.
    assert re.findall(r"[\d+−]+", row_of(page, "Hoàn thành quá hạn")) == ["0", "1", "+1"]


def test_changes_come_in_pages(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dondoc.web.comparing.A_PAGE", 2)
    client, seen = visitor(served, "viewer"), list[str]()
    path = f"/plans/mau/compare?from=2025-01-05&to={DAY}"
    total = int(re.findall(r'class="soft">\((\d+)\)', client.get(path).text)[0])
    while path:
        page = client.get(path)
        table = page.text.partition("Nội dung thay đổi")[2]
        seen += re.findall(r'<th scope="row"><a href="/assignments/(\w+)"', table)
        following = re.search(r'rel="next" href="([^"]+)"', page.text)
        path = following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == total > 4


def test_in_english(served: Served) -> None:
    finish(served, "mau/mot/so-y-te", DAY)
    client = visitor(served, "viewer", language="en")
    page = client.get(f"/plans/mau/compare?from=2025-04-15&to={DAY}")
    assert "Completion accepted" in row_of(page, "Nhiệm vụ mot (en)")


def test_a_difference_is_good_bad_or_neither() -> None:
    assert Figure("x", 0.5, 0.62, share=True, good=True).difference == pytest.approx(12)
    assert Figure("x", 0.5, 0.5001, share=True, good=True).tone == ""
    assert Figure("x", 3, 5, good=False).tone == "down"
    assert Figure("x", 5, 3, good=False).tone == "up"
    assert Figure("x", None, 0.5, share=True).difference is None
