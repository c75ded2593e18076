"""The pages of plans: which run, one with its tasks, now and as it was, and who sees what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from plans.declaration import BasisDocument, Statistic
from plans.loading import load_catalogue
from plans.store import writing
from plans.store.ledger import append
from plans.terms import EventKind
from tests.builders import at, build_event, build_plan, build_target, build_title
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.browsers import browser, check_page, visitor
from tests.dondoc.web.forms import form_of
from tests.offices import NOW, assignment, furnish
from tests.plans.store.test_amending import amended, catalogue_of

PLAN = build_plan(
    assumed=("coordinator",),
    basis=(BasisDocument(title="Luật Trẻ em", number="102/2016/QH13", issued=date(2016, 4, 5)),),
    targets=(build_target("ty-le"),),
    statistics=(
        Statistic(
            id="so-cuoc", title=build_title("Số cuộc"), qualifier="exact", value=8145, unit="count"
        ),
    ),
)
LATER = NOW + timedelta(days=5)


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine, plan=PLAN)
    yield from serve(sqlite_engine, tmp_path)


def finish(served: Served, day: date) -> str:
    """Accept the report on the first task, on a day."""
    key: str = assignment(served.engine, "mau/mot/so-y-te").id
    done = [
        build_event(EventKind.UPDATED, day, percent=100),
        build_event(EventKind.SUBMITTED, day, submitted_on=day.isoformat()),
        build_event(EventKind.ACCEPTED, day),
    ]
    with writing(served.engine) as connection:
        append(connection, {key: done})
    return key


def text_of(answer: httpx.Response) -> str:
    """What a page says, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def row_of(answer: httpx.Response, title: str) -> str:
    """What the row of a task says."""
    rows = [row for row in answer.text.split("<tr>") if title in row.partition("</th>")[0]]
    assert rows, title
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", rows[-1]))


def test_plans_that_run_come_first_and_those_that_ended_are_folded(served: Served) -> None:
    client = visitor(served, "coordinator")
    page = client.get("/plans")
    assert page.status_code == 200 and '<details class="ended"' not in page.text
    said = text_of(page)
    assert "01/KH Kế hoạch mẫu" in said and "02/01/2025" in said and "UBND" in said
    assert 'href="/plans/mau?class=open_overdue"' in page.text
    served.now = at(date(2026, 2, 1))
    assert '<details class="ended"' in visitor(served, "viewer").get("/plans").text


def test_a_plan_that_has_not_begun_stands_apart(served: Served) -> None:
    soon = "Chưa bắt đầu (từ 02/01/2025)"
    served.now = at(date(2025, 1, 1))
    client = visitor(served, "coordinator")
    page = client.get("/plans")
    running, heading, ahead = page.text.partition(f"<h2>{soon}</h2>")
    assert heading and 'href="/plans/mau"' in ahead
    assert 'href="/plans/mau"' not in running.partition("<main")[2]
    assert soon in text_of(client.get("/plans/mau"))
    served.now = at(date(2025, 1, 2))
    client = visitor(served, "viewer")
    assert soon not in client.get("/plans").text + client.get("/plans/mau").text


def test_nobody_sees_plans_without_signing_in(served: Served) -> None:
    client = browser(served)
    for path in ("/plans", "/plans/mau", "/plans/mau/timeline", "/plans/mau/compare"):
        answer = client.get(path, follow_redirects=False)
        assert answer.status_code == 303 and "/sign-in" in answer.headers["location"]


def test_a_plan_shows_its_document_its_figures_and_its_tasks(served: Served) -> None:
    page = visitor(served, "coordinator").get("/plans/mau")
    said = text_of(page)
    for text in ("Luật Trẻ em", "102/2016/QH13", "van-phong", "mau.pdf", "Nhóm 1", "Nhóm 2"):
        assert text in said
    assert "Tạm xác định, văn bản không nêu: cơ quan đầu mối" in said
    one = row_of(page, "Nhiệm vụ mot")
    assert "Đang thực hiện quá hạn" in one and "31/03/2025" in one and "so-y-te" in one
    assert "văn bản không nêu: sản phẩm" in one
    many = row_of(page, "Nhiệm vụ chung")
    assert "hoàn thành 0/3" in many and "Từng đơn vị: cac-so" in many
    assert "chưa xác định cơ quan chủ trì" in row_of(page, "Nhiệm vụ cu-di-san")
    assert "Thường xuyên, báo cáo hằng tháng" in row_of(page, "Nhiệm vụ thuong-xuyen")
    assert f'href="/assignments/{assignment(served.engine, "mau/mot/so-y-te").id}"' in page.text
    assert 'href="/assignments?plan=mau&amp;task=chung"' in page.text
    assert 'href="/targets?plan=mau"' in page.text and "8.145" in said
    assert '<figure class="chart" data-chart="line"' in page.text
    check_page(page)


def test_in_english(served: Served) -> None:
    said = text_of(visitor(served, "coordinator").get("/plans/mau?lang=en"))
    assert "Kế hoạch mẫu (en)" in said and "Ongoing, reported every month" in said
    assert "Assumed, not stated in the document: coordinating body" in said


def test_filters_stay_in_the_address(served: Served) -> None:
    client = visitor(served, "coordinator")

    def tasks(**given: str) -> set[str]:
        page = client.get("/plans/mau", params=given)
        assert page.status_code == 200
        return set(re.findall(r"Nhiệm vụ ([\w-]+)</", page.text))

    assert len(tasks()) == 6
    assert tasks(group="nhom-2") == {"thuong-xuyen", "khong-tham-dinh"}
    assert tasks(q="nhiem vu MOT") == {"mot"}
    assert "mot" in tasks(**{"class": "open_overdue"})
    assert tasks(**{"class": "done_late"}) == set()
    assert tasks(department="so-tai-chinh") == {"chung", "khong-tham-dinh"}
    assert "cu-di-san" not in tasks(open="1") and "mot" in tasks(open="1")
    page = client.get("/plans/mau?q=mot&group=", follow_redirects=True)
    assert str(page.url).endswith("/plans/mau?q=mot")
    assert form_of(page, "/plans/mau").fields["q"] == "mot"
    assert 'class="empty"' in client.get("/plans/mau?q=khongcogi").text


def test_as_of_shows_what_was_recorded_by_then(served: Served) -> None:
    finish(served, LATER.date())
    served.now = LATER + timedelta(days=3)
    client = visitor(served, "coordinator")
    now = client.get("/plans/mau")
    assert "Hoàn thành quá hạn" in row_of(now, "Nhiệm vụ mot")
    then = client.get(f"/plans/mau?as_of={NOW.date()}")
    assert "Đang thực hiện quá hạn" in row_of(then, "Nhiệm vụ mot")
    assert "Số liệu ghi nhận đến hết ngày 16/04/2025" in text_of(then)
    assert f"compare?from={NOW.date()}&amp;to={served.now.date()}" in then.text
    overdue = client.get(f"/plans/mau?as_of={NOW.date()}&class=open_overdue")
    assert "Nhiệm vụ mot" in overdue.text
    assert "Nhiệm vụ mot" not in client.get("/plans/mau?class=open_overdue").text
    today = client.get(f"/plans/mau?as_of={served.now.date()}")
    assert "Số liệu ghi nhận đến hết ngày" not in text_of(today)
    # The links from a past day keep it.
    assert f"as_of={NOW.date()}&amp;group=nhom-1" in then.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [("2025-04-17", "chưa đến"), ("20250416", "không hợp lệ"), ("2025-02-30", "không hợp lệ")],
)
def test_a_day_that_cannot_be_is_refused_beside_its_field(
    served: Served, typed: str, said: str
) -> None:
    page = visitor(served, "coordinator").get(f"/plans/mau?as_of={typed}&group=nhom-1")
    assert page.status_code == 422
    error = re.search(r'id="error-as_of">([^<]+)<', page.text)
    assert error and said in error[1]
    assert f'value="{typed}"' in page.text and 'aria-describedby="error-as_of"' in page.text
    assert "Nhiệm vụ mot" in page.text and "Nhiệm vụ thuong-xuyen" not in page.text


@pytest.mark.parametrize("query", ["class=late", "when=now", "cursor=x", "group=" + "x" * 99])
def test_what_cannot_be_asked_is_refused(served: Served, query: str) -> None:
    assert visitor(served, "coordinator").get(f"/plans/mau?{query}").status_code == 422


def test_a_department_sees_the_state_of_what_concerns_it_alone(served: Served) -> None:
    finish(served, NOW.date())
    client = visitor(served, "department", "so-tai-chinh")
    page = client.get("/plans/mau")
    assert page.status_code == 200
    hidden = row_of(page, "Nhiệm vụ mot")
    assert "ngoài phạm vi được xem" in hidden and "hạn</" not in hidden and "100%" not in hidden
    key = assignment(served.engine, "mau/mot/so-y-te").id
    assert key not in page.text
    partly = row_of(page, "Nhiệm vụ chung")
    assert "và 2 nhiệm vụ ngoài phạm vi được xem" in partly
    for kind in ("done_late", "done_on_time"):
        assert "Nhiệm vụ mot" not in client.get(f"/plans/mau?class={kind}").text


def test_versions_say_what_they_changed(served: Served) -> None:
    new = amended(
        PLAN.model_copy(update={"amendments": (BasisDocument(title="Sửa đổi", number="9/KH"),)}),
        "mot",
        weight=3,
    )
    with writing(served.engine) as connection:
        load_catalogue(connection, catalogue_of(new), NOW)
    client = visitor(served, "coordinator")
    said = text_of(client.get("/plans/mau/versions"))
    assert "Phiên bản 2" in said and "Phiên bản 1" in said and "9/KH" in said
    assert "Thay đổi (1) Nhiệm vụ mot" in said
    assert "phiên bản 2" in text_of(client.get("/plans/mau"))


def test_a_large_plan_comes_in_pages(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dondoc.web.plans.A_PAGE", 2)
    client = visitor(served, "coordinator")
    seen: list[str] = []
    path = "/plans/mau"
    for _ in range(3):
        page = client.get(path)
        seen += re.findall(r"Nhiệm vụ ([\w-]+)</", page.text)
        following = re.search(r'rel="next" href="([^"]+)"', page.text)
        path = following[1].replace("&amp;", "&") if following else ""
    assert not path and len(seen) == len(set(seen)) == 6


def test_what_is_not_there_is_not_found(served: Served) -> None:
    client = visitor(served, "coordinator")
    for path in ("", "/timeline", "/compare", "/versions"):
        assert client.get(f"/plans/khong-co{path}").status_code == 404
