"""Shapes that several calls answer with."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import Row

from plans.rules import due_soon, outside, timeliness
from plans.store.ledger import state_of
from plans.terms import EvidenceKind, LeadStatus, Outside, Review, Timeliness, Work


class Titles(BaseModel):
    """A title or name in both languages."""

    vi: str
    en: str


class AssignmentOut(BaseModel):
    """One department's obligation for one task and one period."""

    id: str
    ref: str
    version: int = Field(description="Grows with each entry of the ledger; it is the ETag.")
    plan: str
    plan_number: str | None
    group: str
    task: str
    title: Titles
    clause: str
    deliverable: str | None
    evidence_needed: EvidenceKind | None
    department: str | None
    department_name: Titles | None
    declared: str
    lead_status: LeadStatus
    lead_reason: str | None
    ongoing: bool
    weight: int
    needs_review: bool
    period: str | None
    period_start: date | None
    period_end: date | None
    due: date
    due_estimated: bool
    original_due: date
    extended: int
    pending_extension: str | None
    work: Work
    review: Review
    class_: Timeliness | None = Field(alias="class")
    outside: Outside | None
    due_soon: bool
    percent: int
    submitted_on: date | None
    done_on: date | None
    flagged: bool
    opened_at: datetime
    updated_at: datetime


_AS_THEY_ARE = (
    "id",
    "ref",
    "plan",
    "plan_number",
    "group",
    "task",
    "clause",
    "deliverable",
    "department",
    "declared",
    "lead_status",
    "lead_reason",
    "ongoing",
    "weight",
    "needs_review",
    "period",
    "period_start",
    "period_end",
    "due",
    "due_estimated",
    "original_due",
    "extended",
    "pending_extension",
    "work",
    "review",
    "percent",
    "submitted_on",
    "done_on",
    "flagged",
    "opened_at",
)


def described(row: Row[Any], on: date) -> dict[str, Any]:
    """An assignment's row as ``AssignmentOut`` says, ready to be written as JSON."""
    found = row._mapping
    state = state_of(row)
    name = {"vi": row.department_vi, "en": row.department_en} if row.department_vi else None
    return {key: found[key] for key in _AS_THEY_ARE} | {
        "version": row.events,
        "title": {"vi": row.title_vi, "en": row.title_en},
        "evidence_needed": row.evidence,
        "department_name": name,
        "class": timeliness(state, on),
        "outside": outside(state),
        "due_soon": due_soon(state, on),
        "updated_at": row.changed_at,
    }
