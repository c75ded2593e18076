"""The errors that Dondoc raises on purpose.

DondocError
├── InvalidInput        what was given is wrong; the message says what would be right (exit 2)
│   └── InvalidCatalogue  one or many problems in declarations, each with file, line and column
├── NotFound            no such plan, assignment or department (exit 2)
├── Conflict            the record forbids it now: an illegal transition, a concurrent change
└── OutsideError        a counterpart failed; ``permanent`` says whether trying again can help
    ├── FeedError         an agency's feed (``silence`` says how it counts)
    └── DeliveryError     a message could not be handed over
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plans.source import Problem


class DondocError(Exception):
    """Base of all: ``code`` is stable for machines, ``status`` is the nearest HTTP status."""

    code = "error"
    status = 500
    exit_code = 1


class InvalidInput(DondocError):
    """What was given is wrong; nothing was written."""

    code = "invalid-input"
    status = 422
    exit_code = 2


class InvalidCatalogue(InvalidInput):
    """Declarations with errors; nothing was loaded."""

    code = "invalid-catalogue"

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class NotFound(DondocError):
    """No such thing in the record."""

    code = "not-found"
    status = 404
    exit_code = 2


class Conflict(DondocError):
    """The record's present state forbids it."""

    code = "conflict"
    status = 409


class OutsideError(DondocError):
    """A counterpart failed. ``permanent``: trying again cannot help."""

    code = "outside"
    status = 502

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent
