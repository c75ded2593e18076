"""A department's workbook as an .xlsx file: filled in, protected but where one writes, signed.

    raw = write_book(book)                 # plans.workbooks.Book
    raw = write_rows(face, rows)           # the same again, marked with what became of each row

What comes back is read by ``integrations.workbook_reading``. Works in Excel and in LibreOffice.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from integrations.office_files import put_text
from integrations.wording import Wording, marked, wording
from integrations.workbook_guide import write_guide
from integrations.workbook_sheet import Row, write_sheet
from plans.workbooks import Book

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
GUIDE, UPDATES, HIDDEN = marked("Instructions"), marked("Updates"), "dondoc"
PROPERTY = "dondoc-workbook"


@dataclass(frozen=True, slots=True)
class Face:
    """What a workbook says of itself: whose, by when, to whom it goes back."""

    key: str
    department: tuple[str, str | None]
    offices: tuple[tuple[str, str | None], ...]
    language: str
    made_at: datetime
    zone: ZoneInfo
    marked: bool = False

    @property
    def words(self) -> Wording:
        """The words of its language."""
        return wording(self.language)

    @property
    def name(self) -> str:
        """Whose it is."""
        return self.pick(self.department)

    def pick(self, names: tuple[str, str | None]) -> str:
        """A name in its language."""
        vi, en = names
        return vi if self.language == "vi" else en or vi


def face_of(book: Book, zone: ZoneInfo) -> Face:
    """What a new workbook says of itself."""
    names = (book.name_vi, book.name_en)
    return Face(book.key, names, book.offices, book.language, book.made_at, zone)


def write_book(book: Book, zone: ZoneInfo) -> bytes:
    """A new workbook as a file."""
    rows = [
        Row(
            entry=one,
            keys=(book.key, one.assignment, str(one.version), book.signatures[one.assignment]),
            says=one.filled,
        )
        for one in book.entries
    ]
    return write_rows(face_of(book, zone), rows)


def write_rows(face: Face, rows: Sequence[Row]) -> bytes:
    """A workbook with some rows as a file."""
    from openpyxl import Workbook

    made: Any = Workbook()
    write_guide(made.active, face)
    made.active.title = face.words.gettext(GUIDE)
    sheet = made.create_sheet(face.words.gettext(UPDATES))
    write_sheet(sheet, face, rows)
    _name(made, face)
    made.active = 1
    made["dondoc"].sheet_view.tabSelected = False
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def _name(made: Any, face: Face) -> None:
    """Which workbook it is, where nobody sees it: its rows say it too, and signed."""
    from openpyxl.packaging.custom import StringProperty

    hidden = made.create_sheet(HIDDEN)
    hidden.sheet_state = "veryHidden"
    put_text(hidden["A1"], face.key)
    put_text(hidden["A2"], face.language)
    made.custom_doc_props.append(StringProperty(name=PROPERTY, value=face.key))
    made.properties.title = f"{face.words.gettext(UPDATES)} – {face.name}"[:200]
    made.properties.creator = "Dondoc"
    made.properties.created = made.properties.modified = face.made_at.replace(tzinfo=None)
