"""``dondoc registers``: the systems that targets' figures are pulled from (``registers.yaml``)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from cyclopts import App

from dondoc.cli.output import as_json, say, table
from dondoc.cli.record import read, record

app = App(
    name="registers", help="Registers that targets' figures are pulled from: list, try, pull."
)


@app.command(name="list")
def list_registers(*, json: bool = False) -> None:
    """Every register, how it answered last, and how many figures it gave."""
    from plans import registers

    with read() as (connection, here):
        found = registers.described(connection)
        zone = here.settings.zone
    if json:
        as_json(found)
        return
    columns = ("id", "type", "owner", "every", "targets", "figures", "asked", "state", "problems")
    rows = [
        (
            one["id"],
            one["type"],
            one["owner"],
            one["every"],
            len(one["targets"]),
            one["figures"],
            _local(one["asked_at"], zone),
            _state(one),
            len(one["problems"]),
        )
        for one in found
    ]
    table(columns, rows, numbers="targets figures problems", spare="every type asked owner")


def _local(moment: datetime | None, zone: Any) -> datetime | None:
    return moment.astimezone(zone).replace(microsecond=0) if moment else None


def _state(one: dict[str, Any]) -> str:
    if one["asked_at"] is None:
        return "not asked yet"
    if one["silence"] is None:
        return "answered"
    return f"{one['silence']}: {one['detail']}" if one["detail"] else str(one["silence"])


@app.command
def problems(register: str | None = None, *, json: bool = False) -> None:
    """The values of last answers that were not taken, each with where it stood and why."""
    from plans import registers
    from plans.store import registers as store

    with read() as (connection, _):
        if register is not None:
            store.row_of(connection, register)
        found = [
            {"register": one["id"], **problem}
            for one in registers.described(connection)
            if register in (None, one["id"])
            for problem in one["problems"]
        ]
    if json:
        as_json(found)
        return
    columns = ("register", "place", "target", "period", "field", "reason")
    table(columns, [tuple(one.get(name) for name in columns) for one in found], spare="place")


@app.command(name="try")
def try_register(register: str, *, at: date | None = None, json: bool = False) -> int:
    """Ask a register now and show what would become of each figure; nothing is written."""
    from integrations.registers import try_out
    from plans.figure_rows import counts

    with record(at) as here:
        pulled, found = try_out(here.engine, register, here.now, here.day, here.settings.zone)
    if pulled.silence is not None:
        if json:
            as_json({"silence": pulled.silence, "detail": pulled.detail, "figures": []})
        say(f"{register}: {pulled.silence}: {pulled.detail}")
        return 1
    if json:
        from dataclasses import asdict

        as_json({"silence": None, "detail": None, "figures": [asdict(one) for one in found]})
        return 0
    show_outcomes(found)
    say(f"{summary(counts(found))}; nothing was written")
    return 0


@app.command
def pull(register: str, *, at: date | None = None, json: bool = False) -> int:
    """Ask a register now, also before its time has come, and take its figures."""
    from dataclasses import asdict

    from flows.common import refuse_ahead
    from integrations import registers

    with record(at) as here:
        refuse_ahead(at, here.settings)
        zone = here.settings.zone
        taken = registers.pull(here.engine, [register], here.now, here.day, zone)[0]
    if json:
        as_json(asdict(taken))
    elif taken.silence is not None:
        say(f"{register}: {taken.silence}: {taken.detail}")
    else:
        numbers = asdict(taken) | {"correction": taken.corrections, "refused": taken.problems}
        print(f"{register}: {summary(numbers)}")
    return 0 if taken.silence is None else 1


def show_outcomes(found: list[Any]) -> None:
    """A table of what becomes, or became, of each row."""
    from plans.outliers import say as doubt

    columns = ("place", "state", "target", "period", "before", "value", "why")
    rows = [
        (
            one.place,
            one.state,
            one.target or one.title,
            one.period,
            _figure(one.before),
            _figure(one.value),
            one.reason or "; ".join(doubt(dict(why)) for why in one.doubts),
        )
        for one in found
    ]
    table(columns, rows, numbers="before value", spare="before")


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.12g}"


def summary(numbers: dict[str, int]) -> str:
    """What became of some rows, in one line."""
    parts = (
        f"{numbers['new']} new",
        f"{numbers['correction']} corrections",
        f"{numbers['same']} in the record already",
        f"{numbers['refused']} refused",
    )
    doubtful = numbers["doubtful"]
    return ", ".join(parts) + (f"; {doubtful} to be looked at again" if doubtful else "")
