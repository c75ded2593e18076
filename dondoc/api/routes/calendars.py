"""Calendars to subscribe to: made, listed and ended by the API, fetched by calendar programs."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import PlainTextResponse, Response

from dondoc.api.caching import FRESH
from dondoc.api.context import Context
from dondoc.api.paging import Page, cut, place_of
from dondoc.api.routing import Answer, Here, Visit, allow, public
from integrations import calendar_feed
from plans import calendar_entries
from plans import calendar_feeds as calendars
from plans.access import Action
from plans.calendar_feeds import Ended, Kind, NewCalendar
from plans.errors import NotFound
from plans.store import Connection, writing

api = APIRouter(tags=["calendars"])
feed = APIRouter(tags=["calendars"])

Code = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]
MOST_TOKEN = 200


class CalendarIn(BaseModel):
    """A calendar to be made: of a department (what it leads) or of a plan (all of it).

    `todo` gives tasks, which Thunderbird shows; `event` gives whole days, which all programs show.
    """

    model_config = ConfigDict(extra="forbid")

    department: Code | None = None
    plan: Code | None = None
    kind: Kind = "event"
    name: Annotated[str, Field(max_length=calendars.LONGEST_NAME)] = ""
    language: Literal["vi", "en"] = "vi"


class CalendarOut(BaseModel):
    """A calendar. Whoever has its `url` reads it, without saying who they are.

    `working` is false once whoever made it may not see its contents any more.
    """

    id: str
    name: str
    department: str | None
    plan: str | None
    kind: Kind
    language: str
    created_at: datetime
    created_by: str
    last_used_at: datetime | None
    working: bool
    url: str


def _shown(here: Context, connection: Connection, row: Any) -> CalendarOut:
    facts = {name: getattr(row, name) for name in CalendarOut.model_fields if name in row._mapping}
    settings = here.settings
    return CalendarOut(
        **facts,
        working=calendars.is_alive(connection, row, here.now),
        url=calendars.address_of(settings.secret, settings.base_url, row.id),
    )


@api.get("/calendars", **allow(Action.SUBSCRIBE))
def list_calendars(
    here: Here,
    department: Annotated[str | None, Query(max_length=80)] = None,
    plan: Annotated[str | None, Query(max_length=80)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> Page[CalendarOut]:
    """The calendars that you may manage, the newest first, with their addresses."""
    place = place_of(cursor, datetime.fromisoformat, str)
    after = (place[0], place[1]) if place else None
    with here.reading() as connection:
        rows = calendars.managed(
            connection, here.caller, limit + 1, after=after, department=department, plan=plan
        )
        found, following = cut(rows, limit, lambda row: (row.created_at.isoformat(), row.id))
        items = [_shown(here, connection, row) for row in found]
    return Page(items=items, next=following)


@api.post(
    "/calendars",
    status_code=201,
    response_model=CalendarOut,
    **allow(Action.SUBSCRIBE, writes=True),
)
def create_calendar(given: CalendarIn, here: Here) -> Response:
    """Make a calendar that shows what you may see; it ends when you may not see it any more."""

    def act(connection: Connection) -> Answer:
        row = calendars.create(
            connection,
            here.caller,
            NewCalendar(**given.model_dump()),
            now=here.now,
            request_id=here.request_id,
        )
        return Answer(_shown(here, connection, row), status=201)

    return here.write(act, secret=True)


@api.delete(
    "/calendars/{calendar}",
    status_code=204,
    **allow(Action.SUBSCRIBE, missing=True, writes=True),
)
def revoke_calendar(calendar: str, here: Here) -> Response:
    """End a calendar: its address never works again."""

    def act(connection: Connection) -> Answer:
        calendars.revoke(
            connection, here.caller, calendar, now=here.now, request_id=here.request_id
        )
        return Answer(None, status=204)

    return here.write(act)


# --- what calendar programs fetch ----------------------------------------------------------------


_PLAIN = {"schema": {"type": "string"}}
_RULE = public()
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The calendar", "content": {"text/calendar": _PLAIN}},
    304: {"description": "You have the same already"},
    404: {"description": "Not one of our addresses", "content": {"text/plain": _PLAIN}},
    410: {"description": "It was revoked, or has ended", "content": {"text/plain": _PLAIN}},
}
_REASONS = {
    404: "Địa chỉ lịch này không đúng. Đề nghị sao chép lại toàn bộ địa chỉ.",
    410: "Lịch này đã bị thu hồi hoặc đã hết hiệu lực. Đề nghị đăng ký lịch mới.",
}
"""For people who open the address in a browser; the English that follows says more exactly why."""


@feed.get(
    "/calendars/{token}.ics",
    response_class=Response,
    **_RULE | {"responses": _RULE["responses"] | _ANSWERS},
)
def fetch_calendar(token: str, here: Visit) -> Response:
    """A calendar as iCalendar (RFC 5545), by its signed address alone."""
    try:
        row, contents = _found(here, token)
    except (NotFound, Ended) as error:
        # Only wrong addresses are counted against where they come from: offices sit behind one.
        here.running.limiter.guard(here.request)
        said = f"{_REASONS[error.status]}\n{str(error)[:1].upper()}{str(error)[1:]}.\n"
        return PlainTextResponse(said, error.status)
    headers = {
        "ETag": f'"{calendar_feed.tag(row, contents, here.settings.base_url)}"',
        "Last-Modified": format_datetime(contents.modified.astimezone(UTC), usegmt=True),
        "Cache-Control": FRESH,
        "Content-Disposition": f'inline; filename="dondoc-{row.id}.ics"',
    }
    if _is_known(here.request, headers["ETag"], contents.modified):
        return Response(status_code=304, headers=headers)
    text = _rendered(row, contents, here.settings.base_url, here.zone)
    return Response(text, 200, headers, calendar_feed.MEDIA_TYPE)


_rendered = lru_cache(8)(calendar_feed.render)
"""Many who subscribe to one large calendar come at once in the morning; writing it takes long."""


def _found(here: Context, token: str) -> tuple[Any, calendar_entries.Contents]:
    secret = here.settings.secret
    if len(token) > MOST_TOKEN:
        raise NotFound("this calendar's address is not one of ours; copy it whole")
    with here.reading() as connection:
        row = calendars.found_by(connection, secret, token, here.now)
        here.running.limiter.count(f"calendar:{row.id}")
        contents = calendar_entries.contents(connection, row, here.now, here.zone)
    if calendars.needs_note(row, here.now):
        with writing(here.engine) as connection:
            calendars.note_use(connection, row.id, here.now)
    return row, contents


def _is_known(request: Request, tag: str, modified: datetime) -> bool:
    """Whether the client has it; what it says of a tag goes before what it says of a time."""
    said = request.headers.get("if-none-match")
    if said is not None:
        return bool({one.strip().removeprefix("W/") for one in said.split(",")} & {tag, "*"})
    since = request.headers.get("if-modified-since")
    try:
        return since is not None and modified.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):  # no date, or one without its zone
        return False
