"""The roll-up: a plan's figures now, on a date, or as recorded by a past moment; snapshots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from plans.assignments import unit_of
from plans.progress import Count, Progress, count, sum_both
from plans.rules import Basis, State
from plans.store import Connection, assignments, catalogue, counters, snapshots
from plans.store.counters import BASES
from plans.store.ledger import states_as_of
from plans.terms import Outside, Review, Timeliness, Work

TOTAL = ""
"""The group under which a plan's own figures stand in a snapshot."""


@dataclass(frozen=True, slots=True)
class PlanProgress:
    """A plan's figures, and its groups' in the document's order (titles in ``titles``).

    Groups of older versions that still have assignments come last.
    """

    plan: str
    number: str | None
    title: str
    total: Progress
    groups: Mapping[str, Progress]
    titles: Mapping[str, str]


def plan_progress(
    connection: Connection, plan: str, on: date, as_of: datetime | None = None
) -> PlanProgress:
    """One plan's roll-up on a date; with ``as_of``, from what was recorded by then."""
    declared = catalogue.read_plan(connection, plan)
    titles = {group.id: group.title.vi for group in declared.groups}
    total, groups = _present(connection, plan) if as_of is None else _past(connection, plan, as_of)
    if gone := sorted(groups["current"].keys() - titles.keys()):
        # An older version's: what was assigned under it still counts, and the groups must add up.
        known = catalogue.group_titles(connection, plan)
        titles |= {key: known.get(key, key) for key in gone}
    return PlanProgress(
        plan=plan,
        number=declared.number,
        title=declared.title.vi,
        total=sum_both(total["current"], total["original"], on),
        groups={
            key: sum_both(groups["current"].get(key, []), groups["original"].get(key, []), on)
            for key in titles
        },
        titles=titles,
    )


Both = dict[Basis, list[Count]]
ByKey = dict[Basis, dict[str, list[Count]]]


def _present(connection: Connection, plan: str) -> tuple[Both, ByKey]:
    """A plan's counts, and its groups', against both due dates: from the counters."""
    total: Both = {
        basis: counters.read(connection, "plan", [plan], basis).get(plan, []) for basis in BASES
    }
    return total, {basis: counters.read_groups(connection, plan, basis) for basis in BASES}


def _past(connection: Connection, plan: str, as_of: datetime) -> tuple[Both, ByKey]:
    """The same from what the ledger held at a moment."""
    states = list(states_as_of(connection, plan=plan, as_of=as_of).values())
    total: Both = {basis: [count(state, basis) for state in states] for basis in BASES}
    return total, {basis: _by(states, _group, basis) for basis in BASES}


def _by(
    states: Iterable[State], key: Callable[[State], str], basis: Basis
) -> dict[str, list[Count]]:
    found: dict[str, list[Count]] = {}
    for state in states:
        found.setdefault(key(state), []).append(count(state, basis))
    return found


def _group(state: State) -> str:
    return state.group


def _department(state: State) -> str:
    return state.department or state.declared


def all_plans(
    connection: Connection, on: date, as_of: datetime | None = None
) -> list[PlanProgress]:
    """Every loaded plan's roll-up, the oldest plan first."""
    plans = [row.id for row in catalogue.plan_rows(connection)]
    return [plan_progress(connection, plan, on, as_of) for plan in plans]


def by_department(
    connection: Connection, on: date, as_of: datetime | None = None, plan: str | None = None
) -> dict[str, Progress]:
    """Every department's figures: from the counters, or from the ledger for one plan or a past."""
    counts: ByKey
    if as_of is None and plan is None:
        counts = {basis: counters.read(connection, "department", basis=basis) for basis in BASES}
    else:
        states = list(states_as_of(connection, plan=plan, as_of=as_of).values())
        counts = {basis: _by(states, _department, basis) for basis in BASES}
    current, original = counts["current"], counts["original"]
    return {key: sum_both(current[key], original.get(key, []), on) for key in sorted(current)}


@dataclass(frozen=True, slots=True)
class FanOut:
    """One clause's assignments to a class of bodies: ``done`` (and ``reported``) of ``of``."""

    task: str
    title: str
    period: str | None
    unit: str
    due: date
    done: int
    reported: int
    of: int


def fan_outs(connection: Connection, plan: str) -> list[FanOut]:
    """A plan's clauses that were given to each member of a class, by due date."""
    names = catalogue.department_rows(connection)
    grouped: dict[tuple[Any, ...], list[Any]] = {}
    for row in assignments.of_classes(connection, plan):
        unit = unit_of(row.slot)
        grouped.setdefault((row.task, row.title_vi, row.period, unit, row.due), []).append(row)
    return [
        FanOut(
            task=task,
            title=title,
            period=period,
            unit=names[unit].name_vi,
            due=due,
            done=sum(one.work == Work.DONE for one in some),
            reported=sum(one.work == Work.DONE or one.review == Review.SUBMITTED for one in some),
            of=len(some),
        )
        for (task, title, period, unit, due), some in grouped.items()
    ]


def take_snapshot(connection: Connection, on: date, now: datetime) -> list[PlanProgress]:
    """Keep the day's figures of every plan and group; a second run on a day overwrites them."""
    found = all_plans(connection, on)
    rows = []
    for one in found:
        for group, progress in {TOTAL: one.total, **one.groups}.items():
            row = {"day": on, "plan": one.plan, "group": group}
            rows.append(row | {"figures": figures(progress), "taken_at": now})
    snapshots.save(connection, rows)
    return found


def figures(progress: Progress) -> dict[str, Any]:
    """The figures as outsiders know them (names of the contract; rates 0-1 or null)."""
    return {
        "assignments": progress.assignments,
        "completion": progress.completion,
        "progress": progress.progress,
        "on_time_rate": progress.on_time_rate,
        "reporting_rate": progress.reporting_rate,
        "classes": _numbers(progress.classes, Timeliness),
        "outside": _numbers(progress.outside, Outside),
        "waiting_review": progress.waiting_review,
        **({"original": _against_original(progress.original)} if progress.original else {}),
    }


def _against_original(progress: Progress) -> dict[str, Any]:
    """What the original due dates change: the classes and the on-time rate."""
    return {
        "on_time_rate": progress.on_time_rate,
        "classes": _numbers(progress.classes, Timeliness),
    }


def _numbers(found: Counter[Any], names: Iterable[Any]) -> dict[str, int]:
    return {str(name): found[name] for name in names}


def table(one: PlanProgress) -> dict[str, Any]:
    """A plan's figures as plain values: one row a solution group."""
    rows = [
        {
            "group": key,
            "title": one.titles[key],
            "assignments": group.assignments,
            **_numbers(group.classes, Timeliness),
            "completion": group.completion,
            "on_time_rate": group.on_time_rate,
            "on_time_rate_original": group.original.on_time_rate if group.original else None,
        }
        for key, group in one.groups.items()
    ]
    return {"plan": one.plan, "title": f"{one.number or ''} {one.title}".strip(), "rows": rows}
