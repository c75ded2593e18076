"""The demo as outsiders check it: the contract's JSON, adding up, the same twice, on any day."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from plans.store import feeds, open_engine, reading
from plans.store.schema import assignments, extensions, ledger, measurements
from tests.offices import faults
from tests.serving import prefect_server

ROOT = Path(__file__).parents[2]
CLASSES = ("done_on_time", "done_late", "open_on_time", "open_overdue")
FLOWS = ["open-periods", "gather", "remind", "roll-up", "digest", "deliver"]


class Demos:
    """Demos on one server of Prefect, which takes longer to start than they; each day once.

    In one directory, since what a demo tells names it: each makes it anew.
    """

    def __init__(self, data: Path, prefect: str) -> None:
        self.data, self.prefect = data, prefect
        self.known: dict[str, dict[str, Any]] = {}

    def on(self, at: str) -> dict[str, Any]:
        """What the demo of this day told."""
        if at not in self.known:
            self.known[at] = demo(self.data, at, PREFECT_API_URL=self.prefect)
        return self.known[at]


@pytest.fixture(scope="module")
def demos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demos]:
    with prefect_server(tmp_path_factory.mktemp("prefect")) as url:
        yield Demos(tmp_path_factory.mktemp("demos"), url)


def demo(data: Path, at: str, **environ: str) -> dict[str, Any]:
    """Of a day, as a command; on a server of its own unless told of another."""
    command = [sys.executable, "-c", "from dondoc.cli import main; main()", "demo", "--json"]
    done = subprocess.run(
        [*command, "--at", at],
        cwd=ROOT,
        env={**os.environ, "DONDOC_DATA_DIR": str(data), **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert ("embedded" in done.stderr) == ("PREFECT_API_URL" not in environ)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def adds_up(found: dict[str, Any]) -> None:
    for plan in found["plans"]:
        assert set(plan["classes"]) == set(CLASSES)
        assert sum(plan["classes"].values()) == plan["assignments"]
        assert sum(group["assignments"] for group in plan["groups"]) == plan["assignments"]
        for name in CLASSES:
            total = sum(group["classes"][name] for group in plan["groups"])
            assert total == plan["classes"][name]
    gather = found["gather"]
    assert gather["answered"] + len(gather["silent"]) == gather["agencies"]
    assert {one["reason"] for one in gather["silent"]} == {"error", "invalid", "unreachable"}


@pytest.mark.slow
@pytest.mark.xdist_group("demo")
@pytest.mark.parametrize(
    ("at", "not_yet"),
    [
        ("2024-12-31", {"kh377"}),
        ("2025-03-03", {"kh377"}),  # the Labour department is gone
        ("2025-07-01", set()),  # the districts are gone
        ("2026-11-22", set()),
    ],
)
def test_the_figures_add_up_on_any_day(demos: Demos, at: str, not_yet: set[str]) -> None:
    found = demos.on(at)
    adds_up(found)
    assert found["at"] == at
    assert {one["id"] for one in found["plans"]} == {"ct61", "kh377", "bp21", "p23", "nat24"}
    assert {one["id"] for one in found["plans"] if one["assignments"] == 0} == not_yet
    assert found["flow_runs"] == [{"name": name, "state": "Completed"} for name in FLOWS]
    assert found["gather"]["quarantined"] >= 3
    assert found["gather"]["updates"] > 0
    notices = found["notices"]
    messages = list(Path(found["messages_dir"]).glob("*.eml"))
    sent = notices["reminders"] + notices["escalations"] + notices["digests"] - notices["failed"]
    assert len(messages) == sent
    for file in messages[:20]:
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
        assert message["To"].endswith("@simulated.invalid")
        body = message.get_body(("plain",))
        assert body is not None
        assert "(mô phỏng)" in body.get_content()
    by_api(demos.data / "demo" / "dondoc.sqlite3")


def by_api(record: Path) -> None:
    """Departments without a feed reported, and the coordinator reviewed, as callers of the API.

    Some reports wait at the end, and some later dates were asked for, so that the pages that show
    the record have something to decide; targets have values to be drawn.
    """
    engine = open_engine(f"sqlite:///{record}")
    try:
        with reading(engine) as connection:
            query = select(ledger, assignments.c.department).order_by(ledger.c.seq)
            rows = list(connection.execute(query.join(assignments)))
            with_feed = {row.department for row in feeds.feed_rows(connection)}
            counted = select(func.count()).where(assignments.c.review == "submitted")
            waiting = connection.scalar(counted) or 0
            asked = connection.scalar(select(func.count()).select_from(extensions))
            measured = connection.scalar(select(func.count(measurements.c.target.distinct())))
        called = [row for row in rows if row.actor.startswith("token:")]
        reporting = {row.department for row in called if row.kind == "updated"}
        assert reporting - with_feed
        since = [row for row in rows if row.recorded_at >= called[0].recorded_at]
        handed_in = sum(row.kind == "submitted" for row in since)
        decided = {"accepted", "returned"} & {row.kind for row in called}
        # Before the quietest of these days nothing was handed in but what waits at the end.
        assert bool(decided) == (handed_in > waiting)
        assert waiting and asked
        assert measured and measured > 5
        assert not faults(engine)
    finally:
        engine.dispose()


@pytest.mark.slow
@pytest.mark.xdist_group("demo")
def test_the_same_day_twice_gives_the_same_figures(demos: Demos) -> None:
    first = demos.on("2026-11-22")
    assert first == demo(demos.data, "2026-11-22")
    assert first["notices"]["failed"] > 0


def test_a_directory_that_no_demo_made_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from dondoc.cli import run

    precious = tmp_path / "demo" / "precious.txt"
    precious.parent.mkdir()
    precious.write_text("do not delete")
    monkeypatch.setenv("DONDOC_DATA_DIR", str(tmp_path))
    assert run(["demo"]) == 1
    assert precious.read_text() == "do not delete"
    assert "no demo made" in capsys.readouterr().err
