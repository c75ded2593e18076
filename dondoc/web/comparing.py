"""Two days of a plan beside each other: the figures, what changed between them, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from fastapi import APIRouter
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from dondoc.api.moments import Day
from dondoc.api.paging import cursor_of, place_of
from dondoc.web.plans import NO_DAY, TO_COME, end_of
from dondoc.web.routing import Seen, see
from dondoc.web.showing import STANDINGS
from dondoc.web.visiting import Page
from integrations.wording import CHANGES, marked
from plans import comparing as use
from plans.access import Action
from plans.comparing import DUE_DATE_PASSED, Cause, Difference, Ends
from plans.progress import Progress
from plans.store import outline, settle
from plans.store.declarations import Version, declared_at
from plans.store.sight import visible_ids
from plans.terms import Outside, Timeliness

comparing = APIRouter(include_in_schema=False)

A_PAGE = 50
WEEK = timedelta(days=7)
SMALLEST = 0.05
BACKWARDS = marked("This day lies before the first one; swap the two.")
PASSED = marked("due date passed")
_day = TypeAdapter(Day)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure at both ends. ``good``: whether more of it is better; None: neither."""

    words: str
    before: float | None
    after: float | None
    share: bool = False
    good: bool | None = None

    @property
    def difference(self) -> float | None:
        """How much it changed: of a share in points; None where it cannot be said."""
        if self.before is None or self.after is None:
            return None
        if not self.share:
            return self.after - self.before
        points = round(self.after * 100, 1) - round(self.before * 100, 1)
        return 0 if abs(points) < SMALLEST else points

    @property
    def tone(self) -> str:
        """``up`` for the better, ``down`` for the worse, "" for neither."""
        if not self.difference or self.good is None:
            return ""
        return "up" if (self.difference > 0) == self.good else "down"


@dataclass(frozen=True, slots=True)
class Told:
    """One kind of cause: how often, and when last."""

    words: str
    n: int
    at: datetime | None
    day: date | None
    basis: str | None


@comparing.get("/plans/{plan}/compare", **see(Action.SEE_FIGURES))
def show_comparison(plan: str, page: Seen) -> Response:
    """A plan on two past days."""
    given = page.here.request.query_params
    first, last, errors = _days(page, given)
    place = place_of(given.get("cursor"), int, str, str)
    since, until = end_of(first, page), end_of(last, page)
    settle(page.here.engine, until, page.here.now)
    with page.reading() as connection:
        version = declared_at(connection, plan)
        ends = use.compare_ends(connection, plan, since, until, page.here.zone)
        seen = visible_ids(connection, page.caller, plan)
        mine = [key for key in ends.differing if seen is None or key in seen]
        some, following = _page_of(ends, mine, version, place)
        found = use.explain(connection, ends, some)
        rows = outline.named(connection, some)
        bodies = outline.bodies(connection, _codes(found))
    return page.show(
        "compare.html",
        422 if errors else 200,
        plan=version.declared.plan,
        first=first,
        last=last,
        typed={"from": given.get("from") or first, "to": given.get("to") or last},
        errors=errors,
        figures=list(figures(page, ends)),
        differences=[(one, rows[one.assignment], list(told(page, one.causes))) for one in found],
        bodies=bodies,
        total=len(mine),
        hidden=len(ends.differing) - len(mine),
        next=following,
    )


def _days(page: Page, given: Mapping[str, str]) -> tuple[date, date, dict[str, str]]:
    """The two days; of what cannot be, the last week instead, said beside its field."""
    found: dict[str, date] = {}
    errors: dict[str, str] = {}
    for name in ("from", "to"):
        if text := given.get(name):
            try:
                found[name] = _day.validate_python(text)
            except ValidationError:
                errors[name] = NO_DAY
            else:
                if found[name] > page.here.day:
                    errors[name] = TO_COME
    last = page.here.day if "to" in errors else found.get("to", page.here.day)
    first = last - WEEK if "from" in errors else found.get("from", last - WEEK)
    if first > last:
        errors["to"] = BACKWARDS
        first, last = last, first
    return first, last, {name: page.words.gettext(text) for name, text in errors.items()}


def _page_of(
    ends: Ends, mine: Sequence[str], version: Version, after: tuple[Any, ...] | None
) -> tuple[list[str], str | None]:
    """A page of what differs, in the document's order, and the cursor of the next one."""
    whole = version.declared.whole
    order = {task.id: n for n, (_, task) in enumerate(version.declared.tasks)}
    places = sorted(
        (order.get(whole.get(now.task, ""), len(order)), now.due.isoformat(), key)
        for key in mine
        for _, now in (ends.differing[key],)
    )
    rest = [one for one in places if after is None or one > after]
    some = rest[:A_PAGE]
    following = cursor_of(*some[-1]) if len(rest) > A_PAGE else None
    return [key for _, _, key in some], following


def _codes(found: Iterable[Difference]) -> list[str]:
    stands = [end for one in found for end in (one.before, one.after) if end]
    return sorted({one.lead for one in stands if one.lead})


SHARES: tuple[tuple[str, str, bool], ...] = (
    (marked("Completion"), "completion", True),
    (marked("Progress reported"), "progress", True),
    (marked("On-time rate"), "on_time_rate", True),
    (marked("Reporting rate"), "reporting_rate", True),
)
BETTER: dict[Timeliness, bool | None] = {
    Timeliness.DONE_ON_TIME: True,
    Timeliness.DONE_LATE: None,
    Timeliness.OPEN_ON_TIME: None,
    Timeliness.OPEN_OVERDUE: False,
}


def figures(page: Page, ends: Ends) -> Iterable[Figure]:
    """The figures at both ends."""
    say, was, now = page.words.gettext, ends.before.total, ends.after.total
    for words, name, good in SHARES:
        yield Figure(say(words), getattr(was, name), getattr(now, name), share=True, good=good)
        if name == "on_time_rate":
            words = say(marked("On-time rate by the original dates"))
            yield Figure(words, _original(was), _original(now), share=True, good=True)
    yield Figure(say(marked("Counted")), was.assignments, now.assignments)
    for kind in Timeliness:
        yield Figure(say(STANDINGS[kind]), was.classes[kind], now.classes[kind], good=BETTER[kind])
    yield Figure(say(marked("waiting for review")), was.waiting_review, now.waiting_review)
    for beside in Outside:
        if was.outside[beside] or now.outside[beside]:
            yield Figure(say(STANDINGS[beside]), was.outside[beside], now.outside[beside])


def _original(progress: Progress) -> float | None:
    return progress.original.on_time_rate if progress.original else None


def told(page: Page, causes: Iterable[Cause]) -> Iterable[Told]:
    """Causes in words, those of one kind together, in the order in which they came last."""
    kinds: dict[str, list[Cause]] = {}
    for one in causes:
        kinds.setdefault(one.kind, []).append(one)
    for kind, some in kinds.items():
        known = PASSED if kind == DUE_DATE_PASSED else CHANGES.get(kind, kind)
        last = some[-1]
        yield Told(page.words.gettext(known), len(some), last.at, last.day, last.basis)
