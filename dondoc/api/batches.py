"""Many things in one call: what each item came to, and how a refused one says why."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ValidationError

from dondoc.api.problems import FieldProblem, sayable
from plans.errors import DondocError, InvalidInput


class ItemResult(BaseModel):
    """What every item's result tells; ``type``, ``detail`` and ``errors`` of one refused."""

    index: int
    assignment: str | None
    status: int
    type: str | None = None
    detail: str | None = None
    errors: list[FieldProblem] = []


def place(index: int, raw: dict[str, Any]) -> dict[str, Any]:
    """Which item it was, as its sender called it."""
    name = raw.get("assignment")
    return {"index": index, "assignment": sayable(name) if isinstance(name, str) else None}


def refusal(error: DondocError) -> dict[str, Any]:
    """Why an item was refused."""
    fields = error.fields if isinstance(error, InvalidInput) else {}
    return {
        "status": error.status,
        "type": f"/problems/{error.code}",
        "detail": sayable(str(error)),
        "errors": [
            FieldProblem(field=sayable(one), message=sayable(text)) for one, text in fields.items()
        ],
    }


def invalid_item(error: ValidationError) -> InvalidInput:
    """An item that has not the shape that it should have."""
    fields = {".".join(map(str, one["loc"])): str(one["msg"]) for one in error.errors()}
    name, message = next(iter(fields.items()))
    return InvalidInput(f"{name}: {message}", fields=fields)
