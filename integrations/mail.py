"""Mail: its settings, composing a message, and where it goes (an SMTP server, or files).

with open_transport(settings, data_dir) as transport:
    transport.send(settings.envelope_from, "vanthu@example.vn", compose(…))
"""

from __future__ import annotations

import hashlib
import os
import re
from binascii import b2a_base64
from datetime import datetime
from email.charset import BASE64, SHORTEST, Charset
from email.header import Header
from email.parser import BytesHeaderParser
from email.utils import format_datetime, formataddr, unquote
from functools import lru_cache
from pathlib import Path
from threading import get_ident
from types import TracebackType
from typing import Protocol, Self

from pydantic import Field, SecretStr, field_validator

from integrations.pacing import Rate, rates_of
from integrations.rendering import Rendered
from integrations.smtp import DeliveryError, Server, SmtpTransport
from plans.errors import InvalidInput
from plans.settings import DondocSettings

__all__ = [
    "DeliveryError",
    "MailSettings",
    "MaildirTransport",
    "SmtpTransport",
    "Transport",
    "compose",
    "mailbox",
    "open_transport",
    "open_transports",
]

MAILBOX = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>|(?P<bare>\S+)")
ADDRESS = re.compile(
    r"[\w!#$%&'*+/=?^`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?", re.A
)
UNSUBSCRIBE = re.compile(r"(?:https?://|mailto:)[!-;=?-~]+")
# What could end a header and begin another, or hide in one.
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
LONGEST_ADDRESS = 254
_UTF8 = Charset("utf-8")
_UTF8.header_encoding, _UTF8.body_encoding = SHORTEST, BASE64
"""Our own: libraries change what the process takes for it, and break words in headers by that."""
CRLF, LONGEST_LINE, CODED_LINE = "\r\n", 78, 76


class MailSettings(DondocSettings):
    """How mail leaves; without ``smtp_url`` it is kept as files."""

    smtp_url: SecretStr | None = None
    mail_from: str = "Dondoc <dondoc@localhost>"
    reply_to: str | None = None
    smtp_timeout_seconds: float = Field(20, gt=0, le=600)
    smtp_connections: int = Field(4, ge=1, le=50)
    smtp_rate: str = ""
    smtp_domain_rate: str = ""

    @field_validator("smtp_url")
    @classmethod
    def _is_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            Server.of(value.get_secret_value())
        return value

    @field_validator("mail_from", "reply_to")
    @classmethod
    def _is_mailbox(cls, value: str | None) -> str | None:
        if value is not None and mailbox(value) is None:
            raise ValueError("must be an address, or a name and an <address>")
        return value

    @field_validator("smtp_rate")
    @classmethod
    def _is_rate(cls, value: str) -> str:
        if value:
            Rate.of(value)
        return value

    @field_validator("smtp_domain_rate")
    @classmethod
    def _are_rates(cls, value: str) -> str:
        rates_of(value)
        return value

    @property
    def is_limited(self) -> bool:
        """Whether messages are paced: by one process, which cannot know what others send."""
        return bool(self.smtp_url and (self.smtp_rate or self.smtp_domain_rate))

    @property
    def envelope_from(self) -> str:
        """The address that bounces go to."""
        return _parsed(self.mail_from)[1]

    @property
    def office_address(self) -> str:
        """The address that a person answers at."""
        return _parsed(self.reply_to or self.mail_from)[1]

    @property
    def domain(self) -> str:
        """The sender's domain: that of its Message-IDs."""
        return self.envelope_from.rpartition("@")[2]


def mailbox(text: str) -> tuple[str, str] | None:
    """Name and address of "name <address>" or of a bare address; none if it is not one.

    Line breaks and other control characters are refused, since they could start new headers.
    """
    match = MAILBOX.fullmatch(text.strip(" "))
    if match is None or CONTROLS.search(text):
        return None
    address = match["address"] or match["bare"] or ""
    if len(address) > LONGEST_ADDRESS or not ADDRESS.fullmatch(address):
        return None
    return unquote((match["name"] or "").strip()), address


def compose(
    rendered: Rendered,
    *,
    sender: str,
    to: str,
    message_id: str,
    date: datetime,
    list_unsubscribe: str | None = None,
    reply_to: str | None = None,
) -> bytes:
    """The message as it goes over the wire; the same input gives the same bytes.

    Raises:
        DeliveryError: ``to`` is no address (permanent, the recipient's).
        InvalidInput: another header's value is not fit for one.
        ValueError: ``date`` has no time zone.
    """
    if mailbox(to) is None:
        raise DeliveryError(f"not a mail address: {to!r}", permanent=True, recipient=True)
    if date.tzinfo is None:
        raise ValueError("date must be aware")
    boundary = _boundary(message_id)
    head = {
        "Content-Type": f'multipart/alternative; boundary="{boundary}"',
        "MIME-Version": "1.0",
        "From": _address(sender, "From"),
        "To": _address(to, "To"),
        **({"Reply-To": _address(reply_to, "Reply-To")} if reply_to else {}),
        "Subject": _encoded(Header(_one_line(rendered.subject), _UTF8, header_name="Subject")),
        "Date": format_datetime(date),
        "Message-ID": _one_line(message_id),
        "Content-Language": _one_line(rendered.language),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        **(_unsubscribe(list_unsubscribe) if list_unsubscribe else {}),
    }
    parts = _part("plain", rendered.text, boundary) + _part("html", rendered.html, boundary)
    lines = [f"{name}: {_folded(name, value)}" for name, value in head.items()]
    return CRLF.join([*lines, "", *parts, f"--{boundary}--", ""]).encode("ascii")


def _part(kind: str, text: str, boundary: str) -> list[str]:
    """A part's lines, in base64, which any server passes on unchanged.

    What the standard library's classes would write, which took longer than the rendering.
    """
    coded = b2a_base64(text.encode(), newline=False).decode("ascii")
    return [
        f"--{boundary}",
        f'Content-Type: text/{kind}; charset="utf-8"',
        "MIME-Version: 1.0",
        "Content-Transfer-Encoding: base64",
        "",
        *(coded[start : start + CODED_LINE] for start in range(0, len(coded), CODED_LINE)),
        "",
    ]


def _folded(name: str, value: str) -> str:
    """A header's value on lines that are not too long; what was encoded has been folded."""
    if CRLF in value or (value.isascii() and len(name) + 2 + len(value) <= LONGEST_LINE):
        return value
    return _encoded(Header(value, header_name=name))


def _encoded(header: Header) -> str:
    return header.encode(linesep=CRLF, maxlinelen=LONGEST_LINE)


def _unsubscribe(url: str) -> dict[str, str]:
    """RFC 2369, and RFC 8058's one click, which is for https alone."""
    if not UNSUBSCRIBE.fullmatch(url):
        raise InvalidInput(f"not an address to unsubscribe at: {url!r}")
    one_click = {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return {"List-Unsubscribe": f"<{url}>", **(one_click if url.startswith("https://") else {})}


def _boundary(text: str) -> str:
    """From the Message-ID; base64, which the parts are in, holds no underscore."""
    return f"=_{hashlib.sha256(text.encode()).hexdigest()[:32]}"


@lru_cache(64)
def _address(text: str, header: str) -> str:
    """The mailbox, its name encoded by RFC 2047 where it is not plain ASCII."""
    name, address = _parsed(text)
    if name.isascii():
        return formataddr((name, address))
    found = Header(name, _UTF8, header_name=header)
    found.append(f"<{address}>", "us-ascii")
    return _encoded(found)


def _parsed(text: str) -> tuple[str, str]:
    found = mailbox(text)
    if found is None:
        raise InvalidInput(f"not a mail address: {text!r}")
    return found


def _one_line(text: str) -> str:
    if CONTROLS.search(text):
        raise InvalidInput(f"a mail header holds no line breaks or control characters: {text!r}")
    return text


class Transport(Protocol):
    """Takes messages one after another; one thread each."""

    def send(self, envelope_from: str, to: str, message: bytes) -> None:
        """Hand one message over.

        Raises:
            DeliveryError: it was not taken, or it is not known whether it was (temporary).
        """

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class MaildirTransport:
    """Keeps each message as an ``.eml`` file named after its Message-ID.

    The same message again takes the place of the first; a file is there whole or not at all.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def send(self, envelope_from: str, to: str, message: bytes) -> None:  # noqa: ARG002
        """Write the message; ``DeliveryError`` (temporary) where that fails."""
        path = self.directory / _file_name(message)
        scratch = path.with_name(f".{path.name}.{os.getpid()}.{get_ident()}.tmp")
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            scratch.write_bytes(message)
            scratch.replace(path)
        except OSError as error:
            raise DeliveryError(f"cannot keep the message: {error}", permanent=False) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing is held open."""


def _file_name(message: bytes) -> str:
    found = str(BytesHeaderParser().parsebytes(message).get("Message-ID", "")).strip(" <>\r\n")
    safe = re.sub(r"[^A-Za-z0-9@._-]", "_", found)[:150].lstrip(".")
    return f"{safe or hashlib.sha256(message).hexdigest()[:32]}.eml"


def open_transport(settings: MailSettings, data_dir: Path) -> Transport:
    """SMTP where a server is set, else files in ``mail`` of the data directory."""
    if settings.smtp_url is None:
        return MaildirTransport(data_dir / "mail")
    return SmtpTransport(settings.smtp_url.get_secret_value(), settings.smtp_timeout_seconds)


def open_transports(settings: MailSettings, data_dir: Path) -> list[Transport]:
    """As many as messages may be sent at once: a connection each."""
    return [open_transport(settings, data_dir) for _ in range(settings.smtp_connections)]
