"""An annex in Word: its tables and the paragraphs around them, as plain cells and lines.

What was deleted under tracked changes is not there, what was inserted is. Numbers that Word counts
by itself stand before the text, as they are printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from integrations.annex_numbering import Numbering
from integrations.office_files import damaged, open_document
from plans.drafting.grid import Cell, Grid, Line, Paper, clean

if TYPE_CHECKING:
    from docx.document import Document

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
WRAPPERS = {
    f"{W}{name}" for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag")
}
"""What only holds what is really there: content controls, insertions, marks of other programs."""
GONE = {f"{W}{name}" for name in ("del", "moveFrom", "delText", "instrText", "pPr", "rPr")}
GONE.add(FALLBACK)
LINE_ENDS = {f"{W}br", f"{W}cr"}
FOOTNOTES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
UNIT = re.compile(r"(?<=m) \[([23])\]")
"""A raised figure that is no mark: m2, m3."""
MOST_LEVELS = 20


def read_document(raw: bytes, name: str) -> Paper:
    """A .docx file's tables and lines, in their order; errors as ``office_files.open_document``."""
    document = open_document(raw)
    try:
        return _Reading(Numbering.of(document)).paper(document, name)
    except RecursionError:
        raise damaged() from None


class _Reading:
    """One document as it is read: the numbers that Word counts run through all of it."""

    def __init__(self, numbering: Numbering) -> None:
        self._numbering = numbering
        self._tables = self._lines = 0

    def paper(self, document: Document, name: str) -> Paper:
        parts = tuple(self._blocks(document.element.body, 0))
        return Paper(name, parts, tuple(_footnotes(document)))

    def _blocks(self, parent: Any, depth: int) -> Iterator[Grid | Line]:
        for element in below(parent, f"{W}p", f"{W}tbl"):
            if element.tag == f"{W}tbl":
                yield from self._table(element, depth)
            else:
                yield from self._paragraph_lines(element, depth)

    def _paragraph_lines(self, element: Any, depth: int) -> Iterator[Grid | Line]:
        for line in self._paragraph(element).split("\n"):
            self._lines += 1
            if text := clean(line):
                yield Line(text, f"line {self._lines}")
        for box in element.iter(f"{W}txbxContent"):
            if depth < MOST_LEVELS and not _is_gone(box, element):
                yield from self._blocks(box, depth + 1)

    def _table(self, table: Any, depth: int) -> Iterator[Grid | Line]:
        rows = [one for one in below(table, f"{W}tr") if not _marked(one, "trPr", "del")]
        cells = [cell for row in rows for cell in below(row, f"{W}tc")]
        nested = any(one is not table for one in table.iter(f"{W}tbl"))
        if nested and len(cells) <= 2 and depth < MOST_LEVELS:
            # A frame around the whole annex, not a table of its own.
            for cell in cells:
                yield from self._blocks(cell, depth + 1)
            return
        self._tables += 1
        yield self._grid(rows, f"table {self._tables}")

    def _grid(self, rows: list[Any], name: str) -> Grid:
        found: dict[tuple[int, int], Cell] = {}
        open_merges: dict[int, tuple[int, int]] = {}
        for number, row in enumerate(rows):
            column = _count(row, "trPr", "gridBefore", 0)
            for cell in below(row, f"{W}tc"):
                width = _count(cell, "tcPr", "gridSpan", 1)
                begun = open_merges.get(column) if _continues(cell) else None
                # What lies under a merge is not seen, unless a program left words there.
                text = "" if begun and not _says(cell) else self._cell_text(cell)
                if begun and not text:
                    found[begun] = _taller(found[begun], number - begun[0] + 1)
                else:
                    at = f"{name}, row {number + 1}, column {column + 1}"
                    found[number, column] = Cell(text, at, width=width)
                    open_merges[column] = (number, column)
                column += width
        return Grid(name, found)

    def _cell_text(self, cell: Any) -> str:
        """A cell's words, with those of tables inside it, a line a paragraph."""
        blocks = [self._paragraph(one) for one in cell.iter(f"{W}p") if not _is_gone(one, cell)]
        return clean("\n".join(blocks))

    def _paragraph(self, paragraph: Any) -> str:
        """A paragraph's words after the number that Word puts before them."""
        text = UNIT.sub(r"\1", "".join(_words(paragraph, 0)))
        label = self._numbering.label(paragraph)
        return f"{label} {text}" if label else text


def below(parent: Any, *tags: str) -> Iterator[Any]:
    """The elements of some kinds right below, also in content controls and insertions."""
    for child in parent:
        if child.tag in tags:
            yield child
        elif child.tag in WRAPPERS:
            yield from below(child, *tags)


def _words(element: Any, depth: int) -> Iterator[str]:
    """What is read of a paragraph; text boxes in it are lines of their own."""
    for child in element if depth < 60 else ():
        tag = child.tag
        if tag == f"{W}t":
            yield child.text or ""
        elif tag == f"{W}tab":
            yield " "
        elif tag in LINE_ENDS:
            yield "\n"
        elif tag == f"{W}noBreakHyphen":
            yield "-"
        elif tag == f"{W}r" and _is_mark(child):
            yield f" [{''.join(_words(child, depth + 1)).strip()}]"
        elif tag not in GONE and tag != f"{W}txbxContent":
            yield from _words(child, depth + 1)


def _is_mark(run: Any) -> bool:
    """Whether a run is a footnote's number typed by hand: it must not become part of a name."""
    raised = run.find(f"{W}rPr/{W}vertAlign")
    text = "".join(one.text or "" for one in run.iter(f"{W}t")).strip()
    return raised is not None and raised.get(f"{W}val") == "superscript" and text.isdecimal()


def _is_gone(element: Any, top: Any) -> bool:
    """Whether something was deleted, or is an older program's copy of what stands beside it."""
    for one in element.iterancestors():
        if one is top:
            return False
        if one.tag in GONE:
            return True
    return False


def _marked(element: Any, properties: str, name: str) -> bool:
    return element.find(f"{W}{properties}/{W}{name}") is not None


def _count(element: Any, properties: str, name: str, otherwise: int) -> int:
    found = element.find(f"{W}{properties}/{W}{name}")
    text = found.get(f"{W}val", "") if found is not None else ""
    return min(int(text), 100) if text.isdecimal() else otherwise


def _continues(cell: Any) -> bool:
    merge = cell.find(f"{W}tcPr/{W}vMerge")
    return merge is not None and merge.get(f"{W}val", "continue") == "continue"


def _says(cell: Any) -> bool:
    return any(one.text and one.text.strip() for one in cell.iter(f"{W}t"))


def _taller(cell: Cell, height: int) -> Cell:
    return Cell(cell.text, cell.at, height=height, width=cell.width)


def _footnotes(document: Document) -> Iterator[Line]:
    """The footnotes' words, which hang at no cell of their own."""
    from docx.oxml import parse_xml

    for relation in document.part.rels.values():
        if relation.reltype != FOOTNOTES or relation.is_external:
            continue
        root = parse_xml(relation.target_part.blob)
        for note in below(root, f"{W}footnote"):
            if note.get(f"{W}type") is None:
                number = note.get(f"{W}id", "")
                words = [" ".join(_words(one, 0)) for one in note.iter(f"{W}p")]
                if text := clean(" ".join(words)):
                    yield Line(text, f"footnote {number}")
