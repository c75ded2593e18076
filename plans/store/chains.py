"""Following the ledger's chains: each from its first entry, beside what stands in the record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, select

from plans.errors import DondocError
from plans.rules import Event, State, project
from plans.store.ledger import GENESIS, chain_hash, event_of, state_of
from plans.store.schema import assignments, ledger

PAGE = 2_000
"""Assignments that are verified at once, with all their entries: a few dozen MB."""


@dataclass(frozen=True, slots=True)
class Verified:
    """One assignment, looked at: what its entries add up to (None: nothing), what is wrong."""

    key: str
    state: State | None
    problem: str | None


def verify(connection: Connection) -> list[str]:
    """What is wrong with chains and projections, in words; an empty list when all is well."""
    return [one.problem for one in verified(connection) if one.problem]


def verified(connection: Connection) -> Iterator[Verified]:
    """Every assignment, its chain followed from the first entry; as many as fit a page at once."""
    last = None
    query = select(assignments).order_by(assignments.c.id).limit(PAGE)
    while True:
        some = query if last is None else query.where(assignments.c.id > last)
        heads = {row.id: row for row in connection.execute(some)}
        # The last page goes on to the ledger's end, where entries of nothing could stand.
        upto = next(reversed(heads)) if len(heads) == PAGE else None
        yield from _verify_page(connection, heads, last, upto)
        if upto is None:
            return
        last = upto


def _verify_page(
    connection: Connection, heads: dict[str, Row[Any]], last: str | None, upto: str | None
) -> Iterator[Verified]:
    query = select(ledger).order_by(ledger.c.assignment, ledger.c.n)
    if last is not None:
        query = query.where(ledger.c.assignment > last)
    if upto is not None:
        query = query.where(ledger.c.assignment <= upto)
    for key, some in groupby(connection.execute(query), key=lambda row: row.assignment):
        yield _verify_one(key, list(some), heads.pop(key, None))
    for key in heads:
        yield Verified(key, None, f"{key}: an assignment without any ledger entry")


def _verify_one(key: str, rows: list[Row[Any]], head: Row[Any] | None) -> Verified:
    previous = GENESIS
    events = [_readable(row) for row in rows]
    state = _sum_of(events)
    for n, (row, event) in enumerate(zip(rows, events, strict=True), start=1):
        true = event and chain_hash(previous, key, n, event)
        if (row.n, row.previous, row.hash) != (n, previous, true):
            return Verified(key, state, f"{key}: the chain breaks at entry {row.n} ({row.kind})")
        previous = row.hash
    if head is None or (head.head, head.events) != (previous, len(rows)):
        return Verified(key, state, f"{key}: entries are missing at the end of the chain")
    if state != state_of(head):
        wrong = f"{key}: the assignment differs from what its ledger adds up to"
        return Verified(key, state, wrong)
    return Verified(key, state, None)


def _readable(row: Row[Any]) -> Event | None:
    """A ledger row as an event; None where it cannot even be read."""
    try:
        return event_of(row)
    except ValueError:
        return None


def _sum_of(events: Iterable[Event | None]) -> State | None:
    """The state that entries add up to; None where the rules forbid one of them."""
    try:
        return project(event for event in events if event)
    except (DondocError, LookupError, ValueError, StopIteration):
        return None
