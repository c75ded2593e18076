"""The application: routes, errors, what stands around every request, and what it serves with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

import integrations.bounces
import integrations.channel_settings  # noqa: F401 - their names become known
from dondoc.api.context import Running
from dondoc.api.doors import open_updates, open_uses
from dondoc.api.known_tokens import KnownTokens
from dondoc.api.limiting import Limiter
from dondoc.api.methods import PREFIX, Methods
from dondoc.api.metrics import Metrics
from dondoc.api.middleware import add_middleware
from dondoc.api.openapi import document
from dondoc.api.problems import add_handlers
from dondoc.api.routes import ROUTERS
from dondoc.api.settings import OidcSettings, WebSettings
from dondoc.web.failing import add_pages
from integrations.oidc import open_provider
from plans.settings import Settings, refuse_unknown
from plans.store import keep_time, open_engine


def create_app(
    settings: Settings | None = None,
    web: WebSettings | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> FastAPI:
    """The web application; without arguments, of the environment's settings (for uvicorn)."""
    if settings is None:
        refuse_unknown()
    settings, web = settings or Settings.read(), web or WebSettings.read()
    app = FastAPI(
        title="Dondoc",
        version="1",
        summary="Plans, assignments, reports and reviews",
        lifespan=_lifespan,
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: str(route.name),
    )
    engine = keep_time(open_engine(settings.url), clock)
    limiter = Limiter(web.rate_limit, web.rate_limit_guessing)
    app.state.running = Running(engine, settings, clock, limiter=limiter)
    app.state.running.extras["oidc"] = open_provider(OidcSettings.read())
    app.state.web, app.state.metrics = web, Metrics()
    for router, prefix in ROUTERS:
        app.include_router(router, prefix=PREFIX if prefix is None else prefix)
    add_handlers(app)
    add_pages(app)
    add_middleware(app, settings, web, Methods(ROUTERS))
    app.openapi = lambda: document(app)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    running: Running = app.state.running
    uses = open_uses(running)
    running.updates, running.tokens = open_updates(running, app.state.metrics), KnownTokens(uses)
    yield
    for group in (running.updates, uses):
        await run_in_threadpool(group.close)
    running.engine.dispose()
