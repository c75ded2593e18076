"""Calendars as offices' programs read them: iCalendar (RFC 5545, RFC 7986), as tasks or as events.

What the programs do with it decided its shape. Google takes calendars of up to 1 MB and no tasks;
Outlook wants a METHOD, a DTEND and its own word for a whole day, and takes no tasks either;
Thunderbird, which is the one that shows tasks, counts a task at 100 % as completed whatever its
STATUS says. Due dates are dates, so no time zone has to be described.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from integrations.phrases import Phrases
from integrations.wording import CLASSES, Wording, flat, marked, wording
from plans.calendar_entries import Contents, Entry
from plans.terms import Outside, Review, Timeliness, Work

if TYPE_CHECKING:
    from icalendar import Calendar, Component

FORMAT = 1
"""Grows when the same contents are written otherwise, so that clients fetch them again."""
MOST_BYTES = 1_000_000
"""What Google takes of a calendar that it fetches, and more than Outlook on the web likes."""
REFRESH = timedelta(hours=1)
AT = timedelta(hours=8)
"""When on its day an alarm goes off: an all-day entry begins at midnight, when nobody works."""
NOON = time(12)
MEDIA_TYPE = "text/calendar; charset=utf-8"
MOST_TITLE, MOST_LINE = 150, 240
"""Of titles and the like no more than fits on a screen; Outlook keeps 255 signs of a SUMMARY."""
OVERDUE_PRIORITY = 1
NOT_YET_DONE = 99
"""The most that a task shows that was not accepted."""

SUMMARIES: dict[str, str] = {
    Timeliness.OPEN_OVERDUE: marked("[Overdue] %(title)s"),
    Timeliness.DONE_ON_TIME: marked("[Done] %(title)s"),
    Timeliness.DONE_LATE: marked("[Done late] %(title)s"),
    Outside.SUSPENDED: marked("[Suspended] %(title)s"),
    Outside.CANCELLED: marked("[Cancelled] %(title)s"),
    Outside.UNDECIDED: marked("[No lead yet] %(title)s"),
}
WAITING = marked("[Awaiting review] %(title)s")
STANDINGS: dict[str, str] = CLASSES | {
    Outside.SUSPENDED: marked("suspended"),
    Outside.CANCELLED: marked("cancelled"),
    Outside.UNDECIDED: marked("no lead is decided yet"),
}
TODO_STATUS = {
    Work.NOT_STARTED: "NEEDS-ACTION",
    Work.IN_PROGRESS: "IN-PROCESS",
    Work.SUSPENDED: "NEEDS-ACTION",
    Work.DONE: "COMPLETED",
    Work.CANCELLED: "CANCELLED",
}


def tag(row: Any, contents: Contents, base_url: str) -> str:
    """What names a calendar's present text without writing it: equal as long as that is."""
    said = (FORMAT, row.id, row.name, row.kind, row.language, base_url, contents)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:32]


def render(row: Any, contents: Contents, base_url: str, zone: ZoneInfo) -> bytes:
    """A calendar's text: UTF-8, CRLF, lines of at most 75 octets.

    ``row`` bears ``name``, ``department``, ``plan``, ``kind`` and ``language``. What would make it
    longer than ``MOST_BYTES`` is left out, the least urgent first, and its description says so.
    """
    writer = _Writer(row, contents, base_url, zone)
    parts = list(writer.parts())
    frame = writer.frame(len(parts)).to_ical()
    end = b"END:VCALENDAR\r\n"
    return b"".join([frame.removesuffix(end), *parts, end])


class _Writer:
    """One calendar on its way to text."""

    def __init__(self, row: Any, contents: Contents, base_url: str, zone: ZoneInfo) -> None:
        self.row, self.contents, self.base_url, self.zone = row, contents, base_url, zone
        self.words: Wording = wording(row.language)
        self.phrases = Phrases(self.words)
        self.is_todo = row.kind == "todo"

    def frame(self, shown: int) -> Calendar:
        """The calendar itself, without what stands in it."""
        from icalendar import Calendar, vText

        # Of names that begin with X- the library does not know that they are text to be escaped.
        found, name, about = Calendar(), flat(self.row.name), self._about(shown)
        found.add("version", "2.0")
        found.add("prodid", f"-//Dondoc//Dondoc//{self.row.language.upper()}")
        found.add("calscale", "GREGORIAN")
        # Without an ORGANIZER, which would make a meeting of each entry.
        found.add("method", "PUBLISH")
        found.add("name", name)
        found.add("x-wr-calname", vText(name))
        found.add("description", about)
        found.add("x-wr-caldesc", vText(about))
        found.add("x-wr-timezone", str(self.zone))
        found.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
        found.add("x-published-ttl", "PT1H")
        found.add("color", "steelblue")
        found.add("last-modified", self.contents.modified.astimezone(UTC))
        found.add("url", self.base_url + _page_of(self.row))
        return found

    def _about(self, shown: int) -> str:
        say, total = self.words, self.contents.total
        text = say.gettext("Due dates of the tasks, from the system that follows them up.")
        if shown < total:
            text += " " + say.gettext(
                "%(shown)s of %(total)s tasks are shown, those that are due nearest to today: "
                "programs take no larger calendar. Subscribe to a body’s own for the rest.",
                shown=say.number(shown),
                total=say.number(total),
            )
        return text

    def parts(self) -> Iterator[bytes]:
        """Entries as text, as many as there is room for."""
        room = MOST_BYTES - len(self.frame(0).to_ical())
        for entry in self.contents.entries:
            part = self._part(entry).to_ical()
            room -= len(part)
            if room < 0:
                return
            yield part

    def _part(self, entry: Entry) -> Component:
        from icalendar import Event, Todo

        found = Todo() if self.is_todo else Event()
        found.add("uid", f"{entry.key}-{self.row.kind}@{self.contents.record}.dondoc")
        found.add("dtstamp", entry.modified.astimezone(UTC))
        found.add("last-modified", entry.modified.astimezone(UTC))
        found.add("sequence", entry.sequence)
        found.add("summary", self._summary(entry))
        found.add("description", self._description(entry))
        found.add("categories", [flat(entry.plan)[:MOST_LINE], self._standing(entry)])
        found.add("url", f"{self.base_url}/assignments/{entry.key}")
        if self.is_todo:
            self._as_todo(found, entry)
        else:
            _as_event(found, entry)
        for day in entry.alarms:
            found.add_component(self._alarm(entry, day))
        return found

    def _as_todo(self, found: Component, entry: Entry) -> None:
        found.add("due", entry.due)
        found.add("status", TODO_STATUS[entry.work])
        if entry.work is Work.DONE:
            found.add("percent-complete", 100)
            # The record knows the day on which it was handed in, which is what counts.
            done = datetime.combine(entry.done_on or entry.due, NOON, self.zone)
            found.add("completed", done.astimezone(UTC))
        else:
            found.add("percent-complete", min(entry.percent, NOT_YET_DONE))
        if entry.kind is Timeliness.OPEN_OVERDUE:
            found.add("priority", OVERDUE_PRIORITY)

    def _alarm(self, entry: Entry, day: date) -> Component:
        from icalendar import Alarm

        found = Alarm()
        found.add("action", "DISPLAY")
        # A task has no beginning from which one could count.
        related = {"RELATED": "END"} if self.is_todo else {}
        found.add("trigger", day - entry.due + AT, parameters=related)
        when = self.words.day(entry.due)
        found.add("description", self.words.gettext("due %(day)s", day=when))
        return found

    # --- its words ---

    def _pick(self, pair: tuple[str, str]) -> str:
        vi, en = pair
        return (vi or en) if self.words.language == "vi" else (en or vi)

    def _summary(self, entry: Entry) -> str:
        title = cut(self._pick(entry.title), MOST_TITLE)
        if entry.period:
            title += f" ({self.phrases.period(entry.period)})"
        if self.row.plan and entry.lead:
            title += f" – {cut(entry.short or self._pick(entry.lead), 40)}"
        pattern = SUMMARIES.get(entry.kind)
        if entry.review is Review.SUBMITTED and isinstance(entry.kind, Timeliness):
            pattern = WAITING
        return self.words.gettext(pattern, title=title) if pattern else title

    def _standing(self, entry: Entry) -> str:
        text = self.words.gettext(STANDINGS[entry.kind])
        return text[:1].upper() + text[1:]

    def _description(self, entry: Entry) -> str:
        say = self.words.gettext
        due = self.words.day(entry.due)
        if entry.due_estimated:
            due += " " + say("(expected, by an estimated calendar)")
        if entry.due != entry.original_due:
            due += " " + say(marked("(originally %(day)s)"), day=self.words.day(entry.original_due))
        lead = self._pick(entry.lead) if entry.lead else say("no lead is decided yet")
        lines = [
            (say(marked("Due date:")), due),
            (say("Status:"), self._state(entry)),
            (say("Lead:"), lead),
            (say("Deliverable:"), entry.deliverable or ""),
            (say("Document:"), entry.plan),
            (say(marked("Solution group:")), self._pick(entry.group)),
        ]
        shown = [f"{label} {cut(text, MOST_LINE)}" for label, text in lines if text]
        return "\n".join([*shown, f"{self.base_url}/assignments/{entry.key}"])

    def _state(self, entry: Entry) -> str:
        say, found = self.words.gettext, [self.words.gettext(STANDINGS[entry.kind])]
        if entry.work in (Work.NOT_STARTED, Work.IN_PROGRESS, Work.SUSPENDED):
            share = self.words.percent(entry.percent / 100)
            found.append(say("%(percent)s reported", percent=share))
        if entry.review is Review.SUBMITTED:
            found.append(say("waiting for review"))
        if entry.review is Review.RETURNED:
            found.append(say("report returned for correction"))
        return "; ".join(found)


def _as_event(found: Component, entry: Entry) -> None:
    found.add("dtstart", entry.due)
    found.add("dtend", entry.due + timedelta(days=1))
    found.add("status", "CANCELLED" if entry.work is Work.CANCELLED else "CONFIRMED")
    found.add("transp", "TRANSPARENT")
    found.add("x-microsoft-cdo-alldayevent", "TRUE")
    found.add("x-microsoft-cdo-busystatus", "FREE")


def _page_of(row: Any) -> str:
    from integrations.rendering import quoted

    area, key = ("departments", row.department) if row.department else ("plans", row.plan)
    return f"/{area}/{quoted(key)}"


def cut(text: str, most: int) -> str:
    """A text on one line and no longer than that, cut between words."""
    line = flat(text)
    if len(line) <= most:
        return line
    head = line[: most - 1]
    return (head.rpartition(" ")[0] or head).rstrip(" ,;:.–-") + "…"
