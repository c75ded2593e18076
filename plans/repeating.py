"""Only a changed word is a new figure: what a register or a document repeats takes nothing back.

A register that says 95 says so every morning, also after a person has corrected that to 92; a file
may be sent a second time. So the record has what each of them said last of a target's period
(``said_figures``), and who says it again has said nothing new. Pure functions.
"""

from __future__ import annotations

import hashlib
import math
import unicodedata
from datetime import datetime
from typing import Any, Final, Literal, Protocol

Becomes = Literal["new", "correction", "same", "kept"]
KEPT: Final = "this was said before, and another figure given since, which stays"


class Said(Protocol):
    """A figure, as it was said: in its target's unit, with the two parts of a share."""

    @property
    def value(self) -> float: ...  # noqa: D102
    @property
    def part(self) -> int | None: ...  # noqa: D102
    @property
    def whole(self) -> int | None: ...  # noqa: D102


def speaker_of(register: str | None, source: str) -> str:
    """Whose word a figure is: a register's, or the document's that a file names.

    A document stands by its fingerprint: its number is kept with the figure, once.
    """
    if register is not None:
        return f"register:{register}"
    folded = " ".join(unicodedata.normalize("NFC", source).casefold().split())
    return f"document:{hashlib.sha256(folded.encode()).hexdigest()[:32]}"


def alike(one: Said, other: Said) -> bool:
    """Whether two say the same."""
    same = math.isclose(one.value, other.value, rel_tol=1e-9, abs_tol=1e-12)
    return same and (one.part, one.whole) == (other.part, other.whole)


def becomes(now: Said, *, before: Said | None, last: Said | None) -> Becomes:
    """What a figure becomes that is said ``now``.

    ``before``: the one that counts for its period so far; ``last``: what the same speaker said
    last of it. ``kept``: the one before stays, since nothing new was said.
    """
    if before is None:
        return "new"
    if alike(before, now):
        return "same"
    if last is not None and alike(last, now):
        return "kept"
    return "correction"


def word_of(key: tuple[str, str, str], said: Said, now: datetime) -> dict[str, Any]:
    """A figure as the record keeps who said it last; ``key``: speaker, target, period."""
    told = dict(zip(("speaker", "target", "period"), key, strict=True))
    return told | {"value": said.value, "part": said.part, "whole": said.whole, "said_at": now}
