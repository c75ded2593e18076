"""Taking what an agency's feed holds into the record: each item once, no good one lost to a bad.

Pages are taken in the caller's one transaction, each with the cursor that follows it; so after any
crash a feed goes on from what is in the record. Nothing here touches the network.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from sqlalchemy import Row

from plans.errors import DondocError, InvalidInput, NotFound
from plans.feed_items import FeedItem, pruned, say_what_is_wrong
from plans.filing import Desk, Filed, open_desk, submission_day, write_desks
from plans.naming import Names, read_all_names
from plans.store import Connection, audit, feeds
from plans.store.ledger import canonical

AHEAD: Final = timedelta(minutes=5)
"""How far an agency's clock may run ahead of ours."""
MOST_CHARS: Final = 200_000
"""The longest item, as JSON; of a longer one only the beginning is kept."""
KEPT_CHARS: Final = 2_000
CHARS_OF_ONE: Final = 10_000
MOST_REASON: Final = 500
APPLIED, QUARANTINED, REPLACED = "applied", "quarantined", "replaced"
_SENT_AGAIN = "the agency sent it again, and that version was applied"


@dataclass(frozen=True, slots=True)
class Taken:
    """How many items became updates, had come before, or are in quarantine."""

    updates: int = 0
    repeated: int = 0
    quarantined: int = 0

    def __add__(self, other: Taken) -> Taken:
        return Taken(
            self.updates + other.updates,
            self.repeated + other.repeated,
            self.quarantined + other.quarantined,
        )


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a department's feed, and the cursor after it.

    ``room``: how much more quarantine bears of this department (None: whatever comes), in items
    or started 10,000 characters of one.
    """

    department: str
    items: Sequence[Any]
    cursor: str | None
    room: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a page; ``left``: how many bad items found no room in quarantine.

    ``room``: how much of it is still there. Where items were left the cursor was not moved.
    """

    taken: Taken
    left: int = 0
    room: int | None = None


def take_page(
    connection: Connection,
    department: str,
    items: Sequence[Any],
    cursor: str | None,
    now: datetime,
    zone: ZoneInfo,
) -> Taken:
    """Take one page of a department's feed, and move its cursor on."""
    [kept] = take_pages(connection, [Page(department, items, cursor)], now, zone)
    return kept.taken


def take_pages(
    connection: Connection, pages: Sequence[Page], now: datetime, zone: ZoneInfo
) -> list[Kept]:
    """Take pages of several departments' feeds, one of each, and move their cursors on.

    The same id with the same content is one update, with other content a further one. What
    cannot become an update is kept in quarantine with the reason; where that has no room, the
    good items are taken and the cursor stays, so the page is asked for again and nothing is lost.
    ``NotFound``: a department has no feed.
    """
    locked = feeds.lock_feeds(connection, [page.department for page in pages])
    for page in pages:
        if page.department not in locked:
            raise NotFound(f"{page.department} has no feed")
    came = {page.department: [receive(raw) for raw in page.items] for page in pages}
    fresh = _unknown(connection, came)
    inboxes = _Inbox.open(connection, fresh, now, zone)
    rows: list[dict[str, Any]] = []
    kept: list[Kept] = []
    for page in pages:
        code = page.department
        some = [_row(inboxes[code], one, locked[code].answered_at) for one in fresh[code]]
        fitting, room = _fitting(some, fresh[code], page.room)
        taken = _count([row["state"] for row in fitting], len(page.items) - len(some))
        kept.append(Kept(taken, len(some) - len(fitting), room))
        rows += fitting
    write_desks(connection, [inbox.desk for inbox in inboxes.values()])
    feeds.save_items(connection, rows)
    moved = [page for page, one in zip(pages, kept, strict=True) if not one.left]
    feeds.save_cursors(connection, {page.department: page.cursor for page in moved})
    return kept


def _fitting(
    rows: Sequence[dict[str, Any]], fresh: Sequence[Received], room: int | None
) -> tuple[list[dict[str, Any]], int | None]:
    """The rows without the quarantined ones that have no room; and what is left of the room."""
    if room is None:
        return list(rows), None
    fitting = []
    for row, one in zip(rows, fresh, strict=True):
        weight = one.weight if row["state"] == QUARANTINED else 0
        if weight <= room:
            room -= weight
            fitting.append(row)
    return fitting, room


def retry_quarantine(
    connection: Connection,
    department: str | None,
    now: datetime,
    zone: ZoneInfo,
    *,
    actor: str,
    only: int | None = None,
) -> Taken:
    """Try a department's (None: every one's) quarantined items again, oldest first.

    ``only``: that one item alone, by its key. Those that a newer version replaced in the meantime
    are counted as repeated and left.
    """
    codes = sorted({row.department for row in feeds.quarantined(connection, department)})
    feeds.lock_feeds(connection, codes)
    waiting: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in feeds.quarantined(connection, department):
        if only in (None, row.id):
            waiting[row.department].append(row)
    received = {code: [receive(row.body) for row in rows] for code, rows in waiting.items()}
    inboxes = _Inbox.open(connection, received, now, zone)
    states = [
        state for code, rows in sorted(waiting.items()) for state in _retry(inboxes[code], rows)
    ]
    write_desks(connection, [inbox.desk for inbox in inboxes.values()])
    done = _count(states, repeated=states.count(REPLACED))
    subject = f"department:{department}" if department else None
    audit.note(connection, now, actor, "quarantine-retried", subject=subject, detail=asdict(done))
    return done


def _count(states: list[str], repeated: int) -> Taken:
    return Taken(states.count(APPLIED), repeated, states.count(QUARANTINED))


# --- items as they come ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Received:
    """An item as it came: under which id and fingerprint it is known, and what is wrong with it.

    ``body`` is what quarantine keeps of it, and ``weight`` how much room that takes there.
    """

    id: str
    digest: str
    body: Any
    item: FeedItem | None = None
    reason: str | None = None
    weight: int = 1


def receive(raw: Any) -> Received:
    """Read an item; one that is no item at all gets an id made of its content."""
    kept = pruned(raw)
    text = canonical(kept)
    if len(text) > MOST_CHARS or kept != raw:
        reason = "item: too deeply nested" if kept != raw else f"item: over {MOST_CHARS} characters"
        return Received(_id_of(raw, text), _hash(text), {"cut": text[:KEPT_CHARS]}, None, reason)
    weight = 1 + len(text) // CHARS_OF_ONE
    try:
        item = FeedItem.model_validate(raw)
    except ValidationError as error:
        wrong = say_what_is_wrong(error)
        return Received(_id_of(raw, text), _hash(text), raw, None, wrong, weight)
    # What an agency adds beyond the contract does not make an item another one.
    said = canonical(item.model_dump(mode="json", exclude_defaults=True))
    return Received(item.id, _hash(said), raw, item, None, weight)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _id_of(raw: Any, text: str) -> str:
    given = raw.get("id") if isinstance(raw, dict) else None
    usable = isinstance(given, str) and 1 <= len(given) <= 200 and given.isprintable()
    return str(given) if usable else f"unnamed:{_hash(text)[:32]}"


def _unknown(
    connection: Connection, came: Mapping[str, Iterable[Received]]
) -> dict[str, list[Received]]:
    """Those that did not come before, in this page or in an earlier one, by department."""
    once = {(code, one.id, one.digest): one for code, some in came.items() for one in some}
    known = feeds.known_items(connection, {(code, item) for code, item, _ in once})
    fresh: dict[str, list[Received]] = {code: [] for code in came}
    for key, one in once.items():
        if key not in known:
            fresh[key[0]].append(one)
    return fresh


def _row(inbox: _Inbox, one: Received, looked_at: datetime | None) -> dict[str, Any]:
    reason = inbox.take(one, looked_at)
    return {
        "department": inbox.department,
        "item": one.id,
        "digest": one.digest,
        "state": QUARANTINED if reason else APPLIED,
        "reason": reason,
        "body": one.body if reason else _trace(one),
        "received_at": inbox.now,
        "looked_at": looked_at,
    }


def _trace(one: Received) -> dict[str, Any]:
    """What is kept of an applied item: its words stand in the record, where they can be removed."""
    assert one.item is not None
    return {"assignment": one.item.assignment, "reported_at": one.item.reported_at.isoformat()}


def _retry(inbox: _Inbox, rows: Sequence[Row[Any]]) -> Iterator[str]:
    newer = feeds.newest_applied(inbox.connection, inbox.department, [row.item for row in rows])
    inbox.said = feeds.last_said(inbox.connection, list(inbox.desk.states))
    for row in rows:
        one = receive(row.body)
        replaced = newer.get(row.item, 0) > row.id
        reason = _SENT_AGAIN if replaced else inbox.take(one, row.looked_at)
        state = REPLACED if replaced else QUARANTINED if reason else APPLIED
        # What is no item at all stays what it was: of a cut one, the reason is all there is.
        reason = row.reason if one.item is None and not replaced else reason
        body = _trace(one) if state == APPLIED else row.body
        feeds.settle_item(inbox.connection, row.id, state, reason, body)
        yield state


# --- items as reports --------------------------------------------------------------------------


@dataclass(slots=True)
class _Inbox:
    """One department's items on their way to a desk, where each is tried before it is kept."""

    connection: Connection
    department: str
    now: datetime
    names: Names
    desk: Desk
    said: dict[str, datetime] | None = None
    """Of each assignment the newest report, where an older one must not come after it."""

    @classmethod
    def open(
        cls,
        connection: Connection,
        received: Mapping[str, Iterable[Received]],
        now: datetime,
        zone: ZoneInfo,
    ) -> dict[str, _Inbox]:
        """Departments' inboxes, each with the assignments that its items may be about."""
        called = {
            code: {one.item.assignment for one in some if one.item}
            for code, some in received.items()
        }
        return {
            code: cls(connection, code, now, names, open_desk(rows, now, zone))
            for code, (names, rows) in read_all_names(connection, called).items()
        }

    def take(self, one: Received, looked_at: datetime | None) -> str | None:
        """File an item, or say why it cannot be."""
        if one.item is None:
            return one.reason
        try:
            key = self.names.find(one.item.assignment, self.desk.states)
            said_at = self._time_of(key, one.item.reported_at, looked_at)
            actor, source = f"feed:{self.department}", f"feed:{one.digest}"
            self.desk.file(Filed(key, one.item, actor, said_at, source, asked=False))
        except DondocError as error:
            return str(error)[:MOST_REASON]
        if self.said is not None:
            self.said[key] = said_at
        return None

    def _time_of(self, key: str, reported_at: datetime, looked_at: datetime | None) -> datetime:
        if reported_at > self.now + AHEAD:
            raise InvalidInput(f"reported_at {reported_at.isoformat()} lies in the future")
        said_at = submission_day(reported_at, looked_at, self.now)
        newest = self.said.get(key) if self.said else None
        if newest and said_at < newest:
            raise InvalidInput(f"a newer report, of {newest.isoformat()}, is in the record")
        return said_at
