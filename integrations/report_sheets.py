"""Every table of a report as an Excel workbook: whole, with real numbers and days."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from typing import Any

from integrations import report_tables as tables
from integrations.office_files import put_text
from integrations.report_annex import Teller, Whole
from integrations.report_blocks import Column, Table, Value
from integrations.report_words import REASONS, ReportWords
from integrations.wording import flat
from plans.report_voices import Voice, documents
from plans.reports import Report

FORMATS = {"share": "0.0%", "day": "dd/mm/yyyy", "count": "#,##0", "number": "#,##0.####"}
WIDEST = 60
MOST_BODIES = 400
LONGEST = 31
"""Signs of a sheet's name."""


def workbook(report: Report, words: ReportWords) -> bytes:
    """A report's tables as .xlsx, a sheet each."""
    from openpyxl import Workbook

    words = words.about(report.names)
    made = Workbook(write_only=True)
    made.properties.title = flat(words.titled(report.plan))[:250]
    made.properties.creator = report.issuer.name[:250]
    made.properties.language = words.language
    moment = report.asked.moment.replace(tzinfo=None, microsecond=0)
    made.properties.created = made.properties.modified = moment
    for one in all_tables(report, words):
        _sheet(made, one)
    raw = io.BytesIO()
    made.save(raw)
    return raw.getvalue()


def all_tables(report: Report, words: ReportWords) -> Iterator[Table]:
    """The tables, none cut short."""
    say = words.gettext
    yield _about(report, words)
    yield tables.general(report, words)
    yield tables.by_group(report, words)
    yield tables.by_body(report, words)
    yield tables.targets(report, words)
    yield tables.debtors(report, words, report.debtors)
    yield tables.overdue(report, words, report.overdue, MOST_BODIES)
    yield tables.coming(words, report.coming, MOST_BODIES)
    yield _voices(words, say("Results"), report.results)
    yield _voices(words, say("Obstacles"), report.obstacles)
    yield _voices(words, say("Reasons"), report.reasons)
    yield _voices(words, say("Proposals"), report.proposals)
    yield _assignments(report, words)


def _about(report: Report, words: ReportWords) -> Table:
    say, asked = words.gettext, report.asked
    rows: list[tuple[Value, ...]] = [
        (say("Document"), words.titled(report.plan)),
        (
            say("Time"),
            f"{words.span(asked.span)} ({words.between(asked.span.first, asked.span.last)})",
        ),
        (say("Figures recorded by"), words.moment(asked.moment)),
        (say("Due dates judged on"), words.day(asked.on)),
    ]
    columns = (Column(say("About this report"), 30), Column("", 90))
    return Table(say("About"), say("About this report"), columns, rows)


def _voices(words: ReportWords, name: str, voices: Sequence[Voice]) -> Table:
    """People's words: a row for each who said them."""
    say = words.gettext
    columns = (
        Column(say("No."), 6, "count"),
        Column(say("Words"), 70),
        Column(say("Body"), 34),
        Column(say("Day"), 12, "day"),
        Column(say("Task"), 44),
        Column(say("Assignment"), 30),
        Column(say("Document No."), 24),
        Column(say("Occasion"), 26),
    )
    rows: list[tuple[Value, ...]] = []
    for n, one in enumerate(voices, 1):
        why = words.gettext(REASONS[one.kind]) if one.kind else None
        for source in one.sources:
            who = words.body(source.lead)
            said = "; ".join(source.documents)
            task = words.pick(source.title)
            rows.append((n, one.text, who, source.day, task, source.ref, said, why))
    return Table(name, name, columns, rows)


def _assignments(report: Report, words: ReportWords) -> Table:
    """Every assignment that there is."""
    say = words.gettext
    columns = (
        Column(say("No."), 7, "count"),
        Column(say("Solution group"), 36),
        Column(say("Task"), 50),
        Column(say("Reporting period"), 18),
        Column(say("Lead body"), 34),
        Column(say("Due date"), 12, "day"),
        Column(say("Original due date"), 12, "day"),
        Column(say("Progress"), 10, "share"),
        Column(say("Standing"), 28),
        Column(say("Last report"), 12, "day"),
        Column(say("Result"), 60),
        Column(say("Document No."), 24),
        Column(say("Assignment"), 34),
    )
    rows = _Rows(report, words)
    return Table(say("Tasks"), say("Progress of each task"), columns, rows)


class _Rows(Sequence[Sequence[Value]]):
    """Assignments as rows, made one by one as they are written."""

    def __init__(self, report: Report, words: ReportWords) -> None:
        self.report, self.words = report, words
        self.teller = Teller(report, words, Whole(words))
        vi = words.language == "vi"
        found = report.progress
        self.titles = {**found.titles} if vi else {**found.titles, **found.english}

    def __len__(self) -> int:
        return len(self.report.lines)

    def __getitem__(self, n: Any) -> Any:
        line, words = self.report.lines[n], self.words
        said = (self.report.words.get(line.last.text or "") or {}) if line.last else {}
        return (
            n + 1,
            flat(self.titles.get(line.state.group, line.state.group)),
            words.pick(line.title),
            words.period(line.period),
            words.body(line.lead),
            line.state.due,
            line.state.original_due,
            line.state.percent / 100,
            self.teller.standing(line),
            line.last.day if line.last else None,
            said.get("result", ""),
            "; ".join(documents(line.last, self.report.words)),
            line.ref,
        )


# --- the file ----------------------------------------------------------------------------------


def _sheet(made: Any, one: Table) -> None:
    """A sheet: a head that stays in sight and is repeated in print, a filter, one page wide."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils import get_column_letter

    sheet = made.create_sheet(one.name[:LONGEST])
    for n, column in enumerate(one.columns, 1):
        sheet.column_dimensions[get_column_letter(n)].width = min(column.width, WIDEST)
    sheet.freeze_panes = "A2"
    last = get_column_letter(len(one.columns))
    sheet.auto_filter.ref = f"A1:{last}{max(2, len(one.rows) + 1)}"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = _fit()
    looks = _Looks(sheet)
    sheet.append([looks.head(column.head) for column in one.columns])
    for row in one.rows:
        sheet.append(
            [
                looks.cell(value, column) if value is not None else WriteOnlyCell(sheet)
                for value, column in zip(row, one.columns, strict=True)
            ]
        )


def _fit() -> Any:
    from openpyxl.worksheet.properties import PageSetupProperties

    return PageSetupProperties(fitToPage=True)


class _Looks:
    """Cells of one sheet; looks are made once and shared, a style for every cell takes long."""

    def __init__(self, sheet: Any) -> None:
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Alignment, Font, PatternFill

        self.new: Any = partial(WriteOnlyCell, sheet)
        self.wrapped = Alignment(wrap_text=True, vertical="top")
        self.top = Alignment(vertical="top")
        self.bold, self.fill = Font(bold=True), PatternFill("solid", fgColor="DDE6EF")
        self.known: dict[str, Any] = {}

    def head(self, text: str) -> Any:
        """A cell of the head."""
        cell = self.new()
        put_text(cell, text)
        cell.font, cell.fill, cell.alignment = self.bold, self.fill, self.wrapped
        return cell

    def cell(self, value: Value, column: Column) -> Any:
        """A cell with a value of its kind."""
        kind = _kind(value, column)
        cell = self.new()
        if isinstance(value, str):
            put_text(cell, value)
        else:
            cell.value = value
        prefixed = bool(cell.quotePrefix)
        if kind not in self.known:
            model = self.new()
            model.alignment = self.wrapped if kind == "text" else self.top
            if kind in FORMATS:
                model.number_format = FORMATS[kind]
            self.known[kind] = model._style
        if not prefixed:
            cell._style = self.known[kind]
        return cell


def _kind(value: Value, column: Column) -> str:
    if isinstance(value, str):
        return "text"
    if isinstance(value, date):
        return "day"
    if isinstance(value, float) and column.kind == "number":
        return "share"
    return column.kind
