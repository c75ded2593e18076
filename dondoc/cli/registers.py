"""``dondoc registers``: the systems that targets' figures are pulled from (``registers.yaml``)."""

from __future__ import annotations

from collections.abc import Mapping
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
        zone = here.settings.zone
        found = [_told(one, zone) for one in registers.described(connection, here.day)]
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
            one["asked_at"],
            _state(one),
            len(one["problems"]),
        )
        for one in found
    ]
    table(columns, rows, numbers="targets figures problems", spare="every type asked owner")


def _told(one: dict[str, Any], zone: Any) -> dict[str, Any]:
    """A register with its moments in the office's time, and its state in one word."""
    times = {name: _local(one[name], zone) for name in ("asked_at", "answered_at")}
    state = one["silence"] or ("answered" if one["asked_at"] else "not_asked")
    return one | times | {"state": state}


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

    with read() as (connection, here):
        if register is not None:
            store.row_of(connection, register)
        found = [
            {"register": one["id"], **problem}
            for one in registers.described(connection, here.day)
            if register in (None, one["id"])
            for problem in one["problems"]
        ]
    if json:
        as_json(found)
        return
    columns = ("register", "place", "count", "target", "period", "field", "reason")
    table(columns, [tuple(one.get(name) for name in columns) for one in found], spare="place count")


@app.command(name="try")
def try_register(register: str, *, at: date | None = None, json: bool = False) -> int:
    """Ask a register now and show what 'pull' would write, and what it would leave alone and why.

    Nothing is written.
    """
    from dataclasses import asdict

    from integrations.registers import try_out
    from plans.registers import taken_of

    with record(at) as here:
        pulled, found = try_out(here.engine, register, here.now, here.day, here.settings.zone)
    silent = {"silence": pulled.silence, "detail": pulled.detail}
    numbers = asdict(taken_of(pulled, found)) | silent
    if json:
        names = [{"name": name, "items": n} for name, n in pulled.left_out.names.items()]
        as_json(numbers | {"strangers": names, "figures": [told(one) for one in found]})
    if pulled.silence is not None:
        say(f"{register}: {pulled.silence}: {pulled.detail}")
        return 1
    if not json:
        show_outcomes(found)
        for name, items in pulled.left_out.names.items():
            called = f"of '{name}', no target of this register" if name else "name no target"
            say(f"left out: {items} items {called}")
        say(f"{_summary(numbers)}; nothing was written")
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
        print(f"{register}: {_summary(asdict(taken))}")
    return 0 if taken.silence is None else 1


def _summary(taken: dict[str, Any]) -> str:
    """What became of an answer, in one line."""
    said = summary(taken | {"correction": taken["corrections"], "refused": taken["problems"]})
    if taken["left_out"]:
        said += f"; {taken['left_out']} items left out, of targets that are not declared"
    return said + (f"; {taken['empty']} without a figure" if taken["empty"] else "")


def told(one: Any) -> dict[str, Any]:
    """What becomes of a row, for machines: its doubts in words, too."""
    from dataclasses import asdict

    from plans.outliers import say as doubt

    doubts = [dict(why) | {"text": doubt(dict(why))} for why in one.doubts]
    return asdict(one) | {"doubts": doubts}


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
            one.reason or _why(one.state) or "; ".join(doubt(dict(why)) for why in one.doubts),
        )
        for one in found
    ]
    table(columns, rows, numbers="before value", spare="before")


def _why(state: str) -> str:
    return "in the record already" if state == "same" else ""


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.12g}"


def summary(numbers: Mapping[str, Any]) -> str:
    """What became of some rows, in one line."""
    parts: tuple[str, ...] = (
        f"{numbers['new']} new",
        f"{numbers['correction']} corrections",
        f"{numbers['same']} in the record already",
        f"{numbers['refused']} refused",
    )
    if kept := numbers["kept"]:
        parts += (f"{kept} left alone: said before and corrected since",)
    doubtful = numbers["doubtful"]
    return ", ".join(parts) + (f"; {doubtful} to be looked at again" if doubtful else "")
