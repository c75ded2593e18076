"""``dondoc up``: the record brought up to date, then the processes of the service.

They are the web process, a Prefect server (unless ``PREFECT_API_URL`` names one) and one worker,
deployed from ``prefect.yaml``. What dies is started again, later each time; all end with us.
"""

from __future__ import annotations

import contextlib
import fcntl
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dondoc.children import PREFECT, Child, server, web
from dondoc.prefect_api import PrefectApi
from dondoc.prefect_home import answers, environment, free_port, home, url_file, user_api_url
from dondoc.serving import GRACE, is_ready, listen
from dondoc.silent_runs import automations
from plans.errors import Conflict, NotFound, OutsideError
from plans.settings import Settings

POOL = "dondoc"
CHECKOUT = Path(__file__).resolve().parent.parent
EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - to tell links apart, not to listen there
PATIENCE = 180
PAUSE = 0.25
RUNS_AT_A_TIME = "4"
MOST_DEATHS = 5
LONG_LIFE = 120
"""A child that lived for so many seconds starts again with a clean record."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Web:
    """Where the API and the pages are served, and by how many processes."""

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1


def up(settings: Settings, web: Web, *, say: Say = print, prefect_port: int | None = None) -> int:
    """Run the service until SIGINT, SIGTERM or SIGHUP; gives the exit status.

    Errors: ``Conflict`` (the data directory is in use), ``OutsideError`` (the port is in use, or a
    process will not run).
    """
    root = checkout()
    with _signals() as stop, alone(settings), listen(web.host, web.port) as listener:
        settings = with_base_url(settings, web.host, listener.getsockname()[1])
        prepare(settings, say)
        with _Service(settings, root, stop, say, listener, web.workers) as service:
            if service.begin(prefect_port):
                service.watch()
    say("stopped")
    return 0


def with_base_url(settings: Settings, host: str, port: int) -> Settings:
    """Settings whose links lead to where we serve, unless ``DONDOC_BASE_URL`` says where."""
    if "base_url" in settings.model_fields_set:
        return settings
    if host in EVERYWHERE:
        # A name that others can call, where the machine has one; else what works here.
        host = socket.gethostname() if _is_known(socket.gethostname()) else "127.0.0.1"
    shown = f"[{host}]" if ":" in host else host
    return settings.model_copy(update={"base_url": f"http://{shown}:{port}"})


def _is_known(name: str) -> bool:
    try:
        return bool(socket.getaddrinfo(name, None))
    except (OSError, UnicodeError):
        return False


def checkout() -> Path:
    """The folder that holds ``prefect.yaml`` and the flows: the current one, or the program's."""
    for folder in (Path.cwd(), CHECKOUT):
        if (folder / "prefect.yaml").is_file() and (folder / "flows").is_dir():
            return folder
    raise NotFound(f"no prefect.yaml here or in {CHECKOUT}; run 'dondoc up' in the checkout")


def prepare(settings: Settings, say: Say) -> None:
    """Database up to date, catalogue loaded, periods opened."""
    from plans import declared, loading, opening
    from plans.store import open_engine, writing
    from plans.store.upgrade import upgrade

    catalogue, problems = declared.load_or_raise(None, settings.plans_dir)
    now = datetime.now(settings.zone)
    engine = open_engine(settings.url)
    try:
        upgrade(engine)
        say(f"database: {engine.url.render_as_string()}")
        with writing(engine, alone="load") as connection:
            catalogue, kept = loading.not_back(connection, catalogue)
            changes = loading.load_catalogue(connection, catalogue, now)
        notes = f", {len(problems)} warnings ('dondoc plans check')" if problems else ""
        changed = sum(one.version is not None for one in changes)
        say(f"catalogue: {len(catalogue.plans)} plans, {changed} changed{notes}")
        for plan in kept:
            say(
                f"{plan}: {settings.plans_dir} holds an earlier version, which was not loaded again"
            )
        with writing(engine, alone="open-periods") as connection:
            say(f"assignments opened: {opening.open_periods(connection, now.date(), now).opened}")
    finally:
        engine.dispose()


def first_link(settings: Settings) -> str | None:
    """A sign-in link for the first administrator; None: one has signed in before."""
    from plans.identity.one_time import first_admin_link
    from plans.store import open_engine, writing

    engine = open_engine(settings.url)
    try:
        with writing(engine) as connection:
            return first_admin_link(connection, settings, datetime.now(settings.zone))
    finally:
        engine.dispose()


@contextmanager
def _signals() -> Iterator[threading.Event]:
    """An event that is set when we are asked to end; signals are put back afterwards."""
    stop = threading.Event()
    asked = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {one: signal.signal(one, lambda *_: stop.set()) for one in asked}
    try:
        yield stop
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Only one service on a data directory; the lock falls with the process."""
    folder = home(settings)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(f"'dondoc up' runs on {settings.data_dir} already") from None
        yield


@dataclass(slots=True)
class _Service:
    """The processes; leaving it ends them: first what others call, then the worker, then the
    server that it reports to."""

    settings: Settings
    root: Path
    stop: threading.Event
    say: Say
    listener: socket.socket
    workers: int = 1
    web: Child | None = None
    server: Child | None = None
    worker: Child | None = None
    api_url: str = ""

    def __enter__(self) -> _Service:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(FileNotFoundError):
            url_file(self.settings).unlink()
        with ExitStack() as ending:
            if self.server:
                ending.callback(self.server.stop)
                ending.callback(self._reap)
            if self.worker:
                ending.callback(self.worker.stop)
            # Not ours any more, so that the web process refuses new calls by closing its own.
            self.listener.close()
            if self.web:
                ending.callback(self.web.stop, grace=GRACE + 5)

    def begin(self, port: int | None) -> bool:
        """Start all and deploy; False: asked to end before it was ready."""
        # First, since Prefect takes its time, and the API does not need it.
        self._start_web()
        given = user_api_url(self.settings)
        self.api_url = given or self._start_server(port or free_port())
        if not self._until(self._is_served, "the web process", self.web):
            return False
        self._tell_where()
        if not self._until(lambda: answers(self.api_url), "Prefect's server", self.server):
            return False
        if self.server:
            self._reap()
        self._start_worker()
        if not self._until(self._has_pool, "the worker", self.worker) or not self._deploy():
            return False
        if self.server:
            url_file(self.settings).write_text(self.api_url, encoding="utf-8")
        self.say(f"Prefect: {self.api_url.removesuffix('/api')}; logs: {home(self.settings)}")
        self.say("ready; schedules are running; Ctrl-C stops")
        return True

    def watch(self) -> None:
        """Until asked to end: start again what has died, later each time."""
        while not self.stop.wait(PAUSE):
            for child in (self.web, self.server, self.worker):
                if child and child.status() is not None:
                    self._revive(child)

    def _start_web(self) -> None:
        log = self.settings.data_dir.absolute() / "web" / "web.log"
        environ = environment(self.settings)
        self.web = web(self.listener.fileno(), self.workers, environ, self.root, log)
        self.web.start()

    def _is_served(self) -> bool:
        """Whether the web process says that it is ready."""
        host, port = self.listener.getsockname()[:2]
        here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
        return is_ready(f"http://[{here}]:{port}" if ":" in here else f"http://{here}:{port}")

    def _tell_where(self) -> None:
        base = self.settings.base_url
        log = self.web.log if self.web else ""
        self.say(f"pages: {base}/")
        self.say(f"API: {base}/api/v1 (described at {base}/api/v1/docs); log: {log}")
        if link := first_link(self.settings):
            self.say("sign in as the first administrator, once, with this link:")
            self.say(link)

    def _environment(self) -> dict[str, str]:
        return {**environment(self.settings), "PREFECT_API_URL": self.api_url}

    def _start_server(self, port: int) -> str:
        environ = environment(self.settings)
        self.server = server(port, environ, home(self.settings))
        self.server.start()
        return f"http://127.0.0.1:{port}/api"

    def _start_worker(self) -> None:
        command = ("worker", "start", "--pool", POOL, "--type", "process")
        self.worker = self._child("worker", *command, "--limit", RUNS_AT_A_TIME)
        self.worker.start()

    def _child(self, name: str, *command: str) -> Child:
        log = home(self.settings) / f"{name}.log"
        arguments = (*PREFECT, "--no-prompt", *command)
        return Child(f"Prefect's {name}", arguments, self._environment(), self.root, log)

    def _deploy(self) -> bool:
        deploy = self._child("deploy", "deploy", "--all")
        deploy.start()
        try:
            ended = self._until(lambda: deploy.status() is not None, deploy.name, None)
            if ended and deploy.status():
                raise OutsideError(
                    f"prefect.yaml was not deployed; see {deploy.log}", permanent=True
                )
            if ended and self.server:
                for one in automations():
                    self._api().keep_automation(one)
            return ended
        finally:
            deploy.stop()

    def _has_pool(self) -> bool:
        with contextlib.suppress(OutsideError):
            return self._api().has_pool(POOL)
        return False

    def _reap(self) -> None:
        """Nobody works for our server now: what it still calls running died with its process."""
        with contextlib.suppress(OutsideError):
            self._api().reap(POOL, "its process ended with the service")

    def _api(self) -> PrefectApi:
        return PrefectApi(self.api_url, self._environment().get("PREFECT_API_AUTH_STRING"))

    def _until(self, done: Callable[[], bool], name: str, child: Child | None) -> bool:
        """Wait until it is so; False: asked to end meanwhile."""
        limit = time.monotonic() + PATIENCE
        while not done():
            if child and child.status() is not None:
                raise OutsideError(
                    f"{name} ended: {child.last_words()}; see {child.log}", permanent=True
                )
            if time.monotonic() > limit:
                raise OutsideError(f"{name} is not ready after {PATIENCE} s", permanent=False)
            if self.stop.wait(PAUSE):
                return False
        return True

    def _revive(self, child: Child) -> None:
        child.deaths = 1 if child.uptime() > LONG_LIFE else child.deaths + 1
        told = f"{child.name} ended with status {child.status()} ({child.log})"
        if child.deaths > MOST_DEATHS:
            raise OutsideError(f"{told}, {child.deaths} times in a row: giving up", permanent=True)
        delay = 2 ** (child.deaths - 1)
        self.say(f"{told}; starting it again in {delay} s")
        if not self.stop.wait(delay):
            child.start()
