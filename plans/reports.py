"""What a report on a plan says of a time: figures, results, people's own words, what is to come.

Compiled from the record alone, as it was known at the report's moment; nothing is made up. How it
is worded and laid out is decided by ``integrations.report_*``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from plans import report_owed, report_voices
from plans.access import Action, Caller, Subject, check
from plans.declaration import Plan, Title
from plans.errors import InvalidInput
from plans.loading import read_calendar, read_directory
from plans.measuring import described, listing
from plans.report_issuers import Issuer, issuer_of
from plans.report_lines import Line, in_order, line_of
from plans.report_owed import Debtor, Owed
from plans.report_spans import DAY, Span, end_of, following, preceding
from plans.report_voices import Voice, Words
from plans.rolling import PlanProgress, plan_progress
from plans.store import Connection, catalogue, outline, spoken
from plans.store import assignments as store
from plans.store.declarations import declared_at
from plans.store.ledger import get_texts
from plans.terms import Outside, Timeliness, Work


@dataclass(frozen=True, slots=True)
class Asked:
    """Which report: a plan, a time, the day that decides what is overdue, the record's moment.

    ``as_of`` None: by all that is recorded ``now``.
    """

    plan: str
    span: Span
    on: date
    now: datetime
    zone: ZoneInfo
    as_of: datetime | None = None

    @property
    def moment(self) -> datetime:
        """The moment whose record the figures are of, in the office's time."""
        return (self.as_of or self.now).astimezone(self.zone)


@dataclass(frozen=True, slots=True)
class Before:
    """A plan's figures at the end of the time before; ``span`` that time."""

    span: Span
    progress: PlanProgress


@dataclass(frozen=True, slots=True)
class Lacks:
    """What a reader should know is missing or doubtful: counts, and whether something is so."""

    unreviewed: int
    undecided: int
    debtors: int
    not_measured: int
    withheld: int
    flagged: int
    no_reports: bool
    no_before: bool
    unfinished: bool
    later_figures: bool


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a report says, in no language and no layout yet.

    ``targets`` as ``measuring.described`` gives them to who asks; ``names``: bodies by code.
    """

    asked: Asked
    plan: Plan
    issuer: Issuer
    simulated: bool
    progress: PlanProgress
    before: Before | None
    lines: tuple[Line, ...]
    words: Words
    results: tuple[Voice, ...]
    targets: tuple[Mapping[str, Any], ...]
    debtors: tuple[Debtor, ...]
    obstacles: tuple[Voice, ...]
    reasons: tuple[Voice, ...]
    proposals: tuple[Voice, ...]
    next: Span
    coming: tuple[Owed, ...]
    overdue: tuple[Owed, ...]
    names: Mapping[str, Title]
    lacks: Lacks

    def by(self, issuer: Issuer) -> Report:
        """The same report under another heading."""
        return replace(self, issuer=issuer)


def compile_report(connection: Connection, asked: Asked, caller: Caller | None) -> Report:
    """A plan's report; ``caller`` None: the office itself. ``NotFound``: no such plan.

    ``Denied`` for who may not read every body's words, of which it is made; ``InvalidInput`` for a
    time in which there was no plan yet.
    """
    if caller:
        check(caller, Action.SEE_REPORT, Subject(f"plan '{asked.plan}'", plan=asked.plan))
    plan = declared_at(connection, asked.plan, asked.as_of).declared.plan
    _require_issued(plan, asked.span)
    progress = plan_progress(connection, plan.id, asked.on, asked.as_of)
    lines = _lines(connection, asked)
    words = get_texts(connection, {key for one in lines for key in one.hashes})
    targets = _targets(connection, asked, caller)
    coming = _coming(connection, plan, lines, asked)
    overdue = report_owed.overdue(lines)
    debtors = report_owed.debtors(lines)
    before = _before(connection, asked, plan)
    return Report(
        asked=asked,
        plan=plan,
        issuer=_issuer(connection, plan, asked.on),
        simulated=catalogue.is_simulated(connection),
        progress=progress,
        before=before,
        lines=tuple(lines),
        words=words,
        results=report_voices.results(lines, words),
        targets=tuple(targets),
        debtors=debtors,
        obstacles=report_voices.spoken(lines, words, "obstacles"),
        reasons=report_voices.reasons(lines, words),
        proposals=report_voices.spoken(lines, words, "proposals"),
        next=following(asked.span),
        coming=coming,
        overdue=overdue,
        names=_names(connection, plan, lines, coming, targets),
        lacks=_lacks(asked, progress, lines, targets, debtors, before),
    )


def _require_issued(plan: Plan, span: Span) -> None:
    if span.last < plan.issued:
        message = (
            f"'{span.key}' ends on {span.last}, before the plan was issued on {plan.issued}: "
            "there is nothing to tell"
        )
        raise InvalidInput(f"period: {message}", fields={"period": message})


def _lines(connection: Connection, asked: Asked) -> list[Line]:
    places = spoken.places(connection, asked.plan)
    told = spoken.told(connection, asked.plan, asked.as_of)
    return in_order(
        line_of(places[key], events, asked.on, asked.span, asked.zone) for key, events in told
    )


def _targets(
    connection: Connection, asked: Asked, caller: Caller | None
) -> list[Mapping[str, Any]]:
    some = listing(connection, asked.on, plan=asked.plan)
    return [*described(connection, some, caller, asked.on, recorded_by=asked.as_of)]


def _coming(
    connection: Connection, plan: Plan, lines: Iterable[Line], asked: Asked
) -> tuple[Owed, ...]:
    some = list(lines)
    slots = store.slots_of(connection, plan.id)
    complete = {
        (one.task, one.state.declared)
        for one in some
        if one.state.work is Work.DONE and one.state.percent == 100
    }
    ahead = following(asked.span)
    later = report_owed.not_opened(
        plan,
        read_directory(connection),
        read_calendar(connection),
        ahead,
        lambda one: (
            one.slot in slots
            or (one.occurrence.until_complete and (one.task, one.declared) in complete)
        ),
    )
    return report_owed.coming(some, later, ahead)


def _before(connection: Connection, asked: Asked, plan: Plan) -> Before | None:
    """The figures that the record had when the time began; None where it knew nothing then."""
    span = preceding(asked.span)
    moment = end_of(asked.span.first - DAY, asked.zone)
    if moment >= asked.moment or span.last < plan.issued:
        return None
    found = plan_progress(connection, asked.plan, asked.span.first - DAY, moment)
    return Before(span, found) if found.total.assignments else None


def _issuer(connection: Connection, plan: Plan, day: date) -> Issuer:
    directory = read_directory(connection)
    code = directory.lead_on(plan.coordinator, day).code or plan.coordinator
    row = catalogue.department_row(connection, code)
    above = catalogue.department_rows(connection, [row.parent] if row.parent else [])
    parent = above.get(row.parent)
    province = directory.province_on(plan.province, day) if plan.province else None
    return issuer_of(plan, row, parent, province)


def _names(
    connection: Connection,
    plan: Plan,
    lines: Iterable[Line],
    coming: Iterable[Owed],
    targets: Iterable[Mapping[str, Any]],
) -> dict[str, Title]:
    codes: set[str | None] = {plan.coordinator}
    for one in lines:
        said = [one.last, one.accepted, *one.heard, *(remark for _, remark in one.reasons)]
        codes |= {one.lead, one.state.declared, *(some.lead for some in said if some)}
    codes |= {lead for owed in coming for lead in owed.leads}
    codes |= {one["owner"]["effective"] or one["owner"]["declared"] for one in targets}
    rows = outline.bodies(connection, (code for code in codes if code))
    return {key: Title(vi=row.name_vi, en=row.name_en) for key, row in rows.items()}


SETTLING = timedelta(days=31)
"""So long after its end, figures still tell of a time, and not of a later one."""


def _lacks(
    asked: Asked,
    progress: PlanProgress,
    lines: Iterable[Line],
    targets: Iterable[Mapping[str, Any]],
    debtors: tuple[Debtor, ...],
    before: Before | None,
) -> Lacks:
    some, total = list(lines), progress.total
    latest = [next(iter(one["measurements"]), None) for one in targets]
    return Lacks(
        unreviewed=total.waiting_review,
        undecided=total.outside[Outside.UNDECIDED],
        debtors=len(debtors),
        not_measured=sum(one is None for one in latest),
        withheld=sum(bool(one and one["suppressed"]) for one in latest),
        flagged=sum(any(remark.flagged for remark in one.heard) for one in some),
        no_reports=not any(one.heard for one in some),
        no_before=before is None,
        unfinished=asked.on < asked.span.last,
        later_figures=asked.on > asked.span.last + SETTLING,
    )


def classes_of(lines: Iterable[Line]) -> dict[Timeliness | Outside, int]:
    """How many lines are in each class and beside them."""
    found: dict[Timeliness | Outside, int] = dict.fromkeys((*Timeliness, *Outside), 0)
    for one in lines:
        found[one.kind] += 1
    return found
