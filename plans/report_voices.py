"""People's own words in a report: each told once, with everybody who said it and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from plans.declaration import Title
from plans.report_lines import Line, Remark
from plans.terms import EventKind


@dataclass(frozen=True, slots=True)
class Source:
    """Who said something, when, and about which task. ``lead`` None: nobody led yet."""

    lead: str | None
    day: date
    task: str
    title: Title
    documents: tuple[str, ...] = ()
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Voice:
    """Words as they were written. ``group`` None: said in several groups.

    ``kind``: by which event a reason was given.
    """

    text: str
    group: str | None
    sources: tuple[Source, ...]
    kind: EventKind | None = None

    @property
    def leads(self) -> tuple[str | None, ...]:
        """The bodies that said it, each once."""
        return tuple(dict.fromkeys(one.lead for one in self.sources))


Words = Mapping[str, Any]
"""What lies under hashes."""


def results(lines: Iterable[Line], words: Words) -> tuple[Voice, ...]:
    """What reports that were accepted in the report's time say was done, by group."""
    told = [(one, one.accepted, "result") for one in lines if one.accepted]
    return _voices(told, words, apart=True)


def spoken(lines: Iterable[Line], words: Words, name: str) -> tuple[Voice, ...]:
    """The ``obstacles`` or ``proposals`` of the reports of that time."""
    told = [(line, remark, name) for line in lines for remark in line.heard]
    return _voices(told, words)


def reasons(lines: Sequence[Line], words: Words) -> tuple[Voice, ...]:
    """The reasons that were given for other dates, returned reports, suspensions and the like."""
    found: list[Voice] = []
    for kind in dict.fromkeys(kind for line in lines for kind, _ in line.reasons):
        name = "note" if kind is EventKind.RETURNED else "reason"
        told = [(line, remark, name) for line in lines for of, remark in line.reasons if of is kind]
        found += _voices(told, words, kind=kind)
    return tuple(found)


def _voices(
    told: Iterable[tuple[Line, Remark, str]],
    words: Words,
    *,
    apart: bool = False,
    kind: EventKind | None = None,
) -> tuple[Voice, ...]:
    """Words that are the same but for blanks and capitals as one; ``apart``: group by group."""
    found: dict[tuple[str, str], list[tuple[str, Line, Remark]]] = {}
    for line, remark, name in told:
        text = (words.get(remark.text or "") or {}).get(name, "").strip()
        if text:
            place = line.state.group if apart else ""
            key = (" ".join(text.split()).casefold(), place)
            found.setdefault(key, []).append((text, line, remark))
    return tuple(_voice(some, words, kind) for some in found.values())


def _voice(some: Sequence[tuple[str, Line, Remark]], words: Words, kind: EventKind | None) -> Voice:
    groups = {line.state.group for _, line, _ in some}
    sources = {
        Source(remark.lead, remark.day, line.task, line.title, documents(remark, words), line.ref)
        for _, line, remark in some
    }
    ordered = sorted(sources, key=lambda one: (one.day, one.lead or "", one.ref))
    return Voice(some[0][0], groups.pop() if len(groups) == 1 else None, tuple(ordered), kind)


def documents(remark: Remark | None, words: Words) -> tuple[str, ...]:
    """The numbers (else titles) of the documents that a report names."""
    said = (words.get(remark.text or "") or {}) if remark else {}
    named = [one.get("number") or one.get("title") for one in said.get("evidence", ())]
    return tuple(dict.fromkeys(one for one in named if one))
