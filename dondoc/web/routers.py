"""Every area's pages, in the order in which their paths are tried."""

from __future__ import annotations

from fastapi import APIRouter

from dondoc.web.account import account
from dondoc.web.admin import ADMIN
from dondoc.web.assets import assets
from dondoc.web.assignments import assignments
from dondoc.web.calendars import calendars
from dondoc.web.comparing import comparing
from dondoc.web.deciding import deciding
from dondoc.web.departments import departments
from dondoc.web.evidence import evidence
from dondoc.web.figures import figures
from dondoc.web.gathering import gathering
from dondoc.web.languages import languages
from dondoc.web.linked import linked
from dondoc.web.listing import listing
from dondoc.web.message_previews import previews
from dondoc.web.messages import messages
from dondoc.web.overview import overview
from dondoc.web.plan_report import plan_report
from dondoc.web.plans import plans
from dondoc.web.reporting import reporting
from dondoc.web.review_queue import review_queue
from dondoc.web.searching import searching
from dondoc.web.signing import signing
from dondoc.web.targets import targets
from dondoc.web.timeline import timeline
from dondoc.web.workbooks import workbooks

PAGES: tuple[APIRouter, ...] = (
    assets,
    overview,
    departments,
    calendars,
    listing,
    signing,
    languages,
    account,
    searching,
    timeline,
    comparing,
    plan_report,
    plans,
    targets,
    figures,
    previews,
    messages,
    gathering,
    assignments,
    reporting,
    evidence,
    deciding,
    review_queue,
    workbooks,
    *ADMIN,
    linked,
)
