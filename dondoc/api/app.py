"""The application: routes, errors, what stands around every request, and what it serves with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from dondoc.api.context import Running
from dondoc.api.doors import open_doors
from dondoc.api.limiting import Limiter
from dondoc.api.middleware import add_middleware
from dondoc.api.problems import Problem, add_handlers
from dondoc.api.routes import ROUTERS
from dondoc.api.settings import WebSettings
from plans.settings import Settings, refuse_unknown
from plans.store import open_engine

PREFIX = "/api/v1"


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
    limiter = Limiter(web.rate_limit, web.rate_limit_guessing)
    app.state.running = Running(open_engine(settings.url), settings, clock, limiter=limiter)
    app.state.web = web
    for router, prefix in ROUTERS:
        app.include_router(router, prefix=PREFIX if prefix is None else prefix)
    add_handlers(app)
    add_middleware(app, web)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    running: Running = app.state.running
    running.doors = open_doors(running)
    yield
    await run_in_threadpool(running.doors.close)
    running.engine.dispose()


def _openapi(app: FastAPI) -> dict[str, Any]:
    """FastAPI's document, with our problem's schema and the ways to say who one is."""
    if app.openapi_schema is None:
        found = FastAPI.openapi(app)
        parts = found.setdefault("components", {})
        schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas = {**schema.pop("$defs", {}), "Problem": schema}
        parts.setdefault("schemas", {}).update(schemas)
        for unused in ("HTTPValidationError", "ValidationError"):
            parts["schemas"].pop(unused, None)
        parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        found["security"] = [{"token": []}]
        app.openapi_schema = found
    return app.openapi_schema
