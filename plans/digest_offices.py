"""What a digest says of all that lies in an office's plans, read for every office at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any, TypeVar

from plans.addressing import Bodies
from plans.store import Connection, events, weekly
from plans.store.events import Newest
from plans.store.weekly import Late

T = TypeVar("T")
WEEK = timedelta(days=7)
SHOWN = 25
"""Lines of one list in a mail; the rest is counted and linked."""


@dataclass(frozen=True, slots=True)
class Offices:
    """What lies in the plans of each office; several that coordinated may have become one."""

    overdue: Mapping[str, Sequence[Any]]
    coming: Mapping[str, Sequence[Any]]
    late: Mapping[str, Sequence[Late]]
    happened: Mapping[str, Newest]

    @classmethod
    def read(cls, connection: Connection, on: date, end: datetime, bodies: Bodies) -> Offices:
        """What lies there on a day; what happened in the week up to ``end``."""
        yesterday = on - timedelta(days=1)
        overdue = weekly.office_lines(connection, None, yesterday, SHOWN)
        coming = weekly.office_lines(connection, on, on + WEEK, SHOWN)
        happened = events.newest(connection, end - WEEK, end, "coordinator", SHOWN)
        return cls(
            {office: _urgent(some) for office, some in _present(overdue, bodies)},
            {office: _urgent(some) for office, some in _present(coming, bodies)},
            {
                office: _together(some)
                for office, some in _present(weekly.late_at(connection, on), bodies)
            },
            {office: _newest(some) for office, some in _present(happened, bodies)},
        )


def _present(found: Mapping[str, T], bodies: Bodies) -> Iterable[tuple[str, list[T]]]:
    """What was found by coordinator, by the bodies that do their work now."""
    some: dict[str, list[T]] = {}
    for code, one in found.items():
        if office := bodies.present(code):
            some.setdefault(office, []).append(one)
    return some.items()


def _urgent(some: Iterable[Sequence[Any]]) -> list[Any]:
    rows = chain.from_iterable(some)
    return sorted(rows, key=lambda row: (row.due, row.ref, row.id))[:SHOWN]


def _together(some: Iterable[Sequence[Late]]) -> list[Late]:
    found: dict[str, Late] = {}
    for one in chain.from_iterable(some):
        before = found.get(one.department, Late(one.department, 0, 0))
        overdue, unanswered = before.overdue + one.overdue, before.unanswered + one.unanswered
        found[one.department] = Late(one.department, overdue, unanswered)
    return list(found.values())


def _newest(some: Sequence[Newest]) -> Newest:
    seqs = sorted(chain.from_iterable(one.seqs for one in some), reverse=True)
    return Newest(sum(one.total for one in some), seqs[:SHOWN])
