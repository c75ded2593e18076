"""What goes wrong with calendars to subscribe to, and how a page says the same."""

from __future__ import annotations

from integrations.wording import marked

CALENDARS: tuple[tuple[str, str], ...] = (
    (
        r"there are (?P<most>\d+) calendars of it already; revoke one first",
        marked("There are %(most)s calendars of it already: revoke one first."),
    ),
    (
        r"name a department or a plan, one of them",
        marked("A calendar is of one body or of one plan."),
    ),
    (
        r"a calendar's kind is one of .*",
        marked("Choose what should stand in the calendar: events or tasks."),
    ),
    (
        r"a calendar's language is one of .*",
        marked("A calendar is in Vietnamese or in English."),
    ),
    (r"name a plan of the list", marked("The record knows no such plan.")),
    (r"calendar '.*' was revoked already", marked("This calendar was revoked already.")),
)
