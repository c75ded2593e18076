"""Figures that come many at once, and those that are in doubt: what calls and pages share."""

from __future__ import annotations

from typing import Any

from dondoc.api.context import Context
from integrations.measurement_files import read_figures
from plans import access, doubted, figure_rows, measuring
from plans.access import Action, Caller
from plans.errors import InvalidInput
from plans.figure_rows import FigureRow, Giver
from plans.measuring import Owned
from plans.store import Connection
from plans.store import measurements as store


def read_rows(raw: bytes, here: Context) -> list[FigureRow]:
    """A file's rows; ``InvalidInput`` under 'file' where it has none that can be read."""
    with here.reading() as connection:
        units = figure_rows.units_of(connection, here.day)
    try:
        return read_figures(raw, units, here.zone)
    except InvalidInput as error:
        error.fields.setdefault("file", str(error))
        raise


def giver_of(here: Context, *, source: str, confirmed: bool) -> Giver:
    """In whose name figures are taken: of targets that the caller answers for, or whose figures the
    office brings for who does."""
    return Giver(
        here.caller.actor,
        here.now,
        here.day,
        may=lambda one: may_give(here.caller, one),
        own=lambda one: access.may(here.caller, Action.MEASURE, one.subject),
        source=source,
        confirmed=confirmed,
    )


def may_give(caller: Caller, one: Owned) -> bool:
    """Whether a caller gives a target's figures in a file."""
    return access.may(caller, Action.IMPORT_FIGURES, one.subject)


def confirmed_by(connection: Connection, number: int, here: Context) -> dict[str, Any]:
    """Confirm a figure in the caller's name; gives it as the office sees it."""
    row = store.figure(connection, number if 0 < number < 2**62 else 0)
    one = measuring.find(connection, row.target, here.day)
    access.check(here.caller, Action.GOVERN, one.subject)
    doubted.confirm(connection, one, number, actor=here.caller.actor, now=here.now)
    every = measuring.described(connection, [one], here.caller, here.day, history=True)[0]
    found: dict[str, Any] = next(
        figure for figure in every["measurements"] if figure["id"] == number
    )
    return found
