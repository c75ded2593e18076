"""Gathering: agencies' feeds, trouble first; what one sent that could not be taken, and a retry."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Query
from starlette.responses import Response

from dondoc.api.paging import cut, place_of
from dondoc.web.gathering_words import ICONS, STANDS, WAYS, GatheringWords
from dondoc.web.routing import Seen, Sent, see
from dondoc.web.visiting import Page
from plans import access
from plans.access import WHOLE_OFFICE, Action
from plans.errors import NotFound
from plans.gathering import MOST_CHARS, retry_quarantine
from plans.store import Connection, catalogue, feed_watch, registers

gathering = APIRouter(include_in_schema=False)

AT_ONCE = 50
ITEMS_AT_ONCE = 25
FEW = 50
LOOKS = 12
MOST_RAW = 20_000
Short = Annotated[str, Query(max_length=80)]
Cursor = Annotated[str | None, Query(max_length=1000)]
NAMES = {rank: name for name, rank in feed_watch.RANKS.items()}


# --- all of them --------------------------------------------------------------------------------


@gathering.get("/gathering", **see(Action.SEE_CONTACTS))
def show_feeds(page: Seen, stand: Short = "", by: Short = "", cursor: Cursor = None) -> Response:
    """Every agency's feed, the troubled first; ``by``: bodies without one, by how they answer."""
    if by:
        return _without(page, by, cursor)
    if stand and stand not in STANDS:
        raise NotFound(f"no feeds stand '{stand}'; there are {', '.join(STANDS)}")
    after = place_of(cursor, int, str)
    with page.reading() as connection:
        rows = feed_watch.page(connection, page.here.day, stand or None, AT_ONCE + 1, after)
        part, following = cut(rows, AT_ONCE, lambda row: (row.rank, row.department))
        asked = registers.rows_of(connection)
        return page.show(
            "gathering.html",
            registers=asked,
            troubled=sum(bool(one.silence or one.problems) for one in asked),
            told=GatheringWords(page.words),
            rows=part,
            taken=feed_watch.taken(connection, [row.department for row in part]),
            next=following,
            numbers=feed_watch.numbers(connection, page.here.day),
            ways=feed_watch.ways(connection, page.here.now, page.here.day),
            stand=stand,
            names=NAMES,
            stands=STANDS,
            icons=ICONS,
            said=WAYS,
            address=lambda url: address_of(page, url),
        )


def _without(page: Page, by: str, cursor: str | None) -> Response:
    if by not in WAYS:
        raise NotFound(f"nobody answers by '{by}'; there are {', '.join(WAYS)}")
    after = place_of(cursor, str)
    here = page.here
    with page.reading() as connection:
        rows = feed_watch.without_feed(
            connection, by, here.now, here.day, FEW + 1, after[0] if after else None
        )
        part, following = cut(rows, FEW, lambda row: (row.code,))
        return page.show(
            "gathering_without.html",
            rows=part,
            next=following,
            reported=feed_watch.last_submitted(connection, [row.code for row in part]),
            ways=feed_watch.ways(connection, here.now, here.day),
            by=by,
            said=WAYS,
        )


def address_of(page: Page, url: str) -> str:
    """A feed's address; what may be a secret in it (user, query) is for administrators."""
    if page.may(Action.MANAGE_TOKENS):
        return url
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


# --- one of them --------------------------------------------------------------------------------


@gathering.get("/gathering/{code}", **see(Action.SEE_CONTACTS))
def show_feed(page: Seen, code: str, cursor: Cursor = None) -> Response:
    """One agency's feed: its last looks, and its items in quarantine with the reasons."""
    before = place_of(cursor, int)
    with page.reading() as connection:
        row = feed_watch.one(connection, code, page.here.day)
        if row is None:
            body = catalogue.department_row(connection, code)
            return page.show("gathering_none.html", body=body)
        rows = feed_watch.quarantined(
            connection, code, ITEMS_AT_ONCE + 1, before[0] if before else None
        )
        part, following = cut(rows, ITEMS_AT_ONCE, lambda one: (one.id,))
        # What agencies report names tasks of any plan: it is for who may see all of them.
        whole = page.may(Action.SEE_ASSIGNMENT, WHOLE_OFFICE)
        return page.show(
            "gathering_one.html",
            told=GatheringWords(page.words),
            row=row,
            stand=NAMES[row.rank],
            icons=ICONS,
            address=address_of(page, row.url),
            taken=feed_watch.taken(connection, [code])[code],
            looks=feed_watch.looks(connection, code, LOOKS),
            items=[(one, pretty(one.body) if whole else None) for one in part],
            next=following,
            may_act=page.may(Action.GOVERN, WHOLE_OFFICE),
            most=MOST_CHARS,
            retried=_retried(page),
        )


def pretty(body: Any) -> str:
    """A raw item for reading; an overlong one is cut, which it says with an ellipsis."""
    text = json.dumps(body, ensure_ascii=False, indent=2, sort_keys=False)
    return text if len(text) <= MOST_RAW else f"{text[:MOST_RAW]}\n…"


@gathering.post("/gathering/{code}", **see(Action.GOVERN))
def retry(page: Sent, code: str) -> Response:
    """Try one item in quarantine again (``item``), or all of the agency's."""
    access.check(page.caller, Action.GOVERN, WHOLE_OFFICE)
    item = page.fields.get("item", "")
    if item and not (item.isdecimal() and len(item) <= 15):
        raise NotFound(f"no item '{item}'")

    def act(connection: Connection) -> str:
        here = page.here
        if feed_watch.one(connection, code, page.here.day) is None:
            raise NotFound(f"{code} has no feed")
        done = retry_quarantine(
            connection,
            code,
            here.now,
            here.zone,
            actor=page.caller.actor,
            only=int(item) if item else None,
        )
        figures = f"updates={done.updates}&left={done.quarantined}&replaced={done.repeated}"
        return page.go(f"/gathering/{code}?{figures}", "retried")

    return page.write(act)


def _retried(page: Page) -> dict[str, int] | None:
    """What a retry came to, as its redirect says in the address."""
    given = page.here.request.query_params
    if page.done != "retried":
        return None
    said = {name: given.get(name, "") for name in ("updates", "left", "replaced")}
    return {
        name: int(text) if text.isdecimal() and len(text) < 8 else 0 for name, text in said.items()
    }
