"""The overview: for the office at one glance; a department is sent to its own page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from plans.declared import Catalogue
from plans.identity.people import GrantIn
from plans.loading import load_catalogue
from plans.rolling import take_snapshot
from plans.store import writing
from plans.terms import Role
from tests.acts import submit
from tests.builders import at, build_departments
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.api.people import signed_in
from tests.offices import DAY, furnish

MOT = "mau/mot/so-y-te"


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine)
    yield from serve(sqlite_engine, tmp_path)


def visit(served: Served, role: str = "coordinator", **given: Any) -> httpx.Client:
    """A signed-in browser at the root of the site, in Vietnamese."""
    grant = GrantIn(role=Role(role), **given)
    client = signed_in(served, f"{role}{len(served.clients)}@x.example.vn", grants=(grant,))
    client.base_url = httpx.URL(served.url)
    client.headers["Accept"] = "text/html"
    return client


def text_of(page: httpx.Response) -> str:
    """What a page says, without its tags, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def figures(page: httpx.Response) -> list[str]:
    """The figures at the top."""
    values = re.findall(r'figure-value">(?:<a [^>]*>)?([^<]*)<', page.text)
    return [value.strip() for value in values]


def test_the_figures_lead_to_what_they_count(served: Served) -> None:
    submit(served.engine, served.id_of(MOT), day=date(2025, 4, 10))
    client = visit(served)
    page = client.get("/")
    assert page.status_code == 200
    assert figures(page) == ["11", "2", "1", "3", "0%"]
    hrefs = re.findall(r'figure-value"><a href="([^"]+)"', page.text)
    assert hrefs[0] == "/assignments?class=open_overdue" and hrefs[2] == "/review"
    for href, number in zip(hrefs[:2], ("(11)", "(2)"), strict=True):
        shown = client.get(href.replace("&amp;", "&"))
        assert shown.status_code == 200 and number in text_of(shown), href


def test_it_says_where_to_push(served: Served) -> None:
    submit(served.engine, served.id_of(MOT), day=date(2025, 4, 10))
    page = visit(served).get("/")
    said = text_of(page)
    assert "so-y-te 6 90 ngày" in said.replace(" </svg>", "")
    assert "Đã đề nghị, chưa có báo cáo".lower() in said.lower()
    assert "chưa được đề nghị báo cáo" in said
    assert "Nhiệm vụ mot so-y-te · đã chờ 06 ngày" in said
    assert "16/04/2025 2 so-tai-chinh (1), so-y-te (1)" in said
    assert 'href="/departments/so-y-te"' in page.text
    assert 'href="/assignments?plan=mau&amp;group=nhom-1"' in page.text


def test_the_numbers_of_a_bar_are_words_too(served: Served) -> None:
    page = visit(served).get("/")
    (label,) = re.findall(r'aria-label="01/KH: ([^"]*)"', page.text)
    assert label == (
        "hoàn thành đúng hạn 0, hoàn thành quá hạn 0, "
        "đang thực hiện trong hạn 4, đang thực hiện quá hạn 11"
    )


def test_a_trend_is_told_only_where_it_is_known(served: Served) -> None:
    client = visit(served)
    assert text_of(client.get("/")).count("chưa có số liệu tuần trước") == 2
    with writing(served.engine) as connection:
        take_snapshot(connection, DAY - timedelta(days=7), served.now)
    said = text_of(client.get("/"))
    assert "chưa có số liệu tuần trước" not in said
    assert said.count("tuần trước 0%, không thay đổi") == 2


def test_a_department_is_sent_to_its_own_page(served: Served) -> None:
    client = visit(served, "department", department="so-tai-chinh")
    answer = client.get("/", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/departments/so-tai-chinh"


def test_nobody_is_sent_to_sign_in(served: Served) -> None:
    client = served.with_token(None)
    client.base_url = httpx.URL(served.url)
    answer = client.get("/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


def test_a_coordinator_sees_its_own_plans(served: Served) -> None:
    page = visit(served, plans=("mau",)).get("/")
    assert "Kế hoạch mẫu" in page.text
    page = visit(served, plans=()).get("/")
    assert page.status_code == 200 and "Kế hoạch mẫu" not in page.text
    assert "so-y-te" not in page.text and "Chưa có kế hoạch nào" in page.text


def test_a_viewer_is_led_to_the_list_not_to_the_desk(served: Served) -> None:
    submit(served.engine, served.id_of(MOT), day=date(2025, 4, 10))
    page = visit(served, "viewer").get("/")
    assert "/assignments?review=submitted" in page.text and 'href="/review"' not in page.text


def test_the_wall_screen_loads_itself_anew(served: Served) -> None:
    client = visit(served)
    plain, wall = client.get("/"), client.get("/?wall=1")
    assert 'href="/?wall=1"' in plain.text and "hx-trigger" not in plain.text
    assert 'hx-trigger="every 300s"' in wall.text and 'hx-get="/?wall=1"' in wall.text
    assert "16/04/2025 09:00" in text_of(wall)


def test_in_english(served: Served) -> None:
    said = text_of(visit(served).get("/?lang=en"))
    assert "tasks are overdue" in said and "What is overdue, and at whom" in said
    assert "asked, has not reported" in said


def test_an_empty_record_says_what_to_do(sqlite_engine: Engine, tmp_path: Path) -> None:
    for served in serve(sqlite_engine, tmp_path):
        page = visit(served, "admin").get("/")
        assert page.status_code == 200
        assert "Chưa nạp danh mục đơn vị và kế hoạch nào." in page.text
        main = page.text.split("<main")[1]
        assert "dondoc plans load" in main and 'href="/admin/plans"' not in main
        with writing(served.engine) as connection:
            load_catalogue(connection, Catalogue(build_departments(), (), ()), served.now)
        page = visit(served, "admin").get("/")
        assert "Chưa có chương trình, kế hoạch nào được nạp." in page.text
        assert 'href="/admin/plans"' in page.text.split("<main")[1]
        assert "/admin/plans" not in visit(served, "viewer").get("/").text.split("<main")[1]


def test_a_plan_that_has_not_begun_does_not_run(served: Served) -> None:
    served.now = at(date(2024, 12, 1))
    client = visit(served)
    page = client.get("/")
    running = page.text.partition('id="running"')[2]
    assert "Chưa bắt đầu (từ 02/01/2025)" in running and 'class="box plan"' not in running
    assert 'href="/plans/mau"' in running and '<details class="ended"' not in running
    served.now = at(date(2025, 1, 2))
    assert 'class="box plan"' in visit(served, "viewer").get("/").text


def test_a_title_is_text(sqlite_engine: Engine, tmp_path: Path) -> None:
    from plans.declaration import Title
    from tests.builders import build_plan

    furnish(sqlite_engine, plan=build_plan(title=Title(vi="<b>Kế</b>", en="x")))
    for served in serve(sqlite_engine, tmp_path):
        page = visit(served).get("/")
        assert "&lt;b&gt;Kế&lt;/b&gt;" in page.text and "<b>Kế" not in page.text
