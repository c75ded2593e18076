"""Where mail is handed over, as a setting names it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote, urlsplit

PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed over; ``scheme`` is one of ``PORTS``."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def of(cls, url: str) -> Self:
        """From ``smtp://``, ``smtps://`` or ``smtp+starttls://user:pass@host:port``.

        Raises:
            ValueError: it is none, or would send a password in clear over a network. The message
                repeats nothing of the URL, since it may hold a password.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port or PORTS[parts.scheme]
        except (ValueError, KeyError):
            host = None
        if not host or parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError(
                "must be smtp://, smtps:// or smtp+starttls://, then [user:pass@]host[:port]; "
                "write signs such as / # ? @ in user or pass as %2F %23 %3F %40"
            )
        if parts.username and parts.scheme == "smtp" and host not in LOOPBACK:
            raise ValueError("would send the password in clear: use smtps:// or smtp+starttls://")
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.scheme, host, port, user, password)
