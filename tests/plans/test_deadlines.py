from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from plans.calendar import CalendarYear, WorkCalendar
from plans.deadlines import Occurrence, earliest, occurrences
from plans.declaration import Due, Fixed, Ongoing, Periodic, Relative, Within
from plans.periods import Window, periods_between
from plans.terms import PeriodKind

SWAP = CalendarYear(
    year=2026, source="12729/VPCP-KGVX", off=(date(2026, 1, 2),), worked=(date(2026, 1, 10),)
)
CALENDAR = WorkCalendar([SWAP])
ISSUED = date(2025, 2, 3)
DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))
KINDS = st.sampled_from(list(PeriodKind))
WINDOWS = st.sampled_from(["official", "calendar"])
ANY_DUE: TypeAdapter[Due] = TypeAdapter(Due)


def due_of(**fields: object) -> Due:
    return ANY_DUE.validate_python(fields)


def fixed(by: str = "", before: str = "") -> Fixed:
    day = date.fromisoformat(by or before)
    return Fixed(type="fixed", by=day) if by else Fixed(type="fixed", before=day)


def found(
    *due: Due, issued: date = ISSUED, ends: date | None = None, until: date = date(2026, 12, 31)
) -> list[Occurrence]:
    return occurrences(due, issued=issued, ends=ends, until=until, calendar=CALENDAR)


def due_day(due: Due, issued: date = ISSUED) -> date:
    (occurrence,) = found(due, issued=issued, until=issued)
    return occurrence.due


def keys(occurrences: Sequence[Occurrence]) -> list[str]:
    return [occurrence.key for occurrence in occurrences]


# --- one-off entries -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("2025-06-30", "2025-06-30"),
        ("2025-05-31", "2025-06-02"),  # Saturday
        ("2026-01-02", "2026-01-05"),  # swapped
        ("2026-01-10", "2026-01-10"),  # the worked Saturday
        ("2026-02-17", "2026-02-23"),  # Tết
        ("2026-11-24", "2026-11-25"),  # Vietnamese Culture Day
    ],
)
def test_by_includes_the_day_and_rolls_forward(by: str, expected: str) -> None:
    assert due_day(fixed(by=by)) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("2025-12-10", "2025-12-09"),
        ("2025-06-02", "2025-05-30"),  # Monday: the Friday before
        ("2025-06-01", "2025-05-30"),
        ("2026-02-23", "2026-02-13"),  # first day after Tết
        ("2026-01-11", "2026-01-10"),  # the worked Saturday
        ("2026-01-05", "2025-12-31"),
    ],
)
def test_before_excludes_the_day_and_rolls_back(before: str, expected: str) -> None:
    assert due_day(fixed(before=before)) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"days": 30}, "2025-03-05"),  # 3/2 is not counted
        ({"days": 26}, "2025-03-03"),  # ends on Saturday 1/3
        ({"working_days": 15}, "2025-02-24"),
        ({"days": 1, "after": date(2026, 2, 13)}, "2026-02-23"),  # ends within Tết
        ({"working_days": 1, "after": date(2026, 2, 14)}, "2026-02-23"),
        ({"working_days": 2, "after": date(2026, 1, 8)}, "2026-01-10"),
    ],
)
def test_terms(fields: dict[str, object], expected: str) -> None:
    assert due_day(due_of(type="relative", **fields)) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"quarter": "2026-Q2"}, "2026-06-30"),
        ({"quarter": "2026-Q1"}, "2026-03-31"),
        ({"month": "2025-05"}, "2025-06-02"),  # 31/5 is a Saturday
        ({"month": "2025-02"}, "2025-02-28"),
        ({"month": "2028-02"}, "2028-02-29"),
        ({"year": 2026}, "2026-12-31"),
        ({"year": 2028}, "2029-01-02"),  # 31/12 is a Sunday
    ],
)
def test_within(fields: dict[str, object], expected: str) -> None:
    assert due_day(due_of(type="within", **fields)) == date.fromisoformat(expected)


def test_a_one_off_opens_when_the_plan_is_issued() -> None:
    entry = fixed(by="2025-06-30")
    expected = Occurrence("", False, ISSUED, None, None, date(2025, 6, 30), False)
    assert found(entry, until=ISSUED) == [expected]
    assert found(entry, until=ISSUED - timedelta(days=1)) == []


def test_further_one_offs_are_known_by_their_declared_date() -> None:
    due = [
        fixed(by="2025-12-31"),
        fixed(by="2025-05-31"),
        fixed(before="2025-05-31"),
        due_of(type="within", month="2025-05"),
        due_of(type="relative", working_days=20),
    ]
    assert keys(found(*due)) == ["2025-02-23", "2025-05-31~2", "2025-05-31", "2025-05-31~3", ""]


def test_the_key_of_a_term_in_working_days_does_not_depend_on_holidays() -> None:
    due = [fixed(by="2026-01-01"), due_of(type="relative", working_days=5, after=ISSUED)]
    off = CalendarYear(year=2025, source="x", off=(date(2025, 2, 5), date(2025, 2, 6)))
    moved = occurrences(due, issued=ISSUED, ends=None, until=ISSUED, calendar=WorkCalendar([off]))
    assert keys(moved) == keys(found(*due, until=ISSUED)) == ["2025-02-08", ""]
    assert moved[0].due == date(2025, 2, 12)


def test_a_date_after_the_last_calendar_file_is_an_estimate() -> None:
    due = [fixed(by="2026-12-31"), fixed(by="2027-06-30"), fixed(before="2027-01-04")]
    assert {o.key: o.estimated for o in found(*due)} == {
        "": False,
        "2027-06-30": True,
        "2027-01-04": True,
    }


def test_earliest_is_the_declared_date() -> None:
    assert earliest(fixed(by="2025-05-31"), ISSUED) == date(2025, 5, 31)
    assert earliest(fixed(before="2025-06-01"), ISSUED) == date(2025, 6, 1)
    assert earliest(due_of(type="relative", days=30), ISSUED) == date(2025, 3, 5)
    assert earliest(due_of(type="within", quarter="2026-Q2"), ISSUED) == date(2026, 6, 30)
    assert earliest(due_of(type="periodic", every="month"), ISSUED) is None
    assert earliest(due_of(type="ongoing", report_every="month"), ISSUED) is None


@given(DAYS)
def test_by_rolls_forward_and_before_rolls_back(day: date) -> None:
    by = due_day(Fixed(type="fixed", by=day))
    before = due_day(Fixed(type="fixed", before=day))
    assert before < day <= by
    assert CALENDAR.working_days_between(before, by) == 1


@given(DAYS, DAYS, st.integers(1, 400))
def test_a_later_date_is_not_due_earlier(a: date, b: date, n: int) -> None:
    first, second = sorted((a, b))

    def pair(day: date) -> list[date]:
        entries: list[Due] = [
            Fixed(type="fixed", by=day),
            Fixed(type="fixed", before=day),
            Relative(type="relative", days=n, after=day),
            Relative(type="relative", working_days=n, after=day),
            Within(type="within", month=f"{day:%Y-%m}"),
        ]
        return [due_day(entry) for entry in entries]

    assert all(sooner <= later for sooner, later in zip(pair(first), pair(second), strict=True))


@given(DAYS, st.integers(1, 400))
def test_a_working_day_term_is_not_shorter_than_earliest_says(day: date, n: int) -> None:
    entry = Relative(type="relative", working_days=n, after=day)
    bound = earliest(entry, ISSUED)
    assert bound is not None
    assert bound <= due_day(entry)


# --- reports ---------------------------------------------------------------------------------


def test_a_quarterly_report_is_due_two_working_days_after_its_cutoff() -> None:
    reports = found(due_of(type="periodic", every="quarter"), until=date(2025, 6, 15))
    assert [(o.key, o.opens, o.cutoff, o.due) for o in reports] == [
        ("2025-Q1", ISSUED, date(2025, 3, 14), date(2025, 3, 18)),
        ("2025-Q2", date(2025, 3, 15), date(2025, 6, 14), date(2025, 6, 17)),
        ("2025-Q3", date(2025, 6, 15), date(2025, 9, 14), date(2025, 9, 16)),
    ]
    assert not any(o.ongoing or o.until_complete or o.estimated for o in reports)
    assert [o.period.end for o in reports if o.period] == [o.cutoff for o in reports]


def test_a_report_of_no_working_days_is_due_at_its_cutoff_rolled_forward() -> None:
    entry = due_of(type="periodic", every="half_year", working_days=0)
    assert [o.due for o in found(entry, until=ISSUED)] == [date(2025, 6, 16)]  # 14/6: Saturday


def test_an_ongoing_task_is_reported_like_a_periodic_one() -> None:
    ongoing = found(due_of(type="ongoing", report_every="month", window="calendar"))
    periodic = found(due_of(type="periodic", every="month", window="calendar"))
    assert [(o.key, o.opens, o.due) for o in ongoing] == [(o.key, o.opens, o.due) for o in periodic]
    assert all(o.ongoing for o in ongoing)
    assert not any(o.ongoing for o in periodic)


def test_until_complete_is_passed_on() -> None:
    entry = due_of(type="periodic", every="year", until_complete=True)
    assert [o.until_complete for o in found(entry)] == [True, True, True]


@pytest.mark.parametrize(
    ("field", "month_day", "dues"),
    [
        ("before", "12-10", ["2025-12-09", "2026-12-09"]),
        ("by", "12-20", ["2025-12-22", "2026-12-21"]),
        ("by", "02-29", ["2025-02-28", "2026-03-02"]),  # 28/2/2026 is a Saturday
    ],
)
def test_a_yearly_report_may_name_its_date(field: str, month_day: str, dues: list[str]) -> None:
    entry = due_of(type="periodic", every="year", **{field: month_day})
    reports = found(entry, until=date(2026, 12, 14))
    assert [str(o.due) for o in reports] == dues
    assert keys(reports) == ["2025", "2026"]


def test_the_first_report_is_of_the_period_that_runs_when_the_plan_is_issued() -> None:
    entry = due_of(type="periodic", every="month")
    assert keys(found(entry, issued=date(2025, 2, 14), until=date(2025, 2, 14))) == ["2025-02"]
    # Closed on the 14th, though due only on the 18th: nobody could work for it any more.
    assert keys(found(entry, issued=date(2025, 2, 17), until=date(2025, 2, 17))) == ["2025-03"]


def test_what_was_due_by_the_day_of_issue_is_not_asked_for() -> None:
    entry = due_of(type="periodic", every="year", before="10-31")
    reports = found(entry, issued=date(2024, 11, 1), until=date(2024, 12, 31))
    assert [(o.key, str(o.due)) for o in reports] == [("2025", "2025-10-30")]


def test_no_period_runs_beyond_the_plans_end() -> None:
    entry = due_of(type="periodic", every="quarter")
    assert keys(found(entry, ends=date(2025, 9, 14))) == ["2025-Q1", "2025-Q2", "2025-Q3"]
    assert keys(found(entry, ends=date(2025, 9, 13))) == ["2025-Q1", "2025-Q2"]


def test_two_entries_of_one_kind_keep_their_keys_apart_on_any_day() -> None:
    due = [
        due_of(type="periodic", every="month", window="calendar"),
        due_of(type="ongoing", report_every="month"),
    ]
    early = found(*due, until=date(2025, 2, 20))  # only the official one has opened for March
    late = found(*due, until=date(2025, 3, 1))
    assert keys(early) == ["2025-02~2", "2025-02", "2025-03~2"]
    assert keys(late) == ["2025-02~2", "2025-02", "2025-03~2", "2025-03"]
    assert [o for o in late if o in early] == early


def test_entries_of_several_types_stand_in_order_of_due_date() -> None:
    due = [
        due_of(type="periodic", every="half_year"),
        due_of(type="ongoing", report_every="quarter"),
        fixed(by="2025-05-15"),
        fixed(by="2025-06-17"),
    ]
    assert keys(found(*due, until=date(2025, 4, 1))) == [
        *("2025-Q1", "", "2025-06-17", "2025-H1", "2025-Q2")
    ]


def test_what_is_due_on_one_day_stands_in_order_of_key() -> None:
    due = [fixed(by="2025-06-02"), fixed(by="2025-06-01"), fixed(by="2025-05-31")]
    assert keys(found(*due)) == ["", "2025-05-31", "2025-06-01"]


def recurring(kind: PeriodKind, window: Window, working_days: int) -> list[Due]:
    terms = {"window": window, "working_days": working_days}
    entries = [
        due_of(type="periodic", every=kind, **terms),
        due_of(type="ongoing", report_every=kind, **terms),
    ]
    if kind is PeriodKind.YEAR:
        entries.append(due_of(type="periodic", every=kind, window=window, before="01-15"))
    return entries


@settings(max_examples=60)
@given(KINDS, WINDOWS, st.integers(0, 60), DAYS, st.integers(0, 500))
def test_the_periods_are_exactly_those_the_rule_names(
    kind: PeriodKind, window: Window, working_days: int, issued: date, length: int
) -> None:
    """Looks at every period from two years before, where the rule takes a short cut."""
    until = issued + timedelta(days=length)
    years = periods_between(kind, issued - timedelta(days=730), until, window)
    for entry in recurring(kind, window, working_days):
        assert isinstance(entry, Periodic | Ongoing)
        expected = []
        for period in years:
            due = CALENDAR.add_working_days(period.cutoff, working_days)
            if isinstance(entry, Periodic) and entry.before:
                due = CALENDAR.previous_working_day(date(period.end.year, 1, 14))
            if due > issued and period.end >= issued:
                expected.append((period.key, due))
        reports = found(entry, issued=issued, until=until)
        assert sorted((o.key, o.due) for o in reports) == sorted(expected)
        assert all(issued <= o.opens <= until and issued < o.due for o in reports)


@settings(max_examples=60)
@given(KINDS, WINDOWS, DAYS, st.integers(0, 400), st.integers(0, 400))
def test_a_later_run_finds_what_an_earlier_one_found(
    kind: PeriodKind, window: Window, issued: date, sooner: int, more: int
) -> None:
    due = [fixed(by="2026-05-05"), *recurring(kind, window, 2), fixed(by="2026-05-05")]
    first = found(*due, issued=issued, until=issued + timedelta(days=sooner))
    second = found(*due, issued=issued, until=issued + timedelta(days=sooner + more))
    assert [o for o in second if o in first] == first
    assert len(set(keys(second))) == len(second)
