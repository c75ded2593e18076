"""What a cell names: bodies with how sure that is, and words that name none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Match:
    """A body that a cell names: ``said`` as it stands there, ``confidence`` 0..1.

    It is below 1 just where ``doubt`` says why.
    """

    code: str
    said: str
    confidence: float
    is_class: bool
    doubt: str


@dataclass(frozen=True, slots=True)
class Named:
    """What a cell names: bodies in its order, each once, and the words that name none, verbatim.

    ``doubts`` say of unknown words which bodies they may mean.
    """

    matches: tuple[Match, ...]
    unknown: tuple[str, ...]
    doubts: tuple[str, ...] = ()


@dataclass(slots=True)
class Found:
    """The same while a cell is being read."""

    matches: list[Match] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def once(matches: Sequence[Match]) -> tuple[Match, ...]:
    """Each body once, as it was named most surely."""
    best: dict[str, Match] = {}
    for match in matches:
        if match.code not in best or best[match.code].confidence < match.confidence:
            best[match.code] = match
    return tuple(best.values())
