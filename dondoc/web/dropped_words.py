"""Why a message was let go without being sent, as ``plans.catching_up`` keeps it, in words."""

from __future__ import annotations

import re
from datetime import date

from dondoc.web.words import PageWords
from integrations.wording import marked

MERGED = marked("one newer message to the same recipient says all that still holds")
OUTDATED = marked("no longer so: %(why)s")
DAY = r"(?P<day>\d{4}-\d\d-\d\d)"
PARTS: tuple[tuple[str, str], ...] = (
    (f"done on {DAY}", marked("done on %(day)s")),
    (f"reported on {DAY}", marked("reported on %(day)s")),
    ("suspended", marked("suspended")),
    ("cancelled", marked("cancelled")),
    ("its lead is not decided", marked("its lead is not decided")),
    (f"the date was moved to {DAY}", marked("the due date was moved to %(day)s")),
    ("it is not this recipient’s any more", marked("another body has it now")),
    (f"told already on {DAY}", marked("it was told on %(day)s already")),
    ("it is long past", marked("it is long past")),
    (
        "the body itself was not told before",
        marked("the body itself was not reminded before its superior"),
    ),
    ("its ladder asks nothing yet", marked("no reminder is due yet")),
    ("the assignment is gone", marked("the task is gone")),
    ("it tells of nothing", marked("it tells of no task")),
    (f"the digest of {DAY} followed", marked("the digest of %(day)s followed")),
    (
        f"the week’s digest of {DAY} was never sent",
        marked("the digest of %(day)s could not be sent in its time"),
    ),
)


def dropped(words: PageWords, error: str) -> str | None:
    """The reason in words; None where it is none of these."""
    if error.startswith("merged into "):
        return words.gettext(MERGED)
    if not error.startswith("outdated: "):
        return None
    parts = [part_of(words, one) for one in error.removeprefix("outdated: ").split("; ")]
    return words.gettext(OUTDATED, why="; ".join(parts))


def part_of(words: PageWords, part: str) -> str:
    """One of the reasons; a later version's own, in its words."""
    for pattern, said in PARTS:
        if found := re.fullmatch(pattern, part):
            days = {
                name: words.day(date.fromisoformat(day)) for name, day in found.groupdict().items()
            }
            return words.gettext(said, **days)
    return part
