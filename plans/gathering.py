"""Taking what an agency's feed holds into the record: each item once, no good one lost to a bad.

A page is taken in the caller's one transaction, with the cursor that follows it; so after any
crash the feed goes on from what is in the record. Nothing here touches the network.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from sqlalchemy import Row

from plans.errors import DondocError, InvalidInput, NotFound
from plans.feed_items import FeedItem, pruned, say_what_is_wrong
from plans.naming import Names, read_names
from plans.reporting import Filed, draft_report, settlement, submission_day
from plans.rules import Event, State, apply
from plans.store import Connection, feeds
from plans.store.ledger import append, canonical, put_texts, state_of

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
    desk = _Desk.open(connection, department, fresh, now, zone)
    rows = [_row(desk, one, feed.answered_at) for one in fresh]
    _write(connection, [desk])
    feeds.save_items(connection, rows)
    feeds.save_cursor(connection, department, cursor)
    return _count([row["state"] for row in rows], repeated=len(items) - len(rows))


def retry_quarantine(
    connection: Connection, department: str | None, now: datetime, zone: ZoneInfo
) -> Taken:
    """Try a department's (None: every one's) quarantined items again, oldest first.

    Those that a newer version replaced in the meantime are counted as repeated and left.
    """
    codes = sorted({row.department for row in feeds.quarantined(connection, department)})
    feeds.lock_feeds(connection, codes)
    waiting: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in feeds.quarantined(connection, department):
        waiting[row.department].append(row)
    desks: list[_Desk] = []
    states: list[str] = []
    for code, rows in sorted(waiting.items()):
        desk = _Desk.open(connection, code, [receive(row.body) for row in rows], now, zone)
        states += _retry(desk, rows)
        desks.append(desk)
    _write(connection, desks)
    return _count(states, repeated=states.count(REPLACED))


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


def _row(desk: _Desk, one: Received, looked_at: datetime | None) -> dict[str, Any]:
    reason = desk.take(one, looked_at)
    return {
        "department": desk.department,
        "item": one.id,
        "digest": one.digest,
        "state": QUARANTINED if reason else APPLIED,
        "reason": reason,
        "body": one.body if reason else _trace(one),
        "received_at": desk.now,
        "looked_at": looked_at,
    }


def _trace(one: Received) -> dict[str, Any]:
    """What is kept of an applied item: its words stand in the record, where they can be removed."""
    assert one.item is not None
    return {"assignment": one.item.assignment, "reported_at": one.item.reported_at.isoformat()}


def _retry(desk: _Desk, rows: Sequence[Row[Any]]) -> Iterator[str]:
    newer = feeds.newest_applied(desk.connection, desk.department, [row.item for row in rows])
    desk.said = feeds.last_said(desk.connection, list(desk.states))
    for row in rows:
        one = receive(row.body)
        replaced = newer.get(row.item, 0) > row.id
        reason = _SENT_AGAIN if replaced else desk.take(one, row.looked_at)
        state = REPLACED if replaced else QUARANTINED if reason else APPLIED
        # What is no item at all stays what it was: of a cut one, the reason is all there is.
        reason = row.reason if one.item is None and not replaced else reason
        body = _trace(one) if state == APPLIED else row.body
        feeds.settle_item(desk.connection, row.id, state, reason, body)
        yield state


# --- items as reports --------------------------------------------------------------------------


@dataclass(slots=True)
class _Desk:
    """Where one department's items are tried against the rules, before anything is written."""

    connection: Connection
    department: str
    now: datetime
    zone: ZoneInfo
    names: Names
    states: dict[str, State]
    events: dict[str, list[Event]] = field(default_factory=dict)
    texts: list[dict[str, Any]] = field(default_factory=list)
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
    ) -> _Desk:
        """A desk with the assignments that the items may be about."""
        called = [one.item.assignment for one in received if one.item]
        names, rows = read_names(connection, department, called)
        states = {row.id: state_of(row) for row in rows}
        return cls(connection, department, now, zone, names, states)

    def take(self, one: Received, looked_at: datetime | None) -> str | None:
        """File an item, or say why it cannot be."""
        if one.item is None:
            return one.reason
        try:
            key = self.names.find(one.item.assignment, self.states)
            said_at = self._time_of(key, one.item.reported_at, looked_at)
            self._file(key, one, said_at)
        except DondocError as error:
            return str(error)[:MOST_REASON]
        return None

    def _time_of(self, key: str, reported_at: datetime, looked_at: datetime | None) -> datetime:
        if reported_at > self.now + AHEAD:
            raise InvalidInput(f"reported_at {reported_at.isoformat()} lies in the future")
        said_at = submission_day(reported_at, looked_at, self.now)
        newest = self.said.get(key) if self.said else None
        if newest and said_at < newest:
            raise InvalidInput(f"a newer report, of {newest.isoformat()}, is in the record")
        return said_at

    def _file(self, key: str, one: Received, said_at: datetime) -> None:
        assert one.item is not None
        actor, source = f"feed:{self.department}", f"feed:{one.digest}"
        draft = draft_report(Filed(key, one.item, actor, said_at, source), self.now, self.zone)
        state = self.states[key]
        for event in draft.events:
            state = apply(state, event)
        settled = settlement(state, self.now)
        for event in settled:
            state = apply(state, event)
        self.states[key] = state
        self.events.setdefault(key, []).extend([*draft.events, *settled])
        self.texts += [draft.text] if draft.text else []
        if self.said is not None:
            self.said[key] = said_at


def _write(connection: Connection, desks: Sequence[_Desk]) -> None:
    """All at once: rows are locked in one order, so that two agencies never wait in a circle."""
    put_texts(connection, [text for desk in desks for text in desk.texts])
    append(connection, {key: some for desk in desks for key, some in desk.events.items()})
