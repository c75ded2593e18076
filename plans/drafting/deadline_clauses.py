"""The tokens of a deadline become dues: years are filled in, ends of spans kept, cycles joined."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from plans.declaration import Fixed, Ongoing, Periodic
from plans.drafting.deadline_dues import (
    first_day,
    in_year,
    last_day,
    once,
    yearly,
)
from plans.drafting.deadline_tokens import Point
from plans.drafting.deadline_walk import DAY_OF_PERIOD, Entry, Every, Found, Walk
from plans.terms import PeriodKind

_ASSUMED_CYCLE = PeriodKind.HALF_YEAR
"""How often an ongoing task reports where its plan does not say, as in the shipped catalogue."""
_BEFORE_SPAN = "'{}' is read as before its first day, {:%d/%m/%Y}"


def interpret(words: str, *, issued: date | None, year: int | None) -> Found:
    """What the composed text of one cell says, with the plan's issue and year."""
    return _Reader(words, issued, year).read()


class _Reader(Walk):
    """One cell being read."""

    def read(self) -> Found:
        """Everything, in the cell's order."""
        self.walk()
        self._repeat()
        self._fill_years()
        self._drop_coarser()
        for entry in self.entries:
            if not entry.dropped:
                self._one_off(entry)
        self._side_by_side()
        self._cycles()
        self.found.dues = [due for _, due in sorted(self.due_at, key=lambda pair: pair[0])]
        return self.found

    # --- what comes back ---

    def _repeat(self) -> None:
        """Points without a year beside 'hằng năm' come back each year."""
        for every in self.every:
            yearly = PeriodKind.YEAR in every.kinds
            for entry in self.entries:
                if entry.point.year is not None or entry.dropped or entry.point.unit == "year":
                    continue
                near = yearly and entry.clause == every.clause
                if (near and not self._closer(entry, every)) or self._directly(every, entry):
                    entry.repeats = every.used = True
            before = self.tokens[every.at - 1] if every.at else None
            names = (
                before is not None
                and before.kind == "open"
                and any(entry.repeats and entry.at < every.at for entry in self.entries)
            )
            every.used = every.used or names  # '15/6 hằng năm (báo cáo 6 tháng)'

    def _closer(self, entry: Entry, every: Every) -> bool:
        """Whether another cycle's word stands right before the point."""
        return any(one is not every and self._directly(one, entry) for one in self.every)

    def _directly(self, every: Every, entry: Entry) -> bool:
        """Whether the date belongs to a half-year or year just named: '6 tháng (trước 15/6)'."""
        wide = {PeriodKind.HALF_YEAR, PeriodKind.NINE_MONTHS, PeriodKind.YEAR}
        if not set(every.kinds) <= wide or entry.at < every.at or entry.point.unit != "day":
            return False
        between = self.tokens[every.at + 1 : entry.at]
        return all(one.kind in ("open", "limit", "fill", "point", "join") for one in between)

    def _cycles(self) -> None:
        for every in self.every:
            self._left_of_cycle(every)
        kinds = [(every.at, kind) for every in self.every if not every.used for kind in every.kinds]
        if self.ongoing is None:
            for at, kind in kinds:
                self.due_at.append((at, Periodic(type="periodic", every=kind)))
            return
        at = self.tokens.index(self.ongoing)
        repeated = [due for _, due in self.due_at if isinstance(due, Periodic)]
        if repeated:
            self.found.doubts.append(
                "an ongoing task reported each year on a date is declared as that report"
            )
            return
        if not kinds:
            self.found.doubts.append(
                "how often the ongoing task is reported is not said; half-yearly is assumed"
            )
        kind = kinds[0][1] if kinds else _ASSUMED_CYCLE
        if len({kind for _, kind in kinds}) > 1:
            self.found.doubts.append("several reporting periods are named; the first is taken")
        self.due_at.append((at, Ongoing(type="ongoing", report_every=kind)))

    def _left_of_cycle(self, every: Every) -> None:
        """A day within the month or quarter has no place in a declaration."""
        if not every.used and DAY_OF_PERIOD.search(self.folded):
            self.found.doubts.append(
                "the day within each period cannot be declared; "
                "reports fall due two working days after the period's cut-off"
            )

    # --- once ---

    def _fill_years(self) -> None:
        live = [one for one in self.entries if not one.repeats and one.point.unit != "span"]
        for at, entry in enumerate(live):
            if entry.point.year is not None:
                continue
            near = [one.point.year for one in live[at + 1 :] if one.point.year]
            near += [one.point.year for one in reversed(live[:at]) if one.point.year]
            entry.point = in_year(entry.point, near[0] if near else self._default(entry.point))
            if not near and not entry.dropped:
                self._assumed(entry)

    def _assumed(self, entry: Entry) -> None:
        if entry.point.year is None:
            entry.dropped = True
            self.leave(entry.limit_token, entry.token)
            self.found.doubts.append("no year is said, and the plan's is not known")
        elif not (self.ongoing and entry.point.unit == "year"):
            self.found.doubts.append(f"no year is said; {entry.point.year} is assumed")

    def _default(self, point: Point) -> int | None:
        if self.year or not self.issued:
            return self.year
        this = in_year(point, self.issued.year)
        return self.issued.year + (last_day(this) < self.issued)

    def _drop_coarser(self) -> None:
        """'Quý I/2026 (trước 15/3)' is due before 15/3; 'thường xuyên trong năm 2026' has no date;
        'hằng năm, giai đoạn 2026-2030' is due each year."""
        recurs = (
            self.ongoing
            or any(not one.used for one in self.every)
            or any(one.repeats for one in self.entries)
        )
        live = [one for one in self.entries if not one.dropped]
        for at, entry in enumerate(live):
            if recurs and entry.point.unit in ("year", "span") and not entry.repeats:
                self._as_duration(entry)
            elif any(self._refines(entry, other) for other in live[at + 1 : at + 8]):
                entry.dropped = True

    def _as_duration(self, entry: Entry) -> None:
        entry.dropped = True
        said = self.folded[entry.token.start : entry.token.end]
        if any(sign.isdigit() for sign in said) and entry.point.year != self.year:
            self.leave(entry.limit_token, entry.token)
            self.found.doubts.append("how long it goes on is said by the plan's 'ends' alone")

    def _refines(self, entry: Entry, other: Entry) -> bool:
        finer = {"span": 4, "year": 3, "half": 2, "nine_months": 2, "quarter": 2, "month": 1}
        if entry.limit or finer.get(entry.point.unit, 0) <= finer.get(other.point.unit, 0):
            return False
        if other.repeats or not first_day(entry.point) <= last_day(other.point) <= last_day(
            entry.point
        ):
            return False
        between = self.tokens[entry.at + 1 : other.at]
        return not any(
            one.kind == "break" or (one.kind == "join" and self.folded[one.start : one.end] != ",")
            for one in between
        ) and any(one.kind in ("open", "colon", "join", "limit", "word") for one in between)

    def _one_off(self, entry: Entry) -> None:
        point = entry.point
        if entry.repeats:
            self.due_at.append((entry.at, yearly(entry.point, entry.limit)))
            return
        if entry.limit in ("from", "after") and not (point.ends or point.unit == "span"):
            self._only_begins(entry)
            return
        if point.swapped:
            self.found.doubts.append(
                f"there is no month {point.day}; it is read as {last_day(point):%d/%m/%Y}"
            )
        if point.unit == "span":
            self.found.doubts.append(
                "a span of years is read as due at its end; it may mean each of its years"
            )
        if entry.limit == "before" and point.unit != "day":
            first = first_day(point)
            said = self.words[entry.token.start : entry.token.end].strip()
            self.found.doubts.append(_BEFORE_SPAN.format(said, first))
            self.due_at.append((entry.at, Fixed(type="fixed", before=first)))
            return
        self.due_at.append((entry.at, once(point, entry.limit)))

    def _side_by_side(self) -> None:
        """'Quý II, III/2026' may mean each, or the time until the last one's end."""
        live = [one for one in self.entries if not one.dropped and not one.repeats]
        for one, other in pairwise(live):
            if one.token.start == other.token.start and one.point.number + 1 == other.point.number:
                said = self.words[one.token.start : one.token.end]
                self.found.doubts.append(f"'{said}' may mean each, or one span due at its end")
                return

    def _only_begins(self, entry: Entry) -> None:
        self.leave(entry.limit_token, entry.token)
        others = any(not one.dropped and one is not entry for one in self.entries)
        if not (others or self.every or self.ongoing):
            self.found.doubts.append("only when it begins is said, not when it is due")
