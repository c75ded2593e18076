"""What the API answers, typed. What a later version adds is ignored, so old programs go on.

Words of a fixed set (``work``, ``review``, ``class_``) are plain text for the same reason;
``plans.terms`` lists them, and its values equal them.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """The base of all: cannot be changed; ``extra`` fields of newer servers are dropped."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Titles(Answer):
    """A title or name in both languages."""

    vi: str
    en: str


class Grant(Answer):
    """One role of the caller; ``plans`` None: of all plans."""

    role: str
    department: str | None
    departments: tuple[str, ...]
    plans: tuple[str, ...] | None


class Me(Answer):
    """Who the caller is, and what it may do."""

    actor: str
    kind: str
    name: str
    grants: tuple[Grant, ...]
    scopes: tuple[str, ...]
    actions: tuple[str, ...]


class Department(Answer):
    """A body, and when it exists. ``simulated``: made up, for a demo."""

    code: str
    name: Titles
    abbr: str
    kind: str
    parent: str | None
    since: date | None
    until: date | None
    successors: tuple[str, ...]
    is_class: bool
    simulated: bool


class Assignment(Answer):
    """One department's obligation; ``version`` is what ``if_match`` takes."""

    id: str
    ref: str
    version: int
    plan: str
    group: str
    task: str
    title: Titles
    deliverable: str | None
    evidence_needed: str | None
    department: str | None
    lead_status: str
    ongoing: bool
    weight: int
    needs_review: bool
    period: str | None
    due: date
    original_due: date
    extended: int
    pending_extension: str | None
    work: str
    review: str
    class_: str | None = Field(alias="class")
    outside: str | None
    due_soon: bool
    percent: int
    submitted_on: date | None
    done_on: date | None
    flagged: bool
    opened_at: datetime
    updated_at: datetime


class Update(Answer):
    """What a report led to."""

    id: str
    assignment: str
    ref: str
    version: int
    percent: int
    work: str
    review: str
    class_: str | None = Field(alias="class")
    outside: str | None
    due: date
    submitted_on: date | None
    flagged: bool
    recorded_at: datetime


class Result(Answer):
    """One of many; ``index``: which of all that were given. Where refused, why."""

    index: int
    assignment: str | None
    status: int
    type: str | None = None
    detail: str | None = None
    errors: tuple[dict[str, str], ...] = ()

    @property
    def taken(self) -> bool:
        """Whether it is in the record."""
        return self.status < 300


class BatchResult(Result):
    """What a report of many led to."""

    update: Update | None = None


class Reviewed(Answer):
    """What a review led to."""

    id: str
    version: int
    work: str
    review: str


class ReviewResult(Result):
    """What a review of many led to."""

    reviewed: Reviewed | None = None


class Extension(Answer):
    """A request for a later date: asked for, decided, and where the assignment stands."""

    id: str
    assignment: str
    ref: str
    state: str
    due: date
    requested_due: date
    requested_by: str
    requested_at: datetime
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None
    granted_due: date | None
    note: str | None
    present_due: date
    original_due: date
    extended: int


class Entry(Answer):
    """One entry of an assignment's ledger; ``words``: what people wrote with it, if one may see."""

    n: int
    kind: str
    actor: str
    occurred_at: datetime
    recorded_at: datetime
    payload: dict[str, Any]
    words: dict[str, Any] | str | None = None
    hash: str


class Change(Answer):
    """One ledger event in the order of the whole record."""

    position: int
    assignment: str
    ref: str
    plan: str
    n: int
    kind: str
    actor: str
    occurred_at: datetime
    recorded_at: datetime
    payload: dict[str, Any]
    words: dict[str, Any] | None = None


class File(Answer):
    """An uploaded file: ``id`` is what a report's evidence names as ``file``."""

    id: str
    name: str
    size: int
    sha256: str


class Doubt(Answer):
    """Why a figure may be wrong; ``text``: in words."""

    kind: str
    text: str
    against: float | None = None
    period: str | None = None
    factor: float | None = None


class Measurement(Answer):
    """A target's figure for a period; a correction is the next ``n``.

    ``register_``: which one gave it; ``doubtful``: there are doubts, and nobody has confirmed it.
    """

    id: int
    target: str
    period: str
    n: int
    value: float | None
    part: int | None
    whole: int | None
    source: str
    note: str | None
    suppressed: bool
    department: str
    recorded_at: datetime
    register_: str | None = Field(None, alias="register")
    measured_at: datetime | None = None
    doubts: tuple[Doubt, ...] = ()
    doubtful: bool = False
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None


class Owner(Answer):
    """Who answers for a target: as declared, and now."""

    declared: str
    effective: str | None
    status: str
    reason: str | None


class Target(Answer):
    """A measured goal and its figures; ``course``: where it stands, if that may be seen."""

    id: str
    plan: str
    title: Titles
    comparator: str
    value: float | None
    unit: str | None
    due_year: int | None
    owner: Owner
    measure_every: str
    sensitive: bool
    course: str | None
    measurements: tuple[Measurement, ...]


class Webhook(Answer):
    """A webhook; ``secret`` stands in the answer to its making, and never again."""

    id: str
    name: str
    department: str
    url: str
    kinds: tuple[str, ...] | None
    state: str
    secret: str | None = None
