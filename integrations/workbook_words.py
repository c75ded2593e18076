"""What a workbook says in words: its columns, its lists, why a row was not taken.

One place for the file, the pages and the mails, so that they never use two words for one thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal

from integrations.wording import Wording, marked
from plans.terms import EvidenceKind
from plans.workbook_rows import Code, Outcome, Problem

INFORMING: Mapping[str, str] = {
    "place": marked("No."),
    "plan": marked("Plan, programme"),
    "task": marked("Task given"),
    "deliverable": marked("Deliverable asked for"),
    "due": marked("To be done by"),
    "standing": marked("Standing"),
}
"""The locked columns, in order; then come those of ``FIELDS``."""
ASKING: Mapping[str, str] = {
    "percent": marked("Progress (%%)"),
    "act": marked("This report"),
    "result": marked("Result achieved"),
    "obstacles": marked("Obstacles met"),
    "proposals": marked("What is proposed"),
    "number": marked("Document no."),
    "date": marked("Document date"),
    "title": marked("Document title"),
    "url": marked("Document link"),
    "kind": marked("Document kind"),
}
ANSWER = marked("Outcome of reading")
ACTS: Mapping[str, str] = {
    "draft": marked("Save as draft"),
    "submit": marked("Hand in"),
    "nil": marked("Nothing this period"),
}
KINDS: Mapping[str, str] = {
    EvidenceKind.PLAN: marked("official plan"),
    EvidenceKind.PROGRAMME: marked("official programme"),
    EvidenceKind.PROJECT: marked("project document"),
    EvidenceKind.REPORT: marked("official report"),
    EvidenceKind.DECISION: marked("decision"),
    EvidenceKind.RESOLUTION: marked("resolution"),
    EvidenceKind.DIRECTIVE: marked("directive"),
    EvidenceKind.REGULATION: marked("regulation"),
    EvidenceKind.SUBMISSION: marked("submission"),
    EvidenceKind.MINUTES: marked("minutes"),
    EvidenceKind.LETTER: marked("official letter"),
    EvidenceKind.OTHER: marked("another document"),
}
OUTCOMES: Mapping[str, str] = {
    Outcome.TAKEN: marked("Recorded"),
    Outcome.UNCHANGED: marked("Nothing new"),
    Outcome.KNOWN: marked("Recorded before; nothing is done twice"),
    Outcome.CONFLICT: marked("Not recorded: the record changed meanwhile"),
    Outcome.REFUSED: marked("Not recorded"),
}
WOULD = marked("Will be recorded once you confirm")
PROBLEMS: Mapping[Code, str] = {
    "formula": marked("a formula stands here: write the value itself"),
    "error_value": marked("an error of the spreadsheet stands here: write the value itself"),
    "a_date": marked("the spreadsheet made a date of it: format the cell as text, write it again"),
    "not_percent": marked("write a whole number from 0 to 100"),
    "not_act": marked("choose one of the list"),
    "not_date": marked("write a day as dd/mm/yyyy"),
    "not_kind": marked("choose a kind of document of the list"),
    "future": marked("the document’s day lies in the future"),
    "added": marked("this row was added and belongs to no assignment of yours: use its own row"),
    "forged": marked("this row is none that we filled in, or its hidden cells were changed"),
    "mixed": marked(
        "this row’s task stands in another row’s place: the sheet was sorted or pasted without its "
        "hidden columns; take a fresh workbook and copy your words into it"
    ),
    "foreign": marked("this row is of another body’s workbook"),
    "elsewhere": marked("this is a task of a plan that you do not coordinate"),
    "unknown": marked("this assignment is not in the record (any more)"),
    "moved": marked("another body leads this by now"),
    "suspended": marked("this is suspended: nothing is reported on it now"),
    "cancelled": marked("this was cancelled: nothing is reported on it any more"),
    "accepted": marked("this was accepted already: nothing more is reported on it"),
    "undecided": marked("it is not decided yet who leads this"),
    "twice": marked("this assignment stands in several rows that differ: leave one of them"),
    "missing_percent": marked("the percentage is missing"),
    "nil_percent": marked("where nothing was done the percentage stays: put it back, or report"),
    "evidence": marked("to be handed in, this needs as evidence: %(what)s"),
    "unnamed": marked("name the document: its number, title or link"),
    "personal": marked("this may hold a person’s number: take it out, or %(what)s"),
    "too_long": marked("too long: at most %(what)s signs"),
    "control": marked("it holds a sign that cannot be kept: write it anew"),
    "bad_url": marked("a link begins with http:// or https:// and has no blanks"),
    "bad_day": marked("this is no day that a document can bear"),
    "other": "%(what)s",
}
Face = Literal["page", "cli", "api", "mail", "copy"]
"""Where a sentence is read: on the page, from a command, a call, in a mail, in the marked copy."""
CONFIRMING: Mapping[Face, str] = {
    "page": marked("confirm below that it may stand"),
    "cli": marked("give --confirm-personal-data, which says that it may stand"),
    "api": marked("send confirm_personal_data=true, which says that it may stand"),
    "mail": marked("confirm on the page of this workbook that it may stand"),
    "copy": marked("confirm that it may stand when you hand the file in"),
}
WITHDRAWS = marked(
    "this takes back the report of %(day)s, which waits for review: to keep one handed in, choose "
    "“%(submit)s” in “%(act)s”"
)
WITHDREW = marked("this took back the report of %(day)s, which waited for review")
AT = marked("cell %(cell)s: %(what)s")
REFRESH = marked("take a fresh workbook, or repeat it on the page of this workbook")


def say_kind(words: Wording, kind: str) -> str:
    """A kind of document; what proves anything else needs a number or a link."""
    if kind == EvidenceKind.OTHER:
        return words.gettext("a document with its number or a link")
    return words.gettext(KINDS[kind])


def say_problem(words: Wording, problem: Problem, face: Face) -> str:
    """Why a row was not taken, and what to do where that is read."""
    what = problem.detail
    if problem.code == "evidence":
        what = say_kind(words, what)
    elif problem.code == "personal":
        what = words.gettext(CONFIRMING[face])
    return words.gettext(PROBLEMS[problem.code], what=what)


def say_withdrawal(words: Wording, day: str | None, *, ahead: bool) -> str:
    """That a row takes back the report of a day (``YYYY-MM-DD``), or did; "": it takes none."""
    if day is None:
        return ""
    shown = words.day(date.fromisoformat(day))
    if not ahead:
        return words.gettext(WITHDREW, day=shown)
    return words.gettext(WITHDRAWS, day=shown, **hand_in(words))


def hand_in(words: Wording) -> dict[str, str]:
    """``act``, ``submit``: the column's name, and its words for handing a report in."""
    column, said = ASKING["act"], ACTS["submit"]
    return {"act": words.gettext(column), "submit": sentence(words.gettext(said))}


def say_problems(
    words: Wording, some: Iterable[Problem], cells: Mapping[str, str], face: Face
) -> str:
    """All of a row's problems in one text, each with its cell where there is one."""
    said = []
    for problem in some:
        text, cell = say_problem(words, problem, face), cells.get(problem.field, "")
        said.append(words.gettext(AT, cell=cell, what=text) if cell else text)
    return "; ".join(said)


def say_value(words: Wording, name: str, value: object) -> str:
    """One of a row's values as a person reads it; "" for nothing."""
    if value is None or value == "":
        return ""
    if name == "percent":
        return f"{value}%"
    if name == "date":
        year, month, day = str(value).split("-")
        return f"{day}/{month}/{year}"
    known = {"act": ACTS, "kind": KINDS}.get(name, {})
    return words.gettext(known[str(value)]) if str(value) in known else str(value)


def sentence(text: str) -> str:
    """The text with a capital to begin with."""
    return text[:1].upper() + text[1:]
