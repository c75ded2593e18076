"""``dondoc audit``: who did, or was denied, what."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from cyclopts import App, Parameter
from cyclopts.validators import Number

from dondoc.cli.output import as_json, table
from dondoc.cli.record import read

app = App(name="audit", help="The audit log: every denied and every administrative act.")


@app.command(name="list")
def list_lines(
    *,
    before: int | None = None,
    limit: Annotated[int, Parameter(validator=Number(gte=1))] = 100,
    actor: str | None = None,
    act: str | None = None,
    outcome: Literal["done", "denied", "failed"] | None = None,
    since: date | None = None,
    json: bool = False,
) -> None:
    """The newest lines first.

    Parameters
    ----------
    before
        Lines older than the one of this id.
    since
        Lines of this day or later.
    """
    from datetime import datetime, time

    from plans.store import audit

    with read() as (connection, here):
        zone = here.settings.zone
        begun = datetime.combine(since, time(), zone) if since else None
        wanted = audit.Wanted(actor, act, outcome, begun)
        rows = audit.lines(connection, before=before, limit=limit, wanted=wanted)
    names = ("id", "at", "actor", "act", "outcome", "subject", "detail", "request_id")
    found = [
        {name: getattr(row, name) for name in names} | {"at": row.at.astimezone(zone)}
        for row in rows
    ]
    if json:
        as_json(found)
        return
    table(names[:6], [tuple(one[name] for name in names[:6]) for one in found], numbers="id")
