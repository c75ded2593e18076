"""Message-IDs that nobody can work out, and that stay the same however often a message is sent.

Who knows one is believed about what came back (``plans/bouncing.py``), while all that a message
says may follow from what is published. So they hang on a secret of the record, which lies in its
settings: a backup and a move to another database take it along.
"""

from __future__ import annotations

import hmac
import secrets

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from plans.store.catalogue import read_setting
from plans.store.schema import settings

NAME, LENGTH = "message-id-salt", 32


def message_id(salt: bytes, key: str, domain: str) -> str:
    """The Message-ID of the notice under a key, at the domain that it is sent from."""
    return f"<{hmac.digest(salt, key.encode(), 'sha256').hex()[:32]}@{domain}>"


def salt_of(connection: Connection) -> bytes:
    """The record's secret of ``LENGTH`` bytes: made at its first use, in the same transaction."""
    kept = read_setting(connection, NAME)
    if kept is None:
        maker = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        made = maker(settings).values(name=NAME, value=secrets.token_hex(LENGTH))
        # Of two runs that come here at once the second waits for the first, and takes its secret.
        connection.execute(made.on_conflict_do_nothing(index_elements=["name"]))
        kept = read_setting(connection, NAME)
    return bytes.fromhex(kept)
