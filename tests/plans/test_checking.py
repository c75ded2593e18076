from __future__ import annotations

import json
from pathlib import Path

import pytest

from plans.checking import plan_schema
from plans.declared import Catalogue, load_or_raise, read_catalogue
from plans.errors import InvalidCatalogue
from plans.source import Problem

CATALOGUE = Path(__file__).parents[2] / "plans" / "catalogue"

DEPARTMENTS = """\
functions:
  tre-em: {vi: Trẻ em, en: Children}
  viec-lam: {vi: Việc làm, en: Employment}
provinces:
  - {code: soc-trang, name: {vi: Sóc Trăng, en: Soc Trang}, until: 2025-06-30, successor: can-tho}
  - {code: can-tho, name: {vi: Cần Thơ, en: Can Tho}, unit: 92}
departments:
  - {code: ubnd-tinh, name: {vi: UBND tỉnh, en: PPC}, abbr: UBND, kind: executive}
  - {code: so-y-te, name: {vi: Sở Y tế, en: Health}, abbr: SYT, kind: so, parent: ubnd-tinh}
  - {code: so-nv, name: {vi: Sở Nội vụ, en: Home}, abbr: SNV, kind: so, parent: ubnd-tinh}
  - code: so-ldtbxh
    name: {vi: Sở Lao động, en: Labour}
    abbr: SLĐ
    aliases: [DOLISA]
    kind: so
    until: 2025-02-28
    successors:
      - {code: so-y-te, functions: [tre-em]}
      - {code: so-nv, functions: [viec-lam]}
  - code: cac-so
    name: {vi: Các sở, en: Departments}
    abbr: các sở
    kind: class
    is_class: true
    members: {kinds: [so]}
  - {code: cac-dang-uy, name: {vi: Các đảng ủy, en: P}, abbr: ĐU, kind: class, is_class: true}
"""

PLAN = """\
id: kh1
number: 1/KH
title: {vi: Một, en: One}
issuer: UBND
issued: 2025-01-15
ends: 2026-12-31
coordinator: ubnd-tinh
province: soc-trang
source: x
groups:
  - id: g1
    title: {vi: Nhóm, en: Group}
    tasks:
      - id: t1
        title: {vi: Việc, en: Task}
        clause: {document: d, group: I, position: "1"}
        lead: so-y-te
        supporting: [so-nv, cac-so]
        fan_out: [cac-so]
        due:
          - {type: fixed, by: 2025-06-30}
        parts:
          - {id: t1-a, title: {vi: a, en: a}, lead: so-ldtbxh, function: tre-em}
targets:
  - id: x1
    title: {vi: Tỷ lệ, en: Rate}
    comparator: reach
    value: 90
    unit: percent
    baseline: {value: 80}
    owner: so-y-te
statistics:
  - {id: s1, title: {vi: s, en: s}, qualifier: exact, value: 1, unit: count}
"""


def made(folder: Path, plan: str = PLAN, departments: str = DEPARTMENTS, **others: str) -> Path:
    (folder / "calendar").mkdir()
    (folder / "departments.yaml").write_text(departments, encoding="utf-8")
    (folder / "kh1.yaml").write_text(plan, encoding="utf-8")
    for name, text in others.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def found(folder: Path) -> list[str]:
    """The problems with their paths shortened to file names."""
    return [str(one).replace(f"{folder}/", "") for one in read_catalogue(None, folder)[1]]


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) >= 1, old
    return text.replace(old, new, 1)


def test_a_sound_catalogue_has_no_problem(tmp_path: Path) -> None:
    catalogue, problems = read_catalogue(None, made(tmp_path))
    assert problems == []
    assert catalogue is not None
    assert [plan.id for plan in catalogue.plans] == ["kh1"]


# What replaces what in the plan, and the one problem that this makes.
IN_PLAN = [
    (
        *("lead: so-y-te", "lead: so-yte"),
        "17:15: unknown department 'so-yte'; did you mean 'so-y-te' (Sở Y tế)?",
    ),
    (
        *("[so-nv, cac-so]", "[so-nv, dolisa]"),
        "18:29: unknown department 'dolisa'; did you mean 'so-ldtbxh' (Sở Lao động)?",
    ),
    (
        *("fan_out: [cac-so]", "fan_out: [qqqqqq]"),
        "19:19: unknown department 'qqqqqq'; departments.yaml declares the codes",
    ),
    (
        *("coordinator: ubnd-tinh", "coordinator: ubnd"),
        "7:14: unknown department 'ubnd'; did you mean 'ubnd-tinh' (UBND tỉnh)?",
    ),
    (
        *("lead: so-ldtbxh", "lead: so-ldtb"),
        "23:53: unknown department 'so-ldtb'; did you mean 'so-ldtbxh' (Sở Lao động)?",
    ),
    (
        *("owner: so-y-te", "owner: y-te"),
        "31:12: unknown department 'y-te'; did you mean 'so-y-te' (Sở Y tế)?",
    ),
    (
        *("function: tre-em", "function: treem"),
        "23:74: unknown function 'treem'; did you mean 'tre-em' (Trẻ em)?",
    ),
    (
        *("province: soc-trang", "province: soctrang"),
        "8:11: unknown province 'soctrang'; did you mean 'soc-trang' (Sóc Trăng)?",
    ),
    (
        *("fan_out: [cac-so]", "fan_out: [so-nv]"),
        "19:19: 'so-nv' (Sở Nội vụ) is one body, not a class of bodies; "
        "name a class here, or put the body under 'supporting'",
    ),
    (
        *("id: t1-a", "id: g1"),
        "23:18: the id 'g1' is declared twice; choose another; the first is at kh1.yaml:11:9",
    ),
    (
        *("id: s1", "id: x1"),
        "33:10: the id 'x1' is declared twice; choose another; the first is at kh1.yaml:25:9",
    ),
    (
        *("by: 2025-06-30", "by: 2025-01-15"),
        "21:13: due on 2025-01-15, but the plan was issued on 2025-01-15; "
        "a deadline comes after the plan's date",
    ),
    (
        *("by: 2025-06-30", "before: 2025-01-16"),
        "21:13: due on 2025-01-15, but the plan was issued on 2025-01-15; "
        "a deadline comes after the plan's date",
    ),
    (
        *("by: 2025-06-30", "by: 2027-01-01"),
        "21:13: warning: due on 2027-01-01, after the plan's end on 2026-12-31; "
        "check 'due' and the plan's 'ends'",
    ),
    (
        *("baseline: {value: 80}", "baseline: {value: 90.5}"),
        "28:12: warning: target 'x1' (90) lies below its own baseline (90.5); "
        "compare both with the document",
    ),
    (
        *("comparator: reach", "comparator: below"),
        "28:12: warning: target 'x1' (90) lies above its own baseline (80); "
        "compare both with the document",
    ),
    (
        *("baseline: {value: 80}", "baseline: {value: -1}"),
        "30:23: warning: -1 percent of target 'x1' lies outside 0 to 100; "
        "compare with the document",
    ),
    (
        *("value: 90\n    unit: percent", "value: 8.145\n    unit: count"),
        "28:12: warning: target 'x1' (8.145) lies below its own baseline (80); "
        "compare both with the document",
        "28:12: warning: target 'x1' counts 8.145, which is no whole number; "
        "write thousands without a point",
    ),
    (
        *("[so-nv, cac-so]", "[so-nv, so-y-te]"),
        "18:29: warning: 'so-y-te' both leads and supports 't1'; take it out of 'supporting'",
    ),
    (
        *("function: tre-em", "deliverable: x"),
        "23:53: warning: 'so-ldtbxh': Sở Lao động ended on 2025-02-28; the task names no function "
        "by which to choose among its successors; a person will have to decide who answers",
    ),
    (
        *("fan_out: [cac-so]", "fan_out: [cac-dang-uy]"),
        "19:19: warning: 'cac-dang-uy': nobody declares the members of Các đảng ủy; "
        "a person will have to decide who answers",
    ),
    (
        *("issued: 2025-01-15", "issued: 2025-03-15"),
        "23:53: warning: 'so-ldtbxh' ended on 2025-02-28, but the plan was issued on 2025-03-15; "
        "name the body that the document names",
    ),
]


@pytest.mark.parametrize("case", IN_PLAN, ids=lambda case: case[1])
def test_a_plan_is_checked_against_the_rest(tmp_path: Path, case: tuple[str, ...]) -> None:
    old, new, *expected = case
    assert found(made(tmp_path, changed(PLAN, old, new))) == [f"kh1.yaml:{one}" for one in expected]


IN_DEPARTMENTS = [
    (
        *(
            "kind: so, parent: ubnd-tinh}\n  - {code: so-nv",
            "kind: so, parent: ubnd}\n  - {code: so-nv",
        ),
        "9:83: unknown department 'ubnd'; did you mean 'ubnd-tinh' (UBND tỉnh)?",
    ),
    (
        *("{code: so-nv, functions", "{code: so-noi-vu, functions"),
        "19:16: unknown department 'so-noi-vu'; did you mean 'so-nv' (Sở Nội vụ)?",
    ),
    (
        *("functions: [tre-em]", "functions: [tre-nho]"),
        "18:37: unknown function 'tre-nho'; did you mean 'tre-em' (Trẻ em)?",
    ),
    (
        *("{kinds: [so]}", "{kinds: [soo]}"),
        "25:23: unknown kind 'soo'; did you mean 'so'?",
    ),
    (
        *("{kinds: [so]}", "{codes: [so-nvu]}"),
        "25:23: unknown department 'so-nvu'; did you mean 'so-nv' (Sở Nội vụ)?",
    ),
    (
        *("successor: can-tho", "successor: cantho"),
        "5:91: unknown province 'cantho'; did you mean 'can-tho' (Cần Thơ)?",
    ),
    (
        *("code: so-nv, name", "code: so-y-te, name"),
        "10:12: the department 'so-y-te' is declared twice; choose another; "
        "the first is at departments.yaml:9:12",
        "19:16: unknown department 'so-nv'; did you mean 'so-y-te' (Sở Nội vụ)?",
    ),
    (
        *("abbr: UBND, kind: executive", "abbr: UBND, kind: executive, parent: so-nv"),
        "8:92: these parents form a circle: ubnd-tinh → so-nv → ubnd-tinh; take one of them out",
    ),
    (
        *("unit: 92", "unit: 92, successor: soc-trang"),
        "5:91: these successors form a circle: soc-trang → can-tho → soc-trang; "
        "take one of them out",
    ),
    (
        *(
            "abbr: SYT, kind: so,",
            "abbr: SYT, kind: so, until: 2025-01-31, "
            "successors: [{code: so-ldtbxh, functions: all}],",
        ),
        "9:114: these successors form a circle: so-y-te → so-ldtbxh → so-y-te; "
        "take one of them out",
        "18:16: warning: 'so-y-te' ended on 2025-01-31, before 'so-ldtbxh' (2025-02-28); "
        "check both dates, or name who came after",
    ),
    (
        *("abbr: SNV, kind: so,", "abbr: SNV, kind: so, since: 2025-06-01,"),
        "19:16: warning: 'so-nv' begins on 2025-06-01, 92 days after 'so-ldtbxh' ended; "
        "check both dates",
    ),
    (
        *("    until: 2025-02-28\n", ""),
        "11:5: warning: 'so-ldtbxh' has successors but no last day, so they never take over; "
        "add 'until'",
    ),
]


@pytest.mark.parametrize("case", IN_DEPARTMENTS, ids=lambda case: case[1][:40])
def test_departments_are_checked_among_themselves(tmp_path: Path, case: tuple[str, ...]) -> None:
    old, new, *expected = case
    problems = found(made(tmp_path, departments=changed(DEPARTMENTS, old, new)))
    mine = [one for one in problems if one.startswith("departments.yaml:")]
    assert mine == [f"departments.yaml:{one}" for one in expected]


def test_ids_are_unique_across_plans(tmp_path: Path) -> None:
    other = changed(PLAN, "id: t1-a", "id: other")
    problems = found(made(tmp_path, kh2=other))
    assert [one.split(";")[0] for one in problems] == [
        "kh2.yaml:1:5: the plan 'kh1' is declared twice",
        "kh2.yaml:11:9: the id 'g1' is declared twice",
        "kh2.yaml:14:13: the id 't1' is declared twice",
        "kh2.yaml:25:9: the id 'x1' is declared twice",
        "kh2.yaml:33:10: the id 's1' is declared twice",
    ]
    assert problems[0].endswith("; choose another; the first is at kh1.yaml:1:5")


def test_one_warning_for_a_class_however_often_it_is_named(tmp_path: Path) -> None:
    plan = changed(PLAN, "fan_out: [cac-so]", "fan_out: [cac-dang-uy]")
    plan = changed(plan, "lead: so-y-te", "lead: cac-dang-uy")
    assert found(made(tmp_path, plan)) == [
        "kh1.yaml:17:15: warning: 'cac-dang-uy': nobody declares the members of Các đảng ủy; "
        "a person will have to decide who answers (for 2 entries of this plan)"
    ]


def test_a_year_has_one_calendar(tmp_path: Path) -> None:
    folder = made(tmp_path)
    for name in ("2026", "2026b"):
        (folder / "calendar" / f"{name}.yaml").write_text("source: x\nyear: 2026\n")
    assert found(folder) == [
        "calendar/2026b.yaml:2:7: the year '2026' is declared twice; choose another; "
        "the first is at calendar/2026.yaml:2:7"
    ]


# --- which files ------------------------------------------------------------------------------


def test_one_error_and_there_is_no_catalogue(tmp_path: Path) -> None:
    folder = made(tmp_path, kh2=changed(PLAN, "id: kh1", "id: "), kh3="a: [")
    with pytest.raises(InvalidCatalogue) as caught:
        load_or_raise(None, folder)
    lines = str(caught.value).splitlines()
    assert [line.split(": ")[0].rpartition("/")[2] for line in lines] == [
        "kh2.yaml:1:1",
        "kh3.yaml:1:5",
    ]
    assert caught.value.problems == read_catalogue(None, folder)[1]


def test_warnings_come_with_the_catalogue(tmp_path: Path) -> None:
    folder = made(tmp_path, changed(PLAN, "value: 80", "value: 95"))
    (folder / "note.yml").write_text("a: 1")
    (folder / ".hidden.yaml").write_text("a: [")
    catalogue, warnings = load_or_raise(None, folder)
    assert isinstance(catalogue, Catalogue)
    assert [warning.line for warning in warnings] == [28, 1]
    assert warnings[1] == Problem(
        *(str(folder / "note.yml"), 1, 1, "this file is not read"),
        *("let its name end on .yaml", "warning"),
    )


def test_given_files_are_checked_against_the_plans_dir(tmp_path: Path) -> None:
    (home := tmp_path / "home").mkdir()
    made(home, "never: read")
    (given := tmp_path / "new").mkdir()
    (given / "kh9.yaml").write_text(changed(PLAN, "id: kh1", "id: kh9"), encoding="utf-8")
    for paths in ([given], [given / "kh9.yaml"], [given, given / "kh9.yaml"]):
        catalogue, problems = read_catalogue(paths, home)
        assert problems == []
        assert catalogue is not None
        assert [plan.id for plan in catalogue.plans] == ["kh9"]


def test_a_folder_with_its_own_departments_uses_them(tmp_path: Path) -> None:
    catalogue, problems = read_catalogue([made(tmp_path)], CATALOGUE)
    assert problems == []
    assert catalogue is not None
    assert len(catalogue.departments.departments) == 6
    assert catalogue.calendar[0].year == 2024


def test_two_lists_of_departments_are_one_too_many(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    path = made(tmp_path / "a") / "departments.yaml"
    other = CATALOGUE / "departments.yaml"
    catalogue, problems = read_catalogue([path, other], CATALOGUE)
    assert catalogue is None
    message = f"{other}:1:1: a second departments.yaml; the first is {path}; keep one"
    assert message in map(str, problems)


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    assert found(tmp_path) == [
        f"{tmp_path}:1:1: no declaration in this folder; declarations are *.yaml files",
        "departments.yaml:1:1: there is no such file; check the path",
    ]
    problems = read_catalogue([tmp_path / "none.yaml"], CATALOGUE)[1]
    assert [problem.message for problem in problems] == ["there is no such file"]


# --- what is shipped --------------------------------------------------------------------------


def test_the_shipped_catalogue_is_sound() -> None:
    catalogue, problems = read_catalogue(None, CATALOGUE)
    assert catalogue is not None, "\n".join(map(str, problems))
    assert {plan.id for plan in catalogue.plans} == {"ct61", "kh377", "bp21", "p23", "nat24"}
    assert not [problem for problem in problems if problem.is_error]
    figures = [one.message for one in problems if "baseline" in one.message]
    assert figures == [
        "target 'ct61-hoan-thanh-th' (99) lies below its own baseline (99.88)",
        "target 'ct61-hoan-thanh-thcs' (93) lies below its own baseline (98.7)",
    ]
    others = [one for one in problems if "baseline" not in one.message]
    assert all(one.remedy.startswith("a person will have to decide") for one in others)


def test_the_schema_describes_a_plan_for_editors() -> None:
    schema = plan_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == "https://dondoc.invalid/plan.schema.json"
    assert schema["title"] == "A plan declared for Dondoc"
    assert schema["additionalProperties"] is False
    assert {"id", "issued", "groups"} <= set(schema["required"])
    assert json.loads(json.dumps(schema)) == schema
