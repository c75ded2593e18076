"""A CSV file as cells: whichever encoding and separator the office's program wrote it in."""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from collections.abc import Callable
from typing import Final

from integrations.office_files import MOST_BYTES, MOST_ROWS, Cell
from plans.errors import InvalidInput, TooLarge, WrongType

LONGEST_LINE: Final = 50_000
MOST_COLUMNS: Final = 100
HEAD: Final = 30
"""Rows among which the header is looked for."""
SEPARATORS: Final = (";", ",", "\t")
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

Grid = list[tuple[int, dict[int, Cell]]]
"""Rows with their numbers from 1, and the cells that hold anything by column from 1."""


def read_csv(raw: bytes, score: Callable[[Grid], int]) -> Grid:
    """The cells of a CSV file. ``score``: how many columns of its beginning are known by a header,
    which decides between separators.

    Raises:
        TooLarge: more than is taken.
        WrongType: no text.
        InvalidInput: no CSV.
    """
    if len(raw) > MOST_BYTES:
        raise TooLarge(f"the file has more than {MOST_BYTES // 1024 // 1024} MB")
    text = _decoded(raw).replace("\r\n", "\n").replace("\r", "\n")
    if text.count("\n") > MOST_ROWS:
        raise TooLarge(f"the file has more than {MOST_ROWS} rows: remove the empty ones")
    lines = text.split("\n")
    if max(map(len, lines)) > LONGEST_LINE:
        raise TooLarge(f"the file has a line of more than {LONGEST_LINE} signs")
    skipped = 1 if lines[0].strip().strip('"').lower().startswith("sep=") else 0
    lines = lines[skipped:]
    head = "\n".join(lines[:HEAD])
    best = max(SEPARATORS, key=lambda mark: score(_cells(head, mark, skipped, strict=False)))
    return _cells("\n".join(lines), best, skipped)


def _decoded(raw: bytes) -> str:
    name = next((name for mark, name in _MARKS if raw.startswith(mark)), None)
    if name is None and b"\x00" in raw[:MOST_BYTES]:
        raise WrongType("no CSV file: it holds signs that no text has; save it as CSV (UTF-8)")
    for encoding in (name,) if name else ("utf-8", "cp1258"):
        try:
            # Windows-1258 writes tones as signs of their own, which NFC joins to their letters.
            text = unicodedata.normalize("NFC", raw.decode(encoding))
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text
    raise WrongType("no CSV file in UTF-8, UTF-16 or windows-1258; save it as CSV (UTF-8)")


def _cells(text: str, separator: str, skipped: int, *, strict: bool = True) -> Grid:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=strict)
    found: Grid = []
    try:
        for row in reader:
            if len(row) > MOST_COLUMNS:
                raise TooLarge(f"row {reader.line_num} has more than {MOST_COLUMNS} columns")
            cells = {
                column: Cell(said.strip(), said if said.startswith("=") else None)
                for column, said in enumerate(row, 1)
                if said.strip()
            }
            if cells:
                found.append((reader.line_num + skipped, cells))
    except csv.Error as error:
        if not strict:
            return found
        raise InvalidInput(
            f"row {reader.line_num + skipped} cannot be read ({error}): check its quotation marks"
        ) from None
    except TooLarge:
        if not strict:
            return []
        raise
    return found
