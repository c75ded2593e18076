"""Calendars to subscribe to: made, shown with their addresses, ended; of a body or of a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from dondoc.web.admin.common import who_of
from dondoc.web.explaining import explain
from dondoc.web.routing import Seen, Sent, see
from dondoc.web.visiting import Page
from plans import calendar_feeds as feeds
from plans.access import Action
from plans.calendar_feeds import NewCalendar
from plans.errors import Conflict, InvalidInput
from plans.store import Connection, catalogue

calendars = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose calendars a page shows: a department's or a plan's."""

    department: str | None = None
    plan: str | None = None

    def path(self, page: Page) -> str:
        """The page's own path; of a message's link there is one department alone."""
        if page.by_link:
            return "/calendars"
        area, key = ("departments", self.department) if self.department else ("plans", self.plan)
        return f"/{area}/{quote(str(key), safe='')}/calendars"


def _show(page: Page, whose: Whose, status: int = 200, **facts: Any) -> Response:
    with page.reading() as connection:
        if whose.department is not None:
            subject = catalogue.department_row(connection, whose.department)
        else:
            subject = catalogue.plan_row(connection, str(whose.plan))
        rows = feeds.managed(
            connection, page.caller, feeds.MOST, department=whose.department, plan=whose.plan
        )
        alive = feeds.alive(connection, rows, page.here.now)
        # A message may be passed on; to whoever holds it, nobody is named.
        makers = [] if page.by_link else [row.created_by for row in rows]
        who = who_of(connection, page, makers) if makers else None
    given = {"errors": {}, "typed": {"kind": "event"}} | facts
    return page.show(
        "calendars.html",
        status,
        whose=whose,
        subject=subject,
        rows=rows,
        alive=alive,
        who=who,
        path=whose.path(page),
        may_make=page.may(Action.SUBSCRIBE, feeds.subject_of(whose)),
        address=lambda row: _address(page, row),
        longest=feeds.LONGEST_NAME,
        **given,
    )


def _address(page: Page, row: Any) -> str:
    settings = page.here.settings
    return feeds.address_of(settings.secret, settings.base_url, row.id)


def _make(page: Page, whose: Whose) -> Response:
    said = page.fields
    kind, name = said.get("kind", ""), said.get("name", "")
    new = NewCalendar(whose.department, whose.plan, kind, name, page.language)

    def act(connection: Connection) -> str:
        here = page.here
        feeds.create(connection, page.caller, new, now=here.now, request_id=here.request_id)
        return page.go(whose.path(page), "made")

    try:
        return page.write(act)
    except (InvalidInput, Conflict) as error:
        errors = explain(page.words, error)
        return _show(page, whose, error.status, errors=errors, typed={**said})


def _end(page: Page, key: str) -> Response:
    def act(connection: Connection) -> str:
        here = page.here
        row = feeds.revoke(connection, page.caller, key, now=here.now, request_id=here.request_id)
        return page.go(Whose(row.department, row.plan).path(page), "revoked")

    return page.write(act)


@calendars.get("/departments/{code}/calendars", **see(Action.SUBSCRIBE))
def show_of_department(page: Seen, code: str) -> Response:
    """A body's calendars, how one subscribes to them, and the form for a new one."""
    return _show(page, Whose(department=code))


@calendars.post("/departments/{code}/calendars", **see(Action.SUBSCRIBE))
def make_of_department(page: Sent, code: str) -> Response:
    """Make a calendar of what a body leads."""
    return _make(page, Whose(department=code))


@calendars.get("/plans/{plan}/calendars", **see(Action.SUBSCRIBE))
def show_of_plan(page: Seen, plan: str) -> Response:
    """A plan's calendars."""
    return _show(page, Whose(plan=plan))


@calendars.post("/plans/{plan}/calendars", **see(Action.SUBSCRIBE))
def make_of_plan(page: Sent, plan: str) -> Response:
    """Make a calendar of a whole plan."""
    return _make(page, Whose(plan=plan))


@calendars.post("/calendars/{calendar}/revocation", **see(Action.SUBSCRIBE))
def end_calendar(page: Sent, calendar: str) -> Response:
    """End a calendar; its address never works again."""
    return _end(page, calendar)


# --- the same by a message's link, from a confirmed device alone ----------------------------------


@calendars.get("/l/{token}/calendars", **see(Action.SEE_ASSIGNMENT))
def show_of_link(page: Seen) -> Response:
    """The recipient's calendars: they last longer than the link, so a code is asked for first."""
    if not page.confirmed:
        return RedirectResponse(page.go(f"/confirm?next={quote(page.go('/calendars'))}"), 303)
    return _show(page, Whose(department=page.caller.name))


@calendars.post("/l/{token}/calendars", **see(Action.SUBSCRIBE))
def make_of_link(page: Sent) -> Response:
    """Make a calendar of what the recipient leads."""
    return _make(page, Whose(department=page.caller.name))


@calendars.post("/l/{token}/calendars/{calendar}/revocation", **see(Action.SUBSCRIBE))
def end_of_link(page: Sent, calendar: str) -> Response:
    """End a calendar of the recipient's."""
    return _end(page, calendar)
