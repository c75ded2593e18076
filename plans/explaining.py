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
from functools import cache, lru_cache
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
    """Quoted numbers where a date belongs, which pydantic takes for seconds since 1970."""
    numbers = list(_numbers(data, ()))
    return list(_Words(data, _schema(model)).dates_among(numbers)) if numbers else []


def shown(value: Any) -> str:
    """A value as a message names it: short, on one line."""
    if isinstance(value, dict | list):
        return f"{'a' if value else 'an empty'} {'mapping' if isinstance(value, dict) else 'list'}"
    if not isinstance(value, str):
        return "empty" if value is None else json.dumps(value)
    line = " ".join(value.split())
    return f"'{line[:60]}…'" if len(line) > 60 else f"'{line}'"


@lru_cache(maxsize=4096)
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
            # Pydantic also counts as missing the items of a list that are there but wrong.
            repeated = found.branch or (error["type"] == "too_short" and found.value)
            if not (repeated and found.place in inner):
                yield self._finding(error, found)

    def dates_among(self, places: Sequence[Place]) -> Iterator[Finding]:
        """A finding for each of the places where a date belongs."""
        for place in places:
            found = self._walk(place)
            if _is_date(self._options(found.schema)):
                yield self._mismatch(found)

    def _finding(self, error: ErrorDetails, found: _Found) -> Finding:
        name = str(error["loc"][-1]) if error["loc"] else ""
        match error["type"]:
            case "missing":
                return self._missing(found, name, self._below(found.schema, name) or {})
            case "union_tag_not_found":
                return self._missing(found, "type", _tags(found.schema))
            case "union_tag_invalid":
                place, value = (*found.place, "type"), found.value["type"]
                return self._mismatch(_Found(place, value, _tags(found.schema)))
            case "extra_forbidden":
                return _unknown(found, name)
            case "value_error":
                return _refused(found, str(error["ctx"]["error"]))
        return _bad_key(found) if name == "[key]" else self._mismatch(found)

    def _walk(self, loc: Sequence[str | int]) -> _Found:
        """Follows a location down the data and the schema together, as far as both go."""
        schema, value, branch = self._root, self._data, False
        place: Place = ()
        for part in loc:
            below = self._below(schema, part)
            branch = below is None
            if below is None:
                continue  # the name of a union's branch, which stands in neither
            is_tag = part in schema.get("discriminator", {}).get("mapping", {})
            schema = below
            if not is_tag and _holds(value, part):
                value, place = value[part], (*place, part)
        return _Found(place, value, schema, branch)

    def _below(self, schema: Schema, part: str | int) -> Schema | None:
        tags = schema.get("discriminator", {}).get("mapping", {})
        if part in tags:
            return self._resolve({"$ref": tags[part]})
        for one in self._options(schema):
            if isinstance(part, int) and "items" in one:
                return self._resolve(one["items"])
            if part in one.get("properties", {}):
                return self._resolve(one["properties"][part])
            for values in one.get("patternProperties", {}).values():
                return self._resolve(values)
        return None

    def _resolve(self, schema: Schema) -> Schema:
        if "$ref" not in schema:
            return schema
        return dict(self._root["$defs"][str(schema["$ref"]).rpartition("/")[2]])

    def _options(self, schema: Schema) -> list[Schema]:
        """What a place may hold, without null."""
        several = schema.get("anyOf") or schema.get("oneOf") or [schema]
        found = [self._resolve(one) for one in several]
        return [one for one in found if one.get("type") != "null"]

    def _missing(self, found: _Found, name: str, schema: Schema) -> Finding:
        remedy = f"add '{name}': {_described(self._options(schema))}"
        return Finding(found.place, False, f"'{name}' is missing", remedy)

    def _mismatch(self, found: _Found) -> Finding:
        options, value = self._options(found.schema), found.value
        if _is_date(options) and len(options) == 1 and isinstance(value, str):
            remedy = date_remedy(value)
            what = "is not a date" if remedy else "cannot be meant"
            return Finding(
                found.place,
                False,
                f"{shown(value)} {what}",
                remedy or "give a day from 2000-01-01 to 2100-12-31",
            )
        remedy, hint = f"must be {_described(options)}", _hint(value, options)
        message = f"{_name(found.place)} is {shown(value)}"
        return Finding(found.place, False, message, f"{remedy}; {hint}" if hint else remedy)


def _location(error: ErrorDetails) -> Sequence[str | int]:
    """Where to look: at the mapping for what it lacks or holds beyond its fields."""
    loc = error["loc"]
    outside = error["type"] in ("missing", "extra_forbidden") or loc[-1:] == ("[key]",)
    return loc[:-1] if outside else loc


def _holds(value: Any, part: str | int) -> bool:
    if isinstance(part, int):
        return isinstance(value, list) and part < len(value)
    return isinstance(value, dict) and part in value


def _tags(schema: Schema) -> Schema:
    return {"enum": list(schema.get("discriminator", {}).get("mapping", {}))}


def _unknown(found: _Found, name: str) -> Finding:
    fields = tuple(found.schema.get("properties", ()))
    near = nearest(name, fields)
    remedy = f"did you mean '{near}'?" if near else f"known fields: {', '.join(fields)}"
    return Finding((*found.place, name), True, f"unknown field {shown(name)}", remedy)


def _refused(found: _Found, text: str) -> Finding:
    """What a validator of ours says, shown at the first field that it names in quotes."""
    keys = found.value if isinstance(found.value, dict) else {}
    named = next((word for word in re.findall(r"'([\w-]+)'", text) if word in keys), None)
    return Finding((*found.place, named) if named else found.place, False, text, "")


def _bad_key(found: _Found) -> Finding:
    message = f"the key {shown(found.place[-1])} does not fit"
    return Finding(found.place, True, message, f"must be {CODE_FORM}")


def _name(place: Place) -> str:
    if not place:
        return "the file"
    if isinstance(place[-1], int):
        return f"{_name(place[:-1])} item {place[-1] + 1}"
    return f"'{place[-1]}'"


def _described(options: Sequence[Schema]) -> str:
    """What a place should hold, in words."""
    return " or ".join(dict.fromkeys(_phrase(one) for one in options))


def _phrase(one: Schema) -> str:
    if choices := _choices(one):
        return ("one of " if len(choices) > 1 else "") + ", ".join(f"'{one}'" for one in choices)
    match one.get("type"):
        case "string" if one.get("format") == "date":
            return "a date such as 2025-06-30"
        case "string" if "pattern" in one:
            return str(one.get("description", f"a text of the form {one['pattern']}"))
        case "string":
            return "a text" + _range(one.get("minLength"), one.get("maxLength"), " characters")
        case "integer" | "number" as kind:
            what = "a whole number" if kind == "integer" else "a number"
            above = f" above {one['exclusiveMinimum']}" if "exclusiveMinimum" in one else ""
            return what + above + _range(one.get("minimum"), one.get("maximum"))
        case "boolean":
            return "true or false"
        case "array":
            return "a list ('- ' before each item)" + _range(one.get("minItems"), None, " item")
    return "a mapping (lines of 'key: value')"


def _range(low: int | None, high: int | None, unit: str = "") -> str:
    if low is not None and high is not None:
        return f" from {low} to {high}{unit}"
    if low is not None:
        return f" of at least {low}{unit}"
    return f" up to {high}{unit}" if high is not None else ""


def _choices(one: Schema) -> list[Any]:
    return [one["const"]] if "const" in one else list(one.get("enum", ()))


def _hint(value: Any, options: Sequence[Schema]) -> str:
    """What is probably meant."""
    kinds = {one.get("type") for one in options}
    if isinstance(value, str):
        choices = tuple(str(choice) for one in options for choice in _choices(one))
        if near := nearest(value, choices):
            return f"did you mean '{near}'?"
        return _text_hint(value, kinds, options)
    if "string" in kinds and isinstance(value, int | float) and not _is_date(options):
        return "put it in quotes"
    return ""


def _text_hint(value: str, kinds: set[Any], options: Sequence[Schema]) -> str:
    if _is_date(options):
        return date_remedy(value) or ""
    if kinds & {"integer", "number"} and _NUMBER.fullmatch(value):
        return f"write {value.replace(',', '.')}, without quotes"
    if "array" in kinds:
        return f"write it as a list: [{shown(value)[1:-1]}]"
    coded = any(one.get("description") == CODE_FORM for one in options)
    return f"did you mean '{slug(value)}'?" if coded and slug(value) not in ("", value) else ""


def _is_date(options: Sequence[Schema]) -> bool:
    return any(one.get("format") == "date" for one in options)


def _numbers(value: Any, place: Place) -> Iterator[Place]:
    if isinstance(value, str):
        if value.strip("+-").isdigit():
            yield place
    elif isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, below in pairs:
            yield from _numbers(below, (*place, key))
