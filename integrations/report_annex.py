"""The annexes of a report: every task as it stands, and the whole of words that are long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from integrations.report_blocks import Column, Table, Value
from integrations.report_tables import sentence
from integrations.report_words import ReportWords, joined
from integrations.wording import flat, marked
from plans.report_lines import Line
from plans.report_voices import documents
from plans.reports import Report, classes_of
from plans.rules import is_open
from plans.terms import Outside, Review, Timeliness, Work

MOST_ROWS = 3000
"""So many rows the annex of a document has in all; the workbook has all."""
MOST_LATE = 12
LONG = 400
"""From how many signs on words stand whole in an annex of their own."""
WHOLE = marked("in full in Annex %(annex)s, item %(n)s")
RECENT = 6


@dataclass(slots=True)
class Whole:
    """Long words, each once, in the order in which they were referred to."""

    words: ReportWords
    texts: dict[str, int] = field(default_factory=dict)

    def shown(self, text: str) -> str:
        """Short words as they are; of long ones where they stand."""
        if len(text) <= LONG:
            return flat(text)
        n = self.texts.setdefault(text, len(self.texts) + 1)
        return f"({self.words.gettext(WHOLE, annex='II', n=n)})"


def columns_of(words: ReportWords) -> tuple[Column, ...]:
    """The annex's columns."""
    say = words.gettext
    return (
        Column(say("No."), 6, "count"),
        Column(say("Task"), 26, "title"),
        Column(say("Lead body"), 15),
        Column(say("Due date"), 9, "day"),
        Column(say("Progress"), 7, "share"),
        Column(say("Result"), 20),
        Column(say("Standing"), 12),
        Column(say("Document No."), 10),
    )


def by_group(report: Report, words: ReportWords, whole: Whole) -> tuple[list[Table], int, int]:
    """A table for each solution group; how many rows they have, and how many there would be."""
    teller = Teller(report, words, whole)
    groups: dict[str, list[Line]] = {key: [] for key in report.progress.groups}
    for line in report.lines:
        groups.setdefault(line.state.group, []).append(line)
    tables: list[Table] = []
    total = shown = 0
    for key, lines in groups.items():
        rows = teller.rows(lines)
        total += len(rows)
        rows = rows[: max(0, MOST_ROWS - shown)]
        shown += len(rows)
        if rows:
            title = report.progress.titles.get(key, key)
            if words.language != "vi":
                title = report.progress.english.get(key, title)
            tables.append(Table(key, flat(title), columns_of(words), rows))
    return tables, shown, total


@dataclass(frozen=True, slots=True)
class Teller:
    """Assignments as rows."""

    report: Report
    words: ReportWords
    whole: Whole

    def rows(self, lines: Sequence[Line]) -> list[tuple[Value, ...]]:
        """One group's rows: a task's assignments one by one, those of a class as one."""
        found: list[tuple[Value, ...]] = []
        for _, some in groupby(lines, key=lambda one: one.task):
            found += self._of_task(list(some))
        return [(n, *row) for n, row in enumerate(found, 1)]

    def _of_task(self, lines: Sequence[Line]) -> Iterator[tuple[Value, ...]]:
        single = [one for one in lines if not one.fanned]
        alone = [one for one in single if self._is_told(one)] if len(single) > RECENT else single
        yield from (self._row(one) for one in alone)
        told = {one.key for one in alone}
        if rest := [one for one in single if one.key not in told]:
            yield self._sum(rest, self.words.gettext("other periods"))
        members = sorted((one for one in lines if one.fanned), key=lambda one: one.period or "")
        for period, fanned in groupby(members, key=lambda one: one.period):
            yield self._sum(list(fanned), self.words.period(period))

    def _is_told(self, line: Line) -> bool:
        """Whether it stands by itself: of the report's time, still owed, or of no period."""
        return line.period is None or line.within or bool(line.heard) or is_open(line.state)

    def _row(self, line: Line) -> tuple[Value, ...]:
        said = self.report.words.get(line.last.text or "", {}) if line.last else {}
        return (
            self.words.task(line.title, line.period),
            self.words.body(line.lead),
            self.words.day(line.state.due),
            line.state.percent / 100,
            self.whole.shown((said or {}).get("result", "").strip()),
            self.standing(line),
            flat("; ".join(documents(line.last, self.report.words))),
        )

    def standing(self, line: Line) -> str:
        """How it stands, and since when or for how long."""
        state, words = line.state, self.words
        said = sentence(words.standing(line.kind))
        if state.work is Work.DONE and state.done_on:
            return f"{said} ({words.day(state.done_on)})"
        if isinstance(line.kind, Outside):
            return said
        if state.review is Review.SUBMITTED:
            return joined([said, words.gettext("waits for review")])
        if line.kind is Timeliness.OPEN_OVERDUE:
            days = (self.report.asked.on - state.due).days
            late = words.ngettext("%(n)s day", "%(n)s days", days)
            said = f"{said} ({late})"
        if state.review is Review.RETURNED:
            return joined([said, words.gettext("report returned")])
        return said

    def _sum(self, lines: Sequence[Line], which: str) -> tuple[Value, ...]:
        words, first = self.words, lines[0]
        leads = list(dict.fromkeys(one.lead for one in lines))
        dues = sorted({one.state.due for one in lines})
        title = words.pick(first.title)
        lead = words.ngettext("%(n)s body", "%(n)s bodies", len(leads))
        mean = sum(one.state.percent for one in lines) / len(lines) / 100
        return (
            f"{title} ({which})" if which else title,
            words.body(leads[0]) if len(leads) == 1 else lead,
            words.day(dues[0])
            if len(dues) == 1
            else f"{words.day(dues[0])} – {words.day(dues[-1])}",
            mean,
            self._late_ones(lines) if len(leads) > 1 else "",
            sentence("; ".join(self._counts(lines))),
            "",
        )

    def _counts(self, lines: Iterable[Line]) -> Iterator[str]:
        for kind, n in classes_of(lines).items():
            if n:
                yield f"{self.words.standing(kind)}: {self.words.count(n)}"

    def _late_ones(self, lines: Iterable[Line]) -> str:
        late = [one.lead for one in lines if one.kind is Timeliness.OPEN_OVERDUE]
        if not late:
            return ""
        named = self.words.bodies(late, MOST_LATE)
        return self.words.gettext("Overdue: %(bodies)s", bodies=named)
