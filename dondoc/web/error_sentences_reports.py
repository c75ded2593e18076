"""What goes wrong with a report's time and heading, and how a page says the same."""

from __future__ import annotations

from integrations.wording import marked

REPORTS: tuple[tuple[str, str], ...] = (
    (
        r"'(?P<key>.+)' begins on (?P<day>\S+), after (?P<day2>\S+): there is nothing to tell",
        marked("The time begins on %(day)s, after the day of the report: choose an earlier one."),
    ),
    (
        r"'(?P<text>.*)' is no time; write a period .*",
        marked("“%(text)s” is no time: choose a reporting period, or two days."),
    ),
    (
        r"'(?P<key>.+)' ends on \S+, before the plan was issued on (?P<day>\S+): .*",
        marked("The plan was issued on %(day)s, after that time: choose a later one."),
    ),
    (
        r"'(?P<text>.*)' ends before it begins; swap the two days",
        marked("The last day lies before the first one; swap the two."),
    ),
    (
        r"'(?P<text>.*)' is longer than ten years",
        marked("That is longer than ten years; choose a shorter time."),
    ),
    (
        r"one line of at most (?P<most>\d+) signs",
        marked("Write one line of at most %(most)s signs."),
    ),
)
