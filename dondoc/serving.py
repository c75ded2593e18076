"""Serves the web application with uvicorn: in one process or in several workers.

    python -m dondoc.serving [--host 127.0.0.1] [--port 8000] [--workers 1]

``dondoc up`` runs it with ``--fd``, a socket that it listens on itself: when this process dies and
is started again, callers wait a moment instead of being refused.
"""

from __future__ import annotations

import argparse
import errno
import gc
import multiprocessing
import os
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dondoc.tethered import tie
from plans.errors import DondocError, InvalidInput, OutsideError

if TYPE_CHECKING:
    from fastapi import FastAPI
    from uvicorn import Config

    from plans.settings import Settings

APPLICATION = "dondoc.serving:create"
PROTOCOL = "dondoc.ending:Protocol"
BACKLOG = 2048
GRACE = 20
"""Seconds in which what is under way may come to its end."""
KEEP_ALIVE = 30
PATIENCE = 30
"""Seconds in which a worker has to say that it lives."""
SHARED = "PROMETHEUS_MULTIPROC_DIR"
SWITCH = 0.002
"""Seconds for which a thread may keep Python's lock: the loop must not wait 5 ms for the writer."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; ``OutsideError`` says what to do where that cannot be."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError):
        raise InvalidInput(f"--host {host}: no address of this machine is known by it") from None
    try:
        found = socket.create_server(address, family=family, backlog=BACKLOG)
    except OSError as error:
        raise _refusal(error, host, port) from None
    # Opened anew, a socket knows that it is TCP: asyncio sends without delay on no other, and each
    # answer on a connection that is kept would wait 40 ms for the caller's acknowledgement.
    return socket.socket(fileno=found.detach())


@contextmanager
def in_thread(app: FastAPI) -> Iterator[str]:
    """An application on a free port of loopback, in a thread of ours; gives its address.

    ``OutsideError``: it did not start.
    """
    from uvicorn import Config, Server

    with listen("127.0.0.1", 0) as listener:
        server = Server(Config(app, log_config=None, access_log=False, lifespan="on", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                if not thread.is_alive():
                    raise OutsideError("the application did not start", permanent=False)
                time.sleep(0.005)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def is_ready(url: str) -> bool:
    """Whether the application at this address says that it is ready."""
    import httpx

    try:
        with httpx.Client(trust_env=False, timeout=5) as client:
            return client.get(f"{url}/readyz").status_code == 200
    except httpx.HTTPError:
        return False


def _refusal(error: OSError, host: str, port: int) -> DondocError:
    if error.errno == errno.EADDRINUSE:
        said = f"port {port} of {host} is in use; end what uses it, or choose another with --port"
        return OutsideError(said, permanent=True)
    if error.errno == errno.EACCES:
        return InvalidInput(f"--port {port} is for administrators; choose one above 1023")
    return InvalidInput(f"cannot listen on {host} port {port}: {error.strerror or error}")


def serve(listener: socket.socket, workers: int = 1) -> int:
    """Serve until SIGTERM or SIGINT, then end what is under way; gives the exit status."""
    from uvicorn import Server
    from uvicorn.config import STARTUP_FAILURE
    from uvicorn.supervisors import Multiprocess

    from plans.settings import Settings

    config = _config(workers)
    if workers == 1:
        # The server tells itself again what ended it, once all is done: then this is the end.
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, lambda *_: sys.exit(0))
        server = Server(config)
        server.run([listener])
        return 0 if server.started else STARTUP_FAILURE
    with _counting_together(Settings.read()):
        several = Multiprocess(config, [listener])
        several.run()
    failed = any(one.exitcode == STARTUP_FAILURE for one in several.processes)
    return STARTUP_FAILURE if failed else 0


def _config(workers: int) -> Config:
    from uvicorn import Config

    from dondoc.api.logs import config
    from dondoc.api.settings import WebSettings

    web = WebSettings.read()
    return Config(
        APPLICATION,
        factory=True,
        workers=workers,
        log_config=config(web.log_format),
        access_log=False,
        server_header=False,
        http=PROTOCOL,
        ws="none",
        lifespan="on",
        forwarded_allow_ips=web.proxies,
        timeout_graceful_shutdown=GRACE,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_worker_healthcheck=PATIENCE,
        backlog=BACKLOG,
    )


def create() -> FastAPI:
    """The application, in a worker that ends with its parent, however that ends."""
    from dondoc.api.app import create_app
    from dondoc.ending import watch_for_end

    watch_for_end()
    parent = multiprocessing.parent_process()
    if parent and parent.pid:
        tie(parent.pid)
    app = create_app()
    sys.setswitchinterval(SWITCH)
    gc.collect()
    gc.freeze()  # what is loaded by now stays: it need not be looked through again and again
    return app


@contextmanager
def _counting_together(settings: Settings) -> Iterator[None]:
    """A folder in which the workers count, so that any of them can tell Prometheus of all."""
    # Of several machines or containers that share the data directory, two may have one process id.
    own = f"metrics-{socket.gethostname()}-{os.getpid()}"
    folder = settings.data_dir.absolute() / "web" / own
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ[SHARED] = str(folder)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, listen, serve; gives the exit status."""
    parser = argparse.ArgumentParser(prog="dondoc.serving", description="Serves Dondoc's API.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--fd", type=int, help="listen on this open socket instead")
    given = parser.parse_args(arguments)
    try:
        listener = (
            listen(given.host, given.port) if given.fd is None else socket.socket(fileno=given.fd)
        )
        with listener:
            return serve(listener, given.workers)
    except DondocError as error:
        print(f"dondoc: {error}", file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
