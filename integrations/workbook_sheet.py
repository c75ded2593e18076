"""The sheet of a workbook on which one reports: its rows, what may be typed where, its colours."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from math import ceil
from typing import TYPE_CHECKING, Any

from integrations.office_files import put_text
from integrations.phrases import Phrases
from integrations.wording import Wording
from integrations.workbook_rules import add_colours, add_rules
from integrations.workbook_words import ACTS, ANSWER, ASKING, INFORMING, KINDS, say_kind, sentence
from plans.workbook_rows import Outcome, Says
from plans.workbooks import Entry

if TYPE_CHECKING:
    from integrations.workbook import Face

HEAD = 4
"""The row of the columns' names; the assignments stand below it."""
KEYS = ("dondoc.workbook", "dondoc.assignment", "dondoc.version", "dondoc.signature")
"""What the hidden columns are called, by which a row is known again."""
FLAGS, TASK = "dondoc.flags", "dondoc.task"
WIDTHS = {
    "place": 5,
    "plan": 13,
    "task": 42,
    "deliverable": 25,
    "due": 13,
    "standing": 19,
    "percent": 10,
    "act": 13,
    "result": 36,
    "obstacles": 24,
    "proposals": 24,
    "number": 16,
    "date": 12,
    "title": 22,
    "url": 18,
    "kind": 15,
    "answer": 38,
}
ON_SCREEN = ("title", "url", "kind")
"""What nobody needs on paper, where a document is known by its number and day: the last columns."""
LINE, MOST_HEIGHT = 15.0, 405.0
"""Points of a line of text, and of the highest row that Excel shows."""
DAY = "dd/mm/yyyy"
FORMATS = {"percent": "0", "date": DAY, "due": DAY, "place": "0"}
MARKS = {
    Outcome.TAKEN: "C6E0B4",
    Outcome.KNOWN: "E2EFDA",
    Outcome.CONFLICT: "FFE699",
    Outcome.REFUSED: "F8CBAD",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """What became of a row: the words for it, and for each cell at fault."""

    outcome: Outcome
    text: str
    cells: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its assignment (None: not known), the hidden cells, what the others say.

    ``wrote``: what a person wrote where nothing could be read; it goes before what it says.
    """

    entry: Entry | None
    keys: tuple[str, str, str, str]
    says: Says
    wrote: Mapping[str, str] = field(default_factory=dict)
    mark: Mark | None = None


def columns_of(face: Face) -> dict[str, int]:
    """The columns by name, from 1: those that are printed first, the hidden ones last."""
    printed = [name for name in (*INFORMING, *ASKING) if name not in ON_SCREEN]
    names = [*printed, *(["answer"] if face.marked else []), *ON_SCREEN, *KEYS, FLAGS, TASK]
    return {name: n for n, name in enumerate(names, 1)}


def write_sheet(sheet: Any, face: Face, rows: Sequence[Row]) -> None:
    """Fill the sheet."""
    columns = columns_of(face)
    _head(sheet, face, columns, rows)
    styles = _styles(sheet)
    for n, row in enumerate(rows):
        _row(sheet, face, columns, styles, HEAD + 1 + n, n + 1, row)
    last = HEAD + max(len(rows), 1)
    if rows:
        add_rules(sheet, face.words, columns, HEAD + 1, last)
        add_colours(sheet, face.words, columns, HEAD + 1, last)
    _lay_out(sheet, columns, last)


# --- what stands in it ----------------------------------------------------------------------------


def _head(sheet: Any, face: Face, columns: Mapping[str, int], rows: Sequence[Row]) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

    words, line = face.words, Side(style="thin", color="808080")
    title = words.gettext("Progress of tasks: %(name)s", name=face.name)
    put_text(sheet["A1"], title)
    sheet["A1"].font = Font(name="Times New Roman", bold=True, size=14)
    put_text(sheet["A2"], _said(face, rows))
    sheet["A2"].font = Font(name="Times New Roman", italic=True, size=11)
    named = {**INFORMING, **ASKING, "answer": ANSWER}
    for name, column in columns.items():
        cell = sheet.cell(HEAD, column)
        put_text(cell, words.gettext(named[name]) if name in named else name)
        cell.font = Font(name="Times New Roman", bold=True, size=11)
        asked = name in ASKING
        cell.fill = PatternFill("solid", start_color="DDEBF7" if asked else "D9D9D9")
        cell.alignment = Alignment("center", "center", wrap_text=True)
        cell.border = Border(left=line, right=line, top=line, bottom=line)
    sheet.row_dimensions[HEAD].height = 2.4 * LINE


def _said(face: Face, rows: Sequence[Row]) -> str:
    words, at = face.words, face.made_at.astimezone(face.zone)
    if not rows:
        return words.gettext("Nothing is left to report; new tasks come with a new workbook.")
    if face.marked:
        return words.gettext(
            "Your workbook again: the column “%(answer)s” says what became of "
            "each row. Correct what is marked, and hand this file in.",
            answer=words.gettext(ANSWER),
        )
    return words.gettext(
        "As of %(time)s on %(day)s. Write in the white cells alone, save the file, hand it in.",
        time=f"{at:%H:%M}",
        day=words.day(at.date()),
    )


def _row(
    sheet: Any,
    face: Face,
    columns: Mapping[str, int],
    styles: Mapping[str, Any],
    n: int,
    place: int,
    row: Row,
) -> None:
    shown = _informing(face, row.entry, place) | _asking(face.words, row)
    shown |= dict(zip(KEYS, row.keys, strict=True))
    shown |= {FLAGS: _flags(row.entry), TASK: short_of(shown["task"])}
    shown |= {"answer": row.mark.text} if row.mark else {}
    for name, column in columns.items():
        cell = sheet.cell(n, column)
        cell._style = copy(styles.get(name, styles[""]))
        value = shown.get(name, "")
        if isinstance(value, str):
            if value:
                put_text(cell, value)
        else:
            cell.value = value
    if row.mark:
        _mark(sheet, columns, n, row.mark)
    sheet.row_dimensions[n].height = _height(shown)


def _informing(face: Face, entry: Entry | None, place: int) -> dict[str, Any]:
    if entry is None:
        return {"place": place, "task": face.words.gettext("an assignment that is not known")}
    words = face.words
    task = face.pick((entry.title_vi, entry.title_en))
    if entry.period:
        task += f"\n({Phrases(words).period(entry.period)})"
    return {
        "place": place,
        "plan": entry.plan,
        "task": task,
        "deliverable": _deliverable(words, entry),
        "due": entry.due,
        "standing": _standing(words, entry),
    }


def short_of(task: str) -> str:
    """By what a task's text is known beside the hidden cells, which a partial sort leaves."""
    return hashlib.sha256(" ".join(task.split()).encode()).hexdigest()[:12]


def _deliverable(words: Wording, entry: Entry) -> str:
    """What is to be delivered, what handing in needs, and which other documents are named."""
    lines = [entry.deliverable or ""]
    if entry.needs:
        what = say_kind(words, entry.needs)
        lines.append(words.gettext("To be handed in with: %(what)s", what=what))
    if entry.further:
        unnamed = words.gettext("an uploaded file")
        some = ", ".join(one or unnamed for one in entry.further)
        lines.append(words.gettext("Named already: %(some)s", some=some))
    return "\n".join(line for line in lines if line)


def _standing(words: Wording, entry: Entry) -> str:
    late = words.gettext("Past due") if entry.late else words.gettext("In time")
    if entry.returned is not None:
        back = words.gettext("Sent back for correction")
        return f"{late}\n{back}: {entry.returned}" if entry.returned else f"{late}\n{back}"
    estimated = words.gettext("its date is estimated")
    return f"{late} ({estimated})" if entry.due_estimated else late


def _flags(entry: Entry | None) -> str:
    """By what colours are chosen: that evidence is missing yet, that it came back."""
    if entry is None:
        return ""
    needs = "N" if entry.needs and not entry.met else ""
    return needs + ("R" if entry.returned is not None else "")


def _asking(words: Wording, row: Row) -> dict[str, Any]:
    shown: dict[str, Any] = dict(row.says)
    if shown["percent"] is None:
        shown["percent"] = ""
    for name, known in (("act", ACTS), ("kind", KINDS)):
        if shown[name]:
            shown[name] = sentence(words.gettext(known[shown[name]]))
    if shown["date"]:
        shown["date"] = date.fromisoformat(shown["date"])
    return shown | dict(row.wrote)


def _mark(sheet: Any, columns: Mapping[str, int], n: int, mark: Mark) -> None:
    """The row's outcome in colour, and a comment in each cell that is at fault."""
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    colour = MARKS.get(mark.outcome)
    if colour:
        sheet.cell(n, columns["answer"]).fill = PatternFill("solid", start_color=colour)
    for name, text in mark.cells.items():
        cell = sheet.cell(n, columns[name])
        cell.fill = PatternFill("solid", start_color=MARKS[Outcome.REFUSED])
        cell.comment = Comment(text, "Dondoc", height=110, width=260)


# --- how it looks ---------------------------------------------------------------------------------


def _styles(sheet: Any) -> dict[str, Any]:
    """A style for each column, made once: a thousand rows share it."""
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side

    line = Side(style="thin", color="BFBFBF")
    found: dict[str, Any] = {}
    for name in ("", *INFORMING, *ASKING, "answer"):
        cell = sheet.cell(1, 100)
        asked = name in ASKING
        middle = "center" if name in ("place", "due", "percent", "act", "date") else "left"
        cell.font = Font(name="Times New Roman", size=11)
        cell.alignment = Alignment(middle, "top", wrap_text=bool(name))
        cell.border = Border(left=line, right=line, top=line, bottom=line)
        cell.protection = Protection(locked=not asked)
        cell.number_format = FORMATS.get(name, "@")
        if not asked:
            cell.fill = PatternFill("solid", start_color="F2F2F2")
        found[name] = copy(cell._style)
        del sheet._cells[1, 100]
    return found


def _height(shown: Mapping[str, Any]) -> float:
    """A row as high as its longest text needs, as far as Excel goes."""
    lines = [_lines(str(shown[name]), width) for name, width in WIDTHS.items() if name in shown]
    return min(max(lines) * LINE + 3, MOST_HEIGHT)


def _lines(text: str, width: int) -> int:
    """Lines that a text takes: a width counts digits, letters are narrower."""
    room = max(width * 1.12, 4)
    return sum(max(1, ceil(len(part) / room)) for part in text.split("\n"))


def _lay_out(sheet: Any, columns: Mapping[str, int], last: int) -> None:
    from openpyxl.utils import get_column_letter as letter

    for name, column in columns.items():
        size = sheet.column_dimensions[letter(column)]
        size.width = WIDTHS.get(name, 12)
        size.hidden = name in (*KEYS, FLAGS, TASK)
    sheet.freeze_panes = sheet.cell(HEAD + 1, columns["task"] + 1)
    sheet.auto_filter.ref = f"A{HEAD}:{letter(max(columns.values()))}{last}"
    sheet.sheet_view.zoomScale = 90
    _print(sheet, letter(columns[ON_SCREEN[0]] - 1), last)
    _protect(sheet)


def _print(sheet: Any, last_column: str, last: int) -> None:
    """On A3 across, as wide tables are printed; on A4 a printer makes it smaller by itself."""
    from openpyxl.worksheet.properties import PageSetupProperties

    given = sheet.page_setup
    given.orientation, given.paperSize = "landscape", int(sheet.PAPERSIZE_A3)
    given.fitToWidth, given.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{HEAD}:{HEAD}"
    sheet.print_area = f"A1:{last_column}{last}"
    for side in ("left", "right", "top"):
        setattr(sheet.page_margins, side, 0.4)
    sheet.page_margins.bottom, sheet.page_margins.footer = 0.6, 0.3
    sheet.print_options.horizontalCentered = True
    sheet.oddFooter.left.text = sheet["A1"].value.replace("&", "&&")[:200]
    sheet.oddFooter.left.size = sheet.oddFooter.right.size = 9
    sheet.oddFooter.right.text = "&P/&N"


def _protect(sheet: Any) -> None:
    """Without a password: it keeps slips out, not people; the signature keeps those out."""
    given = sheet.protection
    given.sheet = True
    for name in ("formatColumns", "formatRows", "autoFilter", "sort", "insertRows", "deleteRows"):
        setattr(given, name, False)  # what is False is allowed
