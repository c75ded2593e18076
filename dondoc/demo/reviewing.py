"""A simulated coordinator: reviews what waits, through the same use case as a real one."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from dondoc.demo.reports import ZONE, choose, is_returned_once
from plans.reporting import review, today
from plans.store import Connection
from plans.store.assignments import Filter, listing
from plans.store.ledger import history
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
        ref = "/".join(part for part in (row.plan, row.task, row.period) if part)
        returned = any(event.kind is EventKind.RETURNED for event in past[row.id])
        if is_returned_once(row.department, ref) and not returned:
            note = choose(REASONS, row.department, ref)
            review(connection, row.id, "return", actor=ACTOR, now=now, note=note)
            decided["return"] += 1
        else:
            review(connection, row.id, "accept", actor=ACTOR, now=now)
            decided["accept"] += 1
    return decided
