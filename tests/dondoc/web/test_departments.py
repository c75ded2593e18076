"""Bodies: the matrix of a plan, and one body's page, for the office and for itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, update

from plans.acting import Officer
from plans.reviewing import review
from plans.store import writing
from plans.store.schema import contacts
from tests.acts import submit
from tests.builders import build_department, build_departments, build_plan, build_task
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.test_overview import figures, text_of, visit
from tests.offices import furnish

MOT = "mau/mot/so-y-te"


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine)
    yield from serve(sqlite_engine, tmp_path)


def cells(page: httpx.Response, code: str) -> list[str]:
    """A body's cells in the matrix, by their titles."""
    row = next(one for one in page.text.split("<tr") if f'href="/departments/{code}"' in one)
    return re.findall(r'<td class="cell[^>]*>(?:<a [^>]*title="([^"]*)")?', row)


def test_each_cell_leads_to_what_it_counts(served: Served) -> None:
    client = visit(served)
    page = client.get("/departments")
    assert page.status_code == 200
    assert cells(page, "so-y-te") == [
        "so-y-te · Nhóm 1: đang thực hiện quá hạn 3",
        "so-y-te · Nhóm 2: đang thực hiện trong hạn 2, đang thực hiện quá hạn 3",
    ]
    link = "/assignments?plan=mau&group=nhom-2&department=so-y-te"
    assert link.replace("&", "&amp;") in page.text
    assert "(5)" in text_of(client.get(link))
    assert "worst-open_overdue" in page.text


def test_the_rows_come_worst_first_with_their_sums(served: Served) -> None:
    page = visit(served).get("/departments")
    table = page.text.split("<tbody>")[1].split("</tbody>")[0]
    order = re.findall(r'<th scope="row"><a href="/departments/([^"]+)"', table)
    assert order == ["so-y-te", "so-tai-chinh", "van-phong", "so-cu"]
    said = " ".join(re.sub(r"<[^>]+>", " ", table).split())
    assert said.startswith("Tổng cộng (04 cơ quan, đơn vị) 11 0%")
    assert "(1)" in cells_text(table, "so-cu")  # without a lead: outside the count


def cells_text(table: str, code: str) -> str:
    return next(one for one in table.split("<tr") if f'href="/departments/{code}"' in one)


def test_a_kind_and_a_plan_are_chosen_in_the_address(served: Served) -> None:
    client = visit(served)
    page = client.get("/departments?plan=mau&kind=van-phong")
    assert 'href="/departments/van-phong"' in page.text
    assert 'href="/departments/so-y-te"' not in page.text
    assert '<option value="van-phong" selected>' in page.text
    assert client.get("/departments?plan=none").status_code == 404
    nothing = client.get("/departments?plan=mau&kind=none")
    assert nothing.status_code == 200 and "Xem tất cả cơ quan, đơn vị" in nothing.text


def test_communes_are_one_row_until_they_are_asked_for(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    communes = [build_department(f"xa-{n:03}", kind="ubnd-xa-phuong") for n in range(100)]
    codes = tuple(one.code for one in communes)
    several = build_department("cac-xa", kind="lop", is_class=True, members={"codes": codes})
    plan = build_plan()
    task = build_task("xa", lead="van-phong", fan_out=("cac-xa",))
    group = plan.groups[0].model_copy(update={"tasks": (task,)})
    furnish(
        sqlite_engine,
        departments=build_departments(*communes, several),
        plan=build_plan(groups=(group, plan.groups[1])),
    )
    for served in serve(sqlite_engine, tmp_path):
        client = visit(served)
        page = client.get("/departments")
        assert "UBND xã, phường" in page.text and "100 cơ quan, đơn vị" in text_of(page)
        assert "/departments/xa-" not in page.text
        seen: list[str] = []
        address = "/departments?plan=mau&kind=ubnd-xa-phuong"
        while address:
            page = client.get(address)
            table = page.text.split("<tbody>")[1].split("</tbody>")[0]
            rows = re.findall(r'href="/departments/(xa-\d+)"', table)
            assert 0 < len(rows) <= 60
            seen += rows
            further = re.search(r'rel="next" href="([^"]+)"', page.text)
            address = further[1].replace("&amp;", "&") if further else ""
        assert seen == sorted(codes)


def test_everybody_sees_figures_and_only_its_own_work(served: Served) -> None:
    client = visit(served, "department", department="so-tai-chinh")
    assert client.get("/departments").status_code == 200
    page = client.get("/departments/so-y-te")
    assert page.status_code == 200 and figures(page)[0] == "6"
    assert "Nhiệm vụ thuong-xuyen" not in page.text and "Việc của đơn vị" not in page.text
    own = client.get("/departments/so-tai-chinh")
    assert "Nhiệm vụ khong-tham-dinh" in own.text and "Việc của đơn vị" in own.text


def test_ones_work_is_the_most_urgent_first(served: Served) -> None:
    key = served.id_of(MOT)
    submit(served.engine, key, day=date(2025, 4, 10))
    with writing(served.engine) as connection:
        note = "Thiếu <b>số liệu</b>"
        review(connection, key, "return", actor=Officer("user:9"), now=served.now, note=note)
    submit(served.engine, served.id_of("mau/chung/so-y-te"), day=date(2025, 4, 10))
    page = visit(served, "department", department="so-y-te").get("/departments/so-y-te")
    ids = re.findall(r'<h2 id="([^"]+)"', page.text)
    assert ids == ["returned", "overdue", "soon", "waiting", "later"]
    assert "Thiếu &lt;b&gt;số liệu&lt;/b&gt;" in page.text
    assert f'href="/assignments/{key}#report"' in page.text
    reports = re.findall(r'href="/assignments/(\w+)#report"', page.text)
    assert reports[0] == key and served.id_of("mau/chung/so-y-te") not in reports
    office = visit(served).get("/departments/so-y-te")
    assert "#report" not in office.text and "Thiếu &lt;b&gt;" in office.text


def test_mailboxes_are_for_the_office(served: Served) -> None:
    with writing(served.engine) as connection:
        connection.execute(update(contacts).values(bounced_at=served.now))
    page = visit(served, "admin").get("/departments/so-y-te")
    assert "syt@x.vn" in page.text and "không gửi được từ 16/04/2025" in text_of(page)
    for role, given in (("viewer", {}), ("department", {"department": "so-y-te"})):
        assert "syt@x.vn" not in visit(served, role, **given).get("/departments/so-y-te").text


def test_before_and_after(served: Served) -> None:
    client = visit(served)
    page = client.get("/departments/so-y-te")
    assert "Tiếp nhận nhiệm vụ từ" in page.text and 'href="/departments/so-cu"' in page.text
    assert "đến ngày 28/02/2025" in text_of(page)
    ended = client.get("/departments/so-cu")
    assert "kết thúc hoạt động ngày 28/02/2025" in ended.text
    assert 'href="/departments/so-y-te"' in ended.text
    assert 'href="/departments/van-phong"' in page.text
    assert client.get("/departments/none").status_code == 404


def test_what_is_done_comes_in_pages(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    from dondoc.web import departments

    monkeypatch.setattr(departments, "DONE", 1)
    for ref in (MOT, "mau/chung/so-y-te"):
        submit(served.engine, served.id_of(ref), day=date(2025, 3, 20))
        with writing(served.engine) as connection:
            actor = Officer("user:9")
            review(connection, served.id_of(ref), "accept", actor=actor, now=served.now)
    client, seen = visit(served), []
    address = "/departments/so-y-te"
    while address:
        page = client.get(address)
        part = page.text.split('<h2 id="done"')[1]
        seen += re.findall(r'<th scope="row"><a href="/assignments/(\w+)"', part)
        further = re.search(r'rel="next" href="([^"]+)"', page.text)
        address = further[1].replace("&amp;", "&") if further else ""
    assert sorted(seen) == sorted(served.id_of(ref) for ref in (MOT, "mau/chung/so-y-te"))
    assert len(seen) == 2


def test_in_english(served: Served) -> None:
    client = visit(served)
    assert "All together" in client.get("/departments?lang=en").text
    page = client.get("/departments/so-y-te?lang=en")
    assert "Overdue tasks" in page.text and "Took over from" in page.text


def test_an_empty_record_says_what_to_do(sqlite_engine: Engine, tmp_path: Path) -> None:
    for served in serve(sqlite_engine, tmp_path):
        page = visit(served, "admin").get("/departments")
        assert page.status_code == 200 and 'href="/admin/plans"' in page.text
