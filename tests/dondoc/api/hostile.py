"""What the tests of hostile input share: bad bodies, and that nothing comes of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine, select

from plans.store import following, reading
from plans.store.schema_base import metadata
from tests.builders import build_plan, build_target
from tests.dondoc.api.conftest import Served, serve
from tests.offices import faults, furnish

Outcome = tuple[int, str]
TYPED = {"Content-Type": "application/json"}
INVALID, NO_JSON, NOT_FOUND = (422, "invalid-input"), (400, "invalid-json"), (404, "not-found")
OTHER_TYPE = (415, "unsupported-type")
NOBODY, CHANGED = (401, "unauthenticated"), (412, "precondition-failed")
NO_CATALOGUE = (422, "invalid-catalogue")


@dataclass(frozen=True)
class Bad:
    """A body (a value, or bytes as they are) with what comes of it; ``where``: the field."""

    body: Any
    where: str | None = None
    outcome: Outcome = INVALID
    headers: Mapping[str, str] = field(default_factory=lambda: TYPED)


def each(name: str, *values: Any, base: Mapping[str, Any] | None = None) -> list[Bad]:
    """Bad values of one field."""
    return [Bad({**(base or {}), name: value}, name) for value in values]


def raw(body: Any) -> bytes:
    """As bytes. httpx would refuse half a pair of surrogates, and what is no number."""
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def wrong(answer: httpx.Response, outcome: Outcome, where: str | None = None) -> str | None:
    """What is not as it should be in an answer; None: nothing."""
    if answer.headers.get("content-type") != "application/problem+json":
        return f"{answer.status_code}: {answer.text[:200]}"
    body = answer.json()
    fields = [one["field"] for one in body["errors"]]
    found = (answer.status_code, body["type"].removeprefix("/problems/"))
    if found != outcome or body["status"] != answer.status_code:
        return f"{found} {fields} {body['detail'][:200]}"
    if where is not None and where not in fields:
        return f"names {fields}: {body['detail'][:200]}"
    return None


def furnished(engine: Engine, folder: Path) -> Iterator[Served]:
    """The application on the sample plan with a target."""
    furnish(engine, plan=build_plan(targets=(build_target("ty-le"),)))
    yield from serve(engine, folder)


def everything(engine: Engine) -> dict[str, list[str]]:
    """Every row of every table, but not the audit log's, nor when a token was used."""
    following.catch_up(engine, following.TO_THE_END)  # as whoever asks for changes does
    with reading(engine) as connection:
        return {
            table.name: sorted(
                str(tuple(row))
                for row in connection.execute(
                    select(*(one for one in table.c if one.name != "last_used_at"))
                )
            )
            for table in metadata.sorted_tables
            if table.name != "audit"
        }


def refuse(
    served: Served, client: httpx.Client, url: str, cases: Sequence[Bad], method: str = "POST"
) -> None:
    """Send them all: every answer is right, and the record is what it was."""
    before, found = everything(served.engine), []
    for case in cases:
        body = raw(case.body)
        answer = client.request(method, url, content=body, headers=dict(case.headers))
        if said := wrong(answer, case.outcome, case.where):
            found.append(f"{body[:90]!r} {case.where}: {said}")
    assert not found, "\n".join(found)
    assert everything(served.engine) == before
    assert faults(served.engine) == []
