"""From what a task declares as due to its occurrences: each with a due date and, maybe, a period.

A date that falls on a day off rolls to the next working day (Civil Code 2015, article 148(5)), one
that must be met *before* a day rolls back, since rolling forward would break it.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from plans.calendar import DueDate, WorkCalendar
from plans.declaration import Due, Fixed, Ongoing, Periodic, Relative, Within
from plans.periods import Period, periods_between
from plans.terms import PeriodKind

OneOff = Fixed | Relative | Within
Recurring = Periodic | Ongoing


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that a task falls due.

    ``key`` is unique within the task and depends on what is declared alone, not on holidays or on
    the day of asking, so that a later run finds the same occurrence again. ``opens`` is the first
    day on which there is something to answer for.
    """

    key: str
    ongoing: bool
    opens: date
    period: Period | None
    cutoff: date | None
    due: date
    estimated: bool
    until_complete: bool = False


def occurrences(
    due: Sequence[Due], *, issued: date, ends: date | None, until: date, calendar: WorkCalendar
) -> list[Occurrence]:
    """Everything that has opened by ``until``, in order of due date and key.

    ``issued`` and ``ends`` are the plan's: no period that closed before it was issued is asked
    for, none that runs beyond its end, and none that was due by the day of issue.
    """
    if until < issued:
        return []
    found = _one_offs([entry for entry in due if isinstance(entry, OneOff)], issued, calendar)
    for entry, suffix in _numbered([entry for entry in due if isinstance(entry, Recurring)]):
        for period in periods_between(_kind(entry), issued, until, entry.window):
            when = _period_due(entry, period, calendar)
            if when.day > issued and (ends is None or period.end <= ends):
                found.append(_reported(entry, period, when, issued, suffix))
    return sorted(found, key=lambda occurrence: (occurrence.due, occurrence.key))


def earliest(due: Due, issued: date) -> date | None:
    """The date that a one-off states, before any day off moves it; None for a recurring one.

    A term in working days cannot end sooner than as many plain days after its start, so that is
    what stands for it: a date that needs no calendar.
    """
    match due:
        case Fixed():
            return due.by or due.before
        case Relative():
            return _term_start(due, issued) + timedelta(days=due.days or due.working_days or 0)
        case Within():
            return _last_day(due)
        case _:
            return None


def _one_offs(entries: Sequence[OneOff], issued: date, calendar: WorkCalendar) -> list[Occurrence]:
    found = []
    seen: Counter[str] = Counter()
    for number, entry in enumerate(entries):
        key = f"{earliest(entry, issued)}" if number else ""
        seen[key] += 1
        when = _one_off_due(entry, issued, calendar)
        key += _suffix(seen[key])
        found.append(Occurrence(key, False, issued, None, None, when.day, when.estimated))
    return found


def _one_off_due(entry: OneOff, issued: date, calendar: WorkCalendar) -> DueDate:
    if isinstance(entry, Fixed) and entry.before:
        return calendar.due_before(entry.before)
    if isinstance(entry, Relative) and entry.working_days:
        return calendar.due_after(_term_start(entry, issued), entry.working_days)
    stated = earliest(entry, issued)
    assert stated is not None
    return calendar.due_by(stated)


def _term_start(entry: Relative, issued: date) -> date:
    return issued if entry.after == "issue" else entry.after


def _last_day(entry: Within) -> date:
    if entry.quarter:
        year, month = int(entry.quarter[:4]), int(entry.quarter[-1]) * 3
    elif entry.month:
        year, month = int(entry.month[:4]), int(entry.month[-2:])
    else:
        assert entry.year is not None
        year, month = entry.year, 12
    return date(year, month, monthrange(year, month)[1])


def _numbered(entries: Sequence[Recurring]) -> Iterator[tuple[Recurring, str]]:
    """Each entry with what its keys end on: nothing for the first of its kind of period.

    Two entries of one kind share their periods' keys. The suffix goes to the whole entry and not
    to the clashing occurrence, since which of two opens first changes with the day of asking.
    """
    seen: Counter[PeriodKind] = Counter()
    for entry in entries:
        seen[_kind(entry)] += 1
        yield entry, _suffix(seen[_kind(entry)])


def _suffix(number: int) -> str:
    return f"~{number}" if number > 1 else ""


def _kind(entry: Recurring) -> PeriodKind:
    return entry.every if isinstance(entry, Periodic) else entry.report_every


def _month_day(entry: Recurring) -> str | None:
    return (entry.by or entry.before) if isinstance(entry, Periodic) else None


def _period_due(entry: Recurring, period: Period, calendar: WorkCalendar) -> DueDate:
    """Working days after the cut-off, unless the entry names a date of the period's year."""
    month_day = _month_day(entry)
    if month_day is None:
        return calendar.due_after(period.cutoff, entry.working_days)
    stated = _date_in(period.end.year, month_day)
    if isinstance(entry, Periodic) and entry.before:
        return calendar.due_before(stated)
    return calendar.due_by(stated)


def _date_in(year: int, month_day: str) -> date:
    """The month-day in that year; a day the month lacks (29/02) is its last one."""
    month, day = int(month_day[:2]), int(month_day[3:])
    return date(year, month, min(day, monthrange(year, month)[1]))


def _reported(
    entry: Recurring, period: Period, when: DueDate, issued: date, suffix: str
) -> Occurrence:
    return Occurrence(
        key=period.key + suffix,
        ongoing=isinstance(entry, Ongoing),
        opens=max(period.start, issued),
        period=period,
        cutoff=period.cutoff,
        due=when.day,
        estimated=when.estimated,
        until_complete=isinstance(entry, Periodic) and entry.until_complete,
    )
