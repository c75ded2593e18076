"""For who runs the service: is it alive, is it ready, how is it doing."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from dondoc.api.routing import Visit, public
from plans.errors import OutsideError
from plans.store import catalogue, reading
from plans.store.upgrade import is_current

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
    if not is_current(here.engine):
        raise OutsideError("the database is not migrated; run 'dondoc db upgrade'", permanent=False)
    with reading(here.engine) as connection:
        if not catalogue.plan_rows(connection):
            raise OutsideError("no plan is loaded; run 'dondoc plans load'", permanent=False)
    return Health(status="ready")
