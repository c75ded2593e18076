"""Errors in the visitor's own frame; addresses with a slash too many; forms that came too late."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from plans.store import writing
from plans.store.schema_access import sessions
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.browsers import NAME, browser, check_page, visitor
from tests.dondoc.web.desks import link
from tests.dondoc.web.forms import form_of
from tests.offices import furnish


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine)
    yield from serve(sqlite_engine, tmp_path)


@pytest.fixture
def office(served: Served) -> httpx.Client:
    return visitor(served, "coordinator")


# --- the frame ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/plans/none", 404),
        ("/nowhere", 404),
        ("/assignments/none/nowhere/at-all", 404),
        ("/admin", 403),
        ("/gathering?cursor=x", 422),
        ("/search?of=" + "x" * 30, 422),
    ],
)
def test_an_error_keeps_who_visits(office: httpx.Client, path: str, status: int) -> None:
    page = office.get(path)
    assert page.status_code == status
    check_page(page)
    assert NAME in page.text and 'action="/search"' in page.text and 'href="/plans"' in page.text
    assert 'href="/sign-in"' not in page.text
    if status == 404:
        assert "ô tìm kiếm" in page.text
    # One signs out there as anywhere.
    assert form_of(page, "/sign-out").send(office).headers["location"].startswith("/sign-in")
    assert office.get("/account").status_code == 303


def test_a_bug_asks_nothing_of_the_database(
    served: Served, office: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.app.state.running.extras.pop("simulated", None)

    def away(*_: object) -> None:
        raise AssertionError("the database was asked")

    monkeypatch.setattr("plans.store.catalogue.is_simulated", away)
    monkeypatch.setattr("plans.finding.find", away)
    page = office.get("/search?q=x")
    assert page.status_code == 500 and NAME in page.text and "Lỗi từ phía hệ thống" in page.text


def test_nobody_is_not_sent_to_a_search(served: Served) -> None:
    for path in ("/nowhere", f"{link(served)}/assignments/none"):
        page = browser(served).get(path)
        assert page.status_code == 404 and "Không tìm thấy trang" in page.text
        assert "tìm kiếm" not in page.text
    stale = browser(served)
    stale.cookies.set("dondoc_session", "made.up", domain="127.0.0.1")
    assert 'href="/sign-in"' in stale.get("/nowhere").text


# --- a slash too many ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "onward"),
    [
        ("/plans/", "/plans"),
        ("/plans/mau/?q=y+t%E1%BA%BF", "/plans/mau?q=y+t%E1%BA%BF"),
        ("/departments/s%E1%BB%9F//", "/departments/s%E1%BB%9F"),
        ("/sign-in/", "/sign-in"),
    ],
)
def test_a_slash_too_many_leads_to_the_page(served: Served, path: str, onward: str) -> None:
    answer = browser(served).get(path)
    assert (answer.status_code, answer.headers.get("location")) == (303, onward)


def test_a_slash_too_many_leads_nowhere_else(served: Served, office: httpx.Client) -> None:
    for path in ("/nowhere/", "/sign-out/", "/api/v1/plans/", "/api/v1/docs/", "//evil.example/"):
        assert office.get(f"{served.url}{path}").status_code in (404, 405), path
    assert office.post("/plans/").status_code == 404
    program = browser(served).get("/plans/", headers={"Accept": "application/json"})
    assert program.status_code == 404


# --- a form that came too late ------------------------------------------------------------------


def too_late(served: Served, office: httpx.Client, action: str, referer: str) -> str:
    """Where a form leads whose session ended while it was filled in."""
    with writing(served.engine) as connection:
        connection.execute(sessions.delete())
    headers = {"Referer": referer, "Origin": served.url}
    answer = office.post(action, data={"csrf": "x", "note": "x"}, headers=headers)
    assert answer.status_code == 303
    return str(answer.headers["location"])


def test_one_comes_back_to_the_forms_page(served: Served, office: httpx.Client) -> None:
    key = served.id_of("mau/mot/so-y-te")
    for action, page, onward in (
        (f"/assignments/{key}/review", f"/assignments/{key}/review", f"/assignments/{key}"),
        ("/messages", "/messages?state=failed&done=cleared", "/messages?state=failed"),
        # A form that was wrong before stands at its own address, which is no page.
        ("/account/language", "/account/language", "/account"),
    ):
        found = too_late(served, office, action, f"{served.url}{page}")
        assert found.startswith("/sign-in?next=")
        assert httpx.URL(found).params["next"] == onward
    assert form_of(office.get(found), "/sign-in").fields["next"] == "/account"


@pytest.mark.parametrize(
    "referer",
    ["https://evil.example/plans", "", "/plans", "{}//evil.example", "{}/sign-in", "{}/", "{}/x/y"],
)
def test_one_comes_back_to_nothing_else(served: Served, office: httpx.Client, referer: str) -> None:
    found = too_late(served, office, "/account/language", referer.format(served.url))
    assert found == "/sign-in"
