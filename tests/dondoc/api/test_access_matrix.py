"""Every route × every role × what is its own and what is foreign, from the app's own route table.

A new route without a declared rule, or with a rule that this table does not know, fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine
from starlette.routing import Route

from dondoc.api.routing import KIND, PUBLIC, RULE
from plans.access import RULES, Action
from plans.terms import Role
from tests.builders import build_plan, build_target
from tests.dondoc.api.conftest import Served, serve
from tests.offices import furnish

MINE, FOREIGN = "so-y-te", "so-tai-chinh"
CALLERS: dict[str, dict[str, Any]] = {
    "admin": {"role": "admin"},
    "coordinator": {"role": "coordinator"},
    "coordinator of nothing here": {"role": "coordinator", "plans": []},
    "department": {"role": "department", "department": MINE},
    "viewer": {"role": "viewer"},
}

# What each caller gets: y (may), 403, or 404 (does not see it); to its own, and to a foreign one.
# Written down anew, not read from plans.access: who changes a rule there must mean it here.
Y, N, H = "y", 403, 404
OFFICE = {
    "admin": (Y, Y),
    "coordinator": (Y, Y),
    "coordinator of nothing here": (H, H),
    "department": (N, N),
    "viewer": (N, N),
}
EVERYBODY = dict.fromkeys(CALLERS, (Y, Y))
ADMIN = dict.fromkeys(CALLERS, (N, N)) | {"admin": (Y, Y)}
LEAD = dict.fromkeys(CALLERS, (N, N)) | {"department": (Y, H)}
EXPECTED: dict[Action, dict[str, tuple[Any, Any]]] = {
    Action.SEE_SELF: EVERYBODY,
    Action.SEE_FIGURES: EVERYBODY,
    Action.FOLLOW: EVERYBODY,
    Action.SEE_ASSIGNMENT: EVERYBODY
    | {"coordinator of nothing here": (H, H), "department": (Y, H)},
    Action.SEE_REPORT: OFFICE | {"coordinator of nothing here": (N, N), "viewer": (Y, Y)},
    Action.REPORT: LEAD,
    # Files that bodies filled in: handed in by themselves, or by the office to which they came.
    Action.HAND_IN: LEAD
    | {"admin": (Y, Y), "coordinator": (Y, Y), "coordinator of nothing here": (H, H)},
    Action.ASK_EXTENSION: LEAD,
    Action.REVIEW: OFFICE,
    Action.DECIDE_EXTENSION: OFFICE,
    Action.GOVERN: OFFICE,
    Action.MEASURE: dict.fromkeys(CALLERS, (N, N)) | {"department": (Y, N)},
    # Of many targets: each row is asked for by itself.
    Action.IMPORT_FIGURES: EVERYBODY | {"viewer": (N, N)},
    # Lists and forms are for all who could have one; of others' calendars a viewer knows nothing.
    Action.SUBSCRIBE: {
        "admin": (Y, Y),
        "coordinator": (Y, Y),
        "coordinator of nothing here": (H, H),
        "department": (Y, H),
        "viewer": (H, H),
    },
    # Of no subject, so a coordinator of whatever plans may, as on the pages of gathering.
    Action.SEE_CONTACTS: dict.fromkeys(CALLERS, (N, N))
    | dict.fromkeys(("admin", "coordinator", "coordinator of nothing here"), (Y, Y)),
    Action.MANAGE_WEBHOOKS: ADMIN | {"department": (Y, H)},
    Action.MANAGE_TOKENS: ADMIN,
    Action.MANAGE_USERS: ADMIN,
    Action.LOAD_PLANS: ADMIN,
    Action.SEE_AUDIT: ADMIN,
}
RETURNED = LEAD
"""What a body handed in by itself stays its own, whoever else may hand in for it."""
DOCUMENT = {"number": "12/QĐ-UBND", "date": "2025-04-01"}
LATER = {"due": "2025-12-20", "reason": "Chờ hướng dẫn"}
BODIES: dict[str, Any] = {
    "updates": {"percent": 10},
    "review": {"decision": "accept"},
    "extensions": LATER,
    "decision": {"decision": "grant", "due": "2025-12-20"},
    "suspension": {"reason": "Chờ"},
    "resumption": {"reason": "Lại"},
    "cancellation": {"reason": "Thôi"},
    "reassignment": {"department": "van-phong", "document": DOCUMENT},
    "correction": {"percent": 50, "reopen": True, "reason": "Nhầm"},
    "lead": {"department": "so-y-te", "document": DOCUMENT},
    "measurements": {"period": "2025", "value": 50, "source": "12/BC-STC"},
}
"""Good bodies by the end of a path, so that a foreign caller gets as far as it can."""

QUERIES = {"report": {"period": "2025-Q1"}}
"""Without which a call is refused before anybody looks at who calls."""

# Only asked of a subject inside other calls, by no route of its own.
INSIDE = {Action.SEE_SENSITIVE, Action.MANAGE_CALENDARS}
HIDDEN = {
    ("GET", "/api/v1/docs"),
    ("GET", "/api/v1/docs.css"),
    ("GET", "/sign-in/oidc"),
    ("GET", "/sign-in/oidc/callback"),
}
"""What is no part of the API; the pages have a test of their own (``test_page_access.py``)."""
PUBLIC_ROUTES = {
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
    "GET /calendars/{token}.ics",
    "GET /api/v1/session",
    "POST /api/v1/session",
    "POST /api/v1/session/link",
    "POST /api/v1/session/link/redeem",
}


Operation = dict[str, Any]


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    """The sample plan with two targets, on SQLite alone: who may is the same on both."""
    targets = (build_target("cua-minh", owner=MINE), build_target("cua-ho", owner=FOREIGN))
    furnish(sqlite_engine, plan=build_plan(targets=targets))
    yield from serve(sqlite_engine, tmp_path)


def routes(served: Served) -> list[tuple[str, str, Operation]]:
    """Method, path and operation of every route that there is."""
    found = served.app.openapi()["paths"].items()
    every = [(m.upper(), path, one) for path, some in found for m, one in some.items()]
    return sorted(every, key=lambda one: one[0] == "DELETE")  # what others ask for goes last


@pytest.fixture
def things(served: Served) -> dict[tuple[str, bool], str]:
    """What the paths name, by parameter: the department's own, and a foreign one."""
    found: dict[tuple[str, bool], str] = {
        ("target", True): "cua-minh",
        ("target", False): "cua-ho",
        ("department", True): MINE,
        ("department", False): FOREIGN,
    }
    admin = served.client("admin")
    for own, code in ((True, MINE), (False, FOREIGN)):
        found |= {(name, own): value for name, value in NOTHING.items()}
        query = {"department": code, "due_after": "2025-04-16"}
        [one, *_] = admin.get("assignments", params=query).json()["items"]
        found["assignment", own] = one["id"]
        lead = served.client("department", code)
        asked = lead.post(f"assignments/{one['id']}/extensions", json=LATER)
        assert asked.status_code == 201, asked.text
        found["extension", own] = asked.json()["id"]
        hook = {"name": "x", "department": code, "url": "https://93.184.216.34/x"}
        made = admin.post("webhooks", json=hook)
        assert made.status_code == 201, made.text
        found["webhook", own] = made.json()["id"]
        raw = lead.get(f"departments/{code}/workbook").content
        back = lead.post("workbooks", files={"file": ("a.xlsx", raw)})
        assert back.status_code == 201, back.text
        found["returned", own] = back.json()["id"]
        made = admin.post("calendars", json={"department": code})
        assert made.status_code == 201, made.text
        found["calendar", own] = made.json()["id"]
    return found


NOTHING = {
    "email": "khong-co@x.vn",
    "measurement": "999999",
    "plan": "mau",
    "file": "0" * 32,
    "token": "00000000",
    "user": "999999",
}
SUBJECTS = {"assignment", "returned", "calendar", "extension", "webhook", "target"}


def expected(operation: Operation, path: str, caller: str, *, own: bool) -> Any:
    """What a caller should get; a list is nobody's, so there is nothing that it could not see."""
    if operation.get(KIND):
        return N
    names = set(re.findall(r"{(\w+)}", path))
    # A call about many things is for who may do it to any; each is asked for by itself.
    own = own or (operation[RULE] == Action.MEASURE and not names & SUBJECTS)
    table = RETURNED if "{returned}" in path else EXPECTED[Action(operation[RULE])]
    found = table[caller][0 if own else 1]
    named = names & SUBJECTS or path.endswith("/workbook")
    return Y if found == H and not named else found


def call(client: httpx.Client, method: str, path: str, *, good: bool) -> httpx.Response:
    """A call with a good body, or with one that nothing can come of."""
    url = f"http://{client.base_url.netloc.decode()}{path}"
    end = path.rsplit("/", 1)[-1]
    if method in ("GET", "DELETE"):
        return client.request(method, url, params=QUERIES.get(end))
    if end == "evidence" and good:
        return client.post(url, files={"file": ("a.txt", "Chữ", "text/plain")})
    return client.request(method, url, json=BODIES.get(end, {}) if good else {"không": 1})


def outcome(answer: httpx.Response, path: str) -> Any:
    """y, 403 or 404; of a token, user or file there is none, which nobody refused."""
    assert answer.status_code != 401, answer.text
    assert answer.status_code < 500, answer.text
    nothing = answer.status_code == 404 and re.search(
        r"{(measurement|token|user|file|email)}", path
    )
    return answer.status_code if answer.status_code in (403, 404) and not nothing else Y


@pytest.mark.parametrize("caller", CALLERS)
def test_every_route_for_every_role(
    served: Served, things: dict[tuple[str, bool], str], caller: str
) -> None:
    client, wrong = served.client(**CALLERS[caller]), []
    for method, path, operation in routes(served):
        for own in (True, False) if operation[RULE] != PUBLIC else ():
            wanted = expected(operation, path, caller, own=own)
            url = path.format_map(
                {name: value for (name, of), value in things.items() if of is own}
            )
            answer = call(client, method, url, good=wanted != Y)
            foreign_file = wanted == H and "{file}" in path and answer.status_code == 404
            got = H if foreign_file else outcome(answer, path)
            if got != wanted:
                wrong.append((method, path, "own" if own else "foreign", got, wanted))
    assert not wrong, "\n".join(map(str, wrong))


def test_nobody_gets_in_without_saying_who_they_are(
    served: Served, things: dict[tuple[str, bool], str]
) -> None:
    client, public = served.with_token(None), set()
    for method, path, operation in routes(served):
        url = path.format_map({name: value for (name, own), value in things.items() if own})
        if operation[RULE] == PUBLIC:
            public.add(f"{method} {path}")
        else:
            assert call(client, method, url, good=True).status_code == 401, (method, path)
    assert public == PUBLIC_ROUTES


def test_every_rule_is_in_the_table(served: Served) -> None:
    declared = {one[RULE] for _, _, one in routes(served)} - {PUBLIC}
    assert {Action(rule) for rule in declared} == set(EXPECTED)
    assert set(EXPECTED) | INSIDE == set(RULES) == set(Action)
    assert all(set(CALLERS) == set(one) for one in EXPECTED.values())
    assert {one["role"] for one in CALLERS.values()} == set(Role)


def test_every_route_is_in_the_document(served: Served) -> None:
    """What the document leaves out would be tested by nothing here."""
    from dondoc.api.methods import Methods
    from dondoc.api.routes import ROUTERS
    from dondoc.web.routers import PAGES

    documented = {(method, path) for method, path, _ in routes(served)}
    hidden = {
        (method, path)
        for path, (_, methods) in Methods(ROUTERS)._known.items()
        for method in methods - {"HEAD"}
    } - documented
    paths = {one.path for many in PAGES for one in many.routes if isinstance(one, Route)}
    assert {(method, path) for method, path in hidden if path not in paths} == HIDDEN


def test_a_narrowed_token_does_what_it_was_narrowed_to(served: Served) -> None:
    key = served.id_of("mau/mot/so-y-te")
    reader = served.client("department", MINE, scopes=["read"])
    assert reader.get(f"assignments/{key}").status_code == 200
    assert reader.post(f"assignments/{key}/updates", json={"percent": 1}).status_code == 403
    link_like = served.client("department", MINE, scopes=["assignments"])
    assert link_like.get("plans").status_code == 403
    assert link_like.get(f"assignments/{key}").status_code == 200
