"""A drafted plan as a file for people: short lines, the paper's words beside what was read."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

from pydantic import BaseModel
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import SingleQuotedScalarString

from plans.declaration import Part, Plan, Task
from plans.drafting.findings import Findings, Kind

WIDTH = 98
FOLDED = 86
"""The library breaks a line after the word that goes beyond this."""
PLAIN = re.compile(r"[^\W\d_][^\n]*")
"""Begins with a letter: then the library itself knows whether it needs quotes."""
WORDS = re.compile(r"(true|false|null|yes|no|on|off|y|n)", re.I)
IN_ONE_LINE = ("clause", "supporting", "fan_out", "assumed")
INDENT = 8
"""Of a task's fields."""
HEAD = """\
A draft, made from the file “{name}”. Read it through and correct it here.
`questions` say what is doubtful (confidence above 0: the field holds what was probably meant) or \
was not understood (0); remove an entry once it is settled. A task without a lead or a deadline, \
or a head that nobody confirmed, keeps the plan from being loaded; `dondoc plans check` tells all \
that is open.
English titles (`en`) only repeat the Vietnamese. After # stand the paper's own words."""

Comments = Mapping[str, Mapping[str, list[str]]]


def written(
    plan: Plan, comments: Comments, findings: Findings, name: str, columns: Sequence[str] = ()
) -> str:
    """The declaration's text; ``comments``: the paper's words by task and field; ``columns``: how
    its tables' columns were read."""
    top = _mapping(plan)
    for group, declared in zip(top["groups"], plan.groups, strict=True):
        for task, one in zip(group["tasks"], declared.tasks, strict=True):
            _comment(task, one, comments.get(one.id, {}), INDENT)
            for part, inner in zip(task.get("parts", ()), one.parts, strict=True):
                _comment(part, inner, comments.get(inner.id, {}), 2 * INDENT - 4)
    head = [*HEAD.format(name=" ".join(name.split())).splitlines(), *_counts(findings), *columns]
    lines = [part for line in head for part in textwrap.wrap(line, WIDTH)]
    top.yaml_set_start_comment("\n".join(lines))
    return _spaced(_dumped(top))


def fragment(name: str, value: Any, indent: int) -> str:
    """One field as a draft has it: its later lines indented, no end of line behind it."""
    text = _dumped(CommentedMap({name: _value(name, value)}), FOLDED - indent)
    return re.sub(r" +$", "", text, flags=re.M).rstrip("\n").replace("\n", "\n" + " " * indent)


def reason_lines(why: str) -> list[str]:
    """How a question's reason stands above the field that it is about."""
    return [f"# {line}" for line in _wrapped(f"? {why}")]


def _counts(findings: Findings) -> Iterator[str]:
    for kind, states in findings.counts().items():
        if kind != Kind.DOCUMENT and any(states.values()):
            yield f"{kind}: " + ", ".join(f"{n} {state}" for state, n in states.items())
    if findings.removed:
        yield f"telephone numbers and names that were not taken over: {findings.removed}"


def _mapping(model: BaseModel) -> CommentedMap:
    """A model's fields in their order: those that are set, and those that must be there."""
    found, fields = CommentedMap(), type(model).model_fields
    for name in in_order(type(model)):
        value = getattr(model, name)
        if fields[name].is_required() or value != fields[name].get_default():
            found[name] = _value(name, value)
    if "document" in found or "type" in found:
        found.fa.set_flow_style()
    return found


def in_order(model: type[BaseModel]) -> list[str]:
    """A model's fields as they stand in a draft."""
    return sorted(model.model_fields, key=_order)


def _order(name: str) -> int:
    """Fields stand as the model has them, then what is asked, then what is inside."""
    return 2 if name in ("groups", "tasks", "parts") else name in ("assumed", "questions")


def _value(name: str, value: Any) -> Any:
    if isinstance(value, BaseModel):
        return _mapping(value)
    if isinstance(value, tuple):
        several = CommentedSeq(_value("", one) for one in value)
        if name in IN_ONE_LINE or not value:
            several.fa.set_flow_style()
        return several
    if isinstance(value, Enum):
        return value.value
    return _text(value) if isinstance(value, str) else value


def _text(text: str) -> str:
    """In quotes where it could be read as anything else than a text."""
    plain = PLAIN.fullmatch(text) and not WORDS.fullmatch(text)
    return text if plain else SingleQuotedScalarString(text)


def _comment(
    task: CommentedMap, declared: Task | Part, said: Mapping[str, list[str]], indent: int
) -> None:
    """The paper's words above a field, and what is asked about it."""
    asked = {one.field: one for one in declared.questions}
    for name in task:
        lines = [part for one in said.get(name, ()) for part in _wrapped(one)]
        if name in asked:
            lines += _wrapped(f"? {asked[name].why}")
        if lines and name != "id":
            task.yaml_set_comment_before_after_key(name, before="\n".join(lines), indent=indent)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH - INDENT, break_on_hyphens=False)


def _dumped(top: CommentedMap, width: int = FOLDED) -> str:
    yaml = YAML()
    yaml.width = width
    yaml.indent(mapping=2, sequence=4, offset=2)
    target = io.StringIO()
    yaml.dump(top, target)
    return target.getvalue()


def _spaced(text: str) -> str:
    """An empty line before each group and each task but the first; no blank at a line's end."""
    text = re.sub(r" +$", "", text, flags=re.M)
    apart = r"^(groups:|(?<!groups:\n)  - id: |(?<!    tasks:\n)      - id: )"
    return re.sub(apart, r"\n\1", text, flags=re.M)
