"""``dondoc departments``: who there is, and how they are reached."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from cyclopts import App

from dondoc.cli.channels import channel
from dondoc.cli.output import as_json, say, table
from dondoc.cli.record import OFFICE, read, write

if TYPE_CHECKING:
    from plans.store import Connection

app = App(name="departments", help="Departments: list, register a mailbox or a feed.")
app.command(channel)


@app.command(name="list")
def list_departments(*, at: date | None = None, every: bool = False, json: bool = False) -> None:
    """The bodies that exist on the day.

    Parameters
    ----------
    every
        Those that have ended or not begun, too.
    """
    from plans.store import catalogue

    with read(at) as (connection, here):
        bodies = catalogue.department_rows(connection)
        mail = catalogue.all_addresses(connection)
    names = ("code", "name_vi", "name_en", "abbr", "kind", "parent", "since", "until", "simulated")
    rows = [
        {name: getattr(row, name) for name in names} | {"contacts": mail.get(row.code, [])}
        for row in bodies.values()
        if every or _exists(row.since, row.until, here.day)
    ]
    if json:
        as_json(rows)
        return
    columns = ("code", "name_vi", "abbr", "kind", "parent", "since", "until")
    shown = [(*(row[name] for name in columns), ", ".join(row["contacts"])) for row in rows]
    table((*columns, "contacts"), shown, spare="since until abbr parent")


def _exists(since: date | None, until: date | None, day: date) -> bool:
    return (since is None or since <= day) and (until is None or day <= until)


@app.command
def contact(code: str, email: str, *, language: str = "vi") -> None:
    """Register a department's role mailbox (never a person's own), in place of an earlier one.

    What waits for a mailbox, or failed for the moment, is sent to it at the next delivery.
    """
    from plans import contacting

    contacting.read_contact(email, language)
    with write() as (connection, here):
        require_department(connection, code)
        gone = contacting.replace(connection, code, email, language, actor=OFFICE, now=here.now)
    print(f"{code}: {email}" + (f" (no longer {', '.join(gone)})" if gone else ""))


@app.command
def feed(code: str, url: str, *, timeout_seconds: float = 10.0) -> None:
    """Register the address of a department's own system, which gather will ask."""
    from plans.declaration import Feed
    from plans.errors import InvalidInput
    from plans.store import audit, feeds

    try:
        Feed.model_validate({"url": url, "timeout_seconds": timeout_seconds})
    except ValueError:
        raise InvalidInput(f"not an http address and a time-out up to 120 s: {url}") from None
    with write() as (connection, here):
        require_department(connection, code)
        feeds.save_feed(connection, code, url, timeout_seconds)
        detail = {"timeout_seconds": timeout_seconds}
        subject = f"department:{code}"
        audit.note(connection, here.now, OFFICE, "feed-set", subject=subject, detail=detail)
    print(f"{code}: {url}")


@app.command
def quarantine(
    code: str | None = None, *, retry: bool = False, at: date | None = None, json: bool = False
) -> None:
    """The bad items that agencies sent, with the reason.

    Parameters
    ----------
    code
        Of one department only.
    retry
        Try them again: what was wrong may have been put right since, here or there.
    """
    from plans.gathering import retry_quarantine
    from plans.store import feeds

    with write(at) as (connection, here):
        if retry:
            zone = here.settings.zone
            done = retry_quarantine(connection, code, here.now, zone, actor=OFFICE)
            say(f"{done.updates} became updates, {done.quarantined} are still bad")
        if code:
            require_department(connection, code)
        names = ("id", "department", "item", "received_at", "reason")
        found = [
            {name: getattr(row, name) for name in names}
            | {"received_at": row.received_at.astimezone(here.settings.zone)}
            for row in feeds.quarantined(connection, code)
        ]
    if json:
        as_json(found)
    else:
        table(names, [tuple(row.values()) for row in found], spare="received_at")


def require_department(connection: Connection, code: str) -> None:
    """``NotFound`` where no such department is known."""
    from plans.errors import NotFound
    from plans.store import catalogue

    if not catalogue.department_rows(connection, [code]):
        raise NotFound(f"unknown department '{code}'; 'dondoc departments list' shows them")
