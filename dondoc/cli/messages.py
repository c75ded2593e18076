"""``dondoc messages``: what was sent to whom, what waits, what failed and why."""

from __future__ import annotations

from datetime import date
from typing import Literal

from cyclopts import App

from dondoc.cli.output import as_json, table
from dondoc.cli.record import read

app = App(name="messages", help="The outbox: what was sent to whom, what waits or failed, and why.")

State = Literal["waiting", "sent", "failed", "dropped"]


@app.command(name="list")
def list_messages(
    *,
    state: State | None = None,
    recipient: str | None = None,
    day: date | None = None,
    limit: int = 200,
    json: bool = False,
) -> None:
    """Notices with their delivery, the newest first.

    Parameters
    ----------
    state
        Only those that wait, were sent, or failed for good.
    recipient
        Only one department's.
    day
        Only one day's.
    """
    from plans.store import outbox

    names = ("day", "kind", "recipient", "address", "state", "attempts", "finished_at", "error")
    with read() as (connection, here):
        rows = outbox.listing(connection, state=state, recipient=recipient, day=day, limit=limit)
        found = [{name: getattr(row, name) for name in names} for row in rows]
        for one in found:
            if one["finished_at"]:
                one["finished_at"] = one["finished_at"].astimezone(here.settings.zone)
    if json:
        as_json(found)
        return
    columns = ("day", "kind", "recipient", "address", "state", "attempts", "error")
    table(columns, [tuple(one[name] for name in columns) for one in found], numbers="attempts")
