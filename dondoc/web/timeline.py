"""A plan's timeline: one lane a task, one bar a period, by due date, with today's line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import RedirectResponse, Response

from dondoc.api.paging import cursor_of, place_of
from dondoc.web.routing import Seen, see
from dondoc.web.visiting import Page
from integrations.wording import marked
from plans import outlining, rolling, timelining
from plans.access import Action
from plans.outlining import Moment, Wanted
from plans.store.declarations import declared_at
from plans.store.sight import sights_of
from plans.terms import Timeliness
from plans.timelining import Bar, Lane, Span

timeline = APIRouter(include_in_schema=False)

A_PAGE = 40
MOST_TICKS = 14
STEPS = (1, 3, 6, 12, 24, 60, 120)
ROOM_FOR_SIGN = 1.6
"""How many hundredths of the width a bar has to have for its sign to fit in."""
QUARTERS = ("I", "II", "III", "IV")
QUARTER = marked("Q%(n)s/%(year)s")


class Asked(BaseModel):
    """Which tasks, and of which year alone."""

    model_config = ConfigDict(extra="ignore")

    group: Annotated[str, Field(max_length=80)] | None = None
    class_: Annotated[Timeliness | None, Field(alias="class")] = None
    year: Annotated[int, Field(ge=1945, le=2199)] | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the axis, at hundredths of its width."""

    x: float
    label: str
    year: bool


@dataclass(frozen=True, slots=True)
class Drawn:
    """A bar at hundredths of the width; ``was_due``: where it ended before it was extended."""

    bar: Bar
    x: float
    width: float
    was_due: float | None
    signed: bool


class Scale:
    """Where a day stands between two days, in hundredths of the width."""

    def __init__(self, begin: date, end: date) -> None:
        self.begin, self.end = begin, end
        self.days = (end - begin).days + 1

    def x(self, day: date) -> float:
        """A day's beginning, within the axis."""
        return round(min(100.0, max(0.0, (day - self.begin).days / self.days * 100)), 3)

    def holds(self, day: date) -> bool:
        """Whether a day is on the axis."""
        return self.begin <= day <= self.end

    def ticks(self, page: Page) -> Iterator[Tick]:
        """Months' beginnings, as many as there is room for."""
        months = self.days / 30.4
        step = next((one for one in STEPS if months / one <= MOST_TICKS), STEPS[-1])
        first = self.begin.year * 12 + self.begin.month - 1
        for month in range(first, self.end.year * 12 + self.end.month):
            day = date(month // 12, month % 12 + 1, 1)
            if month % step == 0 and self.holds(day):
                yield Tick(self.x(day), self._label(page, day, step), day.month == 1)

    def _label(self, page: Page, day: date, step: int) -> str:
        if step >= STEPS[3]:
            return str(day.year)
        if step == STEPS[1]:
            return page.words.gettext(QUARTER, n=QUARTERS[day.month // 3], year=day.year)
        return f"{day.month:02}/{day.year}"

    def draw(self, bar: Bar) -> Drawn | None:
        """A bar, as far as it is on the axis."""
        if bar.due < self.begin or bar.start > self.end:
            return None
        x, end = self.x(bar.start), self.x(bar.due + timedelta(days=1))
        was = self.x(bar.original + timedelta(days=1)) if bar.original else None
        width = max(0.3, round(end - x, 3))
        return Drawn(bar, x, width, was, width >= ROOM_FOR_SIGN)


@timeline.get("/plans/{plan}/timeline", **see(Action.SEE_FIGURES))
def show_timeline(plan: str, page: Seen) -> Response:
    """A plan's tasks in time."""
    given = dict(page.here.request.query_params)
    if "" in given.values():
        kept = {name: value for name, value in given.items() if value}
        return RedirectResponse(page.here.request.url.path + f"?{urlencode(kept)}", 303)
    try:
        asked = Asked.model_validate(given)
    except ValidationError:  # what cannot be asked for is not: the whole is shown
        asked = Asked()
    place = place_of(given.get("cursor"), int)
    on = page.here.day
    with page.reading() as connection:
        version = declared_at(connection, plan)
        wanted = Wanted(
            group=asked.group,
            timeliness=asked.class_,
            seen_only=sights_of(page.caller) is not None,
        )
        outline = outlining.outlined(
            connection,
            version,
            wanted,
            Moment(on),
            page.caller,
            after=place[0] if place else None,
            limit=A_PAGE,
        )
        lanes = timelining.lanes(connection, version, outline.lines, on, page.caller)
        span = timelining.span(connection, version, on, page.caller)
        progress = rolling.plan_progress(connection, plan, on)
    scale = _scale(span, asked.year)
    return page.show(
        "timeline.html",
        plan=version.declared.plan,
        asked=asked,
        progress=progress,
        years=range(span.begin.year, span.end.year + 1),
        groups=_grouped(lanes, scale, list(progress.groups)),
        ticks=list(scale.ticks(page)),
        today=scale.x(on) if scale.holds(on) else None,
        restricted=wanted.seen_only,
        total=outline.total,
        next=cursor_of(outline.following) if outline.following is not None else None,
    )


def _scale(span: Span, year: int | None) -> Scale:
    if year is None or not span.begin.year <= year <= span.end.year:
        return Scale(span.begin, span.end)
    return Scale(date(year, 1, 1), date(year, 12, 31))


Rows = list[tuple[Lane, list[Drawn]]]


def _grouped(lanes: list[Lane], scale: Scale, order: list[str]) -> list[tuple[str, Rows]]:
    """Lanes by group, in the document's order; those without a bar on the axis too."""
    found: dict[str, Rows] = {}
    for lane in lanes:
        bars = [one for bar in lane.bars if (one := scale.draw(bar))]
        found.setdefault(lane.line.group, []).append((lane, bars))
    places = {key: n for n, key in enumerate(order)}
    return sorted(found.items(), key=lambda pair: places.get(pair[0], len(places)))
