"""Messages: what was sent to whom and why, what waits or failed; one as it was rendered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from dondoc.api.paging import MOST_INT, cut, place_of
from dondoc.web.channel_words import channel_name, why_not
from dondoc.web.explaining import explain
from dondoc.web.message_words import ICONS, KINDS, STATES, MessageWords
from dondoc.web.routing import Seen, Sent, see
from dondoc.web.visiting import Page
from integrations.delivery import CONTENTS, render_notice, unsubscribe_url
from integrations.mail import MailSettings
from integrations.phrases import Phrases
from integrations.short_messages import short
from integrations.wording import marked
from plans import access, contacting, holding, resending
from plans.access import WHOLE_OFFICE, Action
from plans.errors import Conflict, InvalidInput, NotFound
from plans.messages import AnyContent, DigestContent, Line, ReminderContent
from plans.store import Connection, bounces, catalogue, channels, notices, sent
from plans.terms import Delivery, NoticeKind

messages = APIRouter(include_in_schema=False)

AT_ONCE = 50
MOST_BOUNCED = 20
MOST_FOUND = 500
"""Bodies that a name's words may mean."""
FILTERS: Mapping[str, Callable[[str], Any]] = {
    "kind": NoticeKind,
    "state": Delivery,
    "since": date.fromisoformat,
    "until": date.fromisoformat,
}
NO_DAY = marked("This is no day; choose one in the calendar.")
NO_VALUE = marked("This filter does not know that value")
Short = Annotated[str, Query(max_length=80)]
Cursor = Annotated[str | None, Query(max_length=1000)]


# --- all of them --------------------------------------------------------------------------------


@messages.get("/messages", **see(Action.SEE_CONTACTS))
def show_messages(
    page: Seen,
    kind: Short = "",
    state: Short = "",
    department: Short = "",
    since: Short = "",
    until: Short = "",
    cursor: Cursor = None,
) -> Response:
    """What was sent, waits or failed, the newest first; mailboxes that take nothing any more."""
    chosen = {"kind": kind, "state": state, "department": department}
    with page.reading() as connection:
        return _list_page(connection, page, chosen | {"since": since, "until": until}, cursor)


def _list_page(
    connection: Connection,
    page: Page,
    chosen: dict[str, str],
    cursor: str | None = None,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
) -> Response:
    after = place_of(cursor, date.fromisoformat, int)
    which, wrong = which_of(connection, chosen)
    rows = [] if wrong else sent.page(connection, which, AT_ONCE + 1, after)
    part, following = cut(rows, AT_ONCE, lambda row: (row.day, row.id))
    bounced = notices.bounced(connection)
    return page.show(
        "messages.html",
        422 if wrong else status,
        told=MessageWords(page.words),
        rows=[(row, subject_of(page, row)) for row in part],
        next=following,
        chosen=chosen,
        wrong={name: page.words.gettext(text) for name, text in wrong.items()},
        kinds=KINDS,
        states=STATES,
        icons=ICONS,
        numbers=sent.numbers(connection),
        bounced=bounced[:MOST_BOUNCED],
        bounced_total=len(bounced),
        held=holding.held(connection, page.here.day),
        may_manage=page.may(Action.MANAGE_USERS),
        troubled=channels.troubled(connection),
        unreached=channels.failed(connection)[:MOST_BOUNCED],
        named=partial(channel_name, page.words),
        failed=partial(why_not, page.words),
        may_act=page.may(Action.GOVERN, WHOLE_OFFICE),
        errors=errors or {},
    )


def which_of(
    connection: Connection, chosen: Mapping[str, str]
) -> tuple[sent.Which, dict[str, str]]:
    """The filters of the address, and what is wrong with those that cannot be."""
    found, wrong = dict[str, Any](), dict[str, str]()
    for name, kind in FILTERS.items():
        try:
            found[name] = kind(chosen[name]) if chosen[name] else None
        except ValueError:
            wrong[name] = NO_DAY if name in ("since", "until") else NO_VALUE
    if words := chosen["department"].strip():
        found["recipients"] = sent.recipients(connection, words)[:MOST_FOUND]
    return sent.Which(**found), wrong


def content_of(row: Any) -> AnyContent:
    """What a message's facts are."""
    return CONTENTS.get(NoticeKind(row.kind), ReminderContent).model_validate(row.content)


def subject_of(page: Page, row: Any) -> str:
    """A message's subject as it reads in the visitor's language."""
    return Phrases(page.words).subject(content_of(row))


# --- one of them --------------------------------------------------------------------------------


@messages.get("/messages/{notice:int}", **see(Action.SEE_CONTACTS))
def show_message(page: Seen, notice: int) -> Response:
    """One message: its text, the tasks that it tells of, and what became of it."""
    with page.reading() as connection:
        return _message_page(connection, page, notice)


@messages.post("/messages/{notice:int}/again", **see(Action.GOVERN))
def try_again(page: Sent, notice: int) -> Response:
    """Let a message that failed for good wait for the next delivery."""
    access.check(page.caller, Action.GOVERN, WHOLE_OFFICE)

    def act(connection: Connection) -> str:
        _refuse_impossible(notice)
        resending.try_again(connection, notice, actor=page.caller.actor, now=page.here.now)
        return page.go(f"/messages/{notice}", "again")

    try:
        return page.write(act)
    except Conflict as error:
        errors = explain(page.words, error)
        with page.reading() as connection:
            return _message_page(connection, page, notice, error.status, errors)


def _message_page(
    connection: Connection,
    page: Page,
    notice: int,
    status: int = 200,
    errors: dict[str, str] | None = None,
) -> Response:
    _refuse_impossible(notice)
    row = sent.one(connection, notice)
    if row is None:
        raise NotFound(f"no message {notice}")
    content = content_of(row)
    # The words name tasks of any plan: they are for who may see all of them.
    whole = page.may(Action.SEE_ASSIGNMENT, WHOLE_OFFICE)
    return page.show(
        "message.html",
        status,
        told=MessageWords(page.words),
        row=row,
        subject=Phrases(page.words).subject(content),
        named=partial(channel_name, page.words),
        instead=partial(why_not, page.words),
        text=_words_of(connection, page, row, content) if whole else None,
        lines=lines_of(content) if whole else [],
        returned=bounces.of_notice(connection, notice),
        icons=ICONS,
        may_act=page.may(Action.GOVERN, WHOLE_OFFICE),
        errors=errors or {},
    )


def _refuse_impossible(notice: int) -> None:
    """``NotFound`` for a number that no database could look for."""
    if notice > MOST_INT:
        raise NotFound("no message has such a number")


def _words_of(connection: Connection, page: Page, row: Any, content: AnyContent) -> str:
    """A message's words as they went: by mail, or in short by a channel."""
    if row.channel is None:
        return text_of(connection, page, row.kind, content, row.address)
    language = _language_of(connection, content.recipient, row.address)
    base = page.here.settings.base_url
    found = short(content, language=language, base_url=base, link=None)
    return f"{found.title}\n\n{found.text}"


def _language_of(connection: Connection, recipient: str, address: str | None) -> str:
    """The language of the mailbox, or of the one whose channel is shown so."""
    known = catalogue.contact_rows(connection, [recipient]).get(recipient, [])
    ways = channels.channels_of(connection, [one.id for one in known])
    for one in known:
        if address in (None, one.email) or (one.id in ways and ways[one.id].shown == address):
            return str(one.language)
    return "vi"


def text_of(
    connection: Connection, page: Page, kind: str, content: AnyContent, address: str | None
) -> str:
    """A message's plain text in its mailbox's language, without the recipient's own link in it."""
    mail: MailSettings = page.here.running.extras.get("mail") or MailSettings.read()
    language = _language_of(connection, content.recipient, address)
    return render_notice(
        NoticeKind(kind),
        content,
        language,
        page.here.settings.base_url,
        unsubscribe_url(mail, content.recipient),
    ).text


def lines_of(content: AnyContent) -> list[Line]:
    """The tasks that a message names, each once."""
    if isinstance(content, ReminderContent):
        return list(content.lines)
    if isinstance(content, DigestContent):
        return list({one.assignment: one for one in (*content.overdue, *content.due_next)}.values())
    return []


# --- mailboxes that failed ----------------------------------------------------------------------


@messages.post("/messages", **see(Action.GOVERN))
def clear_bounce(page: Sent) -> Response:
    """Write again to a mailbox that failed for good."""
    access.check(page.caller, Action.GOVERN, WHOLE_OFFICE)
    department, email = page.fields.get("department", ""), page.fields.get("email", "")

    def act(connection: Connection) -> str:
        actor, now = page.caller.actor, page.here.now
        contacting.clear_bounce(connection, department, email, actor=actor, now=now)
        return page.go("/messages", "cleared")

    try:
        return page.write(act)
    except (InvalidInput, Conflict) as error:
        errors = explain(page.words, error)
        chosen = dict.fromkeys(("kind", "state", "department", "since", "until"), "")
        with page.reading() as connection:
            return _list_page(connection, page, chosen, status=error.status, errors=errors)
