"""Many figures at once, from a file or a register: what becomes of each, and taking the good ones.

Each row stands for itself: a bad one is told with its reason and harms no other. A figure that is
in the record already adds nothing, so the same file, or the same answer, twice is one; another one
for a period that has a figure is a correction, unless it was said before and corrected since
(``plans.repeating``).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal, get_args

from plans import measuring
from plans.errors import DondocError, InvalidInput
from plans.figures import NewMeasurement, read_measurement
from plans.measuring import Checked, Owned
from plans.outliers import doubts_of
from plans.period_words import read_period
from plans.repeating import KEPT, alike, becomes, speaker_of, word_of
from plans.store import Connection, audit, said
from plans.store import measurements as store
from plans.store.engine import lock_job

State = Literal["new", "correction", "same", "kept", "refused"]
"""``kept``: it was said before, and the figure that was given since stays."""
AHEAD = timedelta(hours=1)
"""Clocks differ; what a register says of a later moment is not believed."""


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A figure as a row or an item says it. ``place``: where it stands, for people.

    ``target`` is an id, or else ``title`` names it; ``faults``: what could not be read, by field.
    """

    place: str
    target: str = ""
    title: str = ""
    period: str = ""
    value: float | None = None
    part: int | None = None
    whole: int | None = None
    source: str = ""
    note: str = ""
    measured_at: datetime | None = None
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a row. ``before``: the period's figure so far; ``field`` and ``reason``: why
    it is refused, or why the figure before is kept; ``doubts``: why it may be wrong, as the record
    keeps them."""

    place: str
    state: State
    target: str | None = None
    title: str | None = None
    period: str | None = None
    unit: str | None = None
    before: float | None = None
    value: float | None = None
    field: str | None = None
    reason: str | None = None
    doubts: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Giver:
    """Who gives the rows. ``may``: whether it may give a target's figures; ``own``: whether as who
    answers for them, no office; ``source``: where a row names none; ``register``: its id."""

    actor: str
    now: datetime
    day: date
    may: Callable[[Owned], bool] = lambda _: True
    own: Callable[[Owned], bool] = lambda _: True
    source: str = ""
    register: str | None = None
    confirmed: bool = False


def take(
    connection: Connection, rows: Sequence[FigureRow], giver: Giver, *, dry_run: bool = False
) -> list[Outcome]:
    """Take the good rows into the record, or with ``dry_run`` say what would become of each."""
    if not dry_run:
        lock_job(connection, "measurements")  # the same file from two people is one
    desk = _Desk(connection, giver, rows)
    found, n = [], 0
    for row in rows:
        outcome, taken = desk.judge(row)
        found.append(outcome)
        if taken and not dry_run:
            one, given = taken
            measuring.measure(
                connection,
                one,
                given,
                actor=giver.actor,
                now=giver.now,
                day=giver.day,
                register=giver.register,
                measured_at=row.measured_at,
            )
            n += not giver.own(one)
    if n:
        audit.note(connection, giver.now, giver.actor, "figures-brought", detail={"figures": n})
    if not dry_run:
        said.keep(connection, desk.words.values())  # with the figures, or not at all
    return found


def units_of(connection: Connection, day: date) -> Callable[[str], str | None]:
    """What tells a target's unit by its id or title; None: it has none, or is not known."""
    every = measuring.listing(connection, day)
    units = {_folded(name): one.target.unit for one in every for name in _names(one)}
    units |= {one.target.id: one.target.unit for one in every}
    return lambda name: units.get(name) or units.get(_folded(name))


def counts(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many rows became what; ``doubtful`` of those that were taken."""
    found = dict.fromkeys(get_args(State), 0)
    for one in outcomes:
        found[one.state] += 1
    taken = [one for one in outcomes if one.state in ("new", "correction")]
    return found | {"doubtful": sum(bool(one.doubts) for one in taken)}


@dataclass(frozen=True, slots=True)
class _Tried:
    """A row's figure beside those of the record."""

    value: float
    part: int | None
    whole: int | None
    n: int
    period: str
    period_start: date
    period_end: date
    place: str
    register: str | None
    doubts: Sequence[Mapping[str, Any]]


class _Desk:
    """The targets, their figures so far, and those of the rows before."""

    def __init__(self, connection: Connection, giver: Giver, rows: Sequence[FigureRow]) -> None:
        self.giver = giver
        every = measuring.listing(connection, giver.day)
        self.by_id = {one.target.id: one for one in every}
        self.by_title = _titles(every)
        self.history: dict[str, list[Any]] = dict(store.of_targets(connection, list(self.by_id)))
        self.said = said.said_by(connection, {self._speaker(row) for row in rows})
        self.words: dict[tuple[str, str, str], dict[str, Any]] = {}
        """What is said now and was not said before, as the record keeps it."""
        self.rows: dict[tuple[str, str], _Tried] = {}
        """The first row of each target and period."""

    def _speaker(self, row: FigureRow) -> str:
        return speaker_of(self.giver.register, row.source or self.giver.source)

    def judge(self, row: FigureRow) -> tuple[Outcome, tuple[Owned, NewMeasurement] | None]:
        """What becomes of a row, and what is to be written of it."""
        one: Owned | None = None
        try:
            one = self._target(row)
            if row.faults:
                raise _wrong(*next(iter(row.faults.items())))
            return self._weighed(row, one)
        except DondocError as error:
            name, reason = _first(error)
            told = _told(one) if one else {"target": row.target or None, "title": row.title or None}
            refused = Outcome(
                row.place, "refused", period=row.period or None, field=name, reason=reason, **told
            )
            return refused, None

    def _target(self, row: FigureRow) -> Owned:
        if "target" in row.faults:  # nobody can say of which
            raise _wrong("target", row.faults["target"])
        if not (row.target or row.title):
            raise _wrong("target", "name a target by its id or its whole title")
        name = row.target or row.title
        known = self.by_id.get(name)
        found = [known] if known else self.by_title.get(_folded(name), [])
        if not found:
            name = name[:80]
            raise _wrong("target", f"no target '{name}'; 'dondoc targets list' shows them")
        if len(found) > 1:
            ids = ", ".join(one.target.id for one in found)
            raise _wrong("target", f"several targets are called so: {ids}; give the id")
        if not self.giver.may(found[0]):
            raise _wrong("target", "another body answers for this target")
        measuring.answering(found[0])
        return found[0]

    def _weighed(
        self, row: FigureRow, one: Owned
    ) -> tuple[Outcome, tuple[Owned, NewMeasurement] | None]:
        given, checked = self._given(row, one)
        history, key = self.history[one.target.id], checked.period.key
        before = max((old for old in history if old.period == key), key=_number, default=None)
        doubts = self._doubts(one, checked, history)
        new = _tried(row, given, checked, (before.n if before else 0) + 1, doubts, self.giver)
        state = self._state(row, one, new, before)
        taken = state in ("new", "correction")
        outcome = Outcome(
            row.place,
            state,
            period=key,
            before=before.value if before else None,
            value=checked.value,
            reason=KEPT if state == "kept" else None,
            doubts=tuple(doubts) if taken else (),
            **_told(one),
        )
        if not taken:
            return outcome, None
        history.append(new)
        return outcome, (one, given)

    def _doubts(self, one: Owned, checked: Checked, history: Sequence[Any]) -> list[dict[str, Any]]:
        found = doubts_of(
            one.target, checked.period, checked.value, history, register=self.giver.register
        )
        return [doubt.as_json() for doubt in found]

    def _given(self, row: FigureRow, one: Owned) -> tuple[NewMeasurement, Checked]:
        if not row.period:
            raise _wrong("period", "name the period, such as 2026-Q1 or Quý I/2026")
        try:
            key = read_period(row.period).key
        except InvalidInput as error:
            raise _wrong("period", str(error)) from None
        if row.measured_at and row.measured_at > self.giver.now + AHEAD:
            raise _wrong("measured_at", "this moment lies in the future")
        if not (row.source or self.giver.source):
            raise _wrong("source", "name the document it stands in, or one for all rows")
        given = read_measurement(
            period=key,
            value=row.value,
            part=row.part,
            whole=row.whole,
            source=row.source or self.giver.source,
            note=row.note,
            confirm_personal_data=self.giver.confirmed,
        )
        return given, measuring.check(one, given, self.giver.day)

    def _state(self, row: FigureRow, one: Owned, new: _Tried, before: Any) -> State:
        earlier = self.rows.setdefault((one.target.id, new.period), new)
        if not alike(earlier, new):
            reason = f"{earlier.place} gives another figure of this period; {row.place} is left out"
            raise _wrong("period", reason)
        speaker = self._speaker(row), one.target.id, new.period
        last = self.said.get(speaker)
        if last is None or not alike(last, new):
            self.words[speaker] = word_of(speaker, new, self.giver.now)
        return becomes(new, before=before, last=last)


def _tried(
    row: FigureRow,
    given: NewMeasurement,
    checked: Checked,
    n: int,
    doubts: Sequence[Mapping[str, Any]],
    giver: Giver,
) -> _Tried:
    period = checked.period
    return _Tried(
        value=checked.value,
        part=given.part,
        whole=given.whole,
        n=n,
        period=period.key,
        period_start=period.start,
        period_end=period.end,
        place=row.place,
        register=giver.register,
        doubts=doubts,
    )


def _number(one: Any) -> int:
    return int(one.n)


def _told(one: Owned) -> dict[str, Any]:
    target = one.target
    return {"target": target.id, "title": target.title.vi, "unit": target.unit}


def _titles(every: Sequence[Owned]) -> dict[str, list[Owned]]:
    found: dict[str, list[Owned]] = {}
    for one in every:
        for title in {_folded(name) for name in _names(one)}:
            found.setdefault(title, []).append(one)
    return found


def _names(one: Owned) -> Iterator[str]:
    yield one.target.title.vi
    yield one.target.title.en


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _wrong(name: str, message: str) -> InvalidInput:
    return InvalidInput(f"{name}: {message}", fields={name: message})


def _first(error: DondocError) -> tuple[str | None, str]:
    fields = error.fields if isinstance(error, InvalidInput) else {}
    return next(iter(fields.items()), (None, str(error)))
