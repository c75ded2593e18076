"""A draft while it is being answered: what becomes of its plan, groups, tasks and parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from plans.declaration import Departments, Part, Plan, Task, Title
from plans.drafting import replies
from plans.drafting.asking import Choice, Open, Sort, held, holders_of, is_share
from plans.drafting.body_named import Match
from plans.drafting.body_words import Lexicon
from plans.drafting.naming import Ids
from plans.drafting.splicing import Holder, Revision
from plans.drafting.texts import MOST
from plans.drafting.who import FIRST_LEADS, Who
from plans.drafts import unconfirmed
from plans.errors import InvalidInput
from plans.explaining import Place

ONE_ONLY = "choose one of them: accept it, leave it out, or write what is right"
NOT_SO = "this question cannot be answered so: write what is right"
TWICE = "another answer says something else of the same field: write it once"
LEADS = "this body leads the task already, so it cannot support it"
FULL = "the note is full: shorten it in the declaration first"
LEFT_OUT = {"lead": "Chủ trì (ngoài danh sách)", "supporting": "Phối hợp (ngoài danh sách)",
            "due": "Thời hạn (theo văn bản)"}  # fmt: skip
"""Before the paper's words in a note; a plan's notes are in Vietnamese."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person says of a question; ``alike``: of all that ask the same of the same words."""

    accept: bool = False
    leave_out: bool = False
    value: str = ""
    alike: bool = False

    @property
    def choices(self) -> list[Choice]:
        """What was chosen; one of them answers a question."""
        given = (self.accept, self.leave_out, bool(self.value.strip()))
        return [one for one, is_given in zip(Choice, given, strict=True) if is_given]


def issued_of(plan: Plan) -> date | None:
    """The plan's date, if somebody knows it."""
    return None if "issued" in unconfirmed(plan) else plan.issued


class Revising:
    """A draft while it is being answered: what its holders become, and what is settled of them."""

    def __init__(self, plan: Plan, departments: Departments) -> None:
        self.departments = departments
        self.before = {place: holder for place, holder, _ in holders_of(plan)}
        self.after = dict(self.before)
        self.settled: dict[Place, set[int]] = {}
        self._issued = issued_of(plan)
        self._written: dict[tuple[Place, str], Any] = {}
        self._lexicons: dict[date | None, Lexicon] = {}

    @cached_property
    def ids(self) -> Ids:
        """New ids beside those that are there."""
        ids = Ids(self._plan.id)
        for one in self.before.values():
            ids.below(one.id, "")
        return ids

    @property
    def _plan(self) -> Plan:
        plan = self.after[()]
        assert isinstance(plan, Plan)
        return plan

    @property
    def lexicon(self) -> Lexicon:
        """The bodies of the plan's day, which an answer may have told."""
        if self._issued not in self._lexicons:
            self._lexicons[self._issued] = Lexicon.of(self.departments, self._issued)
        return self._lexicons[self._issued]

    def take(self, one: Open, given: Answer) -> None:
        """One answer; ``InvalidInput``: nothing of it was taken."""
        chosen = given.choices
        if len(chosen) > 1:
            raise InvalidInput(ONE_ONLY)
        if chosen[0] not in one.choices:
            raise InvalidInput(NOT_SO)
        if chosen[0] is Choice.LEAVE_OUT:
            self._leave_out(one)
        elif chosen[0] is Choice.WRITE:
            self._write[one.sort](self, one, given.value)
        self.settled.setdefault(one.place, set()).add(one.n)

    def _set(self, place: Place, **fields: Any) -> None:
        self.after[place] = self.after[place].model_copy(update=fields)

    # --- left out ---

    def _leave_out(self, one: Open) -> None:
        words = " ".join(one.asked.said.split())
        if any(sign.isalnum() for sign in words):
            place = one.place if "note" in type(one.holder).model_fields else one.place[:-2]
            self._note(place, f"{LEFT_OUT[one.field]}: {words}")
        if one.field == "supporting":
            kept = [code for code in self._held(one) if code not in one.meant]
            self._set(one.place, supporting=tuple(kept))

    def _note(self, place: Place, words: str) -> None:
        before = getattr(self.after[place], "note", None)
        note = f"{before}; {words}" if before else words
        if len(note) > MOST:
            raise InvalidInput(FULL)
        self._set(place, note=note)

    # --- written ---

    def _once(self, one: Open, value: Any) -> None:
        """Of a field that holds one thing, two answers say the same."""
        if self._written.setdefault((one.place, one.field), value) != value:
            raise InvalidInput(TWICE)

    def _text(self, one: Open, value: str) -> None:
        words: Any = replies.read_text_answer(value)
        if one.field == "note":
            self._note(one.place, words)
            return
        self._once(one, words)
        if one.field == "title":
            same = one.holder.title.en == one.holder.title.vi
            words = Title(vi=words, en=words if same else one.holder.title.en)
        cited = self._cited()
        self._set(one.place, **{one.field: words})
        self._known(one)
        if self._cited() != cited:
            self._cite(cited)

    def _cited(self) -> str:
        """How the tasks' clauses name the document."""
        return self._plan.number or self._plan.title.vi

    def _cite(self, before: str) -> None:
        cited = self._cited()
        for place, holder in list(self.after.items()):
            if isinstance(holder, Task) and holder.clause.document == before:
                self._set(place, clause=holder.clause.model_copy(update={"document": cited}))

    def _day(self, one: Open, value: str) -> None:
        day = replies.read_day_answer(value)
        if self._plan.ends and day >= self._plan.ends:
            raise InvalidInput(f"the plan ends on {self._plan.ends}: write a day before it")
        self._once(one, day)
        self._set(one.place, **{one.field: day})
        self._issued = day
        self._known(one)

    def _due(self, one: Open, value: str) -> None:
        dues = replies.read_due_answer(value, self._issued)
        self._once(one, dues)
        self._set(one.place, due=dues)

    def _body(self, one: Open, value: str) -> None:
        found = replies.read_body_answer(value, self.lexicon)
        self._once(one, found.code)
        self._set(one.place, **{one.field: found.code})
        self._known(one)

    def _province(self, one: Open, value: str) -> None:
        code = replies.read_province_answer(value, self.departments)
        self._once(one, code)
        self._set(one.place, province=code)

    def _known(self, one: Open) -> None:
        """What a person says of a document is no longer only assumed."""
        assumed = self.after[one.place].assumed
        if one.field in assumed:
            self._set(one.place, assumed=tuple(name for name in assumed if name != one.field))

    # --- bodies ---

    def _bodies(self, one: Open, value: str) -> None:
        found = replies.read_bodies_answer(value, self.lexicon)
        if one.field == "lead":
            self._lead(one, found)
        else:
            self._support(one, [match.code for match in found])

    def _held(self, one: Open) -> list[str]:
        return list(held(self.after[one.place], one.field))

    def _support(self, one: Open, codes: list[str]) -> None:
        leading = held(self.after[one.place], "lead")
        if any(code in leading for code in codes):
            raise InvalidInput(LEADS)
        self._set(one.place, supporting=_put(self._held(one), one.meant, codes))

    def _lead(self, one: Open, found: Sequence[Match]) -> None:
        task = self.after[one.place]
        assert isinstance(task, Task)
        codes = _put(self._held(one), one.meant, [match.code for match in found])
        bodies = self.lexicon.bodies
        who = Who([Match(code, code, 1.0, bodies[code].is_class, "") for code in codes])
        helping = task.supporting
        if one.asked.why == FIRST_LEADS:
            helping += one.meant
        others = [match.code for match in who.others]
        self._set(
            one.place,
            lead=who.lead,
            fan_out=who.classes,
            parts=self._shares(task, others),
            supporting=tuple(code for code in dict.fromkeys(helping) if code not in codes),
        )

    def _shares(self, task: Task, others: Sequence[str]) -> tuple[Part, ...]:
        """The task's parts, and one for each other body that leads it."""
        kept = [part for part in task.parts if not is_share(task, part) or part.lead in others]
        new = [code for code in others if code not in {part.lead for part in kept}]
        made = [Part(id=self.ids.below(task.id, one), title=task.title, lead=one) for one in new]
        return (*kept, *made)

    _write: Mapping[Sort, Callable[[Revising, Open, str], None]] = {
        Sort.TEXT: _text,
        Sort.DAY: _day,
        Sort.DUE: _due,
        Sort.BODY: _body,
        Sort.BODIES: _bodies,
        Sort.PROVINCE: _province,
    }

    # --- what came of it ---

    def revision(self) -> Revision:
        """What is to be changed in the text."""
        found = Revision()
        for place, was in self.before.items():
            _compare(place, was, self.after[place], found)
        for place, several in self.settled.items():
            found.gone[*place, "questions"] = several
        return found


def _put(codes: Sequence[str], meant: Sequence[str], new: Sequence[str]) -> tuple[str, ...]:
    """Some of a list's codes replaced where the first of them stood; none: put behind them."""
    at = min((codes.index(code) for code in meant if code in codes), default=len(codes))
    kept = [code for code in codes if code not in meant]
    return tuple(dict.fromkeys([*kept[:at], *new, *kept[at:]]))


def _compare(place: Place, was: Holder, now: Holder, into: Revision) -> None:
    for name in type(was).model_fields:
        before, after = getattr(was, name), getattr(now, name)
        if before == after:
            continue
        if name != "parts":
            into.fields[place, name] = after
            continue
        kept = {part.id for part in after}
        into.gone[*place, name] = {n for n, part in enumerate(before) if part.id not in kept}
        known = {part.id for part in before}
        into.come[*place, name] = [part for part in after if part.id not in known]
