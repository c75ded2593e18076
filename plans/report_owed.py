"""What is owed, gathered for a report: overdue, due in the time that follows, never reported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from plans.assignments import Obligation, obligations
from plans.bodies import Directory
from plans.calendar import WorkCalendar
from plans.declaration import Plan, Title
from plans.report_lines import Line
from plans.report_spans import Span
from plans.rules import is_open
from plans.terms import Timeliness, Work


@dataclass(frozen=True, slots=True)
class Owed:
    """A task that some bodies owe for one period by one day; ``leads`` None: nobody decided.

    ``percent``: as it was reported, where it is one body's alone.
    """

    task: str
    title: Title
    place: int
    period: str | None
    due: date
    leads: tuple[str | None, ...]
    ongoing: bool
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class Debtor:
    """A body with something overdue: how much, of how much it never said a word, since when."""

    lead: str | None
    overdue: int
    never: int
    oldest: date


def overdue(lines: Iterable[Line]) -> tuple[Owed, ...]:
    """What is overdue and not handed in, the oldest first."""
    return _gathered(one for one in lines if _is_late(one))


def debtors(lines: Iterable[Line]) -> tuple[Debtor, ...]:
    """The bodies that have not reported what was due, the worst first."""
    found: dict[str | None, list[Line]] = {}
    for one in lines:
        if _is_late(one):
            found.setdefault(one.lead, []).append(one)
    owing = [
        Debtor(
            lead,
            len(some),
            sum(one.state.work is Work.NOT_STARTED for one in some),
            min(one.state.due for one in some),
        )
        for lead, some in found.items()
    ]
    return tuple(sorted(owing, key=lambda one: (-one.overdue, one.oldest, one.lead or "")))


def coming(lines: Iterable[Line], later: Iterable[Owed], span: Span) -> tuple[Owed, ...]:
    """What falls due in a time: what is open, and (``later``) what will be opened by then."""
    owed = [
        one
        for one in lines
        if is_open(one.state) and one.kind is Timeliness.OPEN_ON_TIME and span.holds(one.state.due)
    ]
    return tuple(sorted([*_gathered(owed), *later], key=_place))


def _is_late(one: Line) -> bool:
    return one.kind is Timeliness.OPEN_OVERDUE and is_open(one.state)


def _gathered(lines: Iterable[Line]) -> tuple[Owed, ...]:
    found: dict[tuple[str, str | None, date], list[Line]] = {}
    for one in lines:
        found.setdefault((one.task, one.period, one.state.due), []).append(one)
    return tuple(sorted((_owed(some) for some in found.values()), key=_place))


def _owed(some: Sequence[Line]) -> Owed:
    first = some[0]
    return Owed(
        task=first.task,
        title=first.title,
        place=first.place,
        period=first.period,
        due=first.state.due,
        leads=tuple(dict.fromkeys(one.lead for one in some)),
        ongoing=first.state.ongoing,
        percent=first.state.percent if len(some) == 1 else None,
    )


def _place(one: Owed) -> tuple[date, int, str]:
    return one.due, one.place, one.period or ""


def not_opened(
    plan: Plan,
    directory: Directory,
    calendar: WorkCalendar,
    span: Span,
    known: Callable[[Obligation], bool],
) -> list[Owed]:
    """What the declaration asks for in a time and the record has not opened yet."""
    places = {key: (n, title) for n, (key, title) in enumerate(_titles(plan))}
    found: dict[tuple[str, str, date], list[Obligation]] = {}
    for one in obligations(plan, directory, calendar, span.last):
        if span.holds(one.occurrence.due) and not known(one):
            found.setdefault((one.task, one.occurrence.key, one.occurrence.due), []).append(one)
    return [
        Owed(
            task=task,
            title=places[task][1],
            place=places[task][0],
            period=some[0].occurrence.period.key if some[0].occurrence.period else None,
            due=due,
            leads=tuple(dict.fromkeys(one.lead.code for one in some)),
            ongoing=some[0].occurrence.ongoing,
        )
        for (task, _, due), some in found.items()
    ]


def _titles(plan: Plan) -> Iterable[tuple[str, Title]]:
    for _, task in plan.tasks():
        yield task.id, task.title
        for part in task.parts:
            yield part.id, part.title
