"""A record in which nothing is loaded: every page opens and says how to begin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.browsers import browser, check_page, visitor
from tests.dondoc.web.test_page_access import NOTHING, PUBLIC_PAGES, WAYS, WITH_QUERY

MADE_UP = {**NOTHING, "key": "0" * 32, "code": "khong-co", "assignment": "0" * 32}
MADE_UP |= {"department": "khong-co", "extension": "0" * 32, "returned": "0" * 16}
PAGES = sorted(
    one.path
    for one in WAYS
    if one.method == "GET" and not one.path.startswith("/l/") and one.path not in WITH_QUERY
)
WHOLE = [path for path in PAGES if "{" not in path and path != "/admin/leads/confirm"]
"""The one that is left out has to be told of whose lead."""
ASKING = [
    "/messages/preview?show=1",
    "/messages/preview?run=digests&show=1",
    "/messages?department=x",
    "/search?q=so+y+te",
    "/gathering?by=none",
    "/?wall=1",
]


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    yield from serve(sqlite_engine, tmp_path)


@pytest.fixture
def admin(served: Served) -> httpx.Client:
    return visitor(served, "admin")


def test_every_page_opens(served: Served, admin: httpx.Client) -> None:
    assert len(WHOLE) > 20
    bad = {}
    for client in (admin, visitor(served, "coordinator")):
        for path in [*WHOLE, *ASKING]:
            page = client.get(path)
            refused = page.status_code == 403 and client is not admin
            if page.status_code >= 400 and not refused:
                bad[path] = page.status_code
    assert bad == {}
    for method, path in PUBLIC_PAGES:
        if method == "GET" and "{" not in path:
            assert browser(served).get(path).status_code == 200


def test_a_made_up_thing_is_not_found(admin: httpx.Client) -> None:
    bad = {}
    for path in set(PAGES) - set(WHOLE):
        filled = re.sub(r"{(\w+)(?::\w+)?}", lambda found: MADE_UP[found[1]], path)
        status = admin.get(filled).status_code
        if status == 403 and "workbook" in path:  # for whoever reports, not for the office
            continue
        if status not in (200, 303, 404):
            bad[filled] = status
    assert bad == {}


def test_the_first_step_is_said(admin: httpx.Client) -> None:
    for path in ("/", "/plans", "/admin"):
        page = admin.get(path)
        check_page(page)
        main = page.text.partition("<main")[2]
        assert "dondoc plans load" in main, path
        assert "Nạp kế hoạch" not in main.partition("</nav>")[2], path
    assert "đơn vị nào cũng" not in admin.get("/admin").text.lower()
    assert "chưa có đơn vị nào để gửi thư" in admin.get("/admin").text
