"""The words of messages: English texts are the keys, ``locale/*/…/dondoc.po`` translates them.

Catalogues are read as they stand; nothing is compiled, so a text is corrected by editing one file.
Values are filled in by name: ``gettext("Due: %(day)s", day=…)``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from plans.errors import InvalidInput
from plans.numbers import SIGNS
from plans.terms import EventKind, Silence, Timeliness

Language = Literal["vi", "en"]
LANGUAGES: tuple[Language, ...] = ("vi", "en")
LOCALE_DIR = Path(__file__).parent / "locale"
NOTHING = "—"
# A share below 1 never reads "100%": one open task among thousands must stay visible.
NEARLY_ALL = 0.999
# Controls, and what turns the direction of the text around.
HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def flat(text: str) -> str:
    """The text on one line, without control characters."""
    line = " ".join(text.split())
    return line if line.isprintable() else HIDDEN.sub("", line)


def marked(msgid: str) -> str:
    """The text itself, marked for extraction: for texts that are looked up later by a key."""
    return msgid


# The domain's fixed values in words.
MISSING: dict[str, str] = {
    "report": marked("no report yet"),
    "deliverable": marked("no deliverable yet"),
    "correction": marked("returned report not corrected yet"),
    "confirmation": marked("lead not confirmed yet"),
}
REASONS: dict[str, str] = {
    Silence.NEVER_ASKED: marked("not asked for a report yet"),
    Silence.UNREACHABLE: marked("its system cannot be reached"),
    Silence.ERROR: marked("its system answered with an error"),
    Silence.INVALID: marked("what it sent is not valid"),
    Silence.NOT_ANSWERED: marked("asked, has not reported"),
}
CLASSES: dict[str, str] = {
    Timeliness.DONE_ON_TIME: marked("done on time"),
    Timeliness.DONE_LATE: marked("done late"),
    Timeliness.OPEN_ON_TIME: marked("in progress, on time"),
    Timeliness.OPEN_OVERDUE: marked("in progress, overdue"),
}
CHANGES: dict[str, str] = {
    EventKind.ASSIGNED: marked("task assigned"),
    EventKind.UPDATED: marked("progress updated"),
    EventKind.SUBMITTED: marked("report submitted, waits for review"),
    EventKind.ACCEPTED: marked("completion accepted"),
    EventKind.RETURNED: marked("report returned for correction"),
    EventKind.EXTENSION_REQUESTED: marked("extension requested"),
    EventKind.EXTENSION_GRANTED: marked("extension granted"),
    EventKind.EXTENSION_REFUSED: marked("extension refused"),
    EventKind.REDATED: marked("due date changed"),
    EventKind.MOVED: marked("moved to another group"),
    EventKind.SUSPENDED: marked("suspended"),
    EventKind.RESUMED: marked("resumed"),
    EventKind.CANCELLED: marked("cancelled"),
    EventKind.REASSIGNED: marked("lead changed"),
    EventKind.CORRECTED: marked("record corrected"),
}


@dataclass(frozen=True, eq=False)
class Wording:
    """Texts, dates and numbers in one language."""

    language: Language
    catalogue: Mapping[str, str] = field(repr=False)

    def gettext(self, msgid: str, **values: object) -> str:
        """The text in this language, filled in; the English one where none is known."""
        return self.catalogue.get(msgid, msgid) % values

    def ngettext(self, one: str, many: str, n: int, **values: object) -> str:
        """The text for ``n`` things; ``%(n)s`` in it is the count as officials write it."""
        text = self.catalogue.get(one, one if n == 1 else many)
        return text % {"n": self.count(n), **values}

    def day(self, when: date) -> str:
        """dd/mm/yyyy, in both languages."""
        return f"{when.day:02}/{when.month:02}/{when.year:04}"

    def count(self, n: int) -> str:
        """A whole number of things; Vietnamese offices write 05, not 5."""
        if self.language == "vi" and 0 < n < 10:
            return f"0{n}"
        return self.number(n)

    def number(self, x: float) -> str:
        """With the language's signs and at most one decimal: 1.646,5 in Vietnamese."""
        return _decimal(x, self.language)

    def exact(self, x: float) -> str:
        """With all decimals that a figure was given with, at most four: "0,45", "1.646,5"."""
        return str(format_decimal(x, format="#,##0.####", locale=self.language))

    def value(self, x: float | None, unit: str | None) -> str:
        """A figure with its unit (of ``plans.declaration``); "—" where there is none."""
        if x is None:
            return NOTHING
        text = self.exact(x)
        if unit == "VND":
            return f"{text} đồng" if self.language == "vi" else f"VND {text}"
        return text + SIGNS.get(unit or "", "")

    def percent(self, x: float | None) -> str:
        """A share (0-1) with at most one decimal: "97,2%"; "—" where there is none."""
        if x is None:
            return NOTHING
        return _percent(capped(x), self.language)


def capped(share: float) -> float:
    """A share as it is told: what is not all is never 100%."""
    return min(share, NEARLY_ALL) if share < 1 else share


# Kept, since a page says hundreds of numbers, most of them small ones again and again.
@lru_cache(8192)
def _decimal(x: float, language: Language) -> str:
    return format_decimal(x, format="#,##0.#", locale=language)


@lru_cache(8192)
def _percent(x: float, language: Language) -> str:
    return format_percent(x, format="#,##0.#%", locale=language)


@lru_cache
def wording(language: str) -> Wording:
    """The words of a language.

    Raises:
        InvalidInput: there are none.
    """
    for known in LANGUAGES:
        if language == known:
            return Wording(known, {} if known == "en" else read_texts(_catalogue(known), known))
    raise InvalidInput(f"no texts in '{language}'; languages: {', '.join(LANGUAGES)}")


def _catalogue(language: Language) -> Path:
    return LOCALE_DIR / language / "LC_MESSAGES" / "dondoc.po"


def read_texts(path: Path, language: Language) -> dict[str, str]:
    """A catalogue's texts by English text (of a plural: by its singular), without fuzzy ones."""
    with path.open("rb") as file:
        messages = list(read_po(file, locale=language))
    return {_first(m.id): _first(m.string) for m in messages if m.id and m.string and not m.fuzzy}


def _first(text: str | Sequence[str] | None) -> str:
    return text if isinstance(text, str) else (text or ("",))[0]
