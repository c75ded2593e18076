"""Every area's pages, in the order in which their paths are tried."""

from __future__ import annotations

from fastapi import APIRouter

from dondoc.web.assets import assets
from dondoc.web.linked import linked
from dondoc.web.pages import pages
from dondoc.web.plans import plans

PAGES: tuple[APIRouter, ...] = (
    assets,
    pages,
    plans,
    linked,
)
