"""Why a figure may be wrong: what is flagged, what is not, and that nothing else is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plans.declaration import Baseline, Target
from plans.outliers import doubts_of, say
from plans.periods import parse_key
from tests.builders import build_target


@dataclass(frozen=True)
class Old:
    """A figure of the record."""

    period: str
    value: float
    n: int = 1
    doubts: Any = None
    confirmed_at: datetime | None = None
    register: str | None = None

    @property
    def period_start(self) -> date:
        return parse_key(self.period).start

    @property
    def period_end(self) -> date:
        return parse_key(self.period).end


SHARE = build_target("ty-le")
COUNT = build_target("so", unit="count", comparator="at_least", value=100)
QUARTERS = ("2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4")


def kinds(target: Target, period: str, value: float, *history: Old) -> list[str]:
    return [one.kind for one in doubts_of(target, parse_key(period), value, history)]


def quarters(*values: float) -> list[Old]:
    return [Old(period, value) for period, value in zip(QUARTERS, values, strict=False)]


@pytest.mark.parametrize(
    ("target", "period", "value", "history", "found"),
    [
        # a rate over 100 %
        (SHARE, "2025-Q1", 100.0, [], []),
        (SHARE, "2025-Q1", 100.5, [], ["over_whole"]),
        (build_target("x", unit="per_mille"), "2025-Q1", 1000.5, [], ["over_whole"]),
        (COUNT, "2025-Q1", 5000.0, [], []),
        # a unit mistaken
        (SHARE, "2025-Q1", 0.72, quarters(70, 71, 73), ["unit"]),
        (SHARE, "2025-Q1", 7200.0, quarters(70, 71, 73), ["over_whole", "unit"]),
        (COUNT, "2025-Q1", 1.2, quarters(1000, 1100, 1200), ["unit"]),
        (build_target("y", baseline=Baseline(value=60)), "2025-Q1", 0.6, [], ["unit"]),
        # a jump
        (SHARE, "2025-Q1", 76.0, quarters(70, 71, 73), []),
        (SHARE, "2025-Q1", 20.0, quarters(70, 71, 73), ["jump"]),
        (SHARE, "2025-Q1", 60.0, quarters(97, 97.5, 97.2), ["jump"]),
        (SHARE, "2025-Q1", 90.0, quarters(97, 97.5, 97.2), []),
        (COUNT, "2025-Q1", 4.0, quarters(1, 1, 1), []),
        (COUNT, "2025-Q1", 400.0, quarters(100, 110, 90), ["jump"]),
        (COUNT, "2025-Q1", 400.0, quarters(100, 500, 90), []),
        (COUNT, "2025-Q1", 50.0, quarters(0, 0), ["jump"]),
        # periods of other lengths are another matter
        (COUNT, "2025", 400.0, quarters(100, 110, 90), []),
        # less in the whole than in its part, and a running total that falls
        (COUNT, "2024", 90.0, quarters(80, 95), ["fell"]),
        (COUNT, "2024-Q2", 95.0, [Old("2024", 90.0)], ["fell"]),
        (COUNT, "2024-Q4", 150.0, quarters(100, 120, 140), []),
        (COUNT, "2024-05", 120.0, [Old(f"2024-0{m}", 100.0 + m) for m in (1, 2, 3, 4)], []),
        (COUNT, "2024-05", 90.0, [Old(f"2024-0{m}", 100.0 + m) for m in (1, 2, 3, 4)], ["fell"]),
        # against a steady course
        (SHARE, "2025-Q1", 70.0, quarters(60, 65, 70, 75), []),
        (SHARE, "2025-Q1", 60.0, quarters(60, 65, 70, 75), ["turned"]),
        (SHARE, "2025-Q1", 90.0, quarters(60, 65, 70, 75), []),
        # a share of 1 where one of 100 is asked for
        (SHARE, "2025-Q1", 0.95, [], ["fraction"]),
        (SHARE, "2025-Q1", 1.5, [], []),
        (SHARE, "2025-Q1", 0.0, [], []),
        (SHARE, "2025-Q1", 0.95, quarters(0.9, 0.92), []),
        (build_target("x", value=5), "2025-Q1", 0.95, [], []),
        (build_target("x", comparator="at_most", value=20), "2025-Q1", 0.5, [], []),
        (COUNT, "2025-Q1", 1.0, [], []),
        # a period years from all others
        (SHARE, "2025-Q1", 70.0, quarters(70), []),
        (SHARE, "2029-Q1", 70.0, quarters(70, 71), ["far_period"]),
    ],
)
def test_what_is_improbable_is_flagged(
    target: Target, period: str, value: float, history: list[Old], found: list[str]
) -> None:
    assert kinds(target, period, value, *history) == found


def test_a_correction_is_not_held_against_what_it_corrects() -> None:
    assert kinds(SHARE, "2025-Q1", 72.0, Old("2025-Q1", 0.72)) == []


def test_what_is_doubted_is_nothing_to_compare_with_until_it_is_confirmed() -> None:
    wrong = [Old(period, 0.7, doubts=[{"kind": "unit"}]) for period in QUARTERS]
    assert kinds(SHARE, "2025-Q1", 72.0, *wrong) == []
    sure = [Old(one.period, 0.7, 1, one.doubts, datetime(2025, 1, 1, tzinfo=UTC)) for one in wrong]
    assert kinds(SHARE, "2025-Q1", 72.0, *sure) == ["unit"]


@pytest.mark.parametrize(
    ("before", "value", "found"),
    [
        (Old("2025-Q1", 92.0), 95.0, ["contradicts"]),
        (Old("2025-Q1", 92.0), 92.0, []),
        (Old("2025-Q1", 73.4), 73.4285714, []),  # a person rounds
        (Old("2025-Q1", 73.0), 73.4285714, []),
        (Old("2025-Q1", 73.4), 73.5, ["contradicts"]),
        (Old("2025-Q1", 92.0, register="dan-cu"), 95.0, []),
        (Old("2024-Q4", 92.0), 95.0, []),
    ],
)
def test_what_a_register_says_over_a_persons_figure_is_flagged(
    before: Old, value: float, found: list[str]
) -> None:
    period = parse_key("2025-Q1")
    doubts = doubts_of(SHARE, period, value, [before], register="dan-cu")
    assert [one.kind for one in doubts] == found
    assert doubts_of(SHARE, period, value, [before]) == []


def test_a_doubt_says_what_it_is_held_against() -> None:
    [doubt] = doubts_of(SHARE, parse_key("2025-Q1"), 0.72, quarters(70, 71, 73))
    assert doubt.as_json() == {"kind": "unit", "against": 71.0, "factor": 0.01}
    assert say(doubt.as_json()) == "it is about 0.01 times the usual 71: is the unit right?"
    assert say({"kind": "jump"}) == "jump"
    assert say({"kind": "over_whole", "against": 100.0}).startswith("it is over 100")


@settings(max_examples=30, deadline=None)
@given(
    values=st.lists(st.floats(0, 1e15), max_size=6),
    value=st.floats(0, 1e15),
    unit=st.sampled_from(["percent", "per_mille", "count", "VND"]),
    key=st.sampled_from(["2025-Q1", "2024-H1", "2025", "2024-06"]),
)
def test_any_history_can_be_judged(values: list[float], value: float, unit: str, key: str) -> None:
    target = build_target("x", unit=unit)
    history = [
        Old(period, one)
        for period, one in zip((*QUARTERS, "2024", "2024-H1"), values, strict=False)
    ]
    for doubt in doubts_of(target, parse_key(key), value, history):
        assert doubt.kind.replace("_", " ") != say(doubt.as_json())
    # What lies among figures that are all alike is never a jump, nor the unit's fault.
    level = [Old(period, value) for period in QUARTERS]
    assert {"jump", "unit", "turned"}.isdisjoint(kinds(target, "2025-Q1", value, *level))
