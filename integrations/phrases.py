"""What messages say where a rule decides the words: phrases for the templates.

Every string that comes from outside is put on one line (``flat``), so that no title can pretend
to be a line of the message.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from integrations import mailed_workbook_words as mailed
from integrations.wording import CHANGES, CLASSES, MISSING, REASONS, Language, Wording, flat, marked
from plans.errors import InvalidInput
from plans.messages import (
    AnyContent,
    Change,
    Classes,
    DigestContent,
    Earlier,
    FanOutLine,
    Line,
    PlanSection,
    ReminderContent,
    Silent,
    WebhookContent,
    WorkbookContent,
    WorkbookRow,
)
from plans.periods import said
from plans.terms import NoticeKind

PLACES_SHOWN = 5
SMALLEST_CHANGE = 0.05


def late(lines: Iterable[Line]) -> list[Line]:
    """The lines whose due date has passed."""
    return [line for line in lines if line.days < 0]


@lru_cache(512)
def _labelled(key: str, language: Language) -> str:
    return said(key, language)


class Phrases:
    """What the templates say where a rule decides the words."""

    def __init__(self, words: Wording) -> None:
        self.words = words

    def subject(self, content: AnyContent) -> str:
        """One line that says what is wrong, and where, before the message is opened."""
        facts = {"what": self.headline(content), "day": self.words.day(content.day)}
        if isinstance(content, DigestContent):
            return self.words.gettext("Weekly digest of %(day)s: %(what)s", **facts)
        if isinstance(content, WebhookContent):
            return self.words.gettext("Connection: %(what)s (%(day)s)", **facts)
        if isinstance(content, WorkbookContent):
            return self.words.gettext("Workbook: %(what)s (%(day)s)", **facts)
        if content.kind is NoticeKind.ESCALATION:
            return self.words.gettext("Report: %(what)s (%(day)s)", **facts)
        if late(content.lines):
            return self.words.gettext("Follow-up: %(what)s (%(day)s)", **facts)
        return self.words.gettext("Reminder: %(what)s (%(day)s)", **facts)

    def headline(self, content: AnyContent) -> str:
        """What is late, and at whom or how many keep silent."""
        if isinstance(content, DigestContent):
            return self._of_digest(content)
        if isinstance(content, WebhookContent):
            name = flat(content.name)
            return self.words.gettext("webhook “%(name)s” was disabled", name=name)
        if isinstance(content, WorkbookContent):
            return mailed.headline(self.words, content)
        if content.kind is NoticeKind.ESCALATION:
            what, where = self.overdue(len(late(content.lines))), self._where(content.lines)
            return self.words.gettext("%(what)s at %(where)s", what=what, where=where)
        return self._of_reminder(content.lines)

    def _of_digest(self, content: DigestContent) -> str:
        text = self.overdue(content.overdue_total)
        if content.role == "department" or not content.silent:
            return text
        return f"{text}, " + self.words.ngettext(
            "%(n)s body has not reported",
            "%(n)s bodies have not reported",
            len(content.silent),
        )

    def _of_reminder(self, lines: Sequence[Line]) -> str:
        overdue, today = len(late(lines)), sum(not line.days for line in lines)
        soon = len(lines) - overdue - today
        if overdue == len(lines):
            return self.overdue(overdue)
        if today == len(lines):
            return self.words.ngettext("%(n)s task due today", "%(n)s tasks due today", today)
        if soon == len(lines):
            return self.words.ngettext("%(n)s task due soon", "%(n)s tasks due soon", soon)
        parts = (
            (overdue, marked("%(n)s overdue")),
            (today, marked("%(n)s due today")),
            (soon, marked("%(n)s due soon")),
        )
        return self.words.gettext(
            "%(n)s tasks (%(parts)s)",
            n=self.words.count(len(lines)),
            parts=", ".join(
                self.words.gettext(text, n=self.words.count(n)) for n, text in parts if n
            ),
        )

    def _where(self, lines: Sequence[Line]) -> str:
        names = {flat(line.department) for line in lines}
        if len(names) == 1:
            return names.pop()
        return self.words.ngettext("%(n)s body", "%(n)s bodies", len(names))

    def overdue(self, n: int) -> str:
        """How many tasks are overdue, in words also for none."""
        if not n:
            return self.words.gettext("no overdue tasks")
        return self.words.ngettext("%(n)s overdue task", "%(n)s overdue tasks", n)

    def summary(self, content: ReminderContent) -> str:
        """One sentence: how many tasks, how many of them late, and where."""
        day, lines = self.words.day(content.day), content.lines
        if not lines:
            return self.words.gettext("As of %(day)s, no task needs follow-up.", day=day)
        if content.kind is NoticeKind.ESCALATION:
            return self.words.ngettext(
                "As of %(day)s, %(n)s task is overdue and not complete, at: %(places)s.",
                "As of %(day)s, %(n)s tasks are overdue and not complete, at: %(places)s.",
                len(lines),
                day=day,
                places=self.places(Counter(flat(one.department) for one in lines).most_common()),
            )
        return self._asked(len(lines), len(late(lines)), day)

    def _asked(self, total: int, overdue: int, day: str) -> str:
        if not overdue:
            return self.words.ngettext(
                "As of %(day)s, %(n)s task that you lead is due or falls due soon.",
                "As of %(day)s, %(n)s tasks that you lead are due or fall due soon.",
                total,
                day=day,
            )
        if overdue == total:
            return self.words.ngettext(
                "As of %(day)s, %(n)s task that you lead is overdue and not complete.",
                "As of %(day)s, %(n)s tasks that you lead are overdue and not complete.",
                total,
                day=day,
            )
        late_ones = self.words.count(overdue)
        return self.words.gettext(
            "As of %(day)s, %(n)s tasks that you lead need a result, %(late)s of them overdue.",
            n=self.words.count(total),
            day=day,
            late=late_ones,
        )

    def request(self, content: ReminderContent, office: str) -> str:
        """What the office asks the recipient to do."""
        if content.kind is NoticeKind.REMINDER:
            return self.words.gettext(
                "%(office)s asks you to report the result, to send the deliverable, or to name "
                "obstacles and proposals, by the link under each task.",
                office=office,
            )
        if any(line.earlier for line in content.lines):
            return self.words.gettext(
                "%(office)s reports this to you and asks for your direction; what was sent "
                "before is named under each task.",
                office=office,
            )
        return self.words.gettext(
            "%(office)s reports this to you and asks for your direction.", office=office
        )

    def ended(self, content: WebhookContent) -> str:
        """Why nothing more is sent to a webhook."""
        if content.why == "gone":
            return self.words.gettext(
                "The receiving system answered that it wants no more messages (HTTP 410)."
            )
        return self.words.gettext(
            "Messages to the receiving system have failed since %(day)s, for more than 24 hours.",
            day=self.words.day(content.since),
        )

    def read_back(self, content: WorkbookContent) -> list[str]:
        """What came of a mailed workbook, and what to do about it, a sentence each."""
        return mailed.sentences(self.words, content)

    def row(self, one: WorkbookRow) -> str:
        """What became of one of its rows."""
        return mailed.row(self.words, one)

    def unconfirmed(self, content: ReminderContent) -> str:
        """That it is not sure who leads; a department is asked to say so itself."""
        if content.kind is NoticeKind.ESCALATION:
            return self.words.gettext("The lead is not yet confirmed.")
        return self.words.gettext(
            "The lead is not yet confirmed: please confirm, or name the body that should lead."
        )

    def at(self, content: DigestContent) -> str:
        """Where all of the overdue tasks are, also those that the list leaves out."""
        held = [(flat(one.department), one.tasks) for one in content.overdue_at]
        return self.words.gettext("Overdue at: %(places)s.", places=self.places(held))

    def figures(self, content: DigestContent) -> list[tuple[int, str, bool]]:
        """The four headline numbers: how many, of what, and whether it is bad news."""
        _ = self.words.gettext
        overdue = (content.overdue_total, _("overdue"), content.overdue_total > 0)
        review = (content.waiting_review, _("waiting for review"), False)
        if content.role == "department":
            soon = (content.due_next_total, _("due in 7 days"), False)
            return [overdue, soon, review, (content.unconfirmed, _("lead to confirm"), False)]
        silent = (len(content.silent), _("bodies without a report"), len(content.silent) > 0)
        return [overdue, silent, review, (content.undecided, _("needing a decision"), False)]

    def decisions(self, content: DigestContent) -> list[str]:
        """What the office itself has to do, a sentence each."""
        if content.role == "department":
            return []
        found = [
            self.words.ngettext(
                "%(n)s report waits for review.",
                "%(n)s reports wait for review.",
                content.waiting_review,
            ),
            self.words.ngettext(
                "%(n)s task needs a decision on its lead.",
                "%(n)s tasks need a decision on their lead.",
                content.undecided,
            ),
            self.words.ngettext(
                "%(n)s task has a lead that is not yet confirmed.",
                "%(n)s tasks have a lead that is not yet confirmed.",
                content.unconfirmed,
            ),
        ]
        numbers = (content.waiting_review, content.undecided, content.unconfirmed)
        return [text for text, n in zip(found, numbers, strict=True) if n]

    def places(self, found: Sequence[tuple[str, int]]) -> str:
        """The first bodies with their numbers of tasks: "Sở Y tế 02 nhiệm vụ"."""
        shown = [
            f"{name} " + self.words.ngettext("%(n)s task", "%(n)s tasks", n)
            for name, n in found[:PLACES_SHOWN]
        ]
        rest = len(found) - PLACES_SHOWN
        if rest > 0:
            shown.append(self.words.ngettext("%(n)s other body", "%(n)s other bodies", rest))
        return "; ".join(shown)

    def standing(self, line: Line) -> str:
        """Days left or late."""
        if not line.days:
            return self.words.gettext("due today")
        if line.days > 0:
            return self.words.ngettext("%(n)s day left", "%(n)s days left", line.days)
        return self.words.ngettext("%(n)s day overdue", "%(n)s days overdue", -line.days)

    def due(self, line: Line) -> str:
        """The due date, marked where the calendar behind it is an estimate."""
        when = self.words.day(line.due)
        if not line.due_estimated:
            return when
        return f"{when} " + self.words.gettext("(expected, by an estimated calendar)")

    def numbering(self, number: str) -> str:
        """What introduces a document: a number has no blanks, a title in its place has."""
        if " " in number.strip():
            return self.words.gettext("Document:")
        return self.words.gettext("No.:")

    def source(self, line: Line) -> str:
        """The document and the clause that the task comes from."""
        return ", ".join(flat(part) for part in (line.plan_number, line.clause) if part)

    def missing(self, line: Line) -> str:
        """What is awaited."""
        return "; ".join(self._awaited(line, line.missing))

    def _awaited(self, line: Line, missing: Iterable[str]) -> Iterable[str]:
        for what in missing:
            text = self.words.gettext(MISSING[what])
            yield f"{text} ({flat(line.reason)})" if what == "correction" and line.reason else text

    def state(self, line: Line) -> str:
        """What is awaited and how far the work is, in one phrase."""
        awaited = list(line.missing)
        if line.lead_unconfirmed and "confirmation" not in awaited:
            awaited.append("confirmation")
        found = list(self._awaited(line, awaited))
        if line.percent:
            reported = self.words.percent(line.percent / 100)
            found.append(self.words.gettext("%(percent)s reported", percent=reported))
        return "; ".join(found)

    def period(self, key: str) -> str:
        """What people call the period; a key that is none is shown as it stands."""
        try:
            return _labelled(key, self.words.language)
        except InvalidInput:
            return flat(key)

    def earlier(self, notices: Iterable[Earlier]) -> str:
        """What was sent before: when, and to whom."""
        return "; ".join(
            self.words.gettext("%(day)s, to %(to)s", day=self.words.day(one.day), to=flat(one.to))
            for one in notices
        )

    def reason(self, silent: Silent) -> str:
        """Why there is no report, with the detail that the machine knows."""
        known = REASONS.get(silent.reason)
        text = self.words.gettext(known) if known else flat(silent.reason)
        return f"{text} ({flat(silent.detail)})" if silent.detail else text

    def silence(self, silent: Silent) -> str:
        """What hangs on a body's report, and when it last sent one."""
        last = self.words.gettext("no report so far")
        if silent.last_answer:
            when = self.words.day(silent.last_answer)
            last = self.words.gettext("last report on %(day)s", day=when)
        return f"{self.overdue(silent.overdue)}; {last}"

    def event(self, change: Change) -> str:
        """What happened, with the percent where one was reported."""
        known = CHANGES.get(change.kind)
        text = self.words.gettext(known) if known else flat(change.kind)
        return text if change.percent is None else f"{text} ({change.percent}%)"

    def changes(self, content: DigestContent) -> str:
        """That the list of changes is cut."""
        return self.words.gettext(
            "%(shown)s of %(total)s changes are listed.",
            shown=self.words.count(len(content.changes)),
            total=self.words.count(content.changes_total),
        )

    def trend(self, plan: PlanSection) -> str:
        """Completion a week ago and the difference, as it reads beside today's figure."""
        before, now = plan.completion_before, plan.completion
        if before is None or now is None:
            return self.words.gettext("no figure of last week")
        points = round(now * 100, 1) - round(before * 100, 1)
        values = {"before": self.words.percent(before), "points": self.words.number(abs(points))}
        if abs(points) < SMALLEST_CHANGE:
            return self.words.gettext("last week %(before)s, unchanged", **values)
        if points > 0:
            return self.words.gettext("last week %(before)s, up %(points)s points", **values)
        return self.words.gettext("last week %(before)s, down %(points)s points", **values)

    def on_time(self, plan: PlanSection) -> str:
        """The on-time rate; where extensions changed it, the one against the original dates too."""
        rate, original = plan.on_time_rate, plan.on_time_rate_original
        text = self.words.gettext("on-time rate %(rate)s", rate=self.words.percent(rate))
        if original is None or original == rate:
            return text
        by = self.words.gettext("by the original dates %(rate)s", rate=self.words.percent(original))
        return f"{text} ({by})"

    def fan_out(self, one: FanOutLine) -> str:
        """How many of a class have done what each of them has to."""
        title = flat(one.title) + (f" ({self.period(one.period)})" if one.period else "")
        return self.words.gettext(
            "%(title)s, %(unit)s: %(done)s of %(of)s have completed it",
            title=title,
            unit=flat(one.unit),
            done=self.words.count(one.done),
            of=self.words.count(one.of),
        )

    def classes(self, classes: Classes) -> list[tuple[str, str, int]]:
        """The four classes in the order that offices report them: key, name, number."""
        return [
            (key, self.words.gettext(name), getattr(classes, key)) for key, name in CLASSES.items()
        ]
