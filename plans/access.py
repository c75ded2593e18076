"""Who may do what: the one place that decides.

A caller has grants; a rule says, for each role, how far its grants reach for an action. What a
caller may not see does not exist for it (``Hidden``, answered as not found); what it may see but
not do is ``Denied``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal

from plans.errors import Denied, Hidden
from plans.terms import Role, Scope


@dataclass(frozen=True, slots=True)
class Grant:
    """One role of a caller. ``reach``: its department and those below it; ``plans`` None: all.

    ``supports``: it also sees what its departments support, or were declared to lead.
    """

    role: Role
    department: str | None = None
    reach: frozenset[str] = frozenset()
    plans: frozenset[str] | None = None
    supports: bool = True


ALL_SCOPES = frozenset(Scope)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. ``actor`` (``token:…``, ``user:…``, ``link:…``) is its name in every record."""

    actor: str
    kind: Literal["token", "user", "link"]
    grants: tuple[Grant, ...]
    scopes: frozenset[Scope] = ALL_SCOPES
    name: str = ""

    def has(self, role: Role) -> bool:
        """Whether one of its grants is of this role."""
        return any(grant.role is role for grant in self.grants)

    @property
    def departments(self) -> frozenset[str]:
        """The departments for which it speaks, subordinates included."""
        return frozenset().union(*(one.reach for one in self.grants if one.role is Role.DEPARTMENT))


@dataclass(frozen=True, slots=True)
class Subject:
    """What an action is about. ``others``: who was declared to lead, and who supports."""

    name: str
    plan: str | None = None
    lead: str | None = None
    others: frozenset[str] = field(default_factory=frozenset)
    owner: str | None = None


WHOLE_OFFICE = Subject("the office of all plans")
"""What touches every plan at once: for admins, and for coordinators of all plans alone."""


class Action(StrEnum):
    """What can be asked of Dondoc."""

    SEE_FIGURES = "see-figures"
    SEE_ASSIGNMENT = "see-assignment"
    SEE_CONTACTS = "see-contacts"
    SEE_SENSITIVE = "see-sensitive"
    SEE_REPORT = "see-report"
    REPORT = "report"
    HAND_IN = "hand-in"
    ASK_EXTENSION = "ask-extension"
    REVIEW = "review"
    DECIDE_EXTENSION = "decide-extension"
    GOVERN = "govern"
    MEASURE = "measure"
    IMPORT_FIGURES = "import-figures"
    FOLLOW = "follow"
    SUBSCRIBE = "subscribe"
    MANAGE_CALENDARS = "manage-calendars"
    MANAGE_WEBHOOKS = "manage-webhooks"
    MANAGE_TOKENS = "manage-tokens"
    MANAGE_USERS = "manage-users"
    LOAD_PLANS = "load-plans"
    SEE_AUDIT = "see-audit"
    SEE_SELF = "see-self"


class Reach(StrEnum):
    """How far a grant goes."""

    ALL = "all"
    PLAN = "plan"
    LEAD = "lead"
    INVOLVED = "involved"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Rule:
    """Which scopes an action needs (one of them), and how far each role's grants go for it."""

    scopes: frozenset[Scope]
    reach: Mapping[Role, Reach]


def _rule(*scopes: Scope, **reach: Reach) -> Rule:
    return Rule(frozenset(scopes), {Role(role): far for role, far in reach.items()})


_EVERYBODY = {str(role): Reach.ALL for role in Role}
_OFFICE = {"admin": Reach.ALL, "coordinator": Reach.PLAN}

RULES: Mapping[Action, Rule] = {
    Action.SEE_FIGURES: _rule(Scope.READ, **_EVERYBODY),
    Action.SEE_ASSIGNMENT: _rule(
        Scope.READ,
        Scope.ASSIGNMENTS,
        Scope.REPORT,
        Scope.REVIEW,
        **_OFFICE,
        department=Reach.INVOLVED,
        viewer=Reach.ALL,
    ),
    Action.SEE_CONTACTS: _rule(Scope.READ, admin=Reach.ALL, coordinator=Reach.ALL),
    # It holds every body's words: not for a single body, which sees its own alone.
    Action.SEE_REPORT: _rule(Scope.READ, **_OFFICE, viewer=Reach.ALL),
    Action.SEE_SENSITIVE: _rule(Scope.READ, **_OFFICE, department=Reach.OWNER),
    Action.REPORT: _rule(Scope.REPORT, department=Reach.LEAD),
    # Files that bodies filled in: handed in by themselves, or by the office to which they came by
    # mail or on paper, in the office's own name.
    Action.HAND_IN: _rule(Scope.REPORT, **_OFFICE, department=Reach.LEAD),
    Action.ASK_EXTENSION: _rule(Scope.REPORT, department=Reach.LEAD),
    Action.REVIEW: _rule(Scope.REVIEW, **_OFFICE),
    Action.DECIDE_EXTENSION: _rule(Scope.REVIEW, **_OFFICE),
    Action.GOVERN: _rule(Scope.REVIEW, **_OFFICE),
    Action.MEASURE: _rule(Scope.REPORT, department=Reach.OWNER),
    Action.IMPORT_FIGURES: _rule(Scope.REPORT, **_OFFICE, department=Reach.OWNER),
    Action.FOLLOW: _rule(Scope.READ, **_EVERYBODY),
    # A calendar shows what its maker sees; a viewer keeps those of its own alone. A message's link
    # has one only from a confirmed device: it would last longer than the link does.
    Action.SUBSCRIBE: _rule(
        Scope.READ, Scope.REPORT, **_OFFICE, department=Reach.LEAD, viewer=Reach.ALL
    ),
    Action.MANAGE_CALENDARS: _rule(Scope.READ, Scope.REPORT, **_OFFICE, department=Reach.LEAD),
    Action.MANAGE_WEBHOOKS: _rule(Scope.MANAGE, admin=Reach.ALL, department=Reach.OWNER),
    Action.MANAGE_TOKENS: _rule(Scope.MANAGE, admin=Reach.ALL),
    Action.MANAGE_USERS: _rule(Scope.MANAGE, admin=Reach.ALL),
    Action.LOAD_PLANS: _rule(Scope.MANAGE, admin=Reach.ALL),
    Action.SEE_AUDIT: _rule(Scope.MANAGE, admin=Reach.ALL),
    Action.SEE_SELF: _rule(*Scope, **_EVERYBODY),
}


def may(caller: Caller, action: Action, subject: Subject | None = None) -> bool:
    """Whether a caller may do it. Without a subject: whether it may do it to anything at all."""
    rule = RULES[action]
    if not rule.scopes & caller.scopes:
        return False
    return any(_reaches(one, rule.reach.get(one.role), subject) for one in caller.grants)


def plans_open_to(caller: Caller, action: Action, subject: Subject) -> frozenset[str] | None:
    """Of which plans a caller may do it to a subject that many plans concern; None: of all."""
    if may(caller, action, subject):
        return None
    named = {plan for grant in caller.grants for plan in grant.plans or ()}
    return frozenset(one for one in named if may(caller, action, replace(subject, plan=one)))


def _reaches(grant: Grant, reach: Reach | None, subject: Subject | None) -> bool:
    if reach is None:
        return False
    if reach is Reach.ALL or subject is None:
        return True
    if reach is Reach.PLAN:
        return grant.plans is None or subject.plan in grant.plans
    if reach is Reach.LEAD:
        return subject.lead in grant.reach
    if reach is Reach.OWNER:
        return subject.owner in grant.reach
    others = subject.others if grant.supports else frozenset()
    return subject.lead in grant.reach or not grant.reach.isdisjoint(others)


def check(caller: Caller, action: Action, subject: Subject | None = None) -> None:
    """``Hidden`` for what the caller may not see, ``Denied`` for what it may not do.

    A subject with a plan or a lead is an assignment, which not everybody may see.
    """
    if may(caller, action, subject):
        return
    if subject and not may(caller, sight_of(action), subject):
        raise Hidden(f"no {subject.name}")
    raise Denied(f"{caller.name or caller.actor} may not {action.replace('-', ' ')} here")


def sight_of(action: Action) -> Action:
    """What one must be allowed to see for an action to be refused rather than unknown."""
    return _SIGHT.get(action, Action.SEE_FIGURES)


_SIGHT = {
    Action.SEE_ASSIGNMENT: Action.SEE_ASSIGNMENT,
    Action.REPORT: Action.SEE_ASSIGNMENT,
    Action.HAND_IN: Action.SEE_ASSIGNMENT,
    Action.ASK_EXTENSION: Action.SEE_ASSIGNMENT,
    Action.REVIEW: Action.SEE_ASSIGNMENT,
    Action.DECIDE_EXTENSION: Action.SEE_ASSIGNMENT,
    Action.GOVERN: Action.SEE_ASSIGNMENT,
    Action.MANAGE_WEBHOOKS: Action.MANAGE_WEBHOOKS,
    Action.MANAGE_TOKENS: Action.MANAGE_TOKENS,
    Action.MANAGE_USERS: Action.MANAGE_USERS,
}
