"""What is kept of workbooks that came back: shown first or taken at once, and the rows' outcomes.

What the cells said is kept until retention removes it; what came of them stays.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from plans.errors import Conflict
from plans.store import Connection, audit
from plans.store import workbooks as store
from plans.workbook_hands import is_for_others, may_hand_in
from plans.workbook_rows import Outcome, Problem, Sheet, is_signed
from plans.workbook_settling import Result, Terms, Way, settle

SHOWN, APPLIED, REFUSED = "shown", "applied", "refused"


def receive(
    connection: Connection, sheet: Sheet, terms: Terms, *, dry: bool, source: str | None = None
) -> str:
    """Take in a workbook that came back; gives under which id it is kept.

    ``dry``: it is only shown, until ``confirm``. ``source``: the mail that brought it.
    """
    department = department_of(connection, sheet, terms)
    terms = in_its_name(terms, department)
    results = settle(connection, sheet, terms, dry=dry)
    key = secrets.token_hex(8)
    row: dict[str, Any] = {
        "id": key,
        "source": source,
        "way": terms.way,
        "workbook": sheet.workbook or None,
        "department": department,
        "state": SHOWN if dry else APPLIED,
        "sheet": sheet.as_kept(),
        "outcome": kept(results),
        "actor": terms.caller.actor,
        "received_at": terms.now,
        "applied_at": None if dry else terms.now,
    }
    store.add_return(connection, row)
    _note_strange(connection, row, results)
    if not dry:
        _note_brought(connection, key, department, terms, results)
    return key


def in_its_name(terms: Terms, department: str | None) -> Terms:
    """The terms on which one department's workbook is read. Nobody takes another's with it, not
    even who speaks for both: the return is its department's to open."""
    if department is None:
        return terms
    terms = replace(terms, department=department)
    return replace(terms, way="office") if is_for_others(terms.caller, department) else terms


def _note_brought(
    connection: Connection,
    key: str,
    department: str | None,
    terms: Terms,
    results: Sequence[Result],
) -> None:
    """That the office handed in what a department filled in."""
    taken = sum(one.outcome is Outcome.TAKEN for one in results)
    if taken and terms.way == "office":
        audit.note(
            connection,
            terms.now,
            terms.caller.actor,
            "workbook-brought",
            subject=f"department:{department}",
            detail={"return": key, "taken": taken},
        )


def _note_strange(
    connection: Connection, row: Mapping[str, Any], results: Sequence[Result]
) -> None:
    """That somebody handed in rows that are not ours, or not its own."""
    codes = [problem.code for one in results for problem in one.problems]
    strange: dict[str, Any] = {
        code: codes.count(code) for code in ("forged", "foreign") if code in codes
    }
    if strange:
        audit.note(
            connection,
            row["received_at"],
            row["actor"],
            "workbook-rows-refused",
            subject=f"department:{row['department']}" if row["department"] else None,
            outcome=audit.DENIED,
            detail={"return": row["id"], **strange},
        )


def confirm(connection: Connection, key: str, terms: Terms) -> list[Result]:
    """File what was shown, or conflicts on the version that was shown; gives what came of it.

    ``Conflict``: it was refused as a whole, or what its cells said is no longer kept.
    """
    row = store.return_row(connection, key, lock=True)
    if row.state == REFUSED:
        raise Conflict(
            "a workbook that was refused is not recorded: of a mailed one, register its sender's "
            "mailbox and judge it again; else hand the file in"
        )
    terms = in_its_name(terms, row.department)
    results = settle(connection, sheet_of(row), terms, dry=False)
    _note_brought(connection, key, row.department, terms, results)
    was = {one.row: one for one in results_of(row)} if row.state == APPLIED else {}
    results = [_newer(was.get(one.row), one) for one in results]
    values = {"state": APPLIED, "outcome": kept(results), "applied_at": terms.now}
    store.change_return(connection, key, values)
    return results


def _newer(was: Result | None, now: Result) -> Result:
    """What was taken stays told so, though it is known by now."""
    known = now.outcome is Outcome.KNOWN and was is not None and was.outcome is Outcome.TAKEN
    return was if known and was else now


def refuse(
    connection: Connection,
    why: str,
    way: Way,
    actor: str,
    now: datetime,
    *,
    source: str | None = None,
    department: str | None = None,
) -> str:
    """Keep that a file came which was not read as a workbook, and why; gives its id."""
    key = secrets.token_hex(8)
    row: dict[str, Any] = {"id": key, "source": source, "way": way, "department": department}
    row |= {"state": REFUSED, "actor": actor, "received_at": now}
    row["outcome"] = {"rows": [], "counts": {}, "why": why}
    store.add_return(connection, row)
    return key


def department_of(connection: Connection, sheet: Sheet, terms: Terms) -> str | None:
    """Whose return it is: of the departments for which its sender may report, the one that most
    genuine rows are for; else the one that the file names; else the sender's own.
    """
    if terms.department:
        return terms.department
    books = store.rows_of(connection, {sheet.workbook, *(one.workbook for one in sheet.lines)})
    mine = {
        key: str(one.department)
        for key, one in books.items()
        if may_hand_in(terms.caller, one.department)
    }
    genuine = Counter(
        mine[line.workbook]
        for line in sheet.lines
        if line.workbook in mine and is_signed(terms.secret, line, mine[line.workbook])
    )
    if genuine:
        return genuine.most_common(1)[0][0]
    own = sorted(one.department for one in terms.caller.grants if one.department)
    return mine.get(sheet.workbook) or next(iter(own), None)


def sheet_of(row: Row[Any]) -> Sheet:
    """What a return's cells said; ``Conflict`` where that is no longer kept."""
    if row.sheet is None:
        raise Conflict("what this workbook said is no longer kept; hand the file in again")
    return Sheet.of(row.sheet)


def kept(results: Sequence[Result]) -> dict[str, Any]:
    """Outcomes as JSON: no word of what the cells said."""
    counts = Counter(one.outcome for one in results)
    rows = [asdict(one) for one in results if one.outcome is not Outcome.UNCHANGED]
    return {"rows": rows, "counts": {str(one): counts[one] for one in Outcome}, "why": None}


def results_of(row: Row[Any]) -> list[Result]:
    """A return's outcomes, of the rows that said something new."""
    found = []
    for one in (row.outcome or {}).get("rows", []):
        problems = tuple(Problem(**problem) for problem in one["problems"])
        given = {"outcome": Outcome(one["outcome"]), "problems": problems}
        found.append(Result(**{**one, **given}))
    return found
