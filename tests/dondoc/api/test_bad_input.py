"""Bad bodies by the hundred: each the right 4xx, a problem that names the field; nothing written.

A table a call; here those on assignments and targets, the others in ``test_bad_settings.py``.
Uploads have theirs in ``test_evidence.py``, paths, queries and headers in
``test_bad_requests.py``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.dondoc.api.conftest import Served
from tests.dondoc.api.hostile import (
    INVALID,
    NO_JSON,
    OTHER_TYPE,
    TYPED,
    Bad,
    each,
    everything,
    furnished,
    raw,
    refuse,
)

LONG = "x" * 10_001
DEEP = b'{"result": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@pytest.fixture
def served(engine: Engine, tmp_path: Path) -> Iterator[Served]:
    """On each database: PostgreSQL refuses signs that SQLite takes."""
    yield from furnished(engine, tmp_path)


@pytest.fixture
def light(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    """On SQLite alone, for what never gets as far as the database."""
    yield from furnished(sqlite_engine, tmp_path)


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
    Bad(b'{"result": "\xff\xfe"}', "body", NO_JSON),
    Bad('{"percent": 10, "x": 1}'.encode("utf-16"), "x"),
    Bad(b'\xef\xbb\xbf{"percent": 10, "x": 1}', "x"),
    Bad(DEEP, "body", NO_JSON),
    Bad(b'{"percent": ' + b"9" * 5000 + b"}", "body", NO_JSON),
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
    """To the call whose body is read by hand, and to one whose body the framework reads."""
    url = f"assignments/{light.id_of('mau/mot/so-y-te')}"
    refuse(light, light.client("department", "so-y-te"), f"{url}/updates", BODIES)
    bodies = [one for one in BODIES if one.where != "percent"]
    refuse(light, light.client("coordinator"), f"{url}/suspension", bodies)


EVIDENCE = {"number": "12/BC"}
WORDS: tuple[Any, ...] = (
    "\x00",
    "a\x07",
    "a\x1b[31m",
    "a\x85",
    "\ud800",
    "a\udfff",
    LONG,
    1,
    True,
    ["a"],
    {},
    None,
)
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
NO_DAYS: tuple[Any, ...] = (
    *DAYS,
    "2200-01-01",
    "20251220",
    "20/12/2025",
    "2025-12-20 ",
    "٢٠٢٥-١٢-٢٠",
    20251220,
    True,
    ["2025-12-20"],
    {},
    float("nan"),
)
DOCUMENT = {"number": "12/QĐ", "date": "2025-04-01"}
NO_DOCUMENTS: tuple[Any, ...] = ("12/QĐ", 12, [], {}, {"number": "12/QĐ"}, {"date": "2025-04-01"})
REASONS: tuple[Any, ...] = ("\x00", "a\x07", "\ud800", "x" * 2_001, 1, True, [], {}, None)
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
    *(
        Bad({"reason": "Chờ", "document": {**DOCUMENT, "date": d}}, "document.date")
        for d in NO_DAYS
    ),
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
    *each("value", -1, "40", True, [], 10**400, 2**63, 1e308, float("nan"), base=FIGURE),
    *each("value", float("inf"), None, base=FIGURE),
    Bad(b'{"period": "2025-Q1", "value": 1e400, "source": "a"}', "value"),
    *each("period", "2025-Q5", "2025-q1", "\x00", "", 2025, "1066-Q1", base=FIGURE),
    *each("period", "9999-Q4", "2026-Q1", "٢٠٢٥-Q1", "x" * 10_001, base=FIGURE),
    *each("source", "", " ", "a\x00", "\ud800", 1, None, "x" * 10_001, base=FIGURE),
    *each("note", "a\x00", "\ud800", 1, LONG, base=FIGURE),
    *each("x", 1, base=FIGURE),
]


def test_bad_figures(served: Served) -> None:
    refuse(served, served.client("department", "so-y-te"), "targets/ty-le/measurements", FIGURES)


def test_words_in_any_spelling_are_kept_in_one(served: Served) -> None:
    """A name typed with combining signs is found by who types it without."""
    key, lead = served.id_of("mau/mot/so-y-te"), served.client("department", "so-y-te")
    said = {form: unicodedata.normalize(form, "Đã hoàn thành ở Nghệ An") for form in ("NFC", "NFD")}
    assert said["NFC"] != said["NFD"]
    for words in said.values():
        answer = lead.post(f"assignments/{key}/updates", json={"percent": 5, "result": words})
        assert answer.status_code == 201, answer.text
    entries = lead.get(f"assignments/{key}/ledger").json()["items"]
    kept = [one["words"]["result"] for one in entries if one["kind"] == "updated"]
    assert kept == [said["NFC"]] * 2


BATCH = [
    *each("items", [], {}, "x", None, 1, [{}] * 1001),
    Bad({"items": [1]}, "items.0"),
    Bad({"items": ["\ud800"]}, "items.0"),
    Bad({"items": [{}], "x": 1}, "x"),
    Bad({}, "items"),
]
STRANGE = ("", "\x00", "a/\x00", "x" * 301, 1, None, "\ud800", "../x")


def test_bad_batches(light: Served) -> None:
    refuse(light, light.client("department", "so-y-te"), "updates/batch", BATCH)
    refuse(light, light.client("coordinator"), "reviews/batch", BATCH)


def test_bad_items_of_batches(served: Served) -> None:
    """Each gets its own result, and the record stays as it was."""
    ref = "mau/mot/so-y-te"
    reports: list[Any] = [
        one.body | {"assignment": ref} for one in UPDATES if isinstance(one.body, dict)
    ]
    reports += [{"assignment": one, "percent": 1} for one in STRANGE]
    reviews: list[Any] = [one.body | {"assignment": ref} for one in REVIEWS]
    reviews += [{"assignment": one, "decision": "accept"} for one in STRANGE]
    lead, office = served.client("department", "so-y-te"), served.client("coordinator")
    before = everything(served.engine)
    for client, url, items in (
        (lead, "updates/batch", reports),
        (office, "reviews/batch", reviews),
    ):
        answer = client.post(url, content=raw({"items": items}), headers=TYPED)
        assert answer.status_code == 200, answer.text
        results = answer.json()["items"]
        assert {one["status"] for one in results} == {422, 404}
        assert [one["index"] for one in results] == list(range(len(items)))
        assert all(one["errors"] for one in results if one["status"] == 422)
    assert everything(served.engine) == before
