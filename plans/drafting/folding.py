"""Text without accents and capitals, sign by sign, so that places in it stay the same."""

from __future__ import annotations

import unicodedata
from functools import cache

_BLANKS = "\xa0\t\u2007\u2009\u202f\u3000"
_DASHES = "‐‑‒–—―−"
_UNSEEN = "\xad\u200b\u200c\u200d\u2060\ufeff"


def composed(text: str) -> str:
    """Text in Unicode's composed form; what nobody sees in it is gone, every dash is a hyphen."""
    text = unicodedata.normalize("NFC", text).translate(_SIGNS)
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\v", "\n")


def fold(text: str) -> str:
    """Composed text in small letters without accents; sign for sign, so places are the same."""
    return "".join(map(_folded, text))


@cache
def _folded(sign: str) -> str:
    small = sign.lower().replace("đ", "d")
    bare = unicodedata.normalize("NFD", small)[:1] if small else sign
    return bare or sign


_SIGNS = str.maketrans(
    {
        **dict.fromkeys(_BLANKS, " "),
        **dict.fromkeys(_DASHES, "-"),
        **dict.fromkeys(_UNSEEN, None),
        "⁄": "/",
        "∕": "/",
    }
)
