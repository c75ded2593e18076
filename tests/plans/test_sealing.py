from __future__ import annotations

import pytest

from plans.errors import Conflict
from plans.sealing import fingerprint, key_of, mark, same, seal, unseal

SECRET = "a secret of forty signs, as in the tests"
KEY = "4bcad2fddd5183d0ab2e0dcd1d370cca1a534d507460d8ccf58baae78ae8a6b2"
"""HKDF (RFC 5869) of the secret by hand: no salt, info 'dondoc:totp'."""


def test_a_key_is_of_one_secret_and_one_purpose() -> None:
    keys = {key_of(SECRET, "a"), key_of(SECRET, "b"), key_of(SECRET + "x", "a")}
    assert len(keys) == 3 and {len(key) for key in keys} == {32}
    assert key_of(SECRET, "a") in keys
    # Kept values must open after an update of the program: the derivation is fixed.
    assert key_of(SECRET, "totp").hex() == KEY


def test_what_is_sealed_opens_under_the_same_secret_and_purpose_only() -> None:
    sealed = seal(SECRET, "totp", "hạt giống")
    assert "hạt" not in sealed and sealed != seal(SECRET, "totp", "hạt giống")
    assert unseal(SECRET, "totp", sealed) == "hạt giống"
    for secret, purpose, text in [
        (SECRET + "x", "totp", sealed),
        (SECRET, "webhook", sealed),
        (SECRET, "totp", sealed[:-2] + "AA"),
        (SECRET, "totp", ""),
    ]:
        with pytest.raises(Conflict, match="DONDOC_SECRET_KEY"):
            unseal(secret, purpose, text)


def test_marks() -> None:
    one = mark(SECRET, "csrf", "family")
    assert one == mark(SECRET, "csrf", "family") and len(one) == 64
    others = {
        mark(SECRET, "csrf", "other"),
        mark(SECRET, "code", "family"),
        mark("x", "csrf", "family"),
    }
    assert one not in others and len(others) == 3
    assert one != fingerprint("family")
    assert same(one, str(one)) and not same(one, one[:-1]) and not same("é", "e")
