"""One verdict of several: what a call and a page do alike."""

from __future__ import annotations

from dondoc.api.context import Context
from dondoc.api.denials import note_item
from plans import access
from plans.access import Action
from plans.acting import Officer
from plans.errors import DondocError, NotFound
from plans.reviewing import ReviewDesk, Verdict
from plans.rules import State
from plans.store import Connection
from plans.store.sight import subject_of


def decide(
    connection: Connection, desk: ReviewDesk, one: Verdict, here: Context
) -> State | DondocError:
    """Take a verdict, by id, onto the desk; gives the new state or, noted where denied, why not."""
    key = one.assignment
    try:
        if (row := desk.rows.get(key)) is None:
            raise NotFound(f"no assignment '{key}'")
        access.check(here.caller, Action.REVIEW, subject_of(connection, row))
        return desk.decide(one, Officer.of(here.caller))
    except DondocError as error:
        note_item(connection, here, key, error)
        return error
