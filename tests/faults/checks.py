"""What must hold after any run, whatever happened in it; each problem is a sentence."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import func, select

from integrations.outcomes import TWICE
from plans.reminding import owed_on
from plans.store import Connection, leases, reading
from plans.store.schema import (
    assignments,
    deliveries,
    feed_items,
    ledger,
    notices,
    texts,
)
from plans.terms import Delivery
from plans.verifying import check
from tests.faults.load import Load, Reply
from tests.faults.proxy import Proxy
from tests.faults.sink import Received
from tests.faults.sites import Hit, Site

__all__ = ["Proxy", "problems", "waiting"]

MAIL_HITS = (
    "kill-workers",
    "freeze-worker",
    "thaw-worker",
    "kill-postgres",
    "lose-commit",
    "drop-connections",
    "lose-mail",
    "fill-disk",
    "shift-workers",
    "next-day",
)
"""After these a message may come again: taken by the server, and not known by us to be."""
SLACK = 15.0
"""Seconds for which what happened may go on to have effects: a claim that a clock let run out is
sent by who holds it and by who takes it next, however slow the machine is."""
MAY_FAIL = ("OperationalError", "OutsideError", "DeliveryError", "OSError", "FileNotFoundError")
SAMPLE = 60


def waiting(site: Site) -> int:
    """How many notices are not delivered yet."""
    engine = site.engine()
    with reading(engine) as connection:
        query = select(func.count()).where(deliveries.c.state == Delivery.WAITING)
        found = int(connection.execute(query).scalar_one())
    engine.dispose()
    return found


def problems(site: Site) -> list[str]:
    """Everything that is wrong."""
    engine = site.engine()
    found = list(_answers(site.load))
    with reading(engine) as connection:
        found += [f"dondoc db check: {one}" for one in check(connection, site.data).problems]
        found += _updates(connection, site.load)
        found += _times(connection)
        found += _feeds(connection, site)
        found += _notices(connection, site)
        found += _owed(connection, site)
    found += _leases(engine, site)
    found += _repeats(site.load)
    if engine.dialect.name == "sqlite":
        with reading(engine) as connection:
            said = connection.exec_driver_sql("PRAGMA integrity_check").scalar_one()
            found += [] if said == "ok" else [f"SQLite's integrity check: {said}"]
    engine.dispose()
    return [*found, *_jobs(site), *_logs(site)]


# --- calls ---------------------------------------------------------------------------------------


def _answers(load: Load) -> Iterator[str]:
    """Every call was answered as it should be; what said "try again" said it properly."""
    yield from load.broken
    yield from (f"{one.key} was never answered" for one in load.unanswered)
    for one in load.replies:
        wanted = {"refused": (403, 404, 412, 422)}.get(one.call.kind, (201,))
        if one.status not in wanted:
            yield f"{one.call.key} ({one.call.kind}) was answered {one.status}: {one.body}"
    first: dict[str, Reply] = {}
    for one in load.taken:
        if first.setdefault(one.call.key, one).body != one.body:
            yield f"{one.call.key} was answered twice, differently"
    for trouble in load.troubles:
        if trouble.status is None:
            continue
        if trouble.status not in (503, 507) or trouble.media_type != "application/problem+json":
            yield f"answered {trouble.status} {trouble.media_type}: {trouble.said}"


def _updates(connection: Connection, load: Load) -> Iterator[str]:
    """Each acknowledged report is in the ledger once, as it was said; no refused one is."""
    query = select(ledger.c.assignment, ledger.c.n, ledger.c.payload, ledger.c.recorded_at)
    rows = [
        (f"{row.assignment}.{row.n}", json.loads(row.payload), row.recorded_at)
        for row in connection.execute(query.where(ledger.c.kind == "updated"))
    ]
    words = {
        row.hash: row.body.get("result") for row in connection.execute(select(texts)) if row.body
    }
    times = Counter(words.get(payload["text"]) for _, payload, _ in rows)
    entries = {key: (payload, at) for key, payload, at in rows}
    for one in load.replies:
        said = one.call.words
        if one.call.kind == "refused" and times[said]:
            yield f"{one.call.key} was refused and is in the ledger"
        if one.call.kind == "update" and one.status == 201:
            entry = entries.get(one.body["id"])
            if times[said] != 1 or entry is None:
                yield f"{one.call.key} was acknowledged and is in the ledger {times[said]} times"
                continue
            payload, at = entry
            if (words[payload["text"]], payload["percent"]) != (said, one.call.percent):
                yield f"{one.call.key} is in the ledger with other content"
            if datetime.fromisoformat(one.body["recorded_at"]) != at:
                yield f"{one.call.key} was said to be recorded at another time than {at}"
    yield from (f"{one} is in the ledger {n} times" for one, n in times.items() if one and n > 1)


def _times(connection: Connection) -> Iterator[str]:
    """No entry is recorded before the one that it follows."""
    query = select(ledger.c.assignment, ledger.c.recorded_at)
    last: dict[str, datetime] = {}
    for key, at in connection.execute(query.order_by(ledger.c.assignment, ledger.c.n)):
        if key in last and at < last[key]:
            yield f"{key}: an entry of {at} follows one of {last[key]}"
        last[key] = at


def _repeats(load: Load) -> Iterator[str]:
    """Whoever asks again gets the first answer, also after all that happened."""
    first = {one.call.key: one for one in reversed(load.taken)}
    some = [one.call for one in list(first.values())[:SAMPLE]]
    again = {one.call.key: one for one in load.repeat(some)}
    for call in some:
        one = again.get(call.key)
        if one is None or (one.status, one.body) != (201, first[call.key].body) or not one.replayed:
            yield f"{call.key}, said again, was not answered as before: {one}"


# --- agencies and mail ---------------------------------------------------------------------------


def _feeds(connection: Connection, site: Site) -> Iterator[str]:
    """What agencies told was taken once each."""
    f = feed_items.c
    kept = Counter(
        (row.department, row.item)
        for row in connection.execute(select(f.department, f.item).where(f.state == "applied"))
    )
    reported = Counter(
        row.body.get("result") for row in connection.execute(select(texts.c.body)) if row.body
    )
    for code, item, words in site.agencies.told():
        if (kept[code, item], reported[words]) != (1, 1):
            yield f"{words} was taken {kept[code, item]} times, reported {reported[words]} times"


def _notices(connection: Connection, site: Site) -> Iterator[str]:
    n = notices.c
    joined = notices.outerjoin(deliveries)
    rows = list(connection.execute(select(n.key, deliveries).select_from(joined)))
    messages: dict[str, list[Received]] = defaultdict(list)
    for one in site.sink.received:
        messages[one.message_id].append(one)
    for row in rows:
        got = messages.pop(row.message_id, [])
        yield from _notice(row, got, site.hits)
    yield from (f"a message that nobody owed: {key}" for key in messages)


def _notice(row: Any, got: list[Received], hits: list[Hit]) -> Iterator[str]:
    if row.state is None:
        yield f"notice {row.key} has no delivery record"
    elif row.state == Delivery.WAITING:
        why = f"next try at {row.next_try_at}, lease until {row.lease_until}: {row.error}"
        yield f"notice {row.key} still waits, {why}"
    elif row.state == Delivery.FAILED and not _is_for_a_person(row, hits):
        yield f"notice {row.key} was given up: {row.error}"
    elif row.state != Delivery.SENT and not row.error:
        yield f"notice {row.key} is {row.state}, and nobody knows why"
    elif row.state == Delivery.SENT and not got:
        yield f"notice {row.key} is recorded as sent, and never arrived"
    if len({one.recipient for one in got}) > 1:
        yield f"notice {row.key} went to several mailboxes"
    left = [hit for hit in hits if hit.kind in MAIL_HITS]
    for one, again in pairwise(got):
        reason = next((hit for hit in left if _explains(hit, one, again)), None)
        if reason is None:
            yield f"notice {row.key} came {len(got)} times, more often than anything happened"
            return
        left.remove(reason)


def _is_for_a_person(row: Any, hits: list[Hit]) -> bool:
    """Whether it was handed over twice, and twice something kept us from the answer: it may have
    arrived, and no third copy follows (``integrations.outcomes``)."""
    kept = [hit for hit in hits if hit.kind in MAIL_HITS and hit.kind != "next-day"]
    return row.error.startswith(TWICE) and len(kept) >= 2


def _explains(hit: Hit, one: Received, again: Received) -> bool:
    """Whether it happened between the two: each thing that happens explains one message more."""
    return hit.began - SLACK <= again.at and hit.ended + SLACK >= one.at


def _owed(connection: Connection, site: Site) -> Iterator[str]:
    """Whatever days were skipped, nobody is left to be told, and nothing was opened twice."""
    day = site.nurseries.worker.clock.now(site.plan.begins).date()
    if left := [one.recipient for one in owed_on(connection, day)]:
        yield f"{len(left)} reminders of {day} were never owed: {sorted(set(left))[:5]}"
    slots = select(assignments.c.task, assignments.c.period, func.count())
    doubles = slots.group_by(assignments.c.task, assignments.c.period).having(func.count() > 1)
    for task, period, number in connection.execute(doubles):
        yield f"{task} was opened {number} times for {period}"


# --- what else is left ---------------------------------------------------------------------------


def _leases(engine: Any, site: Site) -> Iterator[str]:
    for row in leases.last_runs(engine):
        if row.holder is not None:
            yield f"job {row.job} is held by {row.holder} until {row.ends_at}"


def _jobs(site: Site) -> Iterator[str]:
    """Whatever ended a job is something that may pass."""
    path = site.folder / "jobs.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    said = [json.loads(line) for line in lines if line.endswith("}")]
    odd = {
        f"job {one['job']} failed: {one['failed']}: {one['why'][:200]}"
        for one in said
        if one.get("failed", MAY_FAIL[0]) not in MAY_FAIL
    }
    yield from sorted(odd)
    done = {one["job"] for one in said if "done" in one}
    yield from (f"job {one} was never done" for one in {one["job"] for one in said} - done)


def _logs(site: Site) -> Iterator[str]:
    """An API tells what failed in a line; a stack trace is an error of ours."""
    for path in sorted(site.folder.glob("api-*.log")):
        text = path.read_text(errors="replace")
        if "Traceback" in text:
            yield f"{path.name} holds a traceback: {text[text.index('Traceback') :][:800]}"
