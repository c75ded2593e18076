"""Leads that wait for a person's word: which they are, and confirming many of them at once."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from plans.acting import Act, Askers, require_other
from plans.errors import Stale
from plans.governing import read_document
from plans.opening import Bodies, confirm_matching
from plans.store import Connection, lists
from plans.store.ledger import canonical, state_of
from plans.terms import LeadStatus, Work


@dataclass(frozen=True, slots=True)
class Waiting:
    """The leads that could be confirmed together, and those that could not, by ref, with why.

    ``seal`` stands for who would lead what: it is another one once that changes.
    """

    rows: Sequence[Any]
    left: Mapping[str, str]
    seal: str

    @property
    def by_body(self) -> list[tuple[str, str, int]]:
        """How many went from which declared body to which one, most first."""
        found = Counter((row.declared, row.department) for row in self.rows)
        return [(*pair, n) for pair, n in found.most_common()]


def waiting(connection: Connection, plan: str | None, department: str | None, day: date) -> Waiting:
    """What confirming every unconfirmed lead of a plan, of a department, or of all would settle."""
    which = lists.Filter(plan=plan, department=department, lead=LeadStatus.UNCONFIRMED)
    rows = [r for r in lists.listing(connection, which, day) if r.work != Work.CANCELLED]
    bodies = Bodies(connection, [row.department for row in rows])
    sound, left = [], {}
    for row in rows:
        on = row.done_on or row.submitted_on or day
        if why := bodies.objection(row.department, state_of(row), on):
            left[row.ref] = why
        else:
            sound.append(row)
    return Waiting(sound, left, _seal({row.id: row.department for row in sound}))


def _seal(leads: Mapping[str, str | None]) -> str:
    return hashlib.sha256(canonical(dict(leads)).encode()).hexdigest()


def confirm(
    connection: Connection,
    plan: str | None,
    department: str | None,
    seal: str,
    act: Act,
    *,
    basis: str,
) -> int:
    """Confirm exactly what was shown, by a document (``basis``, its number); gives how many.

    ``Stale``: there is something else to confirm by now; ``Denied``: the officer acts for one of
    the leads too.
    """
    number = read_document(basis).number
    officer = act.officer
    done = confirm_matching(
        connection, plan, department, number, officer.actor, act.now, act.day
    ).states
    if _seal({key: state.department for key, state in done.items()}) != seal:
        raise Stale("something else is to be confirmed than what was shown; look at it again")
    leads = frozenset(state.department for state in done.values() if state.department)
    require_other(officer, Askers(frozenset(), leads), "order this")
    return len(done)
