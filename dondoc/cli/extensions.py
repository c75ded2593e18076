"""``dondoc assignments``: later dates, asked for and decided."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from dondoc.cli.governance import REVIEWER, ordered
from dondoc.cli.output import as_json, table
from dondoc.cli.record import read

if TYPE_CHECKING:
    from plans.acting import Act
    from plans.rules import State
    from plans.store import Connection

LISTED = (
    "id",
    "ref",
    "department",
    "state",
    "due",
    "requested_due",
    "granted_due",
    "requested_by",
    "requested_at",
    "decided_by",
    "decided_at",
)


def extend(
    assignment: str,
    *,
    due: date,
    reason: str,
    confirm_personal_data: bool = False,
    dry_run: bool = False,
    at: date | None = None,
) -> None:
    """Record that the lead asks for a later date, before the present one passes.

    Parameters
    ----------
    due
        The date that is asked for.
    """
    from plans import extensions
    from plans.store.assignments import state

    def do(connection: Connection, key: str, act: Act) -> State:
        extensions.ask(connection, key, due, reason, act)
        return state(connection, key)

    ordered([assignment], do, at=at, dry_run=dry_run, confirmed=confirm_personal_data)


def decide_extension(
    extension: str,
    decision: Literal["grant", "refuse"],
    *,
    due: date | None = None,
    reason: str = "",
    confirm_personal_data: bool = False,
    dry_run: bool = False,
    at: date | None = None,
) -> None:
    """Grant a request for a later date, or refuse it with a reason (--reason).

    Parameters
    ----------
    extension
        The request's id; 'dondoc assignments extensions' shows them.
    due
        Another date than was asked for.
    """
    from plans import extensions
    from plans.store.extensions import row_of

    with read(at) as (connection, _):
        assignment = row_of(connection, extension).assignment

    def do(connection: Connection, _key: str, act: Act) -> State:
        return extensions.decide(connection, extension, decision, act, due=due, note=reason)

    given: dict[str, Any] = {"at": at, "dry_run": dry_run, "confirmed": confirm_personal_data}
    ordered([assignment], do, actor=REVIEWER, **given)


def list_extensions(
    *,
    state: Literal["requested", "granted", "refused"] | None = None,
    plan: str | None = None,
    department: str | None = None,
    limit: int = 1000,
    json: bool = False,
) -> None:
    """List requests for a later date, in the order in which they were made."""
    from plans.store.extensions import Wanted, listing
    from plans.terms import ExtensionState

    wanted = Wanted(ExtensionState(state) if state else None, plan, department)
    with read() as (connection, here):
        rows = listing(connection, wanted, limit=limit)
        zone = here.settings.zone
    found = [{name: getattr(row, name) for name in LISTED} for row in rows]
    for one in found:
        for name in ("requested_at", "decided_at"):
            one[name] = one[name] and one[name].astimezone(zone)
    if json:
        as_json(found)
    else:
        table(LISTED, [tuple(row.values()) for row in found], spare="decided_at requested_at")
