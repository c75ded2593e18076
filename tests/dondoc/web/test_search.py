"""The search page: what is found for whom, marked, escaped, and where it leads."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from plans.declaration import BasisDocument, Plan, SolutionGroup, Title
from tests.builders import build_plan, build_target, build_task, build_title
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.browsers import browser, check_page, visitor
from tests.offices import furnish


def plan() -> Plan:
    tasks = [
        build_task("tre", title=Title(vi="Bảo vệ trẻ em", en="Protect children")),
        build_task("kho", title=build_title("Chi <b>x</b> & trẻ em"), lead="so-tai-chinh"),
    ]
    many = [build_task(f"nhieu-{n}", title=build_title(f"Việc nhiều {n}")) for n in range(9)]
    return build_plan(
        number="61-CTr/TU",
        title=Title(vi="Chương trình mẫu", en="Sample programme"),
        groups=(
            SolutionGroup(id="nhom-1", title=build_title("Nhóm trẻ em"), tasks=tuple(tasks)),
            SolutionGroup(id="nhom-2", title=build_title("Nhóm khác"), tasks=tuple(many)),
        ),
        targets=(build_target("ti-le", title=Title(vi="Tỷ lệ trẻ em", en="Share of children")),),
        basis=(BasisDocument(title="Luật Trẻ em", number="102/2016/QH13"),),
    )


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine, plan=plan())
    yield from serve(sqlite_engine, tmp_path)


@pytest.fixture
def client(served: Served) -> httpx.Client:
    return visitor(served, "coordinator")


def ask(client: httpx.Client, q: str, **given: str) -> httpx.Response:
    page = client.get("/search", params={"q": q} | given)
    assert page.status_code == 200
    return page


def hits(page: httpx.Response) -> list[str]:
    main = page.text.partition("<main")[2]
    return re.findall(r'<li><a href="([^"]+)"', main)


@pytest.mark.parametrize(
    "q", ["tre em", "TRE EM", "trẻ em", " Trẻ   Em ", unicodedata.normalize("NFD", "trẻ em")]
)
def test_it_finds_however_it_is_typed(served: Served, client: httpx.Client, q: str) -> None:
    page = ask(client, q)
    check_page(page)
    refs = ("mau/kho/so-tai-chinh", "mau/tre/so-y-te")
    assert sorted(hits(page)[:2]) == sorted(f"/assignments/{served.id_of(ref)}" for ref in refs)
    group = "/assignments?plan=mau&amp;group=nhom-1"
    assert hits(page)[2:] == [group, "/targets/ti-le", "/plans/mau"]
    assert "Bảo vệ <mark>trẻ</mark> <mark>em</mark>" in page.text


def test_what_is_found_is_shown_as_text(client: httpx.Client) -> None:
    page = ask(client, "x b")
    assert (
        "Chi &lt;<mark>b</mark>&gt;<mark>x</mark>&lt;/<mark>b</mark>&gt; &amp; trẻ em" in page.text
    )
    evil = '"><script>alert(1)</script>'
    page = ask(client, evil)
    check_page(page)
    assert "<script>alert" not in page.text and "&lt;script&gt;alert(1)" in page.text
    assert "Không tìm thấy" in page.text


def test_it_says_what_to_do(client: httpx.Client) -> None:
    for q in ("", "   "):
        page = ask(client, q)
        check_page(page)
        assert "Nhập nội dung cần tìm" in page.text and not hits(page)
    page = ask(client, "không có gì như thế")
    check_page(page)
    assert "Không tìm thấy “không có gì như thế”" in page.text and not hits(page)
    assert 'href="/assignments"' in page.text


def test_it_says_what_is_searched(client: httpx.Client) -> None:
    for q in ("", "tre em"):
        page = ask(client, q)
        assert 'aria-describedby="hint-q"' in page.text
        assert "không tìm trong nội dung báo cáo" in page.text


def test_a_document_is_found_by_its_number(client: httpx.Client) -> None:
    page = ask(client, "61-ctr/tu")
    assert "/plans/mau" in hits(page) and "<mark>61-CTr/TU</mark>" in page.text
    page = ask(client, "102/2016/QH13")
    assert hits(page) == ["/plans/mau"] and "thuộc 61-CTr/TU" in page.text


def test_bodies_are_found_by_code_and_abbreviation(client: httpx.Client) -> None:
    assert "/departments/so-y-te" in hits(ask(client, "SO-Y-TE"))
    assert "/departments/van-phong" in hits(ask(client, "van-phong"))


def test_there_is_a_way_to_all(client: httpx.Client) -> None:
    page = ask(client, "viec nhieu")
    assert len(hits(page)) == 6
    assert 'href="/assignments?q=viec+nhieu"' in page.text
    assert "/assignments?q=" not in ask(client, "bao ve tre").text
    assert hits(ask(client, "tre em", of="target")) == ["/targets/ti-le"]


def test_each_sees_what_it_may(served: Served) -> None:
    theirs = f"/assignments/{served.id_of('mau/kho/so-tai-chinh')}"
    own = f"/assignments/{served.id_of('mau/tre/so-y-te')}"
    seen = hits(ask(visitor(served, "department", "so-y-te"), "tre em"))
    assert own in seen and theirs not in seen and "/targets/ti-le" in seen
    seen = hits(ask(visitor(served, "viewer"), "tre em"))
    assert own in seen and theirs in seen
    assert browser(served).get("/search?q=x").status_code == 303


def test_it_speaks_english(served: Served) -> None:
    client = visitor(served, "viewer", language="en")
    page = ask(client, "children")
    check_page(page, "en")
    assert "Protect <mark>children</mark>" in page.text
    assert "in 61-CTr/TU" in page.text and "Solution groups" not in page.text
    assert "Nothing is found for “nothing at all”" in ask(client, "nothing at all").text


def test_a_long_question_is_cut(client: httpx.Client) -> None:
    assert "Không tìm thấy" in ask(client, "ê" * 900).text
    assert client.get("/search", params={"q": "a\x00b"}).status_code == 404
