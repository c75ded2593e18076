"""Departments' systems that report all the time, as RFC-abiding callers do, and remember it.

Each call bears an ``Idempotency-Key`` and is repeated with the same one until it is answered. What
was answered is kept: that is what the record must hold, exactly once, whatever happened meanwhile.
"""

from __future__ import annotations

import random
import threading
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.faults.world import LEADS, Template

PATIENCE = 60
"""Seconds after which a call that gets no answer is a fault of ours."""
TWICE, AGAIN = 0.08, 0.2
"""Chances that a call comes at once through two processes; or again once it is answered."""
LATER = (429, 500, 502, 503, 504, 507)
PDF = (
    b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


@dataclass(frozen=True, slots=True)
class Call:
    """One thing that a department's system says. ``words`` occur once in the world."""

    key: str
    lead: str
    path: str
    words: str
    percent: int | None
    kind: str = "update"
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> dict[str, Any]:
        """As httpx sends it."""
        if self.kind == "file":
            return {
                "files": {
                    "file": (f"{self.words}.pdf", PDF + self.words.encode(), "application/pdf")
                }
            }
        return {"json": {"percent": self.percent, "result": self.words}}


@dataclass(frozen=True, slots=True)
class Reply:
    """A call's last answer; ``tries`` counts how often it was sent until then."""

    call: Call
    status: int
    body: Any
    replayed: bool
    tries: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """An answer that says to try again, or none."""

    status: int | None
    media_type: str
    said: str


class Load:
    """Writers in threads. ``replies`` and ``troubles`` grow; ``told`` hears of every reply."""

    def __init__(
        self, seed: str, ports: Sequence[int], world: Template, told: Callable[[], None]
    ) -> None:
        self.seed, self.ports, self.world, self._told = seed, ports, world, told
        self.replies: list[Reply] = []
        self.troubles: list[Trouble] = []
        self.unanswered: list[Call] = []
        self.broken: list[str] = []
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def taken(self) -> list[Reply]:
        """What was acknowledged."""
        return [one for one in list(self.replies) if one.status == 201]

    def taken_at_least(self, number: int) -> bool:
        """Whether so many calls were acknowledged."""
        return len(self.taken) >= number

    def last_trouble(self) -> str:
        """The last answer that was none."""
        return str(self.troubles[-1]) if self.troubles else "none"

    def begin(self, writers: int) -> None:
        """Let some departments' systems report until ``end``."""
        for number in range(writers):
            thread = threading.Thread(target=self._write, args=(number,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def end(self) -> None:
        """Say nothing new; what was said is repeated until it is answered."""
        self._ended.set()
        for thread in self._threads:
            thread.join(PATIENCE + 30)
            if thread.is_alive():
                self.broken.append("a writer hangs")

    def repeat(self, some: Sequence[Call]) -> list[Reply]:
        """Say again what was said."""
        with self._client() as client:
            return [found for one in some if (found := self._say(client, one))]

    def _client(self) -> httpx.Client:
        return httpx.Client(trust_env=False, timeout=20)

    def _write(self, number: int) -> None:
        choose = random.Random(f"{self.seed}-{number}")
        try:
            with self._client() as client:
                for turn in range(1_000_000):
                    if self._ended.is_set():
                        return
                    self._turn(client, choose, f"w{number}-{turn}")
        except Exception as error:
            self.broken.append(f"a writer broke: {error!r}")

    def _turn(self, client: httpx.Client, choose: random.Random, key: str) -> None:
        """One call; now and then by two processes at once, or again at once."""
        call, chance = _call(choose, key, self.world), choose.random()
        twin = threading.Thread(target=self._keep, args=(client, call, 1), daemon=True)
        if chance < TWICE:
            twin.start()
        self._keep(client, call)
        self._told()
        if chance < TWICE:
            twin.join()
        elif chance < AGAIN:
            self._keep(client, call)

    def _keep(self, client: httpx.Client, call: Call, first: int = 0) -> None:
        """Say it, and keep what is answered."""
        if reply := self._say(client, call, first):
            self.replies.append(reply)
        else:
            self.unanswered.append(call)

    def _say(self, client: httpx.Client, call: Call, first: int = 0) -> Reply | None:
        """Say it until it is answered. ``first``: which of the ports is tried first."""
        limit, tries = time.monotonic() + PATIENCE, 0
        while time.monotonic() < limit:
            turn = zlib.crc32(call.key.encode()) + first + tries
            port = self.ports[turn % len(self.ports)]
            tries += 1
            headers = {
                "Authorization": f"Bearer {self.world.tokens[call.lead]}",
                "Idempotency-Key": call.key,
            }
            try:
                answer = client.post(
                    f"http://127.0.0.1:{port}/api/v1/{call.path}",
                    headers=headers | dict(call.headers),
                    **call.content(),
                )
            except httpx.TransportError as error:
                self.troubles.append(Trouble(None, "", type(error).__name__))
            else:
                if answer.status_code not in LATER:
                    replayed = "idempotency-replayed" in answer.headers
                    return Reply(call, answer.status_code, answer.json(), replayed, tries)
                kind = answer.headers.get("content-type", "")
                self.troubles.append(Trouble(answer.status_code, kind, answer.text[:500]))
            time.sleep(0.05)
        return None


def _call(choose: random.Random, key: str, world: Template) -> Call:
    lead = choose.choice(LEADS)
    assignment = choose.choice(world.assignments[lead])
    percent, chance = choose.randrange(100), choose.random()
    path = f"assignments/{assignment}/updates"
    if chance < 0.05:
        return Call(key, lead, path, f"bad-{key}", 101, "refused")
    if chance < 0.1:
        return Call(key, lead, path, f"stale-{key}", percent, "refused", {"If-Match": '"999999"'})
    if chance < 0.15:
        other = LEADS[LEADS.index(lead) - 1]
        return Call(key, other, path, f"foreign-{key}", percent, "refused")
    if chance < 0.25:
        path = f"assignments/{assignment}/evidence"
        return Call(key, lead, path, f"file-{key}", None, "file")
    return Call(key, lead, path, f"good-{key}", percent)
