"""Reporting on an assignment: save, hand in, a nil report; and asking for a later date."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from dondoc.api.subjects import visible_row
from dondoc.web.assignments import may_once_confirmed, refused, shown
from dondoc.web.routing import Sent, see
from dondoc.web.typed import Typed, iso_day, own_fields
from dondoc.web.visiting import LINKED, Page
from plans import access, extensions, offering
from plans.access import Action
from plans.acting import speaks_as
from plans.errors import Conflict, InvalidInput
from plans.reporting import Report
from plans.store import Connection
from plans.store.ledger import state_of
from plans.store.sight import subject_of
from plans.submitting import Submission
from plans.terms import EventKind, Review

reporting = APIRouter(include_in_schema=False)

WORDS = ("result", "obstacles", "proposals")
COLUMNS = ("number", "date", "title", "url", "kind", "file")
MOST_ROWS = 50
DONE = {
    "submit": "submitted",
    "submit-yes": "submitted",
    "nil-yes": "nil",
    "withdraw-yes": "withdrawn",
}
DETOURS = {"more": "more", "nil": "nil", "back": ""}
"""Presses after which the form is shown again as it was typed, and what it asks then."""
_EVIDENCE = re.compile(r"evidence\.(\d{1,3})\.(\w+)")


# Who may report is asked inside: a device that is not confirmed keeps what was typed.
@reporting.post("/assignments/{assignment}/report", **see(Action.SEE_ASSIGNMENT))
@reporting.post(LINKED + "/assignments/{assignment}/report", **see(Action.SEE_ASSIGNMENT))
def post_report(assignment: str, page: Sent) -> Response:
    """Save a report, hand it in, or report that nothing was done: as the API's call."""
    act, rows = page.fields.get("act", "save"), evidence_rows(page.fields)
    if unconfirmed(page, assignment, Action.REPORT):
        return _again(page, assignment, rows, "device", 403)
    if act in DETOURS:
        return _again(page, assignment, rows, DETOURS[act])
    try:
        report = read_report(page.fields, rows, act)
        if asks := _asks_first(page, assignment, report, act):
            return _again(page, assignment, rows, asks)
        _file(page, assignment, report)
    except (InvalidInput, Conflict, ValidationError) as error:
        return refused(page, assignment, "report", error, rows)
    return RedirectResponse(page.go(f"/assignments/{assignment}", DONE.get(act, "saved")), 303)


def _again(
    page: Page, assignment: str, rows: list[dict[str, str]], asks: str, status: int = 200
) -> Response:
    typed = Typed(which="report", fields=page.fields, asks=asks, rows=rows)
    return shown(page, assignment, typed, status)


def _asks_first(page: Page, assignment: str, report: Report, act: str) -> str:
    """What a report's writer is asked once before it is filed; "": nothing."""
    if act not in ("save", "withdraw", "submit"):
        return ""
    with page.reading() as connection:
        row = visible_row(connection, assignment, page.here)
    seen, state = page.fields.get("seen"), state_of(row)
    open_to = offering.possible(state, page.here.now, page.here.day)
    if (seen and seen != str(row.events)) or EventKind.UPDATED not in open_to:
        return ""  # it is refused, and what came meanwhile is told
    if act == "submit":
        percent = 100 if report.percent is None else report.percent
        return "unsaid" if percent < 100 and not report.result else ""
    return "withdraw" if state.review is Review.SUBMITTED else ""


def unconfirmed(page: Page, assignment: str, action: Action) -> bool:
    """Whether a link's visitor has to confirm the device first; ``Denied`` who may not at all."""
    with page.reading() as connection:
        subject = subject_of(connection, visible_row(connection, assignment, page.here))
    if page.by_link and not page.confirmed and may_once_confirmed(page, action, subject):
        return True
    access.check(page.caller, action, subject)
    return False


def _file(page: Page, assignment: str, report: Report) -> None:
    seen = page.fields.get("seen")
    versions = frozenset({seen}) if seen else None
    given = Submission(page.caller, assignment, report, versions, page.mark())
    page.here.running.updates.submit(given).result()


# --- what was typed -----------------------------------------------------------------------------


def evidence_rows(fields: Mapping[str, str]) -> list[dict[str, str]]:
    """The documents that were typed, without rows that were left empty."""
    found: dict[int, dict[str, str]] = {}
    for name, text in fields.items():
        if (match := _EVIDENCE.fullmatch(name)) and match[2] in COLUMNS:
            said = iso_day(text) if match[2] == "date" else text.strip()
            found.setdefault(int(match[1]), {})[match[2]] = said
    every = (found[index] for index in sorted(found))
    return [row for row in every if any(row.values())][: MOST_ROWS + 1]


def read_report(fields: Mapping[str, str], rows: list[dict[str, str]], act: str) -> Report:
    """A report from a form's fields; ``ValidationError`` names what is wrong with which."""
    if act == "nil-yes":
        return Report(nil_report=True)
    given: dict[str, Any] = {name: fields.get(name, "") for name in WORDS}
    given["evidence"] = [{name: text for name, text in row.items() if text} for row in rows]
    given["percent"] = _percent(fields.get("percent", ""))
    given["submit"] = act in ("submit", "submit-yes")
    given["confirm_personal_data"] = fields.get("confirm_personal_data") == "true"
    return Report.model_validate(given)


def _percent(text: str) -> int | str | None:
    text = text.strip().rstrip("%").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else text or None


def day_of(text: str, name: str) -> date:
    """A day that was typed into a field; ``InvalidInput`` names the field."""
    try:
        return date.fromisoformat(iso_day(text))
    except ValueError:
        message = "Field required" if not text.strip() else "Input should be a valid date"
        raise InvalidInput(f"{name}: {message}", fields={name: message}) from None


# --- a later date --------------------------------------------------------------------------------


@reporting.post("/assignments/{assignment}/extension", **see(Action.SEE_ASSIGNMENT))
@reporting.post(LINKED + "/assignments/{assignment}/extension", **see(Action.SEE_ASSIGNMENT))
def post_extension(assignment: str, page: Sent) -> Response:
    """Ask for a later due date, with the reason."""
    if unconfirmed(page, assignment, Action.ASK_EXTENSION):
        typed = Typed(which="later", fields=page.fields, asks="device")
        return shown(page, assignment, typed, 403)
    try:
        return page.write(lambda connection: _ask(connection, page, assignment))
    except (InvalidInput, Conflict) as error:
        return refused(page, assignment, "later", error)


def _ask(connection: Connection, page: Page, assignment: str) -> str:
    row = visible_row(connection, assignment, page.here)
    access.check(page.caller, Action.ASK_EXTENSION, subject_of(connection, row))
    fields = own_fields(page, "later")
    due = day_of(fields.get("due", ""), "due")
    by = speaks_as(page.caller, row.department)
    act = page.act(seen=fields.get("seen"), confirmed=fields.get("confirm_personal_data") == "true")
    extensions.ask(connection, row.id, due, fields.get("reason", ""), act, by)
    return page.go(f"/assignments/{row.id}", "asked")
