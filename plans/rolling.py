"""The roll-up: a plan's figures now, on a date, or as recorded by a past moment; snapshots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any

from plans.assignments import unit_of
from plans.errors import InvalidInput
from plans.progress import Count, Progress, count, sum_both
from plans.rules import Basis, State
from plans.store import (
    Connection,
    Engine,
    assignments,
    catalogue,
    counters,
    past,
    reading,
    snapshots,
    writing,
)
from plans.store.catalogue import Heading
from plans.store.counters import BASES, leader
from plans.store.ledger import chunks, states_as_of
from plans.terms import Outside, Timeliness

TOTAL = ""
"""The group under which a plan's own figures stand in a snapshot."""
PART = 200
"""Plans whose figures are kept in one transaction."""


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
    return [*plans_progress(connection, plans, on, as_of)]


def plans_progress(
    connection: Connection, plans: Sequence[str], on: date, as_of: datetime | None = None
) -> Iterator[PlanProgress]:
    """Some plans' roll-ups, in the order given; many are read at once."""
    if as_of is not None:
        yield from (plan_progress(connection, plan, on, as_of) for plan in plans)
        return
    for chunk in chunks(plans):
        groups = counters.read_groups_of(connection, chunk, on=on)
        totals = [counters.read(connection, "plan", chunk, basis, on=on) for basis in BASES]
        headings = catalogue.headings(connection, chunk)
        for plan in chunk:
            total: Both = {
                basis: one.get(plan, []) for basis, one in zip(BASES, totals, strict=True)
            }
            mine: ByKey = {basis: groups[basis].get(plan, {}) for basis in BASES}
            yield _rolled(headings[plan], total, mine, on)


def nation(connection: Connection, on: date) -> tuple[Progress, dict[str, Progress]]:
    """The nation's figures, and each province's by its code (``CENTRAL``: those of no province).

    From the counters alone: as fast whatever the number of assignments.
    """
    current, original = (counters.read_nation(connection, one, on=on) for one in BASES)
    every = sum_both(
        chain.from_iterable(current.values()), chain.from_iterable(original.values()), on
    )
    return every, {key: sum_both(current[key], original[key], on) for key in sorted(current)}


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
    return fan_outs_of(connection, [plan]).get(plan, [])


def fan_outs_of(
    connection: Connection, plans: Sequence[str], since: date | None = None
) -> dict[str, list[FanOut]]:
    """The same of some plans at once; ``since``: only of what is due from a day on."""
    rows = assignments.fanned_out(connection, plans, since)
    names = catalogue.department_rows(connection, [unit_of(row.place) for row in rows])
    found: dict[str, list[FanOut]] = {}
    for row in rows:
        found.setdefault(row.plan, []).append(_fan_out(row, names[unit_of(row.place)].name_vi))
    return found


def _fan_out(row: Any, unit: str) -> FanOut:
    return FanOut(
        task=row.task,
        title=row.title_vi,
        period=row.period,
        unit=unit,
        due=row.due,
        done=int(row.done),
        reported=int(row.reported),
        of=row.number,
    )


def take_snapshot(connection: Connection, on: date, now: datetime) -> list[PlanProgress]:
    """Keep the day's figures of every plan and group; a second run on a day overwrites them.

    All in the caller's transaction: who writes beside others takes ``take_snapshot_in_parts``.
    """
    found = all_plans(connection, on)
    _keep(connection, found, on, now)
    return found


def take_snapshot_in_parts(
    engine: Engine, on: date, now: datetime, *, size: int = PART
) -> Generator[list[PlanProgress]]:
    """The same, some plans in each transaction; gives each part once it is kept.

    A run that was killed leaves the parts that it kept; the next one overwrites them.
    """
    with reading(engine) as connection:
        plans = [row.id for row in catalogue.plan_rows(connection)]
    for at in range(0, len(plans), size):
        with reading(engine) as connection:
            found = list(plans_progress(connection, plans[at : at + size], on))
        with writing(engine, alone="roll-up") as connection:
            _keep(connection, found, on, now)
        yield found


def _keep(connection: Connection, found: Iterable[PlanProgress], on: date, now: datetime) -> None:
    rows = []
    for one in found:
        for group, progress in {TOTAL: one.total, **one.groups}.items():
            row = {"day": on, "plan": one.plan, "group": group}
            # With the weights, so that several plans' completion can be told as one later.
            weights = {"weight": progress.weight, "weight_done": progress.weight_done}
            rows.append(row | {"figures": figures(progress) | weights, "taken_at": now})
    snapshots.save(connection, rows)


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
