"""One HTTP server for the applications of many tests: to start and end one takes long.

``dondoc.serving.in_thread`` starts a server of its own; uvicorn looks ten times a second whether it
shall end, and then waits as long again. What it does is tested where it is called itself.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send
from uvicorn import Config, Server

from dondoc.serving import listen
from tests.serving import until


class Host:
    """A server on loopback, in a thread that ends with the tests; ``url`` is its address."""

    def __init__(self) -> None:
        listener = listen("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._app: FastAPI | None = None
        self._under_way = 0
        self._loop = asyncio.new_event_loop()
        config = Config(
            self._pass_on, interface="asgi3", log_config=None, access_log=False, ws="none"
        )
        server = Server(config)
        serving = server.serve([listener])
        threading.Thread(
            target=self._loop.run_until_complete, args=(serving,), name="host", daemon=True
        ).start()
        until(lambda: server.started, "the host")

    @property
    def is_free(self) -> bool:
        """Whether no application is served now."""
        return self._app is None

    @contextmanager
    def serving(self, app: FastAPI) -> Iterator[str]:
        """An application, from its beginning to its end."""
        assert self._app is None, "an application is served already"
        life = app.router.lifespan_context(app)
        self._wait_for(life.__aenter__())
        self._app = app
        try:
            yield self.url
        finally:
            self._app = None
            self._wait_for(self._end())
            self._wait_for(life.__aexit__(None, None, None))

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            raise NotImplementedError("each application has its own")
        app = self._app
        assert app, "no application is served"
        self._under_way += 1
        try:
            await app(scope, receive, send)
        finally:
            self._under_way -= 1

    async def _end(self) -> None:
        """What is under way, a mail that is being sent for instance, comes to its end."""
        while self._under_way:
            await asyncio.sleep(0.002)

    def _wait_for(self, work: Coroutine[Any, Any, Any]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(60)


@cache
def host() -> Host:
    """This process's."""
    return Host()
