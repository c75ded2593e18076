"""A body's workbook: taken along as a file, and read back after a look at what it would change."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from dondoc.api.middleware import TOO_LARGE
from dondoc.api.paging import cut, place_of
from dondoc.api.uploading import Form, content_of, limit_of, read_form
from dondoc.api.workbook_files import attached, handed_out, reading_of
from dondoc.web.evidence import FORM, Sending, refuse_forged
from dondoc.web.explaining import explain
from dondoc.web.routing import Seen, Sent, see
from dondoc.web.visiting import LINKED, Page
from dondoc.web.workbook_words import WAYS, counted, shown_rows
from integrations.workbook_marking import marked_copy
from integrations.workbook_reading import read_workbook
from plans import access, files, mailed_workbooks, workbook_returns
from plans.access import Action
from plans.errors import Conflict, InvalidInput, NotFound
from plans.mailed_workbooks import is_waiting
from plans.store import Connection, catalogue
from plans.store import workbooks as store
from plans.workbook_hands import (
    is_for_others,
    may_open,
    require_hands,
    require_open,
    subject_of,
)
from plans.workbook_returns import SHOWN
from plans.workbook_rows import Sheet
from plans.workbook_settling import Terms
from plans.workbook_showing import show

workbooks = APIRouter(include_in_schema=False)

A_PAGE = 50
_REPEAT = re.compile(r"repeat\.([\w-]{1,40})")


# --- taken along ----------------------------------------------------------------------------------


@workbooks.get("/departments/{code}/workbook", **see(Action.HAND_IN))
@workbooks.get(LINKED + "/departments/{code}/workbook", **see(Action.SEE_ASSIGNMENT))
def get_workbook(code: str, page: Seen) -> Response:
    """The workbook with what a body has open, as a file to be saved."""
    if answer := _confirm_first(page, code):
        return answer
    own = not is_for_others(page.caller, code)
    return handed_out(page.here, code, None, page.language if own else None)


def _confirm_first(page: Page, code: str) -> Response | None:
    """A link's visitor confirms the device first; ``Denied`` or ``Hidden``: may not at all."""
    if page.by_link and not page.confirmed:
        access.check(page.caller, Action.SEE_ASSIGNMENT, subject_of(code))
        return RedirectResponse(f"{page.base}/confirm?next={quote(page.base, safe='')}", 303)
    require_hands(page.caller, code)
    return None


# --- handed in ------------------------------------------------------------------------------------


@workbooks.post("/departments/{code}/workbook", **see(Action.HAND_IN))
@workbooks.post(LINKED + "/departments/{code}/workbook", **see(Action.SEE_ASSIGNMENT))
async def post_workbook(code: str, page: Sending) -> Response:
    """Send a workbook back: it is read and shown, and nothing is recorded yet."""
    if answer := await run_in_threadpool(_confirm_first, page, code):
        return answer
    most = limit_of(page.here)
    try:
        if page.here.request.scope.get(TOO_LARGE):
            raise files.too_large(most)
        folder = files.folder_of(page.here.settings.data_dir)
        with files.receive(folder, most) as coming:
            form = await read_form(
                page.here.request, coming, FORM, lambda form: refuse_forged(page, form)
            )
            raw = await run_in_threadpool(content_of, coming)
            digest = coming.sha256
        return await run_in_threadpool(_show_first, page, code, raw, form, digest)
    except InvalidInput as error:
        return await run_in_threadpool(_refused, page, code, error)


def _show_first(page: Page, code: str, raw: bytes, form: Form, digest: str) -> Response:
    sheet = read_workbook(raw)
    once = form.fields.get("once", b"").decode("ascii", "replace")
    page.fields = {"once": once, "file": digest}
    return page.write(lambda connection: _received(connection, page, code, sheet))


def _received(connection: Connection, page: Page, code: str, sheet: Sheet) -> str:
    terms = _terms(page)
    if is_for_others(page.caller, code):
        terms = replace(terms, department=code)  # whose page it is, no other's by mistake
    key = workbook_returns.receive(connection, sheet, terms, dry=True)
    return page.go(f"/workbooks/{key}")


def _terms(page: Page, *, confirmed: bool = False, repeat: dict[str, int] | None = None) -> Terms:
    here = page.here
    secret = here.settings.secret
    return Terms(page.caller, here.now, here.zone, secret, "page", confirmed, repeat or {})


def _refused(page: Page, code: str, error: InvalidInput) -> Response:
    with page.reading() as connection:
        body = catalogue.department_row(connection, code)
    errors = explain(page.words, error)
    facts = {"row": body, "errors": errors, "for_office": is_for_others(page.caller, code)}
    return page.show("workbook_send.html", error.status, **facts)


# --- what came back -------------------------------------------------------------------------------


@workbooks.get("/workbooks/{returned}", **see(Action.HAND_IN))
@workbooks.get(LINKED + "/workbooks/{returned}", **see(Action.SEE_ASSIGNMENT))
def show_return(returned: str, page: Seen) -> Response:
    """What a workbook would change, or what came of it, row by row."""
    return _shown(page, returned)


def _shown(page: Page, returned: str) -> Response:
    with page.reading() as connection:
        row = _own(connection, page, returned)
        body = catalogue.department_row(connection, row.department)
        rows = show(connection, row, page.here.day) if row.sheet is not None else []
    found = shown_rows(page.words, rows, ahead=row.state == SHOWN)
    return page.show(
        "workbook_return.html",
        returned=row,
        body=body,
        found=found,
        counts=counted(page.words, row),
        preview=row.state == SHOWN,
        personal=any(one.personal for one in found.refused),
        withdrawn=sum(bool(one.withdraws) for one in found.taken),
        for_office=not page.by_link and is_for_others(page.caller, row.department),
    )


def _own(connection: Connection, page: Page, returned: str) -> Any:
    """A return of a body for which one reports; by a link, also before the device is confirmed."""
    row = store.return_row(connection, returned)
    if row.department is None:
        raise NotFound(f"no workbook came back under '{returned}'")
    if not page.by_link:
        require_open(page.caller, row)
    elif not page.may(Action.SEE_ASSIGNMENT, subject_of(row.department)):
        raise NotFound(f"no workbook came back under '{returned}'")
    return row


@workbooks.post("/workbooks/{returned}", **see(Action.HAND_IN))
@workbooks.post(LINKED + "/workbooks/{returned}", **see(Action.SEE_ASSIGNMENT))
def post_return(returned: str, page: Sent) -> Response:
    """Record what was shown; of what changed meanwhile, what its writer repeats."""
    with page.reading() as connection:
        row = _own(connection, page, returned)
    if answer := _confirm_first(page, row.department):
        return answer
    confirmed = page.fields.get("confirm_personal_data") == "true"
    terms = _terms(page, confirmed=confirmed, repeat=_repeated(page))

    def act(connection: Connection) -> str:
        workbook_returns.confirm(connection, returned, terms)
        return page.go(f"/workbooks/{returned}", "recorded")

    return page.write(act)


def _repeated(page: Page) -> dict[str, int]:
    """Which conflicts are to be written all the same, on which version that was shown."""
    found = {}
    for name, text in page.fields.items():
        if (match := _REPEAT.fullmatch(name)) and text.isascii() and text.isdecimal():
            found[match[1]] = int(text[:9])
    return found


@workbooks.get("/workbooks/{returned}/marked", **see(Action.HAND_IN))
@workbooks.get(LINKED + "/workbooks/{returned}/marked", **see(Action.SEE_ASSIGNMENT))
def get_marked(returned: str, page: Seen) -> Response:
    """The workbook again, marked with what became of each row."""
    with page.reading() as connection:
        row = _own(connection, page, returned)
        raw = marked_copy(connection, row, page.here.day, page.here.zone)
    return attached(raw, f"{row.department}-{row.id}.xlsx")


# --- for the office -------------------------------------------------------------------------------


@workbooks.get("/workbooks", **see(Action.SEE_CONTACTS))
def show_returns(
    page: Seen, cursor: Annotated[str | None, Query(max_length=1000)] = None
) -> Response:
    """Every workbook that came back, by whatever way, the newest first; no word of their cells."""
    return _listed(page, cursor)


def _listed(page: Page, cursor: str | None = None, error: Conflict | None = None) -> Response:
    place = place_of(cursor, datetime.fromisoformat, str)
    after = (place[0], place[1]) if place else None
    with page.reading() as connection:
        rows = store.newest_returns(connection, A_PAGE + 1, after)
    part, following = cut(rows, A_PAGE, lambda row: (row.received_at, row.id))
    return page.show(
        "workbooks.html",
        error.status if error else 200,
        rows=[(row, counted(page.words, row)) for row in part],
        opens={row.id for row in part if row.department and may_open(page.caller, row)},
        waits={row.id for row in part if is_waiting(row) and may_open(page.caller, row)},
        ways=WAYS,
        next=following,
        errors=explain(page.words, error) if error else {},
    )


@workbooks.post("/workbooks/{returned}/again", **see(Action.HAND_IN))
def judge_again(returned: str, page: Sent) -> Response:
    """Judge anew who sent a mailed workbook: of a mailbox registered since, it is shown."""
    with page.reading() as connection:
        require_open(page.caller, store.return_row(connection, returned))

    def act(connection: Connection) -> str:
        mailed_workbooks.try_again(
            connection, returned, reading_of(page.here), actor=page.caller.actor
        )
        return page.go(f"/workbooks/{returned}", "judged")

    try:
        return page.write(act)
    except Conflict as error:
        return _listed(page, error=error)
