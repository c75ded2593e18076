"""Why a figure may be wrong, against its unit and its target's own history. Pure functions.

A doubtful figure is taken and flagged, never refused: what is improbable happens, and a figure that
is missing helps nobody. What it is held against are the last figures of other periods, of the same
length, about which there is no doubt (or no more: a person confirmed them).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import Any, Final, Literal

from plans.courses import Figure, last_of_each, rises
from plans.declaration import Target
from plans.figures import SHARES
from plans.periods import Period, parse_key

Kind = Literal[
    "over_whole", "unit", "fraction", "jump", "fell", "turned", "far_period", "contradicts"
]

FACTOR: Final = 3.0
"""A figure that is over three times the others, or under a third of them, has jumped."""
SLIPS: Final = (100.0, 1000.0, 1_000_000.0)
"""0,14 for 14 %, thousands for units, million đồng for đồng: powers by which units are mistaken."""
NEAR: Final = 1.25
"""Corrected for a slip, a figure lies within this factor of the others."""
LEAST: Final = {"percent": 10.0, "per_mille": 10.0, "count": 10.0}
"""By less than this, in the target's unit, nothing has jumped: 1 becomes 4 any day."""
LOOKS_BACK: Final = 6
"""Figures of other periods that one is held against, the nearest."""
STEADY: Final = 3
"""As many steps in one direction make a course, which a figure can turn against."""
FAR_DAYS: Final = 3 * 366
"""Between a figure's period and the nearest other one."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a figure may be wrong. ``against``: what it is held against, with its ``period`` where it
    is one figure; ``factor``: how many times as much it is, or by how much the unit may be wrong.
    """

    kind: Kind
    against: float | None = None
    period: str | None = None
    factor: float | None = None

    def as_json(self) -> dict[str, Any]:
        """As the record keeps it."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def doubts_of(
    target: Target,
    period: Period,
    value: float,
    history: Iterable[Figure],
    *,
    register: str | None = None,
) -> list[Doubt]:
    """Why a figure for a period may be wrong; ``history``: the target's other figures so far;
    ``register``: the one that gives it, of itself and not by a person."""
    last = last_of_each(history)
    before = next((one for one in last if one.period == period.key), None)
    others = [one for one in last if one.period != period.key]
    trusted = [one for one in others if not is_doubtful(one)]
    alike = [one for one in trusted if parse_key(one.period).kind is period.kind]
    found = [
        _contradicts(value, before) if register else None,
        _over_whole(target, value),
        _unit(target, period, value, alike)
        or _fraction(target, period, value, alike)
        or _jump(target, period, value, alike),
        _fell(target, period, value, trusted) or _turned(target, period, value, alike),
        _far(period, others),
    ]
    return [one for one in found if one is not None]


def is_doubtful(row: Any) -> bool:
    """Whether a figure of the record is flagged, and nobody has confirmed it."""
    return bool(getattr(row, "doubts", None)) and getattr(row, "confirmed_at", None) is None


# --- against a person's word --------------------------------------------------------------------


def _contradicts(value: float, before: Figure | None) -> Doubt | None:
    """Another figure than the one that a person gave, or corrected, for the same period."""
    if before is None or getattr(before, "register", None) is not None:
        return None
    return None if _rounded(before.value, value) else Doubt("contradicts", against=before.value)


def _rounded(short: float, long: float) -> bool:
    """Whether a figure is another one, written with fewer decimals: 73.4 for 73.4286."""
    decimals = min(0, int(Decimal(repr(short)).normalize().as_tuple().exponent))
    return abs(short - long) <= 0.5 * 10.0**decimals


# --- against its unit ---------------------------------------------------------------------------


def _fraction(
    target: Target, period: Period, value: float, alike: Sequence[Figure]
) -> Doubt | None:
    """A first figure of at most 1 where many per cent are the goal: 0,95 for 95 %?"""
    goal, most = target.value, SHARES.get(target.unit or "")
    if most is None or goal is None or not rises(target):
        return None
    if _usual(target, period, alike) is not None:
        return None  # then that tells
    return Doubt("fraction", against=goal) if 0 < value <= 1 and goal >= most / 10 else None


def _over_whole(target: Target, value: float) -> Doubt | None:
    """A rate over 100 %: also where the whole is an estimate, and more came than were expected."""
    most = SHARES.get(target.unit or "")
    return Doubt("over_whole", against=float(most)) if most and value > most else None


# --- against what was measured ------------------------------------------------------------------


def _usual(target: Target, period: Period, alike: Sequence[Figure]) -> float | None:
    """What the nearest periods' figures are around; at the beginning the baseline alone.

    A baseline is a year's figure: of parts of a year it tells only where the target is a share.
    """
    nearest = sorted(alike, key=lambda one: abs((one.period_end - period.end).days))[:LOOKS_BACK]
    if nearest:
        return float(median(one.value for one in nearest))
    fits = target.unit in SHARES or period.kind == "year"
    return target.baseline.value if target.baseline and fits else None


def _unit(target: Target, period: Period, value: float, alike: Sequence[Figure]) -> Doubt | None:
    usual = _usual(target, period, alike)
    if not usual or not value:
        return None
    for slip in SLIPS:
        for factor in (slip, 1 / slip):
            if 1 / NEAR <= value / factor / usual <= NEAR:
                return Doubt("unit", against=usual, factor=factor)
    return None


def _jump(target: Target, period: Period, value: float, alike: Sequence[Figure]) -> Doubt | None:
    usual = _usual(target, period, alike)
    if usual is None or abs(value - usual) < LEAST.get(target.unit or "", 0.0):
        return None
    low, high = sorted((value, usual))
    wide = high > 0 and low * FACTOR < high
    if not (wide or _share_jumped(target, value, usual)) or _within(alike, value):
        return None
    return Doubt("jump", against=usual, factor=value / usual if usual else None)


def _share_jumped(target: Target, value: float, usual: float) -> bool:
    """Of a share also what is missing of the whole: from 97 % to 60 % it has grown thirteenfold."""
    most = SHARES.get(target.unit or "")
    if not most or value > usual or usual >= most:
        return False
    return (most - value) > 3 * FACTOR * (most - usual)


def _within(alike: Sequence[Figure], value: float) -> bool:
    """Whether the target's figures have spread as far before: then it is no jump for it."""
    values = [one.value for one in alike]
    return len(values) > 1 and min(values) <= value <= max(values)


def _fell(target: Target, period: Period, value: float, trusted: Sequence[Figure]) -> Doubt | None:
    """Less in a whole than in its own part: counts of half a year are contained in the year's."""
    if target.unit not in ("count", "VND") or target.comparator == "decrease_to":
        return None
    for one in trusted:
        inner = period.start <= one.period_start and one.period_end <= period.end
        if inner and one.value > value:
            return Doubt("fell", against=one.value, period=one.period)
        outer = one.period_start <= period.start and period.end <= one.period_end
        if outer and one.value < value:
            return Doubt("fell", against=one.value, period=one.period)
    return _sank(period, value, trusted)


def _sank(period: Period, value: float, trusted: Sequence[Figure]) -> Doubt | None:
    """A count that only rose within a year is summed up over it (lũy kế), and cannot fall."""
    year = [one for one in _before(period, trusted) if one.period_end.year == period.end.year]
    risen = [b.value > a.value for a, b in pairwise(year)]
    if len(risen) >= STEADY and all(risen) and value < year[-1].value:
        return Doubt("fell", against=year[-1].value, period=year[-1].period)
    return None


def _turned(target: Target, period: Period, value: float, alike: Sequence[Figure]) -> Doubt | None:
    """Against a steady course, and by more than twice its largest step."""
    before = _before(period, alike)[-LOOKS_BACK:]
    steps = [b.value - a.value for a, b in pairwise(before)]
    if len(steps) < STEADY or not (all(s > 0 for s in steps) or all(s < 0 for s in steps)):
        return None
    last, step = before[-1], value - before[-1].value
    against = step * steps[0] < 0 and abs(step) > 2 * max(map(abs, steps))
    if not against or abs(step) < LEAST.get(target.unit or "", 0.0):
        return None
    return Doubt("turned", against=last.value, period=last.period)


def _before(period: Period, figures: Sequence[Figure]) -> list[Figure]:
    """Those of the same length that ended before, in the order of time."""
    kind = period.kind
    some = (one for one in figures if one.period_end < period.end)
    alike = (one for one in some if parse_key(one.period).kind is kind)
    return sorted(alike, key=lambda one: one.period_end)


def _far(period: Period, others: Sequence[Figure]) -> Doubt | None:
    """A period that lies years from all others: mostly a year mistyped."""
    if len(others) < 2:
        return None
    nearest = min(others, key=lambda one: _gap(period, one))
    if _gap(period, nearest) <= FAR_DAYS:
        return None
    return Doubt("far_period", period=nearest.period)


def _gap(period: Period, one: Figure) -> int:
    ends: tuple[date, date] = (period.end, one.period_end)
    return abs((ends[0] - ends[1]).days)


# --- in words -----------------------------------------------------------------------------------

PLAIN: Final = {
    "over_whole": "it is over {against:g}, the whole of a share",
    "unit": "it is about {factor:g} times the usual {against:g}: is the unit right?",
    "fraction": "it is 1 at most, where the goal is {against:g}: a share of 1, not of 100?",
    "jump": "it lies far from the usual {against:g} of other periods",
    "fell": "{period} has {against:g}, and one of the two contains the other",
    "turned": "it turns back from a steady course, after {against:g} in {period}",
    "contradicts": "it differs from {against:g}, which a person gave for this period",
    "far_period": "its period lies years from all others, the nearest of which is {period}",
}


def say(doubt: dict[str, Any]) -> str:
    """A doubt of the record as an English sentence's part; pages have words of their own."""
    try:
        return PLAIN[doubt["kind"]].format(**doubt)
    except KeyError:  # small counts that are withheld, or a kind of a later release
        return f"{doubt['kind']}".replace("_", " ")
