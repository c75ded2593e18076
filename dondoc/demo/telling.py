"""Showing what the demo did: tables for people, the contract's JSON for tools."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dondoc.cli.output import as_json, table
from dondoc.cli.progress import show_plan
from dondoc.demo.play import Played
from plans.rolling import PlanProgress, figures

KINDS = {"reminders": "reminder", "escalations": "escalation", "digests": "digest"}


def tell(played: Played, *, json: bool) -> None:
    """Print the demo's outcome."""
    if json:
        as_json(as_contract(played))
    else:
        _tell_people(played)


def as_contract(played: Played) -> dict[str, Any]:
    """The figures in the shape that outsiders rely on."""
    answered = [one for one in played.answers if one["silence"] is None]
    return {
        "at": played.at,
        "plans": [_plan(one) for one in played.plans],
        "gather": {
            "agencies": len(played.answers),
            "answered": len(answered),
            "silent": [
                {"department": one["department"], "reason": one["silence"]}
                for one in played.answers
                if one["silence"] is not None
            ],
            "updates": sum(one["updates"] for one in played.answers),
            "quarantined": sum(one["quarantined"] for one in played.answers),
        },
        "notices": _notices(played),
        "messages_dir": str(played.messages_dir),
        "flow_runs": [{"name": name, "state": state} for name, state in played.flow_runs],
    }


def _plan(one: PlanProgress) -> dict[str, Any]:
    names = ("assignments", "completion", "on_time_rate", "classes", "outside")
    group_names = ("assignments", "completion", "classes")
    total = figures(one.total)
    return {
        "id": one.plan,
        "number": one.number,
        **{name: total[name] for name in names},
        "groups": [
            {"id": key, "title": one.titles[key]}
            | {name: figures(group)[name] for name in group_names}
            for key, group in one.groups.items()
        ],
    }


def _notices(played: Played) -> dict[str, int]:
    found = {
        name: sum(n for kind, _, n in played.notices if kind == wanted)
        for name, wanted in KINDS.items()
    }
    failed = sum(n for _, state, n in played.notices if state == "failed")
    return {**found, "failed": failed}


def _tell_people(played: Played) -> None:
    print(f"Dondoc demo on {played.at:%d/%m/%Y}: five real plans, simulated departments")
    for one in played.plans:
        show_plan(one)
    told = as_contract(played)
    gathered = told["gather"]
    print(
        f"\nGathered from {gathered['agencies']} simulated agencies: {gathered['answered']} "
        f"answered, {gathered['updates']} updates, {gathered['quarantined']} items in quarantine"
    )
    silent = [
        (one["department"], one["silence"], one["detail"])
        for one in played.answers
        if one["silence"] is not None
    ]
    if silent:
        table(("silent", "reason", "detail"), silent)
    _tell_by_api(played)
    sent = told["notices"]
    print(
        f"\nMessages of the day: reminders {sent['reminders']}, escalations "
        f"{sent['escalations']}, digests {sent['digests']}; of them failed {sent['failed']}"
    )
    _tell_failed(played)
    print(f"They lie in {played.messages_dir}")
    print("Flow runs: " + ", ".join(f"{name} {state}" for name, state in played.flow_runs))
    where = _short(played.data_dir)
    print(f"Look at it in a browser: dondoc up --data {where}  (or: make up DATA={where})")


def _tell_by_api(played: Played) -> None:
    said, reviewed = played.by_api, played.reviewed
    refused = f", {said.refused} refused" if said.refused else ""
    print(
        f"\nBy API: {said.taken} updates from {said.departments} simulated departments without a "
        f"feed{refused}; the simulated coordinator accepted {reviewed['accept']} reports and "
        f"returned {reviewed['return']}; {played.desk.waiting} further reports wait for review, "
        f"{played.desk.asked} departments ask for a later date"
    )


def _short(path: Path) -> Path:
    """The path as one would type it here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _tell_failed(played: Played) -> None:
    if played.failures:
        table(("not delivered to", "address", "why"), played.failures)
