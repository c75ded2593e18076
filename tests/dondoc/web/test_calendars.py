"""The pages on which calendars are made, their addresses copied, and ended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from icalendar import Calendar
from sqlalchemy import Engine, select

from plans.identity.people import UserChange, change
from plans.store import reading, writing
from plans.store.schema_access import users
from plans.store.schema_paper import calendar_feeds
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.api.people import CODE, mailed
from tests.dondoc.web.browsers import browser, check_page, visitor
from tests.dondoc.web.forms import form_of
from tests.dondoc.web.test_linked import link
from tests.offices import furnish

OF_BODY, OF_PLAN = "/departments/so-y-te/calendars", "/plans/mau/calendars"
LINK_WORDS = "Đăng ký lịch thời hạn"


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine)
    yield from serve(sqlite_engine, tmp_path)


def addresses(page: httpx.Response) -> list[str]:
    return [unescape(one) for one in re.findall(r'value="(https?://[^"]+\.ics)"', page.text)]


def make(client: httpx.Client, path: str, **given: str) -> httpx.Response:
    answer = form_of(client.get(path), path).send(client, **given)
    assert answer.status_code == 303, answer.text[:2000]
    return client.get(answer.headers["location"])


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_calendar_is_made_and_its_address_copied(served: Served, language: str) -> None:
    client = visitor(served, "department", "so-y-te", language=language)
    shown = client.get("/departments/so-y-te")
    assert f'href="{OF_BODY}"' in shown.text
    page = make(client, OF_BODY, kind="todo", name="Việc của Sở <b>")
    check_page(page, language)
    assert "Việc của Sở &lt;b&gt;" in page.text
    [address] = addresses(page)
    assert page.text.count(address.replace("http://", "webcal://")) == 2
    fetched = served.with_token(None).get(address.replace(served.settings.base_url, served.url))
    assert fetched.status_code == 200
    found: Any = Calendar.from_ical(fetched.content)
    assert found["name"] == "Việc của Sở <b>"
    assert found["prodid"].endswith(language.upper())
    # It can be looked up again, with when it was fetched.
    again = client.get(OF_BODY)
    assert addresses(again) == [address]
    assert f"{served.now:%d/%m/%Y %H:%M}" in again.text
    assert ("lấy gần nhất" if language == "vi" else "last fetched on") in again.text


def test_a_calendar_is_revoked_once_that_is_confirmed(served: Served) -> None:
    client = visitor(served, "coordinator")
    assert LINK_WORDS in client.get("/plans/mau").text
    [address] = addresses(make(client, OF_PLAN, kind="event"))
    page = client.get(OF_PLAN)
    key = address.rpartition("/")[2].partition(".")[0]
    form = form_of(page, f"/calendars/{key}/revocation")
    assert "Không thể hoàn tác" in page.text
    gone = client.get(form.send(client).headers["location"])
    assert "Đã thu hồi lịch" in gone.text and addresses(gone) == []
    fetched = served.with_token(None).get(address.replace(served.settings.base_url, served.url))
    assert fetched.status_code == 410
    assert form.send(client).status_code == 303  # sent twice, done once
    other = visitor(served, "admin")
    form = form_of(other.get(OF_PLAN), OF_PLAN)
    form.action = f"/calendars/{key}/revocation"
    assert form.send(other).status_code == 404


def test_a_form_that_makes_no_sense_comes_back(served: Served) -> None:
    client = visitor(served, "admin")
    answer = form_of(client.get(OF_BODY), OF_BODY).send(client, kind="x", name="a" * 121)
    assert answer.status_code == 422
    assert "Đề nghị chọn nội dung lịch" in answer.text and "a" * 121 in answer.text
    answer = form_of(client.get(OF_BODY), OF_BODY).send(client, kind="todo", name="a" * 121)
    assert answer.status_code == 422 and 'id="error-name"' in answer.text
    with reading(served.engine) as connection:
        assert connection.execute(select(calendar_feeds)).first() is None


def test_who_may_not_have_one_is_told_why(served: Served) -> None:
    client = visitor(served, "department", "so-y-te")
    for path in ("/departments/so-tai-chinh", "/plans/mau"):
        assert LINK_WORDS not in client.get(path).text
        page = client.get(f"{path}/calendars")
        check_page(page)
        assert "Chỉ người xem được toàn bộ" in page.text and "Tạo lịch mới" not in page.text
        form = form_of(client.get(OF_BODY), OF_BODY)
        form.action = f"{path}/calendars"
        assert form.send(client).status_code == 403
    assert client.get("/departments/khong-co/calendars").status_code == 404
    assert visitor(served, "admin").get("/plans/khong-co/calendars").status_code == 404


def test_a_calendar_whose_makers_right_ended_says_so(served: Served) -> None:
    client = visitor(served, "viewer")
    make(client, OF_BODY)
    admin = visitor(served, "admin")
    assert "Nguyễn Văn An" in admin.get(OF_BODY).text
    with writing(served.engine) as connection:
        where = users.c.email.like("viewer.%")
        user = connection.scalar(select(users.c.id).where(where))
        assert user is not None
        change(connection, user, UserChange(disabled=True), actor="test", now=served.now)
    page = admin.get(OF_BODY)
    assert addresses(page) == [] and "Lịch không còn hiển thị" in page.text


def test_by_a_link_a_code_is_asked_for_first(served: Served) -> None:
    client, base = browser(served), link(served)
    assert f'href="{base}/calendars"' in client.get(base).text
    answer = client.get(f"{base}/calendars")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{base}/confirm?next=")
    confirm = client.get(answer.headers["location"])
    form = form_of(confirm, f"{base}/confirm/code")
    form.action = f"{base}/calendars"
    assert form.send(client, kind="event").status_code == 403
    asked = form_of(confirm, f"{base}/confirm/code").send(client)
    assert asked.status_code == 303, asked.text[:2000]
    code = mailed(served, CODE)
    page = client.get(asked.headers["location"])
    given = form_of(page, f"{base}/confirm").send(client, code=code)
    assert given.headers["location"].startswith(f"{base}/calendars")
    page = make(client, f"{base}/calendars", kind="event")
    check_page(page)
    [address] = addresses(page)
    assert "Nguyễn Văn An" not in page.text
    key = address.rpartition("/")[2].partition(".")[0]
    ended = form_of(page, f"{base}/calendars/{key}/revocation").send(client)
    assert ended.headers["location"] == f"{base}/calendars?done=revoked"
