"""What owners measure of their targets, and who sees which of it.

A measurement is never changed: a correction is the next ``n`` of the same period, and who gave
which figure when stays to be seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from plans import outliers
from plans.access import Action, Caller, Subject, may
from plans.bodies import Directory, Lead
from plans.courses import course, last_of_each, lies_backwards, newest
from plans.declaration import Target
from plans.errors import Conflict
from plans.figures import NewMeasurement, period_of, value_of
from plans.loading import read_directory
from plans.periods import Period
from plans.privacy import require_confirmed_texts
from plans.store import Connection
from plans.store import measurements as store
from plans.store.ledger import get_texts, put_text
from plans.store.measurements import Goal
from plans.terms import LeadStatus

FEW = (1, 2, 3, 4)
"""Counts that could point to a child; none at all points to nobody."""
SHOWN = (
    "id",
    "target",
    "period",
    "period_start",
    "period_end",
    "n",
    "source",
    "department",
    "recorded_at",
    "register",
    "measured_at",
)


@dataclass(frozen=True, slots=True)
class Owned:
    """A target with who answers for it on a day: the declared owner or its successor."""

    goal: Goal
    owner: Lead

    @property
    def target(self) -> Target:
        """The target as it is declared."""
        return self.goal.target

    @property
    def subject(self) -> Subject:
        """What access is about; while nobody is decided, the declared owner sees its figures."""
        owner = self.owner.code or self.target.owner
        return Subject(f"target {self.target.id}", plan=self.goal.plan, owner=owner)


# --- reading -----------------------------------------------------------------------------------


def find(connection: Connection, key: str, day: date) -> Owned:
    """A target by its id, with its owner on a day; ``NotFound``."""
    goal = store.goal(connection, key)
    return _owned(read_directory(connection), goal, day)


def listing(
    connection: Connection, day: date, *, plan: str | None = None, department: str | None = None
) -> list[Owned]:
    """Targets with their owners on a day: of a plan, of a department as declared or in effect."""
    goals = store.goals(connection, plan)
    if not goals and department is None:
        return []  # also where nothing is loaded yet, not even the bodies
    directory = read_directory(connection)
    if department is not None:
        directory.get(department)
    found = [_owned(directory, goal, day) for goal in goals]
    return [one for one in found if department in (None, one.target.owner, one.owner.code)]


def _owned(directory: Directory, goal: Goal, day: date) -> Owned:
    code, function = goal.target.owner, goal.target.function
    if directory.is_class(code):
        reason = f"'{code}' is a class of bodies; one body must own a target"
        return Owned(goal, Lead(None, LeadStatus.UNDECIDED, reason))
    return Owned(goal, directory.lead_on(code, day, function))


def described(
    connection: Connection,
    some: Sequence[Owned],
    caller: Caller | None,
    day: date,
    *,
    history: bool = False,
    recorded_by: datetime | None = None,
) -> list[dict[str, Any]]:
    """Targets with their measurements as a caller may see them; ``caller`` None: the office.

    Each period's last figure, or with ``history`` every one, the latest period first. ``course``
    is None where it would be judged by a figure that is suppressed. ``recorded_by``: as the record
    had it at a moment (None: now).
    """
    rows = store.of_targets(connection, [one.target.id for one in some], recorded_by)
    notes = get_texts(connection, [row.note for many in rows.values() for row in many if row.note])
    return [
        _declared(one) | _measured(one, rows[one.target.id], notes, caller, day, history)
        for one in some
    ]


def _declared(one: Owned) -> dict[str, Any]:
    target, owner = one.target, one.owner
    shown = target.model_dump(mode="json", exclude={"assumed", "owner"})
    return shown | {
        "plan": one.goal.plan,
        "dropped": one.goal.dropped,
        "directional": target.directional,
        "kind": "direction" if target.directional else "number",
        "below_baseline": lies_backwards(target),
        "owner": {
            "declared": target.owner,
            "effective": owner.code,
            "status": owner.status,
            "reason": owner.reason,
        },
    }


def _measured(
    one: Owned, rows: Sequence[Any], notes: Any, caller: Caller | None, day: date, history: bool
) -> dict[str, Any]:
    rows = [row for row in rows if row.period_start <= day]
    clear = caller is None or may(caller, Action.SEE_SENSITIVE, one.subject)
    last = last_of_each(rows)
    order = {row.period: place for place, row in enumerate(last)}
    every = sorted(rows, key=lambda row: (order[row.period], -row.n))
    latest = newest(rows, day)
    hidden = latest is not None and not clear and tells_of_few(one.target, latest)
    stands = None if hidden else course(one.target, rows, day, one.goal.issued)
    figures = [shown(row, one.target, notes, clear=clear) for row in (every if history else last)]
    return {"course": stands, "measurements": figures}


def shown(row: Any, target: Target, notes: Any, *, clear: bool) -> dict[str, Any]:
    """A measurement for people: whole where all is ``clear`` to them, else without small counts.

    Every reader of measurements goes through here. ``notes``: the words behind notes' hashes.
    """
    found = {name: getattr(row, name) for name in SHOWN} | {"by": row.actor}
    found |= _doubted(row, target, clear=clear)
    words = (notes.get(row.note) or {}) if row.note else {}
    found["flagged"] = bool(words.get("flagged"))
    if not clear and tells_of_few(target, row):
        withheld = dict.fromkeys(("value", "part", "whole", "note"))
        return found | withheld | {"suppressed": True}
    whole = target.unit in ("count", "VND")
    figures = {"value": int(row.value) if whole else row.value, "part": row.part}
    return found | figures | {"whole": row.whole, "note": words.get("note"), "suppressed": False}


def _doubted(row: Any, target: Target, *, clear: bool) -> dict[str, Any]:
    """Why a figure may be wrong, and who confirmed it. ``doubtful``: nobody has.

    What a doubt compares with may be a small count itself, so of sensitive targets others learn
    only that there is one.
    """
    told = row.doubts or []
    if target.sensitive and not clear:
        told = [] if tells_of_few(target, row) else [{"kind": one["kind"]} for one in told]
    by, at = getattr(row, "confirmed_by", None), getattr(row, "confirmed_at", None)
    return {
        "doubts": [one | {"text": outliers.say(one)} for one in told],
        "doubtful": bool(told) and at is None,
        "confirmed_by": by,
        "confirmed_at": at,
    }


def tells_of_few(target: Target, row: Any) -> bool:
    """Whether a sensitive target's figure tells of 1 to 4 children, who could be recognised.

    It does where the count itself, the part of a share, or what the part leaves of the whole lies
    between 1 and 4; zero may be shown. A target without a unit may be a count. A share that was
    given without its part and whole tells of no count. Not looked at: what figures of several
    periods, or cumulative ones, give away when they are subtracted from each other.
    """
    if not target.sensitive:
        return False
    if row.part is not None:
        return row.part in FEW or row.whole in FEW or row.whole - row.part in FEW
    return target.unit in ("count", None) and row.value in FEW


# --- measuring ---------------------------------------------------------------------------------


def answering(one: Owned) -> Subject:
    """What the right to measure is about; ``Conflict`` where nobody can be asked for figures."""
    if one.goal.dropped:
        raise Conflict(f"plan '{one.goal.plan}' has target '{one.target.id}' no longer")
    if one.owner.code is None:
        raise Conflict(f"a person must decide who owns '{one.target.id}': {one.owner.reason}")
    return one.subject


@dataclass(frozen=True, slots=True)
class Checked:
    """A figure that may be taken: for which period, what it comes to in its target's unit, whose it
    is, and what of it is kept beside the record."""

    period: Period
    value: float
    department: str | None
    words: Mapping[str, Any]


def check(one: Owned, given: NewMeasurement, day: date) -> Checked:
    """A figure against its target, on the office's ``day``.

    Raises:
        Conflict: nobody can be asked for the target's figures.
        InvalidInput: names the field that is wrong; as ``PersonalData`` where source or note may
            hold a person's number and nobody confirmed them.
    """
    owner = answering(one).owner
    period = period_of(one.target, one.goal.issued, given.period, day)
    return Checked(period, value_of(one.target, given), owner, words_of(given))


def measure(
    connection: Connection,
    one: Owned,
    given: NewMeasurement,
    *,
    actor: str,
    now: datetime,
    day: date,
    register: str | None = None,
    measured_at: datetime | None = None,
) -> dict[str, Any]:
    """Add a figure to the record, the next ``n`` of its period; gives it as its owner sees it.

    ``register`` gave the figure, as it was at ``measured_at``. What is improbable is taken and
    flagged (``plans.outliers``). Errors as of ``check``.
    """
    checked = check(one, given, day)
    note = put_text(connection, dict(checked.words)) if checked.words else None
    told = {
        "source": given.source,
        "note": note,
        "actor": actor,
        "recorded_at": now,
        "register": register,
        "measured_at": measured_at,
        "doubts": _doubts(connection, one.target, checked, register),
    }
    row = store.add(connection, _figure(one, given, checked) | told)
    return shown(row, one.target, {note: checked.words}, clear=True)


def _doubts(
    connection: Connection, target: Target, checked: Checked, register: str | None
) -> list[dict[str, Any]] | None:
    """Why a figure may be wrong, as the record keeps it; None: there is no doubt."""
    history = store.of_targets(connection, [target.id])[target.id]
    found = outliers.doubts_of(target, checked.period, checked.value, history, register=register)
    return [doubt.as_json() for doubt in found] or None


def _figure(one: Owned, given: NewMeasurement, checked: Checked) -> dict[str, Any]:
    """What a figure is, of what and of when, without who said it."""
    return {
        "plan": one.goal.plan,
        "target": one.target.id,
        "department": checked.department,
        "period": checked.period.key,
        "period_start": checked.period.start,
        "period_end": checked.period.end,
        "value": checked.value,
        "part": given.part,
        "whole": given.whole,
    }


def words_of(given: NewMeasurement) -> dict[str, Any]:
    """What is kept beside the record: the note, and that a person's number was ruled out;
    ``PersonalData`` where nobody did."""
    texts = {"source": given.source, "note": given.note}
    flagged = require_confirmed_texts(texts, confirmed=given.confirm_personal_data)
    note = {"note": given.note} if given.note else {}
    return note | ({"flagged": True} if flagged else {})
