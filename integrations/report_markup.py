"""WordprocessingML as text: paragraphs and tables by their styles, nothing formatted by hand.

A plan of 25,000 assignments is some megabytes of text; as objects it would be a gigabyte.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from integrations.office_files import NO_XML
from integrations.report_blocks import Column, Table, Value
from integrations.report_words import ReportWords
from integrations.wording import flat

TWIPS = 1440 / 25.4
"""Twentieths of a point in a millimetre."""
UNSAYABLE = str.maketrans(dict.fromkeys([*range(0xD800, 0xE000), 0xFFFE, 0xFFFF]))
NO_BORDERS = "".join(
    f'<w:{side} w:val="nil"/>' for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)
MARGINS = '<w:left w:w="57" w:type="dxa"/><w:right w:w="57" w:type="dxa"/>'
MIDDLE = '<w:vAlign w:val="center"/>'
NO_MARGINS = '<w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/>'


def clean(text: str) -> str:
    """What XML can hold of a text."""
    return NO_XML.sub("", text).translate(UNSAYABLE)


def run(text: str, style: str = "") -> str:
    """Words in a character style."""
    props = f"<w:rPr><w:rStyle w:val={quoteattr(style)}/></w:rPr>" if style else ""
    return f'<w:r>{props}<w:t xml:space="preserve">{escape(clean(text))}</w:t></w:r>'


def paragraph(style: str, *runs: str, props: str = "") -> str:
    """A paragraph in a style, of runs."""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{props}</w:pPr>{"".join(runs)}</w:p>'


def line(style: str, text: str) -> str:
    """A paragraph of one text, on one line of its own."""
    return paragraph(style, run(flat(text)))


def rule(length: int, room: int) -> str:
    """A drawn line of a length in the middle of a room, in twips."""
    side = max(0, (room - length) // 2)
    return paragraph("Rule", props=f'<w:ind w:left="{side}" w:right="{side}"/>')


def side_by_side(cells: Sequence[tuple[int, str]], rows: Iterable[Sequence[str]] = ()) -> str:
    """Paragraphs beside each other without borders: widths in twips with what stands in each."""
    widths = [width for width, _ in cells]
    lines = [[content for _, content in cells], *rows]
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    body = "".join(
        "<w:tr><w:trPr><w:cantSplit/></w:trPr>"
        + "".join(_cell(width, text) for width, text in zip(widths, one, strict=True))
        + "</w:tr>"
        for one in lines
    )
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f"<w:tblBorders>{NO_BORDERS}</w:tblBorders>"
        '<w:tblLayout w:type="fixed"/>'
        f"<w:tblCellMar>{NO_MARGINS}</w:tblCellMar></w:tblPr>"
        f"<w:tblGrid>{grid}</w:tblGrid>{body}</w:tbl>"
    )


def _cell(width: int, content: str, props: str = "") -> str:
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{props}</w:tcPr>{content}</w:tc>'


def table(one: Table, words: ReportWords, room: int, *, small: bool = False) -> Iterator[str]:
    """A table over a room in twips; its head is repeated on every page, no row is split."""
    whole = sum(column.width for column in one.columns)
    widths = [room * column.width // whole for column in one.columns]
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    yield (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="{sum(widths)}" '
        f'w:type="dxa"/><w:tblLayout w:type="fixed"/><w:tblCellMar>{MARGINS}</w:tblCellMar>'
        '<w:tblLook w:firstRow="1" w:noHBand="1" w:noVBand="1" w:val="0620"/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid><w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>"
    )
    size = "Small" if small else ""
    for column, width in zip(one.columns, widths, strict=True):
        yield _cell(width, line(f"TableHead{size}", column.head), MIDDLE)
    yield "</w:tr>"
    last = len(one.rows) - 1
    for n, row in enumerate(_texts(one, words)):
        yield _row(one.columns, widths, row, size, total=one.total and n == last)
    yield "</w:tbl>"


def _row(
    columns: Sequence[Column],
    widths: Sequence[int],
    row: Sequence[str],
    size: str,
    *,
    total: bool,
) -> str:
    cells = []
    for column, width, text in zip(columns, widths, row, strict=True):
        style = "TableText" if column.kind in ("text", "title") else "TableFigure"
        words = run(text, "Strong" if total else "")
        cells.append(_cell(width, paragraph(f"{style}{size}", words)))
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(cells)}</w:tr>"


def _texts(one: Table, words: ReportWords) -> list[tuple[str, ...]]:
    """A table's cells in words, row by row; the shares of a column with as many decimals."""
    columns = []
    for n, column in enumerate(one.columns):
        values = [row[n] for row in one.rows]
        if column.kind == "share":
            columns.append(words.shares(values))  # type: ignore[arg-type]
        else:
            columns.append([said(value, column, words) for value in values])
    return list(zip(*columns, strict=True))


def said(value: Value, column: Column, words: ReportWords) -> str:
    """A cell's value in words."""
    if value is None:
        return (
            "" if column.kind in ("text", "title") or column.head == words.gettext("No.") else "—"
        )
    if isinstance(value, str):
        return flat(value)
    if isinstance(value, int | float):
        return words.exact(value)
    return words.day(value)
