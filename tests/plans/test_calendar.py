from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from ruamel.yaml import YAML

import plans
from plans.calendar import CalendarYear, DueDate, WorkCalendar
from plans.errors import InvalidInput

FILES = sorted(Path(plans.__file__).parent.glob("catalogue/calendar/*.yaml"))


def shipped_year(path: Path) -> CalendarYear:
    return CalendarYear.model_validate_json(json.dumps(YAML(typ="safe").load(path), default=str))


CALENDAR = WorkCalendar([shipped_year(path) for path in FILES])
DAYS = st.dates(date(2023, 1, 1), date(2030, 12, 31))
COUNTS = st.integers(-400, 400)
ONE = timedelta(days=1)


def year_of(year: int = 2025, off: str = "", worked: str = "") -> CalendarYear:
    days = {"off": off.split(), "worked": worked.split()}
    return CalendarYear.model_validate_json(json.dumps({"year": year, "source": "x", **days}))


def test_each_shipped_file_is_named_after_its_year() -> None:
    assert [path.stem for path in FILES] == ["2024", "2025", "2026"]
    assert [str(shipped_year(path).year) for path in FILES] == [path.stem for path in FILES]


@pytest.mark.parametrize(
    "day",
    [
        "2024-02-08 2024-02-14 2024-04-18 2024-04-29 2024-09-03",
        "2025-01-01 2025-01-27 2025-01-31 2025-04-07 2025-05-02 2025-09-01 2025-09-02",
        "2026-01-01 2026-01-02 2026-02-16 2026-02-20 2026-04-27 2026-04-30 2026-05-01",
        "2026-08-31 2026-09-01 2026-09-02 2026-11-24",
        "2025-05-03 2025-05-04 2026-08-23",  # plain weekends
        "2027-02-04 2027-02-10 2027-09-02 2027-09-03",  # computed
    ],
)
def test_days_off(day: str) -> None:
    assert [d for d in day.split() if CALENDAR.is_working_day(date.fromisoformat(d))] == []


@pytest.mark.parametrize(
    "day",
    [
        "2024-02-07 2024-02-15 2024-05-02 2024-05-04 2024-09-04",
        "2025-01-24 2025-02-03 2025-04-26 2025-09-03",
        "2026-01-10 2026-02-13 2026-02-23 2026-08-22 2026-11-23 2026-11-25",
    ],
)
def test_working_days(day: str) -> None:
    assert [d for d in day.split() if not CALENDAR.is_working_day(date.fromisoformat(d))] == []


def test_the_swap_of_new_year_2026_comes_from_the_file_alone() -> None:
    bare = WorkCalendar()
    assert bare.is_working_day(date(2026, 1, 2))
    assert not bare.is_working_day(date(2026, 1, 10))


def test_the_files_agree_with_the_package_but_for_that_swap() -> None:
    bare = WorkCalendar()
    days = [date(2024, 1, 1) + timedelta(days=offset) for offset in range(366 + 365 + 365)]
    differ = [d for d in days if bare.is_working_day(d) != CALENDAR.is_working_day(d)]
    assert differ == [date(2026, 1, 2), date(2026, 1, 10)]


def test_a_file_wins_over_the_package() -> None:
    calendar = WorkCalendar([year_of(off="2025-03-03", worked="2025-01-01 2025-03-02")])
    assert not calendar.is_working_day(date(2025, 3, 3))
    assert calendar.is_working_day(date(2025, 1, 1))
    assert calendar.is_working_day(date(2025, 3, 2))


def test_rolling_over_tet() -> None:
    assert CALENDAR.next_working_day(date(2026, 2, 14)) == date(2026, 2, 23)
    assert CALENDAR.previous_working_day(date(2026, 2, 22)) == date(2026, 2, 13)
    assert CALENDAR.next_working_day(date(2026, 2, 13)) == date(2026, 2, 13)
    assert CALENDAR.previous_working_day(date(2026, 2, 23)) == date(2026, 2, 23)


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        ("2025-07-14", 2, "2025-07-16"),
        ("2025-12-30", 1, "2025-12-31"),
        ("2025-12-31", 1, "2026-01-05"),  # over 1/1 and the swapped 2/1
        ("2026-01-08", 2, "2026-01-10"),  # the worked Saturday counts
        ("2026-02-14", 1, "2026-02-23"),
        ("2026-02-14", 0, "2026-02-23"),
        ("2026-02-14", -1, "2026-02-13"),
        ("2026-01-05", -1, "2025-12-31"),
        ("2026-01-05", -3, "2025-12-29"),
    ],
)
def test_adding_working_days(day: str, n: int, expected: str) -> None:
    assert CALENDAR.add_working_days(date.fromisoformat(day), n) == date.fromisoformat(expected)


def test_a_year_after_the_last_file_is_an_estimate() -> None:
    assert not CALENDAR.is_estimate(date(2026, 12, 31))
    assert CALENDAR.is_estimate(date(2027, 1, 1))
    assert not CALENDAR.is_estimate(date(2020, 1, 1))
    assert not WorkCalendar([year_of(2024), year_of(2026)]).is_estimate(date(2025, 5, 5))
    assert WorkCalendar().is_estimate(date(2020, 1, 1))


def test_a_due_date_says_when_it_rests_on_an_estimate() -> None:
    assert CALENDAR.due_by(date(2026, 12, 31)) == DueDate(date(2026, 12, 31), False)
    assert CALENDAR.due_by(date(2027, 1, 1)) == DueDate(date(2027, 1, 4), True)
    assert CALENDAR.due_after(date(2026, 12, 31), 2) == DueDate(date(2027, 1, 5), True)
    # Whether 2/1/2027 is a worked Saturday is not known yet, so 31/12/2026 is not certain either.
    assert CALENDAR.due_before(date(2027, 1, 4)) == DueDate(date(2026, 12, 31), True)
    assert CALENDAR.due_before(date(2027, 1, 1)) == DueDate(date(2026, 12, 31), False)


def test_a_file_refuses_a_day_of_another_year() -> None:
    with pytest.raises(ValidationError, match="outside 2025"):
        year_of(off="2026-01-02")
    with pytest.raises(ValidationError, match="outside 2025"):
        year_of(worked="2024-12-28")


def test_a_file_refuses_a_day_both_off_and_worked() -> None:
    with pytest.raises(ValidationError, match="2025-05-02 is both"):
        year_of(off="2025-05-02", worked="2025-05-02")


def test_two_files_of_one_year_are_refused() -> None:
    with pytest.raises(InvalidInput, match="two calendar files for 2025"):
        WorkCalendar([year_of(), year_of()])


@given(DAYS, COUNTS)
def test_adding_counts_what_lies_between(day: date, n: int) -> None:
    start = CALENDAR.next_working_day(day)
    end = CALENDAR.add_working_days(start, n)
    assert CALENDAR.is_working_day(end)
    assert CALENDAR.working_days_between(start, end) == n
    assert CALENDAR.add_working_days(end, -n) == start


@given(DAYS, COUNTS, COUNTS)
def test_adding_in_two_steps(day: date, a: int, b: int) -> None:
    start = CALENDAR.next_working_day(day)
    there = CALENDAR.add_working_days(CALENDAR.add_working_days(start, a), b)
    assert there == CALENDAR.add_working_days(start, a + b)


@given(DAYS, st.integers(0, 500))
def test_counting_agrees_with_looking_at_each_day(a: date, length: int) -> None:
    b = a + timedelta(days=length)
    days = [a + timedelta(days=offset) for offset in range(1, length + 1)]
    count = sum(CALENDAR.is_working_day(day) for day in days)
    assert CALENDAR.working_days_between(a, b) == count
    assert CALENDAR.working_days_between(b, a) == -count


@given(DAYS)
def test_rolling_takes_the_nearest_working_day(day: date) -> None:
    later, sooner = CALENDAR.next_working_day(day), CALENDAR.previous_working_day(day)
    assert sooner <= day <= later
    assert CALENDAR.is_working_day(sooner)
    assert CALENDAR.is_working_day(later)
    skipped = [sooner + ONE * offset for offset in range(1, (later - sooner).days)]
    assert not any(CALENDAR.is_working_day(between) for between in skipped)
    assert (sooner == later) == CALENDAR.is_working_day(day)


@given(DAYS, DAYS, COUNTS)
def test_a_later_start_never_ends_sooner(a: date, b: date, n: int) -> None:
    first, second = sorted((a, b))
    assert CALENDAR.add_working_days(first, n) <= CALENDAR.add_working_days(second, n)
    assert CALENDAR.due_by(first).day <= CALENDAR.due_by(second).day
    assert CALENDAR.due_before(first).day <= CALENDAR.due_before(second).day
