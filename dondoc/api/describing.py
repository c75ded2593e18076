"""What the readable page says of the API: the OpenAPI document, turned into words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dondoc.api.routing import PUBLIC, RULE
from plans.access import RULES, Action, Reach

Schema = Mapping[str, Any]

_REACH = {
    Reach.ALL: "",
    Reach.PLAN: "in its plans",
    Reach.LEAD: "where it leads",
    Reach.INVOLVED: "where it leads or supports",
    Reach.OWNER: "its own",
}
_LIMITS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "{} signs or more",
    "maxLength": "up to {} signs",
    "minItems": "{} or more",
    "maxItems": "up to {}",
}
_FORMATS = {"date": "date", "date-time": "time", "binary": "file", "uri": "address"}
_MOMENTS = {"date": "2026-03-31", "date-time": "2026-03-31T09:00:00+07:00"}
_TEXTS = ("…", "text", "123456", "vanthu@example.vn", "a-longer-piece-of-text")
_REF = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class Words:
    """A part of a type's description; ``shape``: the shape that it leads to."""

    text: str
    shape: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a field of a body. ``where``: path, query, header; empty in a body."""

    name: str
    where: str
    required: bool
    type: list[Words]
    text: str


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer: its status, what it means, what it holds."""

    status: str
    text: str
    type: list[Words]


@dataclass(frozen=True, slots=True)
class Call:
    """One operation. ``who``: roles with how far they reach; empty: anybody."""

    key: str
    method: str
    path: str
    summary: str
    text: list[str]
    who: list[tuple[str, str]]
    scopes: list[str]
    fields: list[Field]
    body: list[Words]
    answers: list[Answered]
    curl: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A named schema."""

    name: str
    text: str
    fields: list[Field]
    values: list[str]


def calls(document: Schema, base: str) -> dict[str, list[Call]]:
    """Every call by its tag, in the document's order. ``base``: where the API is, for examples."""
    found: dict[str, list[Call]] = {}
    for path, methods in document["paths"].items():
        for method, one in methods.items():
            call = _call(document, base, path, method.upper(), one)
            found.setdefault(one["tags"][0], []).append(call)
    return found


def _call(document: Schema, base: str, path: str, method: str, one: Schema) -> Call:
    kind, schema = _body(one)
    declared = one.get(RULE, PUBLIC)
    rule = None if declared == PUBLIC else RULES[Action(declared)]
    return Call(
        key=one["operationId"],
        method=method,
        path=path,
        summary=one.get("summary", ""),
        text=[text for text in one.get("description", "").split("\n\n") if text],
        who=[(role, _REACH[far]) for role, far in rule.reach.items()] if rule else [],
        scopes=sorted(rule.scopes) if rule else [],
        fields=[_parameter(parameter) for parameter in one.get("parameters", ())],
        body=type_of(schema) if schema else [],
        answers=[_answered(status, said) for status, said in one["responses"].items()],
        curl=_curl(document, base + path, method, kind, schema, known=rule is not None),
    )


def _body(one: Schema) -> tuple[str, Schema | None]:
    for kind, said in one.get("requestBody", {}).get("content", {}).items():
        return kind, said["schema"]
    return "", None


def _parameter(one: Schema) -> Field:
    schema = one.get("schema", {})
    # A header's name is written as people know it.
    name = one["name"].title() if one["in"] == "header" else one["name"]
    text = one.get("description") or schema.get("description") or ""
    return Field(name, one["in"], one.get("required", False), type_of(schema), _plain(text))


def _answered(status: str, said: Schema) -> Answered:
    schema = next((one.get("schema") for one in said.get("content", {}).values()), None)
    shown = type_of(schema) if schema and schema.get("$ref") != f"{_REF}Problem" else []
    text = said.get("description", "")
    return Answered(status, "" if text == "Successful Response" else _plain(text), shown)


def shapes(document: Schema) -> list[Shape]:
    """The named schemas, by name."""
    found = document["components"]["schemas"]
    return [_shape(name, found[name]) for name in sorted(found)]


def _shape(name: str, schema: Schema) -> Shape:
    needed = schema.get("required", ())
    fields = [
        Field(field, "", field in needed, type_of(one), _plain(one.get("description", "")))
        for field, one in schema.get("properties", {}).items()
    ]
    values = [str(value) for value in schema.get("enum", ())]
    return Shape(name, _plain(schema.get("description", "")), fields, values)


def type_of(schema: Schema) -> list[Words]:
    """A schema in words."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_REF)
        return [Words(name, name)]
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return _joined([type_of(one) for one in schema[key]])
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return [Words(" | ".join(json.dumps(value) for value in values))]
    if schema.get("type") == "array":
        return [Words("list of "), *type_of(schema.get("items", {})), *_limited(schema)]
    name = _FORMATS.get(schema.get("format", "")) or str(schema.get("type", "anything"))
    return [Words(name), *_limited(schema)]


def _joined(parts: list[list[Words]]) -> list[Words]:
    found: list[Words] = []
    for part in parts:
        found += [Words(" or ")] if found else []
        found += part
    return found


def _limited(schema: Schema) -> Iterator[Words]:
    said = [words.format(f"{schema[key]:g}") for key, words in _LIMITS.items() if key in schema]
    if said:
        yield Words(f", {', '.join(said)}")


def _plain(text: str) -> str:
    return " ".join(text.replace("`", "").split())


# --- examples -----------------------------------------------------------------------------------


def _curl(
    document: Schema, url: str, method: str, kind: str, schema: Schema | None, *, known: bool
) -> str:
    lines = [f"curl {'' if method == 'GET' else f'-X {method} '}'{url}'"]
    if known:
        lines.append('-H "Authorization: Bearer $TOKEN"')
    if known and method != "GET":
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if schema and kind == "application/json":
        said = json.dumps(example_of(document, schema), ensure_ascii=False)
        lines += [f"-H 'Content-Type: {kind}'", f"-d '{said}'"]
    elif schema:
        lines += [f"-F '{name}'" for name in _form(document, schema)]
    return " \\\n  ".join(lines)


def _form(document: Schema, schema: Schema) -> Iterator[str]:
    fields = _resolved(document, schema).get("properties", {})
    for name, one in fields.items():
        is_file = one.get("format") == "binary" or "contentMediaType" in one
        yield f"{name}=@report.pdf" if is_file else f"{name}=…"


def _resolved(document: Schema, schema: Schema) -> Schema:
    name = schema.get("$ref", "").removeprefix(_REF)
    return document["components"]["schemas"][name] if name else schema


def example_of(document: Schema, schema: Schema) -> Any:
    """Something that a schema takes: what it gives as an example, else what it needs at least."""
    schema = _resolved(document, schema)
    if schema.get("examples"):
        return schema["examples"][0]
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return example_of(document, schema[key][0])
    if "enum" in schema or "const" in schema:
        return schema.get("enum", [schema.get("const")])[0]
    if schema.get("type") == "object" or "properties" in schema:
        return _example_object(document, schema)
    if schema.get("type") == "array":
        return [example_of(document, schema.get("items", {}))]
    return _example_value(schema)


def _example_object(document: Schema, schema: Schema) -> dict[str, Any]:
    fields = schema.get("properties", {})
    shown = schema.get("required") or list(fields)[:1]
    return {name: example_of(document, fields[name]) for name in shown}


def _example_value(schema: Schema) -> Any:
    kind, form = schema.get("type"), schema.get("format")
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind == "boolean":
        return True
    if form in _MOMENTS:
        return _MOMENTS[form]
    pattern = re.compile(schema.get("pattern", ""))
    fit = (one for one in _TEXTS if pattern.search(one) and len(one) >= schema.get("minLength", 0))
    return next(fit, _TEXTS[0])
