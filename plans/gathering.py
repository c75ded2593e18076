"""Taking what an agency's feed holds into the record: each item once, no good one lost to a bad.

A page is taken in the caller's one transaction, with the cursor that follows it; so after any
crash the feed goes on from what is in the record. Nothing here touches the network.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from sqlalchemy import Row

from plans.errors import DondocError, InvalidInput, NotFound
from plans.feed_items import FeedItem, pruned, say_what_is_wrong
from plans.filing import Desk, Filed, open_desk, submission_day, write_desks
from plans.naming import Names, read_names
from plans.store import Connection, audit, feeds
from plans.store.assignments import lock_for_filing
from plans.store.ledger import canonical

AHEAD: Final = timedelta(minutes=5)
"""How far an agency's clock may run ahead of ours."""
MOST_CHARS: Final = 200_000
"""The longest item, as JSON; of a longer one only the beginning is kept."""
KEPT_CHARS: Final = 2_000
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


def take_page(
    connection: Connection,
    department: str,
    items: Sequence[Any],
    cursor: str | None,
    now: datetime,
    zone: ZoneInfo,
) -> Taken:
    """Take one page of a department's feed, and move its cursor on.

    The same id with the same content is one update, with other content a further one. What
    cannot become an update is kept in quarantine with the reason.
    """
    feed = feeds.lock_feeds(connection, [department]).get(department)
    if feed is None:
        raise NotFound(f"{department} has no feed")
    fresh = _unknown(connection, department, [receive(raw) for raw in items])
    inbox = _Inbox.open(connection, department, fresh, now, zone)
    rows = [_row(inbox, one, feed.answered_at) for one in fresh]
    write_desks(connection, [inbox.desk])
    feeds.save_items(connection, rows)
    feeds.save_cursor(connection, department, cursor)
    return _count([row["state"] for row in rows], repeated=len(items) - len(rows))


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
    inboxes: list[_Inbox] = []
    states: list[str] = []
    for code, rows in sorted(waiting.items()):
        inbox = _Inbox.open(connection, code, [receive(row.body) for row in rows], now, zone)
        states += _retry(inbox, rows)
        inboxes.append(inbox)
    write_desks(connection, [inbox.desk for inbox in inboxes])
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

    ``body`` is what quarantine keeps of it.
    """

    id: str
    digest: str
    body: Any
    item: FeedItem | None = None
    reason: str | None = None


def receive(raw: Any) -> Received:
    """Read an item; one that is no item at all gets an id made of its content."""
    kept = pruned(raw)
    text = canonical(kept)
    if len(text) > MOST_CHARS or kept != raw:
        reason = "item: too deeply nested" if kept != raw else f"item: over {MOST_CHARS} characters"
        return Received(_id_of(raw, text), _hash(text), {"cut": text[:KEPT_CHARS]}, None, reason)
    try:
        item = FeedItem.model_validate(raw)
    except ValidationError as error:
        return Received(_id_of(raw, text), _hash(text), raw, None, say_what_is_wrong(error))
    # What an agency adds beyond the contract does not make an item another one.
    said = canonical(item.model_dump(mode="json", exclude_defaults=True))
    return Received(item.id, _hash(said), raw, item)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _id_of(raw: Any, text: str) -> str:
    given = raw.get("id") if isinstance(raw, dict) else None
    usable = isinstance(given, str) and 1 <= len(given) <= 200 and given.isprintable()
    return str(given) if usable else f"unnamed:{_hash(text)[:32]}"


def _unknown(
    connection: Connection, department: str, received: Iterable[Received]
) -> list[Received]:
    """Those that did not come before, in this page or in an earlier one."""
    once = {(one.id, one.digest): one for one in received}
    known = feeds.known_items(connection, department, [one.id for one in once.values()])
    return [one for key, one in once.items() if key not in known]


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
        department: str,
        received: Iterable[Received],
        now: datetime,
        zone: ZoneInfo,
    ) -> _Inbox:
        """An inbox with the assignments that the items may be about on its desk."""
        called = [one.item.assignment for one in received if one.item]
        names, rows = read_names(connection, department, called)
        desk = open_desk(lock_for_filing(connection, [row.id for row in rows]), now, zone)
        return cls(connection, department, now, names, desk)

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
