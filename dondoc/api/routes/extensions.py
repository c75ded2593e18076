"""Later dates: asked for by the lead, decided by the coordinator; every date stays visible."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import Row
from starlette.responses import Response

from dondoc.api.acts import Reason, Reasoned, act_of
from dondoc.api.context import Answer, respond
from dondoc.api.models import Titles
from dondoc.api.paging import Page, PageQuery, cut, place_of
from dondoc.api.routing import Here, allow
from dondoc.api.subjects import visible_row
from plans import access
from plans import extensions as use
from plans.access import Action
from plans.acting import speaks_as
from plans.errors import NotFound
from plans.history import dates_of
from plans.reporting import Day
from plans.store import Connection
from plans.store import extensions as store
from plans.store.assignments import row_of
from plans.store.ledger import get_texts
from plans.store.sight import subject_of, visible_to
from plans.terms import EventKind, ExtensionState, Work

api = APIRouter(tags=["extensions"])

Code = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]
_ID = re.compile(r"[0-9a-f]{16}")


class ExtensionIn(Reasoned):
    """To which day, and why."""

    due: Day
    reason: Reason


class ExtensionDecision(Reasoned):
    """``due``: another day than was asked for; a refusal needs its reason in ``note``."""

    decision: use.Decision
    due: Day | None = None
    note: Reason = ""


class ExtensionOut(BaseModel):
    """A request for a later date.

    ``due``: the date when it was asked for; ``reason`` and ``note``: null also where removed.
    """

    id: str
    assignment: str
    ref: str
    plan: str
    task: str
    title: Titles
    department: str | None
    state: ExtensionState
    due: date
    requested_due: date
    requested_by: str
    requested_at: datetime
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None
    granted_due: date | None
    note: str | None
    present_due: date
    original_due: date
    extended: int = Field(description="How often the date was extended until now.")
    work: Work


class DateOut(BaseModel):
    """A due date that the assignment got, by what and by whom; the first is the original one."""

    due: date
    kind: EventKind
    actor: str
    at: datetime
    basis: str | None
    extension: str | None


class AssignmentExtensionsOut(BaseModel):
    """All requests of one assignment, and every date that it ever had."""

    original_due: date
    due: date
    extended: int
    dates: list[DateOut]
    items: list[ExtensionOut]
    next: None = None


class ExtensionQuery(PageQuery):
    """Which requests. ``department``: the lead."""

    state: ExtensionState | None = None
    plan: Code | None = None
    department: Code | None = None


@api.get("/extensions", response_model=Page[ExtensionOut], **allow(Action.SEE_ASSIGNMENT))
def list_extensions(query: Annotated[ExtensionQuery, Query()], here: Here) -> Response:
    """Requests on assignments that you may see, in the order in which they were made."""
    after = place_of(query.cursor, datetime.fromisoformat, str)
    wanted = store.Wanted(query.state, query.plan, query.department, visible_to(here.caller))
    with here.reading() as connection:
        place = (after[0], after[1]) if after else None
        rows = store.listing(connection, wanted, after=place, limit=query.limit + 1)
        page, following = cut(rows, query.limit, lambda row: (row.requested_at, row.id))
        items = _shown(connection, page)
    return respond(Answer(Page[ExtensionOut](items=items, next=following)))


@api.get(
    "/extensions/{extension}",
    response_model=ExtensionOut,
    **allow(Action.SEE_ASSIGNMENT, missing=True),
)
def show_extension(extension: str, here: Here) -> Response:
    """One request."""
    with here.reading() as connection:
        row = _known(connection, extension)
        _check(connection, row, Action.SEE_ASSIGNMENT, here)
        return respond(Answer(_shown(connection, [row])[0]))


@api.get(
    "/assignments/{assignment}/extensions",
    response_model=AssignmentExtensionsOut,
    **allow(Action.SEE_ASSIGNMENT, missing=True),
)
def show_extensions(assignment: str, here: Here) -> Response:
    """An assignment's requests, its original date, and every later one: by whom and how often."""
    with here.reading() as connection:
        row = visible_row(connection, assignment, here)
        body = AssignmentExtensionsOut(
            original_due=row.original_due,
            due=row.due,
            extended=row.extended,
            dates=[
                DateOut(
                    due=one.due,
                    kind=one.kind,
                    actor=one.actor,
                    at=one.at,
                    basis=one.basis,
                    extension=one.extension,
                )
                for one in dates_of(connection, row.id)
            ],
            items=_shown(connection, store.of_assignment(connection, row.id)),
        )
    return respond(Answer(body))


@api.post(
    "/assignments/{assignment}/extensions",
    status_code=201,
    response_model=ExtensionOut,
    **allow(Action.ASK_EXTENSION, missing=True, writes=True),
)
def ask_extension(assignment: str, given: ExtensionIn, here: Here) -> Response:
    """Ask for a later date before the present one passes; one request waits at a time."""

    def write(connection: Connection) -> Answer:
        row = visible_row(connection, assignment, here)
        access.check(here.caller, Action.ASK_EXTENSION, subject_of(connection, row))
        by = speaks_as(here.caller, row.department)
        key = use.ask(connection, row.id, given.due, given.reason, act_of(here, given), by)
        return _answer(connection, key, 201)

    return here.write(write)


@api.post(
    "/extensions/{extension}/decision",
    response_model=ExtensionOut,
    **allow(Action.DECIDE_EXTENSION, missing=True, writes=True),
)
def decide_extension(extension: str, given: ExtensionDecision, here: Here) -> Response:
    """Grant a request, for another day too, or refuse it with a reason; never one's own.

    ``If-Match`` is the assignment's version.
    """

    def write(connection: Connection) -> Answer:
        row = _known(connection, extension)
        _check(connection, row, Action.DECIDE_EXTENSION, here)
        said: dict[str, Any] = {"due": given.due, "note": given.note}
        use.decide(connection, row.id, given.decision, act_of(here, given), **said)
        return _answer(connection, row.id, 200)

    return here.write(write)


def _known(connection: Connection, extension: str) -> Row[Any]:
    if not _ID.fullmatch(extension):
        raise NotFound("no such extension")
    return store.row_of(connection, extension)


def _check(connection: Connection, row: Row[Any], action: Action, here: Here) -> None:
    assignment = row_of(connection, row.assignment)
    access.check(here.caller, action, subject_of(connection, assignment))


def _answer(connection: Connection, key: str, status: int) -> Answer:
    row = store.row_of(connection, key)
    return Answer(_shown(connection, [row])[0], status, etag=row.version)


def _shown(connection: Connection, rows: Sequence[Row[Any]]) -> list[ExtensionOut]:
    named = [key for row in rows for key in (row.reason, row.note) if key]
    words = get_texts(connection, named)
    return [
        ExtensionOut.model_validate(
            {
                **row._mapping,
                "title": {"vi": row.title_vi, "en": row.title_en},
                "reason": words.get(row.reason, {}).get("reason"),
                "note": words.get(row.note or "", {}).get("note"),
            }
        )
        for row in rows
    ]
