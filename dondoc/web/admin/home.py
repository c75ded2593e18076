"""The administration at a glance: what there is, and what needs somebody's attention."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from dondoc.web.admin.common import who_of
from dondoc.web.routing import Seen, see
from dondoc.web.run_words import last_runs
from dondoc.web.visiting import Page
from plans import finding, holding, verifying
from plans.access import Action
from plans.store import Connection, catalogue, channels, leases, office

home = APIRouter(include_in_schema=False)

SUGGESTED = 12


@home.get("/admin", **see(Action.MANAGE_USERS))
def show_home(page: Seen) -> Response:
    """What there is, and what needs attention."""
    with page.reading() as connection:
        return _shown(page, connection)


def _shown(page: Page, connection: Connection) -> Response:
    now = page.here.now
    check = verifying.latest(connection)
    backup = office.last_act(connection, "backup-made")
    whos = [check.begun_by if check else None, backup.actor if backup else None]
    return page.show(
        "admin/home.html",
        numbers=office.numbers(connection, page.here.day, now),
        is_loaded=bool(catalogue.departments_after(connection, "", 1)),
        held=len(holding.held(connection, page.here.day)),
        channels=len(channels.troubled(connection)) + len(channels.failed(connection)),
        check=check,
        runs=bool(check and check.is_under_way(now)),
        backup=backup,
        who=who_of(connection, page, whos),
        last_runs=last_runs(page.words, leases.listed(connection), now, page.here.zone),
    )


@home.get("/admin/bodies", **see(Action.MANAGE_USERS))
def suggest_bodies(
    page: Seen,
    department: Annotated[str, Query(max_length=200)] = "",
    departments: Annotated[str, Query(max_length=2000)] = "",
) -> Response:
    """Bodies that a field's words may mean, as a list's options; of several, the last is typed."""
    words = finding.words_of((department or departments).rpartition(",")[2])
    on = page.here.day
    with page.reading() as connection:
        rows = (
            office.bodies(connection, on, words=" ".join(words), limit=SUGGESTED) if words else []
        )
    return page.show("admin/suggested.html", rows=rows)
