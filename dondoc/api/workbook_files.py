"""Workbooks as files that are handed out and come in: what calls and pages share."""

from __future__ import annotations

from starlette.responses import Response

from dondoc.api.attachments import headers_of
from dondoc.api.context import Context
from integrations.mail import MailSettings
from integrations.workbook import MEDIA_TYPE, write_book
from plans.mailed_workbooks import Reading
from plans.store import catalogue, writing
from plans.workbook_hands import require_hands
from plans.workbooks import Book, make

__all__ = ["MEDIA_TYPE", "attached", "handed_out", "reading_of"]


def handed_out(here: Context, department: str, plan: str | None, language: str | None) -> Response:
    """A new workbook of a department as an attachment, of the plans for which the caller hands it
    in; ``NotFound``: no such plan; ``Denied`` or ``Hidden``: of none."""
    plans = require_hands(here.caller, department, plan)
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
            plans=plans,
            language=language,
        )
    return attached(write_book(book, here.zone), _name(book))


def reading_of(here: Context) -> Reading:
    """On what a mailed workbook is judged anew."""
    mail: MailSettings = here.running.extras.get("mail") or MailSettings.read()
    return Reading(here.now, here.zone, here.settings.secret, mail.domain)


def _name(book: Book) -> str:
    return f"{book.department}-{book.made_at:%Y%m%d}.xlsx"


def attached(raw: bytes, name: str) -> Response:
    """An .xlsx file, to be saved."""
    return Response(raw, headers=headers_of(name), media_type=MEDIA_TYPE)
