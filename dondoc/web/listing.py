"""The list of assignments: by what the address says, a page at a time, or as a table to keep."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from starlette.responses import RedirectResponse, Response, StreamingResponse

from dondoc.api.moments import Day
from dondoc.api.paging import cut, place_of
from dondoc.web.routing import Seen, see
from dondoc.web.showing import STANDINGS
from dondoc.web.visiting import Page
from integrations.rendering import sentence
from integrations.wording import CLASSES, marked
from plans.access import Action
from plans.errors import InvalidInput
from plans.overview import group_titles
from plans.rules import due_soon, outside, timeliness
from plans.store import Connection, catalogue, lists, urgent
from plans.store.ledger import state_of
from plans.store.sight import sights_of
from plans.terms import LeadStatus, Review, Timeliness, Work

listing = APIRouter(include_in_schema=False)

A_PAGE, A_CHUNK, MOST = 50, 1000, 25_000
MOST_COUNTED = 1000
Code = Annotated[str, Field(max_length=80)]

WORKS = {
    Work.NOT_STARTED: marked("not started"),
    Work.IN_PROGRESS: marked("in progress"),
    Work.DONE: marked("done"),
    Work.SUSPENDED: marked("suspended"),
    Work.CANCELLED: marked("cancelled"),
}
REVIEWS = {
    Review.NONE: marked("no report submitted"),
    Review.SUBMITTED: marked("submitted, waits for review"),
    Review.RETURNED: marked("returned for correction"),
    Review.ACCEPTED: marked("accepted"),
}
LEADS = {
    LeadStatus.CONFIRMED: marked("lead confirmed"),
    LeadStatus.UNCONFIRMED: marked("lead not yet confirmed"),
    LeadStatus.UNDECIDED: marked("lead not yet decided"),
}
NO_SUCH = marked("There is no such filter")
NO_VALUE = marked("This filter does not know that value")
TOO_LONG = marked("This is too long")
NO_PLACE = marked("The list has no such place; begin at its beginning")
HIDDEN = frozenset({"work", "review", "lead_status", "due_before", "due_after", "flagged"})
"""Filters that are folded away while they hold nothing."""
SHOWN = HIDDEN | {"q", "plan", "department", "class", "owed"}


class Asked(BaseModel):
    """What the address asks for; a name that is none of these is refused, not overlooked."""

    model_config = ConfigDict(extra="forbid")

    plan: Code | None = None
    group: Code | None = None
    task: Code | None = None
    department: Code | None = None
    supporting: Code | None = None
    class_: Annotated[Timeliness | None, Field(alias="class")] = None
    work: Work | None = None
    review: Review | None = None
    lead_status: LeadStatus | None = None
    due_before: Day | None = None
    due_after: Day | None = None
    flagged: bool | None = None
    owed: bool | None = None
    q: Annotated[str | None, Field(max_length=200)] = None

    @field_validator("owed", "flagged", mode="after")
    @classmethod
    def _only_yes(cls, value: bool | None) -> bool | None:
        return value or None

    def filter(self, page: Page) -> lists.Filter:
        """The same as the store takes it, with what the visitor may see."""
        return lists.Filter(
            plan=self.plan,
            group=self.group,
            task=self.task,
            department=self.department,
            supporting=self.supporting,
            timeliness=self.class_,
            work=self.work,
            review=self.review,
            lead=self.lead_status,
            due_before=self.due_before,
            due_after=self.due_after,
            flagged=self.flagged,
            open_only=bool(self.owed),
            words=self.q,
            sights=sights_of(page.caller),
        )


@listing.get("/assignments", **see(Action.SEE_ASSIGNMENT))
def show_assignments(page: Seen) -> Response:
    """What the visitor may see of what the address asks for, by due date."""
    given = dict(page.here.request.query_params)
    if "" in given.values():  # as a form sends what was left open: the address stays short
        kept = {name: value for name, value in given.items() if value}
        return RedirectResponse("/assignments" + (f"?{urlencode(kept)}" if kept else ""), 303)
    beside = {name: given.pop(name, None) for name in ("cursor", "format", "lang", "done")}
    try:
        asked = Asked.model_validate(given)
        place = place_of(beside["cursor"], date.fromisoformat, str)
    except ValidationError as error:
        wrong = {str(one["loc"][0]): one["type"] for one in error.errors()}
        return _shown(page, given, None, errors=_in_words(page, wrong))
    except InvalidInput:
        return _shown(page, given, None, errors={"": page.words.gettext(NO_PLACE)})
    if beside["format"] == "csv":
        return _as_table(page, asked)
    return _shown(page, given, asked, (place[0], place[1]) if place else None)


def _shown(
    page: Page,
    given: Mapping[str, str],
    asked: Asked | None,
    after: tuple[date, str] | None = None,
    *,
    errors: Mapping[str, str] | None = None,
) -> Response:
    rows: list[Any] = []
    number = None
    with page.reading() as connection:
        if asked is not None:
            which = asked.filter(page)
            rows = lists.page(connection, which, page.here.day, A_PAGE + 1, after)
            number = _number(connection, page, which, len(rows) if after is None else None)
        choices = _choices(connection, given)
    found, following = cut(rows, A_PAGE, lambda row: (row.due, row.id))
    return page.show(
        "assignments_list.html",
        422 if errors else 200,
        items=[_said(row, page.here.day) for row in found],
        next=following,
        number=number,
        most=MOST_COUNTED,
        given=given,
        errors=errors or {},
        states=_pairs(page, {one: CLASSES[one] for one in Timeliness}),
        works=_pairs(page, WORKS),
        reviews=_pairs(page, REVIEWS),
        leads=_pairs(page, LEADS),
        review_words=REVIEWS,
        shown_fields=SHOWN,
        more_open=not HIDDEN.isdisjoint(given),
        address=f"/assignments?{urlencode({**given, 'format': 'csv'})}",
        **choices,
    )


def _pairs(page: Page, words: Mapping[Any, str]) -> list[tuple[str, str]]:
    return [(str(key), sentence(page.words.gettext(text))) for key, text in words.items()]


def _in_words(page: Page, wrong: Mapping[str, str]) -> dict[str, str]:
    kinds = {"extra_forbidden": NO_SUCH, "string_too_long": TOO_LONG}
    return {name: page.words.gettext(kinds.get(kind, NO_VALUE)) for name, kind in wrong.items()}


def _number(
    connection: Connection, page: Page, which: lists.Filter, seen: int | None
) -> int | None:
    """How many there are, up to one more than is counted; None where words would be searched."""
    if seen is not None and seen <= A_PAGE:
        return seen
    if which.words:
        return None
    return lists.number_of(connection, which, page.here.day, MOST_COUNTED + 1)


def _choices(connection: Connection, given: Mapping[str, str]) -> dict[str, Any]:
    """What the filters offer, and the names of what they hold."""
    plans = catalogue.plan_rows(connection)[::-1]
    leads, lead = urgent.leading(connection), given.get("department")
    unknown = lead and all(row.code != lead for row in leads)
    plan = next((row for row in plans if row.id == given.get("plan")), None)
    declared, titles = group_titles(connection, plan) if plan else ((), {})
    task = given.get("task")
    return {
        "plans": plans,
        "groups": [(key, titles[key]) for key in declared],
        "leads_of": leads,
        "unknown_lead": _name(connection, lead) if lead and unknown else None,
        "task": urgent.task(connection, task) if task else None,
        "supporter": urgent.names(connection, [given.get("supporting", "")]).get(
            given.get("supporting", "")
        ),
    }


def _name(connection: Connection, code: str) -> Any:
    """A body that leads nothing (yet, or any more) by its names; its code where it is none."""
    return urgent.names(connection, [code]).get(code, code)


def _said(row: Any, on: date) -> tuple[Any, str, bool]:
    """A row with its class (or why it is in none), and whether it is due soon."""
    state = state_of(row)
    return row, str(timeliness(state, on) or outside(state)), due_soon(state, on)


# --- as a table to keep -------------------------------------------------------------------------

COLUMNS = (
    marked("Ref"),
    marked("Plan"),
    marked("Clause"),
    marked("Task"),
    marked("Lead"),
    marked("Period"),
    marked("Due"),
    marked("Original due date"),
    marked("State"),
    marked("Percent"),
    marked("Submitted on"),
    marked("Done on"),
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _as_table(page: Page, asked: Asked) -> Response:
    """The list as CSV, which a spreadsheet opens; at most ``MOST`` rows, sent as they are read."""
    name = f"assignments-{page.here.day.isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(
        _lines(page, asked.filter(page)), media_type="text/csv; charset=utf-8", headers=headers
    )


def _lines(page: Page, which: lists.Filter) -> Iterator[str]:
    # Spreadsheets take a file for UTF-8 by its first sign.
    yield "\ufeff" + _line([page.words.gettext(text) for text in COLUMNS])
    after, sent = None, 0
    while sent < MOST:
        with page.reading() as connection:
            chunk = lists.page(connection, which, page.here.day, A_CHUNK, after)
        yield "".join(_line(_cells(page, row)) for row in chunk[: MOST - sent])
        sent += len(chunk)
        if len(chunk) < A_CHUNK:
            return
        after = (chunk[-1].due, chunk[-1].id)


def _line(cells: list[Any]) -> str:
    found = io.StringIO()
    csv.writer(found).writerow([_safe(cell) for cell in cells])
    return found.getvalue()


def _safe(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def _cells(page: Page, row: Any) -> list[Any]:
    _, standing, _ = _said(row, page.here.day)
    pick = page.words.pick
    return [
        row.ref,
        row.plan_number or row.plan_title_vi,
        row.clause,
        pick(row.title_vi, row.title_en),
        pick(row.department_vi, row.department_en),
        row.period or "",
        row.due.isoformat(),
        row.original_due.isoformat(),
        page.words.gettext(STANDINGS[standing]),
        row.percent,
        row.submitted_on.isoformat() if row.submitted_on else "",
        row.done_on.isoformat() if row.done_on else "",
    ]
