"""What the API answers about files, calendars, channels and registers, typed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import Field

from integrations.client_models import Answer, Doubt, Measurement, Titles

# --- annexes ------------------------------------------------------------------------------------


class DraftItem(Answer):
    """One cell, or one fact of the document: where it stands, what it says, what was read.

    ``state``: ``recognised``, ``doubtful`` or ``not_understood``.
    """

    kind: str
    state: str
    at: str
    said: str
    read: str
    why: str


class Draft(Answer):
    """A declaration drawn up from an annex; ``counts``: by kind and state.

    ``removed``: telephone numbers and names of persons that were not taken over.
    """

    plan: str
    yaml: str
    counts: dict[str, dict[str, int]]
    removed: int
    items: tuple[DraftItem, ...]


# --- workbooks ----------------------------------------------------------------------------------


class RowProblem(Answer):
    """Why a row was not recorded; ``cell``: such as ``K7``, where one is at fault."""

    code: str
    field: str | None
    cell: str | None
    message: str


class WorkbookRow(Answer):
    """A row that says something new. ``outcome``: ``taken``, ``known``, ``conflict``, ``refused``.

    ``was``: what it was filled with; ``says``: what it says; ``record``: of a conflict, what the
    record says by now. ``withdraws``: the day of the report waiting for review that the row, as a
    draft, takes back.
    """

    row: int
    assignment: str | None
    ref: str | None
    outcome: str
    version: int | None
    problems: tuple[RowProblem, ...]
    changed: tuple[str, ...] = ()
    was: dict[str, Any] | None = None
    says: dict[str, Any] | None = None
    record: dict[str, Any] | None = None
    withdraws: date | None = None


class WorkbookReturn(Answer):
    """A workbook that came back. ``state``: ``shown`` (a dry run), ``applied`` or ``refused``."""

    id: str
    workbook: str | None
    department: str | None
    state: str
    received_at: datetime
    applied_at: datetime | None
    counts: dict[str, int]
    rows: tuple[WorkbookRow, ...]


# --- calendars ----------------------------------------------------------------------------------


class Calendar(Answer):
    """A calendar to subscribe to. Whoever has its ``url`` reads it; ``working``: it still shows."""

    id: str
    name: str
    department: str | None
    plan: str | None
    kind: str
    language: str
    created_at: datetime
    created_by: str
    last_used_at: datetime | None
    working: bool
    url: str


# --- channels -----------------------------------------------------------------------------------


class Channel(Answer):
    """By what a mailbox is reached before mail; ``shown``: its address without what is secret.

    ``failed_at``: since then its messages go by mail. ``missing``: what has to be set on the
    server before it takes any; ``advice``: what whoever sets it should heed.
    """

    kind: str
    shown: str
    failed_at: datetime | None = None
    failure: str | None = None
    missing: tuple[str, ...] = ()
    advice: str | None = None


class Reached(Channel):
    """A mailbox that has a channel."""

    department: str
    email: str


class Way(Answer):
    """A channel (``zalo``: its access) or one of its ways (``zalo:zns``, ``apprise:tgram``)."""

    name: str
    has_access: bool
    expires_at: datetime | None
    refreshed_at: datetime | None
    failed_at: datetime | None
    failure: str | None


class Sent(Answer):
    """Messages of the last seven days. ``by`` None: mail; ``instead``: of another channel."""

    by: str | None
    sent: int
    instead: int


class Channels(Answer):
    """How the channels stand, whom they reach, and by what messages went."""

    channels: tuple[Way, ...]
    contacts: tuple[Reached, ...]
    last_7_days: tuple[Sent, ...]


class Trial(Answer):
    """How a trial message fared. ``receipt``: what the channel calls it; ``said``: why not."""

    works: bool
    shown: str
    receipt: str | None
    said: str | None


class Access(Answer):
    """Until when an access is good; it is renewed by itself."""

    expires_at: datetime


# --- figures ------------------------------------------------------------------------------------


class FigureRow(Answer):
    """What became of a row: ``state`` is ``new``, ``correction``, ``same``, ``kept``, ``refused``.

    ``before``: the period's figure until then; ``field``, ``reason``: what is wrong.
    """

    place: str
    state: str
    target: str | None
    title: str | None
    period: str | None
    unit: str | None
    before: float | None
    value: float | None
    field: str | None
    reason: str | None
    doubts: tuple[Doubt, ...]


class Figures(Answer):
    """What became of a file's rows; ``same``: in the record already; ``doubtful``: of the taken.

    ``kept``: said before by the same document, and another figure given since, which stays.
    """

    dry_run: bool
    new: int
    correction: int
    same: int
    refused: int
    doubtful: int
    kept: int = 0
    rows: tuple[FigureRow, ...]


class DoubtfulFigure(Measurement):
    """A figure that may be wrong, with its target."""

    title: Titles
    plan: str
    unit: str | None


class RegisterTarget(Answer):
    """A target that a register gives figures of; ``title`` None: no plan declares it any more."""

    id: str
    title: Titles | None


class RegisterProblem(Answer):
    """A value of a register's last answer that was not taken; ``items``: of how many it is told."""

    reason: str
    place: str | None = None
    target: str | None = None
    period: str | None = None
    field: str | None = None
    items: int | None = None


class Register(Answer):
    """A system that targets' figures are pulled from; ``silence``: why it did not answer last."""

    id: str
    type_: str = Field(alias="type")
    name: Titles
    url: str
    owner: str
    every: str
    targets: tuple[RegisterTarget, ...]
    asked_at: datetime | None
    answered_at: datetime | None
    silence: str | None
    detail: str | None
    problems: tuple[RegisterProblem, ...]
    figures: int
