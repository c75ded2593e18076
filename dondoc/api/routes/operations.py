"""For who runs the service: is it alive, is it ready, how is it doing."""

from __future__ import annotations

import ipaddress
from functools import cache

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import PlainTextResponse, Response

from dondoc.api.metrics import MEDIA_TYPE, Metrics
from dondoc.api.routing import Visit, public
from dondoc.api.settings import WebSettings
from plans.errors import NotFound, OutsideError
from plans.store import catalogue, reading, upgrade

api = APIRouter(tags=["operations"])


class Health(BaseModel):
    """How it is."""

    status: str


@api.get("/healthz", **public())
async def healthz() -> Health:
    """The process is alive."""
    return Health(status="alive")


@api.get("/readyz", **public())
def readyz(here: Visit) -> Health:
    """The database is migrated and a catalogue is loaded."""
    if upgrade.current(here.engine) != _head():
        raise OutsideError("the database is not migrated; run 'dondoc db upgrade'", permanent=False)
    with reading(here.engine) as connection:
        if not catalogue.has_plans(connection):
            raise OutsideError("no plan is loaded; run 'dondoc plans load'", permanent=False)
    return Health(status="ready")


@cache
def _head() -> str:
    # The files of a running program do not change, and finding them takes tens of milliseconds.
    return upgrade.head()


@api.get("/metrics", response_class=PlainTextResponse, **public(answers=(404,)))
def metrics(here: Visit) -> Response:
    """Counts and durations for Prometheus; only from the addresses of DONDOC_METRICS_ALLOW."""
    state = here.request.app.state
    if not _is_allowed(here.request, state.web):
        raise NotFound("there is nothing here")
    found: Metrics = state.metrics
    return Response(found.exposed(here.engine), media_type=MEDIA_TYPE)


def _is_allowed(request: Request, web: WebSettings) -> bool:
    try:
        source = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    return any(source in network for network in web.metrics_networks)
