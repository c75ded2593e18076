"""A paper's tables become a plan's draft: everything that was understood, doubted or left over.

    drafted = draft(read_annex(raw, "Phụ lục.xlsx"), departments, Given(number="123/KH-UBND"))
    drafted.yaml, drafted.findings.counts()

Nothing is invented: what a plan must hold and the paper does not say is a stand-in with a question,
and no such plan can be loaded. Nothing is dropped: what no field takes stands word for word in a
note or a question. Telephone numbers and officers' names are not taken over.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from plans.declaration import CODE_FORM, Departments, Plan, Question, SolutionGroup, Title
from plans.drafting.body_words import Lexicon, read_bodies
from plans.drafting.desk import Desk
from plans.drafting.findings import Findings, Kind
from plans.drafting.folding import fold
from plans.drafting.grid import Line, Paper, flat
from plans.drafting.grouping import groups_of
from plans.drafting.header_facts import BARE_TITLE, Facts, facts_of
from plans.drafting.header_words import Role
from plans.drafting.legacy import check_code
from plans.drafting.level import is_central
from plans.drafting.naming import Ids, plan_id
from plans.drafting.outlines import Outline, unused
from plans.drafting.outside import said_outside
from plans.drafting.sections import Sections, outline
from plans.drafting.texts import MOST, public
from plans.drafting.writing import written
from plans.errors import InvalidInput
from plans.explaining import shown
from plans.source import MAX_BYTES

UNKNOWN_DAY = date(2000, 1, 1)
"""Stands for a date that the paper does not say: nothing can be due before it."""
FIRST, LAST = date(2000, 1, 1), date(2100, 12, 31)
LONGEST_ID = 40
MOST_TASKS = 2000
TOO_LARGE = "the draft is larger than 1 MiB: draft each of the file's tables alone"
NOT_SAID = "the paper does not say it"
NO_PROVINCE = "tasks are given to communes, and the paper does not say of which province"
STAND_IN = "(tệp không nêu)"


@dataclass(frozen=True, slots=True)
class Given:
    """What a person says of the document, over what the paper says."""

    number: str | None = None
    issued: date | None = None
    title: str | None = None
    issuer: str | None = None
    coordinator: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft as text and as a plan, with what came of every cell."""

    yaml: str
    plan: Plan
    findings: Findings


def draft(paper: Paper, departments: Departments, given: Given | None = None) -> Drafted:
    """A plan's draft from a paper.

    Raises:
        InvalidInput: no table of tasks; or a value of ``given`` that cannot be; or so long a paper
            that no declaration can hold it.
    """
    given = _sound(given or Given(), departments)
    check_code(paper)
    into, sections = outline(paper)
    _small_enough(into)
    facts = facts_of(sections.lines[: sections.head])
    head = _Head(paper, departments, given, facts, central=is_central(facts, into))
    findings, ids = head.findings, Ids(head.id)
    desk = Desk(
        head.lexicon, findings, ids, head.document, head.issued, head.facts.year, head.title
    )
    groups, comments = groups_of(into, desk, head.title)
    head.ask_of_province(groups)
    note, asked = said_outside(_leftover(into, sections), sections.aside, findings)
    plan = head.plan(groups, note, [*head.asked, *asked])
    text = written(plan, comments, findings, paper.name, _columns(sections))
    if len(text.encode()) > MAX_BYTES:
        raise InvalidInput(TOO_LARGE)
    return Drafted(text, plan, findings)


def _small_enough(into: Outline) -> None:
    """Refuse at once what no declaration can hold: each title stands there twice."""
    if len(into.items) > MOST_TASKS:
        raise InvalidInput(f"the file holds more than {MOST_TASKS} tasks: draft it in parts")
    words = sum(len(one.text.encode()) for item in into.items for one in item.content)
    if 2 * words > MAX_BYTES:
        raise InvalidInput(TOO_LARGE)


def _columns(sections: Sections) -> list[str]:
    """How each table's columns were read."""
    return [
        f"columns of {one.grid.name}: "
        + "; ".join(f"{column.header} = {column.role}" for column in one.header.of(*Role))
        for one in sections.tables
        if one.header.first >= 0
    ]


def _sound(given: Given, departments: Departments) -> Given:
    """What a person said, if a plan can hold it."""
    if given.id and not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", given.id[: LONGEST_ID + 1]):
        raise InvalidInput(f"the id {shown(given.id)} is not {CODE_FORM}")
    if given.id and len(given.id) > LONGEST_ID:
        raise InvalidInput(f"the id has more than {LONGEST_ID} signs")
    codes = {one.code for one in departments.departments}
    if given.coordinator and given.coordinator not in codes:
        message = f"unknown department {shown(given.coordinator)}"
        raise InvalidInput(message, fields={"coordinator": message})
    if given.issued and not FIRST <= given.issued <= LAST:
        message = f"give a day from {FIRST} to {LAST}"
        raise InvalidInput(message, fields={"issued": message})
    return given


def _leftover(into: Outline, sections: Sections) -> list[Line]:
    """Lines outside the tables, headings without tasks among them."""
    headings = [Line(f"{one.number} {one.title}".strip(), one.at) for one in unused(into)]
    extras = [Line(piece.text, piece.at) for one in unused(into) for piece in one.extras]
    return [*sections.lines, *headings, *extras, *into.outside]


# --- the head -------------------------------------------------------------------------------------


class _Head:
    """What the plan says of itself: given, else found, else a stand-in that is asked about."""

    def __init__(
        self,
        paper: Paper,
        departments: Departments,
        given: Given,
        facts: Facts,
        *,
        central: bool = False,
    ) -> None:
        self.findings, self.asked = Findings(), list[Question]()
        self.facts, self._departments, self._paper = facts, departments, paper
        self.number = given.number or facts.number
        self.issued = given.issued or facts.issued
        if given.issued and not facts.year:
            self.facts = replace(facts, year=given.issued.year)
        self.lexicon = Lexicon.of(departments, self.issued, central=central)
        self.title = self._title(given.title)
        year = self.issued.year if self.issued else self.facts.year
        self.id = given.id or plan_id(self.number, year, given.title or facts.title or paper.name)
        self.document = self.number or self.title
        self.issuer = given.issuer or facts.issuer
        self.assumed: list[str] = []
        self._ask_of_document(given)
        self.province = self._province()
        self._is_central = central
        self.coordinator = given.coordinator or self._coordinator()
        if not given.coordinator:
            self.assumed.append("coordinator")

    def _title(self, given: str | None) -> str:
        found = given or public(self.facts.title or "")
        if not found:
            found = flat(self._paper.name)
            self._missing("title", found, "the paper bears no title: its file's name was taken")
        elif not given and BARE_TITLE.fullmatch(fold(found)):
            why = "these words would stand over any plan's annex: what is this plan about?"
            asked = Question(field="title", said=found[:MOST], why=why, confidence=0.5)
            self.asked.append(asked)
            self.findings.add(Kind.DOCUMENT, "", "title", found, [asked])
        return found[:MOST]

    def _missing(self, field: str, stand_in: str, why: str = NOT_SAID) -> None:
        asked = Question(field=field, why=why)
        self.asked.append(asked)
        self.findings.add(Kind.DOCUMENT, "", field, stand_in, [asked])

    def _ask_of_document(self, given: Given) -> None:
        known = {"number": self.number, "issued": self.issued, "issuer": self.issuer}
        for field, value in known.items():
            if value:
                self._known(field, str(value), is_given=bool(getattr(given, field)))
            else:
                self._missing(field, "")

    def _known(self, field: str, value: str, *, is_given: bool) -> None:
        asked = []
        if field == "issued" and self.facts.several_days and not is_given:
            why = "the paper bears different dates: that of the document it came with was taken"
            asked = [Question(field=field, said=value, why=why, confidence=0.5)]
        elif self.facts.guessed and not is_given:
            why = "it is that of the document which the title carries out: is it the plan itself?"
            asked = [Question(field=field, said=value, why=why, confidence=0.6)]
        self.asked += asked
        self.findings.add(Kind.DOCUMENT, "", field, value, asked)

    def _coordinator(self) -> str:
        """Who most likely follows the plan up: the issuer's office, else the issuer itself."""
        code = self._office() or self._itself()
        sure = 0.5 if code else 0.0
        code = code or next(one.code for one in self._departments.departments)
        why = "the paper does not say who follows the plan up; the issuer's office was assumed"
        asked = Question(field="coordinator", why=why if sure else NOT_SAID, confidence=sure)
        self.asked.append(asked)
        self.findings.add(Kind.DOCUMENT, "", "coordinator", code, [asked])
        return code

    def _office(self) -> str | None:
        said = fold(self.issuer or self.number or "").replace("ubnd", "uy ban nhan dan")
        wanted = next(
            (one for one in ("uy ban nhan dan", "tinh uy", "thanh uy") if one in said), None
        )
        for one in self._departments.departments if wanted else ():
            name = fold(one.name.vi).replace("ubnd", "uy ban nhan dan")
            alive = one.exists_on(self.issued) if self.issued else one.until is None
            if name.startswith("van phong") and wanted and wanted in name and alive:
                return one.code
        return None

    def _itself(self) -> str | None:
        named = read_bodies(self.issuer, self.lexicon) if self.issuer else None
        sure = [one for one in named.matches if not one.is_class] if named else []
        return sure[0].code if len(sure) == 1 else None

    def _province(self) -> str | None:
        """The province that the paper names, if it names one that is declared."""
        said = fold(f"{self.issuer or ''}\n{self.facts.text}")
        found = []
        for one in self._departments.provinces:
            name = fold(one.name.vi).removeprefix("tinh ").removeprefix("thanh pho ")
            if any(f"{kind} {name}" in said for kind in ("tinh", "thanh pho", "tinh uy", "tp.")):
                found.append(one.code)
        return found[0] if len(found) == 1 else None

    def ask_of_province(self, groups: Sequence[SolutionGroup]) -> None:
        """Ask whose communes are meant, where tasks are given to all of them."""
        communes = {
            one.code
            for one in self._departments.departments
            if one.members and one.members.units == "communes"
        }
        tasks = [task for group in groups for task in group.tasks]
        given = {code for one in tasks for code in (one.lead, *one.fan_out)}
        given |= {part.lead for one in tasks for part in one.parts}
        if given & communes and not self.province and not self._is_central:
            self._missing("province", "", NO_PROVINCE)

    def plan(
        self, groups: Sequence[SolutionGroup], note: str | None, asked: Sequence[Question]
    ) -> Plan:
        """The plan with this head."""
        assumed = [*self.assumed, *([] if self.issuer else ["issuer"])]
        assumed += [] if self.issued else ["issued"]
        return Plan(
            id=self.id,
            number=self.number,
            title=Title(vi=self.title, en=self.title),
            issuer=(self.issuer or STAND_IN)[:MOST],
            issued=self.issued or UNKNOWN_DAY,
            coordinator=self.coordinator,
            province=self.province,
            source=flat(self._paper.name)[:MOST],
            assumed=tuple(assumed),
            groups=tuple(groups),
            note=note,
            questions=tuple(asked),
        )
