"""Changes to a declaration's text that leave every other line, blank and comment as it stands.

The file is never written anew: a value is put in the place of the one that stands there, whole
lines of entries go or come, by the positions that ``plans.source`` read.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from pydantic import BaseModel

from plans.declaration import Part, Plan, Question, SolutionGroup, Task
from plans.drafting.writing import fragment, in_order, reason_lines
from plans.errors import InvalidInput
from plans.explaining import Place
from plans.source import Position, Source

Holder = Plan | SolutionGroup | Task | Part
UNSAID = ("assumed", "fan_out")
"""Fields that a draft leaves out where they hold nothing; the paper's words stand above others."""
_BREAK = re.compile("\r\n|\r|\n")
_DASH = re.compile(r"^[ \t]*-(?=\s)", re.M)


@dataclass
class Revision:
    """What changes: fields' new values; which entries of which lists go and come."""

    fields: dict[tuple[Place, str], Any] = field(default_factory=dict)
    gone: dict[Place, set[int]] = field(default_factory=dict)
    come: dict[Place, list[BaseModel]] = field(default_factory=dict)

    @property
    def is_nothing(self) -> bool:
        """Whether all stays as it is."""
        return not (self.fields or self.gone or self.come)


def revised(text: str, source: Source, holders: Mapping[Place, Holder], revision: Revision) -> str:
    """The text with the changes in it.

    Raises:
        InvalidInput: what is to be changed does not stand in lines of its own.
    """
    splicer = _Splicer(text, source, holders)
    for (place, name), value in revision.fields.items():
        splicer.put(place, name, value)
    for place in {**revision.gone, **revision.come}:
        splicer.change(place, revision.gone.get(place, set()), revision.come.get(place, []))
    return splicer.done()


class _Splicer:
    """One text being changed; ``edits``: (from, to, what stands there instead)."""

    def __init__(self, text: str, source: Source, holders: Mapping[Place, Holder]) -> None:
        self.text = text if text.endswith("\n") else text + "\n"
        self.source, self.holders = source, holders
        self.starts = [0, *(one.end() for one in _BREAK.finditer(self.text))]
        self.edits: list[tuple[int, int, str]] = []

    def done(self) -> str:
        """The text as it is now."""
        found, at = [], 0
        for start, end, instead in sorted(self.edits, key=lambda one: one[:2]):
            found += [self.text[at:start], instead]
            at = end
        return "".join([*found, self.text[at:]])

    # --- fields ---

    def put(self, place: Place, name: str, value: Any) -> None:
        """A field with another value, where it stands, else where a draft has it."""
        self._refuse_flow(place)
        below = (*place, name)
        if below not in self.source.keys:
            self._insert(place, name, value)
            return
        if name in UNSAID and not value and self._take_out(below):
            return
        key = self._offset(self.source.keys[below])
        indent = key - self._line(key)
        end = self._end(below)
        self._keep_comments(key, end, below)
        self.edits.append((key, end, fragment(name, value, indent)))

    def _insert(self, place: Place, name: str, value: Any) -> None:
        order = in_order(type(self.holders[place]))
        before = order[: order.index(name)]
        present = [one for one in before if (*place, one) in self.source.keys]
        # Whatever holds questions has a title at least, which stands before them.
        last = max(present, key=lambda one: self._end((*place, one)))
        indent = self._column(place)
        at = self._line_end(self._end((*place, last)))
        self.edits.append((at, at, f"{' ' * indent}{fragment(name, value, indent)}\n"))

    def _column(self, place: Place) -> int:
        """Where the keys of a mapping stand."""
        return self.source.positions[place][1] - 1

    # --- entries of lists ---

    def change(self, place: Place, gone: set[int], come: Sequence[BaseModel]) -> None:
        """Entries of a list of mappings go, others follow those that stay."""
        holder, name = place[:-1], str(place[-1])
        self._refuse_flow(holder)
        n = len(getattr(self.holders[holder], name))
        if name == "questions":
            self._drop_reasons(holder, gone)
        if n == len(gone) or place not in self.source.keys:
            self._whole(holder, name, come)
            return
        self._refuse_flow(place)
        for index in gone:
            start, end = self._entry(place, index)
            self._cut(start, end, (*place, index))
        if come:
            dash = self._entry(place, 0)[0]
            indent = len(self.text[dash:]) - len(self.text[dash:].lstrip(" "))
            lines = fragment(name, tuple(come), max(indent - 2, 0)).split("\n", 1)[1]
            at = self._line_end(self._end(place))
            self.edits.append((at, at, f"{lines}\n"))

    def _whole(self, holder: Place, name: str, come: Sequence[BaseModel]) -> None:
        """A list of which nothing stays."""
        if come or not self._take_out((*holder, name)):
            self.put(holder, name, tuple(come))

    def _take_out(self, place: Place) -> bool:
        """A field with its lines, unless a dash stands on them."""
        key = self._offset(self.source.keys[place])
        if self.text[self._line(key) : key].strip():
            return False
        self._cut(self._line(key), self._line_end(self._end(place)), place)
        return True

    def _entry(self, place: Place, index: int) -> tuple[int, int]:
        """From the line of an entry's dash to the end of its last line."""
        before = self._end((*place, index - 1)) if index else self._key_end(place)
        dash = _DASH.search(self.text, self._line_end(before))
        assert dash
        return dash.start(), self._line_end(self._end((*place, index)))

    def _cut(self, start: int, end: int, place: Place) -> None:
        self.edits.append((start, end, "".join(self._comments(start, end, place))))

    # --- comments ---

    def _keep_comments(self, start: int, end: int, place: Place) -> None:
        """Comments between the lines of a value that goes stand above what comes."""
        if kept := "".join(self._comments(start, end, place)):
            at = self._line(start)
            self.edits.append((at, at, kept))

    def _comments(self, start: int, end: int, place: Place) -> Iterator[str]:
        """The lines of a stretch that are nothing but comments."""
        first, last = bisect_right(self.starts, start), bisect_left(self.starts, end)
        lines = {n: self.text[self.starts[n] : self._line_end(self.starts[n])]
                 for n in range(first, last)}  # fmt: skip
        lines = {n: line for n, line in lines.items() if line.lstrip().startswith("#")}
        quoted = self._quoted(place) if lines else set()
        yield from (line for n, line in lines.items() if n + 1 not in quoted)

    def _quoted(self, place: Place) -> set[int]:
        """The lines on which texts go on: what looks like a comment there is none."""
        found = set[int]()
        for below, (first, _) in self.source.positions.items():
            if below[: len(place)] == place and isinstance(self._value(below), str):
                found |= set(range(first + 1, self.source.ends[below][0] + 1))
        return found

    def _value(self, place: Place) -> Any:
        found = self.source.data
        for one in place:
            found = found[one]
        return found

    def _drop_reasons(self, place: Place, gone: set[int]) -> None:
        """Why a field is asked about stands above it until that is settled."""
        for n in sorted(gone):
            self._drop_reason(place, self.holders[place].questions[n])

    def _drop_reason(self, place: Place, asked: Question) -> None:
        key = self.source.keys.get((*place, asked.field))
        wanted = reason_lines(asked.why)
        first = (key[0] if key else 0) - 1 - len(wanted)
        if first < 0:
            return
        starts = self.starts[first : first + len(wanted) + 1]
        found = [self.text[a:b].strip() for a, b in pairwise(starts)]
        if found == wanted and not self._is_cut(starts[0]):
            self.edits.append((starts[0], starts[-1], ""))

    def _is_cut(self, at: int) -> bool:
        return any(start <= at < end for start, end, _ in self.edits)

    # --- places ---

    def _offset(self, position: Position) -> int:
        return self.starts[position[0] - 1] + position[1] - 1

    def _line(self, at: int) -> int:
        """Where the line of a sign begins."""
        return max(self.text.rfind("\n", 0, at), self.text.rfind("\r", 0, at)) + 1

    def _line_end(self, at: int) -> int:
        """Where the next line begins."""
        found = _BREAK.search(self.text, at)
        return found.end() if found else len(self.text)

    def _end(self, place: Place) -> int:
        """Right behind a value; behind the key's colon where it is missing."""
        end = self._offset(self.source.ends[place])
        if self.source.keys.get(place) == self.source.positions[place]:
            return self._key_end(place)
        start = self._offset(self.source.positions[place])
        return start + len(self.text[start:end].rstrip())

    def _key_end(self, place: Place) -> int:
        key = self._offset(self.source.keys[place])
        return self.text.index(":", key + len(str(place[-1]))) + 1

    def _refuse_flow(self, place: Place) -> None:
        position = self.source.positions[place]
        if self.text[self._offset(position)] in "{[":
            raise InvalidInput(
                f"line {position[0]} stands in brackets: answers are only put into a draft "
                "whose fields stand on lines of their own"
            )
