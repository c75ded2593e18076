"""What pages say of figures: why one may be wrong, what becomes of a file's rows, registers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dondoc.web.decimals import say_number, say_value
from dondoc.web.explaining import say
from dondoc.web.words import PageWords
from integrations.wording import marked
from plans.errors import InvalidInput
from plans.periods import label, parse_key

STATES: Mapping[str, str] = {
    "new": marked("new"),
    "correction": marked("a correction"),
    "same": marked("in the record already"),
    "kept": marked("the figure so far stays"),
    "refused": marked("cannot be taken"),
}
ICONS: Mapping[str, str] = {
    "new": "done_on_time",
    "correction": "done_late",
    "same": "suspended",
    "kept": "suspended",
    "refused": "open_overdue",
}
_FIELDS: Mapping[str, str] = {
    "target": marked("target"),
    "title": marked("target"),
    "period": marked("period"),
    "value": marked("value"),
    "part": marked("how many"),
    "whole": marked("of how many"),
    "source": marked("source"),
    "note": marked("note"),
    "measured_at": marked("as of when"),
}
_EVERY: Mapping[str, str] = {
    "day": marked("every day"),
    "week": marked("every week"),
    "month": marked("every four weeks"),
}
_DOUBTS: Mapping[str, str] = {
    "over_whole": marked("over %(against)s, which is all there can be of a share"),
    "unit": marked("about %(factor)s times the usual %(against)s: is the unit right?"),
    "fraction": marked("1 at most, where the goal is %(against)s: a share of 1, not of 100?"),
    "jump": marked("far from the usual %(against)s of other periods"),
    "fell": marked(
        "the figure of %(period)s is %(against)s: the longer period cannot have less than the "
        "shorter one in it, nor a running total fall"
    ),
    "turned": marked("turns back from a steady course, after %(against)s in %(period)s"),
    "far_period": marked("its period lies years from all others (the nearest: %(period)s)"),
    "contradicts": marked("differs from %(against)s, which a person gave for this period"),
}
_PLAIN: Mapping[str, str] = {
    "over_whole": marked("over all there can be of a share"),
    "unit": marked("the unit may be mistaken"),
    "fraction": marked("the unit may be mistaken"),
    "jump": marked("far from the usual figures"),
    "fell": marked("less than a figure that it contains"),
    "turned": marked("turns back from a steady course"),
    "far_period": marked("its period lies years from all others"),
    "contradicts": marked("differs from what a person gave for this period"),
}
"""Where small counts are withheld, with which it was compared."""
_COLUMN = re.compile(r"column (?P<letter>[A-Z]{1,2}) \((?P<header>.*?)\): (?P<text>.+)", re.DOTALL)


class FigureWords:
    """Doubts, rows and registers in the visitor's words."""

    def __init__(self, words: PageWords) -> None:
        self.words = words

    def value(self, value: float | None, unit: str | None) -> str:
        """A figure with its unit."""
        return say_value(self.words, value, unit)

    def period(self, key: str | None) -> str:
        """What people call a period; as it was written, where it is none."""
        try:
            return label(parse_key(key or ""), self.words.language)
        except InvalidInput:
            return key or "—"

    def doubt(self, doubt: Mapping[str, Any], unit: str | None) -> str:
        """Why a figure may be wrong."""
        kind, values = doubt["kind"], self._values(doubt, unit)
        pattern = _DOUBTS.get(kind, "")
        needed = set(re.findall(r"%\((\w+)\)s", pattern))
        if not pattern or not needed <= set(values):
            return self.words.gettext(_PLAIN[kind]) if kind in _PLAIN else str(kind)
        return self.words.gettext(pattern, **{name: values[name] for name in needed})

    def _values(self, doubt: Mapping[str, Any], unit: str | None) -> dict[str, str]:
        found = {}
        if doubt.get("against") is not None:
            found["against"] = say_value(self.words, round(doubt["against"], 4), unit)
        if doubt.get("factor") is not None:
            found["factor"] = say_number(self.words, float(f"{doubt['factor']:.2g}"))
            if doubt["factor"] < 1:
                found["factor"] = f"1/{say_number(self.words, round(1 / doubt['factor']))}"
        if doubt.get("period"):
            found["period"] = self.period(doubt["period"])
        return found

    def state(self, state: str) -> str:
        """What becomes of a row."""
        return self.words.gettext(STATES[state])

    def icon(self, state: str) -> str:
        """Which sign stands for it."""
        return ICONS[state]

    def place(self, place: str) -> str:
        """Where a row or an item stands."""
        sheet, _, last = place.rpartition(", ")
        kind, _, number = last.partition(" ")
        if kind == "row" and number.isdecimal():
            said = self.words.gettext("row %(n)s", n=number)
        elif kind == "item" and number.isdecimal():
            said = self.words.gettext("item %(n)s", n=number)
        else:
            return place
        return f"{sheet}, {said}" if sheet else said

    def reason(self, field: str | None, reason: str | None) -> str:
        """Why a row cannot be taken."""
        if not reason:
            return ""
        if match := _COLUMN.fullmatch(reason):
            where = self.words.gettext(
                "column %(letter)s (%(header)s)", letter=match["letter"], header=match["header"]
            )
            return f"{where}: {say(self.words, match['text'])}"
        said = say(self.words, reason)
        if field and field in _FIELDS:
            return f"{self.words.gettext(_FIELDS[field])}: {said}"
        return said

    def every(self, every: str) -> str:
        """How often a register is asked."""
        return self.words.gettext(_EVERY[every])
