"""What calls that decide on assignments share: who acts on what it saw, and what they answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from dondoc.api.context import Answer, Context
from dondoc.api.models import AssignmentOut, described
from dondoc.api.subjects import visible_row
from plans import access
from plans.access import Action
from plans.acting import Act, Officer
from plans.store import Connection
from plans.store.assignments import row_of
from plans.store.sight import subject_of
from plans.versions import Seen

Reason = Annotated[str, Field(max_length=2_000)]


class Given(BaseModel):
    """Base of what is sent: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


def seen_in(given: str | None) -> Seen:
    """The versions that an ``If-Match`` header accepts; None: the caller does not say."""
    if given is None:
        return None
    return frozenset(part.strip().removeprefix("W/").strip('"') for part in given.split(","))


class Reasoned(Given):
    """Base of what is sent with people's words."""

    confirm_personal_data: bool = Field(
        False, description="What looks like a person's number is none, or has to stand."
    )


def act_of(here: Context, given: Reasoned | None = None) -> Act:
    """The request as an act."""
    confirmed = given is not None and given.confirm_personal_data
    seen = seen_in(here.if_match)
    return Act(Officer.of(here.caller), here.now, here.day, seen, confirmed)


def acted(
    here: Context,
    assignment: str,
    action: Action,
    given: Reasoned | None,
    do: Callable[[Connection, str, Act], Any],
) -> Response:
    """Do something to an assignment that the caller may do it to; answers with the assignment."""

    def write(connection: Connection) -> Answer:
        row = visible_row(connection, assignment, here)
        access.check(here.caller, action, subject_of(connection, row))
        do(connection, row.id, act_of(here, given))
        return shown(connection, row.id, here)

    return here.write(write)


def shown(connection: Connection, key: str, here: Context) -> Answer:
    """An assignment as it is now, with its version."""
    row = row_of(connection, key)
    return Answer(AssignmentOut.model_validate(described(row, here.day)), etag=row.events)
