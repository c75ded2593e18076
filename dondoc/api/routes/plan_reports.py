"""The report on a plan that leaders sign, as a file."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from dondoc.api.report_files import ReportQuery, compiled, sent
from dondoc.api.routing import Here, allow
from integrations.reports import MEDIA_TYPES, file_of
from plans.access import Action

api = APIRouter(tags=["plans"])

_FILE = allow(Action.SEE_REPORT, missing=True)
_FILE["responses"] |= {
    200: {
        "description": "The file",
        "content": {
            one: {"schema": {"type": "string", "contentMediaType": one}}
            for one in MEDIA_TYPES.values()
        },
    }
}


@api.get("/plans/{plan}/report", response_class=Response, response_model=None, **_FILE)
def get_report(plan: str, query: Annotated[ReportQuery, Query()], here: Here) -> Response:
    """The report that leaders sign, laid out by Decree 30/2020/NĐ-CP. Its figures are those of
    ``/plans/{plan}/progress`` and ``/targets`` for the same ``at`` and ``as_of``; who may not see
    small counts gets it without them. 503 where a PDF is asked for and LibreOffice is missing."""
    found = compiled(here, plan, query)
    return sent(file_of(found, query.format, query.language))
