"""The list of assignments: by what the address says, in pages, and as a table to keep."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from dondoc.web import listing
from plans.declaration import Title
from tests.acts import submit
from tests.builders import build_plan, build_task
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.forms import form_of
from tests.dondoc.web.test_overview import text_of, visit
from tests.offices import furnish

MOT = "mau/mot/so-y-te"
EVERY = 16


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine)
    yield from serve(sqlite_engine, tmp_path)


def ids(page: httpx.Response) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/assignments/(\w+)"', page.text)


def rows_of(answer: httpx.Response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.parametrize(
    "query",
    [
        "",
        "plan=mau&group=nhom-2",
        "task=mot",
        "department=so-y-te",
        "supporting=so-tai-chinh",
        "class=open_overdue",
        "work=not_started",
        "review=submitted",
        "lead_status=unconfirmed",
        "lead_status=undecided",
        "due_before=2025-03-31",
        "due_after=2025-03-30&due_before=2025-04-01",
        "q=nhiem vu mot",
        "q=so-tai-chinh",
        "flagged=true",
    ],
)
def test_a_filter_lists_what_the_api_lists(served: Served, query: str) -> None:
    submit(served.engine, served.id_of(MOT), day=date(2025, 4, 10))
    page = visit(served).get(f"/assignments?{query}")
    assert page.status_code == 200
    items = served.client("coordinator").get(f"assignments?{query}").json()["items"]
    assert ids(page) == [one["id"] for one in items]
    assert f"({len(items)})" in text_of(page)


def test_what_is_still_owed(served: Served) -> None:
    key = served.id_of(MOT)
    client = visit(served)
    assert key in ids(client.get("/assignments?owed=1"))
    submit(served.engine, key, day=date(2025, 4, 10))
    page = client.get("/assignments?owed=1")
    assert key not in ids(page) and served.id_of("mau/cu-di-san/so-cu") not in ids(page)
    assert len(ids(page)) == EVERY - 2


def test_a_row_says_all_of_it(served: Served) -> None:
    submit(served.engine, served.id_of(MOT), day=date(2025, 4, 10), percent=70)
    page = visit(served).get("/assignments?task=mot")
    said = text_of(page)
    for part in ("Nhiệm vụ mot", "01/KH", "so-y-te", "31/03/2025", "Đang thực hiện quá hạn"):
        assert part in said
    assert "đã trình, chờ thẩm định" in said and "70%" in said
    assert 'aria-label="Bỏ điều kiện lọc: Nhiệm vụ"' in page.text


def test_a_form_that_is_sent_leaves_a_short_address(served: Served) -> None:
    client = visit(served)
    client.follow_redirects = True
    form = form_of(client.get("/assignments"), "/assignments")
    answer = form.send(client, department="so-tai-chinh", q="khong-tham")
    assert answer.status_code == 200
    assert answer.url.query == b"q=khong-tham&department=so-tai-chinh"
    again = form_of(answer, "/assignments")
    assert again.fields["department"] == "so-tai-chinh" and again.fields["q"] == "khong-tham"
    assert len(ids(answer)) == 5


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("class=late", "Giá trị lọc không hợp lệ"),
        ("due_before=31/03/2025", "Giá trị lọc không hợp lệ"),
        ("cursor=none", "Không có vị trí này trong danh sách"),
        ("colour=red", "Không có bộ lọc này"),
        (f"q={'x' * 201}", "Nội dung quá dài"),
    ],
)
def test_what_is_no_filter_is_said_and_the_rest_kept(served: Served, query: str, said: str) -> None:
    page = visit(served).get(f"/assignments?department=so-y-te&{query}")
    assert page.status_code == 422 and said in page.text
    assert '<option value="so-y-te" selected>' in page.text
    assert ids(page) == []


def test_pages_go_on_where_one_ends(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "A_PAGE", 7)
    client, seen, address = visit(served), list[str](), "/assignments?plan=mau"
    while address:
        page = client.get(address)
        assert len(ids(page)) <= 7 and "(16)" in text_of(page)
        seen += ids(page)
        further = re.search(r'rel="next" href="([^"]+)"', page.text)
        address = further[1].replace("&amp;", "&") if further else ""
    assert len(seen) == len(set(seen)) == EVERY


def test_very_many_are_not_counted(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "A_PAGE", 2)
    monkeypatch.setattr(listing, "MOST_COUNTED", 10)
    assert "(hơn 10)" in text_of(visit(served).get("/assignments"))


def test_a_department_sees_what_it_leads_or_supports(served: Served) -> None:
    client = visit(served, "department", department="so-tai-chinh")
    page = client.get("/assignments")
    items = served.client("department", "so-tai-chinh").get("assignments").json()["items"]
    assert ids(page) == [one["id"] for one in items] and 0 < len(items) < EVERY
    assert ids(client.get("/assignments?department=so-y-te")) == []
    lines = rows_of(client.get("/assignments?format=csv"))
    assert len(lines) == 1 + len(items)
    stranger = visit(served, plans=())
    assert ids(stranger.get("/assignments")) == []
    assert len(rows_of(stranger.get("/assignments?format=csv"))) == 1


def test_the_table_to_keep(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "A_CHUNK", 3)
    client = visit(served)
    page = client.get("/assignments?department=so-y-te")
    (address,) = re.findall(r'href="([^"]+)" download', page.text)
    answer = client.get(address.replace("&amp;", "&"))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "assignments-2025-04-16.csv" in answer.headers["content-disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbf")
    head, *lines = rows_of(answer)
    assert head[0] == "Ký hiệu" and len(lines) == len(ids(page)) == 8
    (one,) = (line for line in lines if line[0] == MOT)
    assert one[3] == "Nhiệm vụ mot" and one[6] == "2025-03-31"
    assert one[8] == "đang thực hiện quá hạn"
    monkeypatch.setattr(listing, "MOST", 5)
    assert len(rows_of(client.get("/assignments?format=csv"))) == 1 + 5


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("x";"y")'])
def test_no_cell_is_a_formula(sqlite_engine: Engine, tmp_path: Path, title: str) -> None:
    plan = build_plan()
    task = build_task("mot", title=Title(vi=title, en="x"))
    group = plan.groups[0].model_copy(update={"tasks": (task,)})
    furnish(sqlite_engine, plan=build_plan(groups=(group, plan.groups[1])))
    for served in serve(sqlite_engine, tmp_path):
        _, *lines = rows_of(visit(served).get("/assignments?task=mot&format=csv"))
        assert [line[3] for line in lines] == [f"'{title}"]


def test_nobody_is_sent_to_sign_in_and_back(served: Served) -> None:
    client = served.with_token(None)
    client.base_url = httpx.URL(served.url)
    answer = client.get("/assignments?plan=mau", follow_redirects=False)
    assert answer.headers["location"] == "/sign-in?next=%2Fassignments%3Fplan%3Dmau"


def test_in_english(served: Served) -> None:
    page = visit(served).get("/assignments?lang=en&task=mot")
    assert "In progress, overdue" in page.text and "Without filters" in page.text


def test_nothing_found_says_what_to_do(served: Served) -> None:
    page = visit(served).get("/assignments?q=khongcogi")
    assert "Không có nhiệm vụ phù hợp" in page.text and 'href="/assignments"' in page.text
