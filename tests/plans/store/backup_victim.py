"""A backup or a restore that dies at its N-th step: ``backup|restore URL DATA FILE``.

``{}`` in an argument is the step's number: a restore needs a new place each time.

Steps: before and after whatever changes what the disk holds under a name, and every commit.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from plans.store import backups, dumps, open_engine, restoring
from tests.killing import Step, serve, watch
from tests.offices import NOW


def stepping(step: Step, function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*given: Any, **named: Any) -> Any:
        step()
        found = function(*given, **named)
        step()
        return found

    return call


def run(step: Step) -> None:
    act, url, data, file = (one.replace("{}", str(step.fatal)) for one in sys.argv[1:])
    engine = open_engine(url)
    watch(engine, step)
    changing: Any = os
    for name in ("fsync", "link"):
        setattr(changing, name, stepping(step, getattr(os, name)))
    changing = Path
    changing.replace = stepping(step, Path.replace)
    tools: Any = dumps
    tools._run = stepping(step, tools._run)

    def told(_: Any, __: Any = None) -> None:
        step()

    if act == "backup":
        source = backups.Source(engine, Path(data), "k" * 40)
        backups.back_up(source, Path(file), NOW, told, told)
    else:
        target = restoring.Target(engine, Path(data))
        restoring.restore(target, Path(file), told, told)


if __name__ == "__main__":
    serve(run)
