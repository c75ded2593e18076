"""What the administration says of the runs: done, failed, under way, killed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, update

from dondoc.running import FLOWS
from dondoc.web.run_words import JOBS, last_runs
from dondoc.web.words import page_words
from plans.store import leases, writing
from plans.store.schema_running import leases as table
from tests.builders import ZONE
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.browsers import check_page, visitor
from tests.offices import furnish


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine)
    yield from serve(sqlite_engine, tmp_path)


@pytest.fixture
def admin(served: Served) -> httpx.Client:
    return visitor(served, "admin")


def rows(admin: httpx.Client, language: str = "vi") -> list[str]:
    """The table's rows, as text."""
    text = admin.get(f"/admin?lang={language}").text
    body = text.partition('aria-labelledby="runs"')[2].partition("<tbody>")[2]
    found = re.findall(r"<tr>(.*?)</tr>", body.partition("</tbody>")[0], re.DOTALL)
    return [unescape(" ".join(re.sub(r"<[^>]+>", " ", one).split())) for one in found]


def run(engine: Engine, job: str, outcome: str) -> None:
    assert leases.take(engine, job, f"may-1/{job}/1") is None
    assert leases.give_back(engine, job, f"may-1/{job}/1", outcome)


def test_every_flow_has_a_name() -> None:
    assert set(FLOWS) <= set(JOBS)


def test_before_any_run_nothing_is_said(admin: httpx.Client) -> None:
    assert 'id="runs"' not in admin.get("/admin").text


def test_how_the_last_runs_ended(served: Served, admin: httpx.Client) -> None:
    run(served.engine, "retain", "done")
    run(served.engine, "gather", "OutsideError: no mail server answers")
    run(served.engine, "digest", "ended by a signal")
    assert leases.take(served.engine, "remind", "may-2/1/1") is None
    check_page(admin.get("/admin"))

    said = rows(admin, "en")
    assert [one.partition(" ")[0] for one in said] == ["Gather", "Remind", "Digests", "Remove"]
    gather, _, digest, retain = said
    assert gather.endswith("It did not come to its end: no mail server answers")
    assert digest.endswith("It was stopped; the next run goes on.")
    assert retain.endswith("It was done.")
    assert rows(admin)[3].endswith("Đã xong.")


def test_a_killed_run_is_told_from_one_that_is_under_way(engine: Engine) -> None:
    words = page_words("en")
    assert leases.take(engine, "remind", "may-2/7/1") is None
    [row] = leases.last_runs(engine)
    alive = last_runs(words, [row], row.taken_at + timedelta(minutes=1), ZONE)[0]
    silent = last_runs(words, [row], row.taken_at + leases.LENGTH, ZONE)[0]

    assert (alive.said, alive.is_well) == ("It is under way on may-2.", True)
    assert silent.said.startswith("Nothing was heard of it on may-2 since ") and not silent.is_well

    with writing(engine) as connection:
        connection.execute(update(table).values(ends_at=row.taken_at - timedelta(seconds=1)))
    run(engine, "remind", "done")
    [after] = leases.last_runs(engine)
    assert last_runs(words, [after], after.ended_at, ZONE)[0].is_well
