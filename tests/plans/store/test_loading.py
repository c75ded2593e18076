"""Loading a catalogue: idempotent, versioned, never deleting."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Connection, Engine, delete, event, func, select, update

from plans.calendar import CalendarYear
from plans.declaration import (
    BasisDocument,
    Departments,
    Part,
    Plan,
    SolutionGroup,
    Successor,
    Target,
)
from plans.declared import Catalogue
from plans.errors import InvalidInput, NotFound
from plans.loading import load_catalogue, not_back, read_calendar, read_directory, versions_of
from plans.store import catalogue, reading, writing
from plans.store.schema import contacts, plan_versions, plans, supporters, tasks
from plans.store.schema_base import metadata
from tests.builders import (
    at,
    build_department,
    build_departments,
    build_plan,
    build_task,
    build_title,
)
from tests.offices import furnish

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
        around, change = load_catalogue(connection, sample_of(plan), NOW)
    assert (around.plan, around.version) == ("departments.yaml", None)
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
        _, change = load_catalogue(connection, sample_of(build_plan()), NOW, dry_run=True)
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
        load_catalogue(connection, sample_of(build_plan(source="b.pdf")), NOW)
        assert connection.execute(select(contacts.c.bounce_reason)).scalars().all() == ["unknown"]


def test_nothing_is_loaded_yet(engine: Engine) -> None:
    with reading(engine) as connection:
        with pytest.raises(NotFound, match="plans load"):
            read_directory(connection)
        with pytest.raises(NotFound, match="no plan 'mau' is loaded"):
            catalogue.read_plan(connection, "mau")
        assert read_calendar(connection).due_by(date(2025, 3, 31)).day == date(2025, 3, 31)


def test_changes_of_bodies_and_calendar_are_told(engine: Engine) -> None:
    more = build_departments(build_department("so-moi"), functions={"y-te": build_title("Khác")})
    years = (CalendarYear(year=2025, source="thông báo"),)
    changed = Catalogue(more, (build_plan(),), years)
    with writing(engine) as connection:
        load_catalogue(connection, sample_of(build_plan()), NOW)
        told = load_catalogue(connection, changed, NOW, dry_run=True)
        assert load_catalogue(connection, changed, NOW) == told
        assert load_catalogue(connection, changed, NOW) == []
        [calendar] = load_catalogue(connection, replace(changed, calendar=()), NOW)
    bodies, year = told
    assert (bodies.plan, bodies.added) == ("departments.yaml", ("so-moi",))
    assert (bodies.changed, bodies.dropped) == (("function y-te",), ("function di-san",))
    assert (year.plan, year.added, calendar.dropped) == ("calendar", ("2025",), ("2025",))


def other_plan(key: str) -> Plan:
    """A plan of its own, of which one id is given."""
    task = build_task("rieng", parts=(Part(id=key, title=build_title("Phần")),))
    group = SolutionGroup(id="nhom-rieng", title=build_title("Nhóm"), tasks=(task,))
    return build_plan(id="hai", number="02/KH", groups=(group,))


@pytest.mark.parametrize("key", ["mot", "nhom-2", "ty-le", "cu-di-san"])
def test_an_id_of_another_plan_is_refused(engine: Engine, key: str) -> None:
    target = Target(
        id="ty-le",
        title=build_title("Tỷ lệ"),
        comparator="at_least",
        value=90,
        unit="percent",
        owner="so-y-te",
    )
    first = build_plan(targets=(target,))
    with writing(engine) as connection:
        load_catalogue(connection, sample_of(first), NOW)
        load_catalogue(connection, sample_of(without(first, "cu-di-san")), NOW)
        before = numbers(connection)
        for dry_run in (True, False):
            with pytest.raises(InvalidInput, match=f"'{key}' of plan 'hai' .* plan 'mau'"):
                load_catalogue(connection, sample_of(other_plan(key)), NOW, dry_run=dry_run)
        assert numbers(connection) == before
        load_catalogue(connection, sample_of(other_plan("phan")), NOW)
        assert load_catalogue(connection, sample_of(other_plan("phan")), NOW) == []


def without(plan: Plan, task: str) -> Plan:
    """The plan with one task left out."""
    groups = tuple(
        group.model_copy(update={"tasks": tuple(one for one in group.tasks if one.id != task)})
        for group in plan.groups
    )
    return plan.model_copy(update={"groups": groups})


def test_a_plan_with_another_number_is_another_plan(engine: Engine) -> None:
    with writing(engine) as connection:
        load_catalogue(connection, sample_of(build_plan(number=None)), NOW)
        load_catalogue(connection, sample_of(build_plan()), NOW)
        with pytest.raises(InvalidInput, match="id 'mau' is plan 01/KH in the record"):
            load_catalogue(connection, sample_of(build_plan(number="02/KH")), NOW)
        [change] = load_catalogue(connection, sample_of(build_plan(number=None)), NOW)
    assert change.version == 3


def test_a_simulated_record_stays_simulated_when_it_is_loaded_again(engine: Engine) -> None:
    furnish(engine)
    with writing(engine) as connection:
        catalogue.mark_simulated(connection)
    furnish(engine)
    with reading(engine) as connection:
        names = {row.name_vi for row in catalogue.department_rows(connection).values()}
    assert all(name.endswith(" (mô phỏng)") and name.count("(mô phỏng)") == 1 for name in names)


# --- what every load brings up to date ------------------------------------------------------------


def supported() -> Plan:
    first, *others = build_plan().groups
    tasks = [one.model_copy(update={"supporting": ("cac-so",)}) for one in first.tasks]
    return build_plan(groups=(first.model_copy(update={"tasks": tuple(tasks)}), *others))


def supporters_in(connection: Connection, task: str) -> set[str]:
    query = select(supporters.c.department).where(supporters.c.task == task)
    return set(connection.execute(query).scalars())


def test_who_supports_is_known_from_the_first_load(engine: Engine) -> None:
    with writing(engine) as connection:
        load_catalogue(connection, sample_of(supported()), NOW)
        assert supporters_in(connection, "mot") == {"cac-so", "so-y-te", "so-tai-chinh"}
        assert supporters_in(connection, "thuong-xuyen") == set()


def test_an_unchanged_plan_gets_what_an_older_release_did_not_keep(engine: Engine) -> None:
    with writing(engine) as connection:
        load_catalogue(connection, sample_of(supported()), NOW)
        kinds = connection.execute(select(tasks.c.id, tasks.c.evidence)).all()
        titles = connection.scalar(select(plans.c.groups))
        connection.execute(delete(supporters))
        connection.execute(update(tasks).values(evidence=None))
        connection.execute(update(plans).values(groups=None))
        assert catalogue.heading(connection, "mau").declared == ("nhom-1", "nhom-2")
        assert load_catalogue(connection, sample_of(supported()), NOW) == []
        assert supporters_in(connection, "mot") == {"cac-so", "so-y-te", "so-tai-chinh"}
        assert connection.execute(select(tasks.c.id, tasks.c.evidence)).all() == kinds
        assert connection.scalar(select(plans.c.groups)) == titles


def test_supporters_change_with_the_bodies_though_the_plan_does_not(engine: Engine) -> None:
    with writing(engine) as connection:
        load_catalogue(connection, sample_of(supported()), NOW)
        bodies = [
            one.model_copy(
                update={
                    "until": date(2024, 12, 31),
                    "successors": (Successor(code="so-moi", functions="all"),),
                }
            )
            if one.code == "so-tai-chinh"
            else one
            for one in build_departments(build_department("so-moi")).departments
        ]
        changed = build_departments(departments=tuple(bodies))
        load_catalogue(connection, sample_of(supported(), changed), NOW)
        assert supporters_in(connection, "mot") == {"cac-so", "so-y-te"}
        named = supported().groups[0].tasks[0].model_copy(update={"supporting": ("so-tai-chinh",)})
        group = supported().groups[0].model_copy(update={"tasks": (named,)})
        load_catalogue(connection, sample_of(build_plan(groups=(group,)), changed), NOW)
        assert supporters_in(connection, "mot") == {"so-tai-chinh", "so-moi"}


def test_a_second_load_writes_nothing_of_it(engine: Engine) -> None:
    with writing(engine) as connection:
        load_catalogue(connection, sample_of(supported()), NOW)
    said: list[str] = []

    def listen(_: object, __: object, statement: str, *___: object) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", listen)
    with writing(engine) as connection:
        load_catalogue(connection, sample_of(supported()), NOW)
    words = ("INSERT INTO supporters", "DELETE FROM supporters", "UPDATE tasks", "UPDATE plans")
    assert [one for one in said if one.startswith(words)] == []


def test_a_field_that_is_new_in_a_release_makes_no_new_version(engine: Engine) -> None:
    with writing(engine) as connection:
        load_catalogue(connection, sample_of(build_plan()), NOW)
        older = build_plan().model_dump(mode="json")
        del older["amendments"]
        digest = catalogue.digest_of(older)
        connection.execute(update(plan_versions).values(declaration=older, digest=digest))
        assert load_catalogue(connection, sample_of(build_plan()), NOW) == []


def test_versions_are_told_with_what_they_rest_on(engine: Engine) -> None:
    decree = BasisDocument(title="Kế hoạch sửa đổi", number="12/KH", issued=date(2025, 2, 1))
    group, second = build_plan().groups
    with writing(engine) as connection:
        load_catalogue(connection, sample_of(build_plan()), NOW)
        less = group.model_copy(update={"tasks": group.tasks[1:]})
        plan = build_plan(groups=(less, second), amendments=(decree,))
        load_catalogue(connection, sample_of(plan), NOW)
        newest, first = versions_of(connection, "mau")
        assert (first.version, first.basis, first.dropped) == (1, "version 1 of the plan", ())
        assert (newest.version, newest.basis) == (2, "12/KH ngày 01/02/2025")
        assert (newest.added, newest.dropped, newest.changed) == ((), ("mot",), ())
        with pytest.raises(NotFound, match="no version 3"):
            catalogue.read_plan(connection, "mau", version=3)
        with pytest.raises(NotFound, match="no plan 'la'"):
            versions_of(connection, "la")


def test_a_start_does_not_go_back_to_an_earlier_version(engine: Engine) -> None:
    """The files beside the service may be older than what was loaded from elsewhere."""
    first = build_plan()
    title = first.title.model_copy(update={"vi": "Kế hoạch đã sửa"})
    second = first.model_copy(update={"title": title})
    for plan in (first, second):
        furnish(engine, plan=plan)
    old = Catalogue(departments=build_departments(), plans=(first,), calendar=())
    new = Catalogue(departments=build_departments(), plans=(second,), calendar=())
    with writing(engine) as connection:
        found, kept = not_back(connection, old)
        assert (found.plans, kept) == ((second,), ["mau"])
        assert [one for one in load_catalogue(connection, found, NOW) if one.version] == []
        assert not_back(connection, new) == (new, [])
        assert [one.version for one in load_catalogue(connection, old, NOW)] == [3]
