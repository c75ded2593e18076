"""No call reads through a table that grows: every statement that calls send is explained.

On PostgreSQL plain scans are made to look dear, since a planner rightly scans tables as small as
these; what it still scans then, it would scan at any size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from tests.dondoc.api.conftest import Served

GROWING = (
    "assignments",
    "ledger",
    "texts",
    "idempotency",
    "audit",
    "files",
    "extensions",
    "measurements",
    "notices",
    "deliveries",
    "rungs_sent",
    "snapshots",
    "feed_items",
    "sessions",
    "one_time",
    "supporters",
    "led_before",
)
Sent = dict[str, Any]


@pytest.fixture
def database_url(fresh_url: str) -> str:
    """One whose queries no earlier test has taught PostgreSQL to plan."""
    return fresh_url


@contextmanager
def listening(engine: Engine, sent: Sent) -> Iterator[None]:
    """Keeps each statement with one of its sets of values."""

    def keep(_conn: Any, _cursor: Any, statement: str, values: Any, _c: Any, many: bool) -> None:
        if re.match(r"\s*(SELECT|UPDATE|DELETE|WITH)", statement):
            sent.setdefault(statement, values[0] if many else values)

    event.listen(engine, "before_cursor_execute", keep)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", keep)


def scanned(engine: Engine, sent: Sent) -> dict[str, str]:
    """Statements that read through a growing table, with what the database says of them."""
    found = {}
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET enable_seqscan = off")
        for statement, values in sent.items():
            explain = "EXPLAIN" if engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
            rows = connection.exec_driver_sql(f"{explain} {statement}", values)
            plan = "\n".join(str(row[-1]) for row in rows)
            if _scans(plan, statement):
                found[" ".join(statement.split())[:300]] = plan
        connection.rollback()
    return found


def _scans(plan: str, statement: str) -> bool:
    lines = plan.splitlines()
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        hit = re.search(r"^\s*SCAN (\w+)|(?:Seq|Index|Index Only) Scan.* on (\w+)", line)
        if not hit or (hit[1] or hit[2]) not in (*GROWING, "mine") or "Index Cond" in after:
            continue
        # In the order of an index and up to a limit is no reading through.
        if "LIMIT" in statement and ("INDEX" in line or "Index" in line):
            continue
        return True
    return False


def call_everything(served: Served) -> None:
    """The calls that offices and departments make, once each."""
    key = served.id_of("mau/mot/so-y-te")
    open_one = served.id_of("mau/thuong-xuyen/so-y-te/2025-05")
    lead, office = served.client("department", "so-y-te"), served.client("coordinator")
    of_plan, admin = served.client("coordinator", plans=["mau"]), served.client("admin")
    lead.post(
        f"assignments/{key}/updates", json={"percent": 5, "result": "a"}, headers=served.key()
    )
    batch = {"items": [{"assignment": "mau/mot/so-y-te", "percent": 30, "submit": True}]}
    assert lead.post("updates/batch", json=batch).json()["taken"] == 1
    lead.post(f"assignments/{key}/evidence", files={"file": ("a.txt", "Chữ", "text/plain")})
    office.post(f"assignments/{key}/review", json={"decision": "return", "note": "Thiếu"})
    asked = lead.post(
        f"assignments/{open_one}/extensions", json={"due": "2025-12-20", "reason": "Chờ"}
    )
    assert asked.status_code == 201, asked.text
    decided = {"decision": "grant", "due": "2025-12-20"}
    assert office.post(f"extensions/{asked.json()['id']}/decision", json=decided).status_code == 200
    for client in (lead, office, of_plan, admin):
        for query in QUERIES:
            assert client.get("assignments", params=query).status_code == 200
        cursor = client.get("assignments", params={"limit": 1}).json()["next"]
        assert client.get("assignments", params={"cursor": cursor}).status_code == 200
        for path in PATHS:
            answer = client.get(path.format(key=key))
            assert answer.status_code in (200, 403), answer.text


QUERIES: list[dict[str, str]] = [
    {},
    {"plan": "mau"},
    {"plan": "mau", "group": "nhom-1"},
    {"department": "so-y-te"},
    {"supporting": "so-y-te"},
    {"class": "open_overdue"},
    {"class": "done_late"},
    {"review": "submitted"},
    {"work": "in_progress"},
    {"due_before": "2025-05-01"},
    {"due_after": "2025-05-01"},
    {"updated_since": "2025-04-16T00:00:00+07:00"},
    {"q": "nhiem vu"},
    {"ref": "mau/mot/so-y-te"},
]
PATHS = [
    "assignments/{key}",
    "assignments/{key}/ledger",
    "assignments/{key}/evidence",
    "assignments/{key}/extensions",
    "extensions?state=requested",
    "plans/mau/progress",
    "plans/mau/progress?by=department",
    "plans/mau/progress?as_of=2025-04-16T00:00:00%2B07:00",
    "plans/mau/progress/changes?from=2025-04-01T00:00:00%2B07:00&to=2025-04-16T08:00:00%2B07:00",
    "departments/so-y-te/progress",
    "departments/so-y-te",
    "targets?plan=mau",
    "changes",
    "changes?plan=mau",
    "audit",
    "me",
]


def test_no_call_reads_through_a_table_that_grows(served: Served) -> None:
    sent: Sent = {}
    with listening(served.app.state.running.engine, sent):
        call_everything(served)
    assert len(sent) > 50
    wrong = scanned(served.engine, sent)
    assert not wrong, "\n\n".join(f"{one}\n{plan}" for one, plan in wrong.items())


def test_a_statement_that_scans_is_found(served: Served) -> None:
    assert scanned(served.engine, {"SELECT id FROM assignments WHERE percent = 1": ()})
