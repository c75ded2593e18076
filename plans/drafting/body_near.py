"""Words that are no declared name: whether they are one with a slip, or a shortened one.

A wrong body is worse than none: two bodies that are as near leave the words as they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from plans.drafting.body_names import KINDS, Lexicon, Name, core

_KIND_WORDS = frozenset((*KINDS, "chi", "trung", "phong", "doan", "dang", "truong", "benh", "bao"))
_NATIONAL = re.compile(r"\b(trung uong|quoc gia|toi cao|tong (lien doan|cuc|cong ty)|viet nam$)")
"""Words that no province's body bears."""
_SLIP, _SHORTENED = 0.85, 0.75
_LONG_KEY = 9


@dataclass(frozen=True, slots=True)
class Near:
    """Which bodies words may mean, the likeliest first, and how sure that is."""

    codes: tuple[str, ...]
    sure: float
    doubt: str


def near(words: Sequence[str], lexicon: Lexicon) -> Near | None:
    """Whom folded words may mean that are no declared name; None: nobody."""
    if _NATIONAL.search(" ".join(words)):
        return None
    said = core(words)
    if len(said) < 2 and len("".join(said)) < _LONG_KEY:
        return None
    for found, sure, why in (
        (_slips(said, lexicon), _SLIP, "it is spelled otherwise"),
        (_shortened(_told(said), lexicon), _SHORTENED, "only a part of its name is written"),
    ):
        if found:
            codes = lexicon.choose(dict.fromkeys(found, sure))
            names = " or ".join(lexicon.bodies[code].name.vi for code in codes[:3])
            own = lexicon.of_province(codes) if len(codes) > 1 else None
            if own:
                return Near((own,), 0.7, f"it may mean {names}; the provincial one was taken")
            told = f"taken for {names}: {why}" if len(codes) == 1 else f"it may mean {names}"
            return Near(tuple(codes), sure, told)
    return None


def _told(said: tuple[str, ...]) -> tuple[str, ...]:
    """Words without those that only join a body's kind to its field: "Ban Chỉ đạo công tác …"."""
    kept = re.sub(r"\b(cong tac|ve|linh vuc)\b ?", "", " ".join(said)).split()
    return tuple(kept) if len(kept) > 2 else said


def _slips(said: tuple[str, ...], lexicon: Lexicon) -> list[str]:
    """Codes of names that differ by one slip, or two in a long name, never in the kind's word."""
    found: dict[str, int] = {}
    for name in lexicon.names:
        slips = _distance(said, name)
        if slips is not None:
            found[name.code] = min(slips, found.get(name.code, slips))
    if not found:
        return []
    fewest = min(found.values())
    return [code for code, slips in found.items() if slips == fewest]


def _distance(said: tuple[str, ...], name: Name) -> int | None:
    """Slips between words and a name; None where it is another name, not a slip."""
    from rapidfuzz.distance import OSA

    if said[0] != name.words[0] and (said[0] in _KIND_WORDS or name.words[0] in _KIND_WORDS):
        return None
    most = 2 if len(name.words) >= 4 else 1
    if len(said) == len(name.words):
        slips = [OSA.distance(a, b) for a, b in zip(said, name.words, strict=True)]
        long_enough = all(
            slip <= 1 and (slip == 0 or len(b) > 2)
            for slip, b in zip(slips, name.words, strict=True)
        )
        return sum(slips) if long_enough and 0 < sum(slips) <= most else None
    one, other = "".join(said), "".join(name.words)
    if len(other) >= _LONG_KEY and OSA.distance(one, other, score_cutoff=1) <= 1:
        return 1
    return None


def _shortened(said: tuple[str, ...], lexicon: Lexicon) -> list[str]:
    """Codes of names of which words were left out: 'Hội Phụ nữ' for 'Hội Liên hiệp Phụ nữ'."""
    if len(said) < 2:
        return []
    found = []
    for name in lexicon.names:
        starts = said[0] == name.words[0]
        if not starts and (said[0] in _KIND_WORDS or len(said) < 3):
            continue
        if len(said) >= len(name.words) or not _within(said, name.words):
            continue
        if said[-1] == name.words[-1] or (
            starts and (len(said) >= 3 or said[0] not in _KIND_WORDS)
        ):
            found.append(name.code)
    return list(dict.fromkeys(found))


def _within(some: Sequence[str], words: Sequence[str]) -> bool:
    """Whether some words stand among others in the same order."""
    rest = iter(words)
    return all(word in rest for word in some)
