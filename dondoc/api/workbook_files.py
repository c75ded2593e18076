"""Workbooks as files that are handed out and come in: what calls and pages share."""

from __future__ import annotations

from starlette.responses import Response

from dondoc.api.attachments import headers_of
from dondoc.api.context import Context
from integrations.office_files import MOST_BYTES
from integrations.workbook import MEDIA_TYPE, write_book
from plans.files import Coming
from plans.store import catalogue, writing
from plans.workbooks import Book, make

__all__ = ["MEDIA_TYPE", "attached", "content_of", "handed_out", "limit_of"]


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


def limit_of(here: Context) -> int:
    """Bytes of a workbook that are taken."""
    return min(here.settings.upload_limit_mb * 1024 * 1024, MOST_BYTES)


def content_of(coming: Coming) -> bytes:
    """What was received, to be read as a whole."""
    coming.file.flush()
    return coming.path.read_bytes()
