"""The weekly digest: what one recipient needs to know, by role.

A department sees its own; a coordinating office sees everything in the plans that it coordinates,
who is silent and why, and what changed since a week ago.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, Literal

from plans.addressing import Bodies
from plans.digest_offices import SHOWN, WEEK, Offices
from plans.digest_sections import sections
from plans.holding import held
from plans.messages import (
    Change,
    DigestContent,
    Held,
    Silent,
)
from plans.reminding import line_of, notice_key
from plans.rolling import PlanProgress, plans_progress
from plans.store import (
    Connection,
    Engine,
    catalogue,
    events,
    feeds,
    notices,
    reading,
    weekly,
    writing,
)
from plans.store.events import Newest
from plans.store.notices import NewNotice, owe
from plans.store.weekly import NOTHING, Beside, Owing
from plans.terms import NoticeKind, Silence
from plans.weeks import monday_of

NO_NEWS = Newest(0, ())
PART = 200
"""Recipients whose digests are made and owed at once."""


def owe_digests(connection: Connection, on: date, now: datetime, *, domain: str) -> list[str]:
    """Owe the week's digests, but to whom is held; gives the new notices' keys.

    A second run in a week owes nothing new. All in the caller's transaction: who writes beside
    others takes ``owe_digests_in_parts``.
    """
    withheld = held(connection, on)
    found = digest_notices(connection, on, now, domain=domain)
    return owe(connection, [one for one in found if one.recipient not in withheld], now)


def owe_digests_in_parts(
    engine: Engine, on: date, now: datetime, *, domain: str, size: int = PART
) -> Generator[list[str]]:
    """The same, some recipients' in each transaction, so that others write in between.

    All are made from one picture of the record, and a key is owed once: a run that was killed, or
    one beside this, leaves nothing told twice. Gives each part's new keys once they are kept.
    """
    with reading(engine) as connection:
        withheld = held(connection, on)
        contents = _contents(connection, on, now)
        mine = (_notice(one, domain) for one in contents if one.recipient not in withheld)
        while part := list(islice(mine, size)):
            with writing(engine, alone="digest") as writer:
                made = owe(writer, part, now)
            yield made


def digest_notices(
    connection: Connection, on: date, now: datetime, *, domain: str
) -> list[NewNotice]:
    """The week's digests, one a recipient and role, without writing them; also withheld ones."""
    return [_notice(content, domain) for content in _contents(connection, on, now)]


def digest_contents(connection: Connection, on: date, now: datetime) -> list[DigestContent]:
    """What the week's digests say; a week ends on ``on``, as it was known at ``now``."""
    return list(_contents(connection, on, now))


def _contents(connection: Connection, on: date, now: datetime) -> Iterator[DigestContent]:
    week = _Week.read(connection, on, now)
    yield from _office_digests(week)
    yield from _department_digests(week)


def digest_key(content: DigestContent) -> str:
    """Under which key a digest is owed: one a recipient, week and role, on whichever day of it."""
    week = monday_of(content.day)
    return notice_key(NoticeKind.DIGEST, content.recipient, week, content.role)


def _notice(content: DigestContent, domain: str) -> NewNotice:
    key = digest_key(content)
    return NewNotice(
        key=key,
        kind=NoticeKind.DIGEST,
        recipient=content.recipient,
        day=content.day,
        content=content.model_dump(mode="json"),
        domain=domain,
    )


@dataclass(frozen=True, slots=True)
class _Week:
    """What every digest of a day is made from, read once."""

    connection: Connection
    on: date
    now: datetime
    bodies: Bodies
    coordinators: Mapping[str, list[str]]
    plans: Mapping[str, Owing]
    departments: Mapping[str, Owing]
    beside: tuple[Beside, Beside]
    feeds: Mapping[str, Any]
    reachable: set[str]
    happened: Mapping[str, Newest]
    at_offices: Offices
    bounced: tuple[str, ...]

    @classmethod
    def read(cls, connection: Connection, on: date, now: datetime) -> _Week:
        # A digest of an earlier day tells of the week before that day.
        end = min(now, datetime.combine(on, time.max, now.tzinfo))
        bodies = Bodies(connection, on)
        coordinators: dict[str, list[str]] = {}
        for row in catalogue.plan_rows(connection):
            if office := bodies.present(row.coordinator):
                coordinators.setdefault(office, []).append(row.id)
        return cls(
            connection=connection,
            on=on,
            now=now,
            bodies=bodies,
            coordinators=coordinators,
            plans=weekly.owing_by(connection, "plan", on, on + WEEK),
            departments=weekly.owing_by(connection, "department", on, on + WEEK),
            beside=weekly.beside(connection),
            feeds={row.department: row for row in feeds.feed_rows(connection)},
            reachable=feeds.reachable(connection),
            happened=events.newest(connection, end - WEEK, end, "department", SHOWN),
            at_offices=Offices.read(connection, on, end, bodies),
            bounced=tuple(f"{row.name_vi}: {row.email}" for row in notices.bounced(connection)),
        )


def _office_digests(week: _Week) -> Iterator[DigestContent]:
    for office, plans in week.coordinators.items():
        told = plans_progress(week.connection, plans, week.on)
        issued = [one for one in told if _has_begun(one)]
        if issued:
            yield _office_digest(week, office, issued)


def _has_begun(one: PlanProgress) -> bool:
    return bool(one.total.assignments or one.total.outside.total())


def _office_digest(week: _Week, code: str, issued: Sequence[PlanProgress]) -> DigestContent:
    plans = [one.plan for one in issued]
    beside = week.beside[0]
    return _digest(
        week,
        code,
        "office",
        (week.at_offices.overdue.get(code, ()), week.at_offices.coming.get(code, ())),
        _sum(week.plans.get(plan, NOTHING) for plan in plans),
        week.at_offices.happened.get(code, NO_NEWS),
        plans=sections(week.connection, issued, week.on),
        overdue_at=_held(week, code),
        waiting_review=sum(beside.waiting[plan] for plan in plans),
        undecided=sum(beside.undecided[plan] for plan in plans),
        unconfirmed=sum(beside.unconfirmed[plan] for plan in plans),
        silent=_silent(week, code),
        bounced=week.bounced,
    )


def _sum(some: Iterable[Owing]) -> Owing:
    every = list(some)
    return Owing(sum(one.overdue for one in every), sum(one.coming for one in every))


Lines = tuple[Sequence[Any], Sequence[Any]]
"""Rows of what is overdue, and of what falls due next."""


def _department_digests(week: _Week) -> Iterator[DigestContent]:
    """Bodies with something late, due or changed; an empty mail a week teaches not to read."""
    codes = [
        code
        for code, one in week.departments.items()
        if week.bodies.exists(code) and (one.overdue or one.coming or code in week.happened)
    ]
    for at in range(0, len(codes), PART):
        yield from _some_departments(week, codes[at : at + PART])


def _some_departments(week: _Week, codes: Sequence[str]) -> Iterator[DigestContent]:
    yesterday, on = week.on - timedelta(days=1), week.on
    overdue = weekly.urgent_lines(week.connection, codes, None, yesterday, SHOWN)
    coming = weekly.urgent_lines(week.connection, codes, on, on + WEEK, SHOWN)
    changes = {code: week.happened[code] for code in codes if code in week.happened}
    known = events.happened(week.connection, [seq for one in changes.values() for seq in one.seqs])
    beside = week.beside[1]
    for code in codes:
        yield _digest(
            week,
            code,
            "department",
            (overdue.get(code, ()), coming.get(code, ())),
            week.departments[code],
            changes.get(code, NO_NEWS),
            known,
            waiting_review=beside.waiting[code],
            undecided=0,
            unconfirmed=beside.unconfirmed[code],
            plans=(),
        )


def _digest(
    week: _Week,
    code: str,
    role: Literal["office", "department"],
    lines: Lines,
    owing: Owing,
    changes: Newest,
    known: Mapping[int, events.Happened] | None = None,
    **by_role: Any,
) -> DigestContent:
    if known is None:
        known = events.happened(week.connection, changes.seqs)
    overdue, coming = (tuple(line_of(row, week.on) for row in some) for some in lines)
    return DigestContent(
        role=role,
        recipient=code,
        recipient_name=week.bodies.name(code),
        day=week.on,
        week_start=week.on - WEEK,
        overdue=overdue,
        overdue_total=owing.overdue,
        due_next=coming,
        due_next_total=owing.coming,
        changes=tuple(_change(week, known[seq]) for seq in changes.seqs),
        changes_total=changes.total,
        **by_role,
    )


def _silent(week: _Week, office: str) -> tuple[Silent, ...]:
    """Bodies that owe an overdue report, or whose feed fails, and why; the worst first."""
    failing = {code for code, feed in week.feeds.items() if feed.silence}
    late = week.at_offices.late.get(office, ())
    mute = [one for one in late if one.unanswered or one.department in failing]
    codes = sorted(one.department for one in mute)
    reported = events.last_reports(week.connection, codes, week.now)
    return tuple(
        Silent(
            department=week.bodies.name(one.department),
            reason=silence_of(one.department, week.feeds, week.reachable),
            overdue=one.unanswered,
            last_answer=reported.get(one.department),
        )
        for one in sorted(mute, key=lambda one: (-one.unanswered, one.department))
    )


def silence_of(code: str, feeds: Mapping[str, Any], reachable: set[str]) -> Silence:
    """Why a body that owes a report is silent: what its feed last did, else never asked or mute."""
    feed = feeds.get(code)
    if feed is not None and feed.silence:
        return Silence(feed.silence)
    return Silence.NOT_ANSWERED if code in reachable else Silence.NEVER_ASKED


def _held(week: _Week, office: str) -> tuple[Held, ...]:
    late = [one for one in week.at_offices.late.get(office, ()) if one.overdue]
    most = sorted(late, key=lambda one: (-one.overdue, one.department))
    return tuple(
        Held(department=week.bodies.name(one.department), tasks=one.overdue) for one in most
    )


def _change(week: _Week, one: events.Happened) -> Change:
    return Change(
        # ``now`` came in the office's time zone: its days are people's days.
        day=one.at.astimezone(week.now.tzinfo).date(),
        kind=one.kind,
        plan_number=one.plan_number,
        task_title=one.task_title,
        department=week.bodies.name(one.department) if one.department else "",
        percent=one.percent,
    )
