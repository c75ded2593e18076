"""Working days of Vietnam: the package ``holidays``, corrected by the notices of each year.

The package knows the statutory days and most swapped Saturdays; what it does not know yet
(02/01/2026 off for Saturday 10/01/2026) stands in ``catalogue/calendar/<year>.yaml``. A year after
the last such file is computed only, so its days are an estimate.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Annotated, NamedTuple, Self

from pydantic import Field, model_validator

from plans.declaration import Declared, Text
from plans.errors import InvalidInput

ONE_DAY = timedelta(days=1)


class CalendarYear(Declared):
    """The file of one year: which days the official notices take off or add."""

    year: Annotated[int, Field(ge=2000, le=2100)]
    source: Text = Field(description="Numbers of the official notices.")
    off: tuple[date, ...] = Field((), description="Not worked, whatever the package says.")
    worked: tuple[date, ...] = Field((), description="Worked, such as a swapped Saturday.")

    @model_validator(mode="after")
    def _days_fit(self) -> Self:
        for day in (*self.off, *self.worked):
            if day.year != self.year:
                raise ValueError(f"{day} lies outside {self.year}: put it in the file of its year")
        both = sorted(set(self.off) & set(self.worked))
        if both:
            raise ValueError(f"{both[0]} is both 'off' and 'worked': keep one")
        return self


class DueDate(NamedTuple):
    """A due date; ``estimated`` where it rests on a year whose notices are not out yet."""

    day: date
    estimated: bool


class WorkCalendar:
    """The working days, from Monday to Friday less the days off, plus the swapped Saturdays.

    ``overrides``: days that are worked (or not), whatever package and files say.
    """

    def __init__(
        self, years: Iterable[CalendarYear] = (), overrides: Mapping[date, bool] | None = None
    ) -> None:
        self._overrides = dict(overrides or {})
        self._declared: dict[int, CalendarYear] = {}
        for declared in years:
            if declared.year in self._declared:
                raise InvalidInput(f"two calendar files for {declared.year}: keep one")
            self._declared[declared.year] = declared
        self._last = max(self._declared, default=0)
        self._tables: dict[int, list[date]] = {}

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on ``day``."""
        return self.next_working_day(day) == day

    def next_working_day(self, day: date) -> date:
        """``day`` itself if it is worked, else the first working day after it."""
        return self.add_working_days(day, 0)

    def previous_working_day(self, day: date) -> date:
        """``day`` itself if it is worked, else the last working day before it."""
        return self._at(day.year, bisect_right(self._table(day.year), day) - 1)

    def add_working_days(self, day: date, n: int) -> date:
        """The ``n``-th working day after ``day``, or before it where ``n`` is negative.

        ``day`` itself never counts, worked or not; 0 gives ``next_working_day(day)``.
        """
        table = self._table(day.year)
        # From the left, index 0 is the first working day on or after `day`; from the right, the
        # first one strictly after it.
        index = bisect_right(table, day) + n - 1 if n > 0 else bisect_left(table, day) + n
        return self._at(day.year, index)

    def working_days_between(self, a: date, b: date) -> int:
        """How many working days lie in (a, b]; negative, those in (b, a], where b comes first."""
        if b < a:
            return -self.working_days_between(b, a)
        whole_years = sum(len(self._table(year)) for year in range(a.year, b.year))
        return whole_years + self._count_until(b) - self._count_until(a)

    def is_estimate(self, day: date) -> bool:
        """Whether no notice can be known for ``day``: its year comes after the last file's.

        A year before the last file counts as settled, since the package holds the past. Without
        any file, everything is an estimate.
        """
        return day.year > self._last

    def due_by(self, day: date) -> DueDate:
        """The due date of a term that ends on ``day``: a day off rolls forward.

        Civil Code 2015, article 148(5): a term that ends on a weekend or holiday ends with the
        working day that follows.
        """
        due = self.next_working_day(day)
        return DueDate(due, self.is_estimate(due))

    def due_before(self, day: date) -> DueDate:
        """The last working day strictly before ``day`` ("trước ngày")."""
        # Rolling back over New Year depends on the later year as well, hence its flag.
        eve = day - ONE_DAY
        return DueDate(self.previous_working_day(eve), self.is_estimate(eve))

    def due_after(self, day: date, working_days: int) -> DueDate:
        """``working_days`` working days after ``day``, which is not counted (article 147)."""
        due = self.add_working_days(day, working_days)
        return DueDate(due, self.is_estimate(due))

    def _count_until(self, day: date) -> int:
        return bisect_right(self._table(day.year), day)

    def _at(self, year: int, index: int) -> date:
        """The working day at ``index`` of the year, which may reach into other years."""
        while index < 0:
            year -= 1
            index += len(self._table(year))
        while index >= len(self._table(year)):
            index -= len(self._table(year))
            year += 1
        return self._table(year)[index]

    def _table(self, year: int) -> list[date]:
        """The year's working days in order, computed once."""
        if year not in self._tables:
            self._tables[year] = self._compute(year)
        return self._tables[year]

    def _compute(self, year: int) -> list[date]:
        # Imported late, since commands that need no calendar should not pay for it.
        from holidays import country_holidays

        # Its own object for each year: one that grows while another thread reads it would leave a
        # table without holidays.
        days = _days_of(year)
        package = country_holidays("VN", years=year)
        worked = {day for day in days if package.is_working_day(day)}
        if declared := self._declared.get(year):
            worked = worked.difference(declared.off).union(declared.worked)
        # One day that is decided settles no year: the rest of it may still be an estimate.
        given = {day: said for day, said in self._overrides.items() if day.year == year}
        worked = worked.difference(given).union(day for day, said in given.items() if said)
        return sorted(worked)


def _days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    length = date(year, 12, 31).timetuple().tm_yday
    return [first + timedelta(days=offset) for offset in range(length)]
