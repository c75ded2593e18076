"""``dondoc plans``: check, load, list, show, versions, schema."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from dondoc.cli.output import as_json, say, table
from dondoc.cli.record import OFFICE, read, write

if TYPE_CHECKING:
    from dondoc.cli.record import Record
    from plans.declaration import Target, Task
    from plans.store import Connection

app = App(name="plans", help="Declared plans: check, load, list, show, versions, schema.")


@app.command
def check(*paths: Path, json: bool = False) -> int:
    """Validate declarations: every error of every file, with file, line, column and remedy.

    Without paths: the whole catalogue of DONDOC_PLANS_DIR. Warnings do not change the exit status.
    """
    from flows.common import read_settings
    from plans.declared import read_catalogue
    from plans.drafts import missing

    catalogue, problems = read_catalogue(paths or None, read_settings().plans_dir)
    if json:
        as_json([_problem(one) for one in problems])
    else:
        for one in problems:
            print(one)
        errors = sum(one.is_error for one in problems)
        counts = f"{errors} errors, {len(problems) - errors} warnings"
        say(f"{len(catalogue.plans)} plans: {counts}" if catalogue else counts)
        for plan in catalogue.plans if catalogue else ():
            if n := missing(plan):
                say(f"{plan.id} is a draft: {n} answers are missing before it can be loaded")
    return 0 if catalogue else 2


def _problem(one: Any) -> dict[str, Any]:
    names = ("path", "line", "column", "message", "remedy", "severity")
    return {name: getattr(one, name) for name in names}


@app.command
def load(*paths: Path, dry_run: bool = False, json: bool = False) -> None:
    """Bring declarations into the record. Idempotent; nothing that has reports is ever deleted.

    Parameters
    ----------
    dry_run
        Print what would change, and change nothing.
    """
    from plans.declared import load_or_raise
    from plans.loading import load_catalogue

    with write() as (connection, here):
        catalogue, warnings = load_or_raise(paths or None, here.settings.plans_dir)
        changes = load_catalogue(connection, catalogue, here.now, dry_run=dry_run)
        for one in () if dry_run else changes:
            _note(connection, here, one)
    for warning in warnings:
        say(str(warning))
    if json:
        as_json([_change(one) for one in changes])
        return
    for one in changes:
        verb = "would load" if dry_run else "loaded"
        version = f" version {one.version}" if one.version else ""
        print(f"{verb} {one.plan}{version}: {_summary(one)}")
        for line in _effects(one):
            print(f"  {line}")
    if not changes:
        print("nothing to change")


def _note(connection: Connection, here: Record, one: Any) -> None:
    from plans.store import audit

    detail = {"version": one.version, "basis": one.basis, "assignments": one.assignments}
    audit.note(connection, here.now, OFFICE, "plan-loaded", subject=one.plan, detail=detail)


def _change(one: Any) -> dict[str, Any]:
    return {
        "plan": one.plan,
        "version": one.version,
        "added": one.added,
        "dropped": one.dropped,
        "changed": one.changed,
        "basis": one.basis,
        "assignments": one.assignments,
        "effects": [
            {
                "kind": effect.kind,
                "ref": effect.ref,
                "assignment": effect.assignment,
                "from": effect.before,
                "to": effect.after,
            }
            for effect in one.effects
        ],
    }


def _effects(one: Any) -> Iterator[str]:
    """A line for each assignment that a new version changes; a new plan's are only counted."""
    for effect in one.effects if one.version != 1 else ():
        change = f": {effect.before or 'nobody'} → {effect.after or 'nobody'}"
        word = effect.kind.replace("_", " ")
        told = effect.kind in ("moved", "redated", "reassigned")
        yield f"{word} {effect.ref}{change if told else ''}"


_WORDS = {
    "moved": "moved to another group",
    "redated": "re-dated",
    "reassigned": "reassigned to another lead",
    "cancelled": "cancelled",
    "opened": "to be opened by 'dondoc open-periods'",
    "still_cancelled": "declared again but cancelled before, and staying so",
}


def _summary(one: Any) -> str:
    parts = [
        f"{len(some)} {word}{'' if one.version == 1 or len(some) > 8 else ' ' + ', '.join(some)}"
        for word in ("added", "changed", "dropped")
        if (some := getattr(one, word))
    ]
    found = [f"{n} {_WORDS[name]}" for name, n in one.assignments.items() if n]
    text = "; ".join(parts) or "the header changed"
    text += f"; by {one.basis}" if one.version and one.version > 1 else ""
    return f"{text}; assignments: {', '.join(found)}" if found else text


@app.command(name="list")
def list_plans(*, json: bool = False) -> None:
    """The plans in the record."""
    from plans.store import catalogue

    with read() as (connection, _):
        rows = catalogue.plan_rows(connection)
    names = ("id", "number", "title_vi", "title_en", "issued", "ends", "coordinator", "version")
    if json:
        as_json([{name: getattr(row, name) for name in names} for row in rows])
        return
    columns = ("id", "number", "title", "issued", "coordinator", "version")
    table(
        columns,
        [(r.id, r.number, r.title_vi, r.issued, r.coordinator, r.version) for r in rows],
        numbers="version",
    )


@app.command
def show(plan: str, *, version: int | None = None, json: bool = False) -> None:
    """One plan with its groups, tasks, parts and targets, as it was loaded."""
    from plans.showing import shown_plan
    from plans.store import catalogue

    with read() as (connection, _):
        found = catalogue.read_plan(connection, plan, version)
    if json:
        as_json(shown_plan(found))
        return
    print(f"{found.number or found.id}  {found.title.vi}\n{found.title.en}")
    print(f"issued {found.issued} by {found.issuer}; coordinator {found.coordinator}")
    for group in found.groups:
        rows = [
            (task.id, task.title.vi, task.lead, ", ".join(_dues(task)), ", ".join(task.assumed))
            for task in group.tasks
        ]
        table(("task", "title", "lead", "due", "assumed"), rows, title=f"\n{group.title.vi}")
    if found.targets:
        rows = [_target_row(one) for one in found.targets]
        table(("target", "title", "goal", "baseline", "year", "owner"), rows, title="\nTargets")


def _dues(task: Task) -> list[str]:
    return [
        " ".join(
            str(value)
            for name, value in due.model_dump(mode="json", exclude_defaults=True).items()
            if name != "type"
        )
        or due.type
        for due in task.due
    ]


def _target_row(one: Target) -> tuple[Any, ...]:
    goal = f"{one.comparator} {one.value:g} {one.unit}" if one.value is not None else one.comparator
    start = one.baseline
    baseline = f"{start.comparator} {start.value:g}" if start else None
    return (one.id, one.title.vi, goal, baseline, one.due_year, one.owner)


@app.command
def versions(plan: str, *, json: bool = False) -> None:
    """Every version of a plan that was loaded, the newest first; 'show --version' shows one."""
    from dataclasses import asdict

    from plans.loading import versions_of

    with read() as (connection, here):
        found = versions_of(connection, plan)
        zone = here.settings.zone
    if json:
        as_json([asdict(one) for one in found])
        return
    columns = ("version", "loaded", "by", "added", "changed", "dropped")
    rows = [
        (
            one.version,
            one.loaded_at.astimezone(zone),
            one.basis,
            len(one.added),
            len(one.changed),
            len(one.dropped),
        )
        for one in found
    ]
    table(columns, rows, numbers="version added changed dropped")


@app.command
def schema(*, out: Annotated[Path | None, Parameter(help="Write it to a file.")] = None) -> None:
    """The JSON Schema of a plan's file, for editors that complete and check while one types."""
    import json

    from plans.checking import plan_schema

    text = json.dumps(plan_schema(), ensure_ascii=False, indent=2) + "\n"
    if out:
        out.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
