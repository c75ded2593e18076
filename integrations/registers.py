"""Pulling targets' figures from registers: all are asked at once, each on its own risk.

No transaction is open while the network is waited for. Each answer is kept whole, with how asking
ended, in a transaction of its own; what is pulled again adds nothing, so a run that is killed is
simply run again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy.exc import DBAPIError

from integrations import dhis2, register_json
from integrations.feed_connections import make_client
from integrations.feed_limits import FeedError, GatherLimits
from integrations.register_asking import LIMITS, Asking
from plans import registers
from plans.declaration.registers import AnyRegister, Dhis2Register
from plans.figure_rows import FigureRow, Outcome
from plans.measuring import Owned
from plans.registers import LeftOut, Pulled, Taken
from plans.store import Engine, reading, writing
from plans.store import registers as store
from plans.terms import Silence

AT_ONCE: Final = 8
ClientFactory = Callable[[], httpx.AsyncClient]


def pull(
    engine: Engine,
    ids: Sequence[str],
    now: datetime,
    day: date,
    zone: ZoneInfo,
    *,
    limits: GatherLimits = LIMITS,
) -> list[Taken]:
    """Ask registers for figures and take them into the record; one result each, in order.

    ``day``: figures of periods that have begun by then are taken. ``OperationalError``: the
    database is away.
    """
    pulled = ask(engine, ids, now, day, zone, limits=limits)
    return [_keep(engine, one, now, day) for one in pulled]


def ask(
    engine: Engine,
    ids: Sequence[str],
    now: datetime,
    day: date,
    zone: ZoneInfo,
    *,
    limits: GatherLimits = LIMITS,
) -> list[Pulled]:
    """What registers answer now; nothing is written. ``NotFound``: no such register."""
    with reading(engine) as connection:
        declared = [store.read(store.row_of(connection, key)) for key in ids]
        targets = {one.id: registers.targets_of(connection, one, day) for one in declared}
    return asyncio.run(_ask_all(declared, targets, now, day, zone, limits))


def try_out(
    engine: Engine, key: str, now: datetime, day: date, zone: ZoneInfo
) -> tuple[Pulled, list[Outcome]]:
    """What a register answers, and what would become of each figure; nothing is written."""
    pulled = ask(engine, [key], now, day, zone)[0]
    with reading(engine) as connection:
        return pulled, registers.judged(connection, pulled, now, day, dry_run=True)


def _keep(engine: Engine, one: Pulled, now: datetime, day: date) -> Taken:
    try:
        with writing(engine) as connection:
            return registers.keep(connection, one, now, day)
    except DBAPIError:
        raise
    except Exception as error:
        # An error of ours is this register's silence, and no other one's.
        with writing(engine) as connection:
            return registers.fail(connection, _internal(one.register, error), now)


async def _ask_all(
    declared: Sequence[AnyRegister],
    targets: Mapping[str, Mapping[str, Owned]],
    now: datetime,
    day: date,
    zone: ZoneInfo,
    limits: GatherLimits,
) -> list[Pulled]:
    turns = asyncio.Semaphore(AT_ONCE)
    with _names() as names:
        async with make_client(httpx.create_ssl_context(), names) as client:
            asking = Asking(client, limits, now, day, zone)

            async def one(register: AnyRegister) -> Pulled:
                async with turns:
                    return await _ask_one(asking, register, targets[register.id])

            return list(await asyncio.gather(*(one(register) for register in declared)))


@contextmanager
def _names() -> Iterator[ThreadPoolExecutor]:
    # A name server that does not answer holds a thread longer than the request is waited for.
    names = ThreadPoolExecutor(2 * AT_ONCE, thread_name_prefix="names")
    try:
        yield names
    finally:
        names.shutdown(wait=False, cancel_futures=True)


async def _ask_one(asking: Asking, register: AnyRegister, targets: Mapping[str, Owned]) -> Pulled:
    """What one register answers; whatever happens is its own silence, with a reason."""
    seconds = asking.limits.agency_seconds
    try:
        async with asyncio.timeout(seconds):
            rows, left_out = await _read(asking, register, targets)
            return Pulled(register.id, rows, left_out)
    except TimeoutError:
        said = f"no whole answer in {seconds:.3g} s"
        return Pulled(register.id, silence=Silence.UNREACHABLE, detail=said)
    except FeedError as error:
        return Pulled(register.id, silence=error.silence, detail=str(error))
    except Exception as error:
        return _internal(register.id, error)


async def _read(
    asking: Asking, register: AnyRegister, targets: Mapping[str, Owned]
) -> tuple[list[FigureRow], LeftOut]:
    if isinstance(register, Dhis2Register):
        return await dhis2.pull(asking, register, targets)
    return await register_json.pull(asking, register, targets)


def _internal(key: str, error: Exception) -> Pulled:
    said = f"internal: {type(error).__name__}: {str(error).partition(chr(10))[0][:200]}"
    return Pulled(key, silence=Silence.ERROR, detail=said)
