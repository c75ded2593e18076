"""A plan's declaration that comes as text rather than as a file: read, checked, ready to load."""

from __future__ import annotations

from plans.checking import check
from plans.declaration import Plan
from plans.declared import DEPARTMENTS, Catalogue
from plans.errors import InvalidCatalogue
from plans.loading import read_directory, read_years
from plans.source import Problem, Read, Source, read_text, validate
from plans.store import Connection

NAME = "declaration"
"""Under which its problems are told, in the place of a file's path."""


def read_proposal(connection: Connection, raw: bytes) -> tuple[Catalogue, list[Problem]]:
    """A plan among the bodies and the calendar of the record, with what looks doubtful about it.

    ``InvalidCatalogue`` with every problem, each with line and column.
    """
    source = read_text(NAME, raw)
    plan, wrong = validate(source, Plan)
    bodies = read_directory(connection).declared
    plans = [Read(source, plan)] if plan is not None else []
    found = [*source.problems, *wrong, *check(Read(Source(DEPARTMENTS), bodies), plans, ())]
    # What is doubtful about the bodies was said when they were loaded.
    mine = sorted(one for one in found if one.path == NAME)
    if plan is None or any(one.is_error for one in mine):
        raise InvalidCatalogue(mine)
    return Catalogue(bodies, (plan,), tuple(read_years(connection))), mine
