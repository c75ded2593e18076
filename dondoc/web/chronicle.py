"""An assignment's ledger as people read it: who did what when, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row

from dondoc.web.explaining import based
from dondoc.web.visiting import Page
from dondoc.web.words import PageWords
from integrations.wording import CHANGES, marked
from plans import history
from plans.access import Action
from plans.rules import Event, State, apply, begin
from plans.store import Connection, actors, catalogue
from plans.terms import EventKind, LeadStatus, Review

NO_REVIEW = "system:no-review-needed"


@dataclass(frozen=True, slots=True)
class Line:
    """One entry. ``said_at``: when it was said, where that is another day than it was recorded."""

    n: int
    kind: str
    title: str
    who: str
    recorded_at: datetime
    said_at: datetime | None
    sentences: tuple[str, ...]
    words: Mapping[str, Any]
    removed: bool


def chronicle(connection: Connection, page: Page, row: Row[Any]) -> list[Line]:
    """Every entry of an assignment's ledger, the newest first."""
    entries = history.entries(connection, row.id, caller_may_see_words=True)
    names = Names.of(connection, page, row.plan, entries)
    found: list[Line] = []
    state: State | None = None
    for entry in entries:
        event = _event(entry)
        after = apply(state, event) if state else begin(event)
        found.append(_line(Telling(page.words, names, state, after), entry))
        state = after
    return found[::-1]


def _event(entry: history.Entry) -> Event:
    return Event(entry.kind, entry.actor, entry.occurred_at, entry.recorded_at, entry.payload)


def _line(telling: Telling, entry: history.Entry) -> Line:
    words = entry.words if isinstance(entry.words, Mapping) else {}
    other = abs(entry.recorded_at - entry.occurred_at).total_seconds() > 3600
    return Line(
        n=entry.n,
        kind=entry.kind,
        title=telling.words.gettext(CHANGES[entry.kind]),
        who=telling.names.who(entry.actor),
        recorded_at=entry.recorded_at,
        said_at=entry.occurred_at if other else None,
        sentences=tuple(telling.sentences(entry)),
        words=words,
        removed=entry.words == history.REMOVED,
    )


# --- names --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Names:
    """Who stands behind codes, as far as the reader may know.

    A person's name is for the coordinating office, and for those of the person's own body.
    """

    words: PageWords
    bodies: Mapping[str, Row[Any]]
    people: Mapping[int, Row[Any]]
    tokens: Mapping[str, Row[Any]]
    groups: Mapping[str, Any]
    all_people: bool
    own: frozenset[str]

    @classmethod
    def of(cls, connection: Connection, page: Page, plan: str, entries: Sequence[Any]) -> Names:
        """What the entries of a plan's assignment need."""
        named = [one.actor for one in entries]
        people = actors.people(connection, _ids(named, "user:"))
        tokens = actors.token_owners(connection, [one[6:] for one in named if _is(one, "token:")])
        codes = {code for one in entries for code in _codes(one)}
        codes |= {str(row.department) for row in tokens.values() if row.department}
        codes |= {code for row in people.values() for code in departments_of(row)}
        return cls(
            words=page.words,
            bodies=actors.body_names(connection, codes),
            people=people,
            tokens=tokens,
            groups=catalogue.heading(connection, plan).titles,
            all_people=page.may(Action.SEE_CONTACTS),
            own=page.caller.departments,
        )

    def body(self, code: str | None) -> str:
        """A body's name in the page's language."""
        row = self.bodies.get(code or "")
        return self.words.pick(row.name_vi, row.name_en) if row else code or "—"

    def group(self, key: str) -> str:
        """A solution group's title."""
        title = self.groups.get(key)
        return self.words.pick(title.vi, title.en) if title else key

    def who(self, actor: str) -> str:
        """Who did something, in words."""
        kind, _, rest = actor.partition(":")
        if actor in _ONES:
            return self.words.gettext(_ONES[actor])
        if kind == "user" and rest.isdecimal():
            return self._person(self.people.get(int(rest)))
        if kind == "token":
            return self._program(self.tokens.get(rest))
        if actor.startswith("simulated-"):
            return self.body(actor.removeprefix("simulated-"))
        if kind == "system":
            return self.words.gettext("Dondoc, by its rules")
        return self.words.gettext(_BY[kind], body=self.body(rest)) if kind in _BY else actor

    def _person(self, row: Row[Any] | None) -> str:
        if row is None:
            return self.words.gettext("a person who is no longer known")
        codes = departments_of(row)
        bodies = ", ".join(map(self.body, codes)) or self.words.gettext("the coordinating office")
        if self.all_people or not self.own.isdisjoint(codes):
            return f"{row.name} ({bodies})"
        return bodies

    def _program(self, row: Row[Any] | None) -> str:
        if row is None or not row.department:
            return self.words.gettext("the coordinating office, by its system")
        return self.words.gettext("%(body)s, by its system", body=self.body(row.department))


_BY = {
    "feed": marked("%(body)s, by its system"),
    "link": marked("%(body)s, through a message’s link"),
    "mail": marked("%(body)s, by a mail with a workbook"),
}
_ONES = {
    "simulated-coordinator": marked("the coordinating office (simulated)"),
    "office:cli": marked("the coordinating office, on its server"),
    "office:cli-review": marked("the coordinating office, on its server"),
}


def departments_of(user: Row[Any]) -> list[str]:
    """The bodies in whose name a person acts; none: of the coordinating office."""
    return [one["department"] for one in user.grants if one.get("department")]


def _is(actor: str, prefix: str) -> bool:
    return actor.startswith(prefix)


def _ids(named: Iterable[str], prefix: str) -> list[int]:
    rest = (one.removeprefix(prefix) for one in named if _is(one, prefix))
    return [int(one) for one in rest if one.isdecimal()]


def _codes(entry: history.Entry) -> Iterable[str]:
    given = (entry.payload.get(name) for name in ("department", "from", "by"))
    yield from (one for one in given if isinstance(one, str))
    kind, _, code = entry.actor.partition(":")
    if kind in _BY:
        yield code
    elif entry.actor.startswith("simulated-"):
        yield entry.actor.removeprefix("simulated-")


# --- sentences ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Telling:
    """What one entry is told with: the state before it (None: it is the first), and after it."""

    words: PageWords
    names: Names
    before: State | None
    after: State

    def sentences(self, entry: history.Entry) -> Iterable[str]:
        """What changed, then on which basis."""
        yield from _TOLD[entry.kind](self, entry)
        if basis := entry.payload.get("basis"):
            yield self._basis(basis, entry.payload.get("basis_date"))

    def _basis(self, basis: str, day: str | None) -> str:
        if day:
            return self.gettext(
                "By document %(number)s of %(day)s.", number=basis, day=self.day(day)
            )
        return based(self.words, basis) or self.gettext("By document %(number)s.", number=basis)

    def gettext(self, text: str, **values: Any) -> str:
        """A sentence in the page's language."""
        return self.words.gettext(text, **values)

    def day(self, given: Any) -> str:
        """A day of a payload as people write it."""
        return self.words.day(date.fromisoformat(given)) if given else "—"


Told = Iterable[str]


def _assigned(it: Telling, entry: history.Entry) -> Told:
    said, due = entry.payload, it.day(entry.payload["due"])
    if not said["department"]:
        yield it.gettext("Opened, due on %(day)s; who leads it is not decided yet.", day=due)
        return
    body = it.names.body(said["department"])
    yield it.gettext("Assigned to %(body)s, due on %(day)s.", body=body, day=due)
    if said["lead_status"] == LeadStatus.UNCONFIRMED:
        yield it.gettext("It followed the body that was named; this is not confirmed yet.")


def _updated(it: Telling, entry: history.Entry) -> Told:
    if entry.payload["nil_report"]:
        yield it.gettext("Nothing was done in this period (a nil report).")
    elif it.before and it.before.percent != it.after.percent:
        values = {"before": it.before.percent, "now": it.after.percent}
        yield it.gettext("Progress: %(now)s%% (%(before)s%% before).", **values)
    else:
        yield it.gettext("Progress: %(now)s%%.", now=it.after.percent)
    if it.before and it.before.review is Review.SUBMITTED and it.after.review is Review.NONE:
        yield it.gettext("The report that waited for review is withdrawn by this.")


def _submitted(it: Telling, entry: history.Entry) -> Told:
    yield it.gettext("Counts as handed in on %(day)s.", day=it.day(entry.payload["submitted_on"]))
    if (by := entry.payload.get("by")) and by != it.after.department:
        yield it.gettext("In the name of %(body)s.", body=it.names.body(by))


def _accepted(it: Telling, entry: history.Entry) -> Told:
    if entry.actor == NO_REVIEW:
        yield it.gettext("Complete at once: what is asked needs no review.")
    elif it.after.done_on:
        yield it.gettext("Complete as of %(day)s.", day=it.words.day(it.after.done_on))


def _wanted(it: Telling, entry: history.Entry) -> Told:
    yield it.gettext("A later date is asked for: %(day)s.", day=it.day(entry.payload["due"]))


def _redated(it: Telling, entry: history.Entry) -> Told:
    before = it.words.day(it.before.due) if it.before else "—"
    values = {"before": before, "day": it.day(entry.payload["due"])}
    yield it.gettext("Due on %(day)s instead of %(before)s.", **values)


def _moved(it: Telling, entry: history.Entry) -> Told:
    values = {"group": it.names.group(entry.payload["group"])}
    yield it.gettext("Now in the group “%(group)s”.", **values)


def _cancelled(it: Telling, entry: history.Entry) -> Told:
    if entry.actor.startswith("system:"):
        yield it.gettext("The plan’s new version does not ask for it any more.")


def _reassigned(it: Telling, entry: history.Entry) -> Told:
    said = entry.payload
    was = it.before.department if it.before else None
    values = {"body": it.names.body(said["department"]), "before": it.names.body(was)}
    if not said["department"]:
        yield it.gettext("%(before)s leads it no more; who follows is to be decided.", **values)
    elif said["department"] == was:
        yield it.gettext("%(body)s is confirmed as the lead.", **values)
    elif was is None:
        yield it.gettext("%(body)s leads it.", **values)
    else:
        yield it.gettext("%(body)s leads it instead of %(before)s.", **values)
    if said["lead_status"] == LeadStatus.UNCONFIRMED:
        yield it.gettext("This is not confirmed yet.")


def _corrected(it: Telling, entry: history.Entry) -> Told:
    values = {"before": it.before.percent if it.before else 0, "now": it.after.percent}
    yield it.gettext("Progress: %(now)s%% (%(before)s%% before).", **values)
    if entry.payload.get("reopen"):
        yield it.gettext("It is open again and is to be reported anew.")


def _nothing(_it: Telling, _entry: history.Entry) -> Told:
    return ()


_TOLD: Mapping[EventKind, Callable[[Telling, history.Entry], Told]] = {
    EventKind.ASSIGNED: _assigned,
    EventKind.UPDATED: _updated,
    EventKind.SUBMITTED: _submitted,
    EventKind.ACCEPTED: _accepted,
    EventKind.RETURNED: _nothing,
    EventKind.EXTENSION_REQUESTED: _wanted,
    EventKind.EXTENSION_GRANTED: _redated,
    EventKind.EXTENSION_REFUSED: _nothing,
    EventKind.REDATED: _redated,
    EventKind.MOVED: _moved,
    EventKind.SUSPENDED: _nothing,
    EventKind.RESUMED: _nothing,
    EventKind.CANCELLED: _cancelled,
    EventKind.REASSIGNED: _reassigned,
    EventKind.CORRECTED: _corrected,
}
