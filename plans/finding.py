"""Finding by words over everything that has a name; accents, case and their spelling aside.

"tre em" finds "trẻ em", however it is typed; a word also finds those that begin with it. What is
looked through is few (bodies, plans, groups, targets, documents); assignments, which are many, are
found by ``store.lists``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement

from plans.searching import plain, searchable
from plans.store import Connection, lists, naming

MOST_WORDS, MOST_SIGNS = 12, 200
SIMULATED = (" (mo phong)", " (simulated)")
"""What a demo's bodies are called besides: nobody types it."""
Kind = Literal["plan", "group", "target", "document", "department"]
KINDS: tuple[Kind, ...] = ("plan", "group", "target", "document", "department")


@dataclass(frozen=True, slots=True)
class Named:
    """Something with a name. ``short``: its number or abbreviation; ``plan``: where it is."""

    kind: Kind
    key: str
    vi: str
    en: str
    short: str = ""
    plan: str = ""
    within: tuple[str, str] = ("", "")
    """How that plan is called, in both languages."""


@dataclass(frozen=True, slots=True)
class Found:
    """What some words find. ``assignments``: rows of ``lists.page``, at most one too many."""

    words: tuple[str, ...]
    assignments: Sequence[Any] = ()
    named: Sequence[Named] = ()


def words_of(said: str) -> tuple[str, ...]:
    """The words of a question, as they are compared; each once, in their order."""
    return tuple(dict.fromkeys(plain(said[:MOST_SIGNS]).split()))[:MOST_WORDS]


def find(
    connection: Connection,
    said: str,
    on: date,
    sights: Sequence[ColumnElement[bool]] | None,
    few: int,
) -> Found:
    """Everything that a question finds, the best first; ``sights``: what the caller may see."""
    words = words_of(said)
    if not words:
        return Found(())
    named = sorted(_matching(everything(connection), words), key=lambda one: _rank(one, words))
    rows = _assignments(connection, said, words, on, sights, few + 1)
    return Found(words, rows, named)


def _assignments(
    connection: Connection,
    said: str,
    words: Sequence[str],
    on: date,
    sights: Sequence[ColumnElement[bool]] | None,
    limit: int,
) -> list[Any]:
    """The one that is named in full, else those that wait for a report, then all others.

    The store finds words anywhere; those in whose names they begin come first of what it gives.
    """
    if "/" in said:
        exact = lists.Filter(ref=said.strip(), sights=sights)
        if rows := lists.page(connection, exact, on, limit):
            return rows
    text = " ".join(words)
    waiting = lists.Filter(words=text, open_only=True, sights=sights)
    found = lists.page(connection, waiting, on, limit)
    if len(found) < limit:
        known = {row.id for row in found}
        every = lists.page(connection, lists.Filter(words=text, sights=sights), on, limit * 2)
        found += [row for row in every if row.id not in known]
    wanted = [beginning(word) for word in words]
    return sorted(found, key=lambda row: not _begins(row, wanted))[:limit]


def _begins(row: Any, wanted: Iterable[re.Pattern[str]]) -> bool:
    titles = (row.title_vi, row.title_en, row.plan_number, row.plan_title_vi)
    text = searchable(*titles, row.department, row.department_vi, row.department_en)
    return all(word.search(text) for word in wanted)


def everything(connection: Connection) -> Iterable[Named]:
    """Every body, plan, group, target and document that has a name."""
    for row in naming.plan_names(connection):
        yield Named("plan", row.id, row.title_vi, row.title_en, row.number or "", row.id)
        called = (row.number or row.title_vi, row.number or row.title_en)
        for key, vi, en in row.groups:
            yield Named("group", key, vi, en, "", row.id, called)
        for one in row.targets:
            title = one["title"]
            yield Named("target", one["id"], title["vi"], title["en"], "", row.id, called)
        for one in (*row.basis, *row.amendments):
            title = one["title"]
            yield Named("document", row.id, title, title, one["number"] or "", row.id, called)
    for code, vi, en, abbr in naming.body_names(connection):
        yield Named("department", code, vi, en, abbr)


def _matching(some: Iterable[Named], words: Sequence[str]) -> list[Named]:
    """Those in whose names every word stands, or begins another."""
    wanted = [beginning(word) for word in words]
    found = []
    for one in some:
        text = _forms(one).text
        if all(word.search(text) for word in wanted):
            found.append(one)
    return found


def beginning(word: str) -> re.Pattern[str]:
    """Where a word (as ``words_of`` gives it) stands, or another begins with it."""
    before = r"(?<![^\W_])" if word[:1].isalnum() else ""
    return re.compile(f"{before}(?={re.escape(word)})")


class _Forms(NamedTuple):
    """How something is looked for: all of its names, and each of them in full."""

    text: str
    names: tuple[str, ...]


@lru_cache(maxsize=16_384)
def _forms(one: Named) -> _Forms:
    code = one.key if one.kind in ("plan", "department") else ""
    names = (plain(one.short), plain(code), _bare(one.vi), _bare(one.en))
    return _Forms(searchable(one.vi, one.en, one.short, code), names)


def _rank(one: Named, words: Sequence[str]) -> tuple[int, int, int, str]:
    """Whose name it is; then whose names have them as whole words; then the shorter name."""
    forms = _forms(one)
    exact = " ".join(words) in forms.names
    whole = len(set(words) & set(forms.text.split()))
    return (0 if exact else 1, -whole, len(forms.names[2]), one.vi)


def _bare(name: str) -> str:
    found = plain(name)
    for ending in SIMULATED:
        found = found.removesuffix(ending)
    return found


def department_named(connection: Connection, said: str) -> str | None:
    """The code of the one body of this code, abbreviation or name; None: none, or several."""
    wanted = " ".join(plain(said[:MOST_SIGNS]).split())
    names = naming.body_names(connection)
    for few in (
        [row.code for row in names if plain(row.code) == wanted],
        [row.code for row in names if plain(row.abbr) == wanted],
        [row.code for row in names if wanted in (_bare(row.name_vi), _bare(row.name_en))],
    ):
        if len(few) == 1:
            return str(few[0])
    return None


# --- what is marked in a text -------------------------------------------------------------------


def pieces(text: str, words: Iterable[str]) -> list[tuple[str, bool]]:
    """A text cut where one of the words (as ``words_of`` gives them) stands: part, and whether.

    Where a word stands alone, longer words that begin with it are left unmarked.
    """
    starts, bare = _unfolded(text)
    hits = [False] * len(text)
    for word in filter(None, words):
        every = [found.start() for found in beginning(word).finditer(bare)]
        whole = [at for at in every if _is_alone(bare, at, at + len(word))]
        for at in whole or every:
            first, last = starts[at], starts[at + len(word) - 1]
            hits[first : last + 1] = [True] * (last + 1 - first)
    return _cut(text, hits)


def _is_alone(bare: str, start: int, end: int) -> bool:
    return not bare[:start][-1:].isalnum() and not bare[end : end + 1].isalnum()


def _unfolded(text: str) -> tuple[list[int], str]:
    """A text as words are looked for in it, and for each of its signs where it came from."""
    parts = [plain(sign) for sign in text]
    starts = [at for at, part in enumerate(parts) for _ in part]
    return starts, "".join(parts)


def _cut(text: str, hits: Sequence[bool]) -> list[tuple[str, bool]]:
    found: list[tuple[str, bool]] = []
    for sign, hit in zip(text, hits, strict=True):
        # An accent that is a sign of its own belongs to the letter before it.
        hit = found[-1][1] if found and not plain(sign) and sign.strip() else hit
        if found and found[-1][1] == hit:
            found[-1] = (found[-1][0] + sign, hit)
        else:
            found.append((sign, hit))
    return found
