"""Bringing a checked catalogue into the record: idempotent, in one transaction, never deleting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from plans.amending import Amendment, Effect, amend, citation, numbers_of
from plans.bodies import Directory
from plans.calendar import CalendarYear, WorkCalendar
from plans.declaration import Departments, Part, Plan, Task
from plans.declared import CALENDAR, DEPARTMENTS, REGISTERS, Catalogue
from plans.deliverables import needed_by
from plans.errors import InvalidInput, NotFound
from plans.places import Bearings
from plans.searching import searchable
from plans.store import Connection, overrides, registers
from plans.store import catalogue as store
from plans.store.ledger import canonical
from plans.supporting import supporters_of


@dataclass(frozen=True, slots=True)
class Change:
    """What loading a plan changes; ``version`` 1 is a new plan.

    The departments and the calendar are named by their file or folder and have no version.
    ``effects``: what the version does to each assignment, ``assignments`` how many there are of
    each kind; ``basis`` is what it rests on.
    """

    plan: str
    version: int | None
    added: tuple[str, ...]
    dropped: tuple[str, ...]
    changed: tuple[str, ...]
    effects: tuple[Effect, ...] = ()
    basis: str | None = None

    @property
    def assignments(self) -> dict[str, int]:
        """How many assignments are moved, re-dated, reassigned, cancelled and opened."""
        return numbers_of(self.effects) if self.version else {}


def load_catalogue(
    connection: Connection, catalogue: Catalogue, now: datetime, *, dry_run: bool = False
) -> list[Change]:
    """Load departments, calendar and plans; gives what changes (or would, with ``dry_run``)."""
    if not dry_run:
        store.lock_plans(connection)
    _refuse_twins(connection, catalogue.plans)
    compared = {plan.id: _compare(connection, plan) for plan in catalogue.plans}
    amendments = [
        Amendment(_loaded(connection, change), plan, change.version)
        for plan in catalogue.plans
        if (change := compared[plan.id]) and change.version
    ]
    directory = Directory(_with_former(connection, catalogue.departments))
    around = _compare_around(connection, catalogue)
    if not dry_run:
        _save(connection, catalogue, amendments, directory, now)
    calendar = WorkCalendar(catalogue.calendar, overrides.given(connection))
    bearings = Bearings(directory, calendar, now)
    effects = amend(connection, amendments, bearings, dry_run=dry_run)
    bases = {one.after.id: citation(one.before, one.after, one.version) for one in amendments}
    changes = [change for change in compared.values() if change]
    return [
        *around,
        *(replace(one, effects=effects[one.plan], basis=bases[one.plan]) for one in changes),
    ]


def not_back(connection: Connection, catalogue: Catalogue) -> tuple[Catalogue, list[str]]:
    """The catalogue, without going back to earlier versions; gives also the plans that are kept.

    A plan may have been amended from elsewhere: a start of the service with older files beside it
    must not undo that. Who loads a plan by name means it.
    """
    kept: list[str] = []
    found = []
    for plan in catalogue.plans:
        digest = store.digest_of(plan.model_dump(mode="json"))
        latest = store.latest_digest(connection, plan.id)
        known = store.version_of(connection, plan.id, digest)
        is_former = bool(latest and known and known < latest[0] and digest != latest[1])
        kept += [plan.id] if is_former else []
        found.append(store.read_plan(connection, plan.id) if is_former else plan)
    return replace(catalogue, plans=tuple(found)), kept


def _loaded(connection: Connection, change: Change) -> Plan | None:
    return None if change.version == 1 else store.read_plan(connection, change.plan)


def _save(
    connection: Connection,
    catalogue: Catalogue,
    amendments: Sequence[Amendment],
    directory: Directory,
    now: datetime,
) -> None:
    bodies = catalogue.departments.departments
    store.save_bodies(connection, bodies)
    store.save_contacts(connection, bodies)
    store.save_directory(connection, catalogue.departments)
    years = [year.model_dump(mode="json") for year in catalogue.calendar]
    store.save_setting(connection, "calendar", years)
    if catalogue.registers is not None:
        registers.save(connection, catalogue.registers)
    for one in amendments:
        store.save_plan(connection, one.after, one.version, now)
    for plan in catalogue.plans:
        # Also where nothing is new: bodies begin and end, and an older release knew none of it.
        store.save_derived(connection, plan.id, _derived(plan))
        supporters = supporters_of(plan, directory, now.date())
        store.save_supporters(connection, plan.id, supporters)
        store.save_group_titles(connection, plan.id)


def _derived(plan: Plan) -> dict[str, dict[str, Any]]:
    """Of each task and part: the kind of document that proves it, and what it is searched by."""
    found = {}
    for group, task in plan.tasks():
        items: tuple[Task | Part, ...] = (task, *task.parts)
        for one in items:
            titles = (one.title.vi, one.title.en, group.title.vi, task.clause.document)
            words = searchable(one.id, *titles, plan.number, plan.title.vi)
            found[one.id] = {"evidence": needed_by(one), "search": words}
    return found


# --- what changes ------------------------------------------------------------------------------


def _compare(connection: Connection, plan: Plan) -> Change | None:
    latest = store.latest_digest(connection, plan.id)
    after = _items(plan)
    if latest is None:
        return Change(plan.id, 1, tuple(after), (), ())
    version, digest = latest
    if digest == store.digest_of(plan.model_dump(mode="json")):
        return None
    before = store.read_plan(connection, plan.id)
    if before == plan:  # a field that is new in this release says nothing new of the plan
        return None
    return _difference(plan.id, version + 1, _items(before), after)


def _difference(
    name: str, version: int | None, before: Mapping[str, object], after: Mapping[str, object]
) -> Change:
    return Change(
        name,
        version,
        added=tuple(key for key in after if key not in before),
        dropped=tuple(key for key in before if key not in after),
        changed=tuple(key for key in after if key in before and after[key] != before[key]),
    )


def _items(plan: Plan) -> dict[str, object]:
    """What a plan consists of, by id: its tasks, targets and statistics."""
    tasks: dict[str, object] = {task.id: (group.id, task) for group, task in plan.tasks()}
    targets = {one.id: one for one in plan.targets}
    return {**tasks, **targets, **{one.id: one for one in plan.statistics}}


def _compare_around(connection: Connection, catalogue: Catalogue) -> list[Change]:
    """What changes around the plans: bodies, functions and provinces; the calendar's years."""
    former = _former(connection)
    found = [
        _difference(
            DEPARTMENTS, None, _entries(former) if former else {}, _entries(catalogue.departments)
        ),
        _difference(CALENDAR, None, _years(read_years(connection)), _years(catalogue.calendar)),
        *_compare_registers(connection, catalogue),
    ]
    return [one for one in found if one.added or one.dropped or one.changed]


def _compare_registers(connection: Connection, catalogue: Catalogue) -> list[Change]:
    if catalogue.registers is None:
        return []
    before = {one.id: one for one in registers.declared(connection)}
    after = {one.id: one for one in catalogue.registers.registers}
    return [_difference(REGISTERS, None, before, after)]


def _entries(declared: Departments) -> dict[str, object]:
    bodies: dict[str, object] = {body.code: body for body in declared.departments}
    provinces = {f"province {one.code}": one for one in declared.provinces}
    functions = {f"function {code}": title for code, title in declared.functions.items()}
    return {**bodies, **provinces, **functions}


def _years(calendar: Iterable[CalendarYear]) -> dict[str, object]:
    return {str(one.year): one for one in calendar}


def _with_former(connection: Connection, declared: Departments) -> Departments:
    """The bodies with those that only the record knows: an older version may name them."""
    former = _former(connection)
    if former is None:
        return declared
    codes = {body.code for body in declared.departments}
    names = {one.code for one in declared.provinces}
    bodies = [body for body in former.departments if body.code not in codes]
    provinces = [one for one in former.provinces if one.code not in names]
    return declared.model_copy(
        update={
            "departments": (*declared.departments, *bodies),
            "provinces": (*declared.provinces, *provinces),
        }
    )


# --- what is refused ---------------------------------------------------------------------------


def _refuse_twins(connection: Connection, plans: Sequence[Plan]) -> None:
    """Ids are one space across all plans, and a plan's id stands for one document."""
    numbers = {row.id: row.number for row in store.plan_rows(connection)}
    for plan in plans:
        known = numbers.get(plan.id)
        if known and plan.number and known != plan.number:
            message = f"id '{plan.id}' is plan {known} in the record, not {plan.number}"
            raise InvalidInput(f"{message}; give this plan an id of its own")
    taken = _taken(connection, plans, numbers)
    for plan in plans:
        for key in _ids(plan):
            others = taken.get(key, set()) - {plan.id}
            if others:
                message = f"the id '{key}' of plan '{plan.id}' stands in plan '{min(others)}'"
                raise InvalidInput(f"{message} of the record already; choose another")


def _taken(
    connection: Connection, plans: Sequence[Plan], loaded: Iterable[str]
) -> dict[str, set[str]]:
    """Which plans of the record use an id: what they declare, and what they dropped.

    Twins among the plans that are given were looked for when they were read together.
    """
    given = {plan.id: set(_ids(plan)) for plan in plans}
    found: dict[str, set[str]] = {}
    for key, plan in store.task_plans(connection):
        if key not in given.get(plan, ()):
            found.setdefault(key, set()).add(plan)
    for name in loaded:
        for key in store.declared_ids(connection, name) if name not in given else ():
            found.setdefault(key, set()).add(name)
    return found


def _ids(plan: Plan) -> Iterable[str]:
    for group in plan.groups:
        yield group.id
        for task in group.tasks:
            yield task.id
            yield from (part.id for part in task.parts)
    yield from (one.id for one in plan.targets)
    yield from (one.id for one in plan.statistics)


# --- what was loaded ---------------------------------------------------------------------------


def _former(connection: Connection) -> Departments | None:
    kept = store.read_setting(connection, "departments")
    return None if kept is None else Departments.model_validate_json(canonical(kept))


def read_years(connection: Connection) -> list[CalendarYear]:
    """The calendar's years as they were loaded."""
    years: Sequence[object] = store.read_setting(connection, "calendar") or []
    return [CalendarYear.model_validate_json(canonical(year)) for year in years]


def read_directory(connection: Connection) -> Directory:
    """The bodies as they were loaded."""
    former = _former(connection)
    if former is None:
        raise NotFound("no catalogue is loaded yet; run 'dondoc plans load'")
    return Directory(former)


def read_calendar(connection: Connection) -> WorkCalendar:
    """The working calendar: as it was loaded, with the days that the office decided over it."""
    return WorkCalendar(read_years(connection), overrides.given(connection))


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """One loaded version of a plan: what it rests on, and how it differs from the one before."""

    version: int
    loaded_at: datetime
    digest: str
    basis: str
    added: tuple[str, ...]
    dropped: tuple[str, ...]
    changed: tuple[str, ...]


def versions_of(connection: Connection, plan: str) -> list[VersionInfo]:
    """All versions of a plan, the newest first; ``NotFound`` for one that is not loaded."""
    found: list[VersionInfo] = []
    before: Plan | None = None
    for row in store.version_rows(connection, plan):
        after = Plan.model_validate_json(canonical(row.declaration))
        told = _difference(plan, row.version, _items(before) if before else {}, _items(after))
        basis = citation(before, after, row.version)
        parts = (told.added, told.dropped, told.changed)
        found.append(VersionInfo(row.version, row.loaded_at, row.digest, basis, *parts))
        before = after
    return found[::-1]
