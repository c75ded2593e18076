"""The harness itself: what it makes happen happens, and what is wrong is found."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from integrations.outcomes import TWICE
from plans.terms import Delivery
from tests.builders import ZONE
from tests.faults.checks import _answers, _notice
from tests.faults.clock import Clock
from tests.faults.faults import EVERYWHERE, ON_SMALL_DISK, SERVER_ONLY, plan_of
from tests.faults.load import Call, Load, Reply, Trouble
from tests.faults.proxy import Cut, Proxy
from tests.faults.sink import Received
from tests.faults.sites import Hit
from tests.faults.world import Template


@dataclass
class Row:
    key: str = "reminder/a"
    message_id: str = "<a>"
    state: str = Delivery.SENT
    error: str | None = None


def test_a_seed_says_all_that_happens() -> None:
    one = plan_of(17, "postgresql", small_disk=True)
    assert one == plan_of(17, "postgresql", small_disk=True)
    assert one != plan_of(19, "postgresql", small_disk=True)
    kinds = [fault.kind for fault in one.faults]
    assert {*EVERYWHERE, *SERVER_ONLY, *ON_SMALL_DISK, "next-day"} == set(kinds)


@contextmanager
def listening(heard: list[bytes]) -> Iterator[int]:
    """A server that says "done" to each line it hears."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    one, _ = listener.accept()
                except OSError:
                    return
                with one:
                    while data := one.recv(100):
                        heard.append(data)
                        one.sendall(b"done")

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(("how", "heard"), [("before", []), ("after", [b"COMMIT"])])
def test_a_connection_is_cut_at_its_moment(how: Cut, heard: list[bytes]) -> None:
    found: list[bytes] = []
    cuts: list[int] = []
    with listening(found) as port, Proxy(port, b"COMMIT", lambda: cuts.append(1)) as proxy:
        proxy.cut(how)
        with socket.create_connection(("127.0.0.1", proxy.port)) as caller:
            caller.sendall(b"BEGIN")
            assert caller.recv(10) == b"done"
            caller.sendall(b"COMMIT")
            assert caller.recv(10) == b""
        with socket.create_connection(("127.0.0.1", proxy.port)) as caller:
            caller.sendall(b"COMMIT")
            assert caller.recv(10) == b"done"
    assert found == [b"BEGIN", *heard, b"COMMIT"]
    assert (len(cuts), proxy.passed, proxy.forget()) == (1, 2, 0)


def test_a_clock_jumps_under_a_living_process(tmp_path: Path) -> None:
    clock = Clock(tmp_path / "clock")
    clock.show(datetime(2025, 12, 31, 23, 58, 10, tzinfo=ZONE))
    code = "import datetime\nwhile input(): print(datetime.datetime.now(datetime.UTC))"
    with subprocess.Popen(
        [sys.executable, "-uc", code],
        env=clock.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def ask() -> str:
            assert process.stdin
            assert process.stdout
            print("?", file=process.stdin, flush=True)
            return process.stdout.readline()[:16]

        assert ask() in ("2025-12-31 16:58", "2025-12-31 16:59")
        clock.shift(timedelta(days=-40))
        assert ask()[:10] == "2025-11-21"
        process.communicate("\n")


def test_a_message_may_come_again_only_where_something_happened() -> None:
    came = [Received("a@x.vn", "<a>", at) for at in (10.0, 20.0, 30.0)]
    kill, shift = Hit("kill-workers", 12, 13), Hit("shift-workers", 25, 25)
    far = Hit("kill-workers", 100, 101)
    assert not list(_notice(Row(), came[:1], []))
    assert not list(_notice(Row(), came, [kill, shift]))
    for some in ([], [kill], [kill, far], [kill, Hit("kill-api", 25, 25)]):
        assert len(list(_notice(Row(), came, some))) == 1
    elsewhere = Received("b@x.vn", "<a>", 11)
    assert "several mailboxes" in " ".join(_notice(Row(), [came[0], elsewhere], [kill]))


def test_a_notice_must_have_come_or_say_why_not() -> None:
    assert "never arrived" in " ".join(_notice(Row(), [], []))
    assert "nobody knows why" in " ".join(_notice(Row(state=Delivery.DROPPED), [], []))
    assert not list(_notice(Row(state=Delivery.DROPPED, error="outdated"), [], []))
    assert "given up" in " ".join(_notice(Row(state=Delivery.FAILED, error="x"), [], []))


def test_what_was_handed_over_twice_is_a_persons_only_after_two_faults() -> None:
    row = Row(state=Delivery.FAILED, error=f"{TWICE}the server went away")
    kill, lost = Hit("kill-workers", 1, 2), Hit("lose-mail", 3, 3)
    assert not list(_notice(row, [], [kill, lost]))
    for some in ([], [kill], [lost, Hit("next-day", 4, 4)]):
        assert "given up" in " ".join(_notice(row, [], some))


def test_answers_that_are_none_are_found() -> None:
    load = Load("1", [], Template("sqlite", Path(), {}, {}), lambda: None)
    call = Call("k", "so-01", "x", "good-k", 5)
    load.replies += [
        Reply(call, 201, {"id": "a"}, False, 1),
        Reply(call, 201, {"id": "a"}, True, 1),
    ]
    load.troubles += [Trouble(503, "application/problem+json", ""), Trouble(None, "", "cut off")]
    assert not list(_answers(load))
    load.replies.append(Reply(call, 201, {"id": "b"}, False, 1))
    load.troubles.append(Trouble(500, "application/problem+json", ""))
    load.unanswered.append(call)
    assert len(list(_answers(load))) == 3
