"""Workbooks on pages: downloaded, sent back, looked at, confirmed; conflicts side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from integrations.workbook import MEDIA_TYPE
from integrations.workbook_reading import read_workbook
from plans import contacting
from plans.identity import devices, links
from plans.mailed_workbooks import Mailed, Reading, take
from plans.store import writing
from tests.builders import ZONE
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.browsers import browser, check_page, visitor
from tests.dondoc.web.forms import form_of
from tests.offices import assignment, furnish, updates
from tests.workbook_files import filled_in

REF = "mau/mot/so-y-te"


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine)
    yield from serve(sqlite_engine, tmp_path)


def download(client: httpx.Client, base: str = "") -> bytes:
    answer = client.get(f"{base}/departments/so-y-te/workbook")
    assert (answer.status_code, answer.headers["content-type"]) == (200, MEDIA_TYPE), answer.text
    return answer.content


def fields(page: httpx.Response, action: str) -> dict[str, str]:
    """The hidden fields of a form."""
    form = page.text.partition(f'action="{action}"')[2].partition("</form>")[0]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))


def upload(client: httpx.Client, raw: bytes, base: str = "", start: str = "") -> httpx.Response:
    action = f"{base}/departments/so-y-te/workbook"
    hidden = fields(client.get(start or "/departments/so-y-te"), action)
    given: dict[str, Any] = {name: (None, value) for name, value in hidden.items()}
    return client.post(action, files=given | {"file": ("b.xlsx", raw, MEDIA_TYPE)})


def record(client: httpx.Client, path: str, **more: str) -> httpx.Response:
    hidden = fields(client.get(path), path)
    return client.post(path, files={k: (None, v) for k, v in (hidden | more).items()})


def test_a_workbook_is_shown_before_it_is_recorded(served: Served) -> None:
    client, key = visitor(served, "department", "so-y-te"), served.id_of(REF)
    raw = filled_in(download(client), {key: {"percent": 40, "result": "Đã họp <b>"}})
    sent = upload(client, raw)
    assert sent.status_code == 303, sent.text
    path = sent.headers["location"]
    page = client.get(path)
    check_page(page)
    assert "Những thay đổi trong bảng" in page.text and "01 dòng" not in page.text
    assert "<del>0%</del>" in page.text and "<ins>40%</ins>" in page.text
    assert "Đã họp &lt;b&gt;" in page.text
    assert updates(served.engine) == []
    done = record(client, path)
    assert (done.status_code, done.headers["location"]) == (303, f"{path}?done=recorded")
    page = client.get(done.headers["location"])
    check_page(page)
    assert "Kết quả đọc bảng" in page.text and "1 dòng đã ghi nhận" in page.text
    assert assignment(served.engine, REF).percent == 40
    assert client.get(f"{path}/marked").headers["content-type"] == MEDIA_TYPE


def test_a_conflict_stands_side_by_side_and_can_be_repeated(served: Served) -> None:
    client, key = visitor(served, "department", "so-y-te"), served.id_of(REF)
    raw = filled_in(download(client), {key: {"percent": 40, "result": "Của bảng"}})
    api = served.client("department", "so-y-te")
    api.post(f"assignments/{key}/updates", json={"percent": 70, "result": "Của hệ thống"})
    path = upload(client, raw).headers["location"]
    page = client.get(path)
    check_page(page)
    assert "Trên hệ thống hiện nay" in page.text
    for text in ("Của bảng", "Của hệ thống", "40%", "70%"):
        assert text in page.text
    assert record(client, path).status_code == 303  # nothing was chosen
    assert assignment(served.engine, REF).percent == 70
    [(name, version)] = re.findall(r'name="(repeat\.\w+)" value="(\d+)"', client.get(path).text)
    record(client, path, **{name: version})
    assert assignment(served.engine, REF).percent == 40
    assert "1 dòng đã ghi nhận" in client.get(path).text


def test_what_may_be_a_persons_number_is_confirmed_on_the_page(served: Served) -> None:
    client, key = visitor(served, "department", "so-y-te"), served.id_of(REF)
    raw = filled_in(download(client), {key: {"percent": 40, "result": "Gọi 0912345678"}})
    path = upload(client, raw).headers["location"]
    page = client.get(path)
    assert 'name="confirm_personal_data"' in page.text and "số điện thoại" in page.text
    record(client, path)
    assert updates(served.engine) == []
    record(client, path, confirm_personal_data="true")
    assert assignment(served.engine, REF).flagged


@pytest.mark.parametrize("raw", [b"%PDF-1.4", b"PK\x03\x04"])
def test_a_file_that_is_none_is_told_on_a_page_with_the_form(served: Served, raw: bytes) -> None:
    client = visitor(served, "department", "so-y-te")
    answer = upload(client, raw)
    assert answer.status_code in (415, 422)
    check_page(answer)
    assert 'type="file"' in answer.text and '<span lang="en"' not in answer.text


def test_a_links_visitor_confirms_the_device_first(served: Served) -> None:
    link = links.sign_link(served.settings.secret, "so-y-te", served.now)
    base, client, key = f"/l/{link}", browser(served), served.id_of(REF)
    assert "/confirm" in client.get(f"{base}/departments/so-y-te/workbook").headers["location"]
    assert 'type="file"' not in client.get(base).text
    with writing(served.engine) as connection:
        device = devices._kept(connection, "so-y-te", served.now)
    client.cookies.set("dondoc_device", device, domain="127.0.0.1")
    raw = filled_in(download(client, base), {key: {"percent": 35}})
    path = upload(client, raw, base, base).headers["location"]
    assert path.startswith(f"{base}/workbooks/")
    check_page(client.get(path))
    record(client, path)
    [entry] = updates(served.engine)
    assert entry.actor == "link:so-y-te"
    foreign = client.get(f"{base}/departments/so-tai-chinh/workbook")
    assert foreign.status_code == 404
    # Who holds the link alone reads what came of it, and records nothing.
    client.cookies.clear()
    assert client.get(path).status_code == 200
    assert "/confirm" in client.post(path, files={"x": (None, "")}).headers["location"]


def test_the_office_sees_what_came_back(served: Served) -> None:
    client, key = visitor(served, "department", "so-y-te"), served.id_of(REF)
    raw = filled_in(download(client), {key: {"percent": 40, "result": "Bí mật"}})
    path = upload(client, raw).headers["location"]
    office = visitor(served, "coordinator")
    page = office.get("/workbooks")
    check_page(page)
    assert "1 dòng sẽ ghi nhận" in page.text and "Bí mật" not in page.text
    assert office.get(path).status_code == 403
    assert visitor(served, "department", "so-tai-chinh").get(path).status_code == 404
    # What the office brings, or what comes by mail, it opens; a viewer does neither.
    sent = upload(office, raw).headers["location"]
    assert f'href="{sent}"' in office.get("/workbooks").text
    assert f'href="{path}"' not in office.get("/workbooks").text
    assert visitor(served, "viewer").get("/departments/so-y-te/workbook").status_code == 403


def test_the_office_hands_in_what_a_body_mailed(served: Served) -> None:
    office, key = visitor(served, "coordinator"), served.id_of(REF)
    page = office.get("/departments/so-y-te")
    check_page(page)
    assert "Bảng Excel do cơ quan, đơn vị gửi" in page.text and "Báo cáo</a>" not in page.text
    raw = filled_in(download(office), {key: {"percent": 100, "act": "Trình"}})
    path = upload(office, raw).headers["location"]
    page = office.get(path)
    check_page(page)
    assert "ghi dưới tên cơ quan theo dõi" in page.text and updates(served.engine) == []
    record(office, path)
    [entry] = updates(served.engine)
    assert entry.actor.startswith("user:")
    page = visitor(served, "department", "so-y-te").get(f"/assignments/{key}")
    assert "cơ quan theo dõi" in page.text  # who brought it, as the body reads it
    assert office.get(f"{path}/marked").status_code == 200
    # It was brought to the wrong body's page: nothing of it would be recorded.
    action = "/departments/so-tai-chinh/workbook"
    hidden = fields(office.get("/departments/so-tai-chinh"), action)
    given: dict[str, Any] = {name: (None, value) for name, value in hidden.items()}
    sent = office.post(action, files=given | {"file": ("b.xlsx", raw, MEDIA_TYPE)})
    assert "thuộc bảng của cơ quan, đơn vị khác" in office.get(sent.headers["location"]).text


def test_what_takes_a_report_back_is_said_before(served: Served) -> None:
    client, key = visitor(served, "department", "so-y-te"), served.id_of(REF)
    raw = download(client)
    record(
        client,
        upload(client, filled_in(raw, {key: {"percent": 90, "act": "Trình"}})).headers["location"],
    )
    path = upload(client, filled_in(raw, {key: {"percent": 95, "act": None}})).headers["location"]
    page = client.get(path)
    check_page(page)
    assert "Bảng này rút lại 01 báo cáo đã trình" in page.text
    assert "Rút lại báo cáo đã trình ngày 16/04/2025" in page.text
    record(client, path)
    assert "Đã rút lại báo cáo trình ngày 16/04/2025" in client.get(path).text
    assert assignment(served.engine, REF).review == "none"


def test_a_mailed_workbook_of_an_unknown_sender_is_judged_again(served: Served) -> None:
    office = visitor(served, "coordinator")
    raw = filled_in(download(office), {served.id_of(REF): {"percent": 40}})
    how = Reading(served.now, ZONE, served.settings.secret, "x.vn")
    with writing(served.engine) as connection:
        take(connection, Mailed("mail:1", "moi@xa.vn", read_workbook(raw)), how)
    page = office.get("/workbooks")
    check_page(page)
    assert "moi@xa.vn" in page.text and "Xét lại người gửi" in page.text
    form = form_of(page, "/again")
    headers = {"Origin": served.url}
    refused = office.post(form.action, data=form.fields, headers=headers)
    check_page(refused)
    assert refused.status_code == 409
    assert "vẫn chưa là hộp thư được đăng ký" in refused.text
    with writing(served.engine) as connection:
        contacting.add(connection, "so-y-te", "moi@xa.vn", actor="user:7", now=served.now)
    form = form_of(office.get("/workbooks"), "/again")
    path = office.post(form.action, data=form.fields, headers=headers).headers["location"]
    page = office.get(path)
    check_page(page)
    assert "nay đã được đăng ký" in page.text and updates(served.engine) == []
    record(office, path.partition("?")[0])
    assert assignment(served.engine, REF).percent == 40
