"""A walk over a deadline's tokens: points with their limits, cycles, terms, and words left over."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from plans.declaration import Due, Fixed
from plans.drafting.deadline_dues import last_day, later, relative
from plans.drafting.deadline_tokens import Limit, Point, Term, Token, tokens
from plans.drafting.folding import fold
from plans.terms import PeriodKind

DAY_OF_PERIOD = re.compile(
    r"\bngay\s+\d{1,2}(?!\d|\s*[/.-]\s*\d|\s*thang\s*\d)"
    r"|(?<!/)\b\d{1,2}\s+(?:cua\s+)?(?:moi|hang|tung)\s+(?:thang|quy)\b"
)


@dataclass(slots=True)
class Found:
    """What a cell says: dues in its order, doubts, and the places of words not understood."""

    dues: list[Due] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    rest: list[tuple[int, int]] = field(default_factory=list)


@dataclass(slots=True)
class Entry:
    """A point where it stands: ``clause`` counts the breaks before it, ``at`` is its token."""

    point: Point
    limit: Limit | None
    limit_token: Token | None
    token: Token
    at: int
    clause: int
    repeats: bool = False
    dropped: bool = False


@dataclass(slots=True)
class Every:
    """Words such as 'hằng quý' where they stand; ``used``: a date beside them said it all."""

    kinds: tuple[PeriodKind, ...]
    token: Token
    at: int
    clause: int
    used: bool = False


class Walk:
    """The tokens of one cell, and what stands in them."""

    def __init__(self, words: str, issued: date | None, year: int | None) -> None:
        self.words, self.folded = words, fold(words)
        self.tokens = tokens(self.folded, words)
        self.issued, self.year = issued, year
        self.found = Found()
        self.entries: list[Entry] = []
        self.every: list[Every] = []
        self.ongoing: Token | None = None
        self.due_at: list[tuple[int, Due]] = []

    def walk(self) -> None:
        """Token by token; a limit holds until words or a new clause end it."""
        clause, limit, limit_token, ranged = 0, None, None, False
        outer: Limit | None = None
        for at, token in enumerate(self.tokens):
            if token.kind == "point" and token.point:
                self._point(Entry(token.point, limit, limit_token, token, at, clause), ranged)
                limit_token, ranged = None, False
                if limit in ("from", "after"):
                    limit = None
            elif token.kind == "limit":
                if token.limit == "by" and self._ends_span(at):
                    ranged, limit = True, None
                else:
                    self._unused(None if token.closes else limit_token)
                    limit, limit_token = token.limit, token
            elif token.kind == "range":
                ranged = self._follows_point(at)
            elif token.kind == "close":
                self._unused(limit_token)
                limit, limit_token, outer = outer, None, None
            elif token.kind in ("break", "open", "word", "opaque", "colon", "every", "ongoing"):
                outer = limit if token.kind == "open" else outer
                if token.kind != "every":
                    self._unused(limit_token)
                    limit, limit_token, ranged = None, None, False
                clause += token.kind == "break"
                self._other(token, at, clause)
            else:
                self._other(token, at, clause)
        self._unused(limit_token)

    def _other(self, token: Token, at: int, clause: int) -> None:
        if token.kind == "every":
            self.every.append(Every(token.every, token, at, clause))
        elif token.kind == "ongoing":
            self.ongoing = self.ongoing or token
        elif token.kind == "term" and token.term:
            self._term(token, token.term)
        elif token.kind in ("word", "opaque"):
            self.leave(token)
            if token.why:
                self.found.doubts.append(token.why)
        elif token.kind == "vague":
            self._vague(token, at)

    def _vague(self, token: Token, at: int) -> None:
        following = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        said = self.folded[token.start : token.end]
        about = said in ("dau", "giua") or (" " in said and said not in ("du kien", "tam thoi"))
        if following and following.point and about:
            self.found.doubts.append("only about when in the period is said, not the day")
        elif following and following.point:
            self.found.doubts.append("the date is said to be expected, not fixed")
        else:
            self.leave(token)

    def _point(self, entry: Entry, ranged: bool) -> None:
        if ranged and self.entries:
            begun = self.entries[-1]
            begun.dropped = True
            entry.limit = entry.limit if entry.limit == "before" else None
        if self._vague_year(entry):
            entry.dropped = True
        self.entries.append(entry)

    def _vague_year(self, entry: Entry) -> bool:
        """'đầu năm 2026' is no date, and nobody knows which one it would be."""
        before = self.tokens[entry.at - 1] if entry.at else None
        said = self.folded[before.start : before.end] if before else ""
        if entry.point.unit == "year" and said in ("dau", "giua", "trung tuan", "thuong tuan"):
            self.leave(before, entry.token)
            return True
        return False

    def _follows_point(self, at: int) -> bool:
        return at > 0 and self.tokens[at - 1].kind == "point"

    def _ends_span(self, at: int) -> bool:
        """Whether a limit such as 'đến' closes a span: right after a point, or after 'từ …'."""
        word = self.folded[self.tokens[at].start : self.tokens[at].end]
        return self._follows_point(at) and word.startswith(("den", "toi"))

    def _unused(self, token: Token | None) -> None:
        """A limit without a date limits what was not understood, unless it is 'đến'."""
        if token and token.limit != "by":
            self.leave(token)
            if token.limit != "from" and not DAY_OF_PERIOD.search(self.folded):
                self.found.doubts.append("it is said to be due before or after something else")

    def leave(self, *some: Token | None) -> None:
        """Put tokens among what was not understood."""
        self.found.rest += [(one.start, one.end) for one in some if one]

    def _term(self, token: Token, term: Term) -> None:
        at = self.tokens.index(token)
        start = last_day(term.anchor) if isinstance(term.anchor, Point) else self.issued
        if term.anchor == "none":
            self.found.doubts.append(
                "the term's first day is not said; the plan's issue is assumed"
            )
        if term.unit in ("months", "years"):
            end = later(start, term.count * (12 if term.unit == "years" else 1))
            if end is None:
                self.leave(token)
                self.found.doubts.append("a term in months needs the day of the plan's issue")
                return
            self.due_at.append((at, Fixed(type="fixed", by=end)))
            return
        if not 1 <= term.count <= 2600:
            self.leave(token)
            self.found.doubts.append(f"a term of {term.count} days is none")
            return
        after = last_day(term.anchor) if isinstance(term.anchor, Point) else "issue"
        self.due_at.append((at, relative(term, after)))
