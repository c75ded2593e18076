"""The time that a report on a plan is about: a reporting period by its key, or two days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from plans.errors import InvalidInput
from plans.periods import Period, next_period, parse_key, period_of

LONGEST = timedelta(days=3660)
DAY = timedelta(days=1)


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
    try:
        span = _read(text.strip())
    except (InvalidInput, OverflowError, ValueError) as error:
        raise _wrong(str(error)) from None
    if span.first > day:
        raise _wrong(f"'{span.key}' begins on {span.first}, after {day}: there is nothing to tell")
    return span


def _read(text: str) -> Span:
    if ".." not in text:
        period = parse_key(text)
        return Span(period.start, period.end, period)
    first, _, last = text.partition("..")
    try:
        span = Span(date.fromisoformat(first.strip()), date.fromisoformat(last.strip()))
    except ValueError:
        raise InvalidInput(
            f"'{text}' is no time; give two days like 2026-01-01..2026-03-31"
        ) from None
    if span.last < span.first:
        raise InvalidInput(f"'{text}' ends before it begins; swap the two days")
    if span.last - span.first > LONGEST:
        raise InvalidInput(f"'{text}' is longer than ten years")
    return span


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
