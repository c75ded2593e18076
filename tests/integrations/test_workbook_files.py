"""The workbook as a file: what it holds and allows, what is read of it however people leave it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import Engine

from integrations.libreoffice import convert
from integrations.office_files import Cell
from integrations.workbook_cells import Unread, read_cell
from integrations.workbook_reading import read_workbook
from integrations.workbook_sheet import HEAD, KEYS
from integrations.workbook_words import OUTCOMES, PROBLEMS
from plans.errors import InvalidInput
from plans.filing import Filed, file_reports
from plans.reporting import Report
from plans.store import writing
from plans.workbook_rows import FIELDS, Code, Line, Outcome, Says, filled
from tests.builders import ZONE
from tests.offices import DAY, NOW, assignment, furnish
from tests.workbook_files import columns_of, filled_in, hand_in, handed_out, saved

REF = "mau/mot/so-y-te"
EMPTY = filled(0, {})


@pytest.fixture
def office(sqlite_engine: Engine) -> Engine:
    furnish(sqlite_engine)
    return sqlite_engine


def at_midnight(year: int, month: int, day: int) -> datetime:
    """As a spreadsheet keeps a day."""
    return datetime.combine(date(year, month, day), time())


def lines(raw: bytes) -> dict[str, Line]:
    return {line.assignment: line for line in read_workbook(raw).lines}


def opened(raw: bytes) -> Any:
    return load_workbook(io.BytesIO(raw))


# --- what it holds --------------------------------------------------------------------------------


def test_it_is_filled_in_protected_and_told_what_it_takes(office: Engine) -> None:
    key = str(assignment(office, REF).id)
    words = {"result": "=cmd()", "evidence": [{"number": "+84/BC", "kind": "report"}]}
    with writing(office) as connection:
        report = Report.model_validate({"percent": 30, **words})
        file_reports(connection, [Filed(key, report, "x", NOW)], NOW, ZONE)
    book = opened(handed_out(office))
    assert [(one.title, one.sheet_state) for one in book.worksheets] == [
        ("Hướng dẫn", "visible"),
        ("Cập nhật", "visible"),
        ("dondoc", "veryHidden"),
    ]
    sheet = book.worksheets[1]
    columns = columns_of(sheet)
    [row] = [
        cells[0].row
        for cells in sheet.iter_rows(min_row=HEAD + 1)
        if cells[columns[KEYS[1]] - 1].value == key
    ]
    cells = {name: sheet.cell(row, n) for name, n in columns.items()}
    assert cells["result"].value == "=cmd()" and cells["result"].data_type == "s"
    assert cells["number"].value == "+84/BC" and cells["kind"].value == "Báo cáo"
    assert cells["percent"].value == 30
    assert all(not cells[name].protection.locked for name in FIELDS)
    assert all(cells[name].protection.locked for name in KEYS)
    assert sheet.protection.sheet and sheet.protection.password is None
    hidden = {sheet.column_dimensions[cells[name].column_letter].hidden for name in KEYS}
    assert hidden == {True}
    assert isinstance(sheet.cell(row, 5).value, datetime)  # a due date is a day, no text
    assert len(sheet.data_validations.dataValidation) == len(FIELDS)
    assert all(one.showErrorMessage for one in sheet.data_validations.dataValidation)
    assert sheet.print_title_rows == f"${HEAD}:${HEAD}"
    paper = sheet.page_setup
    assert (paper.orientation, paper.paperSize, paper.fitToWidth, paper.fitToHeight) == (
        "landscape",
        8,  # A3
        1,
        0,
    )
    # Nothing that only a screen has use for is printed, and all else is.
    last = columns_of(sheet)["date"]
    assert sheet.print_area == f"'Cập nhật'!$A$1:${cells['date'].column_letter}${sheet.max_row}"
    assert {name for name, n in columns.items() if n > last} >= {"title", "url", "kind", *KEYS}
    assert {name for name in FIELDS if columns[name] > last} == {"title", "url", "kind"}


def test_nothing_open_is_said(office: Engine) -> None:
    raw = handed_out(office, "cac-so", language="en")
    assert read_workbook(raw).lines == ()
    assert "Nothing is left" in opened(raw).worksheets[1]["A2"].value


def test_every_outcome_and_reason_has_its_words() -> None:
    assert set(PROBLEMS) == set(Code.__args__)  # type: ignore[attr-defined]
    assert set(OUTCOMES) == set(Outcome)


# --- what is read of it ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "form", "found"),
    [
        ("percent", 80, "0", 80),
        ("percent", 0.8, "0%", 80),
        ("percent", 0.8, "General", 80),
        ("percent", 0.29, "0%", 29),
        ("percent", 1, "0%", 100),
        ("percent", 1, '0"%"', 1),
        ("percent", 1, "0", 1),
        ("percent", "80%", "@", 80),
        ("percent", " 80 % ", "@", 80),
        ("percent", "0,8", "@", 80),
        ("percent", "0.35", "@", 35),
        ("percent", "80,0", "@", 80),
        ("percent", "0", "@", 0),
        ("percent", None, "0", None),
        ("act", "trinh", "@", "submit"),
        ("act", "TRÌNH.", "@", "submit"),
        ("act", "Khong phat sinh", "@", "nil"),
        ("act", "Save as draft", "@", "draft"),
        ("act", "", "@", ""),
        ("kind", "quyet dinh", "@", "decision"),
        ("date", at_midnight(2025, 4, 3), "dd/mm/yyyy", "2025-04-03"),
        ("date", "3/4/2025", "@", "2025-04-03"),
        ("date", "03-04-2025", "@", "2025-04-03"),
        ("date", "2025-04-03", "@", "2025-04-03"),
        ("date", 45750, "General", "2025-04-03"),
        ("number", 45.0, "General", "45"),
        ("result", "a\r\nb _x000D_", "@", "a\nb"),
        ("result", "Tie\u0302\u0301ng Vie\u0302\u0323t", "@", "Tiếng Việt"),
    ],
)
def test_cells_are_read_in_whatever_dress(name: str, value: Any, form: str, found: Any) -> None:
    assert read_cell(name, Cell(value, None, form)) == found


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("percent", 101, "not_percent"),
        ("percent", -1, "not_percent"),
        ("percent", 33.3, "not_percent"),
        ("percent", True, "not_percent"),
        ("percent", "nhiều", "not_percent"),
        ("percent", float("inf"), "not_percent"),
        ("percent", float("nan"), "not_percent"),
        ("percent", at_midnight(1900, 3, 20), "not_percent"),
        ("act", "xong", "not_act"),
        ("act", 1, "not_act"),
        ("date", "31/02/2025", "not_date"),
        ("date", "04/2025", "not_date"),
        ("date", 12.5, "not_date"),
        ("date", True, "not_date"),
        ("kind", "giấy", "not_kind"),
        ("number", at_midnight(2025, 5, 12), "a_date"),
        ("result", time(12), "a_date"),
        ("result", "#REF!", "error_value"),
    ],
)
def test_what_cannot_be_read_is_named(name: str, value: Any, code: str) -> None:
    with pytest.raises(Unread) as caught:
        read_cell(name, Cell(value, None, "General"))
    assert caught.value.code == code


def test_a_formula_is_refused_with_its_cell_and_shown_again(office: Engine) -> None:
    key = str(assignment(office, REF).id)
    line = lines(filled_in(handed_out(office), {key: {"percent": "=40+2"}}))[key]
    assert [(one.code, one.field) for one in line.problems] == [("formula", "percent")]
    assert line.wrote == {"percent": "=40+2"}
    assert line.cells["percent"] == f"G{line.row}"


def test_rows_may_be_moved_deleted_and_parted_by_blanks(office: Engine) -> None:
    raw = handed_out(office)
    before, book = lines(raw), opened(raw)
    sheet = book.worksheets[1]
    width, last = sheet.max_column, sheet.max_row
    kept = [
        [sheet.cell(row, n).value for n in range(1, width + 1)] for row in range(HEAD + 1, last)
    ]
    sheet.delete_rows(HEAD + 1, last)
    for n, values in enumerate(reversed(kept)):
        for column, value in enumerate(values, 1):
            sheet.cell(HEAD + 3 + 2 * n, column).value = value
    sheet.insert_rows(1, 3)
    after = lines(saved(book))
    assert set(after) < set(before) and len(after) == len(before) - 1
    for key, line in after.items():
        assert (line.signature, line.says) == (before[key].signature, before[key].says)


def test_words_that_were_sorted_away_from_their_rows_are_refused(office: Engine) -> None:
    book: Any = load_workbook(io.BytesIO(filled_in(handed_out(office), {"*": {"percent": 40}})))
    sheet = book.worksheets[1]
    for column in range(
        1, columns_of(sheet)[KEYS[0]]
    ):  # what one sees changes places, the hidden columns stay
        one, other = sheet.cell(HEAD + 1, column), sheet.cell(HEAD + 2, column)
        one.value, other.value = other.value, one.value
    sheet.cell(HEAD + 3, 3).value = "Tên do người dùng sửa"
    rows = hand_in(office, read_workbook(saved(book)))
    assert [p.code for one in rows[:3] for p in one.result.problems] == ["mixed", "mixed"]
    assert {str(one.result.outcome) for one in rows[2:]} == {"taken"}


def test_a_file_that_is_none_of_ours_is_told(office: Engine) -> None:
    book = opened(handed_out(office))
    sheet = book.worksheets[1]
    sheet.delete_cols(columns_of(sheet)["result"])
    with pytest.raises(InvalidInput, match="the column 'Kết quả thực hiện' is gone"):
        read_workbook(saved(book))
    book = opened(handed_out(office))
    sheet = book.worksheets[1]
    sheet.delete_cols(columns_of(sheet)[KEYS[3]])
    with pytest.raises(InvalidInput, match="no workbook of ours"):
        read_workbook(saved(book))


# --- whatever is typed ----------------------------------------------------------------------------

SIGNS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co"))
TEXT = st.text(SIGNS, max_size=40).filter(lambda text: "_x" not in text)
TYPED: Mapping[str, st.SearchStrategy[Any]] = {
    "percent": st.one_of(
        st.integers(-5, 120), st.floats(0, 1), st.sampled_from(["7%", "0,5", "x"])
    ),
    "act": st.sampled_from(["Trình", "luu nhap", "Không phát sinh", "gì đó", ""]),
    "date": st.one_of(st.dates(date(1950, 1, 1), DAY), st.sampled_from(["1/2/2025", "mai"])),
    "kind": st.sampled_from(["Báo cáo", "ke hoach", "thư"]),
} | dict.fromkeys(("result", "obstacles", "proposals", "number", "title", "url"), TEXT)
EDITS = st.dictionaries(
    st.integers(0, 4),
    st.sampled_from(FIELDS).flatmap(lambda name: st.fixed_dictionaries({name: TYPED[name]})),
    max_size=5,
)
RAW: list[bytes] = []


def expected(name: str, value: Any) -> Any:
    """What typing something means; None: nobody can tell, so the row is to be refused."""
    cell = Cell(datetime.combine(value, time()) if isinstance(value, date) else value)
    try:
        return read_cell(name, cell)
    except Unread:
        return None


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(edits=EDITS)
def test_what_is_typed_is_read_or_refused_and_others_are_untouched(
    office: Engine, edits: Mapping[int, Says]
) -> None:
    if not RAW:
        RAW.append(handed_out(office))
    before = lines(RAW[0])
    keys = sorted(before)
    typed = {keys[n % len(keys)]: given for n, given in edits.items()}
    after = lines(filled_in(RAW[0], typed))
    for key in keys:
        says = dict(before[key].says)
        bad = {name for name, value in typed.get(key, {}).items() if _is_bad(name, value)}
        good = {n: expected(n, v) for n, v in typed.get(key, {}).items() if n not in bad}
        assert {one.field for one in after[key].problems} == bad
        assert {name: after[key].says[name] for name in FIELDS if name not in bad} == {
            name: value for name, value in (says | good).items() if name not in bad
        }
        assert after[key].signature == before[key].signature


def _is_bad(name: str, value: Any) -> bool:
    if isinstance(value, str) and value.startswith("=") and len(value) > 1:
        return True  # what is typed so is a formula
    cell = Cell(datetime.combine(value, time()) if isinstance(value, date) else value)
    try:
        read_cell(name, cell)
    except Unread:
        return True
    return False


# --- in LibreOffice -------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.xdist_group("libreoffice")
def test_libreoffice_saves_it_and_nothing_is_lost(office: Engine) -> None:
    key = str(assignment(office, REF).id)
    typed = {"percent": 0.8, "act": "trinh", "result": "-Đã làm\nxong", "date": date(2025, 4, 2)}
    raw = filled_in(handed_out(office), {key: typed})
    before = lines(raw)
    again = convert(convert(raw, ".xlsx", "ods"), ".ods", "xlsx")
    after = lines(again)
    assert read_workbook(again).workbook == read_workbook(raw).workbook
    assert {k: (one.says, one.signature, one.version) for k, one in after.items()} == {
        k: (one.says, one.signature, one.version) for k, one in before.items()
    }
    assert after[key].says["percent"] == 80 and after[key].says["result"] == "-Đã làm\nxong"
    with zipfile.ZipFile(io.BytesIO(again)) as package:
        sheet = package.read("xl/worksheets/sheet2.xml").decode()
    assert "<sheetProtection" in sheet and 'sheet="true"' in sheet
    assert sheet.count("<dataValidation ") == len(FIELDS)
    assert sheet.count("<cfRule") == opened_rules(raw)
    unlocked = opened(again).worksheets[1]
    assert not unlocked.cell(HEAD + 1, columns_of(unlocked)["result"]).protection.locked


def opened_rules(raw: bytes) -> int:
    rules = opened(raw).worksheets[1].conditional_formatting
    return sum(len(one.rules) for one in rules)
