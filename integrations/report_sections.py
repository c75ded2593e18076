"""What a report says, section by section, in words; still in no layout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from integrations import report_tables
from integrations.report_annex import Whole
from integrations.report_blocks import Block, Heading, Para, Point
from integrations.report_figures import compared, figures, outside
from integrations.report_words import REASONS, ReportWords, joined
from integrations.wording import flat, marked
from plans.report_voices import Source, Voice
from plans.reports import Report
from plans.terms import Outside

MOST_POINTS = 100
"""So many different words a section tells; the workbook has all."""
MOST_ROWS = 60
MOST_BODIES = 40
FEW = 4
MORE_WORDS = marked(
    "%(shown)s of %(all)s different contributions are told here; the workbook of tables has all "
    "of them."
)
LETTERS = "abcdeghiklmnopqrstuvxy"
"""As lists count in Vietnamese documents."""


@dataclass(frozen=True, slots=True)
class Sections:
    """A report's sections in words. ``whole`` takes the words that are too long for them."""

    report: Report
    words: ReportWords
    whole: Whole

    def all(self) -> Iterator[Block]:
        """The body from the opening sentence to the last task."""
        yield self.opening()
        yield from self.results()
        yield from self.obstacles()
        yield from self.causes()
        yield from self.proposals()
        yield from self.next_tasks()

    def opening(self) -> Para:
        """What is reported on, and of which moment the figures are."""
        words, asked = self.words, self.report.asked
        return Para(
            words.gettext(
                "Carrying out %(document)s, the results of %(span)s (%(between)s) are reported "
                "as follows. The figures are those recorded by %(moment)s; due dates are judged "
                "on %(day)s.",
                document=words.titled(self.report.plan),
                span=words.span(asked.span),
                between=words.between(asked.span.first, asked.span.last),
                moment=words.moment(asked.moment),
                day=words.day(asked.on),
            )
            if asked.span.period
            else words.gettext(
                "Carrying out %(document)s, the results of the time %(between)s are reported as "
                "follows. The figures are those recorded by %(moment)s; due dates are judged on "
                "%(day)s.",
                document=words.titled(self.report.plan),
                between=words.between(asked.span.first, asked.span.last),
                moment=words.moment(asked.moment),
                day=words.day(asked.on),
            )
        )

    # --- I. results ---

    def results(self) -> Iterator[Block]:
        """What was achieved: in all, by group, by target, and who reports."""
        say = self.words.gettext
        yield Heading(1, say("I. RESULTS"))
        yield Heading(2, say("1. General figures"))
        yield from (Para(text) for text in figures(self.report, self.words))
        yield from (Para(text) for text in outside(self.report, self.words))
        yield from (Para(text) for text in compared(self.report, self.words))
        yield Heading(2, say("2. Results by solution group"))
        yield report_tables.by_group(self.report, self.words)
        yield from self._accomplished()
        yield Heading(2, say("3. Targets against the plan"))
        if self.report.targets:
            yield report_tables.targets(self.report, self.words)
            if starts := report_tables.starts(self.report):
                text = say(
                    "Baselines, as the document dates them: %(days)s.", days="; ".join(starts)
                )
                yield Para(text)
        else:
            yield Para(say("The document states no measured target."))
        yield Heading(2, say("4. Reporting"))
        yield from self._reporting()

    def _accomplished(self) -> Iterator[Block]:
        by_group: dict[str | None, list[Voice]] = {}
        for one in self.report.results:
            by_group.setdefault(one.group, []).append(one)
        groups, room = list(self.report.progress.groups), MOST_POINTS
        for n, key in enumerate(key for key in groups if by_group.get(key)):
            yield Heading(3, f"{letter(n)}) {self.group(key)}")
            yield from self._group(by_group[key], room)
            room = max(0, room - len(by_group[key]))
        if len(self.report.results) > MOST_POINTS:
            yield Para(self._more(len(self.report.results)))
        if rest := [f"“{self.group(key)}”" for key in groups if not by_group.get(key)]:
            none = marked("In this time no report was accepted of the groups: %(groups)s.")
            yield Para(self.words.gettext(none, groups="; ".join(rest)))

    def group(self, key: str) -> str:
        """A group's title."""
        progress = self.report.progress
        title = progress.titles.get(key, key)
        if self.words.language != "vi":
            title = progress.english.get(key, title)
        return flat(title)

    def _group(self, voices: Sequence[Voice], room: int) -> Iterator[Block]:
        words = self.words
        n = sum(len(one.sources) for one in voices)
        yield Para(
            words.ngettext(
                "%(n)s report was accepted in this time, which tells:",
                "%(n)s reports were accepted in this time, which tell:",
                n,
            )
        )
        for one in voices[:room]:
            titles = list(dict.fromkeys(source.title.vi for source in one.sources))
            task = words.pick(one.sources[0].title) if len(titles) == 1 else ""
            text = self.whole.shown(one.text)
            yield Point(f"{task}: {text}" if task else text, self.by(one))

    def _reporting(self) -> Iterator[Block]:
        words, report = self.words, self.report
        total = report.progress.total
        if total.reports_came or total.reports_overdue:
            yield Para(
                words.gettext(
                    "Ongoing tasks: %(came)s periodic reports came, %(missing)s are overdue; the "
                    "reporting rate is %(rate)s.",
                    came=words.count(total.reports_came),
                    missing=words.count(total.reports_overdue),
                    rate=words.percent(total.reporting_rate),
                )
            )
        if not report.debtors:
            yield Para(words.gettext("No body is behind with a report."))
            return
        overdue = sum(one.overdue for one in report.debtors)
        yield Para(
            words.gettext(
                "By %(day)s, %(bodies)s bodies have not reported on %(n)s assignments whose due "
                "date has passed, of which %(never)s were never reported on:",
                day=words.day(report.asked.on),
                bodies=words.count(len(report.debtors)),
                n=words.count(overdue),
                never=words.count(sum(one.never for one in report.debtors)),
            )
        )
        yield report_tables.debtors(report, words, report.debtors[:MOST_ROWS])
        yield from self._cut(len(report.debtors))

    # --- II. to IV. people's own words ---

    def obstacles(self) -> Iterator[Block]:
        """What hinders, as the departments say it."""
        yield Heading(1, self.words.gettext("II. DIFFICULTIES AND OBSTACLES"))
        none = marked("No report of this time names an obstacle.")
        yield from self._spoken(self.report.obstacles, none)

    def causes(self) -> Iterator[Block]:
        """What was given as a reason; why things are so is for the office to say."""
        words = self.words
        yield Heading(1, words.gettext("III. CAUSES"))
        if self.report.reasons:
            yield Para(words.gettext("Reasons that stand in the record of this time:"))
        for one in self.report.reasons[:MOST_POINTS]:
            yield Point(f"“{self.whole.shown(one.text)}”", self._reason(one))
        if len(self.report.reasons) > MOST_POINTS:
            yield Para(self._more(len(self.report.reasons)))
        undecided = self.report.progress.total.outside[Outside.UNDECIDED]
        if undecided:
            yield Point(
                words.ngettext(
                    "For %(n)s assignment it is not decided yet who leads.",
                    "For %(n)s assignments it is not decided yet who leads.",
                    undecided,
                )
            )
        yield Para(words.gettext("[The office's own assessment of the causes]"), fill=True)

    def proposals(self) -> Iterator[Block]:
        """What departments propose."""
        yield Heading(1, self.words.gettext("IV. PROPOSALS AND RECOMMENDATIONS"))
        none = marked("No report of this time makes a proposal.")
        yield from self._spoken(self.report.proposals, none)

    def _spoken(self, voices: Sequence[Voice], none: str) -> Iterator[Block]:
        words = self.words
        if not voices:
            yield Para(words.gettext(none))
            return
        order = {key: n for n, key in enumerate(self.report.progress.groups)}
        ranked = sorted(voices, key=lambda one: _rank(one, order))
        last: str | None = "-"
        for one in ranked[:MOST_POINTS]:
            if one.group != last:
                yield Heading(3, self._of_group(one.group))
                last = one.group
            yield Point(f"“{self.whole.shown(one.text)}”", self.by(one))
        if len(voices) > MOST_POINTS:
            yield Para(self._more(len(voices)))

    def _of_group(self, key: str | None) -> str:
        if key is None:
            return self.words.gettext("Of several solution groups:")
        return self.words.gettext("Of the group “%(title)s”:", title=self.group(key))

    def by(self, one: Voice) -> str:
        """Who said it and when: every body, of very many the first ones."""
        words, leads = self.words, one.leads
        if len(leads) > FEW:
            days = [source.day for source in one.sources]
            named = words.bodies(leads, MOST_BODIES)
            when = words.day(days[0]) if days[0] == days[-1] else words.between(days[0], days[-1])
            return joined([named, words.gettext("reports of %(days)s", days=when)])
        return joined(self._source(lead, one.sources) for lead in leads)

    def _source(self, lead: str | None, sources: Iterable[Source]) -> str:
        words = self.words
        mine = [one for one in sources if one.lead == lead]
        days = list(dict.fromkeys(words.day(one.day) for one in mine))
        numbers = list(dict.fromkeys(flat(text) for one in mine for text in one.documents))
        when = ", ".join(days[:FEW]) + (", …" if len(days) > FEW else "")
        said = words.gettext("%(body)s, report of %(days)s", body=words.body(lead), days=when)
        shown = ", ".join(numbers[:FEW]) + (", …" if len(numbers) > FEW else "")
        if not shown:
            return said
        return ", ".join([said, words.gettext("document No. %(numbers)s", numbers=shown)])

    def _reason(self, one: Voice) -> str:
        words = self.words
        why = words.gettext(REASONS[one.kind]) if one.kind in REASONS else ""
        return f"{self.by(one)}; {why}" if why else self.by(one)

    # --- V. what is next ---

    def next_tasks(self) -> Iterator[Block]:
        """What falls due in the time that follows, and what is overdue."""
        words, report = self.words, self.report
        yield Heading(1, words.gettext("V. TASKS OF THE NEXT PERIOD"))
        following = words.between(report.next.first, report.next.last)
        yield Heading(2, words.gettext("1. Tasks that fall due %(between)s", between=following))
        if report.coming:
            n, periodic = len(report.coming), sum(one.ongoing for one in report.coming)
            said = words.ngettext("%(n)s task falls due", "%(n)s tasks fall due", n)
            if periodic:
                of_them = words.gettext(
                    "of which %(n)s are periodic reports of ongoing tasks", n=words.count(periodic)
                )
                said = f"{said}, {of_them}"
            yield Para(f"{said}:")
            yield report_tables.coming(words, report.coming[:MOST_ROWS])
            yield from self._cut(len(report.coming))
        else:
            yield Para(words.gettext("Nothing falls due in that time."))
        yield Heading(2, words.gettext("2. Overdue tasks to be finished first"))
        if report.overdue:
            yield report_tables.overdue(report, words, report.overdue[:MOST_ROWS])
            yield from self._cut(len(report.overdue))
        else:
            yield Para(words.gettext("Nothing is overdue."))

    def _cut(self, n: int) -> Iterator[Block]:
        if n > MOST_ROWS:
            shown = self.words.number(MOST_ROWS)
            yield Para(
                self.words.gettext(report_tables.MORE, shown=shown, all=self.words.number(n))
            )

    def _more(self, n: int) -> str:
        return self.words.gettext(
            MORE_WORDS, shown=self.words.number(MOST_POINTS), all=self.words.number(n)
        )


def _rank(one: Voice, order: dict[str, int]) -> tuple[int, int, str]:
    place = -1 if one.group is None else order.get(one.group, len(order))
    return place, -len(one.leads), str(one.sources[0].day)


def letter(n: int) -> str:
    """The ``n``-th letter of a list (from 0); numbers where the letters are used up."""
    return LETTERS[n] if n < len(LETTERS) else str(n + 1)
