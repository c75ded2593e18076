"""Plans, their tasks, departments, contacts and feeds in the database."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from plans.declaration import Department, Departments, Part, Plan, Task
from plans.errors import NotFound
from plans.store.ledger import canonical, chunks
from plans.store.schema import contacts, departments, feeds, plan_versions, plans, settings, tasks


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
    simulated = connection.scalar(
        select(departments.c.code).where(departments.c.simulated).limit(1)
    )
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
    """Add declared contacts and feeds; what is in the record already keeps its state."""
    for body in bodies:
        known = known_addresses(connection, body.code)
        for contact in body.contacts:
            if contact.email not in known:
                add_contact(connection, body.code, contact.email, contact.language)
        if body.feed:
            feed = body.feed.model_dump()
            upsert(connection, feeds, [{"department": body.code, **feed}])


def add_contact(connection: Connection, code: str, email: str, language: str = "vi") -> None:
    """Register a role mailbox of a department."""
    connection.execute(insert(contacts).values(department=code, email=email, language=language))


def replace_contact(connection: Connection, code: str, email: str, language: str) -> None:
    """Let a department have one mailbox, this one, whatever it had before."""
    connection.execute(delete(contacts).where(contacts.c.department == code))
    add_contact(connection, code, email, language)


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


# --- plans -------------------------------------------------------------------------------------


def latest_digest(connection: Connection, plan: str) -> tuple[int, str] | None:
    """Version and fingerprint of a plan's newest declaration."""
    c = plan_versions.c
    query = select(c.version, c.digest).where(c.plan == plan).order_by(c.version.desc()).limit(1)
    row = connection.execute(query).first()
    return (row.version, row.digest) if row else None


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
        raise NotFound(f"no plan '{plan}' is loaded; 'dondoc plans list' shows those that are")
    return Plan.model_validate_json(canonical(declaration))


def group_titles(connection: Connection, plan: str) -> dict[str, str]:
    """Titles of all groups that a plan ever had, each from the newest version that has it."""
    c = plan_versions.c
    query = select(c.declaration).where(c.plan == plan).order_by(c.version)
    return {
        group["id"]: group["title"]["vi"]
        for declaration in connection.execute(query).scalars()
        for group in declaration["groups"]
    }


def plan_rows(connection: Connection) -> list[Row[Any]]:
    """All loaded plans, oldest first."""
    return list(connection.execute(select(plans).order_by(plans.c.issued, plans.c.id)))


def task_rows(connection: Connection, plan: str | None = None) -> dict[str, Row[Any]]:
    """Tasks and parts by id (ids are unique across plans)."""
    query = select(tasks) if plan is None else select(tasks).where(tasks.c.plan == plan)
    return {row.id: row for row in connection.execute(query)}


def task_plans(connection: Connection) -> list[tuple[str, str]]:
    """Every task and part with its plan, also those that newer versions dropped."""
    query = select(tasks.c.id, tasks.c.plan).order_by(tasks.c.plan, tasks.c.position)
    return [(row.id, row.plan) for row in connection.execute(query)]


def mark_simulated(connection: Connection) -> None:
    """Call every body simulated by name, so that nobody takes a demo for the real thing."""
    c = departments.c
    statement = update(departments).where(c.simulated.is_(False))
    names = {"name_vi": c.name_vi + " (mô phỏng)", "name_en": c.name_en + " (simulated)"}
    connection.execute(statement.values(simulated=True, **names))
