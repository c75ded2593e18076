"""From a task as its rows have it to a task as a plan declares it, with what is asked about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plans.declaration import Clause, Part, Question, Task, Title
from plans.drafting.body_words import Match
from plans.drafting.desk import FORMULA, Desk, Draft
from plans.drafting.findings import Kind
from plans.drafting.grid import flat
from plans.drafting.header_words import Role
from plans.drafting.outlines import Item
from plans.drafting.rows import Piece
from plans.drafting.terms import read_terms
from plans.drafting.texts import Notes, fitted, is_name, public
from plans.drafting.who import Who, read_who

HIDDEN = "this row is hidden in the sheet"
NO_TITLE = "the row does not say what is to be done"
NO_COLUMN = "no column of the declaration fits this header: it is kept in the note"
STAND_IN = "(chưa rõ nội dung)"
LEFT = "Cột khác"


@dataclass(frozen=True, slots=True)
class Composed:
    """A task, and the paper's own words for its fields and its parts', by id."""

    task: Task
    comments: dict[str, dict[str, list[str]]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a task stands: its group's id, the group as a clause cites it, and its position."""

    group: str
    clause: str
    position: str


def compose(item: Item, desk: Desk, place: Place) -> Composed:
    """A task of a declaration; nothing of its cells is lost."""
    draft = Draft(item, notes=Notes(at=item.row.at or None))
    title = _title(draft, desk)
    who, due = read_who(draft, desk), read_terms(draft, desk)
    deliverable = _deliverable(draft, desk)
    key = desk.ids.unique(*([code] if (code := _code(item)) else [place.group, place.position]))
    parts = _parts(draft, desk, key, title, who)
    _others(draft, desk)
    note, asked = draft.notes.settled()
    leading = (who.lead, *(one.lead for one in parts))
    task = Task(
        id=key,
        title=_twice(title),
        clause=Clause(document=desk.document, group=place.clause, position=place.position),
        lead=who.lead,
        supporting=who.supporters(leading),
        fan_out=who.classes,
        deliverable=deliverable,
        due=due,
        parts=tuple(parts),
        note=note,
        questions=(*draft.asked, *asked),
    )
    draft.keep_quotes(task.supporting)
    return Composed(task, draft.of_parts | {key: draft.comments})


def _twice(title: str) -> Title:
    """A title whose English repeats the Vietnamese: nothing is invented."""
    return Title(vi=title, en=title)


def _words(item: Item, desk: Desk | None = None) -> str:
    """What is to be done, in the words that begin in the item's own rows, else above them."""
    own = [one for one in item.content if not one.inherited]
    findings = desk.findings if desk else None
    texts = [public(one.text, findings if own else None) for one in own or item.content]
    return " ".join(filter(None, texts))


def _title(draft: Draft, desk: Desk) -> str:
    item, text, asked = draft.item, _words(draft.item, desk), []
    if any(one.cell.formula for one in item.content):
        asked.append(draft.ask("title", text, draft.at, FORMULA))
    if item.row.hidden:
        asked.append(draft.ask("title", "", draft.at, HIDDEN, 0.5))
    if not text:
        asked.append(draft.ask("title", "", draft.at, NO_TITLE))
        text = next((public(one.text) for one in item.of(Role.DELIVERABLE)), "") or STAND_IN
    if item.owner:
        draft.notes.add("Thuộc", f"{item.owner.number} {_words(item.owner)}".strip())
    desk.findings.add(Kind.TASK, draft.at, text, text, asked)
    return fitted(text, draft.notes, "Nội dung")


def _code(item: Item) -> str:
    return next((flat(one.text) for one in item.of(Role.CODE) if not one.inherited), "")


def _deliverable(draft: Draft, desk: Desk) -> str | None:
    some = [one for one in draft.item.of(Role.DELIVERABLE) if not one.cell.formula]
    for one in some:
        draft.found(desk, Kind.OTHER, one, "deliverable", [])
    texts = [public(one.text, None if one.inherited else desk.findings) for one in some]
    return fitted("; ".join(filter(None, texts)), draft.notes, "Sản phẩm") or None


# --- parts ----------------------------------------------------------------------------------------


def _parts(draft: Draft, desk: Desk, key: str, title: str, who: Who) -> list[Part]:
    """The parts that have rows of their own, and those of further bodies named in one cell."""
    found = [_part(one, desk, key, title, who, draft) for one in draft.item.parts]
    return found + [_part_of(one, desk, key, title) for one in who.others]


def _part_of(match: Match, desk: Desk, key: str, title: str) -> Part:
    return Part(id=desk.ids.below(key, match.code), title=_twice(title), lead=match.code)


def _part(item: Item, desk: Desk, key: str, title: str, who: Who, outer: Draft) -> Part:
    """A part by its own row; what a part cannot hold stays with the task."""
    draft = Draft(item, notes=outer.notes)
    said = read_who(draft, desk, is_part=True)
    own = [one for one in item.content if not one.inherited]
    words = " ".join(public(one.text, desk.findings) for one in own)
    name = fitted(f"{item.number} {words}".strip() if words else title, outer.notes, "Nội dung")
    if own:
        desk.findings.add(Kind.TASK, item.row.at, words, words)
    deliverable = _deliverable(draft, desk)
    _others(draft, desk)
    for field in ("supporting", "due") if said.lead else ("supporting", "due", "lead"):
        for text in draft.comments.pop(field, ()):
            outer.quote(field, text)
    who.supporting += [*said.supporting, *said.classes, *(one.code for one in said.others)]
    own_key = desk.ids.below(key, item.number or said.lead or "p")
    outer.of_parts[own_key] = draft.comments
    return Part(
        id=own_key,
        title=_twice(name),
        lead=said.lead,
        deliverable=deliverable,
        questions=tuple(_own_questions(draft, outer)),
    )


def _own_questions(draft: Draft, outer: Draft) -> Sequence[Question]:
    """A part's questions; those on fields that only a task has are asked there."""
    fields = Part.model_fields
    outer.asked += [one for one in draft.asked if one.field not in fields]
    return [one for one in draft.asked if one.field in fields]


# --- the other columns ----------------------------------------------------------------------------


def _others(draft: Draft, desk: Desk) -> None:
    """Every other cell, word for word in the note, under its column's header."""
    shown = [Role.START, Role.NOTE, Role.OTHER, Role.PERSONAL, Role.NUMBER, Role.CODE, Role.GROUP]
    for one in draft.item.pieces:
        if one.cell.formula and one.role in (*shown, Role.DELIVERABLE):
            asked = [draft.ask("note", one.text, one.at, FORMULA)]
            draft.found(desk, Kind.OTHER, one, "", asked)
        elif one.role in shown and one.role is not Role.CODE:
            _keep(one, draft, desk)
        elif one.role is Role.CODE and not one.inherited:
            draft.found(desk, Kind.OTHER, one, "id", [])
            draft.notes.add(flat(one.header), flat(one.text))


def _keep(piece: Piece, draft: Draft, desk: Desk) -> None:
    if piece.role is Role.PERSONAL and is_name(flat(piece.text)):
        desk.findings.removed += 0 if piece.inherited else 1
        return
    text = public(piece.text, None if piece.inherited else desk.findings)
    known = piece.role in (Role.START, Role.NOTE, Role.GROUP, Role.NUMBER)
    header = "" if piece.role is Role.NOTE else piece.header or LEFT
    draft.notes.add(header, text)
    if not piece.inherited and text:
        why = "" if known else f"{NO_COLUMN} ({piece.header or LEFT})"
        desk.findings.kept(piece.at, flat(piece.text), why)
