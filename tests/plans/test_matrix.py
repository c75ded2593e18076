"""Departments × groups, and one department: counted as the rules count, worst first, folded."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from plans.matrix import MANY, Matrix, matrix, newest_running
from plans.rules import outside, timeliness
from plans.store import catalogue, counters, reading, writing
from plans.store.ledger import append, states_as_of
from plans.store.tallies import By, of_department, of_plans, tallies
from plans.terms import EventKind, Timeliness
from tests.acts import key_of, submit
from tests.builders import build_department, build_departments, build_event, build_plan, build_task
from tests.offices import DAY, furnish

MOT = "mau/mot/so-y-te"
DATES = (date(2025, 1, 3), date(2025, 2, 18), date(2025, 3, 31), date(2025, 4, 1), DAY)


@pytest.fixture
def office(engine: Engine) -> Engine:
    """Some of each kind: submitted in time and late, accepted, returned, suspended, cancelled."""
    furnish(engine)
    month = "mau/khong-tham-dinh/so-tai-chinh/2025-0"
    submit(engine, key_of(engine, MOT), day=date(2025, 3, 20))
    submit(engine, key_of(engine, "mau/chung/so-y-te"), day=date(2025, 4, 10))
    submit(engine, key_of(engine, "mau/cu-y-te/so-cu"), day=date(2025, 2, 19))
    for ref, kind in (
        (MOT, EventKind.ACCEPTED),
        ("mau/cu-y-te/so-cu", EventKind.RETURNED),
        (f"{month}1", EventKind.SUSPENDED),
        (f"{month}2", EventKind.CANCELLED),
    ):
        with writing(engine) as connection:
            append(connection, {key_of_in(connection, ref): [build_event(kind, DAY)]})
    return engine


def key_of_in(connection: Any, ref: str) -> str:
    from plans.store.assignments import row_of

    return str(row_of(connection, ref).id)


def look(engine: Engine, on: date = DAY, kind: str | None = None) -> Matrix:
    with reading(engine) as connection:
        return matrix(connection, catalogue.plan_rows(connection)[0], on, kind)


KEYS: dict[tuple[By, ...], Any] = {
    ("plan", "group"): lambda one: (one.plan, one.group),
    ("department", "group"): lambda one: (counters.leader(one), one.group),
    ("plan",): lambda one: (one.plan,),
}


@pytest.mark.parametrize("on", DATES)
def test_every_tally_is_what_the_rules_say(office: Engine, on: date) -> None:
    with reading(office) as connection:
        states = list(states_as_of(connection).values())
        for by, key in KEYS.items():
            found = tallies(connection, on, by, of_plans(["mau"]))
            assert set(found) == {key(one) for one in states}
            for place, tally in found.items():
                mine = [one for one in states if key(one) == place]
                true = Counter(timeliness(one, on) for one in mine)
                assert tally.classes == {name: true[name] for name in Timeliness}
                assert tally.outside == true[None] == sum(outside(one) is not None for one in mine)
                counted = [one for one in mine if outside(one) is None]
                assert tally.weight == sum(one.weight for one in counted)
                assert tally.weight_done == sum(one.weight for one in counted if one.work == "done")


def test_one_bodys_own_are_those_counted_under_it(office: Engine) -> None:
    with reading(office) as connection:
        every = tallies(connection, DAY, ("department",), of_plans(["mau"]))
        for (code,), tally in every.items():
            assert tallies(connection, DAY, ("department",), of_department(code)) == {
                (code,): tally
            }
        assert every["so-cu",].outside == 1  # without a lead: under the body that was declared


def test_the_worst_come_first_and_add_up(office: Engine) -> None:
    found = look(office)
    assert [line.code for line in found.lines] == ["so-y-te", "so-tai-chinh", "van-phong", "so-cu"]
    late = [line.total.overdue for line in found.lines]
    assert late == sorted(late, reverse=True) and late[0] > 0
    assert found.total.total.assignments == sum(line.total.assignments for line in found.lines)
    for group in found.titles:
        parts = [line.cells[group].overdue for line in found.lines if group in line.cells]
        assert found.total.cells[group].overdue == sum(parts)
    assert list(found.titles) == ["nhom-1", "nhom-2"]
    assert found.lines[0].cells["nhom-1"].worst is Timeliness.OPEN_OVERDUE
    assert found.lines[-1].cells["nhom-1"].worst is None


def test_a_kind_is_looked_at_alone(office: Engine) -> None:
    found = look(office, kind="van-phong")
    assert [line.code for line in found.lines] == ["van-phong"]
    assert found.total.total.assignments == 1
    assert found.kinds == {"so": 3, "van-phong": 1}
    assert look(office, kind="none").lines == ()


def test_a_kind_of_many_is_one_line(engine: Engine) -> None:
    communes = [build_department(f"xa-{n:03}", kind="xa") for n in range(MANY + 1)]
    named = tuple(one.code for one in communes)
    members = build_department("cac-xa", kind="lop-xa", is_class=True, members={"codes": named})
    plan = build_plan()
    task = build_task("xa", lead="van-phong", fan_out=("cac-xa",))
    groups = (plan.groups[0].model_copy(update={"tasks": (task,)}), plan.groups[1])
    furnish(
        engine,
        departments=build_departments(*communes, members),
        plan=build_plan(groups=groups),
    )
    found = look(engine)
    (folded,) = found.folded
    assert (folded.kind, folded.members) == ("xa", MANY + 1)
    assert folded.total.overdue == folded.cells["nhom-1"].overdue == MANY + 1
    assert not any(line.code.startswith("xa-") for line in found.lines)
    assert found.total.total.assignments == folded.total.assignments + sum(
        line.total.assignments for line in found.lines
    )
    alone = look(engine, kind="xa")
    assert {line.code for line in alone.lines} == set(named) and not alone.folded


def test_one_begins_with_the_newest_plan_that_runs() -> None:
    class Row:
        def __init__(self, ends: date | None, issued: date = date(2023, 1, 1)) -> None:
            self.ends, self.issued = ends, issued

    ended, running, open_end = Row(date(2024, 1, 1)), Row(DAY), Row(None)
    assert newest_running([ended, running, open_end], DAY) is running
    assert newest_running([ended, open_end, running], DAY) is open_end
    assert newest_running([ended], DAY) is ended
    assert newest_running([], DAY) is None
    ahead, today = Row(None, DAY + timedelta(days=1)), Row(None, DAY)
    assert newest_running([ahead, today, running], DAY) is today
    assert newest_running([ahead, ended], DAY) is ended
    assert newest_running([ahead], DAY) is ahead
