"""What calls and pages are about, once it is known that the caller may see it."""

from __future__ import annotations

from typing import Any

from dondoc.api.context import Context
from plans import access
from plans.access import Action
from plans.errors import NotFound
from plans.store import Connection
from plans.store import assignments as store
from plans.store.sight import subject_of

MOST_KEY = 300


def visible_row(connection: Connection, key: str, here: Context) -> Any:
    """An assignment that the caller may see, by id."""
    if len(key) > MOST_KEY:
        raise NotFound("no such assignment")
    row = store.row_of(connection, key)
    access.check(here.caller, Action.SEE_ASSIGNMENT, subject_of(connection, row))
    return row
