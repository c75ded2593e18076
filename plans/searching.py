"""Search that ignores accents and case: "tre em" finds "trẻ em"."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


def plain(text: str) -> str:
    """Lower case without accents; đ is d."""
    bare = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(sign for sign in bare if not unicodedata.combining(sign))


@lru_cache(maxsize=16_384)
def searchable(*texts: str | None) -> str:
    """Some texts as one that ``plain`` words are looked for in."""
    return plain(" ".join(text for text in texts if text))
