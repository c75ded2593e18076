from __future__ import annotations

import os
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from plans.calendar import CalendarYear
from plans.declaration import Departments, Plan
from plans.explaining import date_remedy, slug
from plans.source import Problem, Source, read_source, validate

Write = Callable[[str | bytes], Path]
CODE = "must be a code of small letters without accents, digits and single hyphens, such as so-y-te"

PLAN = """\
id: kh1
number: 1/KH
title: {vi: Một, en: One}
issuer: UBND
issued: 2025-01-15
coordinator: so-y-te
source: x
groups:
  - id: g1
    title: {vi: Nhóm, en: Group}
    tasks:
      - id: t1
        title: {vi: Việc, en: Task}
        clause: {document: d, group: I, position: "1"}
        lead: so-y-te
        due:
          - {type: fixed, by: 2025-06-30}
targets:
  - id: x1
    title: {vi: Tỷ lệ, en: Rate}
    comparator: reach
    value: 90
    unit: percent
    owner: so-y-te
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(content: str | bytes) -> Path:
        path = tmp_path / "plan.yaml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


def brief(problems: list[Problem]) -> list[tuple[int, int, str, str]]:
    return [(one.line, one.column, one.message, one.remedy) for one in problems]


def problems_of(path: Path, model: type[BaseModel] = Plan) -> list[Problem]:
    source = read_source(path)
    return sorted([*source.problems, *validate(source, model)[1]])


# --- the text -----------------------------------------------------------------------------------

REFUSED: dict[str, tuple[str | bytes, int, int, str, str]] = {
    "empty": ("", 1, 1, "the file is empty", "declare something, or remove the file"),
    "comments": ("# x\n", 1, 1, "the file is empty", "declare something, or remove the file"),
    "null": ("~\n", 1, 1, "the file is empty", "declare something, or remove the file"),
    "latin-1": (
        b"a: 1\nb: caf\xe9\n",
        *(2, 7, "not UTF-8: the byte 0xe9", "save the file as UTF-8"),
    ),
    "utf-16": (
        "a: 1".encode("utf-16"),
        *(1, 1, "not UTF-8: the byte 0xff", "save the file as UTF-8"),
    ),
    "nul": ("a: x\0", 1, 5, "the invisible character U+0000", "remove the character"),
    "escape": ("a: 1\n\x1b[31m", 2, 1, "the invisible character U+001B", "remove the character"),
    "line separator": (
        "a: x\u2028y",
        *(1, 5, "the invisible character U+2028", "remove the character"),
    ),
    "two documents": (
        "a: 1\n---\nb: 1\n",
        *(2, 1, "a second document begins", "one file, one document"),
    ),
    "beyond Unicode": (
        'a: 1\nb: "\\U00110000"\n',
        *(2, 1, "no valid YAML from here on", "check the escapes (\\x, \\u, \\U) in double quotes"),
    ),
    "tab": (
        "a:\n\tb: 1\n",
        *(2, 1, "no valid YAML: found character '\\t' that cannot start any token"),
        "indent with blanks, never with tabs",
    ),
    "colon": (
        "a: b: c\n",
        *(1, 5, "no valid YAML: mapping values are not allowed here"),
        "put a text that holds ': ' in quotes; check the indentation",
    ),
    "quote": (
        "a: 1\nb: 'x\nc: 1\n",
        *(2, 4, "no valid YAML: found unexpected end of stream", "close the quotation mark"),
    ),
    "bracket": (
        "a: 1\nb: [1, 2\n",
        *(2, 4, "no valid YAML: expected ',' or ']', but got '<stream end>'"),
        "separate with commas and close the bracket",
    ),
    "indentation": (
        "a: 1\n b: 1\n",
        *(2, 3, "no valid YAML: mapping values are not allowed here"),
        "put a text that holds ': ' in quotes; check the indentation",
    ),
    "at sign": (
        "a: @x\n",
        *(1, 4, "no valid YAML: found character '@' that cannot start any token"),
        "put the text in quotes",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_shown_at_its_place(write: Write, name: str) -> None:
    content, *expected = REFUSED[name]
    source = read_source(write(content))
    assert source.data is None
    assert brief(source.problems) == [tuple(expected)]
    assert validate(source, Plan) == (None, [])


FAULTY = {
    "a: 1\nb: 2\na: 3\n": (3, 1, "the key 'a' stands twice", "keep one; the first is at 1:1"),
    "a: &x 1\n": (1, 4, "the anchor '&x'", "remove it; write the values out"),
    "a: *x\n": (1, 4, "the alias '*x'", "write the value out"),
    "<<: *x\n": (1, 5, "the alias '*x'", "write the value out"),
    "a: !!python/object:os.system x\n": (
        *(1, 4, "the tag 'tag:yaml.org,2002:python/object:os.system'"),
        "remove it; write plain values",
    ),
    "a: !x {b: 1}\n": (1, 4, "the tag '!x'", "remove it; write plain values"),
    "a:\n  - .nan\n": (2, 5, "'.nan' is no usable number", "write a finite number"),
    "a: -.inf\n": (1, 4, "'-.inf' is no usable number", "write a finite number"),
    "a: 1e999\n": (1, 4, "'1e999' is no usable number", "write a finite number"),
    "2025: x\n": (1, 1, "the key 2025 is no text", "use a word as the key"),
    "2025-06-30: x\n": (1, 1, "the key 2025-06-30 is no text", "use a word as the key"),
    "? [a]\n: x\n": (1, 3, "a list or a mapping as a key", "use a word as the key"),
    'a: "\\0"\n': (1, 4, "the invisible character U+0000", "remove the character"),
    'a: "\\ud800"\n': (1, 4, "the invisible character U+D800", "remove the character"),
    "a: 2025-02-30\n": (
        *(1, 4, "'2025-02-30' is not a date"),
        "write dates as YYYY-MM-DD; February 2025 has 28 days",
    ),
    "a: 2025-6-3\n": (1, 4, "'2025-6-3' is not a date", "write 2025-06-03"),
}


@pytest.mark.parametrize("content", FAULTY)
def test_a_faulty_value_is_shown_and_reading_goes_on(write: Write, content: str) -> None:
    source = read_source(write(content + "z: last\n"))
    assert brief(source.problems) == [FAULTY[content]]
    assert source.data["z"] == "last"


def test_plain_values_follow_yaml_1_2(write: Write) -> None:
    source = read_source(
        write("\ufeffa: yes\nb: 2025-06-30\nc: 1.50\nd: '5'\ne: ~\nf: true\ng: -7\nh: 08:30\n")
    )
    assert source.problems == []
    assert (source.data["a"], source.data["b"], source.data["h"]) == ("yes", "2025-06-30", "08:30")
    assert [source.data[key] for key in "cdefg"] == [1.5, "5", None, True, -7]


def test_every_key_and_value_has_its_position(write: Write) -> None:
    source = read_source(write("a:\n  - b: 1\n    c:\n\n  - [x, y]\r\nd: z\n"))
    assert source.positions == {
        (): (1, 1),
        ("a",): (2, 3),
        ("a", 0): (2, 5),
        ("a", 0, "b"): (2, 8),
        ("a", 0, "c"): (3, 5),
        ("a", 1): (5, 5),
        ("a", 1, 0): (5, 6),
        ("a", 1, 1): (5, 9),
        ("d",): (6, 4),
    }
    assert source.at(("a", 0, "b"), key=True) == (2, 5)
    assert source.at(("a", 0, "nowhere", 5)) == (2, 5)


@pytest.mark.parametrize(
    "content",
    [
        "[" * 100_000,
        "- " * 100_000,
        "{a: " * 100_000,
        "? " * 100_000,
        "".join(" " * depth + "a:\n" for depth in range(1000)),
    ],
)
def test_deep_nesting_is_refused_at_once(write: Write, content: str) -> None:
    begun = time.monotonic()
    (problem,) = read_source(write(content)).problems
    assert (problem.message, problem.remedy) == ("nested deeper than 30", "flatten it")
    assert time.monotonic() - begun < 5


def test_ten_megabytes_are_refused_unread(write: Write) -> None:
    path = write(b"a: b\n" * 2_000_000)
    begun = time.monotonic()
    assert brief(read_source(path).problems) == [
        (1, 1, "larger than 1 MiB", "split the plan into several files")
    ]
    assert time.monotonic() - begun < 1


def test_a_billion_laughs_are_refused_at_once(write: Write) -> None:
    lines = ["a: &a [lol, lol]"]
    lines += [f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in pairwise("abcdefghi")]
    begun = time.monotonic()
    source = read_source(write("\n".join(lines)))
    assert brief(source.problems)[:3] == [
        (1, 4, "the anchor '&a'", "remove it; write the values out"),
        (2, 4, "the anchor '&b'", "remove it; write the values out"),
        (2, 8, "the alias '*a'", "write the value out"),
    ]
    assert time.monotonic() - begun < 1


def test_endless_problems_end(write: Write) -> None:
    problems = read_source(write("[" + "*a, " * 50_000 + "]")).problems
    assert len(problems) == 1001
    assert problems[-1].message == "too many problems to read on"


def test_files_that_are_none(tmp_path: Path) -> None:
    def only(path: Path) -> tuple[int, int, str, str]:
        (problem,) = brief(read_source(path).problems)
        return problem

    assert only(tmp_path / "none.yaml") == (1, 1, "there is no such file", "check the path")
    assert only(tmp_path) == (1, 1, "this is not a file", "name a YAML file, or a folder of them")
    assert only(Path("a\0b"))[2] == "cannot be read: embedded null byte"
    os.mkfifo(tmp_path / "pipe.yaml")
    assert only(tmp_path / "pipe.yaml")[2] == "this is not a file"


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    path = tmp_path / "circle.yaml"
    path.symlink_to(path)
    (problem,) = read_source(path).problems
    reason = "cannot be read: Too many levels of symbolic links"
    assert str(problem) == f"{path}:1:1: {reason}; check the path and its rights"


# --- the values ---------------------------------------------------------------------------------

# What replaces what in PLAN, and the one problem that this makes.
WRONG = [
    ("number: 1/KH", "number: 61", 2, 9, "'number' is 61", TEXT := "must be a text from 1 to 2000"),
    ("issuer: UBND", "issuer: ' '", 4, 9, "'issuer' is ''", TEXT),
    ("id: kh1", "id: Kế hoạch", 1, 5, "'id' is 'Kế hoạch'", f"{CODE}; did you mean 'ke-hoach'?"),
    ("coordinator: so-y-te", "coordinator:", 6, 1, "'coordinator' is empty", CODE),
    ("issuer: UBND\n", "", 1, 1, "'issuer' is missing", "add 'issuer': a text"),
    ("source: x", "sorce: x\nsource: x", 7, 1, "unknown field 'sorce'", "did you mean 'source'?"),
    (
        "source: x",
        "source: x\nq: 1",
        8,
        1,
        "unknown field 'q'",
        "known fields: assumed, questions, id, ",
    ),
    ("2025-01-15", "1026-01-05", 5, 9, "'1026-01-05' cannot be meant", "give a day from 2000"),
    ("2025-01-15", "30/02/2025", 5, 9, "'30/02/2025' is not a date", "write dates as YYYY-MM-DD; "),
    ("2025-01-15", "15/1/2025", 5, 9, "'15/1/2025' is not a date", "write 2025-01-15"),
    ("2025-01-15", "2025", 5, 9, "'issued' is 2025", "must be a date such as 2025-06-30"),
    ("2025-01-15", '"86400"', 5, 9, "'86400' is not a date", "write dates as YYYY-MM-DD"),
    (
        *("lead: so-y-te", "lead: Sở Y tế", 15, 15, "'lead' is 'Sở Y tế'"),
        f"{CODE}; did you mean 'so-y-te'?",
    ),
    (
        *("due:", "supporting: so-y-te\n        due:", 16, 21, "'supporting' is 'so-y-te'"),
        "must be a list ('- ' before each item); write it as a list: [so-y-te]",
    ),
    (
        *("due:", "supporting: [a, B c]\n        due:", 16, 25, "'supporting' item 2 is 'B c'"),
        f"{CODE}; did you mean 'b-c'?",
    ),
    (
        *("due:", "weight: 0\n        due:", 16, 17, "'weight' is 0"),
        "must be a whole number from 1 to 1000",
    ),
    (
        *("due:", "weight: '5'\n        due:", 16, 17, "'weight' is '5'"),
        "must be a whole number from 1 to 1000; write 5, without quotes",
    ),
    (
        *("due:", "needs_review: no\n        due:", 16, 23, "'needs_review' is 'no'"),
        "must be true or false",
    ),
    (
        *("type: fixed", "type: fixt", 17, 20, "'type' is 'fixt'"),
        "must be one of 'fixed', 'ongoing', 'periodic', 'relative', 'within'; did you mean",
    ),
    (
        *("type: fixed, ", "", 17, 13, "'type' is missing"),
        "add 'type': one of 'fixed', 'ongoing', 'periodic', 'relative', 'within'",
    ),
    ("type: fixed", "type: [x]", 17, 20, "'type' is a list", "must be one of 'fixed'"),
    (
        *("{type: fixed, by: 2025-06-30}", "30/6", 17, 13, "'due' item 1 is '30/6'"),
        "must be a mapping (lines of 'key: value')",
    ),
    ("by: 2025-06-30", "on: 2025-06-30", 17, 27, "unknown field 'on'", "known fields: type, by"),
    (
        *("by: 2025-06-30", "by: 2025-06-30, before: 2025-07-01", 17, 31),
        *("give exactly one of 'by' (the day counts) and 'before' (it does not)", ""),
    ),
    (
        *("fixed, by: 2025-06-30", "within, quarter: 2025-Q5", 17, 37, "'quarter' is '2025-Q5'"),
        "must be a quarter, such as 2026-Q2",
    ),
    (
        *("fixed, by: 2025-06-30", "relative, days: 5, after: isue", 17, 46, "'after' is 'isue'"),
        "must be a date such as 2025-06-30 or 'issue'; did you mean 'issue'?",
    ),
    (
        *("fixed, by: 2025-06-30", "periodic, every: monthly", 17, 37, "'every' is 'monthly'"),
        "must be one of 'fortnight', 'month', 'quarter', 'half_year', 'nine_months', 'year'; did",
    ),
    (
        *("comparator: reach", "comparator: atleast", 21, 17, "'comparator' is 'atleast'"),
        "must be one of 'reach', 'at_least', 'above', 'below', 'at_most', 'maintain', ",
    ),
    (
        *("value: 90", "value: '14,5'", 22, 12, "'value' is '14,5'"),
        "must be a number; write 14.5, without quotes",
    ),
    (
        *("source: x", "source: x\nladder: [{days: 3}, {days: 1}]", 8, 9),
        *("'ladder' must climb: each 'days' larger than the last", ""),
    ),
    (
        *("source: x", "source: x\nassumed: [issuedd]", 8, 10),
        *("'assumed' names 'issuedd', which is no field here; fields: ", ""),
    ),
    ("source: x", "source: x\nladder: []", 8, 9, "'ladder' is an empty list", "must be a list"),
    ("source: x", "source: x\nends: 2025-01-01", 8, 7, "'ends' (2025-01-01) must come after", ""),
]


@pytest.mark.parametrize(("old", "new", "line", "column", "message", "remedy"), WRONG)
def test_a_wrong_value_is_explained_at_its_place(
    write: Write, old: str, new: str, line: int, column: int, message: str, remedy: str
) -> None:
    assert PLAN.count(old) >= 1
    (problem,) = problems_of(write(PLAN.replace(old, new, 1)))
    assert (problem.line, problem.column) == (line, column)
    assert problem.message.startswith(message)
    assert problem.remedy.startswith(remedy)
    assert "\n" not in str(problem)


def test_a_right_plan_has_no_problem(write: Write) -> None:
    source = read_source(write(PLAN))
    plan, problems = validate(source, Plan)
    assert plan is not None
    assert (plan.groups[0].tasks[0].lead, problems) == ("so-y-te", [])


def test_all_problems_are_said_at_once(write: Write) -> None:
    wrong = PLAN.replace("id: kh1", "id: K 1").replace("lead: so-y-te", "lead:")
    wrong = wrong.replace("2025-06-30", "2025-06-31").replace("value: 90", "value: x")
    assert [(line, column) for line, column, *_ in brief(problems_of(write(wrong)))] == [
        *((1, 5), (15, 9), (17, 31), (22, 12))
    ]


def test_what_reading_says_is_not_said_again(write: Write) -> None:
    problems = problems_of(write(PLAN.replace("2025-01-15", "2025-02-30")))
    assert brief(problems) == [
        (
            *(5, 9, "'2025-02-30' is not a date"),
            "write dates as YYYY-MM-DD; February 2025 has 28 days",
        )
    ]


def test_a_list_of_wrong_items_is_not_called_empty(write: Write) -> None:
    wrong = PLAN.replace("lead: so-y-te", "lead: S")
    assert [problem.line for problem in problems_of(write(wrong))] == [15]


def test_departments_are_explained_too(write: Write) -> None:
    path = write(
        "functions:\n  Trẻ em: {vi: a, en: b}\ndepartments:\n  - code: a\n"
        "    name: {vi: x, en: x}\n    abbr: x\n    kind: so\n    successors:\n"
        "      - {code: b, functions: al}\n      - {code: b, functions: [X Y]}\n"
        "    contacts: [{email: x}]\n    feed: {url: ftp://x, timeout_seconds: 0}\n"
    )
    assert brief(problems_of(path, Departments)) == [
        (2, 3, "the key 'Trẻ em' does not fit", CODE),
        (
            *(9, 30, "'functions' is 'al'"),
            "must be a list ('- ' before each item) or 'all'; did you mean 'all'?",
        ),
        (10, 31, "'functions' item 1 is 'X Y'", f"{CODE}; did you mean 'x-y'?"),
        (
            *(11, 24, "'email' is 'x'"),
            "must be a mail address, such as vanphong@so.example.vn",
        ),
        (
            *(12, 17, "'url' is 'ftp://x'"),
            "must be an address that begins with https:// or http://",
        ),
        (12, 43, "'timeout_seconds' is 0", "must be a number above 0 up to 120"),
    ]


def test_a_day_both_off_and_worked_is_refused(write: Write) -> None:
    path = write("year: 2026\nsource: x\noff: [2026-01-02]\nworked: [2026-01-02]\n")
    assert brief(problems_of(path, CalendarYear)) == [
        (3, 6, "2026-01-02 is both 'off' and 'worked': keep one", "")
    ]


def test_thousands_of_problems_are_cut_short(write: Write) -> None:
    path = write(PLAN + "".join(f"x{number}: 1\n" for number in range(3000)))
    problems = problems_of(path)
    assert len(problems) == 1001
    assert problems[0].message == "2000 further problems are not shown"


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("2024-02-29", None),
        ("2023-02-29", "write dates as YYYY-MM-DD; February 2023 has 28 days"),
        ("31.4.2025", "write dates as YYYY-MM-DD; April 2025 has 30 days"),
        ("2025-13-01", "write dates as YYYY-MM-DD; months run from 01 to 12"),
        ("2025-06-30T10:00:00", "write 2025-06-30"),
        ("tháng 6", "write dates as YYYY-MM-DD, such as 2025-06-30"),
    ],
)
def test_dates_are_put_right(text: str, remedy: str | None) -> None:
    assert date_remedy(text) == remedy


def test_a_name_becomes_a_code() -> None:
    assert slug("Sở LĐ-TB&XH tỉnh") == "so-ld-tb-xh-tinh"


def test_a_problem_reads_like_a_compilers() -> None:
    kinds: list[Literal["error", "warning"]] = ["error", "warning"]
    shown = [str(Problem("a/b.yaml", 3, 7, "wrong", "write it so", kind)) for kind in kinds]
    assert shown == [
        "a/b.yaml:3:7: wrong; write it so",
        "a/b.yaml:3:7: warning: wrong; write it so",
    ]


# --- anything at all ----------------------------------------------------------------------------

MODELS: list[type[BaseModel]] = [Plan, Departments, CalendarYear]
ODD = st.text(alphabet="ab01-:?[]{},&*!|>'\"%@`# \n\t\\xuU<~.é\ufeff\u2028", max_size=60)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([None, True, 0, -1.5, "", "fixed", "all", "86400", "2025-02-30", "x" * 3000]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "by", "vi", "days", "x"]), inner, max_size=3)
    ),
    max_leaves=5,
)


def understood(source: Source) -> None:
    for model in MODELS:
        declared, problems = validate(source, model)
        assert declared is not None or source.problems or problems
        assert all(problem.line > 0 and problem.column > 0 for problem in problems)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | ODD.map(str.encode))
def test_no_bytes_raise(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(content)
    understood(read_source(path))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_values_raise(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.getbasetemp() / "plan.yaml"
    path.write_text(PLAN, encoding="utf-8")
    source = read_source(path)
    place = data.draw(st.sampled_from(sorted(source.positions, key=str)).filter(bool))
    holder = source.data
    for part in place[:-1]:
        holder = holder[part]
    holder[place[-1]] = data.draw(VALUES)
    understood(source)
