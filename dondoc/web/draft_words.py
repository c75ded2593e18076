"""How pages name what a draft asks: kinds of cells, how well they were read, fields."""

from __future__ import annotations

from integrations.wording import marked
from plans.drafting.findings import State

STATES = {
    State.RECOGNISED: marked("Recognised"),
    State.DOUBTFUL: marked("Doubtful"),
    State.UNKNOWN: marked("Not understood"),
}
KINDS = {
    "tasks": marked("Tasks"),
    "leads": marked("Leads, in a paper"),
    "supporting": marked("Supporting bodies"),
    "deadlines": marked("Deadlines"),
    "other cells": marked("Other cells"),
    "document": marked("About the document"),
}
FIELDS = {
    "number": marked("number of the document"),
    "issued": marked("date of the document"),
    "issuer": marked("who issued it"),
    "coordinator": marked("who follows it up"),
    "province": marked("the province of its communes"),
    "title": marked("title of the plan"),
    "lead": marked("the lead, in a paper"),
    "supporting": marked("supporting bodies"),
    "due": marked("the deadline"),
    "deliverable": marked("the deliverable"),
    "note": marked("the note"),
    "source": marked("another sheet or table"),
}
"""Fields that questions are about."""
