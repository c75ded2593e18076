"""``dondoc assignments`` and ``dondoc update``: look at assignments, report, decide on leads."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from cyclopts import App

from dondoc.cli.output import as_json, table
from dondoc.cli.record import read, write

app = App(name="assignments", help="Assignments: list, show, review, confirm and decide leads.")

Class = Literal["done_on_time", "done_late", "open_on_time", "open_overdue"]
OFFICE = "office:cli"

SHOWN = (
    "id",
    "ref",
    "plan",
    "group",
    "task",
    "title_vi",
    "department",
    "declared",
    "lead_status",
    "lead_reason",
    "ongoing",
    "period",
    "due",
    "due_estimated",
    "original_due",
    "work",
    "review",
    "percent",
    "submitted_on",
    "done_on",
)


@app.command(name="list")
def list_assignments(
    *,
    plan: str | None = None,
    group: str | None = None,
    department: str | None = None,
    overdue: bool = False,
    undecided: bool = False,
    unconfirmed: bool = False,
    waiting_review: bool = False,
    class_: Class | None = None,
    at: date | None = None,
    limit: int = 1000,
    json: bool = False,
) -> None:
    """List assignments, the most urgent first.

    Parameters
    ----------
    overdue
        Only what is overdue on the day.
    undecided
        Only what needs a decision on who leads.
    unconfirmed
        Only what went to a successor that nobody has confirmed.
    """
    from plans.store import assignments as store
    from plans.terms import LeadStatus, Review, Timeliness

    lead = LeadStatus.UNDECIDED if undecided else LeadStatus.UNCONFIRMED if unconfirmed else None
    wanted = Timeliness.OPEN_OVERDUE if overdue else Timeliness(class_) if class_ else None
    which = store.Filter(
        plan=plan,
        group=group,
        department=department,
        lead=lead,
        timeliness=wanted,
        review=Review.SUBMITTED if waiting_review else None,
    )
    with read(at) as (connection, here):
        rows = store.listing(connection, which, here.day, limit=limit)
        total = store.number_of(connection, which, here.day)
        found = [_described(row, here.day) for row in rows]
    if json:
        as_json(found)
        return
    columns = ("id", "ref", "title", "department", "due", "class", "review", "percent")
    table(columns, [_short(row) for row in found], numbers="percent")
    if total > len(found):
        from dondoc.cli.output import say

        say(f"{len(found)} of {total}; --limit shows more")


def _described(row: Any, on: date) -> dict[str, Any]:
    from plans.rules import outside, timeliness
    from plans.store.ledger import state_of

    state = state_of(row)
    found = {name: getattr(row, name) for name in SHOWN}
    return found | {"class": timeliness(state, on), "outside": outside(state)}


def _short(row: dict[str, Any]) -> tuple[Any, ...]:
    who = row["department"] or f"undecided ({row['declared']})"
    mark = " (unconfirmed)" if row["lead_status"] == "unconfirmed" else ""
    where = row["class"] or row["outside"]
    due = f"{row['due']}{' (estimate)' if row['due_estimated'] else ''}"
    return (
        row["id"],
        row["ref"],
        row["title_vi"],
        who + mark,
        due,
        where,
        row["review"],
        row["percent"],
    )


@app.command
def show(assignment: str, *, at: date | None = None, json: bool = False) -> None:
    """One assignment, by id or ref, with its ledger."""
    from plans.store import assignments as store
    from plans.store.ledger import events_of, get_texts

    with read(at) as (connection, here):
        row = store.row_of(connection, assignment)
        found = _described(row, here.day)
        events = events_of(connection, row.id)
        named = [one.payload.get("text") or one.payload.get("note") for one in events]
        texts = get_texts(connection, [key for key in named if key])
    ledger = [
        {
            "kind": one.kind,
            "actor": one.actor,
            "occurred_at": one.occurred_at.astimezone(here.settings.zone),
            "recorded_at": one.recorded_at.astimezone(here.settings.zone),
            "payload": one.payload,
            "text": texts.get(one.payload.get("text") or one.payload.get("note") or ""),
        }
        for one in events
    ]
    if json:
        as_json(found | {"ledger": ledger})
        return
    for name, value in found.items():
        if value is not None:
            print(f"{name:14} {value}")
    rows = [(one["recorded_at"], one["kind"], one["actor"], _said(one)) for one in ledger]
    table(("recorded", "event", "by", "what"), rows, title="\nLedger")


def _said(one: dict[str, Any]) -> str:
    known = {key: value for key, value in one["payload"].items() if value not in (None, "", False)}
    words = known | (one["text"] or {})
    return ", ".join(f"{key}: {value}" for key, value in words.items() if key != "text")


@app.command
def confirm(assignment: str, *, basis: str = "", at: date | None = None) -> None:
    """Confirm the successor that an assignment went to.

    Parameters
    ----------
    basis
        The number of the document that settles it.
    """
    _decide(assignment, None, basis, at)


@app.command
def decide(assignment: str, department: str, *, basis: str = "", at: date | None = None) -> None:
    """Say which department leads an assignment that needs a decision, or leads it instead."""
    _decide(assignment, department, basis, at)


def _decide(assignment: str, department: str | None, basis: str, at: date | None) -> None:
    from plans.opening import decide_lead
    from plans.store import assignments as store

    with write(at) as (connection, here):
        row = store.row_of(connection, assignment)
        state = decide_lead(connection, row.id, department, basis, OFFICE, here.now)
    print(f"{row.ref}: led by {state.department}, confirmed")


@app.command
def review(
    assignment: str,
    decision: Literal["accept", "return"],
    *,
    note: str = "",
    at: date | None = None,
) -> None:
    """Accept what was submitted, or return it with a reason (``--note``)."""
    from plans import reporting
    from plans.store import assignments as store

    with write(at) as (connection, here):
        row = store.row_of(connection, assignment)
        state = reporting.review(
            connection, row.id, decision, actor="office:cli-review", now=here.now, note=note
        )
    print(f"{row.ref}: {state.work}, {state.review}")


def update(
    assignment: str,
    *,
    percent: int,
    note: str = "",
    submit: bool = False,
    at: date | None = None,
) -> None:
    """Record what a department reports by telephone: what it could do itself by API.

    Parameters
    ----------
    assignment
        Its id or its readable ref.
    percent
        How far it is, 0 to 100.
    submit
        Hand it in for review.
    """
    from plans.reporting import Filed, Report, file_reports, settle_unreviewed
    from plans.rules import percent_of
    from plans.store import assignments as store

    with write(at) as (connection, here):
        row = store.row_of(connection, assignment)
        report = Report(percent=percent_of(percent), result=note, submit=submit)
        filed = Filed(row.id, report, OFFICE, here.now, "phone")
        states = file_reports(connection, [filed], here.now, here.settings.zone)
        states |= settle_unreviewed(connection, states, here.now)
    state = states[row.id]
    print(f"{row.ref}: {state.percent}%, {state.work}, {state.review}")
