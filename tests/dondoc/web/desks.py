"""What tests of one assignment and of the queue begin with: a served record, reports that wait."""

from __future__ import annotations

import re
from typing import Any

import httpx

from dondoc.api import sessions as cookies
from plans.access import Caller, Grant
from plans.acting import Act, Officer
from plans.extensions import ask
from plans.history import Entry, entries
from plans.identity import devices, links
from plans.reporting import Report
from plans.store import reading, writing
from plans.store.assignments import row_of
from plans.submitting import Submission, take
from plans.terms import Role
from tests.builders import ZONE
from tests.dondoc.api.conftest import Served

MOT = "mau/mot/so-y-te"
LEAD = "so-y-te"


def link(served: Served, department: str = LEAD) -> str:
    """The path of a message's link."""
    return f"/l/{links.sign_link(served.settings.secret, department, served.now)}"


def reported(served: Served, ref: str = MOT, by: str = "user:77", **given: Any) -> str:
    """A department's report, handed in unless told otherwise; gives the assignment's id."""
    of = row(served, ref)
    grant = Grant(Role.DEPARTMENT, of.department, frozenset([of.department]))
    said: dict[str, Any] = {"percent": 100, "result": "Đã xong", "submit": True} | given
    report = Report(**said)
    one = Submission(Caller(by, "user", (grant,)), of.id, report)
    with writing(served.engine) as connection:
        [receipt] = take(connection, [one], served.now, ZONE)
    assert not isinstance(receipt, Exception), receipt
    return str(of.id)


def confirm_device(served: Served, client: httpx.Client, department: str = LEAD) -> None:
    """Let a browser be a confirmed device of a department."""
    with writing(served.engine) as connection:
        device = devices._kept(connection, department, served.now)
    client.cookies.set(cookies.DEVICE, device, domain="127.0.0.1")


def wanted_later(served: Served, ref: str, due: Any, by: str = "user:77") -> str:
    """A department's request for a later date; gives its id."""
    act = Act(Officer(by), served.now, served.now.date())
    with writing(served.engine) as connection:
        return ask(connection, row_of(connection, ref).id, due, "Chờ hướng dẫn", act)


def row(served: Served, ref: str = MOT) -> Any:
    """An assignment as the record has it."""
    with reading(served.engine) as connection:
        return row_of(connection, ref)


def ledger(served: Served, ref: str = MOT) -> list[Entry]:
    """An assignment's entries with their words."""
    with reading(served.engine) as connection:
        return entries(connection, row_of(connection, ref).id, True)


def kinds(served: Served, ref: str = MOT) -> list[str]:
    """What happened to an assignment after it was assigned."""
    return [str(one.kind) for one in ledger(served, ref)[1:]]


def text_of(page: httpx.Response) -> str:
    """What a page says, without its markup, on one line."""
    bare = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", page.text, flags=re.S)
    return " ".join(bare.split())
