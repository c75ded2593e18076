"""What is wrong with declared data, in words that a person in an office understands.

Pydantic's errors are read against the model's JSON Schema: the schema says what a place should
hold, so one description serves every kind of error there.
"""

from __future__ import annotations

import json
import re
import unicodedata
from calendar import month_name, monthrange
from collections.abc import Iterator, Sequence
from datetime import date
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from plans.declaration import CODE_FORM

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

Place = tuple[str | int, ...]
Schema = dict[str, Any]

ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})([Tt ].*)?")
_LOCAL_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_DATE_FORM = "write dates as YYYY-MM-DD"
_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?")
_LIMITS = {"minimum": "of at least", "exclusiveMinimum": "above", "maximum": "of at most"}
_SYNTAX = {
    r"'\t'": "indent with blanks, never with tabs",
    "mapping values are not allowed": "put a text that holds ': ' in quotes; check the indentation",
    "cannot start any token": "put the text in quotes",
    "end of stream": "close the quotation mark",
    "stream end": "close the bracket",
    "could not find expected ':'": "write 'key: value'; check the indentation",
    "expected <block end>": "begin the keys of one mapping, or the '-' of one list, in one column",
    "expected ',' or": "separate with commas and close the bracket",
}


class Finding(NamedTuple):
    """One thing wrong at a place of the data; ``on_key``: with the key, not with its value."""

    place: Place
    on_key: bool
    message: str
    remedy: str


def explain(
    data: Any, model: type[BaseModel], errors: Sequence[ErrorDetails], limit: int
) -> list[Finding]:
    """What at most ``limit`` of the errors mean, without repetition."""
    words = _Words(data, _schema(model))
    found = dict.fromkeys(words.findings(errors[:limit]))
    if len(errors) > limit:
        message = f"{len(errors) - limit} further problems are not shown"
        found[Finding((), False, message, "correct the others first")] = None
    return list(found)


def timestamps(data: Any, model: type[BaseModel]) -> list[Finding]:
    """Quoted digits where a date belongs, which pydantic takes for seconds since 1970."""
    digits = list(_digits(data, ()))
    return list(_Words(data, _schema(model)).dates_among(digits)) if digits else []


def shown(value: Any) -> str:
    """A value as a message names it: short, on one line."""
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if not isinstance(value, str):
        return "empty" if value is None else json.dumps(value)
    line = " ".join(value.split())
    return f"'{line[:60]}…'" if len(line) > 60 else f"'{line}'"


@cache
def nearest(word: str, known: tuple[str, ...]) -> str | None:
    """The known word that is most like ``word``, if any is; accents and case do not count."""
    plain = {slug(one): one for one in known}
    found = get_close_matches(slug(word[:80]), plain, n=1)
    return plain[found[0]] if found else None


def slug(text: str) -> str:
    """Text as a code: 'Sở Y tế' becomes 'so-y-te'."""
    bare = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"[\u0300-\u036f]", "", bare)).strip("-")


def date_remedy(text: str) -> str | None:
    """What to write instead of ``text`` for a date; None if it is one as it stands."""
    if found := ISO_DATE.fullmatch(text):
        year, month, day = (int(part) for part in found.groups()[:3])
    elif found := _LOCAL_DATE.fullmatch(text):
        day, month, year = (int(part) for part in found.groups())
    else:
        return f"{_DATE_FORM}, such as 2025-06-30"
    if not 1 <= month <= 12 or year == 0:
        return f"{_DATE_FORM}; months run from 01 to 12"
    last = monthrange(year, month)[1]
    if not 1 <= day <= last:
        return f"{_DATE_FORM}; {month_name[month]} {year} has {last} days"
    right = date(year, month, day).isoformat()
    return None if text == right else f"write {right}"


def syntax_remedy(problem: str) -> str:
    """What to do about what the parser says."""
    return next((remedy for sign, remedy in _SYNTAX.items() if sign in problem), "")


@cache
def _schema(model: type[BaseModel]) -> Schema:
    return model.model_json_schema()


class _Found(NamedTuple):
    """Where a location leads. ``branch``: to one way of reading a union, not further down."""

    place: Place
    value: Any
    schema: Schema
    branch: bool = False


class _Words:
    """The errors of one file, against what its schema says."""

    def __init__(self, data: Any, schema: Schema) -> None:
        self._data = data
        self._root = schema

    def findings(self, errors: Sequence[ErrorDetails]) -> Iterator[Finding]:
        """One finding an error; of a union, only what the branch says that fits best."""
        placed = [(error, self._walk(_location(error))) for error in errors]
        inner = {found.place[:depth] for _, found in placed for depth in range(len(found.place))}
        for error, found in placed:
            if not (found.branch and found.place in inner):
                yield self._finding(error, found)

    def dates_among(self, places: Sequence[Place]) -> Iterator[Finding]:
        """A finding for each of the places where a date belongs."""
        for place in places:
            found = self._walk(place)
            if any(one.get("format") == "date" for one in self._options(found.schema)):
                yield self._mismatch(found)

    def _finding(self, error: ErrorDetails, found: _Found) -> Finding:
        name = str(error["loc"][-1]) if error["loc"] else ""
        match error["type"]:
            case "missing":
                return self._missing(found, name)
            case "union_tag_not_found":
                return self._missing(found, "type")
            case "union_tag_invalid":
                return self._mismatch(self._walk((*found.place, "type"), _tags(found.schema)))
            case "extra_forbidden":
                return _unknown(found, name)
            case "value_error":
                return _refused(found, str(error["ctx"]["error"]))
        return _bad_key(found) if name == "[key]" else self._mismatch(found)

    def _walk(self, loc: Sequence[str | int], last: Schema | None = None) -> _Found:
        """Follows a location down the data and the schema together, as far as both go.

        A location also holds tags and branches of unions, which stand in the schema only.
        """
        schema, value, place, branch = self._root, self._data, Place(()), False
        for part in loc:
            below = self._below(schema, part)
            schema, branch = below or schema, below is None
            if below is not _tagged(self._root, schema, part) and _holds(value, part):
                value, place, branch = value[part], (*place, part), False
        return _Found(place, value, last or schema, branch)
