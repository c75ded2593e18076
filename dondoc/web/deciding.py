"""What the coordinating office decides on one assignment: a report, a later date, what is ordered.

What cannot be undone is tried first, as it would be done, and done once it was confirmed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from fastapi import APIRouter
from pydantic import ValidationError
from sqlalchemy import Row
from starlette.responses import Response

from dondoc.api.subjects import visible_row
from dondoc.web.assignments import refused
from dondoc.web.reporting import day_of
from dondoc.web.routing import Sent, see
from dondoc.web.typed import ORDERS, iso_day, own_fields
from dondoc.web.visiting import Page
from integrations.wording import marked
from plans import access, extensions, governing, reviewing
from plans.access import Action
from plans.acting import Act
from plans.errors import Conflict, InvalidInput, NotFound
from plans.governing import Document
from plans.rules import percent_of
from plans.store import Connection, actors, writing
from plans.store import extensions as store
from plans.store.assignments import row_of
from plans.store.sight import subject_of

deciding = APIRouter(include_in_schema=False)

Fields = Mapping[str, str]


def act_of(page: Page, fields: Fields) -> Act:
    """The visit as an act, on what the visitor saw."""
    confirmed = fields.get("confirm_personal_data") == "true"
    return page.act(seen=fields.get("seen"), confirmed=confirmed)


# --- reports ------------------------------------------------------------------------------------


@deciding.post("/assignments/{assignment}/review", **see(Action.REVIEW))
def post_review(assignment: str, page: Sent) -> Response:
    """Accept what was submitted, or return it with a reason."""

    def act(connection: Connection) -> str:
        row, done = review_one(connection, page, assignment)
        return page.go(f"/assignments/{row.id}", done)

    try:
        return page.write(act)
    except (InvalidInput, Conflict) as error:
        return refused(page, assignment, "review", error)


def review_one(connection: Connection, page: Page, assignment: str) -> tuple[Row[Any], str]:
    """Review one as a form says; gives its row of before, and what was done."""
    row = visible_row(connection, assignment, page.here)
    access.check(page.caller, Action.REVIEW, subject_of(connection, row))
    decision = _chosen(page.fields, get_args(reviewing.Decision))
    act = act_of(page, page.fields)
    reviewing.review(
        connection,
        row.id,
        decision,
        actor=act.officer,
        now=act.now,
        note=page.fields.get("note", ""),
        seen=act.seen,
        confirmed=act.confirmed,
    )
    return row, {"accept": "accepted", "return": "returned"}[decision]


def _chosen(fields: Fields, known: tuple[str, ...]) -> Any:
    if (said := fields.get("decision", "")) not in known:
        message = "Field required"
        raise InvalidInput(f"decision: {message}", fields={"decision": message})
    return said


# --- later dates --------------------------------------------------------------------------------


@deciding.post("/assignments/{assignment}/extension/{extension}", **see(Action.DECIDE_EXTENSION))
def post_decision(assignment: str, extension: str, page: Sent) -> Response:
    """Grant a later date, or refuse it with a reason."""

    def act(connection: Connection) -> str:
        done = decide_one(connection, page, assignment, extension)
        return page.go(f"/assignments/{assignment}", done)

    try:
        return page.write(act)
    except (InvalidInput, Conflict) as error:
        return refused(page, assignment, "decide", error)


def decide_one(connection: Connection, page: Page, assignment: str, extension: str) -> str:
    """Decide on one request as a form says; gives what was done."""
    row = visible_row(connection, assignment, page.here)
    access.check(page.caller, Action.DECIDE_EXTENSION, subject_of(connection, row))
    known = {one.id for one in store.of_assignment(connection, row.id)}
    if extension not in known:
        raise NotFound("no such request of this assignment")
    fields = own_fields(page, "decide")
    decision = _chosen(fields, get_args(extensions.Decision))
    due = fields.get("due", "") if decision == "grant" else ""
    extensions.decide(
        connection,
        extension,
        decision,
        act_of(page, fields),
        due=day_of(due, "due") if due else None,
        note=fields.get("note", ""),
    )
    return {"grant": "granted", "refuse": "refused"}[decision]


# --- orders -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Order:
    """One act of the office. ``warning``: what is said before what cannot be undone."""

    do: Callable[[Connection, str, Act, Fields], Any]
    warning: str = ""


def _grounds(fields: Fields) -> dict[str, Any]:
    return {"reason": fields.get("reason", ""), "document": document_of(fields)}


def _suspend(connection: Connection, key: str, act: Act, fields: Fields) -> None:
    governing.suspend(connection, key, act, **_grounds(fields))


def _resume(connection: Connection, key: str, act: Act, fields: Fields) -> None:
    governing.resume(connection, key, act, **_grounds(fields))


def _cancel(connection: Connection, key: str, act: Act, fields: Fields) -> None:
    governing.cancel(connection, key, act, **_grounds(fields))


def _reassign(connection: Connection, key: str, act: Act, fields: Fields) -> None:
    document = document_of(fields)
    if document is None:
        message = "Field required"
        raise InvalidInput(message, fields={"document.number": message})
    said = {"department": fields.get("department", ""), "reason": fields.get("reason", "")}
    governing.reassign(connection, key, act, document=document, **said)


def _correct(connection: Connection, key: str, act: Act, fields: Fields) -> None:
    text = fields.get("percent", "").rstrip("% ")
    try:
        percent = percent_of(int(text) if text.isdecimal() and len(text) < 9 else text)
    except InvalidInput as error:
        raise InvalidInput(str(error), fields={"percent": str(error)}) from None
    reopen, reason = fields.get("reopen") == "true", fields.get("reason", "")
    governing.correct(connection, key, act, percent=percent, reopen=reopen, reason=reason)


def _settle(connection: Connection, key: str, act: Act, fields: Fields) -> None:
    document = document_of(fields)
    basis = document.number if document else ""
    department = fields.get("department") or None
    governing.settle_lead(connection, key, act, department=department, basis=basis)


DO: Mapping[str, Order] = {
    "suspension": Order(_suspend),
    "resumption": Order(_resume),
    "cancellation": Order(
        _cancel,
        marked("A cancelled assignment cannot be taken up again; its record stays."),
    ),
    "reassignment": Order(
        _reassign,
        marked("The other body gets it with its record, and the task’s later periods too."),
    ),
    "correction": Order(
        _correct,
        marked("The figures of the plan and of the body change from now on; the record says why."),
    ),
    "lead": Order(_settle),
}
assert DO.keys() == ORDERS.keys()


@deciding.post("/assignments/{assignment}/orders/{order}", **see(Action.GOVERN))
def post_order(assignment: str, order: str, page: Sent) -> Response:
    """Suspend, resume, cancel, reassign, correct, or say who leads."""
    if (known := DO.get(order)) is None:
        raise NotFound("no such act")
    sure = not known.warning or page.fields.get("sure") == "yes"
    try:
        if sure:
            return page.write(lambda connection: _do(connection, page, assignment, order))
        rehearse(page, lambda connection: _do(connection, page, assignment, order))
    except (InvalidInput, Conflict) as error:
        return refused(page, assignment, order, error)
    return _ask(page, assignment, order)


def _do(connection: Connection, page: Page, assignment: str, order: str) -> str:
    row = visible_row(connection, assignment, page.here)
    access.check(page.caller, Action.GOVERN, subject_of(connection, row))
    fields = own_fields(page, order)
    DO[order].do(connection, row.id, act_of(page, fields), fields)
    return page.go(f"/assignments/{row.id}", order)


class _Rehearsed(Exception):
    """Ends the transaction of what was only tried."""


def rehearse(page: Page, do: Callable[[Connection], Any]) -> None:
    """Try something as it would be done, and leave nothing of it: raises what doing it would."""
    try:
        with writing(page.here.engine) as connection:
            do(connection)
            raise _Rehearsed
    except _Rehearsed:
        return


def _ask(page: Page, assignment: str, order: str) -> Response:
    with page.reading() as connection:
        row = row_of(connection, assignment)
        code = page.fields.get(f"{order}.department", "")
        names = actors.body_names(connection, [code] if code else [])
    kept = {k: v for k, v in page.fields.items() if k not in ("csrf", "once", "sure")}
    return page.show(
        "assignment_confirm.html",
        row=row,
        order=order,
        title=ORDERS[order],
        warning=DO[order].warning,
        said=own_fields(page, order),
        kept=kept,
        body=names.get(code),
        document=document_of(own_fields(page, order)),
    )


def document_of(fields: Fields) -> Document | None:
    """The document that a form names; ``InvalidInput`` says what is wrong with which field."""
    number, day = fields.get("document.number", ""), fields.get("document.date", "")
    if not number and not day:
        return None
    try:
        given: dict[str, Any] = {"number": number} | ({"date": iso_day(day)} if day else {})
        return Document.model_validate(given)
    except ValidationError as error:
        found = {f"document.{one['loc'][0]}": one["msg"] for one in error.errors()}
        raise InvalidInput("; ".join(found.values()), fields=found) from None
