"""Bodies whose messages are withheld: until when, and why."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from dondoc.web.admin.common import TRIED, asked, body_of, day_of, refused, status_of, who_of
from dondoc.web.routing import Seen, Sent, see
from dondoc.web.visiting import Page
from plans import holding
from plans.access import Action
from plans.errors import PersonalData
from plans.store import Connection

holds = APIRouter(include_in_schema=False)

PAST = 100


@holds.get("/admin/holds", **see(Action.MANAGE_USERS))
def show_holds(page: Seen) -> Response:
    """Whose messages are withheld now, and whose were; a body's page may have begun the form."""
    return _holds(page, typed={"department": asked(page, "department")})


def _holds(page: Page, status: int = 200, **facts: Any) -> Response:
    with page.reading() as connection:
        found = holding.listing(connection)
        present = [one for one in found if one.is_in_force(page.here.day)]
        past = [one for one in found if one not in present][:PAST]
        named = [name for one in (*present, *past) for name in (one.actor, one.lifted_by)]
        who = who_of(connection, page, named)
    given: dict[str, Any] = {"errors": {}, "typed": {}, "personal": False} | facts
    return page.show("admin/holds.html", status, present=present, past=past, who=who, **given)


@holds.post("/admin/holds", **see(Action.MANAGE_USERS))
def hold(page: Sent) -> Response:
    """Withhold a body's messages."""
    said = page.fields

    def act(connection: Connection) -> str:
        code = body_of(connection, said.get("department", ""))
        holding.hold(
            connection,
            code,
            reason=said.get("reason", ""),
            until=_until(said.get("until", "").strip()),
            actor=page.caller.actor,
            now=page.here.now,
            confirmed=said.get("confirmed") == "1",
        )
        return page.go("/admin/holds", "held")

    try:
        return page.write(act)
    except TRIED as error:
        personal = isinstance(error, PersonalData)
        shown = {"errors": refused(page, error), "typed": dict(said), "personal": personal}
        return _holds(page, status_of(error), **shown)


def _until(text: str) -> date | None:
    return day_of("until", text) if text else None


@holds.post("/admin/holds/{department}/lifting", **see(Action.MANAGE_USERS))
def lift(page: Sent, department: str) -> Response:
    """Send a body its messages again."""

    def act(connection: Connection) -> str:
        holding.lift(connection, department, actor=page.caller.actor, now=page.here.now)
        return page.go("/admin/holds", "lifted")

    try:
        return page.write(act)
    except TRIED as error:
        return _holds(page, status_of(error), errors=refused(page, error))
