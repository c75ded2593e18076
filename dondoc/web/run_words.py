"""What the administration says of the last run of each job: when it began, how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dondoc.web.words import PageWords
from integrations.wording import marked
from plans.store.leases import FREED, LENGTH

JOBS: Mapping[str, str] = {
    "open-periods": marked("Open reporting periods"),
    "gather": marked("Gather updates from agencies"),
    "measure": marked("Pull figures from registers"),
    "remind": marked("Remind bodies"),
    "deliver": marked("Send waiting messages"),
    "roll-up": marked("Keep the day’s figures"),
    "bounces": marked("Read what came back of messages"),
    "digest": marked("Digests of the week"),
    "webhooks": marked("Tell other systems"),
    "retain": marked("Remove what has had its time"),
}
"""Jobs in the order in which they are shown; others (parts of these) are not."""
DONE, BY_SIGNAL = "done", "ended by a signal"
DIED = marked("Its process was killed or stood still; the next run goes on.")
ENDED: Mapping[str, str] = {
    DONE: marked("It was done."),
    BY_SIGNAL: marked("It was stopped; the next run goes on."),
    FREED: DIED,
}
FAILED = marked("It did not come to its end:")


@dataclass(frozen=True, slots=True)
class LastRun:
    """A job's last run as it is shown. ``ended_at``: None while it runs, or if it was killed.

    ``error``: what it failed by, as the record has it.
    """

    name: str
    begun_at: datetime
    ended_at: datetime | None
    said: str
    is_well: bool
    error: str | None = None


def last_runs(words: PageWords, rows: list[Any], now: datetime, zone: ZoneInfo) -> list[LastRun]:
    """The last runs of our jobs, from their leases (``plans.store.leases.last_runs``)."""
    known = {row.job: row for row in rows}
    return [_told(words, known[job], now, zone) for job in JOBS if job in known]


def _told(words: PageWords, row: Any, now: datetime, zone: ZoneInfo) -> LastRun:
    name = words.gettext(JOBS[row.job])
    if row.holder is None:
        return _ended(words, name, row)
    heard_at, where = row.ends_at - LENGTH, row.holder.partition("/")[0]
    if now < row.ends_at:
        said = words.gettext("It is under way on %(where)s.", where=where)
        return LastRun(name, row.taken_at, None, said, True)
    at = words.moment(heard_at, zone)
    silent = words.gettext("Nothing was heard of it on %(where)s since %(at)s.", where=where, at=at)
    return LastRun(name, row.taken_at, None, f"{silent} {words.gettext(DIED)}", False)


def _ended(words: PageWords, name: str, row: Any) -> LastRun:
    said = words.gettext(ENDED.get(row.outcome, FAILED))
    # An error's kind is for programmers; what follows it is for people.
    error = None if row.outcome in ENDED else str(row.outcome).partition(": ")[2] or row.outcome
    return LastRun(name, row.taken_at, row.ended_at, said, row.outcome == DONE, error)
