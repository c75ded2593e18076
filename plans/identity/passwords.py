"""Passwords: Argon2id (RFC 9106) with the library's parameters, and what is refused as one."""

from __future__ import annotations

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from plans.errors import InvalidInput

SHORTEST = 12
LONGEST = 200
_SHORTEST_PART = 4
"""Of an e-mail or a name: shorter ones occur in good passwords by chance."""


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobodys() -> str:
    """What an unknown person's password is compared with: the same work as for a known one's."""
    return _hasher().hash("nobody has this password")


def hash_password(password: str) -> str:
    """The hash to keep."""
    return _hasher().hash(_form(password))


def is_right(kept: str | None, password: str) -> bool:
    """Whether it is the password of this hash; None, for nobody's, takes as long to deny."""
    try:
        found = _hasher().verify(kept or _nobodys(), _form(password)[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return found and kept is not None


def is_outdated(kept: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher().check_needs_rehash(kept)


def refuse_weak(password: str, email: str, name: str) -> None:
    """``InvalidInput`` for what is too short, or is made of whom it is to protect."""
    said = _form(password)
    if not SHORTEST <= len(said) <= LONGEST:
        raise _weak(f"a password has {SHORTEST} to {LONGEST} signs")
    if len(set(said)) < SHORTEST // 3:
        raise _weak("a password is not one sign again and again")
    rest = _plain(said)
    for part in sorted(_parts(email, name), key=len, reverse=True):
        rest = rest.replace(part, "")
    if len(rest) < SHORTEST // 2:
        raise _weak("a password is not made of the person's e-mail or name")


def _weak(message: str) -> InvalidInput:
    return InvalidInput(message, fields={"password": message})


def _parts(email: str, name: str) -> set[str]:
    whole = {_plain(email), _plain(name)}
    words = {_plain(word) for word in [*name.split(), *email.replace("@", ".").split(".")]}
    return {part for part in whole | words if len(part) >= _SHORTEST_PART}


def _plain(text: str) -> str:
    """Small letters and digits, without accents: "Nguyễn Văn An" → "nguyenvanan"."""
    bare = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(sign for sign in bare if sign.isalnum())


def _form(password: str) -> str:
    """One form for all keyboards (NFC): "ế" can be typed as one sign or as three."""
    return unicodedata.normalize("NFC", password)
