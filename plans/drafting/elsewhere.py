"""Who and when, where their own cells say nothing: in a heading, a note or the task's own words.

All of it is doubtful, so that a person compares it, but for a heading that is nothing but a body or
a time above a table without such a column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from plans.drafting.body_keeping import REMARK
from plans.drafting.body_spans import acts
from plans.drafting.body_words import Lexicon, Named, Roles, read_bodies, read_roles
from plans.drafting.deadline_words import Deadline, read_deadline
from plans.drafting.desk import Desk, Draft
from plans.drafting.folding import composed, fold
from plans.drafting.grid import flat
from plans.drafting.header_facts import ANNEX
from plans.drafting.header_words import Role, bare, role_of
from plans.drafting.outlines import Heading
from plans.drafting.texts import public

BY_HEADING = "its own cell names no lead: the heading above it does"
BY_WORDS = "its own cell names no lead: the task's words do"
DUE_BY_HEADING = "its own cell says no deadline: the heading above it does"
DUE_BY_WORDS = "its own cell says no deadline: these words do"
BY_COLUMN = "no column is called that of the leads: this one names bodies"
DUE_BY_COLUMN = "no column is called that of the deadlines: this one says a time"
BY_TITLE = "the table names no lead: the title above it does"
HELPED = "the table names nobody who supports: the task's words do"
NOBODY = Named((), ())
LONGEST = 600
"""Signs of a text that are looked at."""
ONLY_SOME = 0.75
"""How sure a class is of which only some members are meant."""
LONGEST_NAME = 14
"""Words of one name, at most."""

_ASKED = re.compile(r"(?:giao|de nghi|yeu cau|phan cong|do)\s+")
_OF_TASKS = re.compile(
    r"(?:cac )?(?:(?:nhom )?(?:nhiem vu|noi dung|cong viec|viec))?\s*"
    r"(?:(?:giao(?: cho)?|cua|thuoc|doi voi|phan cong(?: cho)?|do)(?![^\W_]))?\s*"
)
_GIVEN = re.compile(
    r"(?:giao(?: cho)?|phan cong(?: cho)?|trach nhiem cua"
    r"|(?:nhiem vu|cong viec|viec)(?: cu the)? cua)\s+"
)
_NO_LEADS = re.compile(
    r"\b(cap trinh|noi nhan|ban hanh|phe duyet|thong qua|tham quyen|huong|kiem tra|giam sat"
    r"|giao|theo doi|dia ban|dia diem|nhan)\b"
)
"""Headers of columns that name bodies which do not lead."""
_TOGETHER = re.compile(r"\bphoi hop\s+(?:chat che\s+)?(?:voi|cung)\s+(?:cac\s+(?=so\b))?")
_LEADS = re.compile(r"\b(?:chu tri|(?:lam )?(?:co quan |don vi )?dau moi)\b")
_DEEDS = ("bao", "thong ke", "thanh tra", "kiem tra")
"""What a task's first words say that is done, though a body is called so: "Thanh tra …"."""
_HELPS = re.compile(r"\s*(?:,|va|;)?\s*phoi hop\s+(?:chat che\s+)?(?:voi|cung)\s+")
_SENTENCE = re.compile(r"[.;:(\n]\s")
_BRACKETED = re.compile(r"\(([^()]*)\)")
_CLAUSE = re.compile(
    r"(?:^|[.;,(\n]\s*|\s[-–]\s)(?=(?:thoi (?:gian|han)|han|tien do|hoan thanh|xong|bao cao|trinh"
    r"|truoc|trong|cham nhat|den (?:ngay|het)|thuong xuyen|hang|dinh ky)\b)"
    r"|\s(?=(?:(?:xong |hoan thanh )?(?:truoc|trong)(?: ngay)? (?:\d|thang \d|quy [ivl\d]|nam 20)"
    r"|cham nhat |khong qua ngay ))"
)
_CLAUSE_ENDS = re.compile(r"[.;)\n](?:\s|$)")
_PLAIN = frozenset(
    """
    cac nhung nhiem vu noi dung cong viec de an ke hoach nhom phai can hoan thanh thuc hien trien
    khai trinh ban hanh xong trong giao duoc thoi gian han va co mang tinh tiep tuc dot thang quy
    """.split()  # noqa: SIM905
)
"""Words of a heading that say nothing but that tasks stand below it."""


@dataclass(frozen=True, slots=True)
class Led:
    """Who leads and supports by other words than those of their cells, and how sure that is."""

    roles: Roles
    said: str
    at: str
    why: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Timed:
    """A deadline by other words than those of its cell."""

    deadline: Deadline
    said: str
    at: str
    why: str
    confidence: float


# --- who ------------------------------------------------------------------------------------------


def led_elsewhere(draft: Draft, desk: Desk) -> Led | None:
    """Who leads by the task's own words, else by the innermost heading that is a body's name."""
    if found := _by_column(draft, desk):
        return found
    text = public(" ".join(one.text for one in draft.item.content))
    if roles := roles_in(text, desk.lexicon):
        return Led(roles, text, draft.at, BY_WORDS, 0.7)
    for heading in _headings(draft):
        title = composed(public(heading.title))
        bodies = read_bodies(_without(_OF_TASKS, _without(ANNEX, title)), desk.lexicon)
        if bodies.matches and not bodies.unknown and _are_sure(bodies):
            sure = 1.0 if not _has_leads(draft) else 0.8
            return Led(Roles(bodies, NOBODY, True), title, heading.at, BY_HEADING, sure)
    return _by_title(draft, desk)


def _by_column(draft: Draft, desk: Desk) -> Led | None:
    """Who leads by the one column that names bodies, in a table of which none is called so."""
    if _has_leads(draft):
        return None
    named = []
    for one in draft.item.of(Role.OTHER):
        said = public(one.text)
        if not one.cell.formula and not _NO_LEADS.search(bare(one.header)):
            bodies = read_bodies(said, desk.lexicon)
            if bodies.matches and not bodies.unknown and _are_sure(bodies):
                named.append(Led(Roles(bodies, NOBODY, True), said, one.at, BY_COLUMN, 0.6))
    return named[0] if len(named) == 1 else None


def _by_title(draft: Draft, desk: Desk) -> Led | None:
    """Who leads by the document's title, above a table without a column of leads."""
    found = _GIVEN.search(_folded(desk.title)) if not _has_leads(draft) else None
    if found is None:
        return None
    said = composed(desk.title)[found.end() :]
    _, bodies = _first_bodies(said, desk.lexicon)
    if not bodies.matches or bodies.unknown:
        return None
    return Led(Roles(bodies, NOBODY, True), desk.title, "", BY_TITLE, 0.6)


def _has_leads(draft: Draft) -> bool:
    return bool(draft.item.columns & {Role.LEAD, Role.BOTH})


def helped_elsewhere(draft: Draft, desk: Desk) -> tuple[Named, str]:
    """Who supports by the task's own words: "Phối hợp với Sở Tài chính rà soát …"."""
    text = public(" ".join(one.text for one in draft.item.content))
    words = composed(text)[:LONGEST]
    found = _TOGETHER.search(_folded(words))
    if found is None or draft.item.columns & {Role.SUPPORT}:
        return NOBODY, ""
    _, named = _first_bodies(words[found.end() :], desk.lexicon)
    return named, text


def roles_in(text: str, lexicon: Lexicon) -> Roles | None:
    """Who leads by a sentence: "Giao A chủ trì, phối hợp với B …", "… (A chủ trì; B phối hợp)",
    "A tổ chức …"; None: nobody for sure."""
    words = composed(text)[:LONGEST]
    for bracket in _BRACKETED.finditer(words):
        if _LEADS.search(_folded(bracket[1])):
            roles = read_roles(bracket[1], lexicon)
            if roles.leads.matches and not roles.leads.unknown:
                return roles
    said = _folded(words)
    if label := _LEADS.search(said):
        begins = max((one.end() for one in _SENTENCE.finditer(said, 0, label.start())), default=0)
        leads = read_bodies(words[begins : label.start()], lexicon)
        if not leads.matches or leads.unknown or not _are_sure(leads):
            return None
        helps = _HELPS.match(said, label.end())
        _, supporting = _first_bodies(words[helps.end() :], lexicon) if helps else (0, NOBODY)
        return Roles(leads, supporting, True)
    words = _without(_ASKED, words)
    end, leads = _first_bodies(words, lexicon)
    said = _folded(words)
    begun = said[:end].strip()
    goes_on = acts(said, end) or (len(begun.split()) > 2 and words[end:].lstrip()[:1].islower())
    named = leads.matches and begun not in _DEEDS and goes_on
    return Roles(leads, NOBODY, True) if named else None


def _first_bodies(words: str, lexicon: Lexicon) -> tuple[int, Named]:
    """The longest beginning of a text that names bodies and nothing else, and where it ends."""
    best, last = (0, NOBODY), 0
    for n, word in enumerate(re.finditer(r"[^\W_]+(?:[-&][^\W_]+)*", words)):
        if n - last > LONGEST_NAME:
            break
        named = read_bodies(words[: word.end()], lexicon)
        if named.matches and not named.unknown and _is_said(words[: word.end()], named):
            best, last = (word.end(), named), n
    return best


def _is_said(words: str, named: Named) -> bool:
    """Whether a text ends with the body named last, not with words that were passed over."""
    said = fold(named.matches[-1].said).rstrip()
    remarked = REMARK in named.matches[-1].doubt
    return fold(words).rstrip().endswith(said) and _are_sure(named) and not remarked


def _are_sure(named: Named) -> bool:
    return all(one.confidence > ONLY_SOME for one in named.matches)


def _without(begins: re.Pattern[str], words: str) -> str:
    """A text without what it begins with, if it begins so."""
    found = begins.match(fold(words))
    return words[found.end() :] if found else words


def _folded(text: str) -> str:
    return fold(composed(text))


def _headings(draft: Draft) -> Iterator[Heading]:
    """The headings that a task stands under, the innermost first."""
    heading = draft.item.heading
    yield from reversed(heading.path() if heading else [])


# --- when -----------------------------------------------------------------------------------------


def timed_elsewhere(draft: Draft, desk: Desk) -> Timed | None:
    """When a task is due by a note, by its own words, else by the innermost heading."""
    if by_column := _timed_by_column(draft, desk):
        return by_column
    notes = draft.item.of(Role.NOTE)
    for said, at in [*((one.text, one.at) for one in notes), *_own(draft)]:
        if found := _in_words(public(said), desk):
            return Timed(found[0], found[1], at, DUE_BY_WORDS, 0.6)
    for heading in _headings(draft):
        title = flat(public(heading.title))
        read = _read(title, desk)
        rest = set(re.findall(r"[^\W_]+", fold(read.rest)))
        if read.dues and rest <= _PLAIN:
            sure = 1.0 if not draft.item.columns & {Role.DUE, Role.MARK} else 0.8
            return Timed(read, title, heading.at, DUE_BY_HEADING, sure)
    return None


def _timed_by_column(draft: Draft, desk: Desk) -> Timed | None:
    """A time in the one column whose header nobody knows, in a table without deadlines."""
    if draft.item.columns & {Role.DUE, Role.MARK, Role.START}:
        return None
    for one in draft.item.of(Role.OTHER):
        said = public(one.text)
        read = _read(said, desk) if role_of(one.header.split(" / ")[-1]) is None else None
        if read and read.dues and not read.rest.strip():
            return Timed(read, said, one.at, DUE_BY_COLUMN, 0.6)
    return None


def _own(draft: Draft) -> list[tuple[str, str]]:
    return [(one.text, one.at) for one in draft.item.content]


def _in_words(text: str, desk: Desk) -> tuple[Deadline, str] | None:
    """A deadline that a text is, or that a clause of it is: "…; hoàn thành trước 30/6/2026."."""
    words, tried = composed(text)[:LONGEST], list[str]()
    said = fold(words)
    for one in _CLAUSE.finditer(said):
        end = _CLAUSE_ENDS.search(said, one.end())
        tried.append(words[one.end() : end.start() if end else len(words)].strip(" ,;("))
    for clause in [words, *reversed(tried)]:
        read = _read(clause, desk)
        if read.dues and not read.rest.strip():
            return read, clause
    return None


def _read(text: str, desk: Desk) -> Deadline:
    return read_deadline(text, None, issued=desk.issued, year=desk.year)
