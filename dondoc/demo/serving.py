"""The real application on loopback, with a clock of the demo's, and callers with tokens for it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import httpx
import uvicorn

from integrations.client import Client
from plans.errors import OutsideError
from plans.identity.tokens import NewToken, create
from plans.settings import Settings
from plans.store import Engine, writing

AGENT = "dondoc-simulated-office"
MADE_BY = "simulated-administrator"


@dataclass(slots=True)
class Clock:
    """The moment that the served application takes for the present."""

    now: datetime

    def __call__(self) -> datetime:
        """The moment."""
        return self.now


@contextmanager
def serving(settings: Settings, clock: Clock) -> Iterator[str]:
    """Serve on a free port until the context ends; gives the address."""
    from dondoc.api.app import create_app
    from dondoc.api.settings import WebSettings

    app = create_app(settings, WebSettings(rate_limit="100000/minute"), clock=clock)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            _wait(server, thread)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def _wait(server: uvicorn.Server, thread: threading.Thread) -> None:
    while not server.started:
        if not thread.is_alive():
            raise OutsideError("the API did not start", permanent=False)
        time.sleep(0.01)


def connect(engine: Engine, url: str, new: NewToken, now: datetime) -> Client:
    """A client with a token of its own, as an administrator would have made it."""
    with writing(engine) as connection:
        secret = create(connection, new, actor=MADE_BY, now=now)[1]
    # A transport of its own: proxies of the environment have no business on loopback.
    return Client(url, secret, agent=AGENT, transport=httpx.HTTPTransport())
