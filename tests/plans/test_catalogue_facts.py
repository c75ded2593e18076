"""The shipped catalogue against facts frozen from the documents that it was written from.

``catalogue_facts.json`` holds, for each plan: its group ids; for each task the lead on 2026-11-22
and when it is due; for each part that lead if it names its own (else null); for each target its
comparator, value, unit, year, baseline (comparator and value) and owner on 2026-11-22; for each
statistic its qualifier, value, whole, unit and year.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from plans.bodies import Directory
from plans.declaration import (
    Departments,
    Due,
    Fixed,
    Ongoing,
    Periodic,
    Plan,
    Target,
    Task,
    Title,
)

CATALOGUE = Path(__file__).parents[2] / "plans" / "catalogue"
FACTS: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("catalogue_facts.json").read_text(encoding="utf-8")
)
PLANS = ["ct61", "kh377", "bp21", "p23", "nat24"]
TODAY = date(2026, 11, 22)

each_plan = pytest.mark.parametrize("plan_id", PLANS)


def as_json(name: str) -> str:
    text = (CATALOGUE / name).read_text(encoding="utf-8")
    return json.dumps(YAML(typ="safe").load(text), default=str)


@cache
def plan_of(plan_id: str) -> Plan:
    return Plan.model_validate_json(as_json(f"{plan_id}.yaml"))


@cache
def departments() -> Departments:
    return Departments.model_validate_json(as_json("departments.yaml"))


def lead_today(code: str, function: str | None) -> str:
    return Directory(departments()).lead_on(code, TODAY, function).code or "undecided"


def due_text(due: Due) -> str:
    if isinstance(due, Fixed):
        return f"fixed by {due.by}"
    if isinstance(due, Ongoing):
        return f"ongoing {due.report_every}"
    assert isinstance(due, Periodic)
    before = f" before {due.before}" if due.before else ""
    return f"periodic {due.every}{before}{' until complete' if due.until_complete else ''}"


def task_facts(task: Task) -> list[str]:
    assert task.lead, "the catalogue leaves no lead open"
    return [lead_today(task.lead, task.function), *map(due_text, task.due)]


def target_facts(target: Target) -> list[object]:
    base = target.baseline
    return [
        target.comparator,
        target.value,
        target.unit,
        target.due_year,
        base.comparator if base else None,
        base.value if base else None,
        lead_today(target.owner, target.function),
    ]


def titles_of(plan: Plan) -> Iterator[tuple[str, Title]]:
    yield plan.id, plan.title
    for group, task in plan.tasks():
        yield group.id, group.title
        yield task.id, task.title
        for part in task.parts:
            yield part.id, part.title
    for target in plan.targets:
        yield target.id, target.title
    for statistic in plan.statistics:
        yield statistic.id, statistic.title


def test_frozen_facts_cover_the_five_plans() -> None:
    assert list(FACTS) == PLANS


@each_plan
def test_groups_and_tasks(plan_id: str) -> None:
    plan = plan_of(plan_id)
    assert plan.id == plan_id
    assert [group.id for group in plan.groups] == FACTS[plan_id]["groups"]
    found = [(task.id, task_facts(task)) for _, task in plan.tasks()]
    assert found == list(FACTS[plan_id]["tasks"].items())


def test_program_61_places_each_task_in_the_group_of_its_id() -> None:
    for group, task in plan_of("ct61").tasks():
        assert task.id.rpartition("-")[0] == group.id
        assert task.clause.group == group.ordinal


@each_plan
def test_parts(plan_id: str) -> None:
    parts = {
        part.id: lead_today(part.lead, part.function) if part.lead else None
        for _, task in plan_of(plan_id).tasks()
        for part in task.parts
        if part.id.rpartition("-")[0] == task.id
    }
    assert parts == FACTS[plan_id]["parts"]


@each_plan
def test_targets(plan_id: str) -> None:
    found = {one.id: target_facts(one) for one in plan_of(plan_id).targets}
    assert found == FACTS[plan_id]["targets"]


@each_plan
def test_statistics(plan_id: str) -> None:
    found = {
        one.id: [one.qualifier, one.value, one.of, one.unit, one.year]
        for one in plan_of(plan_id).statistics
    }
    assert found == FACTS[plan_id]["statistics"]


@pytest.mark.parametrize(
    ("plan_id", "tasks", "groups", "targets", "baselines", "statistics"),
    [
        ("ct61", 35, 6, 11, 10, 4),
        ("kh377", 13, 9, 0, 0, 0),
        ("bp21", 10, 1, 10, 0, 0),
        ("p23", 7, 1, 15, 0, 0),
        ("nat24", 7, 1, 3, 0, 22),
    ],
)
def test_counts(
    plan_id: str, tasks: int, groups: int, targets: int, baselines: int, statistics: int
) -> None:
    plan = plan_of(plan_id)
    with_baseline = [one for one in plan.targets if one.baseline]
    assert (len(plan.tasks()), len(plan.groups), len(plan.targets)) == (tasks, groups, targets)
    assert (len(with_baseline), len(plan.statistics)) == (baselines, statistics)


def test_64_parts_and_76_bodies() -> None:
    parts = [part for name in PLANS for _, task in plan_of(name).tasks() for part in task.parts]
    assert len(parts) == 64
    assert len(departments().departments) == 76


def test_the_fraction_behind_a_baseline_is_kept() -> None:
    first = plan_of("ct61").targets[0]
    assert first.baseline and first.baseline.fraction
    assert (first.baseline.fraction.value, first.baseline.fraction.of) == (77, 108)
    assert first.baseline.value == round(100 * 77 / 108, 1)


@each_plan
def test_titles_are_short_and_in_both_languages(plan_id: str) -> None:
    for name, title in titles_of(plan_of(plan_id)):
        assert 0 < len(title.vi) <= 120, name
        assert 0 < len(title.en) <= 120, name
        assert title.vi[0].isupper(), name
        assert not title.vi.endswith("."), name
        assert title.vi != title.en, name


def test_every_file_is_composed_unicode_without_yaml_references() -> None:
    for path in CATALOGUE.glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        assert unicodedata.is_normalized("NFC", text), path.name
        assert max(map(len, text.splitlines())) <= 100, path.name
        assert not any(token.startswith(("&", "*", "!")) for token in text.split()), path.name


@each_plan
def test_every_named_body_function_and_province_is_declared(plan_id: str) -> None:
    plan, known = plan_of(plan_id), departments()
    codes, functions = {one.code for one in known.departments}, set(known.functions)
    named, used = {plan.coordinator}, set[str | None]()
    for _, task in plan.tasks():
        leads = {part.lead for part in task.parts if part.lead}
        named |= {task.lead or "", *task.supporting, *task.fan_out, *leads}
        used |= {task.function, *(part.function for part in task.parts)}
    named |= {target.owner for target in plan.targets}
    used |= {target.function for target in plan.targets}
    assert named <= codes
    assert used - {None} <= functions
    assert plan.province is None or plan.province in {one.code for one in known.provinces}


def test_successors_parents_and_functions_are_declared() -> None:
    known = departments()
    codes = {one.code for one in known.departments}
    heirs = [heir for one in known.departments for heir in one.successors]
    assert {heir.code for heir in heirs} <= codes
    assert {one.parent for one in known.departments if one.parent} <= codes
    handed = {name for heir in heirs if heir.functions != "all" for name in heir.functions}
    assert handed == set(known.functions)


def test_districts_need_a_decision() -> None:
    assert lead_today("ubnd-huyen", None) == "undecided"
    assert lead_today("ubnd-huyen", "tre-em") == "undecided"


@each_plan
def test_what_no_document_states_is_never_passed_off_as_stated(plan_id: str) -> None:
    plan = plan_of(plan_id)
    assert "coordinator" in plan.assumed
    assert plan.number or {"issued", "issuer", "title"} <= set(plan.assumed)
    for _, task in plan.tasks():
        assert {"supporting", "deliverable"} <= set(task.assumed), task.id
    for target in plan.targets:
        assert {"owner", "measure_every", "data_source"} <= set(target.assumed), target.id
