"""What a caller saw of something that changes: a write on an older version is refused."""

from __future__ import annotations

from plans.errors import Stale

Seen = frozenset[str] | None
"""The versions that a caller accepts (``*``: any); None: it does not say."""


def require_version(seen: Seen, version: int | str) -> None:
    """``Stale`` unless the present version is one that the caller saw."""
    if seen is not None and not seen & {"*", str(version)}:
        raise Stale("it has changed since you read it; read it again and decide anew")
