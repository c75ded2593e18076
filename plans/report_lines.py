"""Every assignment of a plan as a report tells it: how it stood, and what was said of it last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, tzinfo
from typing import Any

from plans.declaration import Title
from plans.report_spans import Span
from plans.rules import Event, State, outside, project, timeliness
from plans.terms import EventKind, Outside, Timeliness


@dataclass(frozen=True, slots=True)
class Remark:
    """Somebody's words: who led then, on which day, under which hash (None: no words)."""

    lead: str | None
    day: date
    text: str | None
    flagged: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One assignment. ``kind``: its class on the report's day; ``fanned``: of a class's member.

    ``last`` is its last report, ``heard`` those of the report's time, ``accepted`` the one that
    was accepted in it; ``reasons`` what was given in it as a reason, by the kind of event.
    """

    key: str
    ref: str
    task: str
    title: Title
    place: int
    period: str | None
    fanned: bool
    within: bool
    state: State
    kind: Timeliness | Outside
    last: Remark | None
    heard: tuple[Remark, ...]
    accepted: Remark | None
    reasons: tuple[tuple[EventKind, Remark], ...]

    @property
    def lead(self) -> str | None:
        """Who led at the moment of the report."""
        return self.state.department

    @property
    def hashes(self) -> set[str]:
        """Under which all of its words lie."""
        said = [self.last, self.accepted, *self.heard, *(one for _, one in self.reasons)]
        return {one.text for one in said if one and one.text}


REASONS: Mapping[EventKind, str] = {
    EventKind.EXTENSION_REQUESTED: "text",
    EventKind.RETURNED: "note",
    EventKind.SUSPENDED: "text",
    EventKind.CANCELLED: "text",
}
"""Where the events that give a reason name its words."""


@dataclass(slots=True)
class _Heard:
    """An assignment's events, listened to one after another."""

    holds: Callable[[date], bool]
    zone: tzinfo
    lead: str | None = None
    submitted: date | None = None
    last: Remark | None = None
    heard: list[Remark] = field(default_factory=list)
    accepted: Remark | None = None
    reasons: list[tuple[EventKind, Remark]] = field(default_factory=list)

    def listen(self, event: Event) -> None:
        """Take one more event."""
        given, day = event.payload, event.occurred_at.astimezone(self.zone).date()
        match event.kind:
            case EventKind.ASSIGNED | EventKind.REASSIGNED:
                self.lead = given["department"]
            case EventKind.UPDATED:
                flagged = bool(given.get("flagged"))
                self.last = Remark(self.lead, day, given.get("text"), flagged)
                if self.holds(day):
                    self.heard.append(self.last)
            case EventKind.SUBMITTED:
                self.submitted = date.fromisoformat(given["submitted_on"])
            case EventKind.ACCEPTED if self.last and self.submitted:
                if self.holds(self.submitted):
                    last = self.last
                    self.accepted = Remark(last.lead, self.submitted, last.text, last.flagged)
            case EventKind.CORRECTED if given.get("reopen"):
                self.accepted = None
        name = REASONS.get(event.kind)
        if name and (key := given.get(name)) and self.holds(day):
            self.reasons.append((event.kind, Remark(self.lead, day, key)))


def line_of(row: Any, events: Sequence[Event], on: date, span: Span, zone: tzinfo) -> Line:
    """An assignment's line from where it stands (``spoken.places``) and what was recorded of it.

    What is said of an assignment whose own period lies in the report's time belongs to it, though
    it is mostly said some days after the cut-off.
    """
    within = span.covers(row.period_start, row.period_end)
    heard = _Heard((lambda _: True) if within else span.holds, zone)
    for event in events:
        heard.listen(event)
    state = project(events)
    kind = outside(state) or timeliness(state, on)
    assert kind is not None
    return Line(
        key=row.id,
        ref=row.ref,
        task=row.task,
        title=Title(vi=row.title_vi, en=row.title_en),
        place=row.position,
        period=row.period,
        fanned=":" in row.slot,
        within=within,
        state=state,
        kind=kind,
        last=heard.last,
        heard=tuple(heard.heard),
        accepted=heard.accepted,
        reasons=tuple(heard.reasons),
    )


def in_order(lines: Iterable[Line]) -> list[Line]:
    """Lines as the document has them, those of one task by due date and lead."""
    return sorted(lines, key=lambda one: (one.place, one.state.due, one.lead or "", one.ref))
