"""A simulated coordinator: reviews what waits, in the past by the use case, then by the API."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from dondoc.demo.reports import ZONE, choose, is_returned_once
from integrations.client import Client
from plans.filing import today
from plans.reviewing import Decision, review
from plans.store import Connection
from plans.store.ledger import history
from plans.store.lists import Filter, listing
from plans.terms import EventKind, Review

ACTOR = "simulated-coordinator"
REASONS = (
    "Số liệu chưa khớp với biểu tổng hợp; đề nghị rà soát, bổ sung.",
    "Chưa có tài liệu kiểm chứng kèm theo; đề nghị bổ sung.",
    "Kết quả chưa nêu rõ nội dung đã thực hiện trong kỳ; đề nghị làm rõ.",
)


def review_waiting(connection: Connection, now: datetime) -> Counter[str]:
    """Accept what waits, but return some reports once, with a reason; how many of each."""
    waiting = listing(connection, Filter(review=Review.SUBMITTED), today(now, ZONE))
    past = history(connection, [row.id for row in waiting])
    decided: Counter[str] = Counter()
    for row in waiting:
        before = (event.kind for event in past[row.id])
        decision, note = judge(row, before)
        review(connection, row.id, decision, actor=ACTOR, now=now, note=note)
        decided[decision] += 1
    return decided


def review_by_api(client: Client) -> Counter[str]:
    """The same as a caller of the API, who reviews nothing that changed since it was read."""
    items = []
    for one in client.assignments(review="submitted"):
        decision, note = judge(one, (entry.kind for entry in client.ledger(one.id)))
        seen = str(one.version)
        items.append({"assignment": one.id, "decision": decision, "note": note, "if_match": seen})
    results = client.review_many(items)
    return Counter(
        item["decision"] if result.taken else "refused"
        for item, result in zip(items, results, strict=True)
    )


def judge(one: Any, before: Iterable[str]) -> tuple[Decision, str]:
    """What the coordinator thinks of a waiting report; ``before``: kinds of its ledger's events.

    ``one``: the record's row, or the client's answer.
    """
    name = "/".join(part for part in (one.plan, one.task, one.period) if part)
    if not is_returned_once(one.department, name) or EventKind.RETURNED in before:
        return "accept", ""
    return "return", choose(REASONS, one.department, name)
