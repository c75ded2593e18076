"""Numbers as people type and read them: decimals with a comma in Vietnamese, nothing guessed.

What can be read in two ways ("1.646": one thousand, or one and a bit) is refused, never guessed.
"""

from __future__ import annotations

from dondoc.web.spelling import spelled
from dondoc.web.words import PageWords
from integrations.wording import marked
from plans import numbers

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
    """As ``plans.numbers.read_number``; ``Unreadable`` says what is wrong in a visitor's words."""
    try:
        return numbers.read_number(text, unit=unit, whole=whole)
    except numbers.TwoNumbers as error:
        raise Ambiguous(text.strip(), error.before, error.after) from None
    except numbers.NotANumber:
        raise Unreadable(NOT_A_NUMBER, text=text.strip()) from None


def say_number(words: PageWords, value: float) -> str:
    """A figure with all decimals that it was given with, at most four: "0,45", "1.646,5"."""
    return words.exact(value)


def say_value(words: PageWords, value: float | None, unit: str | None) -> str:
    """A figure with its unit; "—" where there is none."""
    return words.value(value, unit)


def type_number(value: float | None) -> str:
    """A number as a form's field holds it: readable by ``read_number``, whatever the language."""
    if value is None:
        return ""
    return str(int(value)) if value.is_integer() else repr(value).replace(".", ",")
