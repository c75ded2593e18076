"""The audit log: every denied and every administrative act, by who, what and when."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from dondoc.api.paging import cut, place_of
from dondoc.web.admin.acts import ACTS, OUTCOMES
from dondoc.web.admin.common import A_PAGE, asked, day_of, refused, who_of
from dondoc.web.routing import Seen, see
from dondoc.web.visiting import Page
from plans.access import Action
from plans.errors import InvalidInput
from plans.identity import people
from plans.store import Connection, audit
from plans.store import identity as users
from plans.store.audit import Wanted

log = APIRouter(include_in_schema=False)

MOST = 120
DAY = timedelta(days=1)


@log.get("/admin/audit", **see(Action.SEE_AUDIT))
def show_log(page: Seen) -> Response:
    """The audit log, the newest lines first."""
    given = {name: asked(page, name)[:MOST] for name in ("actor", "act", "outcome", "day")}
    place = place_of(page.here.request.query_params.get("cursor"), int)
    before = place[0] if place and 0 < place[0] < 2**63 else None
    errors: dict[str, str] = {}
    with page.reading() as connection:
        try:
            wanted = _wanted(connection, page, given)
            rows = audit.lines(connection, before=before, limit=A_PAGE + 1, wanted=wanted)
        except InvalidInput as error:
            errors, rows = refused(page, error), []
        found, following = cut(rows, A_PAGE, lambda row: (row.id,))
        named = [name for row in found for name in (row.actor, row.subject)]
        who = who_of(connection, page, named)
    return page.show(
        "admin/audit.html",
        422 if errors else 200,
        rows=[(row, _details(row.detail)) for row in found],
        next=following,
        given=given,
        acts=sorted(((key, page.words.gettext(text)) for key, text in ACTS.items()), key=_words),
        act_words=ACTS,
        outcomes=OUTCOMES,
        errors=errors,
        who=who,
    )


def _words(pair: tuple[str, str]) -> str:
    return pair[1].casefold()


def _wanted(connection: Connection, page: Page, given: dict[str, str]) -> Wanted:
    since = until = None
    if given["day"]:
        day = day_of("day", given["day"])
        since = datetime.combine(day, time.min, page.here.zone)
        until = datetime.combine(day + DAY, time.min, page.here.zone)
    actor = _actor(connection, given["actor"])
    return Wanted(actor, given["act"] or None, given["outcome"] or None, since, until)


def _actor(connection: Connection, said: str) -> str | None:
    """An actor by its name in the record, or a person by e-mail."""
    if "@" in said and ":" not in said:
        row = users.by_email(connection, people.normal(said))
        return people.actor_of(row.id) if row else said
    return said or None


def _details(detail: Any) -> list[tuple[str, str]]:
    """What a line tells besides, as name and value."""
    return [(key, _plain(value)) for key, value in detail.items() if value not in (None, "", [])]


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(one)}" for key, one in value.items() if one)
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return str(value)
