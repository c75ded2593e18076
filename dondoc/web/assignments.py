"""One assignment: what is asked, what was sent about it, what was reported, and what one may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from fastapi import APIRouter
from sqlalchemy import Row
from starlette.responses import Response

from dondoc.api.subjects import visible_row
from dondoc.web.chronicle import Line, chronicle
from dondoc.web.error_sentences import KINDS
from dondoc.web.explaining import Fault, say
from dondoc.web.message_words import MessageWords
from dondoc.web.routing import Seen, see
from dondoc.web.typed import ORDERS, Typed, status_of, typed_of, unsent
from dondoc.web.visiting import LINKED, Page
from dondoc.web.words import PageWords
from integrations.wording import marked
from plans import access, offering
from plans.access import Action, Subject
from plans.acting import Officer
from plans.asking import Asked, asked
from plans.history import DateChange, dates_of
from plans.ladder_record import LadderRecord, ladder_record
from plans.rules import due_soon, outside, timeliness
from plans.store import Connection, actors, extensions, files
from plans.store.events import returned_because
from plans.store.ledger import get_texts, state_of
from plans.store.sight import subject_of
from plans.terms import EventKind, ExtensionState, LeadStatus, Review, Scope

assignments = APIRouter(include_in_schema=False)

REVIEWS = {
    Review.NONE: marked("no report waits"),
    Review.SUBMITTED: marked("a report waits for review"),
    Review.RETURNED: marked("the report was returned"),
    Review.ACCEPTED: marked("the report was accepted"),
}
LEADS = {
    LeadStatus.CONFIRMED: marked("confirmed"),
    LeadStatus.UNCONFIRMED: marked("not confirmed yet"),
    LeadStatus.UNDECIDED: marked("lead not yet decided"),
}
STATES = {
    ExtensionState.REQUESTED: marked("waits for a decision"),
    ExtensionState.GRANTED: marked("granted"),
    ExtensionState.REFUSED: marked("refused"),
}
SENT = {
    "waiting": marked("waits to be sent"),
    "sent": marked("delivered to the mail system"),
    "failed": marked("could not be delivered"),
    "dropped": marked("not sent: it was settled before"),
}
FORMS = ORDERS.keys() | {"report", "evidence", "later", "review", "decide"}
CONFIRMED = ("evidence", "later")
"""What a link's visitor is not even shown before it has confirmed the device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One assignment as a visitor sees it. ``row`` is the record's; ``kind`` its class or why it
    has none; ``can`` what the visitor may do to it now."""

    row: Row[Any]
    kind: str
    soon: bool
    asked: Asked
    declared: Row[Any] | None
    dates: Sequence[DateChange]
    ladder: LadderRecord
    names: Mapping[str, Row[Any]]
    lines: Sequence[Line]
    files: Sequence[Row[Any]]
    extensions: Sequence[Mapping[str, Any]]
    reason: str | None
    last: Mapping[str, Any]
    can: frozenset[str]
    why_not: Mapping[str, str]
    confirms: bool
    bodies: Sequence[Row[Any]]


@assignments.get("/assignments/{assignment}", **see(Action.SEE_ASSIGNMENT))
@assignments.get(LINKED + "/assignments/{assignment}", **see(Action.SEE_ASSIGNMENT))
def show_assignment(assignment: str, page: Seen) -> Response:
    """One assignment, to all who may see it."""
    return shown(page, assignment)


def shown(page: Page, assignment: str, typed: Typed | None = None, status: int = 200) -> Response:
    """The page of an assignment; with a form that was sent and not done, where there is one."""
    with page.reading() as connection:
        row = visible_row(connection, assignment, page.here)
        look = look_at(connection, page, row)
    return page.show("assignment.html", status, **facts(page, look, typed))


def facts(page: Page, look: Look, typed: Typed | None = None) -> dict[str, Any]:
    """What the templates of an assignment's parts are rendered with."""
    words, lost = page.words, unsent(page.words, typed, offered=_is_offered(look, typed))
    forms = {typed.which: typed} if typed and not lost else {}
    return {
        "look": look,
        "unsent": lost,
        "row": look.row,
        "forms": lambda which: forms.get(which) or Typed(which=which),
        "REVIEWS": REVIEWS,
        "LEADS": LEADS,
        "STATES": STATES,
        "SENT": SENT,
        "told": MessageWords(words),
        "KINDS": KINDS,
        "fresh_file": page.here.request.query_params.get("file", ""),
        "iso": lambda text: words.day(date.fromisoformat(text)),
        "size_words": lambda size: _size(words, size),
        "order_title": lambda order: words.gettext(ORDERS[order]),
        "kind_pairs": [(str(kind), words.gettext(said)) for kind, said in KINDS.items()],
        "file_pairs": [(one.id, one.name) for one in look.files if one.name],
        "file_names": [{"file": one.id} for one in look.files if one.name],
        "body_pairs": [(one.code, words.pick(one.name_vi, one.name_en)) for one in look.bodies],
    }


def _is_offered(look: Look, typed: Typed | None) -> bool:
    """Whether the page has still the form that was sent."""
    which = typed.which if typed else ""
    if which not in FORMS:
        return True
    name = "report" if which == "evidence" else which
    return name in look.can and not (look.confirms and which in CONFIRMED)


def _size(words: PageWords, size: int) -> str:
    if size < 1024 * 1024:
        return f"{words.number(max(1, round(size / 1024)))} kB"
    return f"{words.number(size / 1024 / 1024)} MB"


def refused(
    page: Page, assignment: str, which: str, error: Fault, rows: Sequence[Mapping[str, str]] = ()
) -> Response:
    """The page with a form that was refused, nothing of what was typed lost."""
    return shown(page, assignment, typed_of(page, which, error, rows), status_of(error))


# --- what is there ------------------------------------------------------------------------------


def look_at(connection: Connection, page: Page, row: Row[Any]) -> Look:
    """All that the page of an assignment shows; ``row`` is one that the visitor may see."""
    state, on = state_of(row), page.here.day
    subject = subject_of(connection, row)
    declared = asked(connection, row)
    ladder = ladder_record(connection, row, declared.ladder, on)
    can, why_not = _offers(connection, page, row, subject)
    lines = chronicle(connection, page, row)
    governs = bool(can & {"reassignment", "lead"})
    codes = [code for one in ladder.coming for code, _ in one.recipients]
    names = actors.body_names(connection, [*codes, row.declared, row.coordinator])
    return Look(
        row=row,
        kind=outside(state) or timeliness(state, on) or "",
        soon=due_soon(state, on),
        asked=declared,
        declared=names.get(row.declared),
        dates=dates_of(connection, row.id),
        ladder=ladder,
        names=names,
        lines=lines,
        files=files.of_assignment(connection, row.id),
        extensions=_extensions(connection, row.id),
        reason=returned_because(connection, [row.id]).get(row.id),
        last=last_report(lines),
        can=can,
        why_not=why_not,
        confirms=page.by_link and not page.confirmed,
        bodies=actors.present_bodies(connection, on) if governs else (),
    )


def last_report(lines: Sequence[Line]) -> Mapping[str, Any]:
    """The words of the newest report; a form begins with them."""
    return next((one.words for one in lines if one.kind == EventKind.UPDATED), {})


def _extensions(connection: Connection, key: str) -> list[dict[str, Any]]:
    rows = extensions.of_assignment(connection, key)
    words = get_texts(connection, [one for row in rows for one in (row.reason, row.note) if one])
    return [
        {
            **row._mapping,
            "reason": words.get(row.reason, {}).get("reason"),
            "note": words.get(row.note or "", {}).get("note"),
        }
        for row in rows
    ]


# --- what the visitor may do ----------------------------------------------------------------------

_OFFERED: tuple[tuple[str, Action, EventKind], ...] = (
    ("report", Action.REPORT, EventKind.UPDATED),
    ("later", Action.ASK_EXTENSION, EventKind.EXTENSION_REQUESTED),
    ("review", Action.REVIEW, EventKind.RETURNED),
    ("suspension", Action.GOVERN, EventKind.SUSPENDED),
    ("resumption", Action.GOVERN, EventKind.RESUMED),
    ("cancellation", Action.GOVERN, EventKind.CANCELLED),
    ("reassignment", Action.GOVERN, EventKind.REASSIGNED),
    ("correction", Action.GOVERN, EventKind.CORRECTED),
)


def may_once_confirmed(page: Page, action: Action, subject: Subject) -> bool:
    """Whether the visitor may do it, or could on a device that it confirms."""
    scopes = page.caller.scopes | ({Scope.REPORT} if page.by_link else set())
    return access.may(replace(page.caller, scopes=frozenset(scopes)), action, subject)


def _offers(
    connection: Connection, page: Page, row: Row[Any], subject: Subject
) -> tuple[frozenset[str], dict[str, str]]:
    """What the visitor may do now; and of what it may not, though its role may, why."""
    possible = offering.possible(state_of(row), page.here.now, page.here.day)
    can = {
        name
        for name, action, kind in _OFFERED
        if kind in possible and may_once_confirmed(page, action, subject)
    }
    if page.may(Action.DECIDE_EXTENSION, subject) and row.pending_extension:
        can.add("decide")
    if page.may(Action.GOVERN, subject) and row.lead_status != LeadStatus.CONFIRMED:
        can.add("lead")
    return _permitted(connection, page, row, can)


def _permitted(
    connection: Connection, page: Page, row: Row[Any], can: set[str]
) -> tuple[frozenset[str], dict[str, str]]:
    officer = Officer.of(page.caller)
    orders = can & ORDERS.keys()
    why: dict[str, str | None] = {}
    if "review" in can:
        why["review"] = offering.why_not_review(connection, row.id, officer)
    if "decide" in can:
        why["decide"] = offering.why_not_decide(connection, row.pending_extension, officer)
    if orders and (reason := offering.why_not_order(row.department, officer)):
        why |= {"orders": reason} | dict.fromkeys(orders, reason)
    said = {name: say(page.words, reason) for name, reason in why.items() if reason}
    return frozenset(can - said.keys()), said
