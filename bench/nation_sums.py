"""The nation rolled up: what the counters answer, and the same question as a plain GROUP BY."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, false, func, select

from bench.country import TODAY, Sample, sample
from bench.figures import Figure, Job, p95, taking_turns
from plans import rolling
from plans.progress import sum_both
from plans.store import Engine, counters, reading
from plans.store.counters import BASES
from plans.store.schema import assignments
from plans.terms import Work

GOAL = 50
"""Milliseconds, at the 95th percentile, whatever the number of assignments."""
TURNS = 21
c = assignments.c


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: of the counters, and of the assignments by a key or a condition."""

    what: str
    ours: Callable[[Connection], object]
    key: ColumnElement[Any] | None
    where: ColumnElement[bool] | None


def _questions(place: Sample) -> list[Question]:
    return [
        Question("the nation and each province", _nation, c.territory, None),
        Question("a province", partial(_province, place), None, c.territory == place.province),
        Question("a plan and its groups", partial(_plan, place), c.group, c.plan == place.plan),
    ]


def _nation(connection: Connection) -> None:
    every, provinces = rolling.nation(connection, TODAY)
    assert every.assignments
    assert provinces


def _province(place: Sample, connection: Connection) -> None:
    current, original = (
        counters.read(connection, "territory", [place.province], basis, on=TODAY)[place.province]
        for basis in BASES
    )
    assert sum_both(current, original, TODAY).assignments


def _plan(place: Sample, connection: Connection) -> None:
    assert rolling.plan_progress(connection, place.plan, TODAY).groups


def _grouped(question: Question, connection: Connection) -> None:
    """Against the current and the original due dates, as the roll-up is."""
    answered = case((c.work == Work.DONE, c.done_on), else_=c.submitted_on)
    sums = (func.count(), func.sum(c.weight), func.sum(c.weight * c.percent))
    for due in (c.due, c.original_due):
        columns: list[ColumnElement[Any]] = [c.work, c.review, c.lead_status, c.ongoing]
        columns += [func.coalesce(answered > due, false()), due < TODAY]
        columns += [question.key] if question.key is not None else []
        query = select(*columns, *sums)
        if question.where is not None:
            query = query.where(question.where)
        assert connection.execute(query.group_by(*columns)).all()


def roll_ups(job: Job, kind: str, size: int, engine: Engine) -> Iterator[Figure]:
    """Each question's 95th percentile in both ways, taking turns."""
    at: dict[str, Any] = {"database": kind, "size": size}
    for one in _questions(sample(size)):
        ways = {
            "counters": partial(_read, engine, one.ours),
            "GROUP BY": partial(_read, engine, partial(_grouped, one)),
        }
        seen = taking_turns(ways, job.pick(TURNS, 1))
        fast, slow = (1000 * p95(seen[way]) for way in ways)
        yield Figure(
            f"roll-up of {one.what} from counters, p95",
            fast,
            "ms",
            limit=GOAL,
            peer="GROUP BY",
            ratio=fast / slow,
            series=f"{one.what}: counters",
            **at,
        )
        name = f"roll-up of {one.what} by GROUP BY, p95"
        yield Figure(name, slow, "ms", series=f"{one.what}: GROUP BY", **at)


def _read(engine: Engine, work: Callable[[Connection], object]) -> None:
    with reading(engine) as connection:
        work(connection)
