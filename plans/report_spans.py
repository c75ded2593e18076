"""The time that a report on a plan is about: a reporting period, by key or words, or two days."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from plans.errors import InvalidInput
from plans.period_words import read_period
from plans.periods import Period, next_period, period_of

LONGEST = timedelta(days=3660)
DAY = timedelta(days=1)
FORMS = (
    "write a period like 2026-Q3, Quý III/2026, tháng 6/2026, 6 tháng đầu năm 2026 or 2026, "
    "or two days like 2026-01-01..2026-03-31"
)
_WRITTEN = re.compile(r"(?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>\d{4})")


@dataclass(frozen=True, slots=True)
class Span:
    """From ``first`` to ``last``, both included; ``period`` where it is one of the decree's."""

    first: date
    last: date
    period: Period | None = None

    @property
    def key(self) -> str:
        """How it is asked for: ``2026-Q3``, or ``2026-01-01..2026-02-15``."""
        return self.period.key if self.period else f"{self.first}..{self.last}"

    def holds(self, day: date) -> bool:
        """Whether a day lies in it."""
        return self.first <= day <= self.last

    def covers(self, first: date | None, last: date | None) -> bool:
        """Whether an assignment's own period lies in it."""
        return first is not None and last is not None and self.holds(first) and self.holds(last)


def read_span(text: str, day: date) -> Span:
    """The time that is asked for; ``InvalidInput`` for none, or one that has not begun by a day."""
    given = text.strip()
    try:
        span = _days(*given.split("..", 1)) if ".." in given else _period(given)
    except InvalidInput as error:
        raise _wrong(str(error)) from None
    except ValueError:
        raise _wrong(f"'{given[:60]}' is no time; {FORMS}") from None
    if span.first > day:
        raise _wrong(f"'{span.key}' begins on {span.first}, after {day}: there is nothing to tell")
    return span


def _period(text: str) -> Span:
    try:
        period = read_period(text)
    except InvalidInput as error:  # which knows of no two days
        raise ValueError(text) from error
    return Span(period.start, period.end, period)


def _days(first: str, last: str) -> Span:
    span = Span(_day(first.strip()), _day(last.strip()))
    if span.last < span.first:
        raise InvalidInput(f"'{span.key}' ends before it begins; swap the two days")
    if span.last - span.first > LONGEST:
        raise InvalidInput(f"'{span.key}' is longer than ten years")
    return span


def _day(text: str) -> date:
    """A day as machines write it, or as people do: 31/03/2026."""
    if found := _WRITTEN.fullmatch(text):
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    return date.fromisoformat(text)


def _wrong(message: str) -> InvalidInput:
    return InvalidInput(f"period: {message}", fields={"period": message})


def following(span: Span) -> Span:
    """The time after it: the next period of its kind, else as many days."""
    if span.period:
        period = next_period(span.period)
        return Span(period.start, period.end, period)
    return Span(span.last + DAY, span.last + DAY + (span.last - span.first))


def preceding(span: Span) -> Span:
    """The time before it: the last period of its kind, else as many days."""
    if span.period:
        window = "calendar" if span.period.start.day == 1 else "official"
        period = period_of(span.period.kind, span.first - DAY, window)  # type: ignore[arg-type]
        if period.end < span.first:
            return Span(period.start, period.end, period)
    return Span(span.first - DAY - (span.last - span.first), span.first - DAY)


def end_of(day: date, zone: tzinfo) -> datetime:
    """The last moment of a day."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone) + DAY
    return midnight - timedelta(microseconds=1)
