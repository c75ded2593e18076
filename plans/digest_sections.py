"""What a digest says of each plan that an office coordinates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from plans.messages import Classes, FanOutLine, GroupBar, PlanSection
from plans.progress import Progress
from plans.rolling import FanOut, PlanProgress, fan_outs_of
from plans.store import Connection, snapshots
from plans.terms import Outside, Timeliness

LATELY = timedelta(days=31)
"""How long a fanned-out clause is still told of after its due date."""


def sections(
    connection: Connection, issued: Sequence[PlanProgress], on: date
) -> tuple[PlanSection, ...]:
    """Each plan's figures, those of a week ago, its groups, and its fanned-out clauses."""
    plans = [one.plan for one in issued]
    before = snapshots.latest_before(connection, plans, on)
    fanned = fan_outs_of(connection, plans, on - LATELY)
    return tuple(_section(one, before.get(one.plan), fanned.get(one.plan, ())) for one in issued)


def _section(
    one: PlanProgress, before: Mapping[str, Any] | None, fanned: Iterable[FanOut]
) -> PlanSection:
    total = one.total
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
        fan_outs=_current(fanned),
    )


def _current(fanned: Iterable[FanOut]) -> tuple[FanOutLine, ...]:
    """Each fanned-out clause as it stands for what is due lately or next."""
    first: dict[tuple[str, str], FanOut] = {}
    for one in fanned:
        first.setdefault((one.task, one.unit), one)
    return tuple(
        FanOutLine(title=one.title, unit=one.unit, period=one.period, done=one.done, of=one.of)
        for one in first.values()
    )


def _classes(progress: Progress) -> Classes:
    return Classes(**{str(name): progress.classes[name] for name in Timeliness})
