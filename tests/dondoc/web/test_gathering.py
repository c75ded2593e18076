"""The pages of gathering: trouble first, the bad items as they came, and trying them again."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from dondoc.web.gathering_words import FIELDS, GatheringWords
from dondoc.web.words import page_words
from plans.feed_items import FeedItem
from plans.gathering import take_page
from plans.identity.people import GrantIn
from plans.store import feed_watch, feeds, writing
from plans.terms import Role, Silence
from tests.builders import ZONE
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.browsers import check_page, enter, visitor
from tests.dondoc.web.forms import form_of, forms_of
from tests.offices import NOW, faults, furnish, item, kept, updates
from tests.plans.identity.world import acts, add_user

HERE = "/gathering/so-y-te"
BAD = (
    item("k-1", percent=140),
    item("k-2", "khong-co/nhiem-vu", result="<b>đậm</b>"),
    item("k-3", reported_at="2026-01-01T08:00:00+07:00"),
)


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    secret = "http://ai:mat@none.invalid/feed?key=bi-mat"
    urls = {"so-y-te": secret, "so-tai-chinh": "http://tc.invalid/", "so-cu": "http://cu.invalid/"}
    furnish(sqlite_engine, urls)
    yield from serve(sqlite_engine, tmp_path)


@pytest.fixture
def office(served: Served) -> httpx.Client:
    return visitor(served, "coordinator")


def gather(served: Served, *items: Any, code: str = "so-y-te") -> None:
    with writing(served.engine) as connection:
        take_page(connection, code, items, "c-1", NOW, ZONE)
        feeds.save_outcome(connection, code, NOW, None, None)


def fall_silent(served: Served, code: str, silence: Silence, detail: str) -> None:
    with writing(served.engine) as connection:
        feeds.save_outcome(connection, code, NOW, silence, detail)


def order(page: httpx.Response) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/gathering/([\w-]+)"', page.text)


# --- all of them --------------------------------------------------------------------------------


def test_the_troubled_come_first(served: Served, office: httpx.Client) -> None:
    gather(served, item("g-1"), *BAD)
    fall_silent(served, "so-tai-chinh", Silence.ERROR, "HTTP 503, and asks to wait for 60 s")
    page = office.get("/gathering")
    check_page(page)
    assert order(page) == ["so-tai-chinh", "so-y-te", "so-cu"]
    assert "Hệ thống của đơn vị báo lỗi: trả lời HTTP 503 và đề nghị chờ 60 giây" in page.text
    assert "có mục tạm giữ" in page.text and "đơn vị đã kết thúc hoạt động" in page.text
    assert order(office.get("/gathering?stand=quarantine")) == ["so-y-te"]
    assert "Hiện không có nguồn số liệu" in office.get("/gathering?stand=unasked").text
    assert office.get("/gathering?stand=khac").status_code == 404
    english = office.get("/gathering?lang=en").text
    assert "Does not answer as it should" in english and "asks to wait for 60 seconds" in english


def test_the_list_goes_on_by_page(
    served: Served, office: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    gather(served, *BAD)
    monkeypatch.setattr("dondoc.web.gathering.AT_ONCE", 1)
    found: list[str] = []
    address = "/gathering"
    while address:
        page = office.get(address)
        found += order(page)
        links = re.findall(r'rel="next" href="([^"]+)"', page.text)
        address = links[0].replace("&amp;", "&") if links else ""
    assert found == ["so-y-te", "so-tai-chinh", "so-cu"]


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 2**80, 10**300])
def test_a_place_that_no_database_knows_is_none_of_the_list(
    office: httpx.Client, number: int
) -> None:
    for path, place in (("/gathering", [number, "a"]), (HERE, [number])):
        cursor = urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")
        assert office.get(path, params={"cursor": cursor}).status_code == 422
    most = urlsafe_b64encode(json.dumps([2**63 - 1, "a"]).encode()).decode().rstrip("=")
    assert order(office.get("/gathering", params={"cursor": most})) == []


def test_a_secret_in_an_address_is_for_administrators(served: Served, office: httpx.Client) -> None:
    for path in ("/gathering", HERE):
        shown = office.get(path).text
        assert "http://none.invalid/feed" in shown
        assert "bi-mat" not in shown and "ai:mat" not in shown
    admin = visitor(served, "admin")
    for path in ("/gathering", HERE):
        assert "key=bi-mat" in admin.get(path).text


def test_bodies_without_a_feed_are_listed_by_how_they_answer(
    served: Served, office: httpx.Client
) -> None:
    assert "van-phong" in office.get("/gathering?by=none").text
    served.token("department", "van-phong")
    page = office.get("/gathering?by=token")
    check_page(page)
    assert 'href="/departments/van-phong"' in page.text
    assert 'href="/departments/van-phong"' not in office.get("/gathering?by=none").text
    served.now += timedelta(days=4000)  # the token is no longer good
    later = visitor(served, "admin")
    assert 'href="/departments/van-phong"' not in later.get("/gathering?by=token").text
    assert later.get("/gathering?by=khac").status_code == 404


# --- one of them --------------------------------------------------------------------------------


def test_bad_items_are_shown_as_they_came_with_the_reason(
    served: Served, office: httpx.Client
) -> None:
    gather(served, item("g-1"), *BAD)
    page = office.get(HERE)
    check_page(page)
    assert re.search(r"<li>tỷ lệ hoàn thành: [^<]*100", page.text)
    assert "Không có nhiệm vụ “khong-co/nhiem-vu”." in page.text
    assert "Thời điểm báo cáo" in page.text and "ở tương lai" in page.text
    assert "<b>đậm</b>" not in page.text and "&lt;b&gt;đậm&lt;/b&gt;" in page.text
    assert page.text.index("k-3") < page.text.index("k-1")
    assert "đã nhận 1, tạm giữ 3" in page.text
    none = office.get("/gathering/van-phong")
    assert none.status_code == 200 and "Đơn vị không có nguồn số liệu" in none.text
    assert office.get("/gathering/khong-co").status_code == 404


def test_one_item_is_tried_again(served: Served, office: httpx.Client) -> None:
    gather(served, *BAD)
    served.now = NOW + timedelta(days=300)
    client = visitor(served, "admin")
    keys = {row.item: row.id for row in kept(served.engine, "quarantined")}
    form = next(
        one for one in forms_of(client.get(HERE)) if one.fields.get("item") == str(keys["k-3"])
    )
    assert form.send(client, csrf="x").status_code == 403
    answers = [form.send(client) for _ in "ab"]
    assert [one.status_code for one in answers] == [303, 303]
    assert "01 mục thành báo cáo" in client.get(answers[0].headers["location"]).text
    assert [row.item for row in kept(served.engine, "quarantined")] == ["k-1", "k-2"]
    assert len(updates(served.engine)) == 1 and faults(served.engine) == []
    assert len(acts(served.engine, "quarantine-retried")) == 1


def test_all_of_an_agency_are_tried_again(served: Served, office: httpx.Client) -> None:
    gather(served, *BAD)
    form = form_of(office.get(HERE), HERE)
    assert "item" not in form.fields
    page = office.get(form.send(office).headers["location"])
    assert "03 mục vẫn chưa nhận được" in page.text
    assert len(kept(served.engine, "quarantined")) == 3 and updates(served.engine) == []
    assert form.send(office, item="x", once="z").status_code == 404
    told = "?done=retried&updates=%3Cb%3E&left=99999999999"
    assert "99999999999 mục" not in office.get(HERE + told).text


def test_gathering_is_for_the_office(served: Served, office: httpx.Client) -> None:
    gather(served, *BAD)
    for client in (visitor(served, "viewer"), visitor(served, "department", "so-y-te")):
        assert client.get("/gathering").status_code == 403
        assert client.get(HERE).status_code == 403
    grant = GrantIn(role=Role.COORDINATOR, plans=("mau",))
    partial = enter(served, add_user(served.engine, "mot@so.example.vn", grants=(grant,)))
    page = partial.get(HERE)
    # Reasons are seen, but not what agencies report on plans that are others'.
    assert page.status_code == 200 and "khong-co/nhiem-vu" in page.text
    assert "đậm" not in page.text and "Thử lại" not in page.text
    form = form_of(office.get(HERE), HERE)
    csrf = form_of(page, "/sign-out").fields["csrf"]
    assert form.send(partial, csrf=csrf).status_code == 404
    assert acts(served.engine, "quarantine-retried") == []


# --- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (
            "no assignment 'a/b/2025-02', but a/b/x/2025-01",
            ["Không (còn) có nhiệm vụ “a/b/2025-02”; hiện có: a/b/x/2025-01."],
        ),
        ("'a/b' is not assigned to this department", ["Nhiệm vụ “a/b” thuộc đơn vị khác."]),
        ("item: over 200000 characters", ["Dài quá 200000 ký tự; chỉ lưu phần đầu."]),
        (None, []),
    ],
)
def test_reasons_are_said_in_words(reason: str | None, said: list[str]) -> None:
    assert GatheringWords(page_words("vi")).fault(reason) == said


def test_several_faults_are_said_one_by_one() -> None:
    words = GatheringWords(page_words("vi"))
    found = words.fault("id: Field required; assignment: Field required; x: odd (and 2 more)")
    assert [one.partition(":")[0] for one in found[:2]] == ["mã của mục", "tên nhiệm vụ"]
    assert found[2:] == ["x: odd", "và 2 lỗi khác"]


def test_every_field_of_an_item_and_every_stand_has_its_word() -> None:
    aside = {"submit", "nil_report", "confirm_personal_data"}
    assert set(FIELDS) == set(FeedItem.model_fields) - aside
    words = GatheringWords(page_words("vi"))
    assert all(words.stand(name) for name in feed_watch.RANKS)
    assert words.silence("unreachable", "no connection") == words.silence("unreachable", None)
