"""The check of the record, and the audit log, by page."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, update

from dondoc.web.explaining import recall
from dondoc.web.words import page_words
from plans import verifying
from plans.store import reading, writing
from plans.store.schema import counters
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.browsers import check_page, visitor
from tests.dondoc.web.forms import form_of, forms_of
from tests.offices import furnish
from tests.plans.identity.world import acts

BODY = "/admin/departments/so-y-te"
MAIL = "syt@x.vn"


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine)
    yield from serve(sqlite_engine, tmp_path)


@pytest.fixture
def admin(served: Served) -> httpx.Client:
    return visitor(served, "admin")


def press(client: httpx.Client, path: str, action: str, **given: str) -> httpx.Response:
    """Press the button of a page's form; of several to one address, the one of ``act``."""
    page = client.get(path)
    found = [one for one in forms_of(page) if one.action.endswith(action)]
    act = given.pop("act", None)
    form = next(one for one in found if act in (None, one.fields.get("act")))
    return form.send(client, **given)


# --- the check of the record ----------------------------------------------------------------------


def checked(served: Served) -> verifying.Check:
    deadline = time.monotonic() + 30
    while True:
        with reading(served.engine) as connection:
            found = verifying.latest(connection)
        if found and found.state != "running":
            return found
        assert time.monotonic() < deadline, "the check did not end"
        time.sleep(0.02)


def test_the_record_is_checked_beside_the_pages(served: Served, admin: httpx.Client) -> None:
    assert "chưa" in admin.get("/admin/ledger").text.lower()
    form = form_of(admin.get("/admin/ledger"), "/admin/ledger")
    first, again = form.send(admin), form.send(admin)
    assert first.status_code == again.status_code == 303
    found = checked(served)
    assert found.wrong == 0 and found.begun_by.startswith("user:")
    page = admin.get("/admin/ledger")
    assert "Không có sai lệch." in page.text and "Nguyễn Văn An" in page.text
    assert "hx-trigger" not in page.text and "http-equiv" not in page.text
    assert len(acts(served.engine, "ledger-check-begun")) == 1
    assert "không có sai lệch" in admin.get("/admin").text


def test_each_problem_is_shown(served: Served, admin: httpx.Client) -> None:
    with writing(served.engine) as connection:
        connection.execute(update(counters).values(n=counters.c.n + 1))
    press(admin, "/admin/ledger", "/admin/ledger")
    found = checked(served)
    assert found.wrong
    page = admin.get("/admin/ledger").text
    assert f"{found.wrong} vấn đề" in page.replace("0" + str(found.wrong), str(found.wrong))
    assert f"<li>{recall(page_words('vi'), found.problems[0])}</li>" in page
    assert "bộ đếm của đơn vị" in page and 'lang="en"' not in page.split("<main")[1]


def test_while_it_runs_the_page_looks_again(served: Served, admin: httpx.Client) -> None:
    with writing(served.engine) as connection:
        run = verifying.begin(connection, served.now, "user:1")
        verifying.advance(connection, run, 2, served.now)
    page = admin.get("/admin/ledger")
    check_page(page)
    assert 'hx-trigger="every 2s"' in page.text
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page.text
    assert "Đã xong 2 trong 5 bước." in page.text.replace("02", "2").replace("05", "5")
    assert not [one for one in forms_of(page) if one.action.endswith("/admin/ledger")]
    served.now += verifying.STALE
    assert "chưa kiểm tra xong" in admin.get("/admin/ledger").text.lower()


# --- the audit log --------------------------------------------------------------------------------


def audited(client: httpx.Client, query: str = "") -> list[str]:
    text = client.get(f"/admin/audit?{query}").text
    return re.findall(r'data-label="Nội dung">(?:<code>)?([^<]+)', text)


def test_the_log_is_filtered(served: Served, admin: httpx.Client) -> None:
    press(admin, BODY, "/mailboxes", email="hai@x.vn")
    visitor(served, "viewer").get("/admin/audit")
    assert audited(admin)[0] == "GET /admin/audit"
    assert audited(admin, "act=mailbox-added") == ["Thêm hộp thư"]
    assert audited(admin, "outcome=denied") == ["GET /admin/audit"]
    assert audited(admin, "actor=admin.x@so.example.vn") == ["Thêm hộp thư"]
    assert "Thêm hộp thư" in audited(admin, "day=2025-04-16")
    assert audited(admin, "day=2025-04-15") == [] == audited(admin, "actor=nobody")
    wrong = admin.get("/admin/audit?day=xyz")
    assert wrong.status_code == 422 and "is-invalid" in wrong.text
    check_page(admin.get("/admin/audit"))


def test_the_log_comes_in_pages(served: Served, admin: httpx.Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("dondoc.web.admin.audit.A_PAGE", 1)
    press(admin, BODY, "/mailboxes", email="hai@x.vn")
    first = admin.get("/admin/audit").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following and "Thêm hộp thư" in first
    second = admin.get(following[1].replace("&amp;", "&")).text
    assert re.findall(r'data-label="Nội dung">([^<]+)', second) == ["Thêm người dùng"]
