"""The one call whose body is read by hand, since it is made more often than all others together.

FastAPI spends a third of the call on finding out what the handler wants; here it is known. What is
read, refused and documented is the same as anywhere else.
"""

from __future__ import annotations

import json
from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from dondoc.api.context import Context

Model = TypeVar("Model", bound=BaseModel)


def here_of(request: Request) -> Context:
    """What ``callers.context``, which every route with a rule depends on, found out."""
    found = request.state.here
    assert isinstance(found, Context)
    return found


def body_of(here: Context, model: type[Model]) -> Model:
    """The request's body; ``RequestValidationError`` as FastAPI raises it."""
    try:
        return model.model_validate(_value(here))
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False, include_context=False)
        raise RequestValidationError(
            [{**one, "loc": ("body", *one["loc"])} for one in errors]
        ) from None


def _value(here: Context) -> Any:
    if not here.body:
        raise RequestValidationError(
            [{"type": "missing", "loc": ("body",), "msg": "Field required"}]
        )
    kind = here.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        return here.body  # no model is made of bytes: refused with the right words
    try:
        return json.loads(here.body)
    except (ValueError, RecursionError) as error:
        said = {"type": "json_invalid", "loc": ("body",), "msg": f"JSON decode error: {error}"}
        raise RequestValidationError([said]) from None


def documented(model: type[BaseModel], *path: str) -> dict[str, Any]:
    """Body and path for the OpenAPI document (whose models ``openapi.py`` adds)."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    names = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in path
    ]
    content = {"application/json": {"schema": schema}}
    return {"parameters": names, "requestBody": {"required": True, "content": content}}
