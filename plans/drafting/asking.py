"""What a draft still asks, question by question: what its field holds, and what can be answered.

for one in open_questions(plan, lexicon):
    one.key, one.asked.said, one.choices, one.effect
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from plans.declaration import Part, Plan, Question, SolutionGroup, Task
from plans.drafting.body_words import Lexicon, read_bodies
from plans.drafting.findings import Kind
from plans.drafting.folding import fold
from plans.drafting.grid import flat
from plans.drafting.splicing import Holder
from plans.drafts import HEAD
from plans.explaining import Place


class Choice(StrEnum):
    """What a question can be answered with."""

    ACCEPT = "accept"
    LEAVE_OUT = "leave_out"
    WRITE = "write"


class Sort(StrEnum):
    """What is written as an answer."""

    BODIES = "bodies"
    BODY = "body"
    PROVINCE = "province"
    DUE = "deadline"
    DAY = "day"
    TEXT = "text"
    NONE = "none"
    """Nothing that words could say: the draft itself is to be edited."""


class Effect(StrEnum):
    """What a written answer does to what the field holds."""

    FILLS = "fills"
    ADDS = "adds"
    REPLACES = "replaces"
    """``meant`` of several bodies, else all that the field holds."""


_SORTS: dict[type[Any], dict[str, Sort]] = {
    Plan: {
        "number": Sort.TEXT,
        "title": Sort.TEXT,
        "issuer": Sort.TEXT,
        "issued": Sort.DAY,
        "coordinator": Sort.BODY,
        "province": Sort.PROVINCE,
        "note": Sort.TEXT,
    },
    SolutionGroup: {"title": Sort.TEXT, "note": Sort.TEXT},
    Task: {
        "title": Sort.TEXT,
        "lead": Sort.BODIES,
        "supporting": Sort.BODIES,
        "deliverable": Sort.TEXT,
        "due": Sort.DUE,
        "note": Sort.TEXT,
    },
    Part: {"title": Sort.TEXT, "lead": Sort.BODY, "deliverable": Sort.TEXT},
}
KINDS = {"lead": Kind.LEAD, "supporting": Kind.SUPPORT, "due": Kind.DEADLINE, "title": Kind.TASK}
WHO_WHEN = ("lead", "supporting", "due")
ABOUT = ("number", "title", "issued", "issuer", "coordinator", "province")
"""Of the head: what says which document it is."""


@dataclass(frozen=True, slots=True)
class Open:
    """One open question: ``place`` of what holds it (a plan, group, task or part), ``n`` among
    that one's questions; ``codes``: the bodies that the field holds, ``meant``: those of them that
    the question is about; ``task``: the task in or around it, if any."""

    key: str
    place: Place
    n: int
    holder: Holder
    task: Task | None
    asked: Question
    codes: tuple[str, ...] = ()
    meant: tuple[str, ...] = ()

    @property
    def field(self) -> str:
        """The field that is asked about."""
        return self.asked.field

    @property
    def kind(self) -> Kind:
        """What is asked about, as findings say it."""
        if isinstance(self.holder, Plan) and self.field in ABOUT:
            return Kind.DOCUMENT
        return KINDS.get(self.field, Kind.OTHER)

    @property
    def sort(self) -> Sort:
        """What can be written."""
        return _SORTS[type(self.holder)].get(self.field, Sort.NONE)

    @property
    def value(self) -> Any:
        """What the field holds."""
        return getattr(self.holder, self.field)

    @property
    def is_doubtful(self) -> bool:
        """Whether the field holds what was probably meant."""
        return self.asked.confidence > 0

    @property
    def blocks(self) -> bool:
        """Whether the plan cannot be loaded until it is answered."""
        if isinstance(self.holder, Plan):
            return self.field in HEAD and not self.is_doubtful
        return isinstance(self.holder, Task) and self.field in ("lead", "due") and not self.value

    @property
    def effect(self) -> Effect:
        """What a written answer does to what stands there."""
        held = self.codes if self.sort is Sort.BODIES else self.value
        if not held or (self.blocks and isinstance(self.holder, Plan)):
            return Effect.FILLS
        if self.sort is Sort.BODIES:
            return Effect.REPLACES if self.meant else Effect.ADDS
        return Effect.ADDS if self.field == "note" else Effect.REPLACES

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What can be answered; nothing that would lose words or confirm a stand-in."""
        found = [Choice.ACCEPT] if self._may_accept() else []
        found += [Choice.LEAVE_OUT] if self._may_leave_out() else []
        return (*found, Choice.WRITE) if self.sort is not Sort.NONE else tuple(found)

    def _may_accept(self) -> bool:
        if self.blocks or (self.field in WHO_WHEN and not self.value):
            return False
        return self.is_doubtful or self.field not in WHO_WHEN or not self.asked.said

    def _may_leave_out(self) -> bool:
        if self.field == "supporting":
            return bool(self.asked.said)
        known = self.field in WHO_WHEN and self.value and not self.is_doubtful
        return bool(known and self.asked.said)

    @property
    def label(self) -> str:
        """``likeness`` as a text that can be sorted."""
        return repr(self.likeness)

    @property
    def likeness(self) -> tuple[Any, ...]:
        """The same for questions that say the same of the same words."""
        read = (self.meant, self.value if self.sort is Sort.DUE else None)
        words = fold(flat(self.asked.said))
        asked = (type(self.holder), self.field, words, self.asked.why, self.asked.confidence)
        return (*asked, read if self.is_doubtful else None)


def open_questions(plan: Plan, lexicon: Lexicon) -> list[Open]:
    """Every question of a draft, in the order of its text."""
    found: dict[str, Open] = {}
    for place, holder, task in holders_of(plan):
        for n, asked in enumerate(holder.questions):
            key = base = _key(holder, asked)
            twice = 2
            while key in found:
                key, twice = f"{base}-{twice}", twice + 1
            codes = held(holder, asked.field)
            meant = _meant(asked, codes, lexicon)
            found[key] = Open(key, place, n, holder, task, asked, codes, meant)
    return list(found.values())


def holders_of(plan: Plan) -> Iterator[tuple[Place, Holder, Task | None]]:
    """Whatever may ask, with its place and the task that it is or belongs to."""
    yield (), plan, None
    for g, group in enumerate(plan.groups):
        yield ("groups", g), group, None
        for t, task in enumerate(group.tasks):
            place: Place = ("groups", g, "tasks", t)
            yield place, task, task
            yield from (((*place, "parts", n), part, task) for n, part in enumerate(task.parts))


def _key(holder: Holder, asked: Question) -> str:
    """Stays the same while other questions are answered."""
    said = "\n".join([asked.said, asked.at or "", asked.why])
    return f"{holder.id}.{asked.field}.{hashlib.sha256(said.encode()).hexdigest()[:8]}"


# --- bodies ---------------------------------------------------------------------------------------


def held(holder: Holder, name: str) -> tuple[str, ...]:
    """The bodies that a field holds; of a task's lead, all that lead it or a part made for them."""
    if isinstance(holder, Task) and name == "lead":
        others = [part.lead for part in holder.parts if is_share(holder, part)]
        return tuple(dict.fromkeys(filter(None, [holder.lead, *holder.fan_out, *others])))
    value = getattr(holder, name) if name in ("supporting", "lead", "coordinator") else None
    return value if isinstance(value, tuple) else (value,) if value else ()


def is_share(task: Task, part: Part) -> bool:
    """Whether a part is nothing but another body's share of the whole task."""
    plain = not (part.deliverable or part.function or part.questions or part.assumed)
    return part.lead is not None and part.title == task.title and plain


def _meant(asked: Question, codes: tuple[str, ...], lexicon: Lexicon) -> tuple[str, ...]:
    """The bodies of a field that a doubt is about; a lead's is about all if it does not say."""
    if asked.confidence == 0 or asked.field not in ("lead", "supporting"):
        return ()
    named = {one.code for one in read_bodies(asked.said, lexicon).matches}
    found = tuple(code for code in codes if code in named)
    return found or (codes if asked.field == "lead" else ())
