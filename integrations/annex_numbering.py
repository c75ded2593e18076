"""The numbers that Word counts by itself: 1., 1.1, a), I, –; they are in no cell's text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docx.document import Document

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
PLACE = re.compile(r"%([1-9])")
ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"),
    (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
BULLETS = str.maketrans({"\uf0b7": "-", "\uf02d": "-", "\uf0a7": "-", "o": "-", "•": "-"})


@dataclass(frozen=True, slots=True)
class Level:
    """How one level of a list is numbered."""

    form: str
    text: str
    start: int


@dataclass
class Numbering:
    """A document's lists, and how far each was counted."""

    lists: Mapping[str, tuple[str, Mapping[int, Level]]] = field(default_factory=dict)
    styles: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    _counted: dict[str, dict[int, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, document: Document) -> Numbering:
        """The lists that a document declares, none where it has none."""
        try:
            root = document.part.numbering_part.element
        except (KeyError, NotImplementedError):
            return cls()
        abstract = {
            one.get(f"{W}abstractNumId"): _levels(one) for one in root.iter(f"{W}abstractNum")
        }
        lists = {}
        for one in root.iter(f"{W}num"):
            named = one.find(f"{W}abstractNumId")
            key = named.get(f"{W}val") if named is not None else None
            levels = dict(abstract.get(key, {}))
            overrides = _overrides(one, levels)
            # Lists over one abstract list go on counting, unless they say where they begin.
            counter = f"own {one.get(f'{W}numId')}" if overrides else str(key)
            lists[one.get(f"{W}numId", "")] = (counter, levels | overrides)
        return cls(lists, dict(_styles(document)))

    def label(self, paragraph: Any) -> str:
        """The number before a paragraph, as it is printed; "" where it has none."""
        key, depth = self._place(paragraph)
        if key not in self.lists:
            return ""
        counter, levels = self.lists[key]
        level = levels.get(depth)
        if level is None:
            return ""
        counted = self._counted.setdefault(counter, {})
        counted[depth] = counted.get(depth, level.start - 1) + 1
        for deeper in [one for one in counted if one > depth]:
            del counted[deeper]
        if level.form == "bullet":
            return level.text.translate(BULLETS) or "-"
        return PLACE.sub(lambda one: _counted(levels, counted, int(one[1]) - 1), level.text).strip()

    def _place(self, paragraph: Any) -> tuple[str, int]:
        """The list and the level of a paragraph: its own, else its style's."""
        own = paragraph.find(f"{W}pPr/{W}numPr")
        style = paragraph.find(f"{W}pPr/{W}pStyle")
        named = style.get(f"{W}val", "") if style is not None else ""
        key, depth = self.styles.get(named, ("", 0))
        if own is None:
            return key, depth
        number, level = own.find(f"{W}numId"), own.find(f"{W}ilvl")
        if number is not None:
            key = number.get(f"{W}val", "")
        return key, _whole(level, depth)


def _levels(abstract: Any) -> dict[int, Level]:
    return {_whole_of(one.get(f"{W}ilvl")): _level(one) for one in abstract.iter(f"{W}lvl")}


def _level(element: Any) -> Level:
    form, text = element.find(f"{W}numFmt"), element.find(f"{W}lvlText")
    return Level(
        form.get(f"{W}val", "decimal") if form is not None else "decimal",
        text.get(f"{W}val", "") if text is not None else "",
        _whole(element.find(f"{W}start"), 1),
    )


def _overrides(number: Any, levels: Mapping[int, Level]) -> dict[int, Level]:
    found = {}
    for one in number.iter(f"{W}lvlOverride"):
        depth = _whole_of(one.get(f"{W}ilvl"))
        whole, start = one.find(f"{W}lvl"), one.find(f"{W}startOverride")
        if whole is not None:
            found[depth] = _level(whole)
        elif depth in levels and start is not None:
            before = levels[depth]
            found[depth] = Level(before.form, before.text, _whole(start, before.start))
    return found


def _styles(document: Document) -> Any:
    for style in document.styles.element.iter(f"{W}style"):
        number = style.find(f"{W}pPr/{W}numPr/{W}numId")
        if number is not None:
            level = style.find(f"{W}pPr/{W}numPr/{W}ilvl")
            yield style.get(f"{W}styleId"), (number.get(f"{W}val", ""), _whole(level, 0))


def _whole(element: Any, otherwise: int) -> int:
    return otherwise if element is None else _whole_of(element.get(f"{W}val"), otherwise)


def _whole_of(text: str | None, otherwise: int = 0) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 6 else otherwise


def _counted(levels: Mapping[int, Level], counted: Mapping[int, int], depth: int) -> str:
    level = levels.get(depth)
    if level is None:
        return ""
    return spelled(counted.get(depth, level.start), level.form)


def spelled(number: int, form: str) -> str:
    """A number as a list's level writes it."""
    if form in ("upperRoman", "lowerRoman"):
        text = _roman(number)
        return text if form == "upperRoman" else text.lower()
    if form in ("upperLetter", "lowerLetter") and number > 0:
        # a … z, then aa, bb …
        times, which = divmod(number - 1, 26)
        text = chr(65 + which) * min(times + 1, 10)
        return text if form == "upperLetter" else text.lower()
    return "" if form == "none" else f"{number:02}" if form == "decimalZero" else str(number)


def _roman(number: int) -> str:
    found = ""
    for value, sign in ROMAN if 0 < number < 4000 else ():
        found += sign * (number // value)
        number %= value
    return found or str(number)
