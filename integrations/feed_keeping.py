"""Pages of agencies' feeds on their way into the record: many in one transaction, or each alone."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.exc import InterfaceError, OperationalError

from integrations.feed_answers import Reply, parse_page
from integrations.feed_limits import FeedError, GatherLimits
from plans.feed_items import FeedPage
from plans.gathering import Kept, Page, Taken, take_pages
from plans.store import Engine, feeds, writing
from plans.store.feeds import Outcome
from plans.terms import Silence

log = logging.getLogger(__name__)

AWAY = (OperationalError, InterfaceError)


@dataclass(frozen=True, slots=True)
class Reading:
    """How far the reading of one feed (``row``) has come in this run.

    ``tries``: of the page that is due, in vain; ``spent``: seconds of asking; ``filled``: how much
    of the run's quarantine is taken; ``outcome``: how it ended, once it has.
    """

    row: Row[Any]
    cursor: str | None
    taken: Taken = field(default_factory=Taken)
    pages: int = 0
    tries: int = 0
    spent: float = 0.0
    filled: int = 0
    seen: frozenset[str | None] = field(default=frozenset(), repr=False)
    outcome: Outcome | None = None

    @property
    def code(self) -> str:
        """The department's code."""
        return str(self.row.department)

    def after_asking(self, seconds: float) -> Reading:
        """With one more try, which took so long."""
        return replace(self, tries=self.tries + 1, spent=self.spent + seconds)


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came of asking for a page: a reply, or how that failed."""

    reading: Reading
    reply: Reply | None = None
    failure: Outcome | None = None

    @property
    def weight(self) -> int:
        """Bytes."""
        return len(self.reply.body) if self.reply else 0


@dataclass(frozen=True, slots=True)
class _Step:
    """A reading's next step: a page to take, or its end."""

    reading: Reading
    page: FeedPage | None = None
    outcome: Outcome | None = None


def keep(
    engine: Engine,
    group: Sequence[Arrived],
    now: datetime,
    zone: ZoneInfo,
    limits: GatherLimits,
) -> list[Reading]:
    """Keep what came, all of it in one transaction; gives the readings after it, in order.

    Where that fails, each is kept alone, and one that fails alone is its agency's silence.
    ``OperationalError``, ``InterfaceError``: the database is away.
    """
    steps = [_parsed(one, limits) for one in group]
    if len(steps) > 1:
        with suppress(Exception):  # alone it fails again, and is told
            return _together(engine, steps, now, zone, limits)
    return [_alone(engine, step, now, zone, limits) for step in steps]


def _alone(
    engine: Engine, step: _Step, now: datetime, zone: ZoneInfo, limits: GatherLimits
) -> Reading:
    try:
        try:
            return _together(engine, [step], now, zone, limits)[0]
        except AWAY:  # a server that was restarted is back by now, or soon
            return _together(engine, [step], now, zone, limits)[0]
    except Exception as error:
        if isinstance(error, AWAY) and not _is_beyond(error):
            raise  # no agency's fault, and the same for every one
        return _given_up(engine, step.reading, error, now)


def _is_beyond(error: Exception) -> bool:
    """Whether this very page is more than PostgreSQL takes ("program limit exceeded")."""
    return str(getattr(getattr(error, "orig", None), "sqlstate", "")).startswith("54")


def _parsed(came: Arrived, limits: GatherLimits) -> _Step:
    """Read outside of any transaction."""
    if came.reply is None:
        return _Step(came.reading, outcome=came.failure)
    try:
        return _Step(came.reading, parse_page(came.reply, limits))
    except FeedError as error:
        return _Step(came.reading, outcome=Outcome(error.silence, str(error), whole=False))
    except Exception as error:
        return _Step(came.reading, outcome=internal(came.reading.code, error))


def _together(
    engine: Engine, steps: Sequence[_Step], now: datetime, zone: ZoneInfo, limits: GatherLimits
) -> list[Reading]:
    pages = [
        Page(
            step.reading.code,
            step.page.items,
            step.page.next,
            room=limits.quarantine - step.reading.filled,
        )
        for step in steps
        if step.page
    ]
    with writing(engine) as connection:
        kept = iter(take_pages(connection, pages, now, zone) if pages else ())
        after = [
            _moved(step.reading, step.page, next(kept), limits)
            if step.page
            else replace(step.reading, outcome=step.outcome)
            for step in steps
        ]
        ended = {one.code: one.outcome for one in after if one.outcome}
        feeds.save_outcomes(connection, ended, now)
    return after


def _moved(reading: Reading, page: FeedPage, kept: Kept, limits: GatherLimits) -> Reading:
    """A reading after a page was kept: due for the next one, or at its end."""
    filled = limits.quarantine - kept.room if kept.room is not None else 0
    after = replace(
        reading,
        cursor=reading.cursor if kept.left else page.next,
        taken=reading.taken + kept.taken,
        pages=reading.pages + 1,
        tries=0,
        filled=filled,
        seen=reading.seen | {reading.cursor},
    )
    return replace(after, outcome=_ending(after, page, kept, limits))


def _ending(after: Reading, page: FeedPage, kept: Kept, limits: GatherLimits) -> Outcome | None:
    """How a feed's reading ends after this page; None: there is more."""
    taken = after.taken
    if kept.left:
        said = f"{taken.quarantined + kept.left} bad items; of one run {taken.quarantined} are kept"
        return Outcome(Silence.INVALID, said, whole=False)
    if not page.more:
        return Outcome()
    if page.next in after.seen:
        said = "it says that there is more, but its cursor does not move on"
        return Outcome(Silence.INVALID, said, whole=False)
    if after.pages < limits.pages and after.spent < limits.agency_seconds:
        return None
    if taken.updates or taken.quarantined:
        return Outcome(None, f"more to come after {after.pages} pages", whole=False)
    said = f"it says that there is more, but {after.pages} pages brought nothing new"
    return Outcome(Silence.INVALID, said, whole=False)


def _given_up(engine: Engine, reading: Reading, error: Exception, now: datetime) -> Reading:
    """What cannot be kept: told as the agency's silence, so that the run goes on."""
    outcome = internal(reading.code, error)
    try:
        with writing(engine) as connection:
            feeds.save_outcomes(connection, {reading.code: outcome}, now)
    except AWAY:
        raise  # Not even that: the database is away, for every agency.
    except Exception as further:
        outcome = internal(reading.code, further)
    return replace(reading, outcome=outcome)


def internal(code: str, error: Exception) -> Outcome:
    """Our own fault, or the record's, as an agency's silence."""
    log.error("gathering from %s failed", code, exc_info=error)
    said = str(error).partition("\n")[0][:200]
    return Outcome(Silence.ERROR, f"internal: {type(error).__name__}: {said}", whole=False)
