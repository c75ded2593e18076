"""A plan's tasks with what has come of them, a page at a time: now, or as recorded by a moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from plans.access import Caller
from plans.declaration import Part, Task, Title
from plans.rules import State, is_open, timeliness
from plans.searching import plain
from plans.store import Connection, outline, past
from plans.store.declarations import Declared, Version
from plans.store.lists import Filter
from plans.store.outline import Sum, piece_of
from plans.store.sight import sights_of, visible_ids
from plans.terms import Timeliness


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of a plan's tasks to list; None: any. ``body``: leads or supports it.

    ``seen_only``: those with an assignment that the caller may see.
    """

    group: str | None = None
    body: str | None = None
    timeliness: Timeliness | None = None
    words: str | None = None
    open_only: bool = False
    seen_only: bool = False

    @property
    def about_assignments(self) -> bool:
        """Whether it asks how assignments stand."""
        return self.timeliness is not None or self.open_only or self.seen_only


@dataclass(frozen=True, slots=True)
class Moment:
    """When a plan is looked at: a day, and by what was recorded until when (None: by now).

    ``changed``: what has changed since then, as it stood.
    """

    on: date
    at: datetime | None = None
    changed: Mapping[str, State] | None = None


@dataclass(frozen=True, slots=True)
class PartLine:
    """A named part of a task; ``sum`` where it has assignments of its own."""

    part: Part
    sum: Sum | None


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task with what has come of it. ``declared`` None: this version has it no longer.

    ``sum`` None: nothing is opened that one may see; ``hidden``: how many one may not see.
    """

    place: int
    id: str
    group: str
    title: Title
    clause: str
    lead: str
    declared: Task | None
    parts: tuple[PartLine, ...]
    sum: Sum | None
    hidden: int


@dataclass(frozen=True, slots=True)
class Outline:
    """A page of a plan's tasks; ``following``: the place of the last one where there are more."""

    lines: tuple[TaskLine, ...]
    total: int
    following: int | None


def then(connection: Connection, plan: str, on: date, at: datetime | None) -> Moment:
    """A past moment with what has changed since; ``at`` None: the present."""
    return Moment(on, at, past.changed_since(connection, plan, at) if at else None)


def outlined(
    connection: Connection,
    version: Version,
    wanted: Wanted,
    moment: Moment,
    caller: Caller,
    *,
    after: int | None = None,
    limit: int = 100,
) -> Outline:
    """The tasks of a plan in the document's order, those that it has no longer last."""
    view = _View(connection, version.declared, moment, caller)
    every = _found(view, wanted)
    rest = [one for one in every if after is None or one.place > after]
    some = rest[:limit]
    ids = [key for one in some for key in one.ids]
    summed, hidden = view.sums(ids), view.hidden(ids)
    lines = tuple(one.line(summed, hidden) for one in some)
    return Outline(lines, len(every), some[-1].place if len(rest) > limit else None)


class _View:
    """What one caller sees of a plan at a moment."""

    def __init__(
        self, connection: Connection, declared: Declared, moment: Moment, caller: Caller
    ) -> None:
        self.connection, self.declared, self.moment = connection, declared, moment
        self.plan = declared.plan.id
        self.sight = sights_of(caller)
        changed = moment.changed or {}
        if self.sight is not None and changed:
            seen = visible_ids(connection, caller, self.plan) or set()
            changed = {key: state for key, state in changed.items() if key in seen}
        self.changed = changed

    def sums(self, ids: Sequence[str]) -> dict[str, Sum]:
        """By task or part, what has come of it."""
        on, at = self.moment.on, self.moment.at
        found = outline.sums(
            self.connection, self.plan, ids, on, sight=self.sight, unchanged_since=at
        )
        summed = {key: one for (key,), one in found.items()}
        wanted = set(ids)
        for key, state in self.changed.items():
            if state.task in wanted:
                summed.setdefault(state.task, Sum()).add(piece_of(key, state, on), on)
        return summed

    def hidden(self, ids: Sequence[str]) -> dict[str, int]:
        """By task or part, how many assignments there are in all; nothing where all are seen."""
        if self.sight is None:
            return {}
        return outline.numbers(self.connection, self.plan, ids, self.moment.at)

    def matching(self, wanted: Wanted) -> set[str]:
        """The tasks and parts with an assignment as it is wanted."""
        which = Filter(
            plan=self.plan,
            timeliness=wanted.timeliness,
            open_only=wanted.open_only,
            sights=self.sight,
        )
        found = outline.matching(
            self.connection,
            which,
            self.moment.on,
            body=wanted.body,
            unchanged_since=self.moment.at,
        )
        supported = self._supported(wanted.body)
        return found | {
            state.task for state in self.changed.values() if self._fits(state, wanted, supported)
        }

    def _supported(self, body: str | None) -> set[str]:
        if body is None or not self.changed:
            return set()
        return outline.tasks_of_body(self.connection, self.plan, body)

    def _fits(self, state: State, wanted: Wanted, supported: set[str]) -> bool:
        if wanted.body and wanted.body != state.department and state.task not in supported:
            return False
        if wanted.open_only and not is_open(state):
            return False
        kind = wanted.timeliness
        return kind is None or timeliness(state, self.moment.on) == kind

    def of_body(self, body: str) -> set[str]:
        """The tasks and parts that a body leads, was declared to lead, or supports."""
        led = self.matching(Wanted(body=body))
        return led | outline.tasks_of_body(self.connection, self.plan, body)


@dataclass(frozen=True, slots=True)
class _Found:
    """A task that is listed: as declared, or as an older version left it."""

    place: int
    group: str
    task: Task | None
    row: Any = None

    @property
    def ids(self) -> list[str]:
        """The task and its parts."""
        return (
            [self.task.id, *(part.id for part in self.task.parts)] if self.task else [self.row.id]
        )

    def line(self, sums: Mapping[str, Sum], numbers: Mapping[str, int]) -> TaskLine:
        """It with what has come of it."""
        key = self.ids[0]
        mine = sums.get(key)
        parts = self.task.parts if self.task else ()
        return TaskLine(
            place=self.place,
            id=key,
            group=self.group,
            title=self.task.title
            if self.task
            else Title(vi=self.row.title_vi, en=self.row.title_en),
            clause=f"{self.task.clause.group}, điểm {self.task.clause.position}"
            if self.task
            else self.row.clause,
            lead=(self.task.lead or "") if self.task else self.row.lead,
            declared=self.task,
            parts=tuple(PartLine(part, sums.get(part.id)) for part in parts),
            sum=mine,
            hidden=max(0, numbers.get(key, 0) - (mine.n if mine else 0)),
        )


def _found(view: _View, wanted: Wanted) -> list[_Found]:
    declared = view.declared
    some = [_Found(n, group.id, task) for n, (group, task) in enumerate(declared.tasks)]
    rows = outline.undeclared(view.connection, view.plan, declared.whole, view.moment.at)
    gone = [_Found(len(some) + n, row.group, None, row) for n, row in enumerate(rows)]
    kept: set[str] | None = None
    if wanted.about_assignments:
        kept = view.matching(wanted)
    elif wanted.body:
        kept = view.of_body(wanted.body)
    words = plain(wanted.words or "").split()
    return [
        one
        for one in [*some, *gone]
        if wanted.group in (None, one.group)
        and (kept is None or not kept.isdisjoint(one.ids))
        and _says(declared, one, words)
    ]


def _says(declared: Declared, one: _Found, words: Sequence[str]) -> bool:
    said = declared.words[one.task.id] if one.task else one.row.search or ""
    return all(word in said for word in words)
