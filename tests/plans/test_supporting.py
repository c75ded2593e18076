"""Who may see a task because it supports it."""

from __future__ import annotations

from datetime import date

from plans.bodies import Directory
from plans.declaration import Department, Members, Part, Province, Successor
from plans.supporting import seen_by, supporters_of
from tests.builders import build_department, build_departments, build_plan, build_task, build_title

DAY = date(2025, 7, 15)


def directory(*more: Department) -> Directory:
    return Directory(build_departments(*more))


def test_a_class_is_its_members_and_itself() -> None:
    found = seen_by(directory(), ["cac-so"], DAY, None)
    assert found == {"cac-so", "so-y-te", "so-tai-chinh"}


def test_whoever_follows_an_ended_body_sees_its_tasks_whatever_its_function() -> None:
    ended = build_department(
        "cu-nhat",
        until=date(2024, 1, 1),
        successors=(Successor(code="so-cu", functions=("di-san",)),),
    )
    bodies = directory(ended)
    assert seen_by(bodies, ["cu-nhat"], DAY, None) == {"cu-nhat", "so-cu", "so-y-te"}
    assert seen_by(bodies, ["so-cu"], date(2025, 2, 28), None) == {"so-cu"}


def test_bodies_that_follow_each_other_in_a_circle_come_to_an_end() -> None:
    a = build_department(
        "a", until=date(2024, 1, 1), successors=(Successor(code="b", functions="all"),)
    )
    b = build_department(
        "b", until=date(2024, 1, 1), successors=(Successor(code="a", functions="all"),)
    )
    assert seen_by(directory(a, b), ["a"], DAY, None) == {"a", "b"}


def test_communes_come_from_a_package() -> None:
    communes = build_department("cac-xa", is_class=True, members=Members(units="communes"))
    declared = build_departments(communes)
    with_province = declared.model_copy(
        update={"provinces": (Province(code="nd", name=build_title("Nam Định"), unit=37),)}
    )
    found = seen_by(Directory(with_province), ["cac-xa"], DAY, "nd")
    assert len(found) > 50
    assert all(code == "cac-xa" or code.startswith("xa-") for code in found)


def test_a_part_is_supported_by_those_who_support_its_task() -> None:
    part = Part(id="phan-1", title=build_title("Phần 1"))
    tasks = (build_task("mot", supporting=("so-tai-chinh",), parts=(part,)), build_task("hai"))
    group = build_plan().groups[0].model_copy(update={"tasks": tasks})
    found = supporters_of(build_plan(groups=(group,)), directory(), DAY)
    assert found == {
        "mot": {"so-tai-chinh"},
        "phan-1": {"so-tai-chinh"},
        "hai": frozenset(),
    }
