"""``dondoc messages``: what was sent to whom, what waits, what failed and why."""

from __future__ import annotations

import sys
from datetime import date, datetime, time, tzinfo
from typing import TYPE_CHECKING, Any, Literal

from cyclopts import App

from dondoc.cli.output import as_json, say, table
from dondoc.cli.record import OFFICE, read, record, write

if TYPE_CHECKING:
    from plans.resending import Failed

app = App(name="messages", help="The outbox: what was sent to whom, waits or failed, and why.")

State = Literal["waiting", "sent", "failed", "dropped"]
_SHOWN = ("id", "day", "kind", "recipient", "address", "state", "attempts", "error")
_NAMES = (*_SHOWN, "finished_at", "channel", "receipt", "fallback")


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
        Only those that wait, were sent, failed for good, or were dropped as outdated.
    recipient
        Only one department's.
    day
        Only one day's.
    """
    from plans.store import outbox

    with read() as (connection, here):
        rows = outbox.listing(connection, state=state, recipient=recipient, day=day, limit=limit)
        found = [_facts(row, here.settings.zone) for row in rows]
    if json:
        as_json(found)
        return
    also = tuple(name for name in ("channel", "fallback") if any(one[name] for one in found))
    shown = [tuple(one[name] for name in (*_SHOWN, *also)) for one in found]
    table((*_SHOWN, *also), shown, numbers="attempts", spare="fallback")


def _facts(row: Any, zone: tzinfo) -> dict[str, Any]:
    found = {name: getattr(row, name) for name in _NAMES}
    return found | {"finished_at": row.finished_at and row.finished_at.astimezone(zone)}


@app.command
def resend(
    department: str | None = None,
    *,
    failed_since: date | None = None,
    dry_run: bool = False,
    yes: bool = False,
) -> None:
    """Let messages that were given up go again, under their Message-IDs, once the cause is mended.

    Those whose mailbox bounced, and those that may have arrived, stay as they are.

    Parameters
    ----------
    department
        Only what was for it.
    failed_since
        Only what failed on this day or later.
    dry_run
        Only say how many they are.
    yes
        Do not ask.
    """
    from plans import resending
    from plans.errors import InvalidInput
    from plans.store import reading, writing

    if department is None and failed_since is None:
        raise InvalidInput("name a department, or --failed-since DATE, or both")
    with record() as here:
        midnight = datetime.combine(failed_since or date.min, time(), here.settings.zone)
        since = midnight if failed_since else None
        with reading(here.engine) as connection:
            found = resending.failed(connection, recipient=department, since=since)
        _say_staying(found)
        number = len(found.notices)
        if dry_run or not number:
            print(f"{number} messages would go again")
            return
        if not yes:
            _confirm(f"let {number} messages go again?")
        with writing(here.engine) as connection:
            for notice in found.notices:
                resending.try_again(connection, notice, actor=OFFICE, now=here.now)
    print(f"{number} messages wait for the next delivery")


def _say_staying(found: Failed) -> None:
    if found.bounced:
        say(f"{found.bounced} stay: their mailboxes bounced; register others, or clear that")
    if found.arrived:
        say(f"{found.arrived} stay: they may have arrived already")


@app.command
def drop(*ids: int, reason: str) -> None:
    """Never send messages that wait, such as those that went out before a backup was restored.

    What they tell of counts as told.

    Parameters
    ----------
    ids
        As 'dondoc messages list --state waiting' shows them.
    reason
        Why; it stays beside the message.
    """
    from plans import resending
    from plans.errors import InvalidInput

    if not ids:
        raise InvalidInput("name the messages by their ids")
    with write() as (connection, here):
        for notice in ids:
            resending.let_go(connection, notice, reason, actor=OFFICE, now=here.now)
    print(f"{len(ids)} messages are not sent")


def _confirm(question: str) -> None:
    from plans.errors import InvalidInput

    if not sys.stdin.isatty():
        raise InvalidInput(f"{question} say --yes")
    if input(f"{question} [y/N] ").strip().lower() not in ("y", "yes"):
        raise SystemExit(1)


@app.command
def hold(department: str, *, reason: str, until: date | None = None) -> None:
    """Withhold a department's messages from now on; sign-in links and codes go on.

    Parameters
    ----------
    reason
        Why; whoever looks at what is due sees it.
    until
        The last day on which they are withheld; without it, until 'dondoc messages lift'.
    """
    from plans import holding

    with write() as (connection, here):
        now = here.now
        holding.hold(connection, department, reason=reason, until=until, actor=OFFICE, now=now)
    print(f"{department}: messages are withheld" + (f" until {until}" if until else ""))


@app.command
def lift(department: str) -> None:
    """Send a department its messages again; the next run sends what is still owed, once."""
    from plans import holding

    with write() as (connection, here):
        ended = holding.lift(connection, department, actor=OFFICE, now=here.now)
    print(f"{department}: messages are sent again (withheld since {ended.since})")


@app.command
def holds(*, at: date | None = None, json: bool = False) -> None:
    """Whose messages are or were withheld, and why, the newest first."""
    from plans import holding

    names = ("department", "since", "until", "reason", "actor", "made_at", "lifted_at", "lifted_by")
    with read(at) as (connection, here):
        found = holding.listing(connection)
    rows = [
        {"in_force": one.is_in_force(here.day)} | {name: getattr(one, name) for name in names}
        for one in found
    ]
    for row in rows:
        for name in ("made_at", "lifted_at"):
            row[name] = row[name] and row[name].astimezone(here.settings.zone)
    if json:
        as_json(rows)
        return
    columns = ("in_force", "department", "since", "until", "reason", "lifted_at")
    table(columns, [tuple(row[name] for name in columns) for row in rows], spare="lifted_at")
    say(f"{sum(bool(row['in_force']) for row in rows)} in force")
