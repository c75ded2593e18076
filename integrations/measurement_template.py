"""A file to be filled with figures: a row a target, with its id, title, unit and last period."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, Literal

from integrations.measurement_headers import ENGLISH, VIETNAMESE, Name
from integrations.office_files import BEGINS_FORMULA, put_text
from plans.figures import periods_for
from plans.measuring import Owned
from plans.periods import label

Language = Literal["vi", "en"]
ORDER: Final[tuple[Name, ...]] = (
    "target",
    "title",
    "unit",
    "period",
    "value",
    "part",
    "whole",
    "source",
    "note",
    "measured_at",
)
WIDTHS: Final = (24, 60, 14, 20, 16, 12, 12, 24, 30, 20)
GIVEN: Final = 3
"""The first columns, which nobody has to fill."""
UNITS: Final[Mapping[Language, Mapping[str, str]]] = {
    "vi": {"percent": "%", "per_mille": "‰", "count": "số lượng", "VND": "đồng"},
    "en": {"percent": "%", "per_mille": "‰", "count": "count", "VND": "VND"},
}
GUIDE: Final[Mapping[Language, tuple[str, ...]]] = {
    "vi": (
        "Hướng dẫn nhập số liệu chỉ tiêu",
        "1. Mỗi dòng là một số liệu của một chỉ tiêu cho một kỳ; dòng không có số liệu được bỏ "
        "qua. Thêm dòng cho kỳ khác bằng cách chép lại mã chỉ tiêu.",
        "2. Kỳ số liệu: 2026, 2026-H1, 2026-Q1, 2026-01, hoặc “Quý I/2026”, “6 tháng đầu năm "
        "2026”, “tháng 5/2026”, “năm 2026”.",
        "3. Giá trị viết bằng số; tỷ lệ có thể ghi tử số và mẫu số thay cho giá trị.",
        "4. Nguồn là số, ký hiệu của văn bản có số liệu, ví dụ 123/BC-SYT.",
        "5. Không dùng công thức. Số liệu khác với số đã có của cùng kỳ là đính chính; số cũ vẫn "
        "được lưu.",
    ),
    "en": (
        "How to fill in targets’ figures",
        "1. Each row is one figure of one target for one period; rows without a figure are left "
        "out. Add rows for other periods by copying the target’s id.",
        "2. Period: 2026, 2026-H1, 2026-Q1, 2026-01, or “Q1 2026”, “year 2026”.",
        "3. Write values as numbers; a share may be given as numerator and denominator instead.",
        "4. The source is the number of the document with the figure, such as 123/BC-SYT.",
        "5. Use no formulas. A figure other than the one that the period has is a correction; the "
        "old one is kept.",
    ),
}
SHEET: Final[Mapping[Language, tuple[str, str]]] = {
    "vi": ("Số liệu", "Hướng dẫn"),
    "en": ("Figures", "Guide"),
}


def _facts(one: Owned, day: date, language: Language) -> dict[Name, str]:
    target = one.target
    title = target.title.vi if language == "vi" else target.title.en
    periods = periods_for(target, one.goal.issued, day)
    last = next((period for period in periods if period.end < day), None)
    said = label(last, language) if last else ""
    return {
        "target": target.id,
        "title": title,
        "unit": UNITS[language].get(target.unit or "", ""),
        "period": said[:1].upper() + said[1:],
    }


def write_csv(some: Sequence[Owned], day: date, language: Language = "vi") -> bytes:
    """The template as CSV that Excel opens as it is: UTF-8 with its mark, semicolons."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";")
    headers = VIETNAMESE if language == "vi" else ENGLISH
    writer.writerow([headers[name] for name in ORDER])
    for one in some:
        facts = _facts(one, day, language)
        writer.writerow([_harmless(facts.get(name, "")) for name in ORDER])
    return out.getvalue().encode("utf-8-sig")


def _harmless(text: str) -> str:
    """A title that a spreadsheet would compute is set off; the id says which target it is."""
    return f"'{text}" if text.startswith(BEGINS_FORMULA) else text


def write_workbook(some: Sequence[Owned], day: date, language: Language = "vi") -> bytes:
    """The template as .xlsx, with a second sheet that says how to fill it."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    first, second = SHEET[language]
    sheet.title = first
    headers = VIETNAMESE if language == "vi" else ENGLISH
    for column, name in enumerate(ORDER, 1):
        put_text(sheet.cell(1, column), headers[name])
    for row, one in enumerate(some, 2):
        facts = _facts(one, day, language)
        for column, name in enumerate(ORDER, 1):
            _fill(sheet.cell(row, column), name, facts.get(name, ""), one)
    _lay_out(sheet, len(some))
    guide = book.create_sheet(second)
    guide.column_dimensions["A"].width = 100
    for row, text in enumerate(GUIDE[language], 1):
        put_text(guide.cell(row, 1), text)
        guide.cell(row, 1).alignment = _wrapped()
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _wrapped() -> Any:
    from openpyxl.styles import Alignment

    return Alignment(wrap_text=True, vertical="top")


def _fill(cell: Any, name: Name, text: str, one: Owned) -> None:
    if text:
        put_text(cell, text)
    cell.alignment = _wrapped()
    if name in ("value", "part", "whole"):
        whole = name != "value" or one.target.unit in ("count", "VND")
        cell.number_format = "#,##0" if whole else "#,##0.####"
    else:
        cell.number_format = "@"  # else Excel makes a date of 5/2026


def _lay_out(sheet: Any, rows: int) -> None:
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    for column, width in enumerate(WIDTHS, 1):
        letter = get_column_letter(column)
        sheet.column_dimensions[letter].width = width
        head = sheet.cell(1, column)
        head.font, head.alignment = Font(bold=True), _wrapped()
        head.fill = PatternFill("solid", fgColor="DCE6F1")
        for row in range(2, rows + 2) if column <= GIVEN else ():
            sheet.cell(row, column).fill = PatternFill("solid", fgColor="F2F2F2")
    sheet.freeze_panes = "C2"
    rule = DataValidation("decimal", operator="greaterThanOrEqual", formula1="0", allow_blank=True)
    rule.showErrorMessage = True
    rule.error = "Số liệu là một số từ 0 trở lên. / A figure is a number from 0 on."
    sheet.add_data_validation(rule)
    rule.add(f"E2:G{rows + 200}")
    sheet.page_setup.orientation, sheet.page_setup.fitToWidth = "landscape", 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"
