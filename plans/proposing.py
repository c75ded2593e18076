"""Plans' declarations that come as text rather than as files: read, checked, previewed, loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from plans.checking import check
from plans.declaration import Plan
from plans.declared import DEPARTMENTS, Catalogue
from plans.drafts import unanswered
from plans.errors import InvalidCatalogue, Stale
from plans.loading import Change, load_catalogue, read_directory, read_years
from plans.opening import open_periods
from plans.source import Problem, Read, Source, read_text, validate
from plans.store import Connection, audit
from plans.store.ledger import canonical

NAME = "declaration"
"""Under which its problems are told, in the place of a file's path."""
Text = tuple[str, bytes]
"""A declaration: the name under which its problems are told, and what it says."""


def read_proposal(connection: Connection, raw: bytes) -> tuple[Catalogue, list[Problem]]:
    """A plan among the bodies and the calendar of the record, with what looks doubtful about it.

    ``InvalidCatalogue`` with every problem, each with line and column.
    """
    return read_proposals(connection, [(NAME, raw)])


def read_proposals(
    connection: Connection, texts: Sequence[Text]
) -> tuple[Catalogue, list[Problem]]:
    """Several plans at once, as ``read_proposal``: one error anywhere, and none is taken."""
    found: list[Problem] = []
    plans: list[Read[Plan]] = []
    for name, raw in texts:
        source = read_text(name, raw)
        plan, wrong = validate(source, Plan)
        found += [*source.problems, *wrong]
        if plan is not None:
            plans.append(Read(source, plan))
            found += unanswered(plans[-1])
    bodies = read_directory(connection).declared
    found += check(Read(Source(DEPARTMENTS), bodies), plans, ())
    # What is doubtful about the bodies was said when they were loaded.
    names = {name for name, _ in texts}
    mine = sorted(one for one in found if one.path in names)
    if len(plans) < len(texts) or any(one.is_error for one in mine):
        raise InvalidCatalogue(mine)
    declared = tuple(one.declared for one in plans)
    return Catalogue(bodies, declared, tuple(read_years(connection))), mine


# --- looked at first, then loaded ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proposal:
    """What loading some texts changes, plan by plan (None: the record has this declaration).

    ``seal`` stands for the texts and for what they change: it is another one once either is.
    """

    plans: tuple[tuple[Plan, Change | None], ...]
    warnings: tuple[Problem, ...]
    seal: str

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to load."""
        return all(change is None for _, change in self.plans)


def preview(connection: Connection, texts: Sequence[Text], now: datetime) -> Proposal:
    """What loading would change; only reads."""
    return _propose(connection, texts, now, dry_run=True)


def load(
    connection: Connection,
    texts: Sequence[Text],
    seal: str,
    *,
    day: date,
    actor: str,
    now: datetime,
    request_id: str | None = None,
) -> Proposal:
    """Load exactly what a preview showed, and open what it opens.

    ``Stale``: it would change something else by now; the boundary undoes it all.
    """
    found = _propose(connection, texts, now, dry_run=False)
    if found.seal != seal:
        raise Stale("loading would change something else than what was shown; look at it again")
    open_periods(connection, day, now)
    for plan, change in found.plans:
        if change:
            detail: dict[str, Any] = {"version": change.version, "basis": change.basis}
            detail |= {"assignments": change.assignments}
            audit.note(
                connection,
                now,
                actor,
                "plan-loaded",
                subject=plan.id,
                detail=detail,
                request_id=request_id,
            )
    return found


def _propose(
    connection: Connection, texts: Sequence[Text], now: datetime, *, dry_run: bool
) -> Proposal:
    catalogue, warnings = read_proposals(connection, texts)
    changes = load_catalogue(connection, catalogue, now, dry_run=dry_run)
    mine = {one.plan: one for one in changes if one.version}
    told = [asdict(change) for change in changes]
    said = [hashlib.sha256(raw).hexdigest() for _, raw in texts]
    seal = hashlib.sha256(canonical([said, told]).encode()).hexdigest()
    plans = tuple((plan, mine.get(plan.id)) for plan in catalogue.plans)
    return Proposal(plans, tuple(warnings), seal)
