"""Under which names and abbreviations the bodies of ``departments.yaml`` are found.

A name's key is its words without accents, capitals, blanks and marks, and without "và", "Việt Nam"
and the level at its end, so "Sở GD&ĐT", "Sở GDĐT" and "sở gd - đt" have one key. Runs of words may
stand as their initials: that is how offices abbreviate.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

from plans.declaration import Department, Departments
from plans.drafting.body_classes import category
from plans.drafting.folding import composed, fold

_SHORT = {
    "ubnd": "uy ban nhan dan",
    "hdnd": "hoi dong nhan dan",
    "mttq": "mat tran to quoc",
    "mttqvn": "mat tran to quoc viet nam",
    "vn": "viet nam",
    "tncs": "thanh nien cong san",
    "hcm": "ho chi minh",
    "ptth": "phat thanh truyen hinh",
}
"""Abbreviations that every office writes, in names as well as in tables."""
KINDS = ("so", "bo", "ban", "hoi", "cuc", "vu")
"""Words for kinds of bodies that a list says once, for all that follow: 'các Sở Y tế, Nội vụ'."""
LEFT_OUT = frozenset(["va", "viet", "nam", "tinh", "thanh", "pho", "tp"])
"""Words that keys may lack."""
_LEVELS = (("tinh",), ("thanh", "pho"), ("tp",))
_WORD = re.compile(r"[^\W_]+")
_FEWEST_LETTERS = 2
_LONGEST_NAME = 12


@dataclass(frozen=True, slots=True)
class Name:
    """One name of a body: its words, folded, without level; how sure who writes it means it."""

    code: str
    words: tuple[str, ...]
    sure: float


def words_of(text: str) -> list[str]:
    """A text's words, folded, with well-known abbreviations written out."""
    found: list[str] = []
    for word in _WORD.findall(fold(composed(text))):
        found += _SHORT.get(word, word).split()
    return found


def core(words: Iterable[str]) -> tuple[str, ...]:
    """The words that tell one body from others."""
    kept = [word for word in words if word != "va"]
    for level in _LEVELS:
        size = len(level)
        if level == ("tp",) and kept[0] in KINDS and len(kept) < 3:
            continue  # "Sở TP" is the department of justice
        if len(kept) > size and tuple(kept[-size:]) == level:
            kept = kept[:-size]
            break
    text = " ".join(kept)
    return tuple(re.sub(r"(?<=\w) viet nam\b", "", text).split())


@dataclass(frozen=True)
class Lexicon:
    """The bodies that a table may name, on a day (None: any body that was ever declared).

    ``central``: the table is one of the Government or of a ministry.
    """

    departments: Departments
    on: date | None
    central: bool = False

    @classmethod
    def of(cls, departments: Departments, on: date | None, *, central: bool = False) -> Lexicon:
        """A lexicon of everything that is declared."""
        return cls(departments, on, central)

    @cached_property
    def bodies(self) -> Mapping[str, Department]:
        """Each body by its code."""
        return {body.code: body for body in self.departments.departments}

    @cached_property
    def names(self) -> list[Name]:
        """Every name and alias, classes' too."""
        found = []
        for body in self.departments.departments:
            for text in (body.name.vi, *body.aliases):
                words = core(words_of(text))
                if words:
                    found.append(Name(body.code, words, 1.0))
        return found

    @cached_property
    def keys(self) -> Mapping[str, Mapping[str, float]]:
        """By key, the codes that it may mean and how sure each is."""
        found: dict[str, dict[str, float]] = defaultdict(dict)
        for name in self.names:
            for key, sure in _variants(name.words):
                _better(found[key], name.code, sure)
        for body in self.departments.departments:
            words = words_of(body.name.vi)
            if words[-1] == "tinh" and len(words) > _FEWEST_LETTERS:
                _better(found[_initials(words)], body.code, 0.94)  # CAT: Công an tỉnh
            key = "".join(core(words_of(body.abbr)))
            if len(key) >= _FEWEST_LETTERS:
                _better(found[key], body.code, 0.99)
            raw = "".join(_WORD.findall(fold(composed(body.abbr))))
            _better(found[raw], body.code, 0.99)
            kind = core(words_of(body.name.vi))[0]
            if kind in KINDS and raw[:1] == kind[:1] and len(raw) > _FEWEST_LETTERS:
                _better(found[kind + raw[1:]], body.code, 0.99)
        return {key: _clear(codes) for key, codes in found.items()}

    @cached_property
    def beginnings(self) -> frozenset[str]:
        """What any key begins with: a longer text that is none of these begins no name."""
        return frozenset(key[:size] for key in self.keys for size in range(1, len(key) + 1))

    @cached_property
    def kinds(self) -> frozenset[str]:
        """First words that several names share, such as 'sở' and 'hội': lists leave them out."""
        first: dict[str, set[str]] = defaultdict(set)
        for name in self.names:
            first[name.words[0]].add(name.code)
        return frozenset(word for word in KINDS if len(first[word]) > 1)

    @cached_property
    def classes(self) -> Mapping[str, str]:
        """The class codes by what kind of bodies they hold (``body_classes.category``)."""
        found: dict[str, str] = {}
        for body in self.departments.departments:
            if not body.is_class:
                continue
            for text in (body.name.vi, body.abbr, *body.aliases):
                for one in category(fold(composed(text))):
                    found.setdefault(one, body.code)
        return found

    @cached_property
    def places(self) -> frozenset[tuple[str, ...]]:
        """The declared provinces' names without 'tỉnh' and 'thành phố', as folded words."""
        found = set()
        for province in self.departments.provinces:
            words = words_of(province.name.vi)
            words = words[1:] if words[:1] == ["tinh"] else words
            found.add(tuple(words[2:] if words[:2] == ["thanh", "pho"] else words))
        return frozenset(found)

    def is_other_level(self, code: str, said: str) -> bool:
        """Whether words such as "Hội Nông dân Việt Nam" mean the national body, of which the
        declared one is the province's."""
        body = self.bodies[code]
        if body.kind.startswith("central") or body.is_class:
            return False
        words = f" {' '.join(words_of(said))} "
        if re.search(r" (tinh|thanh pho|tp) ", words):
            return False
        own = f" {' '.join(words_of(body.name.vi))} "
        for level in (" viet nam ", " trung uong ", " quoc gia ", " toi cao "):
            if level in words and (self.central or level not in own):
                return True
        return self.central and len(words.split()) > 1

    def heir(self, code: str) -> str | None:
        """The one body that does all that an ended one did, if it exists on the day."""
        if self.on is None or self.exists(code) or not self.bodies[code].successors:
            return None
        first, *others = [one.code for one in self.bodies[code].successors]
        known = not others and first in self.bodies and self.exists(first)
        return first if known else None

    def exists(self, code: str) -> bool:
        """Whether a body exists on the lexicon's day."""
        return self.on is None or self.bodies[code].exists_on(self.on)

    def of_province(self, codes: Sequence[str]) -> str | None:
        """Of bodies that only their level tells apart, the provincial one; None: it is not so."""
        words = {code: words_of(self.bodies[code].name.vi) for code in codes}
        own = [code for code in codes if tuple(words[code][-1:]) in _LEVELS]
        if len(own) != 1:
            return None
        begins = core(words[own[0]])
        alike = all(tuple(words[code])[: len(begins)] == begins for code in codes)
        return own[0] if alike else None

    def choose(self, codes: Mapping[str, float]) -> list[str]:
        """Whom a name means among several: those that exist on the day, the surest of them."""
        living = [code for code in codes if self.exists(code)] or list(codes)
        best = max(codes[code] for code in living)
        return [code for code in living if codes[code] >= best - 0.02]


def _clear(codes: dict[str, float]) -> dict[str, float]:
    """A declared name counts; a guessed abbreviation of another body's beside it does not."""
    best = max(codes.values())
    return {code: sure for code, sure in codes.items() if sure >= 0.98 or best < 0.98}


def _better(codes: dict[str, float], code: str, sure: float) -> None:
    codes[code] = max(sure, codes.get(code, 0.0))


@lru_cache(maxsize=2048)
def _variants(words: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    return tuple(_written(words))


def _written(words: tuple[str, ...]) -> Iterator[tuple[str, float]]:
    """A name's key, and the keys of its forms with one or two runs of words as initials."""
    yield "".join(words), 1.0
    if words[0] == "tinh":
        yield "thanh" + "".join(words[1:]), 0.97
    if not 2 <= len(words) <= _LONGEST_NAME:
        return
    runs = [(start, end) for start in range(len(words)) for end in range(start + 2, len(words) + 1)]
    for start, end in runs:
        key = "".join(words[:start]) + _initials(words[start:end]) + "".join(words[end:])
        if _tells(key, start, end, len(words)):
            yield key, 0.96
        for start2, end2 in runs:
            if start2 >= end:
                yield (
                    (
                        "".join(words[:start])
                        + _initials(words[start:end])
                        + "".join(words[end:start2])
                        + _initials(words[start2:end2])
                        + "".join(words[end2:])
                    ),
                    0.94,
                )


def _initials(words: Iterable[str]) -> str:
    return "".join(word[0] for word in words)


def _tells(key: str, start: int, end: int, size: int) -> bool:
    """Two letters alone stand for too many things."""
    return not (start == 0 and end == size and len(key) < _FEWEST_LETTERS)
