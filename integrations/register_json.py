"""A register that gives any JSON: expressions of JMESPath pick the figures (``registers.yaml``).

JMESPath has no loops and no clock, but neither a limit: what it is let loose on is bounded in size,
depth and number of items, and the expressions are the office's own.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from integrations.register_asking import MOST_ROWS, Asking, ask_json, invalid
from plans.declaration.registers import Fields, JsonRegister, JsonTarget
from plans.errors import InvalidInput
from plans.figure_rows import FigureRow
from plans.figures import SHARES
from plans.measuring import Owned
from plans.moments import read_moment
from plans.numbers import NOTHING, NotANumber, TwoNumbers, decimal_sign, read_number
from plans.periods import period_of
from plans.registers import LeftOut

DEEPEST: Final = 100
LONGEST: Final = 300


async def pull(
    asking: Asking, register: JsonRegister, targets: Mapping[str, Owned]
) -> tuple[list[FigureRow], LeftOut]:
    """The figures that a register gives now; ``FeedError``."""
    found = await ask_json(asking, register, register.url)
    if _depth(found) > DEEPEST:
        raise invalid(f"the answer is nested more than {DEEPEST} deep")
    return rows_of(register, found, targets, asking)


def rows_of(
    register: JsonRegister, answer: Any, targets: Mapping[str, Owned], asking: Asking
) -> tuple[list[FigureRow], LeftOut]:
    """A row for each figure of an answer, good or bad, and what is none; ``FeedError``: it has no
    list of items."""
    items = _pick(register.items, answer)
    if not isinstance(items, list):
        raise invalid(f"'items' ({register.items}) finds no list in the answer")
    if len(items) > MOST_ROWS:
        raise invalid(f"{len(items)} items, where {MOST_ROWS} are taken at most")
    read = _Reader(register, targets, asking)
    decimal = decimal_sign(read.numbers(items))
    rows: list[FigureRow] = []
    names: Counter[str] = Counter()
    empty = 0
    for place, item in enumerate(items, 1):
        found = list(read.item(place, item, decimal))
        rows += found
        if not found and (name := read.stranger(item)) is not None:
            names[name] += 1
        else:
            empty += not found
    return rows, LeftOut(names, empty)


def _depth(answer: Any) -> int:
    """How deep an answer is nested, as far as it matters; without recursion."""
    depth, level = 0, [answer]
    while level and depth <= DEEPEST:
        depth += 1
        inner: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                inner += one.values()
            elif isinstance(one, list):
                inner += one
        level = inner
    return depth


@lru_cache(maxsize=512)
def _compiled(expression: str) -> Any:
    import jmespath

    return jmespath.compile(expression)


def _pick(expression: str, found: Any) -> Any:
    """What an expression picks; ``InvalidInput``: it cannot be applied here."""
    try:
        return _compiled(expression).search(found)
    except Exception as error:
        # Functions meet values of kinds that they do not take; whatever it is, it is this item's.
        said = (str(error).splitlines() or [type(error).__name__])[0]
        raise InvalidInput(f"the expression {expression} fails: {said[:200]}") from None


@dataclass(frozen=True, slots=True)
class _Reader:
    register: JsonRegister
    targets: Mapping[str, Owned]
    asking: Asking

    def numbers(self, items: list[Any]) -> Iterator[str]:
        """Every number that the items write as text."""
        for item in items:
            for entry in self._entries(item):
                for name in ("value", "part", "whole"):
                    try:
                        found = self._field(entry, name, item)
                    except InvalidInput:
                        continue
                    if isinstance(found, str):
                        yield found

    def item(self, place: int, item: Any, decimal: str | None) -> Iterator[FigureRow]:
        """The figures of one item."""
        try:
            entries = self._entries(item, strict=True)
        except InvalidInput as error:
            yield FigureRow(f"item {place}", faults={"target": str(error)})
            return
        for entry in entries:
            row = self._row(place, item, entry, decimal)
            if row is not None:
                yield row

    def stranger(self, item: Any) -> str | None:
        """How an item calls its target that nobody declared ("": not at all), else None."""
        return None if self._entries(item) else self._name(item)

    def _entries(self, item: Any, *, strict: bool = False) -> list[JsonTarget]:
        """The targets that an item is of: of one that nobody declared, none."""
        if self.register.target is None:
            return list(self.register.targets)
        try:
            name = self._name(item)
        except InvalidInput:
            if strict:
                raise
            return []
        return [one for one in self.register.targets if name and name in _names(one)]

    def _name(self, item: Any) -> str:
        return plain(_pick(self.register.target or "", item))

    def _row(
        self, place: int, item: Any, entry: JsonTarget, decimal: str | None
    ) -> FigureRow | None:
        faults: dict[str, str] = {}
        found: dict[str, Any] = {}
        for name in Fields.model_fields:
            try:
                found[name] = self._read(entry, name, item, decimal)
            except InvalidInput as error:
                faults[name] = str(error)
        if not faults and all(found[name] is None for name in ("value", "part", "whole")):
            return None  # no figure yet
        return FigureRow(
            f"item {place}",
            target=entry.id,
            period=found.get("period") or "",
            value=found.get("value"),
            part=found.get("part"),
            whole=found.get("whole"),
            source=found.get("source") or "",
            measured_at=found.get("measured_at") or self.asking.now,
            faults=faults,
        )

    def _field(self, entry: JsonTarget, name: str, item: Any) -> Any:
        # Of a figure the entry says all or nothing: its own share is not computed into a value.
        figure = ("value", "part", "whole")
        own = any(getattr(entry, one) for one in figure)
        common = None if name in figure and own else getattr(self.register, name)
        expression = getattr(entry, name) or common
        return None if expression is None else _pick(expression, item)

    def _read(self, entry: JsonTarget, name: str, item: Any, decimal: str | None) -> Any:
        found = self._field(entry, name, item)
        if name == "period":
            return self._period(entry, found)
        if name == "measured_at":
            return read_moment(found, self.asking.zone)
        if name == "source":
            return plain(found)
        one = self.targets.get(entry.id)
        unit = one.target.unit if one else None
        value = number(found, unit=unit, decimal=decimal, whole=name != "value")
        if name == "value" and self.register.fractions and unit in SHARES and value is not None:
            return float(Decimal(repr(value)) * SHARES[unit])  # 0.145 is 14.5 %
        return value

    def _period(self, entry: JsonTarget, found: Any) -> str:
        one = self.targets.get(entry.id)
        if self.register.period_is == "words" or one is None:
            return plain(found)
        moment = read_moment(found, self.asking.zone)
        if moment is None:
            return ""
        return period_of(one.target.measure_every, moment.date()).key


def _names(one: JsonTarget) -> tuple[str, str]:
    """How an answer may call a target."""
    return one.id, plain(one.named)


def plain(found: Any) -> str:
    """A text or number of an answer as text, without what no database holds."""
    if found is None:
        return ""
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        raise InvalidInput("this is neither a text nor a number")
    if isinstance(found, float) and found.is_integer():
        found = int(found)  # of the year 2026, some write 2026.0
    text = str(found).encode("utf-8", "replace").decode().replace("\x00", "")
    return unicodedata.normalize("NFC", " ".join(text.split()))[:LONGEST]


def number(found: Any, *, unit: str | None, decimal: str | None, whole: bool) -> Any:
    """A number of an answer, also one that it writes as text; None for none."""
    if found is None or (isinstance(found, str) and found.strip() in ("", *NOTHING)):
        return None
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        raise InvalidInput("this is no number")
    if isinstance(found, str):
        counted = whole or unit in ("count", "VND")
        value = read_text(found, unit=unit, decimal=decimal, whole=counted)
    else:
        value = _float(found)
    if whole and value is not None:
        if not value.is_integer():
            raise InvalidInput(f"{plain(found)[:40]} is no whole number")
        return int(value)
    return value


def _float(found: float) -> float:
    try:
        return float(found)
    except OverflowError:  # computed by an expression: an answer's own are bounded
        raise InvalidInput("this is no number") from None


def read_text(text: str, *, unit: str | None, decimal: str | None, whole: bool) -> float | None:
    """A number that is written as text; ``InvalidInput`` where it is none, or two."""
    shown = plain(text)[:40]
    try:
        return read_number(text, unit=unit, whole=whole, decimal=decimal)
    except TwoNumbers as error:
        large, small = error.before + error.after, f"{error.before}.{error.after}"
        raise InvalidInput(
            f"'{shown}' can be read as {large} or as {small}; write {large}, or {small}0"
        ) from None
    except NotANumber:
        raise InvalidInput(f"'{shown}' is no number") from None
