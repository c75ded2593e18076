"""What a mail says of a workbook that came by mail: which rows were recorded, why others not."""

from __future__ import annotations

from collections.abc import Mapping

from integrations.wording import Wording, flat, marked
from integrations.workbook_words import OUTCOMES, hand_in, say_problems, sentence
from plans.messages import WorkbookContent, WorkbookRow
from plans.workbook_rows import Problem

WHY: Mapping[str, str] = {
    "unread": marked(
        "The attached file could not be read: it is damaged, has a password or macros, or it is no "
        "workbook of ours. Nothing was recorded."
    ),
    "forged": marked(
        "Some rows are not as they were filled in, or of another body’s workbook. By mail nothing "
        "of such a workbook is recorded; on the page you can look at it and record the good rows."
    ),
    "large": marked(
        "The mail is larger than is read here, so nothing was recorded: hand the file in on the "
        "page."
    ),
    "withdraws": marked(
        "Rows of this workbook would take back reports that were handed in and wait for review: "
        "in “%(act)s” they do not say “%(submit)s”. By mail nothing of it is recorded; on the page "
        "you can look at it and confirm it."
    ),
    "late": marked(
        "This workbook came before its sender’s mailbox was registered. It was kept; on the page "
        "you, or the coordinating office, can look at it and confirm it. Nothing was recorded."
    ),
}
WAITING = ("forged", "withdraws", "late")
NOT_YOURS = marked("If none of you sent this workbook, tell the coordinating office.")


def headline(words: Wording, content: WorkbookContent) -> str:
    """How much was recorded."""
    if content.why in WAITING:
        return words.gettext("a workbook came and waits to be looked at")
    if content.why:
        return words.gettext("a workbook came and was not recorded")
    open_ones = content.conflict + content.refused
    said = words.ngettext("%(n)s row recorded", "%(n)s rows recorded", content.taken)
    if not open_ones:
        return said
    return f"{said}, " + words.ngettext("%(n)s row not", "%(n)s rows not", open_ones)


def sentences(words: Wording, content: WorkbookContent) -> list[str]:
    """What came of it, and what to do."""
    if content.why:
        return [words.gettext(WHY[content.why], **hand_in(words)), words.gettext(NOT_YOURS)]
    found = [
        words.ngettext(
            "%(n)s row of the attached workbook was recorded.",
            "%(n)s rows of the attached workbook were recorded.",
            content.taken,
        )
    ]
    if content.known:
        known = words.ngettext(
            "%(n)s row was recorded before and does not count twice.",
            "%(n)s rows were recorded before and do not count twice.",
            content.known,
        )
        found.append(known)
    if content.conflict + content.refused:
        found.append(
            words.gettext(
                "What was not recorded is told below, with the reason; the page has the workbook "
                "once more, marked where it is."
            )
        )
    return [*found, words.gettext(NOT_YOURS)]


def row(words: Wording, one: WorkbookRow) -> str:
    """What became of a row, with its cells."""
    said = []
    for code, detail, cell in one.reasons:
        problem = Problem(code, "cell", detail)  # type: ignore[arg-type] # as it was kept
        said.append(say_problems(words, [problem], {"cell": cell} if cell else {}, "mail"))
    outcome = words.gettext(OUTCOMES[one.outcome])
    return flat(sentence(f"{outcome}: {'; '.join(said)}" if said else outcome))
