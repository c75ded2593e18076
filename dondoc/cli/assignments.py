"""``dondoc assignments`` and ``dondoc update``: look at assignments, report, decide on leads."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, tzinfo
from typing import TYPE_CHECKING, Any, Literal

from cyclopts import App

from dondoc.cli.departments import require_department
from dondoc.cli.output import as_json, say, table, words
from dondoc.cli.progress import require_plan
from dondoc.cli.record import OFFICE, read, said_at, write

if TYPE_CHECKING:
    from plans.history import Entry

app = App(
    name="assignments",
    help="Assignments: list, show, review, extend, suspend, reassign, correct, decide leads.",
)

Class = Literal["done_on_time", "done_late", "open_on_time", "open_overdue"]

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
    "extended",
    "pending_extension",
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
    narrowed = _narrowed(class_, overdue, undecided, unconfirmed, waiting_review)
    which = {"plan": plan, "group": group, "department": department} | narrowed
    found, total = _found(which, at, limit)
    if json:
        as_json(found)
        return
    columns = ("id", "ref", "title", "department", "due", "class", "review", "percent")
    rows = [_short(row) for row in found]
    table(columns, rows, numbers="percent", spare="ref review percent")
    if total > len(found):
        say(f"{len(found)} of {total}; --limit shows more")


def _narrowed(
    class_: Class | None, overdue: bool, undecided: bool, unconfirmed: bool, waiting_review: bool
) -> dict[str, Any]:
    """The filter's words for the command's switches."""
    from plans.terms import LeadStatus, Review, Timeliness

    lead = LeadStatus.UNDECIDED if undecided else LeadStatus.UNCONFIRMED if unconfirmed else None
    wanted = Timeliness.OPEN_OVERDUE if overdue else Timeliness(class_) if class_ else None
    review = Review.SUBMITTED if waiting_review else None
    return {"lead": lead, "timeliness": wanted, "review": review}


def _found(which: dict[str, Any], at: date | None, limit: int) -> tuple[list[dict[str, Any]], int]:
    """What a filter finds, and how many there are; a plan or department must be known."""
    from plans.store import lists

    wanted = lists.Filter(**which)
    with read(at) as (connection, here):
        require_plan(connection, wanted.plan)
        if wanted.department:
            require_department(connection, wanted.department)
        rows = lists.listing(connection, wanted, here.day, limit=limit)
        total = lists.number_of(connection, wanted, here.day)
    return [_described(row, here.day) for row in rows], total


def _described(row: Any, on: date) -> dict[str, Any]:
    from plans.rules import outside, timeliness
    from plans.store.ledger import state_of

    state = state_of(row)
    found = {name: getattr(row, name) for name in SHOWN}
    return found | {"class": timeliness(state, on), "outside": outside(state)}


def _short(row: dict[str, Any]) -> tuple[Any, ...]:
    who = row["department"] or f"undecided ({row['declared']})"
    mark = " (unconfirmed)" if row["lead_status"] == "unconfirmed" else ""
    where = row["class"] or row["outside"] or ""
    due = f"{row['due']}{' (estimate)' if row['due_estimated'] else ''}"
    return (
        row["id"],
        row["ref"],
        row["title_vi"],
        who + mark,
        due,
        words(where),
        row["review"],
        row["percent"],
    )


@app.command
def show(assignment: str, *, at: date | None = None, json: bool = False) -> None:
    """One assignment, by id or ref, with its ledger."""
    from plans.history import dates_of, entries
    from plans.store import assignments as store

    with read(at) as (connection, here):
        row = store.row_of(connection, assignment)
        found = _described(row, here.day)
        known = entries(connection, row.id, caller_may_see_words=True)
        dates = dates_of(connection, row.id)
    ledger = [_entry(one, here.settings.zone) for one in known]
    if json:
        as_json(found | {"dates": [asdict(one) for one in dates], "ledger": ledger})
        return
    for name, value in found.items():
        if value is not None:
            print(f"{name:14} {value}")
    if len(dates) > 1:
        print(f"{'dates':14} {' → '.join(str(one.due) for one in dates)}")
    rows = [(one["recorded_at"], one["kind"], one["actor"], _said(one)) for one in ledger]
    table(("recorded", "event", "by", "what"), rows, title="\nLedger")


def _entry(one: Entry, zone: tzinfo) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "actor": one.actor,
        "occurred_at": one.occurred_at.astimezone(zone),
        "recorded_at": one.recorded_at.astimezone(zone),
        "payload": one.payload,
        "text": one.words,
        "hash": one.hash,
    }


def _said(one: dict[str, Any]) -> str:
    from plans.history import NAMES_OF_WORDS, REMOVED

    said = {key: one["payload"][key] for key in one["payload"] if key not in NAMES_OF_WORDS}
    known = {key: value for key, value in said.items() if value not in (None, "", False)}
    words = {"words": REMOVED} if one["text"] == REMOVED else one["text"] or {}
    return ", ".join(f"{key}: {value}" for key, value in (known | words).items())


@app.command
def confirm(
    *assignments: str,
    plan: str | None = None,
    department: str | None = None,
    all_: bool = False,
    basis: str = "",
    at: date | None = None,
) -> None:
    """Confirm the successors that assignments went to: of those named, or of all that match.

    What is settled here holds for the same task's later periods too.

    Parameters
    ----------
    assignments
        Their ids or refs; without any, say which with --plan, --department or --all.
    plan
        All unconfirmed ones of a plan.
    department
        All unconfirmed ones that went to a department.
    all_
        All unconfirmed ones.
    basis
        The number of the document that settles it.
    """
    from plans.errors import InvalidInput

    if bool(assignments) is bool(plan or department or all_):
        raise InvalidInput("give ids, or else --plan and/or --department, or --all")
    if assignments:
        _confirm_named(assignments, basis, at)
    else:
        _confirm_matching(plan, department, basis, at)


def _confirm_named(keys: tuple[str, ...], basis: str, at: date | None) -> None:
    from plans.opening import confirm_leads
    from plans.store import assignments as store

    with write(at) as (connection, here):
        refs = {row.id: row.ref for row in (store.row_of(connection, key) for key in keys)}
        states = confirm_leads(connection, refs, basis, OFFICE, here.now, here.day)
    for key, ref in refs.items():
        print(f"{ref}: led by {states[key].department}, confirmed")


def _confirm_matching(
    plan: str | None, department: str | None, basis: str, at: date | None
) -> None:
    from dondoc.cli.output import say
    from plans.opening import confirm_matching

    with write(at) as (connection, here):
        found = confirm_matching(connection, plan, department, basis, OFFICE, here.now, here.day)
    for ref, why in found.left.items():
        say(f"{ref}: left unconfirmed: {why}")
    if found.states:
        print(f"{len(found.states)} confirmed")
    elif not found.left:
        print("nothing unconfirmed matches")


@app.command
def decide(assignment: str, department: str, *, basis: str = "", at: date | None = None) -> None:
    """Say which department leads an assignment that needs a decision, or leads it instead.

    Later periods of the same task that would need the decision again open with it.
    """
    from plans.opening import decide_lead
    from plans.store import assignments as store

    with write(at) as (connection, here):
        row = store.row_of(connection, assignment)
        state = decide_lead(connection, row.id, department, basis, OFFICE, here.now, here.day)
    print(f"{row.ref}: led by {state.department}, confirmed")


def update(
    assignment: str,
    *,
    percent: int,
    note: str = "",
    document: str | None = None,
    submit: bool = False,
    confirm_personal_data: bool = False,
    at: date | None = None,
) -> None:
    """Record what a department reports by telephone: what it could do itself by API.

    Parameters
    ----------
    assignment
        Its id or its readable ref.
    percent
        How far it is, 0 to 100.
    document
        Number of the document that proves it, such as 123/BC-SYT.
    submit
        Hand it in for review.
    confirm_personal_data
        What looks like a person's number in the note is none, or has to stand.
    """
    from plans.filing import Filed, file_reports
    from plans.reporting import read_report
    from plans.rules import percent_of
    from plans.store import assignments as store

    evidence = [{"number": document}] if document else []
    with write(at) as (connection, here):
        row = store.row_of(connection, assignment)
        report = read_report(
            percent=percent_of(percent),
            result=note,
            evidence=evidence,
            submit=submit,
            confirm_personal_data=confirm_personal_data,
        )
        filed = Filed(row.id, report, OFFICE, said_at(here), "phone")
        states = file_reports(connection, [filed], here.now, here.settings.zone)
    state = states[row.id]
    print(f"{row.ref}: {state.percent}%, {state.work}, {state.review}")
