"""What a message's link shows: its recipient's open assignments, and one of them. To read only."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from dondoc.api.context import Context
from dondoc.api.models import described
from dondoc.api.paging import cut, place_of
from dondoc.api.routing import Visit, public
from dondoc.web.showing import show
from integrations.phrases import Phrases
from integrations.wording import CLASSES, wording
from plans import access
from plans.access import Action, Caller
from plans.errors import Hidden, InvalidInput, NotFound, Unauthenticated
from plans.identity import links
from plans.store import Connection, audit, catalogue, lists, writing
from plans.store import assignments as store
from plans.store.events import returned_because
from plans.store.sight import sights_of, subject_of
from plans.terms import Outside

linked = APIRouter(include_in_schema=False)

A_PAGE, MOST_KEY = 100, 300
_OUTSIDE = {
    Outside.SUSPENDED: ("tạm dừng", "suspended"),
    Outside.CANCELLED: ("đã huỷ", "cancelled"),
    Outside.UNDECIDED: ("chưa xác định cơ quan chủ trì", "no lead yet"),
}


@linked.get("/l/{token}", **public())
def show_open(
    token: str, here: Visit, cursor: Annotated[str | None, Query(max_length=1000)] = None
) -> Response:
    """What the recipient of a message still has to report, the most urgent first."""
    with here.reading() as connection:
        try:
            caller = _caller(connection, token, here)
            after = place_of(cursor, date.fromisoformat, str)
        except Unauthenticated:
            return _unknown_link()
        except InvalidInput:
            return show("link_gone.html", 422, what="list")
        which = lists.Filter(department=caller.name, open_only=True, sights=sights_of(caller))
        place = (after[0], after[1]) if after else None
        rows = lists.page(connection, which, here.day, A_PAGE + 1, place)
        name = catalogue.department_rows(connection, [caller.name])[caller.name]
    found, following = cut(rows, A_PAGE, lambda row: (row.due, row.id))
    items = [_said(row, here.day) for row in found]
    facts: dict[str, Any] = {"token": token, "department": name, "items": items}
    return show("link_list.html", next=following, first=cursor is None, **facts)


@linked.get("/l/{token}/assignments/{assignment}", **public())
def show_asked(token: str, assignment: str, here: Visit) -> Response:
    """What is asked in one assignment, and why its last report came back."""
    with here.reading() as connection:
        try:
            caller = _caller(connection, token, here)
        except Unauthenticated:
            return _unknown_link()
        try:
            row = _visible(connection, assignment, caller)
        except Hidden:
            row = None
        except NotFound:
            return _no_such(token)
        reason = returned_because(connection, [row.id]).get(row.id) if row else None
    if row is None:
        _note_denied(here, caller, assignment)
        return _no_such(token)
    return show("link_one.html", token=token, one=_said(row, here.day), reason=reason)


def _caller(connection: Connection, token: str, here: Context) -> Caller:
    """Who holds the link; a browser's confirmed device gives nothing to pages that only show.

    Only wrong links are counted against an address: an office may sit behind one.
    """
    try:
        return links.caller_of_link(connection, here.settings.secret, token, None, here.now)
    except Unauthenticated:
        here.running.limiter.guard(here.request)
        raise


def _visible(connection: Connection, key: str, caller: Caller) -> Any:
    if len(key) > MOST_KEY:
        raise NotFound("no such assignment")
    try:
        row = store.row_of(connection, key)
    except InvalidInput:  # a ref of several: messages name ids
        raise NotFound("no such assignment") from None
    access.check(caller, Action.SEE_ASSIGNMENT, subject_of(connection, row))
    return row


def _note_denied(here: Context, caller: Caller, assignment: str) -> None:
    """As every denied act; without the token, which is in this request's path."""
    act = "GET /l/{token}/assignments/{assignment}"
    with writing(here.engine) as connection:
        audit.note(
            connection,
            here.now,
            caller.actor,
            act,
            subject=assignment,
            outcome=audit.DENIED,
            detail={"code": Hidden.code},
            request_id=here.request_id,
        )


def _said(row: Any, on: date) -> dict[str, Any]:
    """An assignment as the API describes it, with its class and period in words."""
    found = described(row, on)
    if found["outside"]:
        vi, en = _OUTSIDE[found["outside"]]
    else:
        vi, en = (wording(one).gettext(CLASSES[found["class"]]) for one in ("vi", "en"))
    period = found["period"] and Phrases(wording("vi")).period(found["period"])
    return found | {"standing": vi, "standing_en": en, "period": period}


def _unknown_link() -> Response:
    return show("link_gone.html", 401, what="link")


def _no_such(token: str) -> Response:
    return show("link_gone.html", 404, what="assignment", token=token)
