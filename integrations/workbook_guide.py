"""The first sheet of a workbook: what it is for, how it is filled in, where it goes back to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from integrations.office_files import put_text
from integrations.wording import marked
from integrations.workbook_words import ACTS, ASKING, sentence

if TYPE_CHECKING:
    from integrations.workbook import Face

WIDTH, LINE = 88, 16.0
STEPS = (
    marked(
        "Write in the white cells of the second sheet alone. What is filled in there stands in "
        "the record by now: change what has changed; a row that you leave as it is says nothing "
        "new."
    ),
    marked(
        "In “%(act)s” choose: “%(draft)s” (kept, can be changed), “%(submit)s” (goes to review) "
        "or “%(nil)s” (a nil report). Left empty, it is kept as a draft."
    ),
    marked(
        "Where a document is asked for to hand a report in, give its number and day; its kind "
        "where number and title do not tell it. Files are uploaded on the page."
    ),
    marked(
        "Rows may be sorted, filtered, moved or deleted; columns stay. Hidden columns know each "
        "row again: a row that was typed anew or copied from elsewhere is not taken."
    ),
    marked(
        "Save the file as .xlsx and hand it in: on the page of your body or of a message’s "
        "link, or attached to a mail from your registered mailbox, where the office reads such "
        "mail."
    ),
    marked(
        "What was changed in the record meanwhile is shown to you side by side and never "
        "written over. The same file twice is one report."
    ),
    marked(
        "The sheet is protected without a password, against slips: lift the protection where "
        "you need to. Write no person’s identity or telephone number. An entry does not replace "
        "a signed report."
    ),
)
COLOURS = (
    marked("red day: overdue; orange day: due within three days;"),
    marked("purple task: its report was sent back for correction;"),
    marked("amber cells: it is to be handed in, and the document that it needs is missing."),
)


def write_guide(sheet: Any, face: Face) -> None:
    """Fill the sheet."""
    from openpyxl.styles import Alignment, Font

    words = face.words
    put_text(sheet["A1"], words.gettext("Workbook for reporting on tasks").upper())
    sheet["A1"].font = Font(name="Times New Roman", bold=True, size=14)
    for n, (text, bold) in enumerate(_lines(face), 3):
        cell = sheet.cell(n, 1)
        put_text(cell, text)
        cell.font = Font(name="Times New Roman", size=12, bold=bold)
        cell.alignment = Alignment("left", "top", wrap_text=True)
        sheet.row_dimensions[n].height = LINE * (1 + len(text) // WIDTH) + 2
    sheet.column_dimensions["A"].width = WIDTH
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "portrait", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left = sheet.page_margins.right = 0.5
    sheet.sheet_view.showGridLines = False
    sheet.protection.sheet = True


def _lines(face: Face) -> Iterator[tuple[str, bool]]:
    words, at = face.words, face.made_at.astimezone(face.zone)
    offices = "; ".join(face.pick(one) for one in face.offices)
    yield words.gettext("Reporting body: %(name)s", name=face.name), True
    if offices:
        yield words.gettext("Coordinating office: %(name)s", name=offices), False
    moment = {"time": f"{at:%H:%M}", "day": words.day(at.date())}
    yield words.gettext("What is filled in stands as of %(time)s on %(day)s.", **moment), False
    yield "", False
    yield words.gettext("How to fill it in"), True
    named = {name: sentence(words.gettext(text)) for name, text in ACTS.items()}
    column = ASKING["act"]
    named["act"] = words.gettext(column)
    for n, text in enumerate(STEPS, 1):
        yield f"{n}. {words.gettext(text, **named)}", False
    yield "", False
    yield words.gettext("What the colours mean"), True
    for text in COLOURS:
        yield f"– {words.gettext(text)}", False
