"""The words of the domain that have a fixed set of values (see the table in ARCHITECTURE.md)."""

from __future__ import annotations

from enum import StrEnum


class Work(StrEnum):
    """How far the work is, as the record knows it."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"


class Review(StrEnum):
    """Where the last submitted report stands with the coordinating office."""

    NONE = "none"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"


class Timeliness(StrEnum):
    """The four classes that Vietnamese offices report (Decision 42/2014/QĐ-TTg); computed for a
    date, never stored as the truth."""

    DONE_ON_TIME = "done_on_time"
    DONE_LATE = "done_late"
    OPEN_ON_TIME = "open_on_time"
    OPEN_OVERDUE = "open_overdue"


class Outside(StrEnum):
    """Why an assignment stands beside the four classes instead of in one of them."""

    SUSPENDED = "suspended"
    CANCELLED = "cancelled"
    UNDECIDED = "undecided"


class LeadStatus(StrEnum):
    """How sure it is that this department leads."""

    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"
    UNDECIDED = "undecided"


class EventKind(StrEnum):
    """Every kind of entry that the ledger may hold."""

    ASSIGNED = "assigned"
    UPDATED = "updated"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    EXTENSION_REQUESTED = "extension_requested"
    EXTENSION_GRANTED = "extension_granted"
    EXTENSION_REFUSED = "extension_refused"
    REDATED = "redated"
    MOVED = "moved"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    CANCELLED = "cancelled"
    REASSIGNED = "reassigned"
    CORRECTED = "corrected"


class Silence(StrEnum):
    """Why there is no report from a department. A nil report is a report, not silence."""

    NEVER_ASKED = "never_asked"
    UNREACHABLE = "unreachable"
    ERROR = "error"
    INVALID = "invalid"
    NOT_ANSWERED = "not_answered"


class NoticeKind(StrEnum):
    """What a message is for."""

    REMINDER = "reminder"
    ESCALATION = "escalation"
    DIGEST = "digest"
    WEBHOOK = "webhook"
    WORKBOOK = "workbook"


class Delivery(StrEnum):
    """Where a notice's one delivery record stands."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


class PeriodKind(StrEnum):
    """Reporting periods (Decree 09/2019/NĐ-CP, article 12, and the fortnights that offices use)."""

    FORTNIGHT = "fortnight"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    NINE_MONTHS = "nine_months"
    YEAR = "year"


class Role(StrEnum):
    """What a caller is. Coordinators are of named plans or of all, departments of one body."""

    ADMIN = "admin"
    COORDINATOR = "coordinator"
    DEPARTMENT = "department"
    VIEWER = "viewer"


class Scope(StrEnum):
    """What a token may be narrowed to. ``assignments``: to read assignments and nothing else."""

    READ = "read"
    ASSIGNMENTS = "assignments"
    REPORT = "report"
    REVIEW = "review"
    MANAGE = "manage"


class EvidenceKind(StrEnum):
    """What a document is, by the abbreviations of Decree 30/2020/NĐ-CP (``other``: any of them)."""

    PLAN = "plan"
    PROGRAMME = "programme"
    PROJECT = "project"
    REPORT = "report"
    DECISION = "decision"
    RESOLUTION = "resolution"
    DIRECTIVE = "directive"
    REGULATION = "regulation"
    SUBMISSION = "submission"
    MINUTES = "minutes"
    LETTER = "letter"
    OTHER = "other"


class ExtensionState(StrEnum):
    """Where a request for a later date stands."""

    REQUESTED = "requested"
    GRANTED = "granted"
    REFUSED = "refused"


class WebhookState(StrEnum):
    """Whether messages are sent to a webhook. A disabled one keeps its place in the record."""

    ACTIVE = "active"
    DISABLED = "disabled"
