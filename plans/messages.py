"""What a message says, as data: kept with its notice, so that sending it again says the same.

Texts and layout live in ``integrations.rendering``; here are only the facts of the day.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from plans.terms import NoticeKind


class Content(BaseModel):
    """Base of all contents: immutable, stored as JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Earlier(Content):
    """A notice that was sent before: on which day, and to whom."""

    day: date
    to: str


class Line(Content):
    """One assignment in a message.

    ``days``: calendar days left until ``due`` (negative: days late). ``missing``: what is awaited;
    ``reason``: why the last report was returned.
    """

    assignment: str
    plan_number: str
    task_title: str
    clause: str
    department: str
    due: date
    due_estimated: bool = False
    period: str | None = None
    days: int
    percent: int
    missing: tuple[Literal["report", "deliverable", "correction", "confirmation"], ...]
    reason: str | None = None
    deliverable: str | None = None
    lead_unconfirmed: bool = False
    earlier: tuple[Earlier, ...] = ()


class ReminderContent(Content):
    """A reminder to a department, or the escalation of its lateness to its superior.

    ``office``: the coordinating office's name, where all lines have the same one.
    """

    kind: Literal[NoticeKind.REMINDER, NoticeKind.ESCALATION]
    recipient: str
    recipient_name: str
    office: str | None = None
    day: date
    lines: tuple[Line, ...]


class Classes(Content):
    """How many assignments stand in each of the four classes."""

    done_on_time: int = 0
    done_late: int = 0
    open_on_time: int = 0
    open_overdue: int = 0


class GroupBar(Content):
    """A solution group's figures; completion 0-1, null where there is nothing to divide by."""

    title: str
    assignments: int
    completion: float | None
    classes: Classes


class FanOutLine(Content):
    """A clause that each member of a class has to do: how many have."""

    title: str
    unit: str
    period: str | None
    done: int
    of: int


class PlanSection(Content):
    """A plan's figures in a digest; ``completion_before``: a week ago, null if not known."""

    plan: str
    number: str
    title: str
    assignments: int
    completion: float | None
    completion_before: float | None
    on_time_rate: float | None
    on_time_rate_original: float | None = None
    reporting_rate: float | None
    classes: Classes
    undecided: int
    groups: tuple[GroupBar, ...]
    fan_outs: tuple[FanOutLine, ...] = ()


class Silent(Content):
    """A department without a report, and why."""

    department: str
    reason: str
    detail: str | None = None
    overdue: int
    last_answer: date | None = None


class Held(Content):
    """How many overdue tasks lie at a body."""

    department: str
    tasks: int


class Change(Content):
    """Something that happened in the past week."""

    day: date
    kind: str
    plan_number: str
    task_title: str
    department: str
    percent: int | None = None


class DigestContent(Content):
    """The weekly summary for one recipient.

    ``role`` 'department': its own assignments; 'office': everything. Long lists are cut to what
    a person reads; the ``*_total`` numbers say how many there are, and ``overdue_at`` at whom all
    of the overdue ones lie, the most first.
    """

    kind: Literal[NoticeKind.DIGEST] = NoticeKind.DIGEST
    role: Literal["department", "office"]
    recipient: str
    recipient_name: str
    day: date
    week_start: date
    plans: tuple[PlanSection, ...]
    overdue: tuple[Line, ...]
    overdue_total: int
    overdue_at: tuple[Held, ...] = ()
    due_next: tuple[Line, ...]
    due_next_total: int
    waiting_review: int
    undecided: int
    unconfirmed: int
    silent: tuple[Silent, ...] = ()
    changes: tuple[Change, ...] = ()
    changes_total: int = 0
    bounced: tuple[str, ...] = ()


class WebhookContent(Content):
    """That a department's webhook was disabled: since when it failed, and what it answered last.

    ``why`` 'gone': its other end said that it does not want messages any more (HTTP 410).
    """

    kind: Literal[NoticeKind.WEBHOOK] = NoticeKind.WEBHOOK
    recipient: str
    recipient_name: str
    day: date
    name: str
    webhook: str
    since: date
    answer: str
    why: Literal["failing", "gone"]


class WorkbookRow(Content):
    """A row of a mailed workbook. ``reasons``: code, detail and cell of what is wrong with it."""

    row: int
    task_title: str
    outcome: Literal["taken", "known", "conflict", "refused"]
    reasons: tuple[tuple[str, str, str], ...] = ()


class WorkbookContent(Content):
    """What came of a workbook that was attached to a mail from a registered mailbox.

    ``why``: nothing of it was recorded; 'unread': it could not be opened, or is none of ours,
    'forged': some row is not as we filled it in, 'large': the mail is larger than is read,
    'withdraws': it takes back reports that wait for review, 'late': its mailbox was registered
    since; these two wait to be confirmed.
    ``rows``: those that were not recorded first; ``rows_total``: how many say something new.
    """

    kind: Literal[NoticeKind.WORKBOOK] = NoticeKind.WORKBOOK
    recipient: str
    recipient_name: str
    day: date
    returned: str
    why: Literal["unread", "forged", "large", "withdraws", "late"] | None = None
    taken: int = 0
    known: int = 0
    conflict: int = 0
    refused: int = 0
    rows: tuple[WorkbookRow, ...] = ()
    rows_total: int = 0


AnyContent = ReminderContent | DigestContent | WebhookContent | WorkbookContent
"""What a notice may say."""
