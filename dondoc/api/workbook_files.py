"""Workbooks as files that are handed out and come in: what calls and pages share."""

from __future__ import annotations

from starlette.responses import Response

from dondoc.api.attachments import headers_of
from dondoc.api.context import Context
from integrations.workbook import MEDIA_TYPE, write_book
from plans.store import catalogue, writing
from plans.workbooks import Book, make

__all__ = ["MEDIA_TYPE", "attached", "handed_out"]


def handed_out(here: Context, department: str, plan: str | None, language: str | None) -> Response:
    """A new workbook of a department as an attachment; ``NotFound``: no such plan."""
    with writing(here.engine) as connection:
        if plan is not None:
            catalogue.plan_row(connection, plan)
        book = make(
            connection,
            department,
            actor=here.caller.actor,
            now=here.now,
            day=here.day,
            secret=here.settings.secret,
            plan=plan,
            language=language,
        )
    return attached(write_book(book, here.zone), _name(book))


def _name(book: Book) -> str:
    return f"{book.department}-{book.made_at:%Y%m%d}.xlsx"


def attached(raw: bytes, name: str) -> Response:
    """An .xlsx file, to be saved."""
    return Response(raw, headers=headers_of(name), media_type=MEDIA_TYPE)
