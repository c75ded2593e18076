"""What a person writes as an answer: surely understood, or refused with what can be written."""

from __future__ import annotations

import re
from datetime import date

from plans.declaration import Departments, Due, Fixed
from plans.doubts import last_day
from plans.drafting.body_named import Match
from plans.drafting.body_words import Lexicon, read_bodies
from plans.drafting.deadline_words import read_deadline
from plans.drafting.findings import BETWEEN
from plans.drafting.folding import composed, fold
from plans.drafting.grid import flat
from plans.drafting.terms import REST, TOO_EARLY, describe
from plans.drafting.texts import MOST
from plans.errors import InvalidInput

FIRST, LAST = date(2000, 1, 1), date(2100, 12, 31)
EXAMPLES = (
    "write it such as '30/6/2026', 'trước 30/6/2026', 'Quý III/2026', 'Năm 2026' "
    "or 'Thường xuyên, báo cáo hằng tháng'"
)
A_DAY = "write a day such as 20/01/2026"
NAMES = "write names, abbreviations or codes of the list, with ';' between them"


def read_text_answer(text: str) -> str:
    """A line of text, as a declaration holds it."""
    words = " ".join(text.split())
    if len(words) > MOST:
        raise InvalidInput(f"at most {MOST} signs can stand here")
    return words


def read_day_answer(text: str) -> date:
    """A day in figures or words."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        read = read_deadline(text, None, issued=None, year=None)
        due = read.dues[0] if len(read.dues) == 1 else None
        sure = read.confidence == 1 and not read.rest.strip()
        if not (sure and isinstance(due, Fixed) and due.by):
            raise InvalidInput(A_DAY) from None
        day = due.by
    if not FIRST <= day <= LAST:
        raise InvalidInput(f"give a day from {FIRST} to {LAST}")
    return day


def read_due_answer(text: str, issued: date | None) -> tuple[Due, ...]:
    """A deadline without any doubt; ``issued`` None: nobody knows yet."""
    read = read_deadline(text, None, issued=issued, year=issued.year if issued else None)
    why = list(read.doubts)
    if read.rest.strip() and read.dues:
        why.append(f"{REST}: {read.rest.strip()}")
    early = [due for due in read.dues if _is_early(due, issued)]
    if early and not read.doubts:
        why.append(f"{TOO_EARLY}: {', '.join(map(describe, early))}")
    if why or not read.dues:
        told = BETWEEN.join(why) or "no date could be read"
        raise InvalidInput(f"this says no deadline for sure: {told}; {EXAMPLES}")
    return read.dues


def _is_early(due: Due, issued: date | None) -> bool:
    last = last_day(due, issued) if issued else None
    return last is not None and issued is not None and last <= issued


def read_bodies_answer(text: str, lexicon: Lexicon) -> list[Match]:
    """Bodies by codes, names or abbreviations, each one surely meant."""
    found: list[Match] = []
    for piece in _pieces(text, lexicon):
        body = lexicon.bodies.get(piece)
        if body:
            found.append(Match(piece, piece, 1.0, body.is_class, ""))
        else:
            found += _named(piece, lexicon)
    if not found:
        raise InvalidInput(NAMES)
    return list({one.code: one for one in found}.values())


def read_body_answer(text: str, lexicon: Lexicon) -> Match:
    """One body, which is no class of bodies."""
    found = read_bodies_answer(text, lexicon)
    if len(found) > 1:
        raise InvalidInput(f"name one body: these are {_names(found, lexicon)}")
    if found[0].is_class:
        name = lexicon.bodies[found[0].code].name.vi
        raise InvalidInput(f"name one body: {name} are many")
    return found[0]


def read_province_answer(text: str, departments: Departments) -> str:
    """A province's code, by its code or name, with or without 'tỉnh', 'thành phố'."""
    said = _place(text)
    found = [one.code for one in departments.provinces if said in (one.code, _place(one.name.vi))]
    if len(found) != 1:
        raise InvalidInput(f"no province is called '{text.strip()}'; write its name or its code")
    return found[0]


def _place(name: str) -> str:
    return re.sub(r"^(tinh|thanh pho|tp\.?)\s+", "", fold(flat(composed(name)))).strip()


def _pieces(text: str, lexicon: Lexicon) -> list[str]:
    """Codes alone; names together, since a comma may stand within one."""
    found: list[str] = []
    for part in re.split(r"[;\n]", text):
        words: list[str] = []
        for one in part.split(","):
            if one.strip() in lexicon.bodies:
                found += [", ".join(words), one.strip()]
                words = []
            else:
                words.append(one.strip())
        found.append(", ".join(words))
    return [one for one in found if one.strip(" ,")]


def _named(text: str, lexicon: Lexicon) -> tuple[Match, ...]:
    named = read_bodies(text, lexicon)
    if unknown := [one for one in named.unknown if re.search(r"\w", one)]:
        told = next((doubt for doubt in named.doubts if unknown[0] in doubt), "")
        why = told or f"no body is called '{unknown[0]}'"
        raise InvalidInput(f"{why}; {NAMES}")
    for one in named.matches:
        if one.confidence < 1:
            name = f"{lexicon.bodies[one.code].name.vi} ({one.code})"
            raise InvalidInput(f"'{one.said}' may mean {name}: {one.doubt}; {NAMES}")
    return named.matches


def _names(found: list[Match], lexicon: Lexicon) -> str:
    return ", ".join(lexicon.bodies[one.code].name.vi for one in found)
