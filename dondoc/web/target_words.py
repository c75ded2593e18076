"""What pages say of a target where a rule decides the words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from dondoc.web.decimals import say_value
from dondoc.web.words import PageWords
from integrations.wording import marked
from plans.courses import expected_at
from plans.declaration import Target
from plans.declaration.plan import Statistic
from plans.errors import InvalidInput
from plans.measuring import Owned
from plans.periods import label, parse_key
from plans.terms import PeriodKind

COURSES: Mapping[str, str] = {
    "behind": marked("behind"),
    "on_course": marked("on course"),
    "reached": marked("reached"),
    "not_measured": marked("not measured yet"),
    "direction": marked("a direction only"),
    "withheld": marked("withheld"),
}
"""Where a target stands, in words; in the order in which they are offered."""
ICONS: Mapping[str, str] = {
    "behind": "open_overdue",
    "on_course": "open_on_time",
    "reached": "done_on_time",
    "not_measured": "undecided",
    "direction": "suspended",
    "withheld": "cancelled",
}
"""Which sign and colour of the four classes stands for it."""

_GOALS: Mapping[str, str] = {
    "reach": marked("reach %(value)s"),
    "at_least": marked("at least %(value)s"),
    "above": marked("more than %(value)s"),
    "below": marked("less than %(value)s"),
    "at_most": marked("at most %(value)s"),
    "maintain": marked("keep %(value)s or more"),
    "decrease_to": marked("fall to %(value)s"),
    "increase": marked("rise to %(value)s"),
}
_DIRECTIONS: Mapping[str, str] = {
    "increase": marked("to rise; the document states no number"),
    "decrease_to": marked("to fall; the document states no number"),
}
_BASELINES: Mapping[str, str] = {
    "reach": "%(value)s",
    "at_least": marked("at least %(value)s"),
    "above": marked("more than %(value)s"),
    "below": marked("less than %(value)s"),
    "at_most": marked("at most %(value)s"),
}
_EVERY: Mapping[str, str] = {
    PeriodKind.FORTNIGHT: marked("every fortnight"),
    PeriodKind.MONTH: marked("every month"),
    PeriodKind.QUARTER: marked("every quarter"),
    PeriodKind.HALF_YEAR: marked("every half-year"),
    PeriodKind.NINE_MONTHS: marked("after nine months"),
    PeriodKind.YEAR: marked("every year"),
}
_UNITS: Mapping[str, str] = {
    "percent": marked("per cent (%%)"),
    "per_mille": marked("per mille (‰)"),
    "count": marked("a count"),
    "VND": marked("Vietnamese đồng"),
}
_QUALIFIERS: Mapping[str, str] = {
    "about": marked("about %(value)s"),
    "more_than": marked("more than %(value)s"),
    "nearly": marked("nearly %(value)s"),
    "about_more_than": marked("about %(value)s or more"),
}


class TargetWords:
    """A target's goal, standing and figures in words."""

    def __init__(self, words: PageWords) -> None:
        self.words = words

    def value(self, value: float | None, target: Target) -> str:
        """A figure with the target's unit."""
        return say_value(self.words, value, target.unit)

    def goal(self, target: Target) -> str:
        """What is asked for, without the year."""
        if target.value is None:
            return self.words.gettext(_DIRECTIONS[target.comparator])
        return self.words.gettext(_GOALS[target.comparator], value=self.value(target.value, target))

    def by(self, target: Target) -> str:
        """What is asked for, and by when."""
        if target.due_year is None:
            return self.goal(target)
        return self.words.gettext(
            "%(goal)s, by the end of %(year)s", goal=self.goal(target), year=target.due_year
        )

    def baseline(self, target: Target) -> str:
        """Where it starts, with the day or year that the document names; "" for none."""
        start = target.baseline
        if start is None:
            return ""
        pattern = _BASELINES.get(start.comparator, "%(value)s")
        text = self.words.gettext(pattern, value=self.value(start.value, target))
        if start.fraction:
            text += f" ({start.fraction.value}/{start.fraction.of})"
        return f"{text}; {start.as_of}" if start.as_of else text

    def unit(self, target: Target) -> str:
        """Its unit in words."""
        said = _UNITS.get(target.unit or "")
        return self.words.gettext(said) if said else self.words.gettext("no unit stated")

    def every(self, target: Target) -> str:
        """How often it is measured."""
        return self.words.gettext(_EVERY[target.measure_every])

    def period(self, key: str) -> str:
        """What people call a period."""
        try:
            return label(parse_key(key), self.words.language)
        except InvalidInput:
            return key

    def backwards(self, target: Target) -> str:
        """That the goal asks for less than there was: said, not judged."""
        assert target.baseline is not None and target.value is not None
        return self.words.gettext(
            "The document asks for %(goal)s, while its own baseline is %(baseline)s already: "
            "what is asked for lies behind where the work began.",
            goal=self.goal(target),
            baseline=self.value(target.baseline.value, target),
        )

    def standing(self, one: Owned, facts: Mapping[str, Any], day: date) -> str:
        """One sentence: what was measured last, and what it is held against on a day."""
        target, latest = one.target, next(iter(facts["measurements"]), None)
        if latest is None:
            return self.words.gettext("No figure was given yet.")
        if latest["suppressed"]:
            return self.words.gettext(
                "The last figure (%(period)s) tells of one to four children and is not shown.",
                period=self.period(latest["period"]),
            )
        said = self.words.gettext(
            "%(value)s measured for %(period)s",
            value=self.value(latest["value"], target),
            period=self.period(latest["period"]),
        )
        if target.value is None:
            return f"{said}."
        return f"{said}; {self._against(one, latest, day)}."

    def _against(self, one: Owned, latest: Mapping[str, Any], day: date) -> str:
        target, measured = one.target, latest["value"]
        expected = expected_at(target, one.goal.issued, min(day, latest["period_end"]))
        is_over = target.due_year is not None and day > parse_key(str(target.due_year)).end
        if expected is None or is_over:
            return self.words.gettext("asked for: %(goal)s", goal=self.goal(target))
        value = self.expected(expected, measured, target)
        return self.words.gettext("the straight path asks for %(value)s by then", value=value)

    def expected(self, value: float | None, measured: float | None, target: Target) -> str:
        """What the path asks for, a computed number: two decimals, unless that hides a difference
        from what was measured.
        """
        if value is None:
            return self.value(None, target)
        short = round(value, 2)
        return self.value(value if short == measured != value else short, target)

    def statistic(self, one: Statistic) -> str:
        """A figure that the document states without a goal, as exactly as it does."""
        if one.value is None:
            return "—"
        said = say_value(self.words, one.value, one.unit)
        said = f"{said}/{say_value(self.words, one.of, None)}" if one.of else said
        pattern = _QUALIFIERS.get(one.qualifier)
        return self.words.gettext(pattern, value=said) if pattern else said
