"""Which methods a path takes: for the ``Allow`` header of a 405, and for the log's templates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from fastapi import APIRouter
from starlette.routing import Route, compile_path
from starlette.types import Scope

PREFIX = "/api/v1"
UNMATCHED = "unmatched"
Routers = Iterable[tuple[APIRouter, str | None]]


class Methods:
    """The methods of every path, all routes of a path together.

    The framework would name the methods of the first route that has the path, and no others.
    """

    def __init__(self, routers: Routers) -> None:
        self._known: dict[str, tuple[re.Pattern[str], set[str]]] = {}
        for path, methods in _paths(routers):
            found = self._known.setdefault(path, (compile_path(path)[0], set()))[1]
            found |= methods | ({"HEAD"} if "GET" in methods else set())

    def of(self, path: str, otherwise: str = "") -> str:
        """The methods of a path, as ``Allow`` has them; ``otherwise`` where it is none of ours."""
        found = (methods for pattern, methods in self._known.values() if pattern.fullmatch(path))
        return ", ".join(sorted(set[str]().union(*found) or otherwise.split(", ")))


def _paths(routers: Routers) -> Iterator[tuple[str, set[str]]]:
    for router, prefix in routers:
        for route in router.routes:
            if isinstance(route, Route):
                yield (
                    f"{PREFIX if prefix is None else prefix}{route.path}",
                    set(route.methods or ()),
                )


def template_of(scope: Scope) -> str:
    """The template of a request's path: never what a caller made up."""
    path = getattr(scope.get("route"), "path", None)
    if path is None:
        return UNMATCHED
    inside = scope["path"].startswith(f"{PREFIX}/") and not path.startswith(f"{PREFIX}/")
    return f"{PREFIX}{path}" if inside else str(path)
