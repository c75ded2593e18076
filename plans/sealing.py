"""What the one secret of the settings (``DONDOC_SECRET_KEY``) is used for: a key for each purpose.

``seal`` for what has to be used again (a second factor's seed, a webhook's key), ``mark`` for what
only has to be recognised and is too short to be kept under a bare hash.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from plans.errors import Conflict


@lru_cache(maxsize=64)
def key_of(secret: str, purpose: str) -> bytes:
    """32 bytes that are good for one purpose only (HKDF, RFC 5869)."""
    info = f"dondoc:{purpose}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret.encode())


def seal(secret: str, purpose: str, text: str) -> str:
    """The text encrypted, so that whoever reads the database alone learns nothing."""
    return _box(secret, purpose).encrypt(text.encode()).decode()


def unseal(secret: str, purpose: str, sealed: str) -> str:
    """The text again; ``Conflict`` where it was sealed under another secret."""
    try:
        return _box(secret, purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Conflict(
            f"what was sealed for {purpose} does not open: DONDOC_SECRET_KEY has changed"
        ) from None


def _box(secret: str, purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(key_of(secret, purpose)))


def mark(secret: str, purpose: str, text: str) -> str:
    """A keyed fingerprint (HMAC-SHA-256) in hex: to be made and compared by us alone."""
    return hmac.new(key_of(secret, purpose), text.encode(), hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two texts are equal, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def fingerprint(secret: str) -> str:
    """What is kept of a long random secret: nobody can try all of those."""
    return hashlib.sha256(secret.encode()).hexdigest()
