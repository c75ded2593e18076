"""What the coordinating office looks at first: where every plan stands, and where to push."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from plans.access import Action, Caller, Subject, may
from plans.digests import silence_of
from plans.progress import Progress, sum_both
from plans.store import Connection, catalogue, counters, feeds, snapshots, urgent
from plans.store.tallies import Tally, of_plans, tallies
from plans.terms import Role, Silence, Timeliness

WEEK_AGO = (timedelta(days=13), timedelta(days=7))
"""From which days a figure counts as last week's."""
AHEAD = timedelta(days=14)
SHOWN = 8
"""Lines of each list; the rest is counted and linked."""
OFFICES = (Role.ADMIN, Role.COORDINATOR, Role.VIEWER)


@dataclass(frozen=True, slots=True)
class PlanStanding:
    """One plan: its figures, its groups in the document's order, its completion a week ago.

    ``titles``: each group's, in Vietnamese and English.
    """

    row: Any
    total: Progress
    groups: Mapping[str, Tally]
    titles: Mapping[str, tuple[str, str]]
    completion_before: float | None

    @property
    def completion(self) -> float | None:
        """Weight accepted ÷ weight."""
        return self.total.completion

    @property
    def on_time_rate(self) -> float | None:
        """Judged by the current dates."""
        return self.total.on_time_rate

    @property
    def on_time_rate_original(self) -> float | None:
        """Judged by the original dates."""
        return self.total.original.on_time_rate if self.total.original else None

    def has_begun(self, on: date) -> bool:
        """Whether its document is issued by then."""
        return bool(self.row.issued <= on)

    def runs(self, on: date) -> bool:
        """Whether it goes on: begun, and neither ended nor all done."""
        ended = self.row.ends is not None and self.row.ends < on
        nothing_open = not (
            self.total.classes[Timeliness.OPEN_ON_TIME]
            + self.total.classes[Timeliness.OPEN_OVERDUE]
        )
        return self.has_begun(on) and not ended and not (nothing_open and self.total.assignments)


@dataclass(frozen=True, slots=True)
class LateBody:
    """A body with something overdue. ``oldest``: the days by which its oldest one is late."""

    code: str
    name: Any
    overdue: int
    oldest: int


@dataclass(frozen=True, slots=True)
class SilentBody:
    """A body from which nothing is heard, and why; ``overdue``: what it never reported on."""

    code: str
    name: Any
    reason: Silence
    overdue: int


@dataclass(frozen=True, slots=True)
class DueDay:
    """What falls due on a day: how much, and at whom (the bodies with most of it first)."""

    day: date
    n: int
    bodies: tuple[tuple[str, Any, int], ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything at one glance. ``completion_before`` None: no figures of a week ago.

    ``ahead``: plans that have not begun; ``ended``: also those of which nothing is open.
    """

    on: date
    running: tuple[PlanStanding, ...]
    ahead: tuple[PlanStanding, ...]
    ended: tuple[PlanStanding, ...]
    completion: float | None
    completion_before: float | None
    late: tuple[LateBody, ...]
    late_bodies: int
    overdue: int
    silent: tuple[SilentBody, ...]
    silent_bodies: int
    waiting: tuple[Any, ...]
    waiting_review: int
    coming: tuple[DueDay, ...]

    @property
    def due_soon(self) -> int:
        """How much falls due in the days ahead."""
        return sum(one.n for one in self.coming)


def is_office(caller: Caller) -> bool:
    """Whether somebody looks at plans as a whole, and not only at a department's own."""
    return any(caller.has(role) for role in OFFICES)


def plans_seen(connection: Connection, caller: Caller) -> list[Any]:
    """The plans whose every assignment a caller sees, the newest first."""
    rows = catalogue.plan_rows(connection)[::-1]
    return [
        row
        for row in rows
        if may(caller, Action.SEE_ASSIGNMENT, Subject(f"plan {row.id}", plan=row.id))
    ]


def overview(connection: Connection, plans: Sequence[Any], on: date) -> Overview:
    """Where some plans (by their rows) stand on a day."""
    keys = [row.id for row in plans]
    standings, weighed = _standings(connection, plans, on)
    late = urgent.late_at(connection, keys, on)
    coming = urgent.falling_due(connection, keys, on, on + AHEAD)
    silent = _silent(connection, keys, late)
    codes = {one.department for one in late} | {one.department for one in coming}
    codes |= {code for code, _, _ in silent}
    names = urgent.names(connection, codes)
    weight = sum(one.total.weight for one in standings)
    done = sum(one.total.weight_done for one in standings)
    return Overview(
        on=on,
        running=tuple(one for one in standings if one.runs(on)),
        ahead=tuple(one for one in standings if not one.has_begun(on)),
        ended=tuple(one for one in standings if one.has_begun(on) and not one.runs(on)),
        completion=done / weight if weight else None,
        completion_before=weighed,
        late=tuple(
            LateBody(one.department, names[one.department], one.overdue, (on - one.oldest).days)
            for one in late[:SHOWN]
        ),
        late_bodies=len(late),
        overdue=sum(one.total.classes[Timeliness.OPEN_OVERDUE] for one in standings),
        silent=tuple(SilentBody(code, names[code], why, n) for code, why, n in silent[:SHOWN]),
        silent_bodies=len(silent),
        waiting=tuple(urgent.waiting(connection, keys, SHOWN)),
        waiting_review=sum(one.total.waiting_review for one in standings),
        coming=_by_day(coming, names),
    )


def _standings(
    connection: Connection, plans: Sequence[Any], on: date
) -> tuple[list[PlanStanding], float | None]:
    keys = [row.id for row in plans]
    both = [counters.read(connection, "plan", keys, basis, on=on) for basis in counters.BASES]
    totals = {key: sum_both(both[0].get(key, []), both[1].get(key, []), on) for key in keys}
    groups: dict[str, dict[str, Tally]] = {key: {} for key in keys}
    for (plan, group), tally in tallies(connection, on, ("plan", "group"), of_plans(keys)).items():
        groups[plan][group] = tally
    before = snapshots.newest_of(connection, on - WEEK_AGO[0], on - WEEK_AGO[1])
    found = [
        _standing(connection, row, totals[row.id], groups[row.id], before.get(row.id, {}))
        for row in plans
    ]
    return found, _completion_before([before.get(key, {}) for key in keys if totals[key].weight])


def _standing(
    connection: Connection,
    row: Any,
    total: Progress,
    tally: Mapping[str, Tally],
    before: Mapping[str, Any],
) -> PlanStanding:
    declared, titles = group_titles(connection, row)
    # Under an older version's groups is what was assigned then: it counts too.
    order = [*declared, *sorted(tally.keys() - set(declared))]
    return PlanStanding(
        row,
        total,
        {key: tally.get(key, Tally()) for key in order},
        {key: titles.get(key, (key, key)) for key in order},
        before.get("completion"),
    )


def group_titles(
    connection: Connection, row: Any
) -> tuple[tuple[str, ...], dict[str, tuple[str, str]]]:
    """A plan's groups in the document's order, and the titles of all that it ever had."""
    kept = row.groups
    if kept and kept["version"] == row.version:
        titles = {key: (vi, en) for key, vi, en in kept["titles"]}
        return tuple(titles)[: kept["declared"]], titles
    heading = catalogue.heading(connection, row.id)  # an older release loaded it
    return heading.declared, {key: (one.vi, one.en) for key, one in heading.titles.items()}


def _completion_before(kept: Sequence[Mapping[str, Any]]) -> float | None:
    """All plans' completion of a week ago; None unless each one's figures were kept with weights.

    What was kept before weights were is not guessed at.
    """
    if not all("weight" in one for one in kept):
        return None
    weight = sum(one["weight"] for one in kept)
    return sum(one["weight_done"] for one in kept) / weight if weight else None


def _silent(
    connection: Connection, plans: Sequence[str], late: Sequence[urgent.Late]
) -> list[tuple[str, Silence, int]]:
    """Bodies that never reported on something overdue, or whose feed fails; the worst first."""
    known = {row.department: row for row in feeds.feed_rows(connection)}
    failing = [code for code, row in known.items() if row.silence]
    owing = dict.fromkeys(sorted(urgent.still_owing(connection, plans, failing)), 0)
    owing |= {one.department: one.unanswered for one in late if one.unanswered}
    reachable = feeds.reachable(connection)
    worst = sorted(owing.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(code, silence_of(code, known, reachable), n) for code, n in worst]


def _by_day(coming: Sequence[urgent.Coming], names: Mapping[str, Any]) -> tuple[DueDay, ...]:
    found = []
    for day, some in groupby(coming, key=lambda one: one.due):
        bodies = tuple((one.department, names[one.department], one.n) for one in some)
        found.append(DueDay(day, sum(n for _, _, n in bodies), bodies))
    return tuple(found)
