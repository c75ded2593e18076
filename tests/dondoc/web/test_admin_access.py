"""Who may open the administration, in which language it speaks, and that its forms are guarded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.browsers import browser, check_page, visitor
from tests.dondoc.web.forms import form_of, forms_of
from tests.offices import furnish
from tests.plans.identity.world import acts

PAGES = (
    "/admin",
    "/admin/plans",
    "/admin/plans/mau",
    "/admin/leads",
    "/admin/leads?state=unconfirmed",
    "/admin/leads/confirm",
    "/admin/departments",
    "/admin/departments?q=so&mail=without&ended=1",
    "/admin/departments/so-y-te",
    "/admin/people",
    "/admin/people/new",
    "/admin/people/1",
    "/admin/tokens",
    "/admin/tokens/new",
    "/admin/calendar",
    "/admin/calendar?year=2026",
    "/admin/calendar/change?day=2025-04-30&working=1&basis=1/TB",
    "/admin/holds",
    "/admin/ledger",
    "/admin/audit",
)


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine)
    yield from serve(sqlite_engine, tmp_path)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_is_whole_in_both_languages(served: Served, language: str) -> None:
    admin = visitor(served, "admin", language=language)
    for path in PAGES:
        page = admin.get(path)
        assert page.status_code == 200, (path, page.text[:300])
        check_page(page, language)
        assert ("Administration" in page.text) is (language == "en")


@pytest.mark.parametrize("role", ["coordinator", "viewer", "department"])
def test_nobody_but_an_administrator_gets_in(served: Served, role: str) -> None:
    client = visitor(served, role, "so-y-te" if role == "department" else None)
    visitor(served, "admin")
    for path in PAGES:
        assert client.get(path).status_code == 403, path
    denied = acts(served.engine, "GET /admin/people/{user}")
    assert [one.outcome for one in denied] == ["denied"]
    assert browser(served).get("/admin").headers["location"] == "/sign-in?next=%2Fadmin"


def test_what_is_not_there_is_not_found(served: Served) -> None:
    admin = visitor(served, "admin")
    for path in (
        "/admin/plans/nichts",
        "/admin/departments/nichts",
        "/admin/people/999",
        "/admin/leads/nichts",
        "/admin/calendar?year=1999",
        "/admin/calendar?year=%00",
        "/admin/calendar/withdrawal?day=2025-05-05",
    ):
        assert admin.get(path).status_code == 404, path
    assert admin.get("/admin/audit?cursor=zzz").status_code == 422


def forms(client: httpx.Client) -> Iterator[tuple[str, dict[str, str]]]:
    for path in PAGES:
        for one in forms_of(client.get(path)):
            if one.method == "post" and "/admin" in one.action:
                yield one.action, one.fields


def test_every_form_bears_its_proof_and_is_refused_without_it(served: Served) -> None:
    admin, seen = visitor(served, "admin"), 0
    for action, fields in forms(admin):
        assert fields["csrf"] and fields["once"], action
        if not action.endswith(("/preview", "/load")):
            bad = {**fields, "csrf": "1" * len(fields["csrf"])}
            file = {"file": ("x.xlsx", b"x")} if action.endswith("/drafts") else None
            assert admin.post(action, data=bad, files=file).status_code == 403, action
            seen += 1
    assert seen > 10
    upload = form_of(admin.get("/admin/plans"), "/admin/plans/preview")
    upload.fields["csrf"] = "1" * len(upload.fields["csrf"])
    assert upload.send(admin, pasted="x").status_code == 403


def test_home_tells_what_needs_care(served: Served) -> None:
    admin = visitor(served, "admin", language="en")
    page = admin.get("/admin").text
    assert "bodies with open tasks cannot be written to" in page
    assert "never" in page and "none is known" in page
    unwritten = admin.get("/admin/departments?mail=unwritten").text
    assert "so-tai-chinh" in unwritten and "so-y-te" not in unwritten
