"""An annex that was sent, as a draft: what the call and the page share."""

from __future__ import annotations

from dondoc.api.context import Context
from integrations.annex import read_annex
from plans import files
from plans.drafting.drafted import Drafted, Given, draft
from plans.loading import read_directory


def drawn_up(here: Context, raw: bytes, name: str, given: Given) -> Drafted:
    """A file as a draft, by the bodies of the record; the page's as well as a call's."""
    paper = read_annex(raw, files.clean_name(name))
    with here.reading() as connection:
        departments = read_directory(connection).declared
    return draft(paper, departments, given)
