"""The administration: plans, bodies, people, tokens, the calendar, holds, checks, the audit log."""

from fastapi import APIRouter

from dondoc.web.admin.answering import answering
from dondoc.web.admin.audit import log
from dondoc.web.admin.calendar import calendar
from dondoc.web.admin.channels import channels
from dondoc.web.admin.departments import bodies
from dondoc.web.admin.drafting import drafting
from dondoc.web.admin.holds import holds
from dondoc.web.admin.home import home
from dondoc.web.admin.leads import leads
from dondoc.web.admin.ledger import ledger
from dondoc.web.admin.loading import loading
from dondoc.web.admin.people import people
from dondoc.web.admin.plans import plans
from dondoc.web.admin.tokens import tokens

ADMIN: tuple[APIRouter, ...] = (
    home,
    loading,
    drafting,
    answering,
    plans,
    leads,
    bodies,
    people,
    tokens,
    calendar,
    holds,
    channels,
    ledger,
    log,
)
