"""Who leads a task and who supports it, from its cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from plans.declaration import Question
from plans.drafting.body_words import Match, Named, Roles, read_bodies, read_roles
from plans.drafting.desk import FORMULA, Desk, Draft
from plans.drafting.elsewhere import HELPED, helped_elsewhere, led_elsewhere
from plans.drafting.findings import Kind
from plans.drafting.folding import fold
from plans.drafting.grid import flat
from plans.drafting.header_words import Role
from plans.drafting.rows import Piece
from plans.drafting.texts import public_lines, without_marks

UNKNOWN_BODY = "no body of departments.yaml is called so"
NO_LEAD = "the table names no lead here"
SEVERAL = "several bodies are named: the first leads, each other one has a part of its own"
FIRST_LEADS = "which of them leads is not said: the first was taken, the others support"
NOBODY = re.compile(r"[\W_]*|x+|0|khong(?: co)?[\W_]*|n/?a")
LIKELY = "it is called so only nearly"


@dataclass
class Who:
    """The bodies of one task: who leads (also classes, and others with a part), who supports."""

    leads: list[Match] = field(default_factory=list)
    supporting: list[str] = field(default_factory=list)

    @property
    def lead(self) -> str | None:
        """The body that leads: the first that is no class, else the first."""
        single = [one.code for one in self.leads if not one.is_class]
        return next(iter([*single, *(one.code for one in self.leads)]), None)

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of which every member does it."""
        return tuple(dict.fromkeys(one.code for one in self.leads if one.is_class))

    @property
    def others(self) -> list[Match]:
        """Further bodies that lead, each once."""
        unique = {one.code: one for one in self.leads if not one.is_class}
        return [one for code, one in unique.items() if code != self.lead]

    def supporters(self, leading: Sequence[str | None]) -> tuple[str, ...]:
        """Who supports and does not lead anything of the task."""
        return tuple(code for code in dict.fromkeys(self.supporting) if code not in leading)


def read_who(draft: Draft, desk: Desk, *, is_part: bool = False) -> Who:
    """Who is named by a task's cells; what is not understood, or missing, is asked about."""
    who = Who()
    pieces = [one for one in draft.item.of(Role.LEAD, Role.BOTH) if not says_nobody(one.text)]
    _keep_nobody(draft)
    for one in pieces:
        _lead(one, who, draft, desk)
    for one in draft.item.of(Role.SUPPORT):
        if not says_nobody(one.text):
            _support(one, who, draft, desk)
    if not pieces and not is_part:
        _elsewhere(who, draft, desk)
    if not is_part and not who.supporting:
        _helped(who, draft, desk)
    if not who.leads and not is_part and "lead" not in {one.field for one in draft.asked}:
        said = "; ".join(flat(one.text) for one in pieces)
        asked = draft.ask("lead", said, draft.at, UNKNOWN_BODY if said else NO_LEAD)
        if not pieces:
            desk.findings.add(Kind.LEAD, draft.at, "", "", [asked])
    return who


def _lead(piece: Piece, who: Who, draft: Draft, desk: Desk) -> None:
    text = _said(piece, draft, desk, "lead")
    if piece.cell.formula:
        asked = [draft.ask("lead", piece.text, piece.at, FORMULA)]
        draft.found(desk, Kind.LEAD, piece, "", asked)
        return
    roles = read_roles(text, desk.lexicon)
    roles, asked = _told_apart(roles, piece, draft)
    asked += _ask(roles.leads, "lead", piece, draft)
    helping = _ask(roles.supporting, "supporting", piece, draft)
    who.leads += roles.leads.matches
    who.supporting += [one.code for one in roles.supporting.matches]
    draft.found(desk, Kind.LEAD, piece, _codes(roles.leads), asked)
    if roles.supporting.matches or roles.supporting.unknown:
        draft.found(desk, Kind.SUPPORT, piece, _codes(roles.supporting), helping)


def _elsewhere(who: Who, draft: Draft, desk: Desk) -> None:
    """Who leads by other words than those of an empty cell."""
    led = led_elsewhere(draft, desk)
    if led is None:
        return
    draft.quote("lead", led.said)
    roles, asked = led.roles, list[Question]()
    if led.confidence < 1:
        asked.append(draft.ask("lead", led.said, led.at, led.why, led.confidence))
    asked += [
        draft.ask("lead", one.said, led.at, one.doubt or LIKELY, max(one.confidence, 0.01))
        for one in roles.leads.matches
        if one.confidence < 1
    ]
    who.leads += roles.leads.matches
    who.supporting += [one.code for one in roles.supporting.matches]
    codes = _codes(roles.leads)
    desk.findings.add(Kind.LEAD, led.at, led.said, codes, asked)


def _helped(who: Who, draft: Draft, desk: Desk) -> None:
    """Who supports by the task's own words, in a table without a column for them."""
    named, said = helped_elsewhere(draft, desk)
    codes = [one.code for one in named.matches if one.code != who.lead]
    if codes:
        draft.ask("supporting", said, draft.at, HELPED, 0.6)
        who.supporting += codes


def _keep_nobody(draft: Draft) -> None:
    """What says in words that nobody is meant stands in the note."""
    for one in draft.item.of(Role.LEAD, Role.BOTH, Role.SUPPORT):
        if says_nobody(one.text) and re.search(r"\w", one.text) and not one.inherited:
            draft.notes.add(one.header, flat(one.text))


def says_nobody(text: str) -> bool:
    """Whether a cell's signs or words say that nobody is meant: "-", "x", "Không", "…"."""
    return bool(NOBODY.fullmatch(fold(flat(text))))


def _told_apart(roles: Roles, piece: Piece, draft: Draft) -> tuple[Roles, list[Question]]:
    """Of several bodies, who leads: as the cell says, else as its column does. What semicolons or
    lines divide stands side by side; of a list with commas the first leads."""
    several = {one.code for one in roles.leads.matches if not one.is_class}
    if len(several) < 2:
        return roles, []
    equal = re.search(r"[;\n]", piece.text.strip(" ;\n"))
    if piece.role is Role.BOTH and not roles.labelled and not equal:
        first, *rest = roles.leads.matches
        asked = draft.ask("lead", flat(piece.text), piece.at, FIRST_LEADS, 0.6)
        leads = Named((first,), roles.leads.unknown)
        return Roles(leads, Named(tuple(rest), roles.supporting.unknown), False), [asked]
    return roles, [draft.ask("lead", flat(piece.text), piece.at, SEVERAL, 0.7)]


def _support(piece: Piece, who: Who, draft: Draft, desk: Desk) -> None:
    text = _said(piece, draft, desk, "supporting")
    if piece.cell.formula:
        asked = [draft.ask("supporting", piece.text, piece.at, FORMULA)]
        draft.found(desk, Kind.SUPPORT, piece, "", asked)
        return
    named = read_bodies(text, desk.lexicon)
    asked = _ask(named, "supporting", piece, draft)
    if text and not named.matches and not asked:
        asked.append(draft.ask("supporting", flat(text), piece.at, UNKNOWN_BODY))
    who.supporting += [one.code for one in named.matches]
    draft.found(desk, Kind.SUPPORT, piece, _codes(named), asked)


def _said(piece: Piece, draft: Draft, desk: Desk, name: str) -> str:
    text = public_lines(piece.text, None if piece.inherited else desk.findings)
    draft.quote(name, text)
    return without_marks(text)


def _codes(named: Named) -> str:
    return ", ".join(one.code for one in named.matches)


def _ask(named: Named, name: str, piece: Piece, draft: Draft) -> list[Question]:
    """What is doubtful, and what was not understood, of the bodies in a cell."""
    asked = [
        draft.ask(name, one.said, piece.at, one.doubt or LIKELY, max(one.confidence, 0.01))
        for one in named.matches
        if one.confidence < 1
    ]
    unknown = [one for one in named.unknown if one.strip()]
    for one in unknown:
        why = next((doubt for doubt in named.doubts if one in doubt), UNKNOWN_BODY)
        asked.append(draft.ask(name, one, piece.at, why))
    return asked
