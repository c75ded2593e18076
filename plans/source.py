"""One YAML file, read safely, with the position of everything in it.

Declarations come from people and from machines, so nothing in them is trusted: no anchors (a few
lines of them can grow to gigabytes), no tags (they name classes to build), no duplicate keys (one
of the two would be lost in silence). The tree is built here from ruamel's events, since its own
composer recurses without a limit and drops the position of keys.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, Literal, NamedTuple, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML, events
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from plans.explaining import (
    ISO_DATE,
    Place,
    date_remedy,
    explain,
    shown,
    timestamps,
)

MAX_BYTES = 1 << 20
MAX_DEPTH = 30
MAX_PROBLEMS = 1000

Position = tuple[int, int]
T = TypeVar("T")
Model = TypeVar("Model", bound=BaseModel)

# Also the line separators that YAML counts and editors do not: positions would drift.
_UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_CONSTANTS = {
    **dict.fromkeys(["", "~", "null", "Null", "NULL"]),
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
}

_SYNTAX = {
    r"'\t'": "indent with blanks, never with tabs",
    "mapping values are not allowed": "put a text that holds ': ' in quotes; check the indentation",
    "cannot start any token": "put the text in quotes",
    "end of stream": "close the quotation mark",
    "could not find expected ':'": "write 'key: value'; check the indentation",
    "expected <block end>": "begin the keys of one mapping, or the '-' of one list, in one column",
    "expected the node content": "write a value here",
    "expected ',' or": "separate with commas and close the bracket",
}


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """Something wrong at a place in a file (line and column from 1), and what would be right."""

    path: str
    line: int
    column: int
    message: str
    remedy: str = ""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        warning = "warning: " if self.severity == "warning" else ""
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{self.path}:{self.line}:{self.column}: {warning}{self.message}{remedy}"

    @property
    def is_error(self) -> bool:
        """Whether the declaration cannot be used."""
        return self.severity == "error"


@dataclass(frozen=True, slots=True)
class Source:
    """What a file holds. ``data`` is None where nothing could be read; ``problems`` says why.

    ``ends``: the place right behind each value's last sign; of a missing one, behind its key.
    """

    path: str
    data: Any = None
    positions: dict[Place, Position] = field(default_factory=dict)
    keys: dict[Place, Position] = field(default_factory=dict)
    ends: dict[Place, Position] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def at(self, place: Place, *, key: bool = False) -> Position:
        """Where a value stands, or its key; for what is not there, whatever should hold it."""
        found = (self.keys.get(place) if key else None) or self.positions.get(place)
        while found is None:
            if not place:
                return 1, 1
            place = place[:-1]
            found = self.positions.get(place)
        return found

    def problem(
        self, place: Place, message: str, remedy: str = "", *, key: bool = False
    ) -> Problem:
        """An error at a place of this file."""
        return Problem(self.path, *self.at(place, key=key), message, remedy)

    def warning(self, place: Place, message: str, remedy: str = "") -> Problem:
        """Something that looks wrong at a place of this file."""
        return Problem(self.path, *self.at(place), message, remedy, "warning")


class Read(NamedTuple, Generic[T]):
    """What a file declares, with where it stands."""

    source: Source
    declared: T


def read_source(path: Path) -> Source:
    """Reads one file. Never raises: what is wrong with the file stands in ``problems``."""
    return _read(str(path), lambda: _load(path))


def read_text(name: str, raw: bytes) -> Source:
    """Reads what did not come as a file; problems are told under ``name``."""
    return _read(name, lambda: _short_enough(raw))


def _read(name: str, load: Callable[[], bytes]) -> Source:
    source = Source(name)
    try:
        data = _Builder(source).build(_decode(load()))
    except _Refused as refused:
        source.problems.append(Problem(source.path, *refused.args))
        data = None
    return replace(source, data=data)


def validate(source: Source, model: type[Model]) -> tuple[Model | None, list[Problem]]:
    """The file's content as a model, or everything that is wrong with it.

    What ``source.problems`` already says about a place is not said again.
    """
    if source.data is None:
        return None, []
    checked = None
    try:
        # By way of JSON, since only there does a strict model take dates and lists as written.
        checked = model.model_validate_json(json.dumps(source.data))
        findings = timestamps(source.data, model)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
        findings = explain(source.data, model, errors, MAX_PROBLEMS)
    known = {(problem.line, problem.column) for problem in source.problems}
    problems = [
        source.problem(found.place, found.message, found.remedy, key=found.on_key)
        for found in findings
        if source.at(found.place, key=found.on_key) not in known
    ]
    return (None if findings else checked), sorted(problems)


class _Refused(Exception):
    """Nothing more can be read: (line, column, message, remedy)."""


def _load(path: Path) -> bytes:
    try:
        # A device or a pipe might never end.
        if path.exists() and not path.is_file():
            raise _Refused(1, 1, "this is not a file", "name a YAML file, or a folder of them")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _Refused(1, 1, "there is no such file", "check the path") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise _Refused(1, 1, f"cannot be read: {reason}", "check the path and its rights") from None
    return _short_enough(raw)


def _short_enough(raw: bytes) -> bytes:
    if len(raw) > MAX_BYTES:
        raise _Refused(1, 1, "larger than 1 MiB", "split the plan into several files")
    return raw


def _decode(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = _position(raw[: error.start].decode("utf-8-sig", "replace"))
        byte = raw[error.start]
        message = f"not UTF-8: the byte 0x{byte:02x}"
        raise _Refused(*where, message, "save the file as UTF-8") from None
    if found := _UNPRINTABLE.search(text):
        raise _Refused(
            *_position(text[: found.start()]), _invisible(found.group()), "remove the character"
        )
    return text


def _position(before: str) -> Position:
    lines = re.split("\r\n|\r|\n", before)
    return len(lines), len(lines[-1]) + 1


def _invisible(character: str) -> str:
    return f"the invisible character U+{ord(character):04X}"


class _Builder:
    """Plain data from the events of one document; it fills the source's positions and problems."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._last: Position = (1, 1)
        self._end: Position = (1, 1)

    def build(self, text: str) -> Any:
        self._events = YAML(typ="safe", pure=True).parse(text)
        try:
            return self._document()
        except MarkedYAMLError as error:
            _refuse_syntax(error)
        except (YAMLError, ValueError, OverflowError):
            # ruamel lets chr() fail on an escape beyond Unicode, without a position.
            remedy = "check the escapes (\\x, \\u, \\U) in double quotes"
            raise _Refused(*self._last, "no valid YAML from here on", remedy) from None

    def _document(self) -> Any:
        self._next()
        if not isinstance(self._next(), events.StreamEndEvent):
            data = self._node(self._next(), ())
            self._next()
            after = self._next()
            if not isinstance(after, events.StreamEndEvent):
                where = _start(after)
                raise _Refused(*where, "a second document begins", "one file, one document")
            if data is not None or self._source.problems:
                return data
        raise _Refused(1, 1, "the file is empty", "declare something, or remove the file")

    def _next(self) -> events.Event:
        event: events.Event = next(self._events)
        self._last = _start(event)
        # A block's end, and a value that is missing, have no signs of their own.
        if event.end_mark.index > event.start_mark.index:
            self._end = event.end_mark.line + 1, event.end_mark.column + 1
        return event

    def _node(self, event: events.Event, place: Place) -> Any:
        found = self._value(event, place)
        self._source.ends[place] = self._end
        return found

    def _value(self, event: events.Event, place: Place) -> Any:
        if len(place) > MAX_DEPTH:
            raise _Refused(*_start(event), f"nested deeper than {MAX_DEPTH}", "flatten it")
        self._source.positions[place] = self._where(event, place)
        self._refuse_extras(event)
        if isinstance(event, events.AliasEvent):
            return None
        if isinstance(event, events.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, events.MappingStartEvent):
            return self._mapping(place)
        assert isinstance(event, events.SequenceStartEvent)
        return self._sequence(place)

    def _where(self, event: events.Event, place: Place) -> Position:
        """The value's own place; a missing value is best shown at its key."""
        empty = isinstance(event, events.ScalarEvent) and event.value == "" and event.implicit[0]
        return self._source.keys.get(place, _start(event)) if empty else _start(event)

    def _sequence(self, place: Place) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := self._next(), events.SequenceEndEvent):
            items.append(self._node(event, (*place, len(items))))
        return items

    def _mapping(self, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := self._next(), events.MappingEndEvent):
            key = self._key(event, place)
            below = (*place, key)
            if key in found:
                line, column = self._source.keys[below]
                remedy = f"keep one; the first is at {line}:{column}"
                self._report(event, f"the key {shown(key)} stands twice", remedy)
            self._source.keys[below] = _start(event)
            found[key] = self._node(self._next(), below)
        return found

    def _key(self, event: events.Event, place: Place) -> str:
        value = self._node(event, (*place, "?"))
        del self._source.positions[*place, "?"], self._source.ends[*place, "?"]
        if isinstance(event, events.AliasEvent):
            return f"*{event.anchor}"
        if not isinstance(event, events.ScalarEvent):
            self._report(event, "a list or a mapping as a key", "use a word as the key")
            return "?"
        plain_date = event.implicit[0] and ISO_DATE.fullmatch(event.value)
        if (plain_date and isinstance(value, str)) or not isinstance(value, str):
            self._report(event, f"the key {event.value} is no text", "use a word as the key")
        return str(event.value)

    def _scalar(self, event: events.ScalarEvent) -> Any:
        text = str(event.value)
        if found := _UNPRINTABLE.search(text):
            self._report(event, _invisible(found.group()), "remove the character")
            return ""
        return self._plain(event, text) if event.implicit[0] else text

    def _plain(self, event: events.ScalarEvent, text: str) -> Any:
        """An unquoted scalar by YAML 1.2: 'yes' is a text; a date stays as it is written."""
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if _INTEGER.fullmatch(text) and len(text) <= 16:
            return int(text)
        if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
            return number
        if _FLOAT.fullmatch(text) or _NO_NUMBER.fullmatch(text):
            self._report(event, f"{shown(text)} is no usable number", "write a finite number")
        elif ISO_DATE.fullmatch(text) and (remedy := date_remedy(text)):
            self._report(event, f"{shown(text)} is not a date", remedy)
        return text

    def _refuse_extras(self, event: Any) -> None:
        """Anchors, aliases and explicit tags: none has a use here, and each can do harm."""
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if isinstance(event, events.AliasEvent):
            self._report(event, f"the alias '*{anchor}'", "write the value out")
        elif anchor is not None:
            self._report(event, f"the anchor '&{anchor}'", "remove it; write the values out")
        if tag is not None:
            self._report(event, f"the tag {shown(str(tag))}", "remove it; write plain values")

    def _report(self, event: events.Event, message: str, remedy: str) -> None:
        if len(self._source.problems) >= MAX_PROBLEMS:
            raise _Refused(*_start(event), "too many problems to read on", "correct these first")
        problem = Problem(self._source.path, *_start(event), message, remedy)
        self._source.problems.append(problem)


def _start(event: events.Event) -> Position:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _refuse_syntax(error: MarkedYAMLError) -> NoReturn:
    """An unclosed quote or bracket is shown where it opens, anything else where it is noticed."""
    unclosed = "end of stream" in (error.problem or "") or "stream end" in (error.problem or "")
    mark = (error.context_mark if unclosed else None) or error.problem_mark or error.context_mark
    where = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    problem = error.problem or error.context or "unreadable"
    remedy = next((remedy for sign, remedy in _SYNTAX.items() if sign in problem), "")
    raise _Refused(*where, f"no valid YAML: {problem}", remedy) from None
