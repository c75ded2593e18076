"""The words of reports: their own catalogue beside the mails', names and figures in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path

from babel.numbers import format_percent

from integrations.wording import (
    CLASSES,
    LOCALE_DIR,
    Language,
    Wording,
    capped,
    flat,
    marked,
    read_texts,
    wording,
)
from plans.declaration import Plan, Title
from plans.errors import InvalidInput
from plans.periods import label, said
from plans.report_spans import Span
from plans.terms import EventKind, Outside, Timeliness

STANDINGS: Mapping[str, str] = CLASSES | {
    Outside.SUSPENDED: marked("suspended"),
    Outside.CANCELLED: marked("cancelled"),
    Outside.UNDECIDED: marked("lead not yet decided"),
}
COURSES: Mapping[str | None, str] = {
    "behind": marked("behind its path"),
    "on_course": marked("on its path"),
    "reached": marked("target reached"),
    "not_measured": marked("no figure yet"),
    "direction": marked("a direction without a number"),
    None: marked("withheld: too few to be told"),
}
GOALS: Mapping[str, str] = {
    "reach": "%(value)s",
    "at_least": "≥ %(value)s",
    "above": "> %(value)s",
    "below": "< %(value)s",
    "at_most": "≤ %(value)s",
    "maintain": marked("keep ≥ %(value)s"),
    "decrease_to": marked("down to %(value)s"),
    "increase": marked("up to %(value)s"),
}
DIRECTIONS: Mapping[str, str] = {"increase": marked("rising"), "decrease_to": marked("falling")}
UNITS: Mapping[str | None, str] = {
    "percent": "%%",
    "per_mille": "‰",
    "count": marked("number"),
    "VND": marked("đồng"),
    None: "—",
}
REASONS: Mapping[EventKind | None, str] = {
    EventKind.EXTENSION_REQUESTED: marked("asking for a later date"),
    EventKind.RETURNED: marked("the coordinating body, returning a report"),
    EventKind.SUSPENDED: marked("the coordinating body, suspending the task"),
    EventKind.CANCELLED: marked("the coordinating body, cancelling the task"),
}
DOCUMENTS: Mapping[str, str] = {
    "KH": marked("Plan"),
    "CTr": marked("Programme"),
    "QĐ": marked("Decision"),
    "CT": marked("Directive"),
    "NQ": marked("Resolution"),
    "ĐA": marked("Project"),
}
TENTHS = "#,##0.0%"
_SYMBOL = re.compile(r"(?<=[/-])(KH|CTr|QĐ|CT|NQ|ĐA)(?![A-Za-zĐđ])")
_RUNS_ON = ("thực hiện", "triển khai", "tăng cường", "về ", "hành động")
"""How a title begins that goes on from its document's name: it is written small then."""


class ReportWords(Wording):
    """Texts, dates and numbers of a report in one language, with the bodies' ``names``."""

    names: Mapping[str, Title] = {}

    def about(self, names: Mapping[str, Title]) -> ReportWords:
        """The same words, knowing some bodies."""
        found = ReportWords(self.language, self.catalogue)
        object.__setattr__(found, "names", names)
        return found

    def pick(self, title: Title) -> str:
        """A title in this language."""
        return flat(title.vi if self.language == "vi" else title.en or title.vi)

    def body(self, code: str | None) -> str:
        """A body's name."""
        if code is None:
            return self.gettext("lead not yet decided")
        return self.pick(self.names[code]) if code in self.names else code

    def bodies(self, codes: Sequence[str | None], most: int) -> str:
        """Some bodies' names; of many the first ones, and how many more there are."""
        named = [self.body(code) for code in codes[:most]]
        if (more := len(codes) - most) > 0:
            named.append(self.ngettext("and %(n)s other body", "and %(n)s other bodies", more))
        return "; ".join(named)

    def standing(self, kind: Timeliness | Outside) -> str:
        """A class in words."""
        return self.gettext(STANDINGS[kind])

    def shares(self, values: Iterable[float | None]) -> list[str]:
        """Shares that stand together: where one needs a decimal, all have one ("50,0%")."""
        some = list(values)
        said = [self.percent(one) for one in some]
        if not any("," in text or "." in text for text in said):
            return said
        return [
            text if one is None else format_percent(capped(one), TENTHS, self.language)
            for one, text in zip(some, said, strict=True)
        ]

    def portions(self, counts: Sequence[int], whole: int) -> list[str]:
        """Counts with their shares: "41 (33,6%)"."""
        shares = self.shares(n / whole if whole else None for n in counts)
        return [f"{self.count(n)} ({share})" for n, share in zip(counts, shares, strict=True)]

    def moment(self, at: datetime) -> str:
        """An hour of a day, as officials write it."""
        return self.gettext(
            "%(hour)s:%(minute)s on %(day)s",
            hour=f"{at:%H}",
            minute=f"{at:%M}",
            day=self.day(at.date()),
        )

    def between(self, first: date, last: date) -> str:
        """Two days and what lies between."""
        return self.gettext(
            "from %(first)s to %(last)s", first=self.day(first), last=self.day(last)
        )

    def span(self, span: Span) -> str:
        """What people call a time."""
        return (
            label(span.period, self.language)
            if span.period
            else self.between(span.first, span.last)
        )

    def during(self, span: Span) -> str:
        """The same as it follows a noun: "trong quý III/2026", "từ ngày … đến ngày …"."""
        said = self.span(span)
        return self.gettext("of %(span)s", span=said) if span.period else said

    def period(self, key: str | None) -> str:
        """What people call an assignment's period; "" for none."""
        if not key:
            return ""
        try:
            return said(key, self.language)
        except InvalidInput:
            return key

    def task(self, title: Title, period: str | None) -> str:
        """A task's title with the period that it is about."""
        said = self.period(period)
        return f"{self.pick(title)} ({said})" if said else self.pick(title)

    def document(self, plan: Plan) -> str:
        """A plan by its number, day and issuer; by its title where it has no number."""
        if not plan.number:
            return flat(self.pick(plan.title))
        symbol = _SYMBOL.search(plan.number)
        kind = DOCUMENTS[symbol[1]] if symbol else marked("Document")
        return self.gettext(
            "%(kind)s No. %(number)s of %(day)s of %(issuer)s",
            kind=self.gettext(kind),
            number=flat(plan.number),
            day=self.day(plan.issued),
            issuer=flat(plan.issuer),
        )

    def titled(self, plan: Plan) -> str:
        """The same followed by its title."""
        if not plan.number:
            return self.document(plan)
        title = self.pick(plan.title)
        if self.language == "vi" and title.casefold().startswith(_RUNS_ON):
            return f"{self.document(plan)} {title[0].lower()}{title[1:]}"
        return f"{self.document(plan)} “{title}”"


@cache
def report_words(language: str) -> ReportWords:
    """The words of a language; ``InvalidInput`` where there are none."""
    known = wording(language)
    texts = dict(known.catalogue)
    if known.language != "en":
        texts |= read_texts(catalogue(known.language), known.language)
    return ReportWords(known.language, texts)


def catalogue(language: Language) -> Path:
    """Where a language's texts of reports lie; of English there are none, the code says them."""
    return LOCALE_DIR / language / "LC_MESSAGES" / "report.po"


def joined(texts: Iterable[str]) -> str:
    """Phrases as one sentence."""
    return "; ".join(text for text in texts if text)
