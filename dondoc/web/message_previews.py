"""The next reminders and digests before they go out: who gets what and why, and holding some."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from babel.dates import format_date
from fastapi import APIRouter, Query
from starlette.responses import Response

from dondoc.api.paging import cut, place_of
from dondoc.web.explaining import explain
from dondoc.web.message_words import KINDS, MessageWords
from dondoc.web.messages import NO_DAY, Cursor, Short, lines_of, text_of
from dondoc.web.previews import Run, previews_of
from dondoc.web.routing import Seen, Sent, see
from dondoc.web.visiting import Elsewhere, Page
from integrations.phrases import Phrases
from integrations.wording import marked
from plans import access, holding
from plans.access import WHOLE_OFFICE, Action
from plans.catching_up import is_digest_made
from plans.errors import Conflict, InvalidInput, NotFound
from plans.loading import read_calendar
from plans.next_runs import next_digests, next_reminders
from plans.previewing import Preview
from plans.store import Connection, catalogue
from plans.store.signatures import signed_by

previews = APIRouter(include_in_schema=False)

AT_ONCE = 50
A_YEAR = timedelta(days=365)
TOO_FAR = marked("Choose a day from %(first)s to %(last)s.")
RUNS: tuple[Run, ...] = ("reminders", "digests")
Day = Annotated[str, Query(max_length=10)]


@previews.get("/messages/preview", **see(Action.SEE_CONTACTS))
def show_preview(
    page: Seen, run: Short = "reminders", on: Day = "", show: Short = "", cursor: Cursor = None
) -> Response:
    """Who would get what; computed when ``show`` asks for it, since that takes a while."""
    after, wanted = place_of(cursor, str, str), _run(run)
    given, wrong = _day(page, on)
    with page.reading() as connection:
        at = _next(connection, page, wanted)
        day = given or at.date()
        known, now = previews_of(page), page.here.now
        found = None if wrong else known.ready(connection, wanted, day, now)
        if found is None and (show or after) and not wrong:
            found = known.compute(connection, wanted, day, now)
        rest = [one for one in found or [] if after is None or _place(one) > after]
        part, following = cut(sorted(rest, key=_place), AT_ONCE, _place)
        holds = list(holding.held(connection, page.here.day).values())
        return page.show(
            "message_preview.html",
            422 if wrong else 200,
            told=MessageWords(page.words),
            run=run,
            day=day,
            typed=on if wrong else day.isoformat(),
            wrong=wrong,
            window=_window(page),
            next_at=at,
            weekday=_weekday(page, at.date()),
            is_working=read_calendar(connection).is_working_day(day),
            found=found,
            sums=_sums(found or []),
            rows=part,
            next=following,
            kinds=KINDS,
            holds=holds,
            names=signed_by(connection, [one.actor for one in holds]),
            may_act=page.may(Action.GOVERN, WHOLE_OFFICE),
        )


def _run(said: str) -> Run:
    for run in RUNS:
        if said == run:
            return run
    raise NotFound(f"no run '{said}'; there are {', '.join(RUNS)}")


def _day(page: Page, text: str) -> tuple[date | None, str]:
    """The day of a run, None: the next one's; or what is wrong with it."""
    first, last = _window(page)
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        return None, page.words.gettext(NO_DAY)
    if day and not first <= day <= last:
        said = page.words.gettext(TOO_FAR, first=page.words.day(first), last=page.words.day(last))
        return None, said
    return day, ""


def _window(page: Page) -> tuple[date, date]:
    """The days that a run is worked out for."""
    return page.here.day - A_YEAR, page.here.day + A_YEAR


def _sure_day(page: Page, run: Run, text: str) -> date | None:
    """The same where no field stands that could be marked: on to the page that has one."""
    day, wrong = _day(page, text)
    if wrong:
        raise Elsewhere(f"/messages/preview?{urlencode({'run': run, 'on': text})}")
    return day


def _next(connection: Connection, page: Page, run: Run) -> datetime:
    now, calendar = page.here.now, read_calendar(connection)
    if run == "reminders":
        return next_reminders(calendar, now)
    return next_digests(calendar, now, made=is_digest_made(connection, now.date()))


def _place(one: Preview) -> tuple[str, str]:
    return one.recipient, str(one.kind)


def _weekday(page: Page, day: date) -> str:
    return str(format_date(day, "EEEE", locale=page.language))


def _sums(found: Sequence[Preview]) -> dict[str, int]:
    """How many messages would go out, and why others would not."""
    return {
        "sent": sum(one.is_sent for one in found),
        "held": sum(one.hold is not None for one in found),
        "known": sum(one.known for one in found),
        "nowhere": sum(one.mailbox is None for one in found),
        "bounced": sum(_is_unreached(one) for one in found),
    }


def _is_unreached(one: Preview) -> bool:
    box = one.mailbox
    return box is not None and box.bounced and box.channel is None


# --- one recipient ------------------------------------------------------------------------------


@previews.get("/messages/preview/{run}/{department}", **see(Action.SEE_CONTACTS))
def show_recipient(page: Seen, run: str, department: str, on: Day = "") -> Response:
    """The exact words that one recipient would get, and withholding them."""
    with page.reading() as connection:
        return _recipient_page(connection, page, _run(run), department, on)


def _recipient_page(
    connection: Connection,
    page: Page,
    run: Run,
    department: str,
    on: str,
    status: int = 200,
    errors: dict[str, str] | None = None,
) -> Response:
    row = catalogue.department_row(connection, department)
    day = _sure_day(page, run, on) or _next(connection, page, run).date()
    every = previews_of(page).compute(connection, run, day, page.here.now)
    whole = page.may(Action.SEE_ASSIGNMENT, WHOLE_OFFICE)
    phrases = Phrases(page.words)
    return page.show(
        "message_recipient.html",
        status,
        told=MessageWords(page.words),
        run=run,
        day=day,
        body=row,
        messages=[
            _worded(connection, page, phrases, one) if whole else (one, None, None, [])
            for one in every
            if one.recipient == department
        ],
        whole=whole,
        hold=holding.held(connection, page.here.day).get(department),
        may_act=page.may(Action.GOVERN, WHOLE_OFFICE),
        typed=page.fields,
        errors=errors or {},
    )


def _worded(connection: Connection, page: Page, phrases: Phrases, one: Preview) -> tuple[Any, ...]:
    address = one.mailbox.email if one.mailbox else None
    text = text_of(connection, page, one.kind, one.content, address)
    return one, phrases.subject(one.content), text, lines_of(one.content)


# --- holds --------------------------------------------------------------------------------------


@previews.post("/messages/preview/{run}/{department}", **see(Action.GOVERN))
def hold_or_lift(page: Sent, run: str, department: str, on: Day = "") -> Response:
    """Withhold a department's messages, or send them again."""
    access.check(page.caller, Action.GOVERN, WHOLE_OFFICE)
    wanted = _run(run)
    lifts = page.fields.get("step") == "lift"
    try:
        return page.write(
            lambda connection: _change(connection, page, wanted, department, on, lifts=lifts)
        )
    except (InvalidInput, Conflict) as error:
        errors = explain(page.words, error)
        with page.reading() as connection:
            return _recipient_page(connection, page, wanted, department, on, error.status, errors)


def _change(
    connection: Connection, page: Page, run: Run, department: str, on: str, *, lifts: bool
) -> str:
    actor, now = page.caller.actor, page.here.now
    back = f"/messages/preview?run={run}&show=1" + (f"&on={_sure_day(page, run, on)}" if on else "")
    if lifts:
        holding.lift(connection, department, actor=actor, now=now)
        return page.go(back, "lifted")
    holding.hold(
        connection,
        department,
        reason=page.fields.get("reason", ""),
        until=_until(page.fields.get("until", "")),
        actor=actor,
        now=now,
        confirmed="confirm_personal_data" in page.fields,
    )
    return page.go(back, "held")


def _until(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text.strip() else None
    except ValueError:
        message = "Input should be a valid date"
        raise InvalidInput(f"until: {message}", fields={"until": message}) from None
