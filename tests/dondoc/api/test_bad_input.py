"""Bad input by the hundred: each the right 4xx, a problem that names the field; nothing written.

A table a call. Uploads have theirs in ``test_evidence.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, select

from plans.store import reading
from plans.store.schema import metadata
from tests.builders import build_plan, build_target
from tests.dondoc.api.conftest import Served, serve
from tests.offices import faults, furnish

LONG = "x" * 10_001
DEEP = b'{"result": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
TYPED = {"Content-Type": "application/json"}
INVALID, NO_JSON, NOT_FOUND = (422, "invalid-input"), (400, "invalid-json"), (404, "not-found")
OTHER_TYPE = (415, "unsupported-type")
UNREADABLE = (400, "bad-request")


@dataclass(frozen=True)
class Bad:
    """A body (a value, or bytes as they are) with what comes of it; ``where``: the field."""

    body: Any
    where: str | None = None
    outcome: tuple[int, str] = INVALID
    headers: Mapping[str, str] = field(default_factory=lambda: TYPED)


def raw(body: Any) -> bytes:
    """As bytes. httpx would refuse half a pair of surrogates, and what is no number."""
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def wrong(answer: httpx.Response, outcome: tuple[int, str], where: str | None) -> str | None:
    """What is not as it should be in an answer; None: nothing."""
    said = answer.headers.get("content-type")
    if said != "application/problem+json":
        return f"{answer.status_code} {said}: {answer.text[:200]}"
    body = answer.json()
    fields = [one["field"] for one in body["errors"]]
    found = (body["status"], body["type"].removeprefix("/problems/"))
    if answer.status_code != body["status"] or found != outcome:
        return f"{found} {fields} {body['detail'][:200]}"
    if where is not None and where not in fields:
        return f"names {fields}: {body['detail'][:200]}"
    return None


@pytest.fixture
def served(engine: Engine, tmp_path: Path) -> Iterator[Served]:
    """The sample plan with a target, on each database."""
    yield from _serve(engine, tmp_path)


@pytest.fixture
def light(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    """The same on SQLite alone, for what never gets as far as the database."""
    yield from _serve(sqlite_engine, tmp_path)


def _serve(engine: Engine, folder: Path) -> Iterator[Served]:
    furnish(engine, plan=build_plan(targets=(build_target("ty-le"),)))
    yield from serve(engine, folder)


def everything(engine: Engine) -> dict[str, list[str]]:
    """Every row of every table, but not the audit log's, nor when a token was used."""
    with reading(engine) as connection:
        return {
            table.name: sorted(
                str(tuple(row))
                for row in connection.execute(
                    select(*(one for one in table.c if one.name != "last_used_at"))
                )
            )
            for table in metadata.sorted_tables
            if table.name != "audit"
        }


def refuse(served: Served, client: httpx.Client, url: str, cases: list[Bad], verb="POST") -> None:
    """Send them all: every answer is right, and the record is what it was."""
    before, found = everything(served.engine), []
    for case in cases:
        answer = client.request(verb, url, content=raw(case.body), headers=dict(case.headers))
        if said := wrong(answer, case.outcome, case.where):
            found.append(f"{raw(case.body)[:90]!r} {case.where}: {said}")
    assert not found, "\n".join(found)
    assert everything(served.engine) == before
    assert faults(served.engine) == []


def each(name: str, *values: Any, base: Mapping[str, Any] = {}) -> list[Bad]:
    """Bad values of one field."""
    return [Bad({**base, name: value}, name) for value in values]


BODIES = [
    Bad(b"", None, INVALID),
    Bad(b" ", None, NO_JSON),
    Bad(b"null", None),
    Bad(b"[]", None),
    Bad(b'[{"percent": 10}]', None),
    Bad(b'"percent"', None),
    Bad(b"10", None),
    Bad(b"{", None, NO_JSON),
    Bad(b'{"percent": 10,}', None, NO_JSON),
    Bad(b'{"percent": 10} {}', None, NO_JSON),
    Bad(b"{'percent': 10}", None, NO_JSON),
    Bad(b'{"percent": 010}', None, NO_JSON),
    Bad(b"percent=10", None, NO_JSON),
    Bad(b'{"result": "a\x00b"}', None, NO_JSON),
    Bad(b'{"result": "a\nb"}', None, NO_JSON),
    Bad(b'{"result": "\xff\xfe"}', None, UNREADABLE),
    Bad('{"percent": 10, "x": 1}'.encode("utf-16"), "x"),
    Bad(b'\xef\xbb\xbf{"percent": 10, "x": 1}', "x"),
    Bad(DEEP, None, UNREADABLE),
    Bad(b'{"percent": ' + b"9" * 5000 + b"}", None, UNREADABLE),
    Bad(b'{"percent": 10, "percent": 101}', "percent"),
    *(
        Bad(b'{"percent": 10}', "Content-Type", OTHER_TYPE, {"Content-Type": kind})
        for kind in (
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/xml",
            "json",
            "",
        )
    ),
]


def test_bodies_that_are_none(light: Served) -> None:
    url = f"assignments/{light.id_of('mau/mot/so-y-te')}/updates"
    refuse(light, light.client("department", "so-y-te"), url, BODIES)


EVIDENCE = {"number": "12/BC"}
WORDS = ("\x00", "a\x07", "a\x1b[31m", "a\x85", "\ud800", "a\udfff", LONG, 1, True, ["a"], {}, None)
UPDATES = [
    *each("percent", 101, -1, 1.5, 10.0, "40", True, [40], {"n": 40}, 10**30, 2**63, float("nan")),
    *each("percent", float("inf"), -float("inf"), -0.0, "", "\x00"),
    Bad(b'{"percent": 1e400}', "percent"),
    Bad(b'{"percent": ' + b"9" * 400 + b"}", "percent"),
    *each("result", *WORDS),
    *each("obstacles", *WORDS),
    *each("proposals", *WORDS),
    *each("evidence", [EVIDENCE] * 51, EVIDENCE, "12/BC", None, 1),
    Bad({"evidence": [{}]}, "evidence.0"),
    Bad({"evidence": [1]}, "evidence.0"),
    Bad({"evidence": [EVIDENCE, {"number": ""}]}, "evidence.1.number"),
    Bad({"evidence": [{"number": "x" * 301}]}, "evidence.0.number"),
    Bad({"evidence": [{"number": "a\x00"}]}, "evidence.0.number"),
    Bad({"evidence": [{"title": "\ud800"}]}, "evidence.0.title"),
    Bad({"evidence": [{"title": "   "}]}, "evidence.0.title"),
    Bad({"evidence": [{**EVIDENCE, "x": 1}]}, "evidence.0.x"),
    Bad({"evidence": [{**EVIDENCE, "kind": "lời nói"}]}, "evidence.0.kind"),
    *(
        Bad({"evidence": [{**EVIDENCE, "date": day}]}, "evidence.0.date")
        for day in (
            "1066-10-14",
            "2025-02-30",
            "99999-01-01",
            "2025-1-1",
            "2025-04-01T08:00:00",
            "٢٠٢٥-٠٤-٠١",
            "01/04/2025",
            "9999-12-31",
            "0000-01-01",
            20250401,
            True,
        )
    ),
    *(
        Bad({"evidence": [{"url": url}]}, "evidence.0.url")
        for url in (
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "ftp://a.vn/x",
            "//a.vn/x",
            "http://",
            "https://a.vn/a b",
            "https://a.vn/\x00",
            "https://a.vn/\ud800",
            " javascript:x\nhttps://a.vn",
            "https://a.vn/" + "x" * 1000,
        )
    ),
    *(
        Bad({"evidence": [{"file": file}]}, "evidence.0.file")
        for file in ("../../etc/passwd", "0" * 31, "0" * 33, "0" * 31 + "\n", "A" * 32, "\x00", 0)
    ),
    *each("submit", "true", 1, None, "yes"),
    *each("nil_report", "true", 0, []),
    *each("confirm_personal_data", "true", 1),
    Bad({"percent": 10, "x\ud800": 1}),
    Bad({"percent": 10, "không": 1}, "không"),
    Bad({"percent": 10, "__proto__": {}}, "__proto__"),
    Bad({"result": "Số điện thoại 0912345678", "percent": 1}, "result", (422, "personal-data")),
    Bad({}, None),
]


def test_bad_reports(served: Served) -> None:
    url = f"assignments/{served.id_of('mau/mot/so-y-te')}/updates"
    refuse(served, served.client("department", "so-y-te"), url, UPDATES)


DAYS = ("1066-10-14", "2025-02-30", "99999-01-01", "2025-1-1", "2025-12-20T00:00:00", "", "\x00")
NO_DAYS = (*DAYS, "2200-01-01", "20251220", "20/12/2025", "2025-12-20 ", "٢٠٢٥-١٢-٢٠", 20251220, True)
NO_DAYS = (*NO_DAYS, ["2025-12-20"], {}, float("nan"))
DOCUMENT = {"number": "12/QĐ", "date": "2025-04-01"}
NO_DOCUMENTS = ("12/QĐ", 12, [], {}, {"number": "12/QĐ"}, {"date": "2025-04-01"})
REASONS = ("\x00", "a\x07", "\ud800", "x" * 2_001, 1, True, [], {}, None)
EXTENSIONS = [
    *each("due", *NO_DAYS, None, base={"reason": "Chờ"}),
    *each("reason", *REASONS, "", "  \n ", base={"due": "2025-12-20"}),
    *each("x", 1, base={"due": "2025-12-20", "reason": "Chờ"}),
    *each("confirm_personal_data", 1, base={"due": "2025-12-20", "reason": "Chờ"}),
    Bad({"reason": "Chờ"}, "due"),
    Bad({"due": "2025-12-20"}, "reason"),
]
DECISIONS = [
    *each("decision", "Grant", "grant\x00", "", 1, None, True, ["grant"]),
    *each("due", *NO_DAYS, base={"decision": "grant"}),
    *each("note", *REASONS, base={"decision": "refuse"}),
    Bad({"decision": "refuse"}, "note"),
    Bad({}, "decision"),
]
ORDERS = [
    *each("reason", *REASONS, "", " "),
    *each("document", *NO_DOCUMENTS[:3], base={"reason": "Chờ"}),
    *each("document", 12, True, base={"reason": "Chờ"}),
    Bad({"reason": "Chờ", "document": {"date": "2025-04-01"}}, "document.number"),
    Bad({"reason": "Chờ", "document": {**DOCUMENT, "x": 1}}, "document.x"),
    *(Bad({"reason": "Chờ", "document": {**DOCUMENT, "date": d}}, "document.date") for d in NO_DAYS),
    *(
        Bad({"reason": "Chờ", "document": {**DOCUMENT, "number": one}}, "document.number")
        for one in ("", " ", "a\x00", "\ud800", "x" * 301, 12, None, True)
    ),
    Bad({}, "reason"),
]
REASSIGNMENTS = [
    *each("department", "", "x" * 81, "a\x00", "\ud800", 1, None, [], base={"document": DOCUMENT}),
    Bad({"department": "so-khong", "document": DOCUMENT}, "department"),
    Bad({"department": "../so", "document": DOCUMENT}, "department"),
    Bad({"department": "x'; DROP TABLE ledger;--", "document": DOCUMENT}, "department"),
    *each("document", "12", None, base={"department": "van-phong"}),
    Bad({"department": "van-phong"}, "document"),
]
CORRECTIONS = [
    *each("percent", 101, -1, 1.5, "40", True, None, 2**63, base={"reason": "Nhầm"}),
    *each("reopen", 1, "true", None, base={"reason": "Nhầm", "percent": 1}),
    *each("reason", *REASONS, base={"percent": 1}),
]
REVIEWS = [
    *each("decision", "accepted", "", "accept\x00", 1, None, True, [], {}),
    *each("note", *REASONS, base={"decision": "return"}),
    *each("x", 1, base={"decision": "accept"}),
    Bad({}, "decision"),
]


def test_bad_requests_for_later_dates(served: Served) -> None:
    key = served.id_of("mau/chung/so-y-te")
    lead, office = served.client("department", "so-y-te"), served.client("coordinator")
    served.now = served.now.replace(month=2)
    url = f"assignments/{key}/extensions"
    refuse(served, lead, url, EXTENSIONS)
    asked = lead.post(url, json={"due": "2025-12-20", "reason": "Chờ"})
    assert asked.status_code == 201, asked.text
    refuse(served, office, f"extensions/{asked.json()['id']}/decision", DECISIONS)


def test_bad_orders(served: Served) -> None:
    url, office = f"assignments/{served.id_of('mau/mot/so-y-te')}", served.client("coordinator")
    refuse(served, office, f"{url}/suspension", ORDERS)
    refuse(served, office, f"{url}/cancellation", ORDERS[::4])
    refuse(served, office, f"{url}/resumption", ORDERS[:7])
    refuse(served, office, f"{url}/reassignment", REASSIGNMENTS)
    refuse(served, office, f"{url}/correction", CORRECTIONS)


def test_bad_reviews(served: Served) -> None:
    key = served.id_of("mau/mot/so-y-te")
    lead, office = served.client("department", "so-y-te"), served.client("coordinator")
    handed_in = {"percent": 100, "submit": True, "evidence": [EVIDENCE]}
    assert lead.post(f"assignments/{key}/updates", json=handed_in).status_code == 201
    refuse(served, office, f"assignments/{key}/review", REVIEWS)


FIGURE = {"period": "2025-Q1", "value": 70.5, "source": "12/BC-SYT"}
FIGURES = [
    *each("value", 101, -1, "40", True, [], 10**400, 2**63, 1e308, float("nan"), base=FIGURE),
    *each("value", float("inf"), None, base=FIGURE),
    Bad(b'{"period": "2025-Q1", "value": 1e400, "source": "a"}', "value"),
    *each("period", "2025-Q5", "2025-q1", "\x00", "", 2025, "1066-Q1", base=FIGURE),
    *each("period", "9999-Q4", "2026-Q1", "٢٠٢٥-Q1", "x" * 10_001, base=FIGURE),
    *each("source", "", " ", "a\x00", "\ud800", 1, None, "x" * 10_001, base=FIGURE),
    *each("note", "a\x00", "\ud800", 1, LONG, base=FIGURE),
    *each("x", 1, base=FIGURE),
]
TOKEN = {"name": "x", "role": "viewer"}
TOKENS = [
    *each("name", "", "x" * 121, "a\x00", "\ud800", 1, None, " ", "a\nb", base=TOKEN),
    *each("role", "root", "", 1, None, base=TOKEN),
    *each("days", 0, 1099, -1, 1.5, "365", True, 10**400, None, base=TOKEN),
    *each("scopes", [], "read", base=TOKEN),
    Bad({**TOKEN, "scopes": ["everything"]}, "scopes.0"),
    Bad({**TOKEN, "scopes": [1]}, "scopes.0"),
    *each("plans", [], "mau", ["x"] * 101, base=TOKEN),
    *each("department", "", "x" * 81, 1, [], base={**TOKEN, "role": "department"}),
    *each("x", 1, base=TOKEN),
    Bad({**TOKEN, "role": "department"}, "department"),
    Bad({**TOKEN, "role": "department", "department": "a\x00"}, "department"),
    Bad({**TOKEN, "plans": ["a\x00"]}, "plans.0"),
    Bad({**TOKEN, "plans": ["mau", "\ud800"]}, "plans.1"),
    Bad({**TOKEN, "role": "coordinator", "plans": ["khong-co"]}, None, NOT_FOUND),
    Bad({**TOKEN, "role": "department", "department": "khong-co"}, None, NOT_FOUND),
]
USER = {"email": "an@so.example.vn", "name": "An", "grants": [{"role": "coordinator"}]}
USERS = [
    *each("email", "", "an", "an@", "@x.vn", "a b@x.vn", "a\x00@x.vn", "\ud800@x.vn", 1, None, base=USER),
    *each("email", "x" * 255 + "@x.vn", "an@x.vn\nBcc: a@b.vn", "an@x.vn\r\n", base=USER),
    *each("name", "", "  ", "a\x00", "\ud800", 1, None, LONG, base=USER),
    *each("language", "fr", "", 1, base=USER),
    *each("grants", "admin", 1, None, base=USER),
    *each("x", 1, base=USER),
    Bad({**USER, "grants": [{"role": "root"}]}, "grants.0.role"),
    Bad({**USER, "grants": [{}]}, "grants.0.role"),
    Bad({**USER, "grants": [{"role": "department", "department": "khong-co"}]}, None, NOT_FOUND),
    Bad({**USER, "grants": [{"role": "department", "department": "a\x00"}]}),
    Bad({**USER, "grants": [{"role": "coordinator", "plans": ["a\x00"]}]}),
    Bad({**USER, "grants": [{"role": "coordinator", "plans": ["\ud800"]}]}),
    Bad({**USER, "grants": [{"role": "coordinator"}] * 1000}),
]
CHANGES_OF_USERS = [
    *each("name", "", "a\x00", 1, LONG),
    *each("disabled", "true", 1, "x"),
    *each("grants", "x", 1, [1]),
    *each("x", 1),
]
HOOK = {"name": "x", "department": "so-y-te", "url": "https://93.184.216.34/x"}
HOOKS = [
    *each("url", "javascript:alert(1)", "file:///etc/passwd", "ftp://a.vn", "", "x", 1, None, base=HOOK),
    *each("url", "http://127.0.0.1/", "https://127.0.0.1/", "https://[::1]/", base=HOOK),
    *each("url", "https://169.254.169.254/", "https://0x7f.1/", "https://2130706433/", base=HOOK),
    *each("url", "https://a.vn/\x00", "https://a.vn/\ud800", "https://a.vn/a b", base=HOOK),
    *each("url", "https://user:secret@93.184.216.34/", "https://" + "x" * 1001, base=HOOK),
    *each("url", "https://93.184.216.34:99999/", "https://[x/", "https://a.vn\r\nX: 1", base=HOOK),
    *each("name", "", " ", "a\x00", "\ud800", "x" * 81, 1, base=HOOK),
    *each("department", "", "a\x00", 1, None, "x" * 81, base=HOOK),
    *each("kinds", [], "updated", 1, base=HOOK),
    *each("x", 1, base=HOOK),
    Bad({**HOOK, "kinds": ["exploded"]}, "kinds.0"),
    Bad({**HOOK, "department": "khong-co"}, "department"),
    Bad({**HOOK, "department": "\ud800"}, "department"),
]


def test_bad_figures(served: Served) -> None:
    refuse(served, served.client("department", "so-y-te"), "targets/ty-le/measurements", FIGURES)


def test_bad_tokens_users_and_webhooks(served: Served) -> None:
    admin = served.client("admin")
    assert admin.post("users", json=USER | {"email": "binh@so.example.vn"}).status_code == 201
    for url, cases in (("tokens", TOKENS), ("users", USERS), ("webhooks", HOOKS)):
        refuse(served, admin, url, cases)
    refuse(served, admin, "users/1", CHANGES_OF_USERS, "PATCH")


SIGN_IN = {"email": "an@so.example.vn", "password": "x"}
SESSIONS = [
    *each("email", "", "a b", "a\x00", "\ud800", 1, None, "x" * 255, base=SIGN_IN),
    *each("password", "", "x" * 201, 1, None, [], base=SIGN_IN),
    *each("totp", "12345", "1234567", "١٢٣٤٥٦", "12345a", 123456, "123456\n", base=SIGN_IN),
    *each("x", 1, base=SIGN_IN),
    Bad({"email": "an@so.example.vn"}, "password"),
    Bad({**SIGN_IN, "password": "\x00"}, None, (401, "unauthenticated")),
    Bad({**SIGN_IN, "password": "\ud800"}),
]
LINKS = [
    *each("email", "", "a\x00", 1, "\ud800"),
    *each("department", "", "a\x00", 1, "\ud800", "../x"),
    Bad({}),
    Bad({"email": "a@x.vn", "department": "so-y-te"}),
]
SECRETS = [
    *each("token", "", "x" * 201, 1, None),
    Bad({"token": "a\x00"}, None, (401, "unauthenticated")),
    Bad({"token": "\ud800"}),
    Bad({"token": "../.."}, None, (401, "unauthenticated")),
]


def test_bad_sign_ins(served: Served) -> None:
    anybody = served.with_token(None)
    refuse(served, anybody, "session", SESSIONS)
    refuse(served, anybody, "session/link", LINKS)
    refuse(served, anybody, "session/link/redeem", SECRETS)


YAML = {"Content-Type": "application/yaml"}
DECLARATIONS = [
    Bad(b"", None, (422, "invalid-catalogue"), YAML),
    Bad(b"\x00", None, (422, "invalid-catalogue"), YAML),
    Bad(b"\xff\xfe\xff", None, (422, "invalid-catalogue"), YAML),
    Bad(b"a: [", None, (422, "invalid-catalogue"), YAML),
    Bad(b"- 1\n", None, (422, "invalid-catalogue"), YAML),
    Bad(b"id: mau\nid: mau\n", None, (422, "invalid-catalogue"), YAML),
    Bad(b"!!python/object/apply:os.system ['true']", None, (422, "invalid-catalogue"), YAML),
    Bad(b"[" * 50_000, None, (422, "invalid-catalogue"), YAML),
    Bad(
        b"a: &a [x,x,x,x,x,x,x,x,x]\n"
        + b"".join(b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 9)) for n in range(9)),
        None,
        (422, "invalid-catalogue"),
        YAML,
    ),
    Bad(b"id: mau\nissued: 1066-10-14\n", None, (422, "invalid-catalogue"), YAML),
    Bad({"declaration": 1}, "declaration"),
    Bad({"declaration": "x", "x": 1}, "declaration"),
    Bad({}, "declaration"),
    Bad(b"{", "declaration"),
    Bad({"declaration": "\ud800"}, None),
    Bad({"declaration": "\x00"}, None, (422, "invalid-catalogue")),
    Bad(b"id: mau", None, (415, "unsupported-type"), {"Content-Type": "application/xml"}),
    Bad(b"id: mau", None, (415, "unsupported-type"), {}),
]


def test_bad_declarations(served: Served) -> None:
    admin = served.client("admin")
    refuse(served, admin, "plans/preview", DECLARATIONS)
    refuse(served, admin, "plans", DECLARATIONS)


SEGMENTS = ("%00", "a%00b", "..%2f..%2fetc%2fpasswd", "x" * 10_000, "%F0%28%8C%28", "%ED%A0%80", "%0a", "%25", "*", "%27%20OR%201=1--")
PATHS = (
    "assignments/{}",
    "assignments/{}/ledger",
    "assignments/{}/extensions",
    "assignments/{}/evidence",
    "extensions/{}",
    "plans/{}",
    "plans/{}/versions",
    "plans/{}/progress",
    "departments/{}",
    "departments/{}/progress",
    "targets/{}",
    "targets/{}/measurements",
    "webhooks/{}",
)
WRITES = {
    "assignments/{}/suspension": {"reason": "Chờ"},
    "assignments/{}/review": {"decision": "accept"},
    "extensions/{}/decision": {"decision": "grant"},
    "webhooks/{}/enable": {},
    "webhooks/{}/test": {},
}


def test_paths_that_name_nothing(served: Served) -> None:
    admin, before, found = served.client("admin"), everything(served.engine), []
    calls = [("GET", path, None) for path in PATHS]
    calls += [("POST", path, body) for path, body in WRITES.items()]
    calls += [("DELETE", "tokens/{}", None), ("DELETE", "webhooks/{}", None)]
    for method, path, body in calls:
        for one in SEGMENTS:
            answer = admin.request(method, path.format(one), json=body)
            if said := wrong(answer, NOT_FOUND, None):
                found.append(f"{method} {path} {one[:30]}: {said}")
    key = served.id_of("mau/mot/so-y-te")
    lead = served.client("department", "so-y-te")
    for one in SEGMENTS:
        for url in (f"assignments/{key}/evidence/{one}",):
            if said := wrong(lead.get(url), NOT_FOUND, None):
                found.append(f"GET {url[:60]}: {said}")
        answer = lead.post(f"assignments/{one}/updates", json={"percent": 1})
        if said := wrong(answer, NOT_FOUND, None):
            found.append(f"POST updates {one[:30]}: {said}")
        answer = lead.post(f"targets/{one}/measurements", json=FIGURE)
        if said := wrong(answer, NOT_FOUND, None):
            found.append(f"POST measurements {one[:30]}: {said}")
    for one in ("0", "-1", "1.5", "9999999999", "x" * 5000, "9" * 5000, "٣", "1e3", "true"):
        if said := wrong(admin.get(f"users/{one}"), INVALID, "user"):
            found.append(f"GET users/{one[:30]}: {said}")
    assert not found, "\n".join(found)
    assert everything(served.engine) == before


CURSORS = ("", "x", "!!", "é", "%00", "W10", "e30", "bnVsbA", "WyJhIiwiYiIsImMiXQ", "x" * 1001, "WzFlNDAwXQ", "W1sxXSwyXQ", "WyIyMDI1LTAxLTAxIiwgIlx1MDAwMCJd", "WyIyMDI1LTAxLTAxIiwgIlx1ZDgwMCJd","WyJcdTAwMDAiXQ", "WzksOTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTldCg")
LISTS = ("assignments", "extensions", "plans", "departments", "targets", "users", "audit", "plans/mau/versions", "targets/ty-le/measurements", "assignments/{}/ledger")
MOMENTS = ("0", "0.5", "20250416", "2025-04-16", "2025-04-16T09:00:00", "2025-04-16T09:00:00 07:00", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00%2B12:00", "1066-10-14T00:00:00Z", "2025-02-30T00:00:00Z", "2025-04-16T25:00:00Z", "now", "", "%00", "2025-04-16T09:00:00%2B99:99")
QUERY_DAYS = ("1066-10-14", "2025-02-30", "99999-01-01", "2025-1-1", "0", "20250416", "2025-04-16T00:00:00", "today", "", "%00", "2025-04-16%00")
QUERIES: dict[str, dict[str, tuple[str, ...]]] = {
    "assignments": {
        "updated_since": MOMENTS,
        "due_before": QUERY_DAYS,
        "due_after": QUERY_DAYS,
        "at": QUERY_DAYS,
        "class": ("", "late", "%00"),
        "work": ("", "x"),
        "review": ("", "x"),
        "lead_status": ("", "x"),
        "flagged": ("", "x", "2"),
        "plan": ("", "%00", "x" * 81),
        "group": ("", "%00", "x" * 81),
        "task": ("", "%00", "x" * 81),
        "department": ("", "%00", "x" * 81),
        "supporting": ("", "%00", "x" * 81),
        "q": ("%00", "x" * 201),
    },
    "audit": {"since": MOMENTS, "before": ("0", "-1", "x", "9" * 30), "actor": ("", "%00"), "act": ("%00",), "outcome": ("x",)},
    "changes": {"after": ("x", "-1", "1.5", "%00", "9" * 21, "9" * 19, "٣"), "kinds": ("x", "%00"), "plan": ("", "%00")},
    "extensions": {"state": ("x", "%00"), "plan": ("", "%00"), "department": ("", "%00")},
    "targets": {"plan": ("", "%00", "x" * 81), "department": ("", "%00"), "history": ("x",)},
    "plans/mau": {"version": ("0", "-1", "1.5", "x", "2147483648", "9" * 5000, "%00")},
    "plans/mau/progress": {"at": QUERY_DAYS, "as_of": MOMENTS, "by": ("x", "%00")},
    "departments/so-y-te/progress": {"at": QUERY_DAYS, "as_of": MOMENTS},
    "plans/mau/progress/changes?to=2025-04-01T00:00:00Z": {"from": MOMENTS},
    "plans/mau/progress/changes?from=2025-04-01T00:00:00Z": {"to": MOMENTS},
}


def test_queries_that_ask_for_nothing(served: Served) -> None:
    admin, before, found = served.client("admin"), everything(served.engine), []
    key = served.id_of("mau/mot/so-y-te")
    asked = [
        (url, name, value)
        for url, parameters in QUERIES.items()
        for name, values in parameters.items()
        for value in values
    ]
    for one in LISTS:
        url = one.format(key)
        asked += [(url, "limit", value) for value in ("0", "501", "-1", "abc", "1.5", "", "9" * 5000)]
        asked += [(url, "cursor", value) for value in CURSORS]
        asked += [(url, "colour", "red"), (url, "Limit", "5")]
    for url, name, value in asked:
        answer = admin.get(f"{url}{'&' if '?' in url else '?'}{name}={value}")
        if said := wrong(answer, INVALID, "kinds.0" if name == "kinds" else name):
            found.append(f"{url} {name}={value[:50]}: {said}")
    assert not found, "\n".join(found)
    assert everything(served.engine) == before


def test_headers_that_say_nothing(served: Served) -> None:
    key, lead = served.id_of("mau/mot/so-y-te"), served.client("department", "so-y-te")
    url, before, found = f"assignments/{key}/updates", everything(served.engine), []
    for name, value, outcome, where in [
        *(("Idempotency-Key", one, INVALID, "Idempotency-Key") for one in ("", "x" * 201, "é", "a\tb", "\xa0", "x" * 30_000)),
        *(("If-Match", one, (412, "precondition-failed"), None) for one in ("", "x", '"0"', "W/", ",", '"é"', "-1", "1e0", "x" * 30_000, '"1" "2"')),
        *(
            ("Authorization", one, (401, "unauthenticated"), None)
            for one in ("", "Bearer", "Bearer ", "Basic YTpi", "Bearer é", "Bearer " + "x" * 30_000, "Bearer dondoc_", "Bearer dondoc_é_x", "Bearer link.", "Bearer link.é", "Bearer link." + "x" * 30_000, "Bearer link.so-y-te.1.\xff", "bearer  ", "Bearer dondoc_00000000_" + "a" * 43)
        ),
        ("Content-Length", "-1", UNREADABLE, None),
    ]:
        if name == "Content-Length":
            continue
        headers = [(b"content-type", b"application/json"), (name.encode(), value.encode("latin-1"))]
        answer = lead.post(url, content=b'{"percent": 1}', headers=headers)
        if said := wrong(answer, outcome, where):
            found.append(f"{name}: {value[:50]}: {said}")
    assert not found, "\n".join(found)
    assert everything(served.engine) == before


BATCH = [
    *each("items", [], {}, "x", None, 1, [{}] * 1001),
    Bad({"items": [1]}, "items.0"),
    Bad({"items": ["\ud800"]}, "items.0"),
    Bad({"items": [{}], "x": 1}, "x"),
    Bad({}, "items"),
]


def test_bad_batches(served: Served) -> None:
    refuse(served, served.client("department", "so-y-te"), "updates/batch", BATCH)
    reviews = [one for one in BATCH if one.body != {"items": [{}] * 1001}]
    many = Bad({"items": [{}] * 201}, "items")
    refuse(served, served.client("coordinator"), "reviews/batch", [*reviews, many])


def test_bad_items_of_batches(served: Served) -> None:
    """Each gets its own result, and the record stays as it was."""
    ref = "mau/mot/so-y-te"
    before = everything(served.engine)
    items = [
        one.body | {"assignment": ref}
        for one in UPDATES
        if not isinstance(one.body, bytes) and "confirm" not in str(one.body) and one.body and "\\u" not in json.dumps(one.body)
    ]
    strange = [{"assignment": one, "percent": 1} for one in ("", "\x00", "a/\x00", "x" * 301, 1, None, "\ud800", "../x")]
    items += strange
    lead = served.client("department", "so-y-te")
    answer = lead.post("updates/batch", content=raw({"items": items}), headers=TYPED)
    assert answer.status_code == 200, answer.text
    found = [(one["status"], items[one["index"]]) for one in answer.json()["items"]]
    assert [one for one in found if one[0] not in (422, 404)] == []
    office = served.client("coordinator")
    items = [{"assignment": one["assignment"], "decision": "accept"} for one in strange]
    items += [one.body | {"assignment": ref} for one in REVIEWS]
    answer = office.post("reviews/batch", content=raw({"items": items}), headers=TYPED)
    assert answer.status_code == 200, answer.text
    assert {one["status"] for one in answer.json()["items"]} <= {422, 404}
    assert everything(served.engine) == before
