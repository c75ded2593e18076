"""Loading a catalogue: idempotent, versioned, never deleting."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Connection, Engine, func, select

from plans.declaration import Departments, Plan
from plans.declared import Catalogue
from plans.errors import NotFound
from plans.loading import load_catalogue, read_calendar, read_directory
from plans.store import catalogue, reading, writing
from plans.store.schema import contacts, metadata, tasks
from tests.builders import at, build_departments, build_plan, build_task, build_title

NOW = at(date(2025, 1, 2))


def sample_of(plan: Plan, departments: Departments | None = None) -> Catalogue:
    return Catalogue(departments or build_departments(), (plan,), ())


def numbers(connection: Connection) -> dict[str, int]:
    found = {}
    for name, table in metadata.tables.items():
        found[name] = connection.scalar(select(func.count()).select_from(table)) or 0
    return found


def test_a_first_load_makes_everything_known(engine: Engine) -> None:
    plan = build_plan()
    with writing(engine) as connection:
        [change] = load_catalogue(connection, sample_of(plan), NOW)
    assert (change.plan, change.version) == ("mau", 1)
    assert set(change.added) == {task.id for _, task in plan.tasks()}
    with reading(engine) as connection:
        assert catalogue.read_plan(connection, "mau") == plan
        assert read_directory(connection).declared == build_departments()
        assert set(catalogue.task_rows(connection, "mau")) == set(change.added)
        assert catalogue.known_addresses(connection, "so-y-te") == {"syt@x.vn"}


def test_loading_again_changes_nothing(engine: Engine) -> None:
    with writing(engine) as connection:
        load_catalogue(connection, sample_of(build_plan()), NOW)
        before = numbers(connection)
        assert load_catalogue(connection, sample_of(build_plan()), NOW) == []
        assert numbers(connection) == before


def test_a_dry_run_writes_nothing(engine: Engine) -> None:
    with writing(engine) as connection:
        [change] = load_catalogue(connection, sample_of(build_plan()), NOW, dry_run=True)
        assert change.version == 1
        assert sum(numbers(connection).values()) == 0


def test_a_changed_plan_is_a_new_version(engine: Engine) -> None:
    old = build_plan()
    first, second = old.groups
    group = first.model_copy(
        update={"tasks": (build_task("mot", title=build_title("Khác")), build_task("hai"))}
    )
    new = build_plan(groups=(group, second))
    with writing(engine) as connection:
        load_catalogue(connection, sample_of(old), NOW)
        [change] = load_catalogue(connection, sample_of(new), NOW)
    assert (change.version, change.added, change.changed) == (2, ("hai",), ("mot",))
    assert set(change.dropped) == {"chung", "cu-y-te", "cu-di-san"}
    with reading(engine) as connection:
        assert catalogue.read_plan(connection, "mau") == new
        assert catalogue.read_plan(connection, "mau", version=1) == old
        query = select(tasks.c.id).where(tasks.c.dropped)
        assert set(connection.execute(query).scalars()) == set(change.dropped)


def test_a_contact_keeps_that_it_bounced(engine: Engine) -> None:
    with writing(engine) as connection:
        load_catalogue(connection, sample_of(build_plan()), NOW)
        connection.execute(contacts.update().values(bounced_at=NOW, bounce_reason="unknown"))
        load_catalogue(connection, sample_of(build_plan(number="02/KH")), NOW)
        assert connection.execute(select(contacts.c.bounce_reason)).scalars().all() == ["unknown"]


def test_nothing_is_loaded_yet(engine: Engine) -> None:
    with reading(engine) as connection:
        with pytest.raises(NotFound, match="plans load"):
            read_directory(connection)
        with pytest.raises(NotFound, match="no plan 'mau' is loaded"):
            catalogue.read_plan(connection, "mau")
        assert read_calendar(connection).due_by(date(2025, 3, 31)).day == date(2025, 3, 31)
