"""Loads a nation through the record's own write path: province by province, round by round.

``python -m bench.loader URL SIZE FIRST EACH`` loads every EACH-th province beginning with FIRST:
so several processes share the work. Assignments are opened by ``open_assignments`` and every
update is a call of ``append`` for some thousand assignments, as one page of a feed would be: each
event is tried against the rules, chained and hashed, the assignment and the counters follow in the
same transaction. An assignment gets five entries: reports, then for most of them a submission and
its acceptance; one in five entries brings words.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from bench import memory
from bench.country import TODAY, nation
from plans import loading
from plans.assignments import Obligation, obligations
from plans.bodies import Directory
from plans.declaration import Plan
from plans.declared import Catalogue
from plans.rules import Event
from plans.store import Connection, Engine, catalogue, open_engine, writing
from plans.store.ledger import NewAssignment, append, open_assignments, put_texts, salted
from plans.terms import EventKind

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
BEGAN = datetime(2025, 7, 5, 1, tzinfo=UTC)
ROUND = timedelta(days=29)
ROUNDS = 5
UPDATES = 5
"""Entries of the ledger that follow an assignment's first one."""
LOT = 5_000
"""Assignments in one transaction."""
TELL = 30
"""Seconds between two lines that say how far it is."""
WORDS = (
    "Đã ban hành văn bản chỉ đạo, phân công lãnh đạo phụ trách và tổ chức quán triệt đến các thôn, "
    "ấp, khu phố; hoàn thành rà soát, lập danh sách đối tượng trên địa bàn theo đúng thời hạn."
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one loader did: seconds of each kind of work, and MB of memory at its greatest."""

    assignments: int
    updates: int
    opening: float
    updating: float
    peak: float


def declare(engine: Engine, country: Catalogue) -> float:
    """Load departments, plans and the communes that they name; seconds."""
    begun = time.perf_counter()
    with writing(engine) as connection:
        loading.load_catalogue(connection, country, BEGAN)
        directory = Directory(country.departments)
        for one in country.departments.provinces:
            communes, _ = directory.members_on("communes", TODAY, one.code)
            catalogue.save_bodies(connection, communes, one.code)
    return time.perf_counter() - begun


def load(engine: Engine, country: Catalogue, first: int = 0, each: int = 1) -> Loaded:
    """Open and report on what every ``each``-th province was given; all of it as by default."""
    opening = updating = told = 0.0
    opened = updates = 0
    with engine.connect() as connection:
        calendar = loading.read_calendar(connection)
    directory = Directory(country.departments)
    mine = _by_province(country)[first::each]
    for n, plans in enumerate(mine):
        begun = time.perf_counter()
        if begun - told > TELL:
            print(f"loader {first + 1}: {n} of {len(mine)} provinces", file=sys.stderr, flush=True)
            told = begun
        keys: list[str] = []
        owed = (one for plan in plans for one in obligations(plan, directory, calendar, TODAY))
        while some := list(islice(owed, LOT)):
            keys += _open(engine, some)
        opened += len(keys)
        opening += time.perf_counter() - begun
        begun = time.perf_counter()
        updates += _report(engine, keys)
        updating += time.perf_counter() - begun
    return Loaded(opened, updates, opening, updating, memory.peak())


def _by_province(country: Catalogue) -> list[list[Plan]]:
    found: dict[str | None, list[Plan]] = defaultdict(list)
    for plan in country.plans:
        found[plan.province].append(plan)
    return list(found.values())


def _open(engine: Engine, owed: Sequence[Obligation]) -> list[str]:
    with writing(engine) as connection:
        open_assignments(connection, [_new(one) for one in owed])
    return [one.id for one in owed]


def _new(one: Obligation) -> NewAssignment:
    columns = {
        "id": one.id,
        "ref": one.ref,
        "slot": one.slot,
        "lead_reason": one.lead.reason,
        "period": None,
        "period_start": None,
        "period_end": None,
        "due_estimated": one.occurrence.estimated,
    }
    payload = {
        "plan": one.plan,
        "group": one.group,
        "task": one.task,
        "period": None,
        "department": one.lead.code,
        "declared": one.declared,
        "lead_status": one.lead.status,
        "territory": one.territory,
        "ongoing": one.occurrence.ongoing,
        "weight": one.weight,
        "needs_review": one.needs_review,
        "due": one.occurrence.due.isoformat(),
    }
    event = Event(EventKind.ASSIGNED, "system:open-periods", BEGAN, BEGAN, payload)
    return NewAssignment(columns, event)


# --- what is reported --------------------------------------------------------------------------


def _report(engine: Engine, keys: Sequence[str]) -> int:
    """Five rounds over a province's assignments; gives how many entries were appended."""
    total = 0
    for turn in range(ROUNDS):
        for start in range(0, len(keys), LOT):
            lot = keys[start : start + LOT]
            with writing(engine) as connection:
                total += _take(connection, lot, start, turn)
    return total


def _take(connection: Connection, lot: Sequence[str], start: int, turn: int) -> int:
    events: dict[str, list[Event]] = {}
    texts = []
    for n, key in enumerate(lot, start):
        at = BEGAN + turn * ROUND + timedelta(minutes=n * 37 % (ROUND.days * 1440))
        text = salted({"result": f"{WORDS} ({n})"}) if turn == 2 else None
        texts += [text] if text else []
        events[key] = list(_said(n % 10, turn, at, text["hash"] if text else None))
    put_texts(connection, texts)
    append(connection, events)
    return sum(map(len, events.values()))


def _said(kind: int, turn: int, at: datetime, text: str | None) -> Iterator[Event]:
    """What an assignment gets in a round: of ten six are accepted, one waits, three are open."""
    ends = {2: kind < 6, 3: kind == 6}.get(turn, False)
    if kind >= 6 and not (kind == 6 and turn == 4):
        yield _updated(100 if ends else 15 * (turn + 1), at, text, ends)
    elif turn < 3:
        yield _updated(100 if ends else 30 * (turn + 1), at, text, ends)
    if ends:
        day = at.astimezone(ZONE).date().isoformat()
        yield Event(EventKind.SUBMITTED, "department:bench", at, at, {"submitted_on": day})
    if kind < 6 and turn == 3:
        yield Event(EventKind.ACCEPTED, "user:bench", at, at, {"note": None})


def _updated(percent: int, at: datetime, text: str | None, ends: bool) -> Event:
    payload: dict[str, Any] = {} if ends else {"withdraws": True}
    payload |= {"percent": percent, "nil_report": False, "evidence": 0, "text": text}
    return Event(EventKind.UPDATED, "department:bench", at, at, payload | {"source": None})


def main(url: str, size: str, first: str, each: str) -> int:
    """Load a share of the nation; says what it did as JSON."""
    engine = open_engine(url)
    print(json.dumps(asdict(load(engine, nation(int(size)), int(first), int(each)))))
    engine.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:5]))
