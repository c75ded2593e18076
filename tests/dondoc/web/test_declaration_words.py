"""Declarations, leads and the record's check in the visitor's words, in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from markupsafe import escape

import plans
from dondoc.web.decimals import Unreadable, read_number
from dondoc.web.declaration_sentences import DECLARED, WORDS
from dondoc.web.error_sentences_record import BASES, REASONS, RECORD
from dondoc.web.explaining import Untranslated, based, explain, recall, say, tell
from dondoc.web.spelling import spelled
from dondoc.web.words import page_words
from plans.amending import citation
from plans.bodies import Directory
from plans.calendar import CalendarYear
from plans.declaration import BasisDocument, Departments, Plan
from plans.declared import read_catalogue
from plans.errors import InvalidInput
from plans.source import Problem, read_source, validate
from tests.builders import build_departments, build_plan
from tests.plans import test_checking, test_source

VI, EN = page_words("vi"), page_words("en")
ROOM = Path(plans.__file__).parent

MORE_SHAPES = [
    ("by: 2025-06-30", "by: 2025-06-30, q: 1"),
    ("fixed, by: 2025-06-30", "relative"),
    ("fixed, by: 2025-06-30", "relative, days: 0"),
    ("fixed, by: 2025-06-30", "within"),
    ("fixed, by: 2025-06-30", "within, month: x"),
    ("fixed, by: 2025-06-30", "periodic, every: month, by: 06-30"),
    ("fixed, by: 2025-06-30", "periodic, every: year, by: '06-30', before: '06-30'"),
    ("fixed, by: 2025-06-30", "periodic, every: year, by: '02-30'"),
    ("fixed, by: 2025-06-30", "periodic, every: year, by: 6"),
    ("number: 1/KH", "number: {}"),
    ("number: 1/KH", "number: []"),
    ("number: 1/KH", "number: true"),
    ("title: {vi: Một, en: One}", "title: Một"),
    ("unit: percent", "unit:"),
    ("value: 90", "value:"),
    ("value: 90", "value: [1]"),
    ("due:", "parts: {a: 1}\n        due:"),
    ("due:", "assumed: [1, {}]\n        due:"),
    ("tasks:", "tasks: []\n    more:"),
]
BODIES = """\
functions: {Trẻ: {vi: a, en: b}}
provinces: [{code: p, name: {vi: a, en: b}, unit: 0}]
departments:
  - {code: a, name: {vi: x, en: x}, abbr: x, kind: so, since: 2025-02-01, until: 2025-01-01}
  - {code: b, name: {vi: x, en: x}, abbr: x, kind: so, members: {kinds: [so]}}
  - {code: c, name: {vi: x, en: x}, abbr: x, kind: so, is_class: true, members: {}}
  - {code: d, name: {vi: x, en: x}, abbr: x, kind: so, is_class: 1, confidence: hi}
  - code: e
    name: {vi: x, en: x}
    abbr: x
    kind: so
    contacts: [{email: x}]
    feed: {url: ftp://x, timeout_seconds: 900, token_env: x-y}
"""
CALENDARS = (
    "year: 2026\nsource: x\noff: [2026-01-02]\nworked: [2026-01-02]\n",
    "year: 2026\nsource: x\noff: [2025-01-02]\n",
    "year: 1999\nsource: ''\n",
)
YAML = [
    "a: 'x\n---\ny'\n",
    'a: "\\q"\n',
    "%YAML 3.0\n---\na: 1\n",
    "a: {b: 1\n",
    "? [a\n",
    "- a\nb\n",
]
YAML += ["a: |x\n  b\n", "a: !<x\n", "a: &\n", "a: b\n  - c\n", "- - a\n - b\n", "a\nb: 1\n", "]\n"]


@pytest.fixture(scope="module")
def provoked(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Whatever the tests of declarations provoke, and some more, as messages and remedies."""
    found = [
        *of_texts(tmp_path_factory),
        *of_values(tmp_path_factory),
        *of_catalogues(tmp_path_factory),
    ]
    return {text for one in found for text in (one.message, one.remedy) if text}


def problems(path: Path, content: str | bytes, model: type) -> list[Problem]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    source = read_source(path)
    return [*source.problems, *validate(source, model)[1]]


def of_texts(factory: pytest.TempPathFactory) -> Iterator[Problem]:
    path = factory.mktemp("texts") / "plan.yaml"
    texts = [one[0] for one in test_source.REFUSED.values()]
    texts += [*test_source.FAULTY, *YAML, "- " * 40 + "a\n", "# " * 600_000]
    for text in [*texts, "[" + "*a, " * 2000 + "]"]:
        yield from problems(path, text, Plan)
    for one in (path.parent, path.parent / "none.yaml", Path("a\0b")):
        yield from read_source(one).problems


def of_values(factory: pytest.TempPathFactory) -> Iterator[Problem]:
    path = factory.mktemp("values") / "plan.yaml"
    for old, new in [*((str(one[0]), str(one[1])) for one in test_source.WRONG), *MORE_SHAPES]:
        assert old in test_source.PLAN
        yield from problems(path, test_source.PLAN.replace(old, new, 1), Plan)
    many = "".join(f"x{number}: 1\n" for number in range(1100))
    yield from problems(path, test_source.PLAN + many, Plan)
    yield from problems(path, BODIES, Departments)
    for text in CALENDARS:
        yield from problems(path, text, CalendarYear)


def of_catalogues(factory: pytest.TempPathFactory) -> Iterator[Problem]:
    whole = {"plan": test_checking.PLAN, "departments": test_checking.DEPARTMENTS}
    cases = [("plan", one) for one in test_checking.IN_PLAN]
    cases += [("departments", one) for one in test_checking.IN_DEPARTMENTS]
    for part, (old, new, *_) in cases:
        given = whole | {part: test_checking.changed(whole[part], old, new)}
        yield from read_catalogue(None, test_checking.made(factory.mktemp("made"), **given))[1]
    twice = test_checking.made(factory.mktemp("twice"), kh2=test_checking.PLAN)
    (twice / "calendar" / "a.yaml").write_text("year: 2026\nsource: x\n")
    (twice / "calendar" / "b.yaml").write_text("year: 2026\nsource: x\n")
    yield from read_catalogue(None, twice)[1]
    yield from read_catalogue(None, ROOM / "catalogue")[1]


def test_whatever_is_wrong_with_a_declaration_has_its_vietnamese(provoked: set[str]) -> None:
    unknown = {text for text in provoked if isinstance(tell(VI, text), Untranslated)}
    assert unknown == set()
    assert len(provoked) > 200


def test_no_english_is_left_in_it(provoked: set[str]) -> None:
    english = re.compile(r"\b(the|must|write|give|did you|such as|from|which|and|of|is)\b")
    found = {re.sub(r"“.*?”|(/|khác: |dùng: |mục: ).*", "", tell(VI, text)) for text in provoked}
    assert [one for one in found if english.search(one)] == []


def constants() -> Iterator[tuple[str, str]]:
    """What stands in the modules word for word: arguments of what tells of a problem."""
    tellers = {"problem", "warning", "_report", "_Refused", "Finding", "ValueError", "Problem"}
    paths = [ROOM / f"{n}.py" for n in ("checking", "doubts", "source", "explaining", "calendar")]
    for path in [*paths, *(ROOM / "declaration").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            given: list[ast.expr] = []
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", None) or getattr(node.func, "attr", "")
                given = node.args if name in tellers else []
            elif isinstance(node, ast.Assign):
                name = getattr(node.targets[0], "id", "")
                given = [node.value] if name in ("message", "remedy") else []
            for one in given:
                if isinstance(one, ast.Constant) and isinstance(one.value, str):
                    yield path.name, one.value


def test_what_stands_there_word_for_word_is_known() -> None:
    found = {(name, text) for name, text in constants() if " " in text}
    assert {(n, t) for n, t in found if isinstance(tell(VI, t), Untranslated)} == set()
    assert len(found) > 40


@pytest.mark.parametrize(
    ("text", "vietnamese", "english"),
    [
        ("'coordinator' is missing", "Thiếu mục “coordinator”", "“coordinator” is missing"),
        (
            "must be a date such as 2025-06-30 or 'issue'; did you mean 'issue'?",
            "Phải là ngày, ví dụ 2025-06-30 hoặc “issue”; có phải là “issue”?",
            "Must be a date such as 2025-06-30 or “issue”; did you mean “issue”?",
        ),
        (
            "due on 2027-01-01, after the plan's end on 2026-12-31",
            "Thời hạn 01/01/2027, sau ngày kết thúc kế hoạch 31/12/2026",
            "Due on 01/01/2027, after the plan’s end on 31/12/2026",
        ),
        (
            "target 'x1' (8.145) lies below its own baseline (99.88)",
            "Chỉ tiêu “x1” (8,145) thấp hơn hiện trạng của chính nó (99,88)",
            "Target “x1” (8.145) lies below its own baseline (99.88)",
        ),
        (
            "write dates as YYYY-MM-DD; February 2025 has 28 days",
            "Ghi ngày theo dạng năm-tháng-ngày; tháng 2 năm 2025 có 28 ngày",
            "Write dates as YYYY-MM-DD; February 2025 has 28 days",
        ),
        ("'due' item 2 is '<b>'", "Mục 2 của “due” đang là “<b>”", "“due”, item 2 is “<b>”"),
        (
            "'30/2/2027' is no date",
            "“30/2/2027” không phải là ngày, tháng có thật",
            "“30/2/2027” is no date that exists",
        ),
        ("within 2026-Q2", "Trong quý II/2026", "By the end of quarter II of 2026"),
    ],
)
def test_declarations_are_told(text: str, vietnamese: str, english: str) -> None:
    assert (tell(VI, text), tell(EN, text)) == (vietnamese, english)


def test_what_is_not_known_is_marked_english() -> None:
    for say_it in (tell, recall):
        text = say_it(VI, "the <moon> is too full")
        assert str(escape(text)) == '<span lang="en">the &lt;moon&gt; is too full</span>'
        assert type(say_it(EN, "the moon is too full")) is str
    assert isinstance(tell(VI, "no valid YAML: the moon"), Untranslated)
    assert isinstance(tell(VI, "'so-cu': the moon"), Untranslated)


# --- leads, bases, the record's check -----------------------------------------------------------


def reasons() -> set[str]:
    """What the sample's bodies, and some that cannot be, give as reasons."""
    path = ROOM / "catalogue" / "departments.yaml"
    declared, _ = validate(read_source(path), Departments)
    assert declared is not None
    found = set()
    for directory in (Directory(declared), Directory(build_departments())):
        provinces = [None, *(one.code for one in directory.declared.provinces)]
        for body in directory.every_body():
            for day in (date(2025, 1, 1), date(2025, 12, 31)):
                for function in (None, *directory.declared.functions, "none"):
                    found.add(directory.lead_on(body.code, day, function).reason)
                if body.is_class:
                    found |= {directory.members_on(body.code, day, p)[1].reason for p in provinces}
    return {one for one in found if one}


def test_why_a_lead_is_not_settled_is_said_in_vietnamese() -> None:
    found = reasons()
    assert len(found) > 20
    assert {one for one in found if isinstance(recall(VI, one), Untranslated)} == set()
    assert not [one for one in found if re.search(r"\d{4}-\d\d-\d\d|nobody|ended", recall(VI, one))]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "soc-trang was merged into Thành phố Cần Thơ",
            "soc-trang đã sáp nhập vào Thành phố Cần Thơ",
        ),
        (
            "nobody declares the members of Các xã before 2025-07-01",
            "chưa khai báo thành viên của Các xã trước ngày 01/07/2025",
        ),
        (
            "so-cu → so-moi: Sở Cũ ended on 2025-02-28",
            "so-cu → so-moi: Sở Cũ kết thúc hoạt động ngày 28/02/2025",
        ),
        (
            "so-cu ended on 2025-02-28; name a body that exists on 2025-05-01",
            "“so-cu” kết thúc hoạt động ngày 28/02/2025",
        ),
        (
            "a: the chain breaks at entry 3 (updated)",
            "a: chuỗi sự kiện bị đứt tại sự kiện 3 (cập nhật tình hình thực hiện)",
        ),
        ("file 7: its content is missing in /x/files", "tệp 7: không còn nội dung tại /x/files"),
        (
            "plan ct61, due, open_on_time 2025-03-01: 4 (weight 4, 120) follows from the ledger",
            "bộ đếm của kế hoạch ct61 (due, open_on_time, 01/03/2025): theo lịch sử phải là 4",
        ),
        ("it was interrupted", "việc kiểm tra bị gián đoạn"),
    ],
)
def test_the_record_is_told(text: str, said: str) -> None:
    assert recall(VI, text).startswith(said)
    assert not isinstance(recall(VI, text), Untranslated)


def test_bases_are_sentences() -> None:
    document = BasisDocument(title="Quyết định", number="9/QĐ", issued=date(2025, 4, 1))
    after = build_plan().model_copy(update={"amendments": (document,)})
    cited = citation(build_plan(), after, 2)
    assert based(VI, cited) == "Theo văn bản 9/QĐ ngày 01/04/2025."
    assert based(EN, cited) == "By document 9/QĐ of 01/04/2025."
    assert based(VI, citation(after, after, 3)) == "Theo phiên bản 3 của kế hoạch."
    assert based(EN, "15/QĐ-UBND") is None
    assert "nhóm đơn vị" in (based(VI, "the class's members are declared now") or "")


def test_every_sentence_can_be_filled_in() -> None:
    for pattern, said in (*DECLARED, *REASONS, *BASES, *RECORD):
        names = set(re.compile(pattern).groupindex)
        assert set(re.findall(r"%\((\w+)\)s", said)) <= names, pattern
    assert all(text in VI.catalogue for text in WORDS.values())


# --- numbers ------------------------------------------------------------------------------------


def test_what_is_two_numbers_is_told_with_both() -> None:
    with pytest.raises(Unreadable) as caught:
        read_number("1.646")
    assert caught.value.sentence(VI) == (
        "“1.646” có thể hiểu là 1646 (một nghìn sáu trăm bốn mươi sáu) hoặc 1,646; "
        "đề nghị nhập 1646 nếu là số thứ nhất, 1,6460 nếu là số thứ hai."
    )
    assert caught.value.sentence(EN) == (
        "“1.646” can be read as 1646 (one thousand six hundred and forty-six) or as 1.646; "
        "type 1646 for the first, 1.6460 for the second."
    )
    assert read_number("1,6460") == read_number("1.6460") == 1.646


@pytest.mark.parametrize(
    ("n", "vietnamese", "english"),
    [
        (1000, "một nghìn", "one thousand"),
        (12_045, "mười hai nghìn không trăm bốn mươi lăm", "twelve thousand and forty-five"),
        (105_001, "một trăm linh năm nghìn không trăm linh một", None),
        (21_215, "hai mươi mốt nghìn hai trăm mười lăm", None),
        (-3_500, "âm ba nghìn năm trăm", "minus three thousand five hundred"),
        (7, "bảy", "seven"),
        (0, "không", "zero"),
    ],
)
def test_numbers_are_spelled(n: int, vietnamese: str, english: str | None) -> None:
    assert spelled(n, "vi") == vietnamese
    assert english is None or spelled(n, "en") == english


def test_ranges_are_grouped_and_kinds_of_numbers_told_apart() -> None:
    error = InvalidInput("x", fields={"value": "1e+16 is not from 0 to 1000000000000000"})
    assert "0 đến 1.000.000.000.000.000" in explain(VI, error)["value"]
    assert "0 to 1,000,000,000,000,000" in explain(EN, error)["value"]
    whole = "Input should be a valid integer, unable to parse string as an integer"
    assert say(VI, whole) == "Mục này phải là số nguyên."
    assert say(EN, whole) == "This has to be a whole number."
    assert say(EN, "Input should be a valid number") == "This has to be a number."
