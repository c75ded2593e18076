"""Mail: its settings, composing a message, and where it goes (an SMTP server, or files).

with open_transport(settings, data_dir) as transport:
    transport.send(settings.envelope_from, "vanthu@example.vn", compose(…))
"""

from __future__ import annotations

import hashlib
import os
import re
from datetime import datetime
from email import policy
from email.header import Header
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.parser import BytesHeaderParser
from email.utils import format_datetime, formataddr, unquote
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from pydantic import Field, SecretStr, field_validator

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
]

MAILBOX = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>|(?P<bare>\S+)")
ADDRESS = re.compile(
    r"[\w!#$%&'*+/=?^`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?", re.A
)
UNSUBSCRIBE = re.compile(r"(?:https?://|mailto:)[!-;=?-~]+")
# What could end a header and begin another, or hide in one.
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
LONGEST_ADDRESS = 254
WIRE = policy.compat32.clone(linesep="\r\n")


class MailSettings(DondocSettings):
    """How mail leaves; without ``smtp_url`` it is kept as files."""

    smtp_url: SecretStr | None = None
    mail_from: str = "Dondoc <dondoc@localhost>"
    reply_to: str | None = None
    smtp_timeout_seconds: float = Field(20, gt=0, le=600)

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
    message: Message[Any, Any] = MIMEMultipart("alternative", boundary=_boundary(message_id))
    message["From"] = _address(sender, "From")
    message["To"] = _address(to, "To")
    if reply_to:
        message["Reply-To"] = _address(reply_to, "Reply-To")
    message["Subject"] = Header(_one_line(rendered.subject), "utf-8", header_name="Subject")
    message["Date"] = format_datetime(date)
    message["Message-ID"] = _one_line(message_id)
    message["Content-Language"] = _one_line(rendered.language)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    if list_unsubscribe:
        _add_unsubscribe(message, list_unsubscribe)
    message.attach(MIMEText(rendered.text, "plain", "utf-8"))
    message.attach(MIMEText(rendered.html, "html", "utf-8"))
    return message.as_bytes(policy=WIRE)


def _add_unsubscribe(message: Message[Any, Any], url: str) -> None:
    """RFC 2369, and RFC 8058's one click, which is for https alone."""
    if not UNSUBSCRIBE.fullmatch(url):
        raise InvalidInput(f"not an address to unsubscribe at: {url!r}")
    message["List-Unsubscribe"] = f"<{url}>"
    if url.startswith("https://"):
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def _boundary(text: str) -> str:
    """From the Message-ID; base64, which the parts are in, holds no underscore."""
    return f"=_{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def _address(text: str, header: str) -> Header | str:
    """The mailbox, its name encoded by RFC 2047 where it is not plain ASCII."""
    name, address = _parsed(text)
    if name.isascii():
        return formataddr((name, address))
    found = Header(name, "utf-8", header_name=header)
    found.append(f"<{address}>", "us-ascii")
    return found


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
        scratch = path.with_name(f".{path.name}.{os.getpid()}.tmp")
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
