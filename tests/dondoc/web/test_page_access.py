"""Every page and form × every role × what is its own and what is foreign, from the pages' routes.

What each role may is written down in ``tests/dondoc/api/test_access_matrix.py``; a page obeys the
same table, or it fails here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, select
from starlette.routing import Route

from dondoc.api.callers import RULE
from dondoc.api.middleware import UPLOADS
from dondoc.api.routing import PUBLIC
from dondoc.web.routers import PAGES
from plans.access import Action
from plans.identity import sessions
from plans.identity.people import GrantIn
from plans.store import reading
from plans.store.schema_access import sessions as sessions_table
from plans.terms import Role
from tests.builders import build_plan, build_target
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.api.test_access_matrix import CALLERS, EXPECTED, FOREIGN, LATER, MINE, RETURNED
from tests.dondoc.web.browsers import browser, enter
from tests.offices import furnish
from tests.plans.identity.world import add_user

Y, N, H = "y", 403, 404
CONTACTS = {name: (Y, Y) if "coord" in name or name == "admin" else (N, N) for name in CALLERS}
INSIDE = {
    "report": Action.REPORT,
    "evidence": Action.REPORT,
    "extension": Action.ASK_EXTENSION,
}
"""What a form of an assignment asks for, which its page has to show first."""
PUBLIC_PAGES = {
    ("GET", "/static/{version}/{name:path}"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("POST", "/sign-in/code"),
    ("POST", "/sign-in/ask"),
    ("GET", "/sign-in/{token}"),
    ("POST", "/sign-in/{token}"),
    ("GET", "/language/{code}"),
}
FILE: dict[str, Any] = {"file": ("bao-cao.pdf", b"%PDF-1.4\n", "application/pdf")}
TEXT: dict[str, Any] = {"note": (None, "x")}
WITH_QUERY = {
    "/admin/calendar/change",
    "/admin/calendar/withdrawal",
    "/plans/{plan}/report/file",
}
"""Pages that have to be told of what."""
SUBJECTS = {"assignment", "returned", "calendar", "key", "extension"}
NOTHING = {
    "measurement": "999999",
    "plan": "mau",
    "run": "reminders",
    "notice": "999999",
    "user": "999999",
    "token": "00000000",
    "order": "suspend",
    "file": "0" * 32,
}


@dataclass(frozen=True, slots=True)
class Way:
    """One page or form, and the rule that it declares."""

    method: str
    path: str
    rule: str

    @property
    def names(self) -> list[str]:
        return re.findall(r"{(\w+)(?::\w+)?}", self.path)

    @property
    def action(self) -> Action:
        """What it does: a department's forms check more than their route declares."""
        end = self.path.rsplit("/", 1)[-1]
        inside = INSIDE.get(end) if self.method == "POST" else None
        return inside or Action(self.rule)

    def filled(self, things: dict[tuple[str, bool], str], *, own: bool) -> str:
        given = {name: things.get((name, own)) or NOTHING[name] for name in self.names}
        return re.sub(r"{(\w+)(?::\w+)?}", lambda found: given[found[1]], self.path)


def every_way() -> list[Way]:
    found = []
    for router in PAGES:
        for route in router.routes:
            assert isinstance(route, Route)
            declared = getattr(route, "openapi_extra", None) or {}
            assert RULE in declared, f"{route.path} declares no rule"
            methods = sorted((route.methods or set()) - {"HEAD"})
            found += [Way(method, route.path, declared[RULE]) for method in methods]
    return found


WAYS = [one for one in every_way() if one.rule != PUBLIC]
OWN_WAYS = [one for one in WAYS if not one.path.startswith("/l/")]


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    targets = (build_target("cua-minh", owner=MINE), build_target("cua-ho", owner=FOREIGN))
    furnish(sqlite_engine, plan=build_plan(targets=targets))
    yield from serve(sqlite_engine, tmp_path)


@pytest.fixture
def things(served: Served) -> dict[tuple[str, bool], str]:
    """What the paths name, by parameter: the department's own, and a foreign one."""
    found = {("key", True): "cua-minh", ("key", False): "cua-ho"}
    for own, code in ((True, MINE), (False, FOREIGN)):
        found["code", own] = found["department", own] = code
        query = {"department": code, "due_after": "2025-04-16"}
        [one, *_] = served.client("admin").get("assignments", params=query).json()["items"]
        found["assignment", own] = one["id"]
        lead = served.client("department", code)
        asked = lead.post(f"assignments/{one['id']}/extensions", json=LATER)
        assert asked.status_code == 201, asked.text
        found["extension", own] = asked.json()["id"]
        raw = lead.get(f"departments/{code}/workbook").content
        back = lead.post("workbooks", files={"file": ("a.xlsx", raw)})
        assert back.status_code == 201, back.text
        found["returned", own] = back.json()["id"]
        made = served.client("admin").post("calendars", json={"department": code})
        assert made.status_code == 201, made.text
        found["calendar", own] = made.json()["id"]
    return found


def signed_in(served: Served, caller: str) -> httpx.Client:
    given = CALLERS[caller]
    grant = GrantIn(
        role=Role(given["role"]), department=given.get("department"), plans=given.get("plans")
    )
    return enter(served, add_user(served.engine, f"{len(caller)}@so.example.vn", grants=(grant,)))


def csrf(served: Served) -> str:
    """What the newest session's forms bear."""
    newest = select(sessions_table.c.family).order_by(sessions_table.c.user.desc())
    with reading(served.engine) as connection:
        family = connection.scalar(newest)
    return sessions.csrf_token(served.settings.secret, str(family))


def expected(one: Way, caller: str, *, own: bool) -> Any:
    if one.path.startswith("/admin/") and caller != "admin":
        return N
    if one.action is Action.SEE_CONTACTS:
        return CONTACTS[caller][0]
    # A list or a form of many things is for who may do it to any.
    own = own or (one.action is Action.MEASURE and not SUBJECTS & set(one.names))
    table = RETURNED if "returned" in one.names else EXPECTED[one.action]
    found = table[caller][0 if own else 1]
    named = SUBJECTS & set(one.names) or one.path.endswith("/workbook")
    return Y if found == H and not named else found


def test_what_anybody_may_open_is_known() -> None:
    assert {(one.method, one.path) for one in every_way() if one.rule == PUBLIC} == PUBLIC_PAGES


def test_nobody_is_asked_to_sign_in(served: Served, things: dict[tuple[str, bool], str]) -> None:
    client = browser(served)
    for one in OWN_WAYS:
        answer = client.request(one.method, one.filled(things, own=True))
        assert answer.status_code == 303, (one, answer.text[:300])
        assert answer.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("caller", CALLERS)
def test_pages_open_for_whom_they_are(
    served: Served, things: dict[tuple[str, bool], str], caller: str
) -> None:
    client = signed_in(served, caller)
    for one in OWN_WAYS:
        for own in (True, False):
            if one.method != "GET":
                continue
            answer = client.get(one.filled(things, own=own))
            wanted = expected(one, caller, own=own)
            seen = (one, own, answer.status_code, answer.text[:200])
            if wanted == Y:
                # What a made-up number names is not there; a page may lead on to another one.
                missing = 404 if set(one.names) & {"notice", "user", "file"} else 200
                unsaid = 422 if one.path in WITH_QUERY else 200
                assert answer.status_code in (200, 303, missing, unsaid), seen
            else:
                assert answer.status_code in ({wanted, H} if wanted == N else {H}), seen


@pytest.mark.parametrize("caller", CALLERS)
def test_forms_are_taken_from_whom_they_are_for(
    served: Served, things: dict[tuple[str, bool], str], caller: str
) -> None:
    client = signed_in(served, caller)
    token = csrf(served)
    for one in OWN_WAYS:
        for own in (True, False):
            wanted = expected(one, caller, own=own)
            if one.method != "POST" or wanted == Y or one.path == "/sign-out":
                continue
            files = {"csrf": (None, token)}
            answer = client.post(one.filled(things, own=own), files=files)
            seen = (one, own, answer.status_code, answer.text[:200])
            assert answer.status_code in (N, H), seen


@pytest.mark.parametrize("caller", ["admin", "department"])
def test_no_form_is_taken_without_its_token(
    served: Served, things: dict[tuple[str, bool], str], caller: str
) -> None:
    client = signed_in(served, caller)
    for one in OWN_WAYS:
        if one.method != "POST":
            continue
        forged: list[dict[str, Any]] = [{}, {"csrf": (None, "0" * 64)}, {"csrf": (None, "no")}]
        for given in forged:
            sent = {**given, **FILE} if one.path.endswith(UPLOADS) else {**given, **TEXT}
            answer = client.post(one.filled(things, own=True), files=sent)
            assert answer.status_code == 403, (one, given, answer.status_code, answer.text[:200])
