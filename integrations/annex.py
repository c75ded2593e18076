"""A plan's annex as it comes from an office, .xlsx or .docx, read as plain tables.

What is understood of them is decided in ``plans.drafting``; here only the two formats are known.
"""

from __future__ import annotations

from integrations.office_files import inspect
from plans.drafting.grid import Paper


def read_annex(raw: bytes, name: str) -> Paper:
    """The tables of a file with the lines around them; ``name`` is what people call it.

    Raises:
        TooLarge, WrongType, InvalidInput: as ``office_files.inspect`` does.
    """
    if inspect(raw) == "xlsx":
        from integrations.annex_excel import read_workbook

        return read_workbook(raw, name)
    from integrations.annex_word import read_document

    return read_document(raw, name)
