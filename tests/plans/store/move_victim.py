"""A move that dies at its N-th step, a table or a commit: ``SQLITE POSTGRESQL``."""

from __future__ import annotations

import sys
from typing import Any

from plans.store import moving, open_engine
from tests.killing import Step, serve, watch
from tests.offices import NOW


def run(step: Step) -> None:
    source, target = (open_engine(one) for one in sys.argv[1:])
    watch(source, step)
    watch(target, step)

    def told(*_: Any) -> None:
        step()

    moving.move(source, target, NOW, "test", lambda _: [], told, lambda _: None)


if __name__ == "__main__":
    serve(run)
