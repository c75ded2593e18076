"""Paths, queries and headers that say nothing: the right 4xx, and nothing written."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Engine

from dondoc.api.paging import cursor_of
from tests.dondoc.api.conftest import Served
from tests.dondoc.api.hostile import (
    CHANGED,
    INVALID,
    NOBODY,
    NOT_FOUND,
    Outcome,
    everything,
    furnished,
    wrong,
)


@pytest.fixture
def served(engine: Engine, tmp_path: Path) -> Iterator[Served]:
    """On each database: PostgreSQL refuses signs that SQLite takes."""
    yield from furnished(engine, tmp_path)


# --- paths --------------------------------------------------------------------------------------

SEGMENTS = (
    "%00",
    "a%00b",
    "..%2f..%2fetc%2fpasswd",
    "x" * 10_000,
    "%F0%28%8C%28",
    "%ED%A0%80",
    "%0a",
    "%25",
    "*",
    "%27%20OR%201=1--",
)
READS = (
    *(f"assignments/{{}}{end}" for end in ("", "/ledger", "/extensions", "/evidence")),
    *(f"plans/{{}}{end}" for end in ("", "/versions", "/progress")),
    *("departments/{}", "departments/{}/progress", "targets/{}", "targets/{}/measurements"),
    *("extensions/{}", "webhooks/{}"),
)
FIGURE = {"period": "2025-Q1", "value": 70.5, "source": "12/BC-SYT"}
WRITES: tuple[tuple[str, str, Any], ...] = (
    ("POST", "assignments/{}/suspension", {"reason": "Chờ"}),
    ("POST", "assignments/{}/review", {"decision": "accept"}),
    ("POST", "extensions/{}/decision", {"decision": "grant"}),
    ("POST", "webhooks/{}/enable", None),
    ("POST", "webhooks/{}/test", None),
    ("DELETE", "webhooks/{}", None),
    ("DELETE", "tokens/{}", None),
)
OF_A_LEAD: tuple[tuple[str, str, Any], ...] = (
    ("POST", "assignments/{}/updates", {"percent": 1}),
    ("POST", "assignments/{}/extensions", {"due": "2025-12-20", "reason": "Chờ"}),
    ("POST", "targets/{}/measurements", FIGURE),
    ("GET", "assignments/{}/evidence/x", None),
)
NUMBERS = ("0", "-1", "1.5", "9999999999", "x" * 5000, "9" * 5000, "1e3", "true", "%25")


def test_paths_that_name_nothing(served: Served) -> None:
    admin, lead = served.client("admin"), served.client("department", "so-y-te")
    calls = [(admin, "GET", path, None) for path in READS]
    calls += [(admin, *one) for one in WRITES] + [(lead, *one) for one in OF_A_LEAD]
    file = f"assignments/{served.id_of('mau/mot/so-y-te')}/evidence/{{}}"
    before, found = everything(served.engine), []
    for client, method, path, body in [*calls, (lead, "GET", file, None)]:
        for one in SEGMENTS:
            answer = client.request(method, path.format(one), json=body)
            if said := wrong(answer, NOT_FOUND):
                found.append(f"{method} {path} {one[:30]}: {said}")
    assert not found, "\n".join(found)
    users = {one[:30]: wrong(admin.get(f"users/{one}"), INVALID, "user") for one in NUMBERS}
    assert not any(users.values()), users
    assert everything(served.engine) == before


@pytest.mark.parametrize("token", SEGMENTS)
def test_a_page_of_a_strange_link(served: Served, token: str) -> None:
    anybody = served.with_token(None)
    answer = anybody.get(f"{served.url}/sign-in/{token}")
    assert answer.status_code < 500
    assert "etc" not in answer.text


# --- queries ------------------------------------------------------------------------------------

CURSORS = (
    *("", "x", "!!", "é", "%00", "W10", "e30", "bnVsbA", "MQ", "x" * 1001),
    *(cursor_of(*place) for place in ((1e300,), (True,), ([1], 2), ("a", "b", "c"), (1, 2, 3, 4))),
    *(cursor_of("2025-01-01", one) for one in ("a\x00", 1, None)),
    *(cursor_of(one) for one in ("a\x00", None)),
    *(cursor_of(moment, "x") for moment in ("0001-01-01T00:00:00+12:00", "2025-13-01", "x")),
    cursor_of("2025-01-01T00:00:00", "x", "y"),
)
LISTS = (
    *("assignments", "extensions", "plans", "departments", "targets", "users", "audit"),
    *("plans/mau/versions", "targets/ty-le/measurements", "assignments/{}/ledger"),
)
LIMITS = ("0", "501", "-1", "abc", "1.5", "9" * 5000)
MOMENTS = (
    *("0", "0.5", "20250416", "2025-04-16", "2025-04-16T09:00:00", "now", "", "%00"),
    *("2025-04-16T09:00:00 07:00", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00%2B12:00"),
    *("1066-10-14T00:00:00Z", "2025-02-30T00:00:00Z", "2025-04-16T25:00:00Z"),
    *("2025-04-16T09:00:00%2B99:99", "2025-04-16T09:00Z"),
)
DAYS = (
    *("1066-10-14", "2025-02-30", "99999-01-01", "2025-1-1", "0", "20250416", "today", "", "%00"),
    *("2025-04-16T00:00:00", "2025-04-16%00", "2025-04-16 "),
)
CODES = ("", "%00", "a%00", "x" * 81)
QUERIES: dict[str, dict[str, tuple[str, ...]]] = {
    "assignments": {
        "updated_since": MOMENTS,
        **dict.fromkeys(("due_before", "due_after", "at"), DAYS),
        **dict.fromkeys(("plan", "group", "task", "department", "supporting"), CODES),
        **dict.fromkeys(("class", "work", "review", "lead_status"), ("", "x", "%00")),
        "flagged": ("", "x", "2"),
        "q": ("%00", "x" * 201),
    },
    "audit": {
        "since": MOMENTS,
        "before": ("0", "-1", "x", "9" * 30),
        **dict.fromkeys(("actor", "act"), ("", "%00", "x" * 121)),
        "outcome": ("", "x", "%00"),
    },
    "changes": {
        "after": ("x", "-1", "1.5", "%00", "9" * 21, "9" * 19, "٣"),
        "kinds": ("x", "%00"),
        "plan": CODES,
    },
    "extensions": {"state": ("x", "%00"), "plan": CODES, "department": CODES},
    "targets": {"plan": CODES, "department": CODES, "history": ("x", "2")},
    "plans/mau": {"version": ("0", "-1", "1.5", "x", "2147483648", "9" * 5000, "%00")},
    "plans/mau/progress": {"at": DAYS, "as_of": MOMENTS, "by": ("x", "%00")},
    "departments/so-y-te/progress": {"at": DAYS, "as_of": MOMENTS},
    "plans/mau/progress/changes?to=2025-04-01T00:00:00Z": {"from": MOMENTS},
    "plans/mau/progress/changes?from=2025-04-01T00:00:00Z": {"to": MOMENTS},
}


def asked(assignment: str) -> Iterator[tuple[str, str, str]]:
    """Path, parameter and value of everything that is asked for in vain."""
    for url, parameters in QUERIES.items():
        yield from ((url, name, value) for name, some in parameters.items() for value in some)
    for one in LISTS:
        url = one.format(assignment)
        yield from ((url, "limit", value) for value in LIMITS)
        yield from ((url, "cursor", value) for value in CURSORS)
        yield from ((url, name, "5") for name in ("colour", "%C3%A9"))


def test_queries_that_ask_for_nothing(served: Served) -> None:
    admin, found = served.client("admin"), []
    before = everything(served.engine)
    for url, name, value in asked(served.id_of("mau/mot/so-y-te")):
        answer = admin.get(f"{url}{'&' if '?' in url else '?'}{name}={value}")
        field = {"kinds": "kinds.0", "%C3%A9": "é"}.get(name, name)
        if said := wrong(answer, INVALID, field):
            found.append(f"{url} {name}={value[:50]}: {said}")
    assert not found, "\n".join(found)
    assert everything(served.engine) == before


@pytest.mark.parametrize("words", ["%25", "_", "\\", "'", '"', "%", "x" * 200])
def test_words_that_are_looked_for_stand_for_themselves(served: Served, words: str) -> None:
    answer = served.client("admin").get("assignments", params={"q": words})
    assert (answer.status_code, answer.json()["items"]) == (200, []), answer.text


# --- headers ------------------------------------------------------------------------------------

HEADERS: tuple[tuple[str, Outcome, str | None, tuple[str, ...]], ...] = (
    (
        "Idempotency-Key",
        INVALID,
        "Idempotency-Key",
        ("", "x" * 201, "é", "a\tb", "\xa0", "x" * 30_000),
    ),
    ("If-Match", INVALID, "If-Match", ("x" * 1001, "x" * 30_000)),
    (
        "If-Match",
        CHANGED,
        None,
        ("", "x", '"0"', "W/", ",", '"é"', "-1", "1e0", "x" * 1000, '"1" "2"'),
    ),
    (
        "Authorization",
        NOBODY,
        None,
        (
            *("", "Bearer", "Basic YTpi", "Bearer é", "Bearer " + "x" * 30_000, "Bearer dondoc_"),
            *("Bearer dondoc_é_x", "Bearer link.", "Bearer link.é", "Bearer link.so-y-te.1.\xff"),
            *("Bearer link." + "x" * 30_000, "Bearer dondoc_00000000_" + "a" * 43, "\xa0\xa0"),
        ),
    ),
)


def test_headers_that_say_nothing(served: Served) -> None:
    lead, found = served.client("department", "so-y-te"), []
    url = f"assignments/{served.id_of('mau/mot/so-y-te')}/updates"
    before = everything(served.engine)
    for name, outcome, where, values in HEADERS:
        for value in values:
            headers = {b"Content-Type": b"application/json", name.encode(): value.encode("latin-1")}
            answer = lead.post(url, content=b'{"percent": 1}', headers=headers)
            if said := wrong(answer, outcome, where):
                found.append(f"{name}: {value[:50]}: {said}")
    assert not found, "\n".join(found)
    assert everything(served.engine) == before


@pytest.mark.parametrize(
    "line",
    [
        b"GET /api/v1/\x00 HTTP/1.1",
        b"GET /api/v1/me\x07 HTTP/1.1",
        b"GET  HTTP/1.1",
        b"\xff\xfe",
        b"GET /api/v1/me HTTP/1.1\r\nX: a\x00b",
        b"GET /api/v1/me HTTP/1.1\r\nX y: a",
        b"GET /api/v1/me HTTP/1.1\r\nTransfer-Encoding: x",
    ],
)
def test_what_is_no_http_is_refused_by_the_server(served: Served, line: bytes) -> None:
    parts = urlsplit(served.url)
    with socket.create_connection((str(parts.hostname), int(parts.port or 0)), 10) as connection:
        connection.sendall(line + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert connection.recv(20).startswith(b"HTTP/1.1 40")
    assert served.with_token(None).get(f"{served.url}/healthz").status_code == 200
