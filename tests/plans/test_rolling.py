"""All plans at once: the same figures as one by one; the nation; the day's figures in parts."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, select

from plans import rolling
from plans.declaration import Departments, Plan, Province
from plans.declared import Catalogue
from plans.loading import load_catalogue
from plans.opening import open_periods
from plans.store import reading, writing
from plans.store.catalogue import province_names
from plans.store.counters import CENTRAL
from plans.store.schema import snapshots
from tests.builders import at, build_departments, build_plan, build_title
from tests.offices import faults

ON = date(2025, 4, 16)
IDS = ("mot-tinh", "hai-tinh", "trung-uong")


@pytest.fixture
def country(engine: Engine) -> Engine:
    """A plan of each of two provinces, and one of none."""
    provinces = tuple(Province(code=f"tinh-{n}", name=build_title(f"Tỉnh {n}")) for n in (1, 2))
    declared = build_departments()
    bodies = Departments(
        functions=declared.functions, departments=declared.departments, provinces=provinces
    )
    where = ("tinh-1", "tinh-2", None)
    plans = [
        renamed(key, n, province) for n, (key, province) in enumerate(zip(IDS, where, strict=True))
    ]
    with writing(engine) as connection:
        load_catalogue(connection, Catalogue(bodies, tuple(plans), ()), at(ON))
        open_periods(connection, ON, at(ON))
    return engine


def renamed(key: str, n: int, province: str | None) -> Plan:
    """The sample plan under other ids, which are one space across plans."""
    plan = build_plan(id=key, number=f"{n}/KH", province=province)
    groups = tuple(
        group.model_copy(
            update={
                "id": f"{key}-{group.id}",
                "tasks": tuple(
                    task.model_copy(
                        update={
                            "id": f"{key}-{task.id}",
                            "parts": tuple(
                                part.model_copy(update={"id": f"{key}-{part.id}"})
                                for part in task.parts
                            ),
                        }
                    )
                    for task in group.tasks
                ),
            }
        )
        for group in plan.groups
    )
    return plan.model_copy(update={"groups": groups})


def test_all_plans_are_the_same_as_one_by_one(country: Engine) -> None:
    with reading(country) as connection:
        every = rolling.all_plans(connection, ON)
        assert every == [rolling.plan_progress(connection, one.plan, ON) for one in every]
    assert {one.plan for one in every} == set(IDS)


def test_the_nation_is_every_province_and_what_belongs_to_none(country: Engine) -> None:
    with reading(country) as connection:
        whole, parts = rolling.nation(connection, ON)
        plans = {one.plan: one.total for one in rolling.all_plans(connection, ON)}
        names = province_names(connection)
    assert set(parts) == {"tinh-1", "tinh-2", CENTRAL}
    assert parts["tinh-1"].classes == plans["mot-tinh"].classes
    assert parts[CENTRAL].classes == plans["trung-uong"].classes
    assert whole.assignments == sum(one.assignments for one in plans.values()) > 0
    assert whole.outside.total() == sum(one.outside.total() for one in plans.values())
    assert names["tinh-2"].vi == "Tỉnh 2"
    assert faults(country) == []


def test_the_day_is_kept_in_parts_and_a_run_that_ended_early_is_made_whole(country: Engine) -> None:
    run = rolling.take_snapshot_in_parts(country, ON, at(ON), size=1)
    next(run)
    run.close()
    with reading(country) as connection:
        assert len({row.plan for row in connection.execute(select(snapshots))}) == 1
    parts = list(rolling.take_snapshot_in_parts(country, ON, at(ON, 23), size=2))
    assert [len(part) for part in parts] == [2, 1]
    with reading(country) as connection:
        rows = connection.execute(select(snapshots)).all()
        own = {row.plan: row.figures["assignments"] for row in rows if row.group == rolling.TOTAL}
        plans = rolling.all_plans(connection, ON)
    assert own == {one.plan: one.total.assignments for one in plans}
    assert {row.taken_at for row in rows} == {at(ON, 23)}
