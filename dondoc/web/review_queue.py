"""The review queue: what waits, the oldest first, one opened beside the list; several at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError
from starlette.responses import Response

from dondoc.api.paging import cut, place_of
from dondoc.api.subjects import visible_row
from dondoc.api.verdicts import decide
from dondoc.web.assignments import Look, facts, look_at
from dondoc.web.deciding import decide_one, review_one
from dondoc.web.explaining import say
from dondoc.web.routing import Seen, Sent, see
from dondoc.web.typed import Typed, status_of, typed_of
from dondoc.web.visiting import Page
from plans import reviewing
from plans.access import Action, Subject
from plans.acting import words_of
from plans.errors import Conflict, DondocError, InvalidInput
from plans.rules import timeliness
from plans.store import Connection, actors, catalogue, extensions, idempotency, queue, writing
from plans.store.ledger import state_of
from plans.store.queue import Waiting
from plans.store.schema import assignments
from plans.terms import ExtensionState

review_queue = APIRouter(include_in_schema=False)

A_PAGE = 50
Code = Annotated[str, Field(max_length=80)]


class QueueQuery(BaseModel):
    """What the address says: which list, its filters, its page, and which one is open."""

    what: str = "reports"
    plan: Code = ""
    group: Code = ""
    department: Code = ""
    cursor: Annotated[str | None, Field(max_length=1000)] = None
    open: Annotated[str, Field(max_length=300)] = ""

    @property
    def extensions(self) -> bool:
        """Whether requests for later dates are listed instead of reports."""
        return self.what == "extensions"

    def address(self, **given: str | None) -> str:
        """The queue's address with these filters, changed as given."""
        return f"/review?{self.said(**given)}".rstrip("?")

    def said(self, **given: str | None) -> str:
        """The same as a query alone."""
        known = self.model_dump() | {"what": "extensions" if self.extensions else ""} | given
        return urlencode({name: value for name, value in known.items() if value})


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a filter, with how many wait there."""

    key: str
    words: str
    n: int


@review_queue.get("/review", **see(Action.REVIEW))
def show_queue(query: Annotated[QueueQuery, Query()], page: Seen) -> Response:
    """What waits for the visitor's review."""
    return shown(page, query)


def shown(page: Page, query: QueueQuery, typed: Typed | None = None, status: int = 200) -> Response:
    """The queue with one opened; with a form that was refused, where there is one."""
    with page.reading() as connection:
        plans = reviewable(connection, page)
        found = _requests(connection, query, plans) if query.extensions else None
        rows, following = found or _reports(connection, query, plans)
        reports, requests = queue.tally(connection, plans), queue.tally_requests(connection, plans)
        tally = requests if query.extensions else reports
        opened = _opened(connection, page, query, rows)
        options = _options(connection, page, query, tally)
    return page.show(
        "review.html",
        status,
        query=query,
        items=[_item(one, page.here.day) for one in rows],
        next=following,
        opened=opened,
        by_default=not query.open,
        options=options,
        waiting={
            "reports": sum(row.n for row in reports),
            "extensions": sum(row.n for row in requests),
        },
        **(facts(page, opened, typed) if opened else {}),
    )


def reviewable(connection: Connection, page: Page) -> list[str] | None:
    """The plans whose reports the visitor may review; None: all."""
    known = [row.id for row in catalogue.plan_rows(connection)]
    mine = [plan for plan in known if page.may(Action.REVIEW, Subject("a plan", plan=plan))]
    return None if mine == known else mine


# --- the list -----------------------------------------------------------------------------------


def _which(query: QueueQuery, plans: Sequence[str] | None) -> Waiting:
    return Waiting(plans, query.plan or None, query.group or None, query.department or None)


def _reports(
    connection: Connection, query: QueueQuery, plans: Sequence[str] | None
) -> tuple[Sequence[Any], str | None]:
    place = place_of(query.cursor, date.fromisoformat, str)
    after = (place[0], place[1]) if place else None
    rows = queue.page(connection, _which(query, plans), A_PAGE + 1, after)
    return cut(rows, A_PAGE, lambda row: (row.submitted_on, row.id))


def _requests(
    connection: Connection, query: QueueQuery, plans: Sequence[str] | None
) -> tuple[Sequence[Any], str | None]:
    place = place_of(query.cursor, datetime.fromisoformat, str)
    mine = None if plans is None else assignments.c.plan.in_(plans)
    wanted = extensions.Wanted(
        ExtensionState.REQUESTED, query.plan or None, query.department or None, mine
    )
    after = (place[0], place[1]) if place else None
    rows = extensions.listing(connection, wanted, after=after, limit=A_PAGE + 1)
    return cut(rows, A_PAGE, lambda row: (row.requested_at, row.id))


def _item(row: Any, on: date) -> dict[str, Any]:
    """A row of either list as the template shows it."""
    found = dict(row._mapping)
    if "requested_due" in found:
        return found | {"key": row.assignment, "day": row.requested_at, "kind": ""}
    kind = timeliness(state_of(row), on) or ""
    return found | {"key": row.id, "day": row.submitted_on, "kind": kind, "version": row.events}


def _options(
    connection: Connection, page: Page, query: QueueQuery, tally: Sequence[Row[Any]]
) -> dict[str, list[Option]]:
    """What can be chosen in each filter: only where something waits."""
    plans = {row.id: row for row in catalogue.plan_rows(connection)}
    names = actors.body_names(connection, {row.department for row in tally if row.department})
    counted: dict[str, dict[str, int]] = {"plan": {}, "group": {}, "department": {}}
    for row in tally:
        for name in ("plan", "group", "department"):
            # Nobody leads what is not decided yet: there is nobody to filter by.
            key = getattr(row, name)
            if key and (name == "plan" or query.plan in ("", row.plan)):
                counted[name][key] = counted[name].get(key, 0) + row.n
    groups = catalogue.heading(connection, query.plan).titles if query.plan in plans else {}
    pick = page.words.pick

    def words(name: str, key: str) -> str:
        if name == "plan":
            return plans[key].number or pick(plans[key].title_vi, plans[key].title_en)
        if name == "group":
            return pick(groups[key].vi, groups[key].en) if key in groups else key
        return pick(names[key].name_vi, names[key].name_en) if key in names else key

    if not query.plan or query.extensions:
        counted["group"] = {}
    return {
        name: sorted((Option(k, words(name, k), n) for k, n in some.items()), key=lambda o: o.words)
        for name, some in counted.items()
    }


def _opened(
    connection: Connection, page: Page, query: QueueQuery, rows: Sequence[Any]
) -> Look | None:
    first = (rows[0].assignment if query.extensions else rows[0].id) if rows else ""
    if not (key := query.open or first):
        return None
    return look_at(connection, page, visible_row(connection, key, page.here))


# --- one ----------------------------------------------------------------------------------------


@review_queue.post("/review/one/{assignment}", **see(Action.REVIEW))
def post_one(assignment: str, query: Annotated[QueueQuery, Query()], page: Sent) -> Response:
    """Review the opened one; the next one opens."""

    def act(connection: Connection) -> str:
        row, done = review_one(connection, page, assignment)
        which = _which(query, reviewable(connection, page))
        following = queue.next_after(connection, which, (row.submitted_on, row.id))
        return page.go(query.address(open=following), done)

    return _written(page, query.model_copy(update={"open": assignment}), "review", act)


@review_queue.post("/review/extension/{assignment}/{extension}", **see(Action.DECIDE_EXTENSION))
def post_extension(
    assignment: str, extension: str, query: Annotated[QueueQuery, Query()], page: Sent
) -> Response:
    """Decide on the opened request; the first of those that are left opens."""

    def act(connection: Connection) -> str:
        done = decide_one(connection, page, assignment, extension)
        return page.go(query.address(open=None), done)

    return _written(page, query.model_copy(update={"open": assignment}), "decide", act)


def _written(page: Page, query: QueueQuery, which: str, act: Any) -> Response:
    try:
        return page.write(act)
    except (InvalidInput, Conflict) as error:
        return shown(page, query, typed_of(page, which, error), status_of(error))


# --- several at once ----------------------------------------------------------------------------


@review_queue.post("/review/several", **see(Action.REVIEW))
def post_several(query: Annotated[QueueQuery, Query()], page: Sent) -> Response:
    """Accept or return several: first how many and which, then each with its own result."""
    picked = picks(page.fields)
    decision = page.fields.get("decision", "")
    if not picked or decision not in get_args(reviewing.Decision):
        return shown(page, query, Typed(which="several", fields=page.fields, asks="none"), 422)
    note, sure = page.fields.get("note", ""), page.fields.get("sure") == "yes"
    try:
        if sure:
            words_of(note, "note", needed=decision == "return", confirmed=_is_confirmed(page))
    except InvalidInput as error:
        return _ask(page, query, picked, decision, typed_of(page, "several", error))
    if not sure:
        return _ask(page, query, picked, decision, Typed(which="several", fields=page.fields))
    results = _decided(page, picked, decision, note)
    return page.show(
        "review_results.html",
        query=query,
        decision=decision,
        results=[one | {"why": say(page.words, one["why"])} for one in results if one["why"]],
        done=[one for one in results if not one["why"]],
    )


def picks(fields: Mapping[str, str]) -> dict[str, str]:
    """The chosen assignments with the version of each that was seen."""
    named = ((name.removeprefix("pick."), value) for name, value in fields.items())
    chosen = {key: value for key, value in named if f"pick.{key}" in fields}
    return dict(list(chosen.items())[:A_PAGE])


def _is_confirmed(page: Page) -> bool:
    return page.fields.get("confirm_personal_data") == "true"


def _ask(
    page: Page, query: QueueQuery, picked: Mapping[str, str], decision: str, typed: Typed
) -> Response:
    with page.reading() as connection:
        rows = [visible_row(connection, key, page.here) for key in picked]
    said = {"rows": rows, "picked": picked, "decision": decision, "typed": typed}
    return page.show("review_confirm.html", 422 if typed.errors else 200, query=query, **said)


def _decided(
    page: Page, picked: Mapping[str, str], decision: Any, note: str
) -> list[dict[str, Any]]:
    """Each one's result; sent twice, it is done once, and the results are the first ones."""
    try:
        return _once(page, picked, decision, note)
    except IntegrityError:
        return _once(page, picked, decision, note)


def _once(page: Page, picked: Mapping[str, str], decision: Any, note: str) -> list[dict[str, Any]]:
    mark = page.mark()
    with writing(page.here.engine) as connection:
        if mark and (kept := idempotency.find(connection, mark)):
            return list(kept.body)
        found = _reviewed(connection, page, picked, decision, note)
        if mark:
            kept = idempotency.Kept(mark, 200, {}, found)
            idempotency.keep(connection, [kept], page.here.now)
    return found


def _reviewed(
    connection: Connection, page: Page, picked: Mapping[str, str], decision: Any, note: str
) -> list[dict[str, Any]]:
    rows = {key: visible_row(connection, key, page.here) for key in picked}
    desk = reviewing.open_desk(connection, list(picked), page.here.now)
    found = []
    for key, version in picked.items():
        verdict = reviewing.Verdict(key, decision, note, frozenset({version}), _is_confirmed(page))
        result = decide(connection, desk, verdict, page.here)
        why = str(result) if isinstance(result, DondocError) else ""
        row = rows[key]
        said = {"title_vi": row.title_vi, "title_en": row.title_en, "ref": row.ref}
        body = {"department_vi": row.department_vi, "department_en": row.department_en}
        found.append({"id": key, "why": why} | said | body)
    desk.write(connection)
    return found
