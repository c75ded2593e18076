"""Plans, their tasks, departments, contacts and feeds in the database."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from plans.declaration import Department, Departments, Part, Plan, Task, Title
from plans.errors import NotFound
from plans.store.engine import lock_job
from plans.store.ledger import canonical, chunks
from plans.store.schema import (
    contacts,
    departments,
    feeds,
    plan_versions,
    plans,
    settings,
    supporters,
    tasks,
)
from plans.store.schema_office import removed_contacts


def digest_of(declaration: Any) -> str:
    """The fingerprint by which an unchanged declaration is known."""
    return hashlib.sha256(canonical(declaration).encode()).hexdigest()


def upsert(connection: Connection, table: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; where the primary key is there already, overwrite the other columns."""
    if not rows:
        return
    maker = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = maker(table)
    keys = [column.name for column in table.primary_key]
    values = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(
        statement.on_conflict_do_update(index_elements=keys, set_=values), list(rows)
    )


# --- departments -------------------------------------------------------------------------------


def save_bodies(
    connection: Connection, bodies: Iterable[Department], territory: str | None = None
) -> None:
    """Make bodies known to the record, or bring them up to date.

    In a simulated record every body stays called simulated, new ones too.
    """
    simulated = is_simulated(connection)
    rows = [
        {
            "code": body.code,
            "name_vi": body.name.vi,
            "name_en": body.name.en,
            "abbr": body.abbr,
            "kind": body.kind,
            "parent": body.parent,
            "territory": territory,
            "since": body.since,
            "until": body.until,
            "declaration": body.model_dump(mode="json"),
            "simulated": False,
        }
        for body in bodies
    ]
    upsert(connection, departments, rows)
    if simulated:
        mark_simulated(connection)


def save_contacts(connection: Connection, bodies: Iterable[Department]) -> None:
    """Add declared contacts and feeds; what is in the record already keeps its state.

    A mailbox that was taken out by hand does not come back with the next start.
    """
    removed: dict[str, set[str]] = {}
    for code, email in connection.execute(select(removed_contacts)):
        removed.setdefault(code, set()).add(email)
    for body in bodies:
        known = known_addresses(connection, body.code) | removed.get(body.code, set())
        for contact in body.contacts:
            if contact.email not in known:
                add_contact(connection, body.code, contact.email, contact.language)
        if body.feed:
            feed = body.feed.model_dump()
            upsert(connection, feeds, [{"department": body.code, **feed}])


def add_contact(connection: Connection, code: str, email: str, language: str = "vi") -> None:
    """Register a role mailbox of a department."""
    connection.execute(insert(contacts).values(department=code, email=email, language=language))


def known_addresses(connection: Connection, code: str) -> set[str]:
    """A department's registered addresses."""
    query = select(contacts.c.email).where(contacts.c.department == code)
    return set(connection.execute(query).scalars())


def all_addresses(connection: Connection) -> dict[str, list[str]]:
    """Every department's registered addresses."""
    found: dict[str, list[str]] = {}
    for row in connection.execute(select(contacts).order_by(contacts.c.id)):
        found.setdefault(row.department, []).append(row.email)
    return found


def save_directory(connection: Connection, declared: Departments) -> None:
    """Keep the whole declaration of bodies: succession is decided from it."""
    row = {"name": "departments", "value": declared.model_dump(mode="json")}
    upsert(connection, settings, [row])


def province_names(connection: Connection) -> dict[str, Title]:
    """The declared provinces' names by code, read without the bodies that stand beside them."""
    kept = select(settings.c.value["provinces"]).where(settings.c.name == "departments")
    return {one["code"]: Title(**one["name"]) for one in connection.scalar(kept) or []}


def read_setting(connection: Connection, name: str) -> Any:
    """A kept value, or None."""
    return connection.scalar(select(settings.c.value).where(settings.c.name == name))


def save_setting(connection: Connection, name: str, value: Any) -> None:
    """Keep a value under a name."""
    upsert(connection, settings, [{"name": name, "value": value}])


def department_rows(
    connection: Connection, codes: Sequence[str] | None = None
) -> dict[str, Row[Any]]:
    """Departments by code: all, or those that are named."""
    if codes is None:
        found = connection.execute(select(departments).order_by(departments.c.code))
        return {row.code: row for row in found}
    rows: dict[str, Row[Any]] = {}
    for chunk in chunks(sorted(set(codes))):
        query = select(departments).where(departments.c.code.in_(chunk))
        rows |= {row.code: row for row in connection.execute(query)}
    return rows


def department_row(connection: Connection, code: str) -> Row[Any]:
    """A department, or ``NotFound``."""
    row = connection.execute(select(departments).where(departments.c.code == code)).first()
    if row is None:
        raise NotFound(f"no department '{code}'; 'dondoc departments list' shows them")
    return row


def departments_after(connection: Connection, code: str, limit: int) -> list[Row[Any]]:
    """Departments in the order of their codes, from the one after ``code`` on."""
    c = departments.c
    query = select(departments).where(c.code > code).order_by(c.code).limit(limit)
    return list(connection.execute(query))


def contact_rows(connection: Connection, codes: Sequence[str]) -> dict[str, list[Row[Any]]]:
    """Some departments' mailboxes with whether messages to them bounced."""
    found: dict[str, list[Row[Any]]] = {}
    for chunk in chunks(sorted(set(codes))):
        query = select(contacts).where(contacts.c.department.in_(chunk)).order_by(contacts.c.id)
        for row in connection.execute(query):
            found.setdefault(row.department, []).append(row)
    return found


# --- plans -------------------------------------------------------------------------------------


def latest_digest(connection: Connection, plan: str) -> tuple[int, str] | None:
    """Version and fingerprint of a plan's newest declaration."""
    c = plan_versions.c
    query = select(c.version, c.digest).where(c.plan == plan).order_by(c.version.desc()).limit(1)
    row = connection.execute(query).first()
    return (row.version, row.digest) if row else None


def version_of(connection: Connection, plan: str, digest: str) -> int | None:
    """The newest version of a plan that had this fingerprint."""
    c = plan_versions.c
    query = select(func.max(c.version)).where(c.plan == plan, c.digest == digest)
    found: int | None = connection.scalar(query)
    return found


def save_plan(connection: Connection, plan: Plan, version: int, now: datetime) -> None:
    """Store a plan's new version; tasks that it no longer names are marked, never deleted."""
    declaration = plan.model_dump(mode="json")
    row = {
        "id": plan.id,
        "number": plan.number,
        "title_vi": plan.title.vi,
        "title_en": plan.title.en,
        "issued": plan.issued,
        "ends": plan.ends,
        "coordinator": plan.coordinator,
        "version": version,
        "loaded_at": now,
        "ladder": declaration["ladder"],
    }
    upsert(connection, plans, [row])
    connection.execute(
        insert(plan_versions).values(
            plan=plan.id,
            version=version,
            declaration=declaration,
            digest=digest_of(declaration),
            loaded_at=now,
        )
    )
    connection.execute(update(tasks).where(tasks.c.plan == plan.id).values(dropped=True))
    upsert(connection, tasks, list(_task_rows(plan)))


def _task_rows(plan: Plan) -> Iterable[dict[str, Any]]:
    position = 0
    for group, task in plan.tasks():
        clause = f"{task.clause.group}, điểm {task.clause.position}"
        items: tuple[Task | Part, ...] = (task, *task.parts)
        for what in items:
            position += 1
            is_part = what is not task
            yield {
                "plan": plan.id,
                "id": what.id,
                "group": group.id,
                "part_of": task.id if is_part else None,
                "position": position,
                "title_vi": what.title.vi,
                "title_en": what.title.en,
                "clause": clause,
                "lead": what.lead or task.lead,
                "function": what.function or task.function,
                "deliverable": what.deliverable or (None if is_part else task.deliverable),
                "supporting": list(task.supporting),
                "dropped": False,
            }


def read_plan(connection: Connection, plan: str, version: int | None = None) -> Plan:
    """A plan's declaration as it was loaded: the newest one, or a given version."""
    c = plan_versions.c
    query = select(c.declaration).where(c.plan == plan).order_by(c.version.desc()).limit(1)
    if version is not None:
        query = query.where(c.version == version)
    declaration = connection.scalar(query)
    if declaration is None:
        raise _unknown(connection, plan, version)
    return Plan.model_validate_json(canonical(declaration))


def _unknown(connection: Connection, plan: str, version: int | None) -> NotFound:
    if version is not None and latest_digest(connection, plan):
        hint = f"'dondoc plans versions {plan}' lists them"
        return NotFound(f"plan '{plan}' has no version {version}; {hint}")
    return NotFound(f"no plan '{plan}' is loaded; 'dondoc plans list' shows those that are")


def plan_row(connection: Connection, plan: str) -> Row[Any]:
    """A plan's header, or ``NotFound``."""
    row = connection.execute(select(plans).where(plans.c.id == plan)).first()
    if row is None:
        raise _unknown(connection, plan, None)
    return row


def newest_declaration(connection: Connection, plan: str) -> Any:
    """A plan's newest declaration as it is kept, read without building the plan."""
    c = plan_versions.c
    query = select(c.declaration).where(c.plan == plan).order_by(c.version.desc()).limit(1)
    return connection.execute(query).scalar_one()


def declared_ids(connection: Connection, plan: str) -> set[str]:
    """Every id that a plan's newest version declares, read without building the plan."""
    said = newest_declaration(connection, plan)
    tasks_of = [task for group in said["groups"] for task in group["tasks"]]
    parts = [part for task in tasks_of for part in task["parts"]]
    items = [*said["groups"], *tasks_of, *parts, *said["targets"], *said["statistics"]]
    return {one["id"] for one in items}


def version_row(connection: Connection, plan: str, version: int | None = None) -> Row[Any]:
    """Number and moment of a plan's newest or given version, or ``NotFound``."""
    c = plan_versions.c
    query = select(c.version, c.loaded_at).where(c.plan == plan).order_by(c.version.desc())
    if version is not None:
        query = query.where(c.version == version)
    row = connection.execute(query.limit(1)).first()
    if row is None:
        raise _unknown(connection, plan, version)
    return row


def version_rows(connection: Connection, plan: str) -> list[Row[Any]]:
    """All versions of a plan with their declarations, the oldest first; ``NotFound`` if none."""
    c = plan_versions.c
    rows = connection.execute(select(plan_versions).where(c.plan == plan).order_by(c.version)).all()
    if not rows:
        raise _unknown(connection, plan, None)
    return list(rows)


@dataclass(frozen=True, slots=True)
class Heading:
    """A plan's titles: ``declared`` its groups, ``titles`` also of those that are gone."""

    plan: str
    number: str | None
    title: Title
    declared: tuple[str, ...]
    titles: Mapping[str, Title]


def heading(connection: Connection, plan: str) -> Heading:
    """A plan's titles as it is now, or ``NotFound``."""
    return _heading(connection, plan_row(connection, plan))


def headings(connection: Connection, names: Sequence[str]) -> dict[str, Heading]:
    """The same of some plans at once; those that are not loaded are missing."""
    found: dict[str, Heading] = {}
    for chunk in chunks(names):
        rows = connection.execute(select(plans).where(plans.c.id.in_(chunk))).all()
        found |= {row.id: _heading(connection, row) for row in rows}
    return found


def _heading(connection: Connection, row: Row[Any]) -> Heading:
    kept = row.groups
    if not kept or kept["version"] != row.version:
        kept = _groups(connection, row.id, row.version)  # an older release loaded it
    titles = {key: Title(vi=vi, en=en) for key, vi, en in kept["titles"]}
    declared = tuple(titles)[: kept["declared"]]
    return Heading(row.id, row.number, Title(vi=row.title_vi, en=row.title_en), declared, titles)


def heading_at(connection: Connection, plan: str, moment: datetime) -> Heading:
    """The same as it was at a moment; before its first version, that one's."""
    if plan_row(connection, plan).loaded_at <= moment:
        return heading(connection, plan)
    c = plan_versions.c
    versions = select(plan_versions).where(c.plan == plan).limit(1)
    by_then = versions.where(c.loaded_at <= moment).order_by(c.version.desc())
    row = connection.execute(by_then).first()
    row = row or connection.execute(versions.order_by(c.version)).first()
    if row is None:
        raise _unknown(connection, plan, None)
    said = row.declaration
    declared = tuple(group["id"] for group in said["groups"])
    titles = group_titles(connection, plan, row.version)
    return Heading(plan, said["number"], Title(**said["title"]), declared, titles)


def group_titles(connection: Connection, plan: str, until: int) -> dict[str, Title]:
    """Titles of all groups that a plan ever had by a version, as it said last.

    That version's come first, in its order.
    """
    c = plan_versions.c
    query = select(c.declaration).where(c.plan == plan, c.version <= until)
    found: dict[str, Title] = {}
    for declaration in connection.execute(query.order_by(c.version.desc())).scalars():
        for group in declaration["groups"]:
            found.setdefault(group["id"], Title(**group["title"]))
    return found


def _groups(connection: Connection, plan: str, version: int) -> dict[str, Any]:
    titles = group_titles(connection, plan, version)
    declared = read_plan(connection, plan, version).groups
    items = [[key, title.vi, title.en] for key, title in titles.items()]
    return {"version": version, "declared": len(declared), "titles": items}


def save_group_titles(connection: Connection, plan: str) -> None:
    """Keep the groups' titles where a roll-up finds them without reading declarations."""
    row = plan_row(connection, plan)
    if not row.groups or row.groups["version"] != row.version:
        groups = _groups(connection, plan, row.version)
        connection.execute(update(plans).where(plans.c.id == plan).values(groups=groups))


def save_derived(
    connection: Connection, plan: str, wanted: Mapping[str, Mapping[str, Any]]
) -> None:
    """Keep what follows from a task's declaration (columns by task); writes only what differs."""
    t = tasks.c
    for row in connection.execute(select(tasks).where(t.plan == plan)).all():
        values = wanted.get(row.id, {})
        if any(getattr(row, name) != value for name, value in values.items()):
            connection.execute(update(tasks).where(t.plan == plan, t.id == row.id).values(**values))


def save_supporters(
    connection: Connection, plan: str, wanted: Mapping[str, Collection[str]]
) -> None:
    """Keep who supports which task; writes only what differs. Tasks that are not named stay."""
    s = supporters.c
    rows = connection.execute(select(s.task, s.department).where(s.plan == plan))
    known = {(row.task, row.department) for row in rows if row.task in wanted}
    true = {(task, code) for task, codes in wanted.items() for code in codes}
    for task, code in sorted(known - true):
        where = (s.plan == plan, s.task == task, s.department == code)
        connection.execute(delete(supporters).where(*where))
    new = [{"plan": plan, "task": task, "department": code} for task, code in sorted(true - known)]
    if new:
        connection.execute(insert(supporters), new)


def lock_plans(connection: Connection) -> None:
    """Let nobody else load or open until this transaction ends (SQLite's writers are alone)."""
    for job in ("load", "open-periods"):
        lock_job(connection, job)


def plan_rows(connection: Connection) -> list[Row[Any]]:
    """All loaded plans, oldest first."""
    return list(connection.execute(select(plans).order_by(plans.c.issued, plans.c.id)))


def has_plans(connection: Connection) -> bool:
    """Whether any plan is loaded."""
    return connection.execute(select(plans.c.id).limit(1)).first() is not None


def task_rows(connection: Connection, plan: str | None = None) -> dict[str, Row[Any]]:
    """Tasks and parts by id (ids are unique across plans)."""
    query = select(tasks) if plan is None else select(tasks).where(tasks.c.plan == plan)
    return {row.id: row for row in connection.execute(query)}


def task_plans(connection: Connection) -> list[tuple[str, str]]:
    """Every task and part with its plan, also those that newer versions dropped."""
    query = select(tasks.c.id, tasks.c.plan).order_by(tasks.c.plan, tasks.c.position)
    return [(row.id, row.plan) for row in connection.execute(query)]


def is_simulated(connection: Connection) -> bool:
    """Whether the record is a demo's."""
    found = select(departments.c.code).where(departments.c.simulated).limit(1)
    return connection.scalar(found) is not None


def mark_simulated(connection: Connection) -> None:
    """Call every body simulated by name, so that nobody takes a demo for the real thing."""
    c = departments.c
    statement = update(departments).where(c.simulated.is_(False))
    names = {"name_vi": c.name_vi + " (mô phỏng)", "name_en": c.name_en + " (simulated)"}
    connection.execute(statement.values(simulated=True, **names))
