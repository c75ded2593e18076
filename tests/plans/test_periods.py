from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.errors import InvalidInput
from plans.periods import (
    Language,
    Period,
    Window,
    label,
    next_period,
    parse_key,
    period_of,
    periods_between,
    said,
)
from plans.terms import PeriodKind

ONE = timedelta(days=1)
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
KINDS = st.sampled_from(list(PeriodKind))
TILING = st.sampled_from([kind for kind in PeriodKind if kind is not PeriodKind.NINE_MONTHS])
WINDOWS = st.sampled_from(["official", "calendar"])


@pytest.mark.parametrize(
    ("kind", "day", "key", "start", "end"),
    [
        ("month", "2025-01-14", "2025-01", "2024-12-15", "2025-01-14"),
        ("month", "2025-01-15", "2025-02", "2025-01-15", "2025-02-14"),
        ("month", "2025-12-31", "2026-01", "2025-12-15", "2026-01-14"),
        ("quarter", "2024-12-15", "2025-Q1", "2024-12-15", "2025-03-14"),
        ("quarter", "2025-03-15", "2025-Q2", "2025-03-15", "2025-06-14"),
        ("quarter", "2025-09-14", "2025-Q3", "2025-06-15", "2025-09-14"),
        ("quarter", "2025-12-14", "2025-Q4", "2025-09-15", "2025-12-14"),
        ("half_year", "2025-06-14", "2025-H1", "2024-12-15", "2025-06-14"),
        ("half_year", "2025-06-15", "2025-H2", "2025-06-15", "2025-12-14"),
        ("nine_months", "2025-09-14", "2025-9M", "2024-12-15", "2025-09-14"),
        ("nine_months", "2025-09-15", "2026-9M", "2025-12-15", "2026-09-14"),
        ("year", "2025-12-14", "2025", "2024-12-15", "2025-12-14"),
        ("year", "2025-12-15", "2026", "2025-12-15", "2026-12-14"),
        ("fortnight", "2024-01-01", "F2024-01-01", "2024-01-01", "2024-01-14"),
        ("fortnight", "2025-04-06", "F2025-03-24", "2025-03-24", "2025-04-06"),
        ("fortnight", "2023-12-31", "F2023-12-18", "2023-12-18", "2023-12-31"),
    ],
)
def test_official_periods(kind: str, day: str, key: str, start: str, end: str) -> None:
    expected = Period(PeriodKind(kind), key, date.fromisoformat(start), date.fromisoformat(end))
    assert period_of(PeriodKind(kind), date.fromisoformat(day)) == expected
    assert expected.cutoff == expected.end


@pytest.mark.parametrize(
    ("kind", "day", "key", "start", "end"),
    [
        ("month", "2024-02-15", "2024-02", "2024-02-01", "2024-02-29"),
        ("month", "2025-12-31", "2025-12", "2025-12-01", "2025-12-31"),
        ("quarter", "2025-06-30", "2025-Q2", "2025-04-01", "2025-06-30"),
        ("half_year", "2025-07-01", "2025-H2", "2025-07-01", "2025-12-31"),
        ("nine_months", "2025-09-30", "2025-9M", "2025-01-01", "2025-09-30"),
        ("nine_months", "2025-10-01", "2026-9M", "2026-01-01", "2026-09-30"),
        ("year", "2025-12-31", "2025", "2025-01-01", "2025-12-31"),
        ("fortnight", "2025-04-06", "F2025-03-24", "2025-03-24", "2025-04-06"),
    ],
)
def test_calendar_periods(kind: str, day: str, key: str, start: str, end: str) -> None:
    expected = Period(PeriodKind(kind), key, date.fromisoformat(start), date.fromisoformat(end))
    assert period_of(PeriodKind(kind), date.fromisoformat(day), "calendar") == expected


def test_periods_between_include_those_that_only_touch() -> None:
    found = periods_between(PeriodKind.MONTH, date(2025, 1, 14), date(2025, 2, 15))
    assert [period.key for period in found] == ["2025-01", "2025-02", "2025-03"]
    found = periods_between(PeriodKind.MONTH, date(2025, 1, 15), date(2025, 2, 14))
    assert [period.key for period in found] == ["2025-02"]


def test_no_nine_months_overlap_the_last_quarter() -> None:
    kind = PeriodKind.NINE_MONTHS
    assert periods_between(kind, date(2025, 9, 15), date(2025, 12, 14)) == []
    found = periods_between(kind, date(2025, 9, 14), date(2025, 12, 15))
    assert [period.key for period in found] == ["2025-9M", "2026-9M"]


def test_nothing_lies_between_reversed_dates() -> None:
    assert periods_between(PeriodKind.YEAR, date(2025, 5, 2), date(2025, 5, 1)) == []


@pytest.mark.parametrize(
    ("key", "vietnamese", "english"),
    [
        ("2025-01", "tháng 01/2025", "January 2025"),
        ("2025-12", "tháng 12/2025", "December 2025"),
        ("2025-Q1", "quý I/2025", "Q1 2025"),
        ("2025-Q4", "quý IV/2025", "Q4 2025"),
        ("2025-H1", "6 tháng đầu năm 2025", "first half of 2025"),
        ("2025-H2", "6 tháng cuối năm 2025", "second half of 2025"),
        ("2025-9M", "9 tháng năm 2025", "nine months of 2025"),
        ("2025", "năm 2025", "year 2025"),
        ("F2025-03-24", "kỳ 02 tuần từ 24/03/2025", "fortnight from 24 March 2025"),
    ],
)
@pytest.mark.parametrize("window", ["official", "calendar"])
def test_labels(key: str, window: Window, vietnamese: str, english: str) -> None:
    period = parse_key(key, window)
    texts: dict[Language, str] = {"vi": vietnamese, "en": english}
    assert {language: label(period, language) for language in texts} == texts


@pytest.mark.parametrize(
    ("key", "vietnamese", "english"),
    [
        ("2025-Q1~2", "quý I/2025", "Q1 2025"),
        ("2027-12-31", "31/12/2027", "31 December 2027"),
        ("2027-12-31~2", "31/12/2027", "31 December 2027"),
    ],
)
def test_what_an_assignment_s_key_is_called(key: str, vietnamese: str, english: str) -> None:
    assert (said(key), said(key, "en")) == (vietnamese, english)


def test_a_key_that_names_neither_a_period_nor_a_day_has_no_name() -> None:
    with pytest.raises(InvalidInput, match="no period"):
        said("2027-02-30")


@pytest.mark.parametrize(
    "key",
    [
        *("", "2025-13", "2025-00", "2025-Q5", "2025-H3", "2025-1", "25", "0000", "2025-9m"),
        *("2025-01-31", " 2025", "2025\n", "F2025", "F2025-02-30", "٢٠٢٥"),
    ],
)
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(InvalidInput, match="no period"):
        parse_key(key)


def test_a_fortnight_key_must_name_its_first_day() -> None:
    with pytest.raises(InvalidInput, match="the one around it is 'F2025-03-24'"):
        parse_key("F2025-03-31")


@given(TILING, DAYS, WINDOWS)
def test_a_day_lies_in_its_period_and_in_no_neighbour(
    kind: PeriodKind, day: date, window: Window
) -> None:
    period = period_of(kind, day, window)
    assert period.start <= day <= period.end
    assert period_of(kind, period.start, window) == period
    assert period_of(kind, period.end, window) == period
    assert period_of(kind, period.start - ONE, window).end == period.start - ONE
    assert next_period(period).start == period.end + ONE


@given(TILING, DAYS, DAYS, WINDOWS)
def test_periods_tile(kind: PeriodKind, a: date, b: date, window: Window) -> None:
    first, last = sorted((a, b))
    found = periods_between(kind, first, last, window)
    assert found[0].start <= first <= found[0].end
    assert found[-1].start <= last <= found[-1].end
    for period, following in pairwise(found):
        assert following.start == period.end + ONE


@given(DAYS, WINDOWS)
def test_nine_months_end_next(day: date, window: Window) -> None:
    period = period_of(PeriodKind.NINE_MONTHS, day, window)
    previous = parse_key(f"{int(period.key[:4]) - 1}-9M", window)
    assert previous.end < day <= period.end
    assert next_period(previous) == period


@given(KINDS, DAYS, DAYS, WINDOWS)
def test_a_later_day_is_in_no_earlier_period(
    kind: PeriodKind, a: date, b: date, window: Window
) -> None:
    first, second = sorted((a, b))
    sooner, later = period_of(kind, first, window), period_of(kind, second, window)
    assert sooner.start <= later.start
    assert (sooner.start < later.start) == (sooner.key < later.key)


@given(KINDS, DAYS, WINDOWS)
def test_keys_parse_back(kind: PeriodKind, day: date, window: Window) -> None:
    period = period_of(kind, day, window)
    assert parse_key(period.key, window) == period


@given(DAYS, WINDOWS)
def test_longer_periods_end_with_a_shorter_one(day: date, window: Window) -> None:
    for kind in (PeriodKind.QUARTER, PeriodKind.HALF_YEAR, PeriodKind.YEAR):
        longer = period_of(kind, day, window)
        assert period_of(PeriodKind.MONTH, longer.start, window).start == longer.start
        assert period_of(PeriodKind.MONTH, longer.end, window).end == longer.end
