"""What the client sends and what it reads: JSON to and from Python's own values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError
from pydantic_core import to_jsonable_python

from integrations.client_errors import ApiError

MOST_BYTES: Final = 900_000
"""Of one batch; the server takes 1,024 kB a body unless it is set otherwise."""
Model = TypeVar("Model", bound=BaseModel)


class Page(BaseModel):
    """A page of any list."""

    items: list[Any]
    next: str | None = None
    more: bool = False


def read(response: httpx.Response, kind: type[Model]) -> Model:
    """An answer as a model; ``ApiError`` where something else than Dondoc answered."""
    try:
        found = response.json()
    except ValueError:
        media_type = response.headers.get("Content-Type", "no type")
        said = f"{response.url} answered {media_type}, not JSON: is this Dondoc's address?"
        raise ApiError(said, status=response.status_code, code="no-json") from None
    return parse(found, kind)


def parse(found: Any, kind: type[Model]) -> Model:
    """A part of an answer as a model."""
    try:
        return kind.model_validate(found)
    except ValidationError as error:
        said = f"an answer that this client does not understand: {error}"
        raise ApiError(said, status=200, code="not-understood") from None


def given(**fields: Any) -> dict[str, Any]:
    """A body of what was said: what was left at "nothing" is left out (0 is something)."""
    said = {
        name: value
        for name, value in fields.items()
        if value is not None and value is not False and value != "" and value != []
    }
    return dict(to_jsonable_python(said))


def query(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A query's parameters, without those that were not given."""
    return {name: _text(value) for name, value in fields.items() if value is not None}


def _text(value: Any) -> Any:
    if isinstance(value, date):  # a datetime is one
        return value.isoformat()
    return list(value) if isinstance(value, tuple | set | frozenset) else value


def segment(text: str) -> str:
    """Text as one part of a path."""
    return quote(text, safe="")


def batches(items: Iterable[Mapping[str, Any]], most: int) -> Iterator[list[dict[str, Any]]]:
    """Items in as many as one call takes: by their number, and by their size."""
    batch: list[dict[str, Any]] = []
    size = 0
    for one in items:
        item = given(**one)
        more = len(json.dumps(item, ensure_ascii=False).encode()) + 1
        if batch and (len(batch) == most or size + more > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += more
    if batch:
        yield batch
