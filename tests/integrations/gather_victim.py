"""Gathers from the feeds in the record of ``sys.argv[1]``, until it kills itself."""

from __future__ import annotations

import asyncio
import sys

import httpx

from integrations.agency_feed import gather
from plans.store import open_engine
from tests.builders import ZONE
from tests.killing import Step, SteppingTransport, serve, watch
from tests.offices import NOW

DEPARTMENTS = ("so-tai-chinh", "so-y-te")


def run(step: Step) -> None:
    engine = open_engine(sys.argv[1])
    watch(engine, step)

    def client() -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=SteppingTransport(httpx.AsyncHTTPTransport(), step))

    answers = asyncio.run(gather(engine, DEPARTMENTS, NOW, ZONE, client_factory=client))
    assert not any(answer.silence for answer in answers), answers


if __name__ == "__main__":
    serve(run)
