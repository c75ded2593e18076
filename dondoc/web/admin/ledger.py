"""The check of the record: begun here, carried out beside the pages, looked at until it is done."""

from __future__ import annotations

from threading import Thread
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from dondoc.web.admin.common import TRIED, refused, status_of, telling, who_of
from dondoc.web.routing import Seen, Sent, see
from dondoc.web.visiting import Page
from integrations.wording import marked
from plans import verifying
from plans.access import Action
from plans.store import Connection, office

ledger = APIRouter(include_in_schema=False)

STEPS = {
    "files": marked("uploaded files"),
    "chains": marked("chains of events"),
    "extensions": marked("extensions"),
    "events": marked("what follows from the events"),
    "counters": marked("counters"),
}
THREADS = "ledger-checks"


@ledger.get("/admin/ledger", **see(Action.MANAGE_USERS))
def show_check(page: Seen) -> Response:
    """How far the check is, or what the last one came to."""
    return _check(page)


def _check(page: Page, status: int = 200, **facts: Any) -> Response:
    with page.reading() as connection:
        found = verifying.latest(connection)
        who = who_of(connection, page, [found.begun_by] if found else [])
        backup = office.last_act(connection, "backup-made")
    given = {"errors": {}} | facts
    return page.show(
        "admin/ledger.html",
        status,
        check=found,
        runs=bool(found and found.is_under_way(page.here.now)),
        steps=[(name, STEPS[name]) for name in verifying.STEPS],
        who=who,
        backup=backup,
        **telling(page),
        **given,
    )


@ledger.post("/admin/ledger", **see(Action.MANAGE_USERS))
def begin_check(page: Sent) -> Response:
    """Begin a check, which a thread of its own carries out."""
    begun: list[str] = []

    def act(connection: Connection) -> str:
        begun[:] = [verifying.begin(connection, page.here.now, page.caller.actor)]
        return page.go("/admin/ledger")

    try:
        answer = page.write(act)
    except TRIED as error:
        return _check(page, status_of(error), errors=refused(page, error))
    for run in begun:
        _carry_out(page, run)
    return answer


def _carry_out(page: Page, run: str) -> None:
    running = page.here.running
    given = (running.engine, running.settings.data_dir, run, running.now)
    # As a daemon: a service that stops does not wait for it; a run that died stops counting.
    thread = Thread(target=verifying.carry_out, args=given, name=f"check-{run}", daemon=True)
    running.extras[THREADS] = thread
    thread.start()
