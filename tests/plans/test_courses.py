"""Where targets stand: reached, on the straight path, behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from plans.courses import course, expected_at, last_of_each, lies_backwards, newest, reached, rises
from plans.declaration import Baseline, Target
from plans.periods import parse_key
from tests.builders import build_target

BEGUN = date(2024, 12, 14)
TODAY = date(2026, 11, 22)


@dataclass(frozen=True)
class Figure:
    """A figure of a period."""

    period: str
    value: float
    n: int = 1

    @property
    def period_start(self) -> date:
        return parse_key(self.period).start

    @property
    def period_end(self) -> date:
        return parse_key(self.period).end


def rising(**given: object) -> Target:
    """From 50 % on 14/12/2024 to 80 % on 14/12/2030: 60 % on 14/12/2026."""
    return build_target("tang", **({"baseline": Baseline(value=50)} | given))


def falling(**given: object) -> Target:
    """From 10 to under 4 in six years: 8 after two."""
    fields = {"comparator": "below", "value": 4, "baseline": Baseline(value=10)}
    return build_target("giam", **(fields | given))


@pytest.mark.parametrize(
    ("comparator", "under", "at", "over"),
    [
        ("reach", False, True, True),
        ("at_least", False, True, True),
        ("maintain", False, True, True),
        ("increase", False, True, True),
        ("above", False, False, True),
        ("below", True, False, False),
        ("at_most", True, True, False),
        ("decrease_to", True, True, False),
    ],
)
def test_what_reaches_a_goal(comparator: str, under: bool, at: bool, over: bool) -> None:
    target = build_target("a", comparator=comparator, value=60)
    assert [reached(target, value) for value in (59.9, 60, 60.1)] == [under, at, over]
    assert rises(target) is over


@pytest.mark.parametrize(
    ("target", "value", "stands"),
    [
        (rising(), 80, "reached"),
        (rising(), 60.01, "on_course"),
        (rising(), 59.9, "behind"),
        (rising(), 49, "behind"),
        (falling(), 3.9, "reached"),
        (falling(), 7.99, "on_course"),
        (falling(), 8.1, "behind"),
        (rising(baseline=None), 79, "behind"),
        (rising(due_year=None), 79, "behind"),
        (rising(baseline=None), 80, "reached"),
    ],
)
def test_a_figure_against_the_straight_path(target: Target, value: float, stands: str) -> None:
    assert course(target, [Figure("2026", value)], date(2026, 12, 20), BEGUN) == stands


def test_a_direction_is_no_goal() -> None:
    target = build_target("h", comparator="increase", value=None, unit=None)
    assert course(target, [Figure("2025", 3)], TODAY, BEGUN) == "direction"
    assert course(target, [], TODAY, BEGUN) == "direction"


def test_what_nobody_measured_has_no_course() -> None:
    assert course(rising(), [], TODAY, BEGUN) == "not_measured"
    assert course(rising(), [Figure("2027", 90)], TODAY, BEGUN) == "not_measured"


def test_an_old_figure_is_judged_by_its_own_day_until_the_due_year_is_over() -> None:
    old = [Figure("2025", 55.1)]
    assert course(rising(), old, date(2030, 12, 14), BEGUN) == "on_course"
    assert course(rising(), old, date(2030, 12, 15), BEGUN) == "behind"


def test_at_its_end_the_path_is_the_goal() -> None:
    strict = falling(due_year=2026)
    assert course(strict, [Figure("2026", 4)], date(2026, 12, 14), BEGUN) == "on_course"
    assert course(strict, [Figure("2026", 4)], date(2026, 12, 15), BEGUN) == "behind"
    assert expected_at(rising(), BEGUN, date(2031, 1, 1)) == 80
    assert expected_at(rising(), BEGUN, date(2020, 1, 1)) == 50


def test_a_goal_below_its_own_baseline_is_reached_by_the_baseline() -> None:
    target = rising(value=40)
    assert lies_backwards(target)
    assert course(target, [Figure("2025", 50)], TODAY, BEGUN) == "reached"
    assert course(target, [Figure("2025", 39)], TODAY, BEGUN) == "behind"
    assert lies_backwards(falling(value=11))
    assert not lies_backwards(falling())
    assert not lies_backwards(rising(baseline=None))


def test_the_last_correction_of_the_last_period_counts() -> None:
    some = [Figure("2025-Q4", 1), Figure("2025", 2), Figure("2025", 3, n=2), Figure("2025-Q3", 4)]
    latest = newest(some, TODAY)
    assert latest == Figure("2025", 3, n=2)
    assert [one.value for one in last_of_each(some)] == [3, 1, 4]
    assert newest(some, date(2024, 1, 1)) is None
