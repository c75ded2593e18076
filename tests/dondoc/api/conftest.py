"""An application on a furnished record, and callers of every role."""

from __future__ import annotations

import secrets as random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import Engine
from starlette.routing import BaseRoute

from dondoc.api.app import create_app
from dondoc.api.settings import WebSettings
from dondoc.serving import in_thread
from plans.identity.tokens import NewToken, create
from plans.settings import Settings
from plans.store import writing
from plans.terms import Role, Scope
from tests.hosting import host
from tests.offices import NOW, assignment, furnish


@dataclass
class Served:
    """The application, and what it stands on. ``now`` may be set; clients are httpx clients."""

    app: FastAPI
    url: str
    engine: Engine
    settings: Settings
    now: datetime = NOW
    clients: list[httpx.Client] = field(default_factory=list)

    def token(
        self,
        role: str,
        department: str | None = None,
        plans: Sequence[str] | None = None,
        scopes: Sequence[str] | None = None,
    ) -> str:
        """A new token's secret."""
        new = NewToken(
            name=f"{role} of a test",
            role=Role(role),
            department=department,
            plans=tuple(plans) if plans is not None else None,
            scopes=frozenset(map(Scope, scopes)) if scopes is not None else None,
        )
        with writing(self.engine) as connection:
            return create(connection, new, actor="test", now=self.now)[1]

    def client(self, role: str, department: str | None = None, **given: Any) -> httpx.Client:
        """A client of the API with a token of a role; paths are relative to ``/api/v1``."""
        return self.with_token(self.token(role, department, **given))

    def with_token(self, token: str | None) -> httpx.Client:
        """A client with a token, or without any."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        client = httpx.Client(base_url=f"{self.url}/api/v1/", headers=headers, timeout=30)
        self.clients.append(client)
        return client

    def id_of(self, ref: str) -> str:
        """An assignment's id by its ref."""
        return str(assignment(self.engine, ref).id)

    def key(self) -> dict[str, str]:
        """A fresh idempotency key, as a header."""
        return {"Idempotency-Key": random.token_hex(8)}


@pytest.fixture
def furnished(engine: Engine) -> Engine:
    """The sample plan, loaded and opened, on each database."""
    furnish(engine)
    return engine


@pytest.fixture
def served(furnished: Engine, tmp_path: Path) -> Iterator[Served]:
    """The application on the sample plan; on SQLite and on PostgreSQL."""
    yield from serve(furnished, tmp_path)


def serve(engine: Engine, folder: Path, **web: Any) -> Iterator[Served]:
    """The application on a record, over HTTP, for as long as the generator is held."""
    settings = Settings(
        data_dir=folder / "data",
        database_url=SecretStr(engine.url.render_as_string(hide_password=False)),
        secret_key=SecretStr("s" * 40),
        plans_dir=folder,
    )
    clock: list[Served] = []
    limits = {"rate_limit": "100000/minute", "rate_limit_guessing": "1000/minute"} | web
    app = create_app(settings, WebSettings(**limits), clock=lambda: clock[0].now)
    _ROUTES[:] = _ROUTES or app.router.routes
    app.router.routes = [*_ROUTES]
    with host().serving(app) if host().is_free else in_thread(app) as url:
        clock.append(Served(app, url, engine, settings))
        try:
            yield clock[0]
        finally:
            for client in clock[0].clients:
                client.close()


_ROUTES: list[BaseRoute] = []
"""Of the first application: what they are called with is worked out once for all of them."""
