"""``dondoc calendar-feed``: calendars to subscribe to (``dondoc calendar`` is of working days)."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cyclopts import App

from dondoc.cli.output import as_json, put_file, say, table
from dondoc.cli.record import OFFICE, Record, read, write

if TYPE_CHECKING:
    from plans.access import Caller
    from plans.calendar_feeds import NewCalendar

app = App(
    name="calendar-feed",
    help="Due dates for calendar programs (iCalendar): create an address, list, revoke, export.",
)

FIELDS = (
    "id",
    "name",
    "department",
    "plan",
    "kind",
    "language",
    "created_at",
    "created_by",
    "last_used_at",
)
MOST = 10_000


@app.command
def create(
    department: str | None = None,
    *,
    plan: str | None = None,
    kind: str = "event",
    name: str = "",
    language: str = "vi",
) -> None:
    """Make a calendar of a department, or of a plan; its address is alone on the last line.

    Whoever has the address reads the calendar. The list shows it again.

    Parameters
    ----------
    department
        The department whose tasks, those that it leads, stand in it.
    plan
        The plan whose tasks stand in it.
    kind
        event (whole days, for all programs) or todo (tasks, for Thunderbird).
    name
        What programs call it; the department's or plan's own name if not given.
    language
        vi or en.
    """
    from plans import calendar_feeds

    with write() as (connection, here):
        new = _new(department, plan, kind, name, language)
        row = calendar_feeds.create(connection, _office(), new, now=here.now)
        address = _address(here, row.id)
    say(f"calendar {row.id} ({row.name}); whoever has this address reads it:")
    print(address)


def _new(
    department: str | None, plan: str | None, kind: str, name: str, language: str
) -> NewCalendar:
    from plans.calendar_feeds import NewCalendar

    return NewCalendar(department, plan, kind, name, language)


def _office() -> Caller:
    from plans.access import Caller, Grant
    from plans.terms import Role

    return Caller(OFFICE, "user", (Grant(Role.ADMIN),))


def _address(here: Record, key: str) -> str:
    from plans.calendar_feeds import address_of

    return address_of(here.settings.secret, here.settings.base_url, key)


@app.command(name="list")
def list_feeds(
    *, department: str | None = None, plan: str | None = None, json: bool = False
) -> None:
    """Calendars that were not revoked, the newest first; with --json also their addresses.

    Parameters
    ----------
    department
        Of one department only.
    plan
        Of one plan only.
    """
    from plans import calendar_feeds

    with read() as (connection, here):
        rows = calendar_feeds.managed(connection, _office(), MOST, department=department, plan=plan)
        alive = calendar_feeds.alive(connection, rows, here.now)
        shown = [_shown(row, here, working=row.id in alive) for row in rows]
    if json:
        as_json(shown)
        return
    columns = ("id", "name", "of", "kind", "works", "made", "last_used")
    table(columns, [_line(one) for one in shown], spare="made kind")


def _shown(row: Any, here: Record, *, working: bool) -> dict[str, Any]:
    found = {name: getattr(row, name) for name in FIELDS}
    zone = here.settings.zone
    times = {name: at.astimezone(zone) for name, at in found.items() if isinstance(at, datetime)}
    return found | times | {"working": working, "url": _address(here, row.id)}


def _line(one: dict[str, Any]) -> tuple[Any, ...]:
    used = one["last_used_at"]
    return (
        one["id"],
        one["name"],
        one["department"] or one["plan"],
        one["kind"],
        "yes" if one["working"] else "its maker may not see it any more",
        one["created_at"].date(),
        used and used.date(),
    )


@app.command
def revoke(feed: str) -> None:
    """End a calendar now; ``feed`` is its id, as the list shows it."""
    from plans import calendar_feeds

    with write() as (connection, here):
        calendar_feeds.revoke(connection, _office(), feed, now=here.now)
    print(f"calendar {feed} is revoked")


@app.command
def export(
    department: str | None = None,
    *,
    plan: str | None = None,
    kind: str = "event",
    name: str = "",
    language: str = "vi",
    out: Path,
    at: date | None = None,
) -> None:
    """Write an .ics file of what a calendar would hold now, without making one.

    Parameters
    ----------
    out
        The file to write.
    at
        As it reads on this day.
    """
    from datetime import time

    from integrations.calendar_feed import render
    from plans import calendar_entries
    from plans.calendar_feeds import Sample

    with write(at) as (connection, here):
        new = _new(department, plan, kind, name, language)
        today = here.day == here.now.date()
        moment = here.now if today else datetime.combine(here.day, time(12), here.settings.zone)
        row = Sample.of(connection, new, moment)
        found = calendar_entries.contents(connection, row, moment, here.settings.zone)
    text = render(row, found, here.settings.base_url, here.settings.zone)
    put_file(out, text)
    say(f"{out}: {found.total} tasks, {len(text):,} bytes")
