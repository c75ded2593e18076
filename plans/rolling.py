"""The roll-up: a plan's figures now, on a date, or as recorded by a past moment; snapshots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any

from plans.assignments import unit_of
from plans.errors import InvalidInput
from plans.progress import Count, Progress, count, sum_both
from plans.rules import Basis, State
from plans.store import Connection, assignments, catalogue, counters, past, snapshots
from plans.store.catalogue import Heading
from plans.store.counters import BASES, leader
from plans.store.ledger import states_as_of
from plans.terms import Outside, Review, Timeliness, Work

TOTAL = ""
"""The group under which a plan's own figures stand in a snapshot."""


@dataclass(frozen=True, slots=True)
class PlanProgress:
    """A plan's figures, and its groups' in the document's order (titles in ``titles``).

    Groups of older versions that still have assignments come last. ``english`` holds the titles'
    glosses, the plan's own under ``TOTAL``.
    """

    plan: str
    number: str | None
    title: str
    total: Progress
    groups: Mapping[str, Progress]
    titles: Mapping[str, str]
    english: Mapping[str, str]


def plan_progress(
    connection: Connection, plan: str, on: date, as_of: datetime | None = None
) -> PlanProgress:
    """One plan's roll-up on a date; with ``as_of``, from what was recorded by then.

    The past is told under the titles that the plan had then.
    """
    if as_of is not None:
        changed = past.changed_since(connection, plan, as_of).values()
        return progress_then(connection, plan, on, as_of, as_of, changed)
    total: Both = {
        basis: counters.read(connection, "plan", [plan], basis).get(plan, []) for basis in BASES
    }
    groups = {basis: counters.read_groups(connection, plan, basis, on=on) for basis in BASES}
    return _rolled(catalogue.heading(connection, plan), total, groups, on)


def progress_then(
    connection: Connection,
    plan: str,
    on: date,
    moment: datetime,
    since: datetime,
    states: Iterable[State],
) -> PlanProgress:
    """A plan's roll-up as it was recorded by a moment, without telling anew what did not change.

    ``states``: at that moment, of all that changed after ``since``, which is not after it.
    """
    changed = list(states)
    groups: ByKey = {basis: _by(changed, _group, basis) for basis in BASES}
    for basis in BASES:
        kept = counters.read_groups(connection, plan, basis, on=on, unchanged_since=since)
        for key, counts in kept.items():
            groups[basis].setdefault(key, []).extend(counts)
    total: Both = {basis: list(chain.from_iterable(groups[basis].values())) for basis in BASES}
    return _rolled(catalogue.heading_at(connection, plan, moment), total, groups, on)


Both = dict[Basis, list[Count]]
ByKey = dict[Basis, dict[str, list[Count]]]


def _rolled(heading: Heading, total: Both, groups: ByKey, on: date) -> PlanProgress:
    # Under an older version's groups is what was assigned then: it counts, and they must add up.
    gone = sorted(groups["current"].keys() - set(heading.declared))
    known = heading.titles
    return PlanProgress(
        plan=heading.plan,
        number=heading.number,
        title=heading.title.vi,
        total=sum_both(total["current"], total["original"], on),
        groups={
            key: sum_both(groups["current"].get(key, []), groups["original"].get(key, []), on)
            for key in [*heading.declared, *gone]
        },
        titles={key: known[key].vi if key in known else key for key in [*heading.declared, *gone]},
        english={TOTAL: heading.title.en} | {key: title.en for key, title in known.items()},
    )


def _by(
    states: Iterable[State], key: Callable[[State], str], basis: Basis
) -> dict[str, list[Count]]:
    found: dict[str, list[Count]] = {}
    for state in states:
        found.setdefault(key(state), []).append(count(state, basis))
    return found


def _group(state: State) -> str:
    return state.group


def all_plans(
    connection: Connection, on: date, as_of: datetime | None = None
) -> list[PlanProgress]:
    """Every loaded plan's roll-up, the oldest plan first."""
    plans = [row.id for row in catalogue.plan_rows(connection)]
    return [plan_progress(connection, plan, on, as_of) for plan in plans]


def by_department(
    connection: Connection, on: date, as_of: datetime | None = None, plan: str | None = None
) -> dict[str, Progress]:
    """Every department's figures, of one plan or of all, now or as recorded by a past moment."""
    counts: ByKey
    if as_of is not None:
        states = list(states_as_of(connection, plan=plan, as_of=as_of).values())
        counts = {basis: _by(states, leader, basis) for basis in BASES}
    elif plan is not None:
        counts = {
            basis: counters.read_groups(connection, plan, basis, "department", on=on)
            for basis in BASES
        }
    else:
        counts = {basis: counters.read(connection, "department", basis=basis) for basis in BASES}
    current, original = counts["current"], counts["original"]
    return {key: sum_both(current[key], original.get(key, []), on) for key in sorted(current)}


def of_department(
    connection: Connection, code: str, on: date, as_of: datetime | None = None
) -> Progress:
    """One department's figures over all plans, now or as recorded by a past moment."""
    counts: Both
    if as_of is None:
        counts = {
            basis: counters.read(connection, "department", [code], basis).get(code, [])
            for basis in BASES
        }
    else:
        states = states_as_of(connection, department=code, as_of=as_of).values()
        mine = [state for state in states if leader(state) == code]
        counts = {basis: [count(state, basis) for state in mine] for basis in BASES}
    return sum_both(counts["current"], counts["original"], on)


def require_past(moment: datetime, now: datetime, name: str) -> None:
    """``InvalidInput`` for a moment that is still to come: what is recorded till then is open."""
    if moment > now:
        message = f"{moment.isoformat()} is still to come; give a moment that is past"
        raise InvalidInput(f"{name}: {message}", fields={name: message})


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
            # With the weights, so that several plans' completion can be told as one later.
            weights = {"weight": progress.weight, "weight_done": progress.weight_done}
            rows.append(row | {"figures": figures(progress) | weights, "taken_at": now})
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
