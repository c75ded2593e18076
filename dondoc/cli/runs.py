"""Running a flow once, now; or, with ``--dry-run``, showing what it would do and why.

A dry run needs no Prefect: it calls the same rules and writes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, Any

from dondoc.cli.output import as_json, say, table
from dondoc.cli.record import read, record

if TYPE_CHECKING:
    from dondoc.cli.record import Record
    from plans.catching_up import Settled
    from plans.settings import Settings
    from plans.store import Connection

SENDING = ("remind", "digest", "deliver")


def _run(name: str, at: date | None, *, json: bool) -> int:
    from flows.common import refuse_ahead

    with record(at) as here:
        settings = here.settings
    refuse_ahead(at, settings)
    from dondoc.running import run_flow

    with _progress():
        outcome = run_flow(name, settings, at, say=say)
    if json:
        as_json({"name": outcome.name, "state": outcome.state, "result": outcome.result})
    else:
        print(f"{outcome.name}: {outcome.state}{_told(name, outcome.result)}")
        if name in SENDING:
            _tell_where(settings)
    return 0 if outcome.state == "Completed" else 1


class _Saying(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        say(f"… {record.getMessage()}")


@contextmanager
def _progress() -> Iterator[None]:
    """While many messages are sent, say now and then how far it is."""
    handler = _Saying()
    log = logging.getLogger("integrations.delivery")
    before = log.level
    log.setLevel(logging.INFO)
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(before)


def _tell_where(settings: Settings) -> None:
    """Where messages went without a mail server, and why others did not go."""
    from flows.common import mail_settings
    from plans.store import outbox

    if mail_settings().smtp_url is None:
        say(f"no DONDOC_SMTP_URL: messages are kept in {settings.data_dir / 'mail'}")
    with read() as (connection, _):
        for state, reason, n in outbox.reasons(connection):
            say(f"{n} {state}: {reason}")


def _told(name: str, result: Any) -> str:
    if isinstance(result, dict):
        return "; " + ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in result.items())
    if isinstance(result, list):
        return f"; {len(result)} {'registers' if name == 'measure' else 'agencies'} asked"
    return ""


def open_periods(*, at: date | None = None, dry_run: bool = False, json: bool = False) -> int:
    """Open what has begun by the day, and pass on what ended bodies left behind."""
    if not dry_run:
        return _run("open-periods", at, json=json)
    from plans import opening

    with read(at) as (connection, here):
        found = opening.open_periods(connection, here.day, here.now, dry_run=True)
    if json:
        as_json({"would_open": found.by_plan, "undecided": found.undecided})
        return 0
    table(("plan", "would open"), list(found.by_plan.items()), numbers="open")
    if found.undecided:
        table(("needs a decision", "why"), found.undecided)
    return 0


def gather(*, at: date | None = None, dry_run: bool = False, json: bool = False) -> int:
    """Pull updates from every agency that has a feed."""
    if not dry_run:
        return _run("gather", at, json=json)
    from plans.store import feeds

    names = ("department", "url", "cursor", "answered_at", "silence", "detail")
    with read(at) as (connection, here):
        rows = [
            {name: getattr(row, name) for name in names}
            | {"answered_at": _local(row.answered_at, here.settings.zone)}
            for row in feeds.feed_rows(connection, on=here.day)
        ]
    if json:
        as_json({"would_ask": rows})
    else:
        spare = "detail cursor answered_at"
        table(names, [tuple(row.values()) for row in rows], spare=spare)
    return 0


def measure(*, at: date | None = None, dry_run: bool = False, json: bool = False) -> int:
    """Pull targets' figures from every register whose time has come."""
    if not dry_run:
        return _run("measure", at, json=json)
    from plans import registers

    names = ("id", "type", "url", "every", "answered_at", "silence", "detail")
    with read(at) as (connection, here):
        ids = registers.due(connection, here.now)
        rows = [
            {name: one[name] for name in names}
            | {"answered_at": _local(one["answered_at"], here.settings.zone)}
            for one in registers.described(connection, here.day)
            if one["id"] in ids
        ]
    if json:
        as_json({"would_ask": rows})
    else:
        table(names, [tuple(row.values()) for row in rows], spare="detail answered_at")
    return 0


def _local(moment: datetime | None, zone: tzinfo) -> datetime | None:
    return moment.astimezone(zone) if moment else None


def remind(*, at: date | None = None, dry_run: bool = False, json: bool = False) -> int:
    """Send the day's reminders and escalations: one message a recipient, each rung once."""
    if not dry_run:
        return _run("remind", at, json=json)
    from plans import holding, reminding

    with _settled(at) as (connection, here, settled):
        owed = reminding.owed_on(connection, here.day)
        held = {code: one.reason for code, one in holding.held(connection, here.day).items()}
    if json:
        parted = _parted([_owed(one) | {"held": held.get(one.recipient)} for one in owed])
        as_json({**parted, "would_settle": _numbers(settled)})
        return 0
    columns = ("recipient", "kind", "why", "department", "task", "due", "days", "held")
    rows = [
        (
            one.recipient,
            one.kind,
            one.why,
            one.line.department,
            one.line.task_title,
            one.due,
            one.line.days,
            held.get(one.recipient),
        )
        for one in sorted(owed, key=lambda one: (one.recipient, one.kind, one.line.days))
    ]
    table(columns, rows, numbers="days", spare="why kind")
    messages = {(one.recipient, one.kind) for one in owed}
    number = f"{len(messages)} messages{_withheld(messages, held)}"
    _tell_settled(settled)
    say(f"{len(owed)} lines in {number}; nothing was sent")
    return 0


@contextmanager
def _settled(at: date | None) -> Iterator[tuple[Connection, Record, Settled]]:
    """The record as a run finds it once it has settled what waits, which is undone at the end."""
    from plans import catching_up
    from plans.store import writing

    with record(at) as here, writing(here.engine, alone="remind") as connection:
        settled = catching_up.settle(connection, here.day, here.now)
        yield connection, here, settled
        if transaction := connection.get_transaction():
            transaction.rollback()


def _numbers(settled: Settled) -> dict[str, int]:
    return {"retold": settled.retold, "merged": settled.merged, "dropped": settled.dropped}


def _tell_settled(settled: Settled) -> None:
    if any(_numbers(settled).values()):
        say(
            f"of what waits, {settled.retold} would be told as of the day, {settled.merged} merged "
            f"into newer ones and {settled.dropped} dropped as outdated"
        )


def _parted(rows: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """What would be sent, and what is withheld, with the reason (``held``)."""
    found: dict[str, list[dict[str, Any]]] = {"would_send": [], "withheld": []}
    for row in rows:
        found["withheld" if row["held"] else "would_send"].append(row)
    for row in found["would_send"]:
        del row["held"]
    return found


def _withheld(messages: Iterable[tuple[str, str]], held: Mapping[str, str]) -> str:
    n = sum(recipient in held for recipient, _ in messages)
    return f", {n} of them withheld" if n else ""


def _owed(one: Any) -> dict[str, Any]:
    line = one.line.model_dump(mode="json")
    return {"recipient": one.recipient, "kind": one.kind, "why": one.why, "line": line}


def roll_up(*, at: date | None = None, dry_run: bool = False, json: bool = False) -> int:
    """Keep the day's figures and publish them."""
    if not dry_run:
        return _run("roll-up", at, json=json)
    from dondoc.cli.progress import progress

    progress(at=at, json=json)
    return 0


def digest(*, at: date | None = None, dry_run: bool = False, json: bool = False) -> int:
    """Mail the week's digests."""
    if not dry_run:
        return _run("digest", at, json=json)
    from flows.common import mail_settings
    from plans import digests, holding

    with read(at) as (connection, here):
        domain = mail_settings().domain
        found = digests.digest_notices(connection, here.day, here.now, domain=domain)
        held = {code: one.reason for code, one in holding.held(connection, here.day).items()}
    rows = [
        {
            "recipient": one.recipient,
            "role": one.content["role"],
            "overdue": one.content["overdue_total"],
            "due_next_week": one.content["due_next_total"],
            "changes": one.content["changes_total"],
            "held": held.get(one.recipient),
        }
        for one in found
    ]
    if json:
        as_json(_parted(rows))
        return 0
    columns = ("recipient", "role", "overdue", "due_next_week", "changes", "held")
    table(columns, [tuple(row.values()) for row in rows], numbers="overdue due_next_week changes")
    messages = [(one.recipient, one.kind) for one in found]
    say(f"{len(rows)} digests{_withheld(messages, held)}; nothing was sent")
    return 0


def deliver(*, at: date | None = None, dry_run: bool = False, json: bool = False) -> int:
    """Send what waits, or is to be tried again."""
    if not dry_run:
        return _run("deliver", at, json=json)
    from plans.store import claims

    names = ("recipient", "kind", "day", "attempts", "error")
    with _settled(at) as (connection, here, settled):
        found = claims.waiting(connection, here.now)
        rows = [{name: getattr(row, name) for name in names} for row in found]
    if json:
        as_json({"would_send": rows, "would_settle": _numbers(settled)})
    else:
        table(names, [tuple(row.values()) for row in rows], numbers="attempts")
        _tell_settled(settled)
    return 0


def bounces(*, at: date | None = None, dry_run: bool = False, json: bool = False) -> int:
    """Read what came back of messages from the mailbox of DONDOC_BOUNCE_URL."""
    if not dry_run:
        return _run("bounces", at, json=json)
    from dataclasses import asdict

    from flows.common import bounce_settings
    from integrations.bounces import look

    where = bounce_settings().where
    if where is None:
        say("no DONDOC_BOUNCE_URL: what comes back of messages is read nowhere")
    with record(at) as here:
        rows = [asdict(one) for one in look(here.engine, where)] if where else []
    if json:
        as_json({"mailbox": where.name if where else None, "would_read": rows})
        return 0
    columns = ("sender", "what", "address", "status", "notice", "said")
    table(columns, [tuple(row[name] for name in columns) for row in rows], spare="said status")
    return 0


def webhooks(*, at: date | None = None, dry_run: bool = False, json: bool = False) -> int:
    """Tell other systems' webhooks what has happened since their last message."""
    if not dry_run:
        return _run("webhooks", at, json=json)
    from plans.store import following
    from plans.store import webhooks as store

    with read(at) as (connection, here):
        end = following.end(connection)
        rows = [
            {
                "id": row.id,
                "name": row.name,
                "department": row.department,
                "at_most": end - row.position,
                "attempts": row.attempts,
                "last_answer": row.last_answer,
            }
            for row in store.waiting(connection, here.now)
        ]
        behind = following.is_behind(connection)
    if json:
        as_json({"would_send": rows, "more_wait_for_a_position": behind})
        return 0
    columns = ("id", "name", "department", "at_most", "attempts", "last_answer")
    table(columns, [tuple(row.values()) for row in rows], numbers="at_most attempts")
    if behind:
        say("more entries wait for their position, which a run gives them first")
    return 0
