"""The words of the pages: English texts are the keys, ``locale/vi/…/*.po`` translates them.

One catalogue an area of pages. What mails already say (classes, reasons, periods) is said by their
catalogue (``integrations/locale``), so that a mail and a page never use two words for one thing.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from integrations.wording import LANGUAGES, Language, Wording, read_texts, wording

LOCALE_DIR = Path(__file__).parent / "locale"


class PageWords(Wording):
    """Texts, dates and numbers of pages in one language."""

    def moment(self, at: datetime | None, zone: ZoneInfo) -> str:
        """dd/mm/yyyy hh:mm in the office's time zone; "—" where there is none."""
        if at is None:
            return "—"
        local = at.astimezone(zone)
        return f"{self.day(local.date())} {local:%H:%M}"

    def pick(self, vi: str | None, en: str | None) -> str:
        """A name or a title in this language; in the other one where there is none."""
        first, second = (vi, en) if self.language == "vi" else (en, vi)
        return first or second or ""


@cache
def page_words(language: Language) -> PageWords:
    """The words of a language."""
    texts = dict(wording(language).catalogue)
    for path in catalogues(language):
        texts |= read_texts(path, language)
    return PageWords(language, texts)


def catalogues(language: Language) -> list[Path]:
    """A language's catalogues; of English there are none, it is what the code says."""
    return sorted((LOCALE_DIR / language / "LC_MESSAGES").glob("*.po"))


def language_of(*wanted: str | None) -> Language:
    """The first language of those wanted that we have; Vietnamese where there is none."""
    return next((one for said in wanted for one in LANGUAGES if one == said), "vi")
