"""Simulated departments: real HTTP servers on loopback that serve the contract's feed.

They are called simulated in the ``Server`` header; what they report is decided in ``reports``.
Most are well-kept; a few are slow, one fails, one answers nonsense, one cannot be reached, one has
bad items among the good, one is rate-limited at first. Some have no feed at all: they report by
API (``answering``).
"""

from __future__ import annotations

import json
import selectors
import socket
import threading
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlsplit

from dondoc.demo.reports import (
    SEED,
    Entry,
    SimulatedTask,
    draw,
    entries,
    faults,
    spoilt,
)

__all__ = ["Behaviour", "SimulatedAgencies", "SimulatedTask"]

OWN_SERVERS: Final = 45
"""As many departments have a server of their own, the busiest; the others share one."""
SPARED: Final = 5
"""The busiest ones are well-kept: a demo in which they are silent shows little."""
MOST_ITEMS: Final = 500
NONSENSE: Final = "<html><body><h1>Trang đang bảo trì (mô phỏng)</h1></body></html>"


class Behaviour(StrEnum):
    """How a simulated department's system behaves."""

    WELL_KEPT = "well_kept"
    SLOW = "slow"
    FAILS = "fails"
    NONSENSE = "nonsense"
    UNREACHABLE = "unreachable"
    BAD_ITEMS = "bad_items"
    RATE_LIMITED = "rate_limited"


ODD: Final = (
    Behaviour.FAILS,
    Behaviour.NONSENSE,
    Behaviour.UNREACHABLE,
    Behaviour.BAD_ITEMS,
    Behaviour.RATE_LIMITED,
    Behaviour.SLOW,
    Behaviour.SLOW,
    Behaviour.SLOW,
)


def assign_behaviours(own: Sequence[str], seed: int = SEED) -> dict[str, Behaviour]:
    """Who is odd, and how; ``own``: departments with an own server, the busiest first."""
    some = own[SPARED : SPARED + 20] if len(own) >= SPARED + len(ODD) else own
    drawn = sorted(some, key=lambda code: draw(seed, code, "behaviour"))
    return dict.fromkeys(own, Behaviour.WELL_KEPT) | dict(zip(drawn, ODD, strict=False))


def choose_by_api(
    there: Sequence[str],
    behaviours: Mapping[str, Behaviour],
    said: Mapping[str, int],
    n: int,
    seed: int = SEED,
) -> tuple[str, ...]:
    """Who has no feed: every second of the well-kept, those first that said most of late."""
    some = [code for code in there if behaviours[code] is Behaviour.WELL_KEPT]
    some.sort(key=lambda code: (-said[code], draw(seed, code, "by api")))
    return tuple(sorted((some[1::2] + some[::2])[:n]))


class _Agency:
    """One simulated department: its feed, and how its system behaves."""

    def __init__(self, code: str, some: Iterable[Entry], behaviour: Behaviour, seed: int) -> None:
        self.code = code
        self.behaviour = behaviour
        self.delay = 0.5 + draw(seed, code, "delay") if behaviour is Behaviour.SLOW else 0.0
        self.entries = sorted(some, key=_key)
        self.refusals = 1 if behaviour is Behaviour.RATE_LIMITED else 0
        if behaviour is Behaviour.BAD_ITEMS:
            self.entries = sorted(spoilt(self.entries), key=_key)

    def said(self, after: datetime, until: datetime) -> list[Entry]:
        """What was reported after a moment and by another one."""
        start = bisect_right(self.entries, after, key=lambda entry: entry.at)
        return self.entries[start : bisect_right(self.entries, until, key=lambda entry: entry.at)]

    def page(self, since: str, limit: int, now: datetime) -> dict[str, Any]:
        """What was reported after a cursor and by now, at most ``limit`` items of it."""
        start = bisect_right(self.entries, _position(since), key=_key)
        end = bisect_right(self.entries, now, key=lambda entry: entry.at)
        some = self.entries[start : min(end, start + limit)]
        following = _cursor(some[-1]) if some else since
        more = start + len(some) < end
        return {"items": [entry.body for entry in some], "next": following, "more": more}


def _count(some: Iterable[Entry], lately: tuple[datetime, datetime] | None) -> int:
    return sum(lately[0] < entry.at <= lately[1] for entry in some) if lately else 0


def _key(entry: Entry) -> tuple[int, str]:
    return int(entry.at.timestamp()), entry.id


def _cursor(entry: Entry) -> str:
    return f"{_key(entry)[0]}.{entry.id}"


def _position(cursor: str) -> tuple[int, str]:
    when, _, name = cursor.partition(".")
    return (int(when), name) if when.isdigit() else (-1, "")


class SimulatedAgencies:
    """All simulated departments, serving while the context is open.

    Only what was reported by ``now`` is served: a later ``now`` gives further items. The same
    tasks and seed give the same items, whenever and in whatever order they are asked for. Only
    those that are ``present`` (None: all) have a server of their own, and may behave oddly; the
    one with bad items has one of each kind at ``spoilt_at``, besides those among its good ones.
    ``by_api``: how many of the well-kept have no feed and report by API instead, by what they have
    to say ``lately`` (after the first moment, by the second).
    """

    def __init__(
        self,
        tasks: Iterable[SimulatedTask],
        seed: int = SEED,
        present: Container[str] | None = None,
        spoilt_at: datetime | None = None,
        by_api: int = 0,
        lately: tuple[datetime, datetime] | None = None,
    ) -> None:
        self.now = datetime.now(UTC)
        mine: dict[str, list[Entry]] = defaultdict(list)
        for task in sorted(set(tasks), key=lambda one: (one.department, one.ref, one.due)):
            mine[task.department] += entries(task, seed)
        codes = sorted(mine, key=lambda code: (-len(mine[code]), code))
        there = [code for code in codes if present is None or code in present]
        self._own = there[:OWN_SERVERS]
        self.behaviours = dict.fromkeys(codes, Behaviour.WELL_KEPT) | assign_behaviours(
            self._own, seed
        )
        said = {code: _count(mine[code], lately) for code in codes}
        self.by_api = choose_by_api(there, self.behaviours, said, by_api, seed)
        for code in codes:
            if spoilt_at and self.behaviours[code] is Behaviour.BAD_ITEMS:
                mine[code] += faults(spoilt_at)
        self._agencies = {
            code: _Agency(code, mine[code], self.behaviours[code], seed) for code in codes
        }
        self._servers: list[_Server] = []
        self._closed: list[socket.socket] = []
        self._urls: dict[str, str] = {}
        self._stop = threading.Event()

    def feeds(self) -> Mapping[str, str]:
        """Each department's address."""
        return dict(self._urls)

    def __enter__(self) -> Self:
        shared = self._serve(None)
        for code in (code for code in self._agencies if code not in self.by_api):
            self._urls[code] = f"{shared}/mo-phong/{code}"
        for code in (code for code in self._own if code not in self.by_api):
            out_of_reach = self.behaviours[code] is Behaviour.UNREACHABLE
            self._urls[code] = f"{self._close() if out_of_reach else self._serve(code)}/mo-phong"
        self._porter = threading.Thread(target=self._open_doors, daemon=True)
        self._porter.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._porter.join()
        for server in self._servers:
            server.server_close()
        for one in self._closed:
            one.close()

    def _serve(self, code: str | None) -> str:
        server = _Server(self, code)
        self._servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    def _close(self) -> str:
        """A port at which nobody listens, kept so that nobody else will."""
        taken = socket.socket()
        taken.bind(("127.0.0.1", 0))
        self._closed.append(taken)
        return f"http://127.0.0.1:{taken.getsockname()[1]}"

    def _open_doors(self) -> None:
        """One thread waits at all doors; each visitor is served by one of its own."""
        with selectors.DefaultSelector() as doors:
            for server in self._servers:
                doors.register(server, selectors.EVENT_READ, server)
            while not self._stop.is_set():
                for key, _ in doors.select(timeout=0.05):
                    key.data.handle_request()

    def answer(self, code: str, query: Mapping[str, list[str]]) -> tuple[int, str, str]:
        """Status, type and text of a department's answer."""
        agency = self._agencies[code]
        time.sleep(agency.delay)
        if agency.refusals:
            agency.refusals -= 1
            return 429, "text/plain", "quá nhiều yêu cầu (mô phỏng)"
        if agency.behaviour is Behaviour.FAILS:
            return 500, "text/plain", "lỗi máy chủ (mô phỏng)"
        if agency.behaviour is Behaviour.NONSENSE:
            return 200, "text/html; charset=utf-8", NONSENSE
        limit = query.get("limit", ["100"])[-1]
        wanted = min(MOST_ITEMS, max(1, int(limit))) if limit.isdigit() else 100
        page = agency.page(query.get("since", [""])[-1], wanted, self.now)
        return 200, "application/json", json.dumps(page, ensure_ascii=False)

    def page(self, code: str, since: str, limit: int, now: datetime) -> dict[str, Any]:
        """What a department's feed would have held at a moment, however its system behaves."""
        return self._agencies[code].page(since, limit, now)

    def said(self, code: str, after: datetime, until: datetime) -> list[Entry]:
        """What a department reported after a moment and by another one."""
        return self._agencies[code].said(after, until)

    def knows(self, code: str) -> bool:
        """Whether there is such a simulated department."""
        return code in self._agencies


class _Server(ThreadingHTTPServer):
    """The server of one department, or (``code`` None) of all that have none of their own."""

    daemon_threads = True
    request_queue_size = 256  # all communes are asked at the same moment
    timeout = 0  # ``handle_request`` is called when somebody is at the door

    def __init__(self, agencies: SimulatedAgencies, code: str | None) -> None:
        self.agencies = agencies
        self.code = code
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a visitor who leaves early is no error here."""


class _Handler(BaseHTTPRequestHandler):
    server_version = "dondoc-simulated-department"
    sys_version = ""
    wbufsize = -1  # one packet an answer
    server: _Server

    def do_GET(self) -> None:
        """Serve one page."""
        url = urlsplit(self.path)
        code = self.server.code or url.path.rpartition("/")[2]
        agencies = self.server.agencies
        if not agencies.knows(code):
            self.send_error(404)
            return
        status, media_type, text = agencies.answer(code, parse_qs(url.query))
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        if status == 429:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the demo's terminal is for its own output."""
