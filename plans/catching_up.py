"""Catching up: what waits since earlier days is looked at again before it is sent.

A server that was away, a hold, or days without a run leave notices that tell of days gone by. Each
recipient is told once what it still owes, as it stands on the day of sending: several waiting
notices of a kind become one, the newest, under its own key and Message-ID. What tells of nothing
any more is dropped, with the reason; what was dropped counts as never told, so it is owed again
should it become due again. A notice that a server may have taken already keeps its words, since
its repeat must be the same message; it too is dropped once nothing in it holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from plans.addressing import Bodies
from plans.calendar import WorkCalendar
from plans.climbing import Ladders, ladders_of
from plans.ladder import Step, reached
from plans.loading import read_calendar
from plans.messages import Earlier
from plans.reminding import STALE, Owed, contents_of, line_of, recipients
from plans.store import Connection, Engine, catalogue, outdated, reading, writing
from plans.store.events import returned_because
from plans.store.outdated import Retold, Told, Waiting
from plans.terms import Delivery, LeadStatus, NoticeKind, Review, Work
from plans.weeks import monday_of

WEEK = timedelta(days=7)
"""A digest that is older tells of a week that nobody asks about any more."""
LONGEST_REASON = 500
MADE, WEEKS_KEPT = "digests-made", 60
LOT = 50
"""Recipients in one transaction: under a second, in which nobody else writes on SQLite."""
KINDS = (NoticeKind.REMINDER, NoticeKind.ESCALATION)
"""In this order: who is told today only is not reported to a superior today."""

Group = tuple[str, NoticeKind]


@dataclass(slots=True)
class Settled:
    """How many waiting notices were told as of the day, merged into a newer one, or dropped."""

    retold: int = 0
    merged: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class _Known:
    """What decides whether a line still holds. ``told``: by notices that stay as they are."""

    on: date
    bodies: Bodies
    calendar: WorkCalendar
    rows: Mapping[str, Any]
    ladders: Ladders
    returned: Mapping[str, str]
    told: Mapping[str, Sequence[Told]]

    def step(self, row: Any) -> Step | None:
        """The rung that an assignment has reached."""
        return reached(self.ladders[row.plan][0], row.due, self.on, self.calendar)


@dataclass(slots=True)
class _Ends:
    """What becomes of the notices that were looked at."""

    reasons: dict[int, str] = field(default_factory=dict)
    merged: int = 0
    targets: dict[Group, Waiting] = field(default_factory=dict)
    owed: list[Owed] = field(default_factory=list)


def settle(connection: Connection, on: date, now: datetime) -> Settled:
    """Bring up to date what waits since before ``on``; a second call changes nothing.

    The caller holds ``writing(…, alone="remind")``: nobody owes a reminder meanwhile. What a live
    run holds is left to it. All in one transaction; beside others see ``settle_in_parts``.
    """
    result = Settled()
    _begin(connection, on, now, result)
    for kind in KINDS:
        found = _outgrown(connection, kind, on, now)
        for some in _lots(found, len(found) or 1):
            _settle_some(connection, kind, some, on, now, result)
    return result


def settle_in_parts(engine: Engine, on: date, now: datetime, most: int = LOT) -> Settled:
    """The same, some recipients in each transaction, so that others write in between."""
    result = Settled()
    with writing(engine, alone="remind") as connection:
        _begin(connection, on, now, result)
    for kind in KINDS:
        with reading(engine) as connection:
            found = _outgrown(connection, kind, on, now)
        for some in _lots(found, most):
            with writing(engine, alone="remind") as connection:
                _settle_some(connection, kind, some, on, now, result)
    return result


def _begin(connection: Connection, on: date, now: datetime, result: Settled) -> None:
    outdated.mark_maybe_taken(connection, now)
    _settle_digests(connection, on, now, result)


def _outgrown(connection: Connection, kind: NoticeKind, on: date, now: datetime) -> list[str]:
    """To whom something waits since an earlier day, or beside another notice of the kind."""
    found: dict[str, list[Waiting]] = defaultdict(list)
    for one in outdated.waiting(connection, now, on, kind):
        found[one.recipient].append(one)
    return sorted(code for code, some in found.items() if len(some) > 1 or some[0].day < on)


def _lots(found: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    for at in range(0, len(found), most):
        yield found[at : at + most]


# --- digests ------------------------------------------------------------------------------------


def _settle_digests(connection: Connection, on: date, now: datetime, result: Settled) -> None:
    before = on - timedelta(days=1)
    old = outdated.waiting(connection, now, before, NoticeKind.DIGEST)
    if old:  # again, so that nobody claims them
        codes = sorted({one.recipient for one in old})
        old = outdated.waiting(connection, now, before, NoticeKind.DIGEST, codes)
    newest = outdated.newest_digests(connection, [one.recipient for one in old])
    reasons = {}
    for one in old:
        if (last := newest[one.recipient, one.role]) > one.day:
            reasons[one.notice] = f"outdated: the digest of {last} followed"
        elif on - one.day > WEEK:
            reasons[one.notice] = f"outdated: the week’s digest of {one.day} was never sent"
    outdated.drop(connection, reasons, now)
    result.dropped += len(reasons)


# --- reminders and escalations ------------------------------------------------------------------


def _settle_some(
    connection: Connection,
    kind: NoticeKind,
    codes: Sequence[str],
    on: date,
    now: datetime,
    result: Settled,
) -> None:
    groups: dict[Group, list[Waiting]] = defaultdict(list)
    for one in outdated.waiting(connection, now, on, kind, codes):
        groups[one.recipient, kind].append(one)
    lines: dict[int, list[Told]] = defaultdict(list)
    every = [one.notice for some in groups.values() for one in some]
    for line in outdated.rungs_of(connection, every):
        lines[line.notice].append(line)
    movable = {one.notice for some in groups.values() for one in some if not one.maybe_taken}
    keys = sorted({line.assignment for some in lines.values() for line in some})
    known = _read(connection, on, keys, movable)
    ends = _Ends()
    for group, some in groups.items():
        _settle_group(known, group, some, lines, ends)
    outdated.drop(connection, ends.reasons, now)
    retold = _retold(connection, ends, on)
    outdated.retell(connection, retold)
    result.retold += len(retold)
    result.merged += ends.merged
    result.dropped += len(ends.reasons) - ends.merged


def _read(connection: Connection, on: date, keys: Sequence[str], movable: set[int]) -> _Known:
    """Of what is told, without what the notices tell that are settled now (``movable``)."""
    rows = outdated.assignments_of(connection, keys)
    told: dict[str, list[Told]] = defaultdict(list)
    for one in outdated.told(connection, keys):
        if one.notice not in movable:
            told[one.assignment].append(one)
    returned = [row.id for row in rows.values() if row.review == Review.RETURNED]
    return _Known(
        on=on,
        bodies=Bodies(connection, on),
        calendar=read_calendar(connection),
        rows=rows,
        ladders=ladders_of(connection),
        returned=returned_because(connection, returned),
        told=told,
    )


def _settle_group(
    known: _Known,
    group: Group,
    some: Sequence[Waiting],
    lines: Mapping[int, Sequence[Told]],
    ends: _Ends,
) -> None:
    """One recipient's waiting notices of a kind, the oldest first."""
    target = next((one for one in reversed(some) if not one.maybe_taken), None)
    owed: dict[str, Owed] = {}
    looked = [(one, *_look(known, group, one, lines[one.notice], owed)) for one in some]
    if target and owed:
        ends.targets[group] = target
        ends.owed += owed.values()
    for one, holds, reasons in looked:
        if (holds and one.maybe_taken) or (owed and one is target):
            continue
        if holds and target:
            ends.reasons[one.notice] = f"merged into {target.key}"
            ends.merged += 1
        else:
            ends.reasons[one.notice] = _outdated(reasons)


def _look(
    known: _Known, group: Group, one: Waiting, lines: Iterable[Told], owed: dict[str, Owed]
) -> tuple[bool, list[str]]:
    """Whether any of a notice's lines holds, and why others do not; what holds joins ``owed``."""
    holds, reasons = False, []
    for line in lines:
        reason = _why_over(known, line, group)
        if reason is None and not one.maybe_taken:
            reason = _why_not_now(known, line, group)
            if reason is None:
                owed[line.assignment] = _owed(known, line, group, owed.get(line.assignment))
        holds = holds or reason is None
        reasons += [reason] if reason else []
    return holds, reasons


def _outdated(reasons: Iterable[str]) -> str:
    said = "; ".join(sorted(set(reasons))) or "it tells of nothing"
    return f"outdated: {said}"[:LONGEST_REASON]


def _why_over(known: _Known, line: Told, group: Group) -> str | None:
    """Why a line does not hold any more, whether it was told or not; None: it does."""
    row = known.rows.get(line.assignment)
    if row is None:
        return "the assignment is gone"
    if ended := _ended(row):
        return ended
    if row.due != line.due:
        return f"the date was moved to {row.due}"
    step = known.step(row)
    if step is None:
        return "its ladder asks nothing yet"
    coordinator = known.ladders[row.plan][1]
    if group not in recipients(known.bodies, row, step.rung, coordinator):
        return "it is not this recipient’s any more"
    return None


def _ended(row: Any) -> str | None:
    """Why nothing is owed on an assignment (the counterpart of ``rules.is_open``, in words)."""
    if row.lead_status == LeadStatus.UNDECIDED:
        return "its lead is not decided"
    if row.work == Work.DONE:
        return f"done on {row.done_on}"
    if row.work in (Work.SUSPENDED, Work.CANCELLED):
        return str(row.work)
    if row.review == Review.SUBMITTED:
        return f"reported on {row.submitted_on}"
    return None


def _why_not_now(known: _Known, line: Told, group: Group) -> str | None:
    """Why a line that holds is not told by this notice; None: it is."""
    recipient, kind = group
    told = known.told[line.assignment]
    step = known.step(known.rows[line.assignment])
    assert step is not None
    rung = max(step.rung.days, line.rung)
    for one in told:
        mine = one.recipient == recipient and one.due == line.due
        if mine and one.rung >= rung and one.state is not Delivery.FAILED:
            return f"told already on {one.day}"
    if kind is NoticeKind.ESCALATION:
        if known.on - step.day > STALE:
            return "it is long past"
        if not any(one.due == line.due and one.day < known.on for one in told):
            return "the body itself was not told before"
    return None


def _owed(known: _Known, line: Told, group: Group, before: Owed | None) -> Owed:
    """The line as it stands on the day, on the rung that was reached by then."""
    row, told = known.rows[line.assignment], known.told[line.assignment]
    step = known.step(row)
    assert step is not None
    rung = max(step.rung.days, line.rung, before.rung if before else line.rung)
    if any(one.recipient == group[0] and one.due == row.due and one.rung == rung for one in told):
        # A notice that failed told it, and keeps it on its record; this one keeps its own.
        rung = max(line.rung, before.rung if before else line.rung)
    earlier = tuple(Earlier(day=one.day, to=known.bodies.name(one.recipient)) for one in told)
    office = known.bodies.present(row.coordinator) or row.coordinator
    reason = known.returned.get(row.id)
    return Owed(group[0], group[1], rung, row.due, office, line_of(row, known.on, earlier, reason))


def _retold(connection: Connection, ends: _Ends, on: date) -> list[Retold]:
    found = []
    for content, some in contents_of(connection, ends.owed, on):
        target = ends.targets[content.recipient, content.kind]
        rungs = sorted((one.line.assignment, one.due, one.rung) for one in some)
        facts = content.model_dump(mode="json")
        found.append(Retold(target.notice, content.recipient, on, facts, rungs))
    return found


# --- digests that were not made -----------------------------------------------------------------


def is_digest_made(connection: Connection, on: date) -> bool:
    """Whether a run has made this week's digests, all of them."""
    return monday_of(on).isoformat() in (catalogue.read_setting(connection, MADE) or [])


def note_digests_made(connection: Connection, on: date) -> None:
    """Remember it, once the last one is written: a run that was killed before is gone on with."""
    weeks = {*(catalogue.read_setting(connection, MADE) or []), monday_of(on).isoformat()}
    catalogue.save_setting(connection, MADE, sorted(weeks)[-WEEKS_KEPT:])
