"""When a declared task is due, and what its document does not say of it, in words."""

from __future__ import annotations

from collections.abc import Iterable

from dondoc.web.words import PageWords
from integrations.wording import marked
from plans.declaration import (
    Due,
    Fixed,
    Ongoing,
    Periodic,
    Relative,
    Within,
)
from plans.terms import PeriodKind

EVERY: dict[str, str] = {
    PeriodKind.FORTNIGHT: marked("every fortnight"),
    PeriodKind.MONTH: marked("every month"),
    PeriodKind.QUARTER: marked("every quarter"),
    PeriodKind.HALF_YEAR: marked("every half-year"),
    PeriodKind.NINE_MONTHS: marked("after nine months"),
    PeriodKind.YEAR: marked("every year"),
}
ASSUMABLE: dict[str, str] = {
    "id": marked("code"),
    "title": marked("title"),
    "number": marked("number"),
    "issuer": marked("issuer"),
    "issued": marked("day of issue"),
    "ends": marked("end"),
    "coordinator": marked("coordinating body"),
    "province": marked("province"),
    "basis": marked("basis"),
    "clause": marked("clause"),
    "lead": marked("lead body"),
    "function": marked("field of work"),
    "supporting": marked("supporting bodies"),
    "fan_out": marked("bodies that each have to do it"),
    "deliverable": marked("deliverable"),
    "due": marked("due date"),
    "weight": marked("weight"),
    "needs_review": marked("review"),
    "parts": marked("parts"),
    "note": marked("note"),
    "ordinal": marked("ordinal number"),
}
QUARTERS = {"Q1": "I", "Q2": "II", "Q3": "III", "Q4": "IV"}


def schedule(words: PageWords, dues: Iterable[Due]) -> str:
    """A task's due dates and rhythms in one phrase."""
    return "; ".join(_due(words, one) for one in dues)


def _due(words: PageWords, due: Due) -> str:
    if isinstance(due, Fixed):
        return _fixed(words, due)
    if isinstance(due, Relative):
        return _relative(words, due)
    if isinstance(due, Within):
        return _within(words, due)
    if isinstance(due, Ongoing):
        every = words.gettext(EVERY[due.report_every])
        return words.gettext("ongoing, reported %(every)s", every=every)
    return _periodic(words, due)


def _fixed(words: PageWords, due: Fixed) -> str:
    if due.by:
        return words.gettext("by %(day)s", day=words.day(due.by))
    assert due.before
    return words.gettext("before %(day)s", day=words.day(due.before))


def _relative(words: PageWords, due: Relative) -> str:
    n = due.days or due.working_days or 0
    term = (
        words.ngettext("%(n)s day", "%(n)s days", n)
        if due.days
        else words.ngettext("%(n)s working day", "%(n)s working days", n)
    )
    if due.after == "issue":
        return words.gettext("within %(term)s of the issue", term=term)
    return words.gettext("within %(term)s after %(day)s", term=term, day=words.day(due.after))


def _within(words: PageWords, due: Within) -> str:
    if due.quarter:
        year, quarter = due.quarter.split("-")
        return words.gettext("in quarter %(n)s of %(year)s", n=QUARTERS[quarter], year=year)
    if due.month:
        year, month = due.month.split("-")
        return words.gettext("in month %(n)s of %(year)s", n=month, year=year)
    return words.gettext("in %(year)s", year=due.year)


def _periodic(words: PageWords, due: Periodic) -> str:
    text = words.gettext(EVERY[due.every])
    for day, said in ((due.by, marked("by %(day)s")), (due.before, marked("before %(day)s"))):
        if day:
            month, number = day.split("-")
            text += ", " + words.gettext(said, day=f"{number}/{month}")
    if not due.until_complete:
        return text
    return words.gettext("%(every)s until it is complete", every=text)


def assumed(words: PageWords, names: Iterable[str]) -> str:
    """Which fields a document does not state."""
    return ", ".join(words.gettext(ASSUMABLE.get(name, name)) for name in names)
