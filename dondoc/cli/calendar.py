"""``dondoc calendar``: days that a document makes worked or free, and the due dates they move."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from dondoc.cli.output import as_json, say, table
from dondoc.cli.record import OFFICE, read, write

if TYPE_CHECKING:
    from plans.overriding import Moved

app = App(name="calendar", help="Days decided over the calendar's files: list, set, withdraw.")


@app.command(name="list")
def list_days(*, json: bool = False) -> None:
    """The days that were decided over the calendar's files."""
    from plans import overriding

    names = ("day", "working", "basis", "actor", "made_at")
    with read() as (connection, here):
        rows = [
            {name: getattr(one, name) for name in names}
            | {"made_at": one.made_at.astimezone(here.settings.zone)}
            for one in overriding.listing(connection)
        ]
    if json:
        as_json(rows)
        return
    said = ("off", "working")
    table(names, [(row["day"], said[row["working"]], *list(row.values())[2:]) for row in rows])


@app.command(name="set")
def set_day(
    day: date,
    *,
    working: Annotated[bool, Parameter(negative="--off")],
    basis: str,
    dry_run: bool = False,
    json: bool = False,
) -> None:
    """Make a day, today or later, worked or free, and move the due dates that rest on it.

    Parameters
    ----------
    working
        Whether offices work on that day.
    basis
        The number of the document that decides it, such as 15/TB-UBND.
    dry_run
        Only show which dates would move.
    """
    from plans import governing, overriding

    governing.read_document(basis)
    if dry_run:
        with read() as (connection, here):
            found = overriding.preview(connection, day, working, here.now.date())
    else:
        with write() as (connection, here):
            now = here.now
            found = overriding.apply(connection, day, working, basis, actor=OFFICE, now=now)
    _show(found, dry_run=dry_run, json=json)


@app.command
def withdraw(day: date, *, dry_run: bool = False, json: bool = False) -> None:
    """Leave a day, today or later, to the calendar's files again.

    Parameters
    ----------
    dry_run
        Only show which dates would move.
    """
    from plans import overriding

    if dry_run:
        with read() as (connection, here):
            found = overriding.preview_withdrawal(connection, day, here.now.date())
    else:
        with write() as (connection, here):
            found = overriding.withdraw(connection, day, actor=OFFICE, now=here.now)
    _show(found, dry_run=dry_run, json=json)


def _show(found: list[Moved], *, dry_run: bool, json: bool) -> None:
    if json:
        as_json({"would_move" if dry_run else "moved": [_said(one) for one in found]})
        return
    columns = ("ref", "task", "department", "from", "to")
    rows = [(one.ref, one.title_vi, one.department_vi, one.before, one.after) for one in found]
    table(columns, rows, spare="department")
    say(f"{len(found)} due dates {'would move; nothing was changed' if dry_run else 'moved'}")


def _said(one: Moved) -> dict[str, Any]:
    return {
        "assignment": one.assignment,
        "ref": one.ref,
        "task": one.title_vi,
        "department": one.department,
        "from": one.before,
        "to": one.after,
    }
