"""Days off and working days that are announced during the year, and what they do to due dates.

A decided day stands over the calendar's files, which may be loaded again at any time. What is open
gets the date that its plan's declaration gives under the new calendar, as an event in its ledger;
the original date stays, and so does a date that was granted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from plans.calendar import WorkCalendar
from plans.errors import Conflict, InvalidInput, NotFound
from plans.governing import read_document
from plans.loading import read_years
from plans.places import Place, horizon, redating, spans_of
from plans.rules import Event
from plans.store import Connection, audit, catalogue
from plans.store import assignments as record
from plans.store import overrides as store
from plans.store.ledger import append
from plans.terms import EventKind

LONGEST_REST = timedelta(days=31)
"""No days off in a row are as many: a date further back is not one that rolled from the day."""


@dataclass(frozen=True, slots=True)
class Override:
    """A day that a document (``basis``, its number) made worked, or free."""

    day: date
    working: bool
    basis: str
    actor: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """An open assignment whose due date moves; ``department`` None: nobody leads it yet."""

    assignment: str
    ref: str
    title_vi: str
    title_en: str
    department: str | None
    department_vi: str | None
    department_en: str | None
    before: date
    after: date


def preview(connection: Connection, day: date, working: bool, today: date) -> list[Moved]:
    """What would move if a day were worked, or free; refused as ``apply`` refuses it."""
    _require_open(day, today)
    _require_change(connection, day, working)
    return [moved for _, moved in _moves(connection, day, working, today)]


def apply(
    connection: Connection, day: date, working: bool, basis: str, *, actor: str, now: datetime
) -> list[Moved]:
    """Decide that a day is worked, or free, by a document; gives what moved.

    ``now`` in the office's time zone. ``InvalidInput``: a day that has passed, or a number that is
    no document's; ``Conflict``: the calendar says so already.
    """
    number = read_document(basis).number
    _require_open(day, now.date())
    catalogue.lock_plans(connection)
    _require_change(connection, day, working)
    found = list(_moves(connection, day, working, now.date(), lock=True))
    row = {"day": day, "working": working, "basis": number, "actor": actor[:120], "made_at": now}
    store.save(connection, row)
    _tell(connection, found, day, number, actor, now)
    detail = {"working": working, "basis": number, "moved": len(found)}
    audit.note(connection, now, actor, "calendar-day-set", subject=_subject(day), detail=detail)
    return [moved for _, moved in found]


def preview_withdrawal(connection: Connection, day: date, today: date) -> list[Moved]:
    """What would move if a decided day were left to the calendar again."""
    _require_open(day, today)
    _decided(connection, day)
    return [moved for _, moved in _moves(connection, day, None, today)]


def withdraw(connection: Connection, day: date, *, actor: str, now: datetime) -> list[Moved]:
    """Leave a day to the calendar again; gives what moved. What it was stays in the audit log.

    ``NotFound``: nothing was decided of it; ``InvalidInput``: a day that has passed.
    """
    _require_open(day, now.date())
    catalogue.lock_plans(connection)
    was = _decided(connection, day)
    found = list(_moves(connection, day, None, now.date(), lock=True))
    store.remove(connection, day)
    _tell(connection, found, day, was.basis, actor, now, withdrawn=True)
    detail = {
        "working": was.working,
        "basis": was.basis,
        "set_by": was.actor,
        "set_at": was.made_at.isoformat(),
        "moved": len(found),
    }
    act, subject = "calendar-day-withdrawn", _subject(day)
    audit.note(connection, now, actor, act, subject=subject, detail=detail)
    return [moved for _, moved in found]


def listing(connection: Connection) -> list[Override]:
    """All decided days, in order."""
    rows = store.every(connection)
    return [Override(row.day, row.working, row.basis, row.actor, row.made_at) for row in rows]


def _subject(day: date) -> str:
    return f"calendar:{day.isoformat()}"


# --- what is refused ---------------------------------------------------------------------------


def _require_open(day: date, today: date) -> None:
    if day < today:
        message = (
            f"{day} has passed, and so have dates that rested on it; name today or a later day"
        )
        raise InvalidInput(message, fields={"day": message})


def _require_change(connection: Connection, day: date, working: bool) -> None:
    others = {one: said for one, said in store.given(connection).items() if one != day}
    plain = WorkCalendar(read_years(connection), others)
    if plain.is_working_day(day) == working:
        said = "a working day" if working else "a day off"
        decided = store.one(connection, day) is not None
        hint = "; withdraw what was decided instead" if decided else "; nothing is to be decided"
        raise Conflict(f"{day} is {said} by the calendar already{hint}")


def _decided(connection: Connection, day: date) -> Any:
    found = store.one(connection, day)
    if found is None:
        raise NotFound(
            f"nothing was decided of {day}; 'dondoc calendar list' shows the decided days"
        )
    return found


# --- what moves --------------------------------------------------------------------------------


def _moves(
    connection: Connection, day: date, working: bool | None, today: date, *, lock: bool = False
) -> Iterator[tuple[dict[str, str], Moved]]:
    """What becomes of the open dates if a day is ``working`` (None: as the calendar says)."""
    years, given = read_years(connection), dict(store.given(connection))
    before = WorkCalendar(years, given)
    given.pop(day, None)
    after = WorkCalendar(years, given if working is None else given | {day: working})
    for plan, rows in _by_plan(record.unclosed_due(connection, day - LONGEST_REST, lock=lock)):
        declared = catalogue.read_plan(connection, plan)
        until = horizon(rows, [declared], today)
        was, now = spans_of(declared, before, until), spans_of(declared, after, until)
        for row in rows:
            place = Place.of(row.slot)
            dates = redating(row, _due(was, place), _due(now, place))
            if dates and _may_move(row, dates, today):
                yield dates, _moved(row, dates)


def _by_plan(rows: Iterable[Any]) -> Iterable[tuple[str, list[Any]]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.plan].append(row)
    return found.items()


def _due(spans: Mapping[str, Mapping[str, Any]], place: Place) -> date | None:
    span = spans.get(place.what, {}).get(place.key)
    return span.due if span else None


def _may_move(row: Any, dates: Mapping[str, str], today: date) -> bool:
    """A granted date is a decision of its own, and nobody is made late on a day that has passed."""
    return not row.extended and date.fromisoformat(dates["due"]) >= today


def _moved(row: Any, dates: Mapping[str, str]) -> Moved:
    names = ("title_vi", "title_en", "department", "department_vi", "department_en")
    said = {name: getattr(row, name) for name in names}
    return Moved(
        assignment=row.id,
        ref=row.ref,
        before=row.due,
        after=date.fromisoformat(dates["due"]),
        **said,
    )


def _tell(
    connection: Connection,
    found: Iterable[tuple[dict[str, str], Moved]],
    day: date,
    basis: str,
    actor: str,
    now: datetime,
    *,
    withdrawn: bool = False,
) -> None:
    why: dict[str, Any] = {"basis": basis, "calendar_day": day.isoformat()}
    why |= {"withdrawn": True} if withdrawn else {}
    events = {
        moved.assignment: [Event(EventKind.REDATED, actor, now, now, {**dates, **why})]
        for dates, moved in found
    }
    append(connection, events)
