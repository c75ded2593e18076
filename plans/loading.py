"""Bringing a checked catalogue into the record: idempotent, in one transaction, never deleting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from plans.bodies import Directory
from plans.calendar import CalendarYear, WorkCalendar
from plans.declaration import Departments, Plan
from plans.declared import Catalogue
from plans.errors import NotFound
from plans.store import Connection
from plans.store import catalogue as store
from plans.store.ledger import canonical


@dataclass(frozen=True, slots=True)
class Change:
    """What loading a plan changes; ``version`` 1 is a new plan."""

    plan: str
    version: int
    added: tuple[str, ...]
    dropped: tuple[str, ...]
    changed: tuple[str, ...]


def load_catalogue(
    connection: Connection, catalogue: Catalogue, now: datetime, *, dry_run: bool = False
) -> list[Change]:
    """Load departments, calendar and plans; gives what changes (or would, with ``dry_run``)."""
    changes = [change for plan in catalogue.plans if (change := _compare(connection, plan))]
    if dry_run:
        return changes
    bodies = catalogue.departments.departments
    store.save_bodies(connection, bodies)
    store.save_contacts(connection, bodies)
    store.save_directory(connection, catalogue.departments)
    years = [year.model_dump(mode="json") for year in catalogue.calendar]
    store.save_setting(connection, "calendar", years)
    versions = {change.plan: change.version for change in changes}
    for plan in catalogue.plans:
        if plan.id in versions:
            store.save_plan(connection, plan, versions[plan.id], now)
    return changes


def _compare(connection: Connection, plan: Plan) -> Change | None:
    latest = store.latest_digest(connection, plan.id)
    after = _items(plan)
    if latest is None:
        return Change(plan.id, 1, tuple(after), (), ())
    version, digest = latest
    if digest == store.digest_of(plan.model_dump(mode="json")):
        return None
    before = _items(store.read_plan(connection, plan.id))
    return Change(
        plan.id,
        version + 1,
        added=tuple(key for key in after if key not in before),
        dropped=tuple(key for key in before if key not in after),
        changed=tuple(key for key in after if key in before and after[key] != before[key]),
    )


def _items(plan: Plan) -> dict[str, object]:
    """What a plan consists of, by id: its tasks, targets and statistics."""
    tasks: dict[str, object] = {task.id: (group.id, task) for group, task in plan.tasks()}
    targets = {one.id: one for one in plan.targets}
    return {**tasks, **targets, **{one.id: one for one in plan.statistics}}


def read_directory(connection: Connection) -> Directory:
    """The bodies as they were loaded."""
    kept = store.read_setting(connection, "departments")
    if kept is None:
        raise NotFound("no catalogue is loaded yet; run 'dondoc plans load'")
    return Directory(Departments.model_validate_json(canonical(kept)))


def read_calendar(connection: Connection) -> WorkCalendar:
    """The working calendar as it was loaded."""
    years: Sequence[object] = store.read_setting(connection, "calendar") or []
    return WorkCalendar([CalendarYear.model_validate_json(canonical(year)) for year in years])
