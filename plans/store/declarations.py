"""Plans as they were declared, kept in memory: what has a fingerprint never changes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from threading import Lock

from sqlalchemy import Connection, select

from plans.declaration import Plan, SolutionGroup, Task
from plans.searching import searchable
from plans.store.catalogue import plan_row
from plans.store.ledger import canonical
from plans.store.schema import plan_versions, plans

KEPT = 24
"""How many versions a process keeps; reading one of a thousand tasks takes a tenth of a second."""

c = plan_versions.c
_kept: OrderedDict[str, Declared] = OrderedDict()
_guard = Lock()


@dataclass(frozen=True)
class Declared:
    """A declaration with what is looked up in it. Never changed: several requests share it."""

    plan: Plan

    @cached_property
    def tasks(self) -> list[tuple[SolutionGroup, Task]]:
        """Every task with its group, in the document's order."""
        return self.plan.tasks()

    @cached_property
    def whole(self) -> dict[str, str]:
        """Of every task and part: the task that it belongs to."""
        parts = {part.id: task.id for _, task in self.tasks for part in task.parts}
        return parts | {task.id: task.id for _, task in self.tasks}

    @cached_property
    def words(self) -> dict[str, str]:
        """What each task is searched by."""
        return {
            task.id: searchable(task.id, task.title.vi, task.title.en, *_around(group, task))
            for group, task in self.tasks
        }


def _around(group: SolutionGroup, task: Task) -> list[str]:
    parts = [text for part in task.parts for text in (part.title.vi, part.title.en)]
    return [group.title.vi, group.title.en, task.deliverable or "", *parts]


@dataclass(frozen=True, slots=True)
class Version:
    """Which version of a plan it is, and when it was loaded."""

    number: int
    loaded_at: datetime
    declared: Declared


def declared_at(connection: Connection, plan: str, moment: datetime | None = None) -> Version:
    """A plan as it is declared, or was at a moment (before its first version: that one's).

    ``NotFound``: there is no such plan.
    """
    plan_row(connection, plan)
    query = select(c.version, c.digest, c.loaded_at).where(c.plan == plan)
    newest = query.order_by(c.version.desc()).limit(1)
    row = connection.execute(newest if moment is None else newest.where(c.loaded_at <= moment))
    found = row.first() or connection.execute(query.order_by(c.version).limit(1)).one()
    declared = _kept_one(connection, plan, found.version, f"{plan} {found.digest}")
    return Version(found.version, found.loaded_at, declared)


def issuers(connection: Connection) -> dict[str, str]:
    """Who issued each plan, by its newest version, without reading the rest of it."""
    query = select(plans.c.id, c.declaration["issuer"].as_string())
    newest = (c.plan == plans.c.id) & (c.version == plans.c.version)
    rows = connection.execute(query.join(plan_versions, newest))
    return {row[0]: row[1] for row in rows}


def _kept_one(connection: Connection, plan: str, version: int, key: str) -> Declared:
    with _guard:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    query = select(c.declaration).where(c.plan == plan, c.version == version)
    found = Declared(Plan.model_validate_json(canonical(connection.scalar(query))))
    with _guard:
        _kept[key] = found
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return found
