"""The real application on loopback, with a clock of the demo's, and callers with tokens for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import httpx

from dondoc.serving import in_thread
from integrations.client import Client
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
    with in_thread(app) as url:
        yield url


def connect(engine: Engine, url: str, new: NewToken, now: datetime) -> Client:
    """A client with a token of its own, as an administrator would have made it."""
    with writing(engine) as connection:
        secret = create(connection, new, actor=MADE_BY, now=now)[1]
    # A transport of its own: proxies of the environment have no business on loopback.
    return Client(url, secret, agent=AGENT, transport=httpx.HTTPTransport())
