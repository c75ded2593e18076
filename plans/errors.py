"""The errors that Dondoc raises on purpose.

DondocError
├── InvalidInput        what was given is wrong; the message says what would be right (exit 2)
│   └── InvalidCatalogue  one or many problems in declarations, each with file, line and column
│   ├── PersonalData      free text holds numbers that may identify a person; confirm or remove
│   ├── KeyReused         an Idempotency-Key that came before with another request
│   ├── TooLarge          more than is taken
│   └── WrongType         a kind of file or content that is not taken
├── NotFound            no such plan, assignment or department (exit 2)
│   └── Hidden            none that this caller may see
├── Conflict            the record forbids it now: an illegal transition, a concurrent change
│   └── Stale             what the caller looked at has changed since
├── Unauthenticated     nobody that we know
│   └── SecondFactor      the first proof was right, a code is asked for as well
├── Denied              the caller may see it, but not do this
├── TooMany             too often; ``retry_after`` seconds
└── OutsideError        a counterpart failed; ``permanent`` says whether trying again can help
    ├── FeedError         an agency's feed (``silence`` says how it counts)
    └── DeliveryError     a message could not be handed over
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plans.source import Problem


class DondocError(Exception):
    """Base of all: ``code`` is stable for machines, ``status`` is the nearest HTTP status."""

    code = "error"
    status = 500
    exit_code = 1


class InvalidInput(DondocError):
    """What was given is wrong; nothing was written. ``fields``: what is wrong with which."""

    code = "invalid-input"
    status = 422
    exit_code = 2

    def __init__(self, message: str, *, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.fields = dict(fields or {})


class InvalidCatalogue(InvalidInput):
    """Declarations with errors; nothing was loaded."""

    code = "invalid-catalogue"

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class PersonalData(InvalidInput):
    """Free text holds what may be a person's number: the writer confirms it or takes it out."""

    code = "personal-data"


class KeyReused(InvalidInput):
    """An ``Idempotency-Key`` came before with another request."""

    code = "idempotency-key-reused"


class TooLarge(InvalidInput):
    """More than is taken."""

    code = "too-large"
    status = 413


class WrongType(InvalidInput):
    """A kind of file or content that is not taken."""

    code = "unsupported-type"
    status = 415


class NotFound(DondocError):
    """No such thing in the record."""

    code = "not-found"
    status = 404
    exit_code = 2


class Hidden(NotFound):
    """It is there, but not for this caller, who is told that it is not; the audit log knows."""


class Conflict(DondocError):
    """The record's present state forbids it."""

    code = "conflict"
    status = 409


class Stale(Conflict):
    """What the caller looked at has changed since (``If-Match``)."""

    code = "precondition-failed"
    status = 412


class Unauthenticated(DondocError):
    """Nobody that we know, or no longer."""

    code = "unauthenticated"
    status = 401


class SecondFactor(Unauthenticated):
    """The first proof was right; a code from the authenticator is asked for as well."""

    code = "second-factor"


class Denied(DondocError):
    """The caller may see it, but not do this."""

    code = "denied"
    status = 403


class TooMany(DondocError):
    """Too often. ``retry_after``: seconds to wait."""

    code = "too-many-requests"
    status = 429

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class OutsideError(DondocError):
    """A counterpart failed. ``permanent``: trying again cannot help."""

    code = "outside"
    status = 502

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent
