"""Which kind of document proves that a task is done, and whether evidence is of that kind."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from plans.declaration import Part, Task
from plans.errors import InvalidInput
from plans.reporting import Evidence, Report
from plans.searching import plain
from plans.terms import EvidenceKind

_WORDS: Mapping[str, EvidenceKind] = {
    "kế hoạch": EvidenceKind.PLAN,
    "chương trình": EvidenceKind.PROGRAMME,
    "đề án": EvidenceKind.PROJECT,
    "dự án": EvidenceKind.PROJECT,
    "báo cáo": EvidenceKind.REPORT,
    "quyết định": EvidenceKind.DECISION,
    "nghị quyết": EvidenceKind.RESOLUTION,
    "chỉ thị": EvidenceKind.DIRECTIVE,
    "quy chế": EvidenceKind.REGULATION,
    "quy định": EvidenceKind.REGULATION,
    "tờ trình": EvidenceKind.SUBMISSION,
    "biên bản": EvidenceKind.MINUTES,
    "công văn": EvidenceKind.LETTER,
    "văn bản": EvidenceKind.LETTER,
}
_PLAIN_WORDS = {plain(words): kind for words, kind in _WORDS.items()}

_ABBREVIATIONS: Mapping[str, EvidenceKind] = {
    "KH": EvidenceKind.PLAN,
    "CTR": EvidenceKind.PROGRAMME,
    "ĐA": EvidenceKind.PROJECT,
    "DA": EvidenceKind.PROJECT,
    "BC": EvidenceKind.REPORT,
    "QĐ": EvidenceKind.DECISION,
    "QD": EvidenceKind.DECISION,
    "NQ": EvidenceKind.RESOLUTION,
    "CT": EvidenceKind.DIRECTIVE,
    "QC": EvidenceKind.REGULATION,
    "QYĐ": EvidenceKind.REGULATION,
    "TTR": EvidenceKind.SUBMISSION,
    "BB": EvidenceKind.MINUTES,
    "CV": EvidenceKind.LETTER,
} | dict.fromkeys(("TB", "HD", "CĐ", "GM", "NĐ", "TT", "PA", "TC", "PC"), EvidenceKind.OTHER)
"""Decree 30/2020/NĐ-CP, annex III: a letter alone has none, its issuer's name stands there."""

NAMES: Mapping[EvidenceKind, str] = {
    EvidenceKind.PLAN: "a plan (kế hoạch, …/KH-…)",
    EvidenceKind.PROGRAMME: "a programme (chương trình, …/CTr-…)",
    EvidenceKind.PROJECT: "a project (đề án, …/ĐA-…)",
    EvidenceKind.REPORT: "a report (báo cáo, …/BC-…)",
    EvidenceKind.DECISION: "a decision (quyết định, …/QĐ-…)",
    EvidenceKind.RESOLUTION: "a resolution (nghị quyết, …/NQ-…)",
    EvidenceKind.DIRECTIVE: "a directive (chỉ thị, …/CT-…)",
    EvidenceKind.REGULATION: "a regulation (quy chế, …/QC-…)",
    EvidenceKind.SUBMISSION: "a submission (tờ trình, …/TTr-…)",
    EvidenceKind.MINUTES: "minutes (biên bản, …/BB-…)",
    EvidenceKind.LETTER: "a letter (công văn, văn bản)",
    EvidenceKind.OTHER: "a document",
}

_BEFORE = re.compile(r"(?:[\W\d_]+|(?:các|những|bản|dự thảo|ban hành)\s+)*", re.IGNORECASE)


def kind_of_deliverable(text: str) -> EvidenceKind:
    """The kind that a declared deliverable or a title begins with; of several, the first."""
    folded = unicodedata.normalize("NFC", text[:500]).casefold()
    folded = " ".join(folded.split())
    begun = folded[_end_of(folded) :]
    # What was typed without any accents is read without them.
    words = _PLAIN_WORDS if begun.isascii() else _WORDS
    for name, kind in words.items():
        if begun.startswith(name) and not begun[len(name) : len(name) + 1].isalnum():
            return kind
    return EvidenceKind.OTHER


def _end_of(text: str) -> int:
    found = _BEFORE.match(text)
    return found.end() if found else 0


def kind_of_number(number: str) -> EvidenceKind:
    """The kind that a document's number names: 123/BC-SYT, 61-CTr/TU; 45/SYT-NVY is a letter."""
    folded = unicodedata.normalize("NFC", number).upper()
    words = re.findall(r"[^\W\d_]+", folded.removeprefix("SỐ"))
    if not any(sign.isdigit() for sign in folded):
        return EvidenceKind.OTHER
    return _ABBREVIATIONS.get(words[0], EvidenceKind.LETTER) if words else EvidenceKind.LETTER


def proves(needed: EvidenceKind, evidence: Evidence) -> bool:
    """Whether evidence is of a kind: it says so, or its number or title does.

    ``other``: any that has a number, a link or a file. A letter is asked for where offices write
    "văn bản chỉ đạo": a directive, a notice or guidance with a number is as good.
    """
    if needed is EvidenceKind.OTHER:
        return bool(evidence.number or evidence.url or evidence.file)
    number = evidence.number or ""
    numbered = kind_of_number(number) if any(sign.isdigit() for sign in number) else None
    titled = kind_of_deliverable(evidence.title) if evidence.title else None
    if needed is EvidenceKind.LETTER and numbered in (EvidenceKind.DIRECTIVE, EvidenceKind.OTHER):
        return True
    return needed in (evidence.kind, numbered, titled)


def needed_by(task: Task | Part) -> EvidenceKind | None:
    """The kind without which a report cannot be submitted; what we assumed binds nobody."""
    if not task.deliverable or "deliverable" in task.assumed:
        return None
    return kind_of_deliverable(task.deliverable)


def require_evidence(needed: EvidenceKind | None, report: Report) -> None:
    """``InvalidInput`` where a report is submitted without evidence of the kind that it needs."""
    if needed is None or not report.submit or report.nil_report:
        return
    if any(proves(needed, one) for one in report.evidence):
        return
    how = (
        "its number, url or file"
        if needed is EvidenceKind.OTHER
        else f'its number or title, or its url or file with "kind": "{needed}"'
    )
    message = f"to be submitted, this needs {NAMES[needed]} as evidence: give {how}"
    raise InvalidInput(message, fields={"evidence": message})
