"""Channels by page: set beside a mailbox, tried, what fails shown; Zalo's permission."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, select, update

from integrations.channel_settings import ChannelSettings
from plans.store import channels as store
from plans.store import reading, writing
from plans.store.notices import NewNotice, owe
from plans.store.schema import deliveries
from plans.store.schema_paper import contact_channels
from plans.terms import NoticeKind
from tests.channel_server import ZaloServer
from tests.dondoc.api.channelled import serve_with
from tests.dondoc.api.conftest import Served
from tests.dondoc.web.browsers import check_page, visitor
from tests.dondoc.web.test_admin_office import press
from tests.integrations.delivering import CONTENT, DAY
from tests.offices import NOW

BODY = "/admin/departments/so-y-te"
SHOWN = "84•••••••531"


@pytest.fixture
def zalo() -> Iterator[ZaloServer]:
    with ZaloServer() as server:
        yield server


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path, zalo: ZaloServer) -> Iterator[Served]:
    yield from serve_with(sqlite_engine, tmp_path, zalo)


@pytest.fixture
def admin(served: Served) -> httpx.Client:
    return visitor(served, "admin")


def choose(admin: httpx.Client, address: str = "zalo:02438253531") -> httpx.Response:
    return press(admin, BODY, "/channel", act="set", address=address)


def permit(admin: httpx.Client) -> httpx.Response:
    return press(admin, "/admin/channels", "/admin/channels/zalo", code="a code")


def flag(served: Served, reason: str = "Zalo answered -118: Zalo account not existed") -> None:
    with writing(served.engine) as connection:
        row = connection.execute(select(contact_channels)).one()
        store.flag(connection, row.contact, row.address, NOW, reason)


def test_a_channel_is_kept_tried_and_taken_away(
    served: Served, admin: httpx.Client, zalo: ZaloServer
) -> None:
    assert permit(admin).headers["location"].endswith("done=authorised")
    answer = choose(admin)
    assert answer.headers["location"] == f"{BODY}?done=channel-set"
    page = admin.get(answer.headers["location"])
    check_page(page)
    assert SHOWN in page.text
    assert "02438253531" not in page.text
    assert press(admin, BODY, "/channel", act="test").headers["location"].endswith("channel-test")
    assert len(zalo.messages) == 1
    press(admin, BODY, "/channel", act="remove")
    with reading(served.engine) as connection:
        assert store.listing(connection) == []


def test_a_wrong_address_comes_back_in_words_and_is_not_repeated(
    served: Served, admin: httpx.Client
) -> None:
    page = choose(admin, "tgram://a-secret-token/x")
    assert page.status_code == 422
    check_page(page)
    assert "Apprise không dùng được địa chỉ tgram://" in page.text
    assert "a-secret-token" not in page.text


def test_a_trial_that_is_refused_says_why(admin: httpx.Client, zalo: ZaloServer) -> None:
    permit(admin)
    choose(admin)
    zalo.codes["842438253531"] = iter([-118])
    page = press(admin, BODY, "/channel", act="test")
    assert page.status_code == 502
    assert "không nhận tin gửi thử" in page.text
    assert "-118" in page.text


def test_what_fails_is_seen_where_people_are(served: Served, admin: httpx.Client) -> None:
    choose(admin)
    flag(served)
    with writing(served.engine) as connection:
        store.note_failed(connection, "zalo:zns", NOW, "Zalo answered -144: quota")
    for path in (BODY, "/admin/channels", "/messages"):
        page = admin.get(path)
        check_page(page)
        assert "Zalo answered -118" in page.text, path
    assert "-144" in admin.get("/messages").text
    home = admin.get("/admin")
    check_page(home)
    assert "kênh không nhận tin" in home.text
    answer = press(admin, BODY, "/channel", act="clear")
    assert answer.headers["location"].endswith("channel-clear")
    assert "-118" not in admin.get("/messages").text


@pytest.mark.parametrize("code", ["wrong", "http://x/?code=a&state=another"])
def test_a_permission_that_is_none_is_refused(admin: httpx.Client, code: str) -> None:
    page = press(admin, "/admin/channels", "/admin/channels/zalo", code=code)
    assert page.status_code == 422
    check_page(page)


def test_without_an_application_the_page_says_what_is_missing(
    served: Served, admin: httpx.Client
) -> None:
    served.app.state.running.extras["channels"] = ChannelSettings()
    page = admin.get("/admin/channels")
    check_page(page)
    assert "DONDOC_ZALO_APP_ID" in page.text


def test_what_zalo_lacks_stands_beside_the_mailbox_it_was_set_for(
    served: Served, admin: httpx.Client
) -> None:
    page = admin.get(choose(admin).headers["location"])
    check_page(page)
    assert "Chưa được Zalo cấp quyền gửi tin" in page.text
    served.app.state.running.extras["channels"] = ChannelSettings(zalo_templates="reminder=1")
    for path in (BODY, "/admin/channels"):
        page = admin.get(path)
        check_page(page)
        assert "chưa được cấu hình DONDOC_ZALO_APP_ID, DONDOC_ZALO_SECRET_KEY" in page.text
        assert "chưa có mẫu tin cho escalation, digest, webhook, workbook, test" in page.text
    whole: dict[str, Any] = {"zalo_app_id": "1", "zalo_secret_key": "k", "zalo_templates": "*=1"}
    served.app.state.running.extras["channels"] = ChannelSettings(**whole)
    with writing(served.engine) as connection:
        store.keep_token(connection, "zalo", access="a", refresh="r", expires_at=NOW, now=NOW)
    for path in (BODY, "/admin/channels"):
        assert "DONDOC_ZALO" not in admin.get(path).text
        assert "Chưa được Zalo cấp quyền" not in admin.get(path).text


def test_a_message_tells_by_what_it_went_and_why_not(served: Served, admin: httpx.Client) -> None:
    choose(admin)
    with writing(served.engine) as connection:
        new = [
            NewNotice(f"k{n}", NoticeKind.REMINDER, "so-y-te", DAY, CONTENT, "x") for n in (1, 2)
        ]
        owe(connection, new, NOW)
        mine = update(deliveries).where(deliveries.c.message_id.is_not(None))
        sent = {"state": "sent", "finished_at": NOW, "address": SHOWN}
        connection.execute(mine.values(**sent, channel="zalo", receipt="zalo-77"))
        second = select(deliveries.c.notice).order_by(deliveries.c.notice.desc()).limit(1)
        values = {"channel": None, "receipt": None, "address": "syt@x.vn"}
        why = "zalo: Zalo answered -118: Zalo account not existed"
        other = update(deliveries).where(deliveries.c.notice == second.scalar_subquery())
        connection.execute(other.values(**values, fallback=why))
    listed = admin.get("/messages")
    check_page(listed)
    assert "qua Zalo" in listed.text
    assert "không qua kênh đã chọn" in listed.text
    first, second_page = admin.get("/messages/1"), admin.get("/messages/2")
    check_page(first)
    check_page(second_page)
    assert "zalo-77" in first.text
    assert "/assignments?class=open_overdue" in first.text, "the words as they went: in short"
    assert "số điện thoại không có tài khoản Zalo" in second_page.text


def test_the_preview_tells_by_what_a_message_would_go(served: Served, admin: httpx.Client) -> None:
    choose(admin)
    page = admin.get("/messages/preview?run=digests&on=2025-04-07&show=1")
    check_page(page)
    assert f"{SHOWN}, nếu không được thì gửi thư: syt@x.vn" in page.text
