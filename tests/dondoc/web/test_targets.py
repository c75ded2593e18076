"""The pages of targets: what they show to whom, and an owner's figure from typing to the record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, select

from dondoc.web.decimals import Unreadable, read_number, say_value, type_number
from dondoc.web.words import page_words
from plans.declaration import Baseline
from plans.declaration.plan import Statistic
from plans.store import reading
from plans.store.schema import measurements
from tests.builders import build_plan, build_target, build_title
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.browsers import check_page, visitor
from tests.dondoc.web.forms import Form, form_of
from tests.offices import furnish

TARGETS = (
    build_target("ty-le", baseline=Baseline(value=60), due_year=2030),
    build_target("nguoc", baseline=Baseline(value=90)),
    build_target("huong", comparator="decrease_to", value=None, unit="count"),
    build_target("so-vu", comparator="at_most", value=20, unit="count", sensitive=True),
    build_target("khong-ai", owner="so-cu", function="di-san"),
    build_target("tai-chinh", owner="so-tai-chinh"),
)
STATISTICS = (
    Statistic(
        id="tk-1",
        title=build_title("Số cuộc thanh tra"),
        qualifier="more_than",
        value=8145,
        unit="count",
        year=2023,
    ),
)
FIGURE = {"period": "2025-Q1", "value": "70,5", "source": "12/BC-SYT"}


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine, plan=build_plan(targets=TARGETS, statistics=STATISTICS))
    yield from serve(sqlite_engine, tmp_path)


@pytest.fixture
def owner(served: Served) -> httpx.Client:
    return visitor(served, "department", "so-y-te")


@pytest.fixture
def viewer(served: Served) -> httpx.Client:
    return visitor(served, "viewer")


def kept(served: Served) -> list[Any]:
    with reading(served.engine) as connection:
        return list(connection.execute(select(measurements).order_by(measurements.c.id)))


def form(client: httpx.Client, key: str = "ty-le") -> Form:
    return form_of(client.get(f"/targets/{key}"), f"/targets/{key}")


def card(page: httpx.Response, key: str) -> str:
    """One target's part of the page of all of them, without its tags."""
    html = page.text.split(f'id="target-{key}"')[1].split('class="box target"')[0]
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


# --- all of them --------------------------------------------------------------------------------


def test_each_target_is_shown_as_what_it_is(
    served: Served, owner: httpx.Client, viewer: httpx.Client
) -> None:
    form(owner).send(owner, **FIGURE)
    page = viewer.get("/targets")
    assert page.status_code == 200
    check_page(page)
    check_page(owner.get("/targets/ty-le"))
    assert "Chậm so với chỉ tiêu" not in card(page, "ty-le")
    assert "Đúng lộ trình" in card(page, "ty-le")
    assert "Kết quả quý I/2025: 70,5%; theo lộ trình đến thời điểm đó cần" in card(page, "ty-le")
    assert "Từ 80% trở lên, đến hết năm 2030" in card(page, "ty-le")
    assert "chỉ tiêu thấp hơn mức xuất phát" in card(page, "nguoc")
    assert "Chỉ nêu xu hướng" in card(page, "huong") and "không nêu con số" in card(page, "huong")
    assert "Chưa xác định cơ quan phụ trách" in card(page, "khong-ai")
    assert "trên 8.145" in page.text and "Số cuộc thanh tra" in page.text


def test_a_chart_has_its_table(owner: httpx.Client) -> None:
    form(owner).send(owner, **FIGURE)
    page = owner.get("/targets/ty-le").text
    rows = re.findall(r'data-day="([\d-]+)".*?data-value="([\d.]*)"', page, re.DOTALL)
    assert rows == [("2025-01-02", ""), ("2025-03-14", "70.5"), ("2030-12-14", "")]
    assert 'data-series="even"' in page and 'data-series="baseline"' in page


def test_filters_stand_in_the_address(owner: httpx.Client) -> None:
    form(owner).send(owner, **FIGURE)
    asked = {
        "?department=so-tai-chinh": {"tai-chinh"},
        "?course=direction": {"huong"},
        "?course=on_course": {"ty-le"},
        "?plan=mau&department=so-cu": {"khong-ai"},
        "?plan=khac": set(),
    }
    for query, wanted in asked.items():
        page = owner.get(f"/targets{query}").text
        assert set(re.findall(r'id="target-([\w-]+)"', page)) == wanted, query
    assert "Không có chỉ tiêu nào phù hợp" in owner.get("/targets?plan=khac").text


def test_small_counts_are_withheld_from_who_may_not_see_them(
    served: Served, owner: httpx.Client, viewer: httpx.Client
) -> None:
    note = "chỉ để nội bộ"
    form(owner, "so-vu").send(owner, period="2025-Q1", value="3", source="9/BC-SYT", note=note)
    assert note in owner.get("/targets/so-vu").text
    for path in ("/targets", "/targets/so-vu"):
        page = viewer.get(path).text
        assert "Không công bố" in page and note not in page
        assert 'data-value="3.0"' not in page and 'data-value="3"' not in page
        assert ">3<" not in page
    assert "course=withheld" in viewer.get("/targets").text
    office = visitor(served, "coordinator").get("/targets/so-vu").text
    assert note in office and "Đã đạt" in office


def test_english_is_complete(viewer: httpx.Client) -> None:
    page = viewer.get("/targets?lang=en").text
    assert "At least 80%, by the end of 2030" in page and "not measured yet" in page.lower()
    assert "more than 8,145" in page
    assert viewer.get("/targets/khong-co").status_code == 404


# --- giving a figure ----------------------------------------------------------------------------


def test_an_owner_gives_a_figure_and_corrects_it(served: Served, owner: httpx.Client) -> None:
    first = form(owner)
    answer = first.send(owner, **FIGURE)
    assert answer.status_code == 303 and answer.headers["location"].endswith("?done=measured")
    assert first.send(owner, **FIGURE).status_code == 303  # pressed twice
    assert [(row.value, row.n, row.source) for row in kept(served)] == [(70.5, 1, "12/BC-SYT")]
    form(owner).send(owner, period="2025-Q1", part="1.500", whole="2.000", source="13/BC-SYT")
    row = kept(served)[-1]
    assert (row.value, row.n, row.part, row.whole) == (75, 2, 1500, 2000)
    assert row.actor.startswith("user:")
    page = owner.get(answer.headers["location"]).text
    assert "Đã ghi nhận số liệu" in page and "đã được đính chính" in page
    assert page.index("13/BC-SYT") < page.index("12/BC-SYT")
    assert "Nguyễn Văn An" in page.split('id="history"')[1]


def test_what_a_figure_would_change_is_seen_before(served: Served, owner: httpx.Client) -> None:
    tried = form(owner).send(owner, **FIGURE | {"step": "preview"})
    assert tried.status_code == 200 and kept(served) == []
    effect = tried.text.split('id="effect"')[1].split("<form")[0]
    assert "Chưa có số liệu" in effect and "Đúng lộ trình" in effect
    again = form_of(tried, "/targets/ty-le")
    assert again.fields["value"] == "70,5" and again.fields["source"] == "12/BC-SYT"
    assert again.send(owner, step="save").status_code == 303
    earlier = {"period": "2024-Q4", "value": "10", "source": "1/BC", "step": "preview"}
    assert "Đã có số liệu của kỳ sau" in form(owner).send(owner, **earlier).text
    lower = form(owner).send(owner, **FIGURE | {"value": "59", "step": "preview"}).text
    assert "đính chính" in lower.split('id="effect"')[1].split("<form")[0]


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("value", "1.646", "là 1646 (một nghìn sáu trăm bốn mươi sáu) hoặc 1,646;"),
        ("value", "bảy mươi", "không phải là số"),
        ("value", "-5", "-5"),
        ("value", "", ""),
        ("period", "2031-Q1", ""),
        ("source", " ", ""),
        ("note", "Gọi số 0912 345 678", "0912"),
    ],
)
def test_bad_input_keeps_what_was_typed(
    served: Served, owner: httpx.Client, field: str, typed: str, said: str
) -> None:
    given = FIGURE | {"note": "Ghi chú <của tôi>"} | {field: typed}
    answer = form(owner).send(owner, **given)
    assert answer.status_code == 422 and kept(served) == []
    assert 'id="problems"' in answer.text and f'href="#field-{field}"' in answer.text
    assert said in answer.text
    again = form_of(answer, "/targets/ty-le").fields
    assert again["source"] == given["source"] and again["note"] == given["note"]
    if field != "period":
        assert again[field] == typed


def test_what_looks_personal_is_confirmed(served: Served, owner: httpx.Client) -> None:
    given = FIGURE | {"note": "Mã 0912 345 678"}
    asked = form(owner).send(owner, **given)
    assert 'name="confirm_personal_data"' in asked.text
    form_of(asked, "/targets/ty-le").send(owner, **given, confirm_personal_data="yes")
    assert len(kept(served)) == 1


def test_only_the_owner_gives_figures(
    served: Served, owner: httpx.Client, viewer: httpx.Client
) -> None:
    sent = form(owner)
    others = [visitor(served, "department", "so-tai-chinh"), visitor(served, "coordinator")]
    for client in (viewer, *others):
        assert 'name="source"' not in client.get("/targets/ty-le").text
        csrf = form_of(client.get("/targets"), "/sign-out").fields["csrf"]
        refused = sent.send(client, **FIGURE, csrf=csrf)
        assert refused.status_code == 403 and "Không có quyền" in refused.text
    assert sent.send(owner, **FIGURE, csrf="x").status_code == 403
    undecided = Form(f"{served.url}/targets/khong-ai", "post", sent.fields)
    assert undecided.send(owner, **FIGURE).status_code == 409
    assert kept(served) == []
    nobody = httpx.get(f"{served.url}/targets", headers={"Accept": "text/html"})
    assert nobody.status_code == 303 and "/sign-in" in nobody.headers["location"]


# --- numbers as people type them ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.646,5", 1646.5),
        ("1646.5", 1646.5),
        ("1646,5", 1646.5),
        ("1,646.5", 1646.5),
        ("97,2 %", 97.2),
        ("0,125", 0.125),
        ("1.646.500", 1_646_500),
        ("1646,500", 1646.5),
        ("−3", -3),
        ("", None),
        ("12", 12),
    ],
)
def test_numbers_are_read(text: str, value: float | None) -> None:
    assert read_number(text, unit="percent") == value


@pytest.mark.parametrize(
    "text",
    ["1.646", "1,646", "1.64.5", "1.646.50", "12.3456.1", "1e5", "½", "1,2,3", "٣", "1.646,5,0"],
)
def test_what_is_ambiguous_or_no_number_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_number(text, unit="percent")


def test_counts_part_thousands_and_figures_are_said_exactly() -> None:
    assert read_number("1.646", whole=True) == 1646
    with pytest.raises(Unreadable):
        read_number("1,646", whole=True)
    vi, en = page_words("vi"), page_words("en")
    assert say_value(vi, 0.45, "percent") == "0,45%" and say_value(vi, 10.5, "per_mille") == "10,5‰"
    assert say_value(vi, 1646, "VND") == "1.646 đồng" and say_value(en, 1646, "VND") == "VND 1,646"
    assert read_number(type_number(1646.125)) == 1646.125
