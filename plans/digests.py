"""The weekly digest: what one recipient needs to know, by role.

A department sees its own; a coordinating office sees everything in the plans that it coordinates,
who is silent and why, and what changed since a week ago.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from plans.addressing import Bodies
from plans.holding import held
from plans.messages import (
    Change,
    Classes,
    DigestContent,
    FanOutLine,
    GroupBar,
    Held,
    PlanSection,
    Silent,
)
from plans.progress import Progress
from plans.reminding import line_of, message_id, notice_key
from plans.rolling import FanOut, PlanProgress, all_plans, by_department, fan_outs
from plans.store import Connection, catalogue, events, feeds, lists, notices, snapshots
from plans.store import assignments as store
from plans.store.notices import NewNotice, owe
from plans.terms import LeadStatus, NoticeKind, Outside, Review, Silence, Timeliness

WEEK = timedelta(days=7)
LATELY = timedelta(days=31)
"""How long a fanned-out clause is still told of after its due date."""
SHOWN = 25
"""Lines of one list in a mail; the rest is counted and linked."""


def owe_digests(connection: Connection, on: date, now: datetime, *, domain: str) -> list[str]:
    """Owe the week's digests, but to whom is held; gives the new notices' keys.

    A second run on a day owes nothing.
    """
    withheld = held(connection, on)
    found = digest_notices(connection, on, now, domain=domain)
    return owe(connection, [one for one in found if one.recipient not in withheld], now)


def digest_notices(
    connection: Connection, on: date, now: datetime, *, domain: str
) -> list[NewNotice]:
    """The week's digests, one a recipient and role, without writing them; also withheld ones."""
    return [_notice(content, domain) for content in digest_contents(connection, on, now)]


def digest_contents(connection: Connection, on: date, now: datetime) -> list[DigestContent]:
    """What the week's digests say; a week ends on ``on``, as it was known at ``now``."""
    week = _Week.read(connection, on, now)
    return [*_office_digests(week), *_department_digests(week)]


def digest_key(content: DigestContent) -> str:
    """Under which key a digest is owed: one a recipient, day and role."""
    return notice_key(NoticeKind.DIGEST, content.recipient, content.day, content.role)


def _notice(content: DigestContent, domain: str) -> NewNotice:
    key = digest_key(content)
    return NewNotice(
        key=key,
        kind=NoticeKind.DIGEST,
        recipient=content.recipient,
        day=content.day,
        content=content.model_dump(mode="json"),
        message_id=message_id(key, domain),
    )


@dataclass(frozen=True, slots=True)
class _Week:
    """What every digest of a day is made from, read once."""

    connection: Connection
    on: date
    now: datetime
    bodies: Bodies
    plans: Sequence[PlanProgress]
    coordinators: Mapping[str, list[str]]
    before: Mapping[tuple[str, str], Mapping[str, Any]]
    departments: Mapping[str, Progress]
    feeds: Mapping[str, Any]
    reachable: set[str]
    reported: Mapping[str, date]
    changes: Sequence[events.Happened]
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
            plans=all_plans(connection, on),
            coordinators=coordinators,
            before=snapshots.latest_before(connection, on),
            departments=by_department(connection, on),
            feeds={row.department: row for row in feeds.feed_rows(connection)},
            reachable=feeds.reachable(connection),
            reported=events.last_reports(connection, now),
            changes=events.happened(connection, end - WEEK, end),
            bounced=tuple(f"{row.name_vi}: {row.email}" for row in notices.bounced(connection)),
        )


def _office_digests(week: _Week) -> Iterable[DigestContent]:
    for coordinator, plans in week.coordinators.items():
        issued = [one for one in week.plans if one.plan in plans and _has_begun(one)]
        if issued:
            yield _digest(week, "office", coordinator, [one.plan for one in issued])


def _has_begun(one: PlanProgress) -> bool:
    return bool(one.total.assignments or one.total.outside.total())


def _department_digests(week: _Week) -> Iterable[DigestContent]:
    """Bodies with something late, due or changed; an empty mail a week teaches not to read."""
    for code in week.departments:
        if week.bodies.exists(code):
            found = _digest(week, "department", code, None)
            if found.overdue_total or found.due_next_total or found.changes_total:
                yield found


def _digest(
    week: _Week, role: Literal["office", "department"], code: str, plans: list[str] | None
) -> DigestContent:
    office = role == "office"
    own = lists.Filter(plans=plans) if office else lists.Filter(department=code)
    overdue, overdue_total = _lines(week, own, open_only=True, due_by=week.on - timedelta(days=1))
    coming, coming_total = _lines(
        week, own, open_only=True, due_from=week.on, due_by=week.on + WEEK
    )
    changes = [one for one in week.changes if _concerns(one, code, plans)]
    return DigestContent(
        role=role,
        recipient=code,
        recipient_name=week.bodies.name(code),
        day=week.on,
        week_start=week.on - WEEK,
        plans=tuple(_section(week, one) for one in week.plans if one.plan in (plans or ())),
        overdue=overdue,
        overdue_total=overdue_total,
        overdue_at=_held(week, plans or []) if office else (),
        due_next=coming,
        due_next_total=coming_total,
        waiting_review=_number(week, own, review=Review.SUBMITTED),
        undecided=_number(week, own, lead=LeadStatus.UNDECIDED) if office else 0,
        unconfirmed=_number(week, own, lead=LeadStatus.UNCONFIRMED),
        silent=_silent(week, plans or []) if office else (),
        changes=tuple(_change(week, one) for one in changes[:SHOWN]),
        changes_total=len(changes),
        bounced=week.bounced if office else (),
    )


def _lines(week: _Week, own: lists.Filter, **more: Any) -> tuple[tuple[Any, ...], int]:
    which = replace(own, **more)
    rows = lists.listing(week.connection, which, week.on, limit=SHOWN)
    total = len(rows)
    if total == SHOWN:
        total = lists.number_of(week.connection, which, week.on)
    return tuple(line_of(row, week.on) for row in rows), total


def _number(week: _Week, own: lists.Filter, **more: Any) -> int:
    return lists.number_of(week.connection, replace(own, **more), week.on)


def _section(week: _Week, one: PlanProgress) -> PlanSection:
    total = one.total
    before = week.before.get((one.plan, ""))
    return PlanSection(
        plan=one.plan,
        number=one.number or one.title,
        title=one.title,
        assignments=total.assignments,
        completion=total.completion,
        completion_before=before["completion"] if before else None,
        on_time_rate=total.on_time_rate,
        on_time_rate_original=total.original.on_time_rate if total.original else None,
        reporting_rate=total.reporting_rate,
        classes=_classes(total),
        undecided=total.outside[Outside.UNDECIDED],
        groups=tuple(
            GroupBar(
                title=one.titles[key],
                assignments=group.assignments,
                completion=group.completion,
                classes=_classes(group),
            )
            for key, group in one.groups.items()
        ),
        fan_outs=_current_fan_outs(week, one.plan),
    )


def _current_fan_outs(week: _Week, plan: str) -> tuple[FanOutLine, ...]:
    """Each fanned-out clause as it stands for what is due lately or next."""
    newest: dict[tuple[str, str], FanOut] = {}
    for one in fan_outs(week.connection, plan):
        if one.due >= week.on - LATELY:
            newest.setdefault((one.task, one.unit), one)
    return tuple(
        FanOutLine(title=one.title, unit=one.unit, period=one.period, done=one.done, of=one.of)
        for one in newest.values()
    )


def _classes(progress: Progress) -> Classes:
    return Classes(**{str(name): progress.classes[name] for name in Timeliness})


def _silent(week: _Week, plans: Sequence[str]) -> tuple[Silent, ...]:
    """Bodies that owe an overdue report, or whose feed fails, and why; the worst first."""
    owing = store.overdue_by_department(week.connection, plans, week.on, unanswered=True)
    found = []
    for code, number in sorted(owing.items(), key=lambda pair: (-pair[1], pair[0])):
        feed = week.feeds.get(code)
        if not number and not (feed and feed.silence):
            continue
        reason = silence_of(code, week.feeds, week.reachable)
        found.append(
            Silent(
                department=week.bodies.name(code),
                reason=reason,
                overdue=number,
                last_answer=week.reported.get(code),
            )
        )
    return tuple(found)


def silence_of(code: str, feeds: Mapping[str, Any], reachable: set[str]) -> Silence:
    """Why a body that owes a report is silent: what its feed last did, else never asked or mute."""
    feed = feeds.get(code)
    if feed is not None and feed.silence:
        return Silence(feed.silence)
    return Silence.NOT_ANSWERED if code in reachable else Silence.NEVER_ASKED


def _held(week: _Week, plans: Sequence[str]) -> tuple[Held, ...]:
    owing = store.overdue_by_department(week.connection, plans, week.on)
    most = sorted(owing.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Held(department=week.bodies.name(code), tasks=n) for code, n in most if n)


def _concerns(one: events.Happened, code: str, plans: list[str] | None) -> bool:
    return one.department == code if plans is None else one.plan in plans


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
