"""A flow of which only one run may be under way, on however many machines.

Prefect's concurrency limit drops a second run before it starts; this lease, in our own database,
stands under it, since a limit may be lost with its server, or not be there where a command runs.
"""

from __future__ import annotations

import inspect
import logging
import os
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from prefect import State
from prefect.states import Cancelled
from sqlalchemy.exc import InterfaceError, OperationalError
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from flows.common import database
from plans.store import Engine, leases

P = ParamSpec("P")
R = TypeVar("R")
BEATS = 5
"""Renewals in a lease's length: one may fail without harm."""
AWAY = (OperationalError, InterfaceError)
PATIENCE, PAUSE = 45, 1.0
"""Seconds for which a database that is away is asked again: one that restarts is back by then."""

_log = logging.getLogger(__name__)


def alone(job: str) -> Callable[[Callable[P, R]], Callable[P, R | State[R]]]:
    """Decorates a flow's function: a second run ends as cancelled, and says who runs it."""

    def decorate(run: Callable[P, R]) -> Callable[P, R | State[R]]:
        @wraps(run)
        def run_alone(*args: P.args, **given: P.kwargs) -> R | State[R]:
            holder = f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:8]}"
            with database() as (engine, _):
                if other := _patiently(leases.take, engine, job, holder):
                    said = f"another run of {job} is under way at {other.holder}"
                    return Cancelled(message=f"{said} since {other.since.isoformat()}")
                with _held(engine, job, holder):
                    return run(*args, **given)

        # Prefect asks for the parameters' types, which are names of the flow's own module.
        run_alone.__signature__ = inspect.signature(run, eval_str=True)  # type: ignore[attr-defined]
        return run_alone

    return decorate


@contextmanager
def _held(engine: Engine, job: str, holder: str) -> Iterator[None]:
    """Renew the lease until the run's end, and say in the record how it ended."""
    ended = threading.Event()
    beating = threading.Thread(target=_beat, args=(engine, job, holder, ended), daemon=True)
    beating.start()
    outcome = "ended by a signal"
    try:
        yield
        outcome = "done"
    except Exception as error:
        outcome = f"{type(error).__name__}: {str(error).partition(chr(10))[0][:300]}"
        raise
    finally:
        ended.set()
        beating.join()
        _give_back(engine, job, holder, outcome)


def _give_back(engine: Engine, job: str, holder: str, outcome: str) -> None:
    try:
        _patiently(leases.give_back, engine, job, holder, outcome)
    except AWAY as error:
        # What the run did is in the record; the lease ends by itself, and the next run says so.
        _log.warning("%s ended (%s), which could not be recorded: %s", job, outcome, error)


def _patiently(act: Callable[..., R], engine: Engine, *given: str) -> R:
    """Ask a database again that is away; a file never is."""
    if engine.dialect.name == "sqlite":
        return act(engine, *given)
    return Retrying(
        retry=retry_if_exception_type(AWAY),
        stop=stop_after_delay(PATIENCE),
        wait=wait_fixed(PAUSE),
        reraise=True,
    )(act, engine, *given)


def _beat(engine: Engine, job: str, holder: str, ended: threading.Event) -> None:
    pause = leases.LENGTH.total_seconds() / BEATS
    while not ended.wait(pause):
        try:
            if not leases.renew(engine, job, holder):
                return  # Held up beyond its lease; what it does next it does beside another run.
        except Exception:  # noqa: S112 - a database that is away now is asked again
            continue
