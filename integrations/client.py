"""A Python client of Dondoc's API: typed, patient, safe to repeat.

    with Client("https://dondoc.example.vn", token) as client:
        for one in client.assignments(review="returned"):
            client.report(one.id, percent=100, result="…", submit=True, if_match=one.version)

A call that fails on its way (no connection, 429, 502 to 504) is tried again for ``patience``
seconds. Every write bears an ``Idempotency-Key``, so a repeated one is done once; give ``key``
yourself to repeat a call safely even after your program was restarted. What is refused is raised
(``integrations.client_errors``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from integrations import client_models as models
from integrations import client_plans
from integrations.client_base import Changes, Version
from integrations.client_bodies import given, segment
from integrations.client_errors import (
    ApiError,
    ConflictError,
    DeniedError,
    InvalidError,
    NotFoundError,
    PersonalDataError,
    StaleError,
    TooManyError,
    UnauthenticatedError,
    UnreachableError,
)
from integrations.client_paper import PaperCalls

__all__ = [
    "ApiError",
    "Changes",
    "Client",
    "ConflictError",
    "DeniedError",
    "InvalidError",
    "NotFoundError",
    "PersonalDataError",
    "StaleError",
    "TooManyError",
    "UnauthenticatedError",
    "UnreachableError",
]

MOST_UPDATES, MOST_REVIEWS = 1000, 200
"""In one call; more are cut into several."""
Evidence = Mapping[str, Any]


class Client(PaperCalls):
    """A caller of the API. Threads may share one; close it, or use it as a context.

    ``timeout``: seconds for one try; ``patience``: for all tries of one call; ``agent``: who you
    are, before our name in ``User-Agent``. Calls about files, calendars and channels are in
    ``client_paper``.
    """

    # --- reading -------------------------------------------------------------------------------

    def me(self) -> models.Me:
        """Who you are to Dondoc, and what you may do."""
        return self._get("me", models.Me)

    def plans(self) -> Iterator[client_plans.PlanLine]:
        """Every plan."""
        return self._pages("plans", client_plans.PlanLine)

    def plan(self, plan: str) -> client_plans.Plan:
        """A plan with its groups, tasks and targets."""
        return self._get(f"plans/{segment(plan)}", client_plans.Plan)

    def progress(
        self,
        plan: str,
        *,
        at: date | None = None,
        as_of: datetime | None = None,
        by: str | None = None,
    ) -> client_plans.PlanFigures:
        """A plan's roll-up: judged on a day, and from what the record said at a moment."""
        wanted = {"at": at, "as_of": as_of, "by": by}
        return self._get(f"plans/{segment(plan)}/progress", client_plans.PlanFigures, wanted)

    def progress_changes(
        self, plan: str, since: datetime, until: datetime
    ) -> Iterator[client_plans.Difference]:
        """Which assignments stand otherwise than at an earlier moment, and why."""
        path = f"plans/{segment(plan)}/progress/changes"
        return self._pages(path, client_plans.Difference, {"from": since, "to": until})

    def departments(self) -> Iterator[models.Department]:
        """Every body."""
        return self._pages("departments", models.Department)

    def assignments(self, **filters: Any) -> Iterator[models.Assignment]:
        """Assignments that you may see, by due date, page by page as they are asked for.

        ``filters``: ``plan``, ``group``, ``task``, ``department``, ``supporting``, ``work``,
        ``review``, ``class_``, ``due_before``, ``due_after``, ``updated_since``, ``flagged``,
        ``q``, ``at``. An unknown one is refused.
        """
        wanted = {name.rstrip("_"): value for name, value in filters.items()}
        return self._pages("assignments", models.Assignment, wanted)

    def assignment(self, assignment: str) -> models.Assignment:
        """One assignment, by its id."""
        return self._get(f"assignments/{segment(assignment)}", models.Assignment)

    def ledger(self, assignment: str) -> Iterator[models.Entry]:
        """Everything that ever happened to an assignment, the first entry first."""
        return self._pages(f"assignments/{segment(assignment)}/ledger", models.Entry)

    def targets(self, *, plan: str | None = None) -> Iterator[models.Target]:
        """Targets with their figures."""
        return self._pages("targets", models.Target, {"plan": plan})

    def changes(
        self,
        after: str | None = None,
        *,
        kinds: Sequence[str] | None = None,
        plan: str | None = None,
    ) -> Changes:
        """Every event after a cursor, in order; ``after`` None: from the beginning, ``now``."""
        return Changes(self._transport, after, {"kinds": kinds, "plan": plan})

    # --- reporting -----------------------------------------------------------------------------

    def report(
        self,
        assignment: str,
        *,
        percent: int | None = None,
        result: str = "",
        obstacles: str = "",
        proposals: str = "",
        evidence: Sequence[Evidence] = (),
        submit: bool = False,
        nil_report: bool = False,
        confirm_personal_data: bool = False,
        if_match: Version | None = None,
        key: str | None = None,
    ) -> models.Update:
        """Report on an assignment that you lead; ``submit`` hands it in, else it is saved.

        ``evidence``: documents, each with some of ``number``, ``date``, ``title``, ``url``,
        ``kind`` and ``file`` (of ``upload``). ``if_match``: the version that you read.
        """
        body = given(
            percent=percent,
            result=result,
            obstacles=obstacles,
            proposals=proposals,
            evidence=[dict(one) for one in evidence],
            submit=submit,
            nil_report=nil_report,
            confirm_personal_data=confirm_personal_data,
        )
        path = f"assignments/{segment(assignment)}/updates"
        return self._post(path, models.Update, body, key=key, if_match=if_match)

    def report_many(
        self, items: Iterable[Mapping[str, Any]], *, key: str | None = None
    ) -> list[models.BatchResult]:
        """Many reports; each gets its own result, in the order of the items.

        An item is what ``report`` takes, with its ``assignment`` (id or ref). With a ``key`` of
        yours, the same call again goes on where it broke off and takes nothing twice.
        """
        return self._many("updates/batch", items, MOST_UPDATES, models.BatchResult, key)

    def upload(
        self,
        assignment: str,
        path: str | Path,
        *,
        confirm_personal_data: bool = False,
        key: str | None = None,
    ) -> models.File:
        """Upload a file as evidence; name its ``id`` as ``file`` in the report's evidence."""
        where = f"assignments/{segment(assignment)}/evidence"
        confirmed = confirm_personal_data
        return self._send_file(where, path, models.File, confirmed=confirmed, key=key)

    def measure(
        self,
        target: str,
        period: str,
        *,
        source: str,
        value: float | None = None,
        part: int | None = None,
        whole: int | None = None,
        note: str = "",
        key: str | None = None,
    ) -> models.Measurement:
        """Give a target's figure for a period: a ``value``, or ``part`` of ``whole``."""
        body = given(period=period, source=source, value=value, part=part, whole=whole, note=note)
        path = f"targets/{segment(target)}/measurements"
        return self._post(path, models.Measurement, body, key=key)

    def request_extension(
        self,
        assignment: str,
        due: date,
        reason: str,
        *,
        if_match: Version | None = None,
        key: str | None = None,
    ) -> models.Extension:
        """Ask for a later date, before the present one has passed."""
        body = {"due": due.isoformat(), "reason": reason}
        path = f"assignments/{segment(assignment)}/extensions"
        return self._post(path, models.Extension, body, key=key, if_match=if_match)

    # --- the coordinating office ---------------------------------------------------------------

    def review(
        self,
        assignment: str,
        decision: Literal["accept", "return"],
        note: str = "",
        *,
        if_match: Version | None = None,
        key: str | None = None,
    ) -> models.Assignment:
        """Accept what was submitted, or return it with a reason."""
        body = {"decision": decision, "note": note}
        path = f"assignments/{segment(assignment)}/review"
        return self._post(path, models.Assignment, body, key=key, if_match=if_match)

    def review_many(
        self, items: Iterable[Mapping[str, Any]], *, key: str | None = None
    ) -> list[models.ReviewResult]:
        """Many reviews, each with ``assignment``, ``decision``, ``note`` and ``if_match``."""
        return self._many("reviews/batch", items, MOST_REVIEWS, models.ReviewResult, key)

    def extensions(self, **filters: Any) -> Iterator[models.Extension]:
        """Requests for later dates; ``filters``: ``state``, ``plan``, ``department``."""
        return self._pages("extensions", models.Extension, filters)

    def decide_extension(
        self,
        extension: str,
        decision: Literal["grant", "refuse"],
        *,
        due: date | None = None,
        note: str = "",
        if_match: Version | None = None,
        key: str | None = None,
    ) -> models.Extension:
        """Grant a later date (``due``: another than was asked for), or refuse it with a reason."""
        body = given(decision=decision, due=due.isoformat() if due else None, note=note)
        path = f"extensions/{segment(extension)}/decision"
        return self._post(path, models.Extension, body, key=key, if_match=if_match)

    # --- webhooks ------------------------------------------------------------------------------

    def webhooks(self) -> Iterator[models.Webhook]:
        """The webhooks that you may manage."""
        return self._pages("webhooks", models.Webhook)

    def create_webhook(
        self, name: str, department: str, url: str, kinds: Sequence[str] | None = None
    ) -> models.Webhook:
        """Make a webhook; its ``secret`` stands in this answer alone.

        ``ConflictError`` after a lost answer: it was made; remove it and make another.
        """
        body = given(name=name, department=department, url=url, kinds=kinds)
        return self._post("webhooks", models.Webhook, body)

    def remove_webhook(self, webhook: str) -> None:
        """Forget a webhook."""
        self._transport.request("DELETE", f"webhooks/{segment(webhook)}")
