"""The past answers to the figure, whatever is recorded later, and is read by index."""

from __future__ import annotations

import importlib
import json
import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete, event, select

from plans import rolling
from plans.comparing import compare
from plans.declaration import BasisDocument, SolutionGroup
from plans.errors import InvalidInput
from plans.loading import load_catalogue
from plans.opening import decide_lead, open_periods
from plans.store import reading, writing
from plans.store.ledger import append
from plans.store.schema import led_before
from plans.terms import EventKind
from tests.builders import ZONE, at, build_departments, build_event, build_plan, build_title
from tests.offices import NOW, assignment, faults, furnish
from tests.plans.store.test_amending import amended, catalogue_of, regrouped

THEN = NOW + timedelta(hours=1)
DAY = THEN.date()
DEPARTMENTS = ("so-y-te", "so-tai-chinh", "van-phong", "so-cu")


@pytest.fixture
def office(engine: Engine) -> Engine:
    furnish(engine)
    return engine


def told(engine: Engine, as_of: datetime) -> str:
    """Every figure of the past that can be asked for, as text."""
    with reading(engine) as connection:
        plan = rolling.plan_progress(connection, "mau", DAY, as_of)
        by = rolling.by_department(connection, DAY, as_of, "mau")
        each = {code: rolling.of_department(connection, code, DAY, as_of) for code in DEPARTMENTS}
        found = {
            "plan": [plan.title, plan.number, rolling.figures(plan.total)],
            "groups": [[k, plan.titles[k], rolling.figures(one)] for k, one in plan.groups.items()],
            "by": {key: rolling.figures(one) for key, one in by.items()},
            "each": {key: rolling.figures(one) for key, one in each.items()},
        }
    return json.dumps(found)


def test_whatever_is_recorded_later_the_past_stays(office: Engine) -> None:
    before = told(office, THEN)
    later = THEN + timedelta(days=1)
    record_much(office, later)
    assert told(office, THEN) == before
    assert told(office, later + timedelta(days=3)) != before
    assert faults(office) == []


def record_much(engine: Engine, later: datetime) -> None:
    key = assignment(engine, "mau/mot/so-y-te").id
    day = later.date()
    done = [
        build_event(EventKind.UPDATED, day, percent=100),
        build_event(EventKind.SUBMITTED, day, submitted_on=day.isoformat()),
        build_event(EventKind.ACCEPTED, day),
        build_event(EventKind.CORRECTED, day, percent=30, reopen=True),
    ]
    with writing(engine) as connection:
        append(connection, {key: done})
        decide_lead(connection, key, "so-tai-chinh", "9/QĐ", "user:1", later)
        plan = amended(
            build_plan(title=build_title("Tên mới"), amendments=(BasisDocument(title="x"),)),
            "chung",
            lead="so-tai-chinh",
            due=build_plan().groups[0].tasks[2].due,
        )
        groups = {"nhom-9": ["mot"], "nhom-2": ["chung", "cu-y-te", "thuong-xuyen"]}
        load_catalogue(connection, catalogue_of(regrouped(plan, groups=groups)), later)
        open_periods(connection, day + timedelta(days=40), later)


def test_a_department_keeps_the_past_of_what_it_leads_no_more(office: Engine) -> None:
    key = assignment(office, "mau/mot/so-y-te").id
    with reading(office) as connection:
        before = rolling.of_department(connection, "so-y-te", DAY, THEN)
        assert rolling.of_department(connection, "so-y-te", DAY) == before
    for hour, code in enumerate(("van-phong", "so-tai-chinh"), start=2):
        with writing(office) as connection:
            decide_lead(connection, key, code, "9/QĐ", "user:1", NOW + timedelta(hours=hour))
    with reading(office) as connection:
        led = set(connection.execute(select(led_before.c.department)).scalars())
        assert led == {"so-y-te", "van-phong", "so-cu"}  # the last by its end
        assert rolling.of_department(connection, "so-y-te", DAY, THEN) == before
        between = NOW + timedelta(hours=2, minutes=30)
        had = rolling.of_department(connection, "van-phong", DAY, between).assignments
        assert had == rolling.of_department(connection, "van-phong", DAY, THEN).assignments + 1
        for code in DEPARTMENTS:
            now = rolling.of_department(connection, code, DAY)
            assert now == rolling.of_department(connection, code, DAY, at(date(2030, 1, 1)))
            mine = rolling.by_department(connection, DAY, plan="mau").get(code)
            assert mine is None or mine == now


def test_before_anything_was_recorded_there_is_nothing(office: Engine) -> None:
    with reading(office) as connection:
        found = rolling.plan_progress(connection, "mau", DAY, NOW - timedelta(days=9))
    assert (found.total.assignments, list(found.titles)) == (0, ["nhom-1", "nhom-2"])


def test_a_moment_to_come_is_refused() -> None:
    rolling.require_past(NOW, NOW, "as_of")
    with pytest.raises(InvalidInput, match="still to come") as caught:
        rolling.require_past(NOW + timedelta(seconds=1), NOW, "as_of")
    assert set(caught.value.fields) == {"as_of"}


def test_two_moments_of_a_record_are_compared(office: Engine) -> None:
    until, key = THEN + timedelta(days=4), assignment(office, "mau/mot/so-y-te").id
    record_much(office, THEN + timedelta(days=1))
    with reading(office) as connection:
        found = compare(connection, "mau", THEN, until, ZONE)
        ends = [
            rolling.plan_progress(connection, "mau", moment.date(), moment)
            for moment in (THEN, until)
        ]
        with pytest.raises(InvalidInput, match="swap"):
            compare(connection, "mau", until, THEN, ZONE)
    assert [found.before, found.after] == ends
    [one] = [one for one in found.differences if one.assignment == key]
    assert one.before
    assert (one.before.lead, one.after.lead) == ("so-y-te", "so-tai-chinh")
    kinds = [cause.kind for cause in one.causes]
    assert kinds[:5] == ["updated", "submitted", "accepted", "corrected", "reassigned"]
    assert ("9/QĐ", "user:1") in {(cause.basis, cause.actor) for cause in one.causes}


# --- by index ----------------------------------------------------------------------------------


CALLS: dict[str, Any] = {
    "plan": lambda c: rolling.plan_progress(c, "mau", DAY),
    "plan as of": lambda c: rolling.plan_progress(c, "mau", DAY, THEN),
    "by department": lambda c: rolling.by_department(c, DAY, None, "mau"),
    "by department as of": lambda c: rolling.by_department(c, DAY, THEN, "mau"),
    "department": lambda c: rolling.of_department(c, "so-y-te", DAY),
    "department as of": lambda c: rolling.of_department(c, "so-y-te", DAY, THEN),
    "compare": lambda c: compare(c, "mau", NOW, THEN, ZONE),
}
GROWS = ("ledger", "assignments", "led_before", "counters", "texts", "supporters")


@pytest.mark.parametrize("name", CALLS)
def test_no_call_scans_a_table_that_grows(office: Engine, name: str) -> None:
    said: list[tuple[str, Any]] = []

    def listen(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
        said.append((statement, parameters))

    event.listen(office, "before_cursor_execute", listen)
    with reading(office) as connection:
        CALLS[name](connection)
    event.remove(office, "before_cursor_execute", listen)
    assert said
    for statement, parameters in said:
        if statement.startswith("SELECT") and (found := scans(office, statement, parameters)):
            pytest.fail(f"{statement}\n{found}")


def scans(engine: Engine, statement: str, parameters: Any) -> list[str]:
    """Where a statement's plan reads a whole table of those that grow."""
    with reading(engine) as connection:
        if engine.dialect.name == "sqlite":
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            pattern = rf"SCAN ({'|'.join(GROWS)})\b"
            lines = [str(row[3]) for row in rows]
        else:
            # Of small tables PostgreSQL reads everything: it must not have to.
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
            pattern = rf"Seq Scan on ({'|'.join(GROWS)})\b"
            lines = [str(row[0]) for row in rows]
    return [line for line in lines if re.search(pattern, line)]


def test_the_test_of_scans_sees_a_scan(office: Engine) -> None:
    assert scans(office, "SELECT percent FROM assignments WHERE percent > 0", ())


def test_groups_that_a_version_renamed_keep_their_former_title_in_the_past(office: Engine) -> None:
    renamed = tuple(
        SolutionGroup(id=one.id, title=build_title(f"Mới {one.id}"), tasks=one.tasks)
        for one in build_plan().groups
    )
    with writing(office) as connection:
        later = THEN + timedelta(hours=1)
        plan = build_plan(groups=renamed)
        load_catalogue(connection, catalogue_of(plan, build_departments()), later)
    with reading(office) as connection:
        past = rolling.plan_progress(connection, "mau", DAY, THEN)
        now = rolling.plan_progress(connection, "mau", DAY)
    assert (past.titles["nhom-1"], now.titles["nhom-1"]) == ("Nhóm 1", "Mới nhom-1")
    assert now.english["nhom-1"] == "Mới nhom-1 (en)"


def test_the_migration_finds_who_led_what_before(office: Engine) -> None:
    key = assignment(office, "mau/mot/so-y-te").id
    for hour, code in enumerate(("van-phong", "so-y-te", "so-tai-chinh"), start=2):
        with writing(office) as connection:
            decide_lead(connection, key, code, "9/QĐ", "user:1", NOW + timedelta(hours=hour))
    migration = importlib.import_module("plans.store.migrations.versions.0002_the_departments_door")
    with writing(office) as connection:
        kept = set(connection.execute(select(led_before)).all())
        assert ("van-phong", key) in kept
        connection.execute(delete(led_before))
        migration._remember_leads(connection)
        assert set(connection.execute(select(led_before)).all()) == kept
