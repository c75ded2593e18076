"""The processes of a run: two APIs, two workers, the record, mail, agencies, and what lies between.

Everything that a process reaches by network it reaches through a proxy that can cut it off.
"""

from __future__ import annotations

import shutil
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from dondoc.prefect_home import free_port
from plans.loading import read_calendar
from plans.settings import Settings
from plans.store import Engine, feeds, open_engine, reading, writing
from tests.builders import at
from tests.faults.disk import Disk
from tests.faults.faults import Plan
from tests.faults.feeds import Agencies
from tests.faults.load import Load
from tests.faults.nursery import Nursery, kill
from tests.faults.postgres_server import PostgresServer, url_of
from tests.faults.proxy import CALL, COMMIT, FINAL_DOT, Proxy
from tests.faults.sink import Sink
from tests.faults.world import Template
from tests.serving import alive, until

APIS, WORKERS = 2, 2
MEGABYTES = {"sqlite": 24, "postgresql": 96}


@dataclass(frozen=True, slots=True)
class Nurseries:
    """Where a run's processes come from; many runs in turn share them."""

    api: Nursery
    worker: Nursery

    @classmethod
    def open(cls, folder: Path) -> Nurseries:
        """Start both."""
        return cls(Nursery("api", folder), Nursery("worker", folder))

    def close(self) -> None:
        self.api.close()
        self.worker.close()


@dataclass(frozen=True, slots=True)
class Hit:
    """That something happened to us, from when to when, in our own seconds."""

    kind: str
    began: float
    ended: float


class Site:
    """All of it; leaving it ends whatever runs still."""

    def __init__(self, plan: Plan, world: Template, nurseries: Nurseries, folder: Path) -> None:
        self.plan, self.world, self.nurseries, self.folder = plan, world, nurseries, folder
        self.hits: list[Hit] = []
        self.progress = threading.Condition()
        self.server: PostgresServer | None = None
        self.disk: Disk | None = None
        self.between: Proxy | None = None
        self.workers: list[int] = []
        self.apis: list[int] = []
        self._ending = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            opening.enter_context(self._ending)
            self._begin()
            self._ending = opening.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ending.close()

    def tell(self) -> None:
        """Something went on: whoever waits for it looks again."""
        with self.progress:
            self.progress.notify_all()

    def note(self, kind: str, began: float | None = None) -> None:
        """Write down that something happened to us."""
        now = time.monotonic()
        self.hits.append(Hit(kind, now if began is None else began, now))

    def engine(self) -> Engine:
        """The record, directly."""
        return open_engine(self._url(direct=True))

    # --- processes -------------------------------------------------------------------------------

    def start_api(self, place: int) -> None:
        """Start an API process on its port; it need not answer yet."""
        environ = self.environ | {"FAULTS_PORT": str(self.api_ports[place])}
        self.apis[place] = self.nurseries.api.spawn(environ, self.folder / f"api-{place}.log")

    def kill_api(self, place: int) -> None:
        kill(self.apis[place])

    def start_workers(self, rounds: int = 0, count: int = WORKERS) -> None:
        """Start workers that go on until they are ended, or for some rounds."""
        environ = self.environ | {"FAULTS_ROUNDS": str(rounds)}
        spawn, log = self.nurseries.worker.spawn, self.folder / "worker.log"
        self.workers = [spawn(environ, log) for _ in range(count)]

    def kill_workers(self) -> None:
        for pid in self.workers:
            kill(pid)

    def wait_for_workers(self, seconds: float = 60) -> None:
        """Until they have ended by themselves."""
        until(lambda: not any(map(alive, self.workers)), "the workers end", seconds)

    def set_clocks(self, by: timedelta) -> None:
        """Time goes by for all alike."""
        for one in (self.nurseries.api, self.nurseries.worker):
            one.clock.shift(by)

    def next_morning(self) -> None:
        """Let it be nine in the morning of the next working day."""
        engine = self.engine()
        with reading(engine) as connection:
            calendar = read_calendar(connection)
        engine.dispose()
        day = self.nurseries.worker.clock.now(self.plan.begins).date() + timedelta(days=1)
        while not calendar.is_working_day(day):
            day += timedelta(days=1)
        for one in (self.nurseries.api, self.nurseries.worker):
            one.clock.show(at(day))

    # --- how it begins ---------------------------------------------------------------------------

    def _begin(self) -> None:
        for one in (self.nurseries.api, self.nurseries.worker):
            one.clock.show(self.plan.begins)
        self._place_record()
        self._ending.callback(self._end_processes)
        self.agencies = self._ending.enter_context(Agencies(str(self.plan.seed), lambda: None))
        self.sink = Sink(self.tell)
        self._ending.callback(self.sink.close)
        self.post = self._proxy(self.sink.port, FINAL_DOT, "lose-mail")
        self._register_feeds()
        self.api_ports = [free_port() for _ in range(APIS)]
        self.doors = [self._proxy(port, CALL, "lose-answer") for port in self.api_ports]
        self.apis = [0] * APIS
        for place in range(APIS):
            self.start_api(place)
        until(self._all_ready, "the API processes answer", 60)
        ports = [door.port for door in self.doors]
        self.load = Load(str(self.plan.seed), ports, self.world, self.tell)

    def _place_record(self) -> None:
        place = self.folder / "disk"
        if self.plan.small_disk:
            self.disk = Disk(place, MEGABYTES[self.plan.kind])
            self._ending.callback(self._keep_disk, self.disk)
        else:
            place.mkdir(parents=True)
        self.data = place / "data"
        # As the service does when it is prepared, before anything can go wrong.
        assert Settings(data_dir=self.data).secret
        if self.plan.kind == "sqlite":
            self.world.copy(self.data / "dondoc.sqlite3")
            return
        self.world.copy(place / "postgresql")
        self.server = PostgresServer(place / "postgresql", free_port())
        self._ending.callback(self.server.stop)
        self.server.ensure()
        self.between = self._proxy(self.server.port, COMMIT, "lose-commit")

    def _keep_disk(self, disk: Disk) -> None:
        """What lies in memory is copied, for a look at it, where a run keeps its folder."""
        if (self.folder / "keep").exists():
            shutil.copytree(disk.folder, self.folder / "disk-kept")
        disk.close()

    def _proxy(self, target: int, moment: bytes, kind: str) -> Proxy:
        return self._ending.enter_context(Proxy(target, moment, lambda: self.note(kind)))

    def _register_feeds(self) -> None:
        engine = self.engine()
        with writing(engine) as connection:
            for code in self.agencies.feeds:
                feeds.save_feed(connection, code, self.agencies.url(code), 2.0)
        engine.dispose()

    def _url(self, *, direct: bool = False) -> str:
        if self.server is None:
            return f"sqlite:///{self.data / 'dondoc.sqlite3'}"
        assert self.between
        return self.server.url if direct else url_of(self.between.port)

    @property
    def environ(self) -> dict[str, str]:
        """The settings of all processes."""
        return {
            "DONDOC_DATABASE_URL": self._url(),
            "DONDOC_DATA_DIR": str(self.data),
            "DONDOC_RATE_LIMIT": "1000000/minute",
            "DONDOC_SMTP_URL": f"smtp://127.0.0.1:{self.post.port}",
            "DONDOC_SMTP_TIMEOUT_SECONDS": "5",
            "FAULTS_JOBS": str(self.folder / "jobs.jsonl"),
        }

    def _all_ready(self) -> bool:
        return all(self._is_ready(port) for port in self.api_ports)

    @staticmethod
    def _is_ready(port: int) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def _end_processes(self) -> None:
        for pid in (*self.apis, *self.workers):
            if pid and alive(pid):
                kill(pid)
