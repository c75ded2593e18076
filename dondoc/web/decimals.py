"""Numbers as people type and read them: decimals with a comma in Vietnamese, nothing guessed.

What can be read in two ways ("1.646": one thousand, or one and a bit) is refused, never guessed.
"""

from __future__ import annotations

import re
from functools import cache

from babel import Locale
from babel.numbers import format_decimal

from dondoc.web.spelling import spelled
from dondoc.web.words import PageWords
from integrations.wording import marked

NUMBER = re.compile(r"-?\d+(?:[.,]\d+)*", re.ASCII)
SIGNS = {"percent": "%", "per_mille": "‰"}
NOT_A_NUMBER = marked("“%(text)s” is no number; write it like 1646,5 or 1.646,5.")
AMBIGUOUS = marked(
    "“%(text)s” can be read as %(large)s (%(words)s) or as %(small)s; type %(large)s for the "
    "first, %(typed)s for the second."
)


class Unreadable(ValueError):
    """A text is no number, or more than one; ``said`` is the sentence, filled with ``values``."""

    def __init__(self, said: str, **values: str) -> None:
        super().__init__(said % values)
        self.said, self.values = said, values

    def sentence(self, words: PageWords) -> str:
        """What is wrong, in the visitor's words."""
        return words.gettext(self.said, **self.values)


class Ambiguous(Unreadable):
    """A text is two numbers: with its one sign between thousands, or before decimals."""

    def __init__(self, text: str, before: str, after: str) -> None:
        super().__init__("%(text)s: %(large)s?", text=text, large=before + after)
        self._small = f"{before}.{after}"

    def sentence(self, words: PageWords) -> str:
        """Both numbers, and how each is typed, so that it can be no other."""
        large, small = self.values["large"], say_number(words, float(self._small))
        typed = f"{self._small}0".replace(".", "," if words.language == "vi" else ".")
        told = {"words": spelled(int(large), words.language), "small": small, "typed": typed}
        return words.gettext(AMBIGUOUS, **self.values, **told)


def read_number(text: str, *, unit: str | None = None, whole: bool = False) -> float | None:
    """The one number that a text can be, None for an empty one; ``Unreadable`` for the rest.

    Of two different separators the last is the decimal one; one that comes several times parts
    thousands. ``whole``: what is counted has no decimals, so a lone dot before three digits parts
    thousands, too. The unit's own sign may follow.
    """
    given = text.strip()
    bare = re.sub(r"[\s\u00a0\u202f]", "", given).removesuffix(SIGNS.get(unit or "", "\0"))
    bare = bare.replace("−", "-")
    if not bare:
        return None
    if not NUMBER.fullmatch(bare):
        raise Unreadable(NOT_A_NUMBER, text=given)
    marks = [sign for sign in bare if sign in ".,"]
    if not marks:
        return float(bare)
    if len(set(marks)) == 1 and len(marks) == 1:
        return _with_one(given, bare, marks[0], whole=whole)
    return _with_many(given, bare, marks)


def _with_one(given: str, bare: str, mark: str, *, whole: bool) -> float:
    before, _, after = bare.partition(mark)
    grouped = (
        len(after) == 3 and len(before.lstrip("-")) <= 3 and not before.startswith(("0", "-0"))
    )
    if not grouped:
        return float(f"{before}.{after}")
    if whole and mark == ".":
        return float(before + after)
    raise Ambiguous(given, before, after)


def _with_many(given: str, bare: str, marks: list[str]) -> float:
    decimal = marks[-1] if len(set(marks)) > 1 else ""
    group = marks[0]
    body, _, fraction = bare.rpartition(decimal) if decimal else (bare, "", "")
    parts = body.lstrip("-").split(group)
    sound = decimal not in body if decimal else True
    if not sound or not 1 <= len(parts[0]) <= 3 or any(len(one) != 3 for one in parts[1:]):
        raise Unreadable(NOT_A_NUMBER, text=given)
    sign = "-" if bare.startswith("-") else ""
    return float(f"{sign}{''.join(parts)}.{fraction or 0}")


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)


def say_number(words: PageWords, value: float) -> str:
    """A figure with all decimals that it was given with, at most four: "0,45", "1.646,5"."""
    return str(format_decimal(value, format="#,##0.####", locale=_locale(words.language)))


def say_value(words: PageWords, value: float | None, unit: str | None) -> str:
    """A figure with its unit; "—" where there is none."""
    if value is None:
        return "—"
    text = say_number(words, value)
    if unit == "VND":
        return f"{text} đồng" if words.language == "vi" else f"VND {text}"
    return text + SIGNS.get(unit or "", "")


def type_number(value: float | None) -> str:
    """A number as a form's field holds it: readable by ``read_number``, whatever the language."""
    if value is None:
        return ""
    return str(int(value)) if value.is_integer() else repr(value).replace(".", ",")
