"""Handing messages to an SMTP server, and what its answers mean.

A failure says what follows from it: ``permanent`` (trying again cannot help) and ``recipient``
(the address itself is at fault). What is wrong with our own settings, the network or the server is
temporary: the message is still owed once that is put right.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, NoReturn, Self
from urllib.parse import unquote, urlsplit

from plans.errors import InvalidInput, OutsideError

PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
LOOPBACK = ("localhost", "127.0.0.1", "::1")
DATA_TAKEN = 250
CLOSING = 421
NEEDS_LOGIN = (530, 534, 535, 538)
# RFC 3463: 5.1 is about an address (5.1.7 and 5.1.8: the sender's), 5.2 about the mailbox.
ENHANCED = re.compile(r"5\.(\d{1,3})\.(\d{1,3})\b")
BAD_RECIPIENT = re.compile(r"5\.(?:1\.(?![78]\b)\d{1,3}|2\.\d{1,3})\b")
# RFC 5321: how a server without enhanced codes answers RCPT where the mailbox is at fault.
REFUSED_RECIPIENT = (501, 550, 551, 552, 553, 554)

Step = Literal["sender", "recipient", "message"]


class DeliveryError(OutsideError):
    """A message could not be handed over.

    ``recipient``: the address itself is at fault, so its contact should be shown as bounced.
    """

    code = "delivery"

    def __init__(self, message: str, *, permanent: bool, recipient: bool = False) -> None:
        super().__init__(message, permanent=permanent)
        self.recipient = recipient


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


class SmtpTransport:
    """One connection, kept between messages; for one thread.

    When the server has dropped it before a message was handed over, it is opened again, once. After
    that point nothing is repeated here: the server may have taken the message.
    """

    def __init__(self, url: str, timeout: float = 20) -> None:
        try:
            self.server = Server.of(url)
        except ValueError as error:
            raise InvalidInput(f"SMTP URL {error}") from None
        self.timeout = timeout
        self._smtp: smtplib.SMTP | None = None

    def send(self, envelope_from: str, to: str, message: bytes) -> None:
        """Hand one message over.

        Raises:
            DeliveryError: it was not taken, or it is not known whether it was (temporary).
        """
        if not (to.isascii() and to.isprintable()):
            raise DeliveryError(f"not a mail address: {to!r}", permanent=True, recipient=True)
        smtp = self._offered(envelope_from, to)
        try:
            code, reply = smtp.data(message)
        except smtplib.SMTPDataError as error:
            code, reply = error.smtp_code, _bytes(error.smtp_error)
        except OSError as error:
            self.close()
            raise DeliveryError(
                f"{self._name} went away while it took the message and may have it: {error}",
                permanent=False,
            ) from error
        if code != DATA_TAKEN:
            self._refused(smtp, code, reply, "message")

    def close(self) -> None:
        """End the connection; the next message opens another."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with suppress(OSError):
                smtp.quit()
            smtp.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def _name(self) -> str:
        return f"mail server {self.server.host}:{self.server.port}"

    def _offered(self, sender: str, to: str) -> smtplib.SMTP:
        """The connection on which the server has agreed to sender and recipient."""
        try:
            return self._offer(sender, to)
        except (smtplib.SMTPServerDisconnected, ConnectionResetError, BrokenPipeError):
            self.close()
        except OSError as error:
            raise self._unreachable(error) from error
        try:
            return self._offer(sender, to)
        except OSError as error:
            raise self._unreachable(error) from error

    def _offer(self, sender: str, to: str) -> smtplib.SMTP:
        smtp = self._smtp or self._connected()
        self._smtp = smtp
        self._agreed(smtp, smtp.mail(sender), "sender")
        self._agreed(smtp, smtp.rcpt(to), "recipient")
        return smtp

    def _agreed(self, smtp: smtplib.SMTP, answer: tuple[int, bytes], step: Step) -> None:
        code, reply = answer
        if code == CLOSING:
            raise smtplib.SMTPServerDisconnected(_text(code, reply))
        if not 200 <= code < 300:
            self._refused(smtp, code, reply, step)

    def _refused(self, smtp: smtplib.SMTP, code: int, reply: bytes, step: Step) -> NoReturn:
        """Leave the connection fit for the next message, and say what the answer means."""
        try:
            smtp.rset()
        except OSError:
            self.close()
        raise refusal(code, reply, step)

    def _connected(self) -> smtplib.SMTP:
        server = self.server
        if server.scheme == "smtps":
            context = ssl.create_default_context()
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=self.timeout, context=context
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=self.timeout)
        try:
            if server.scheme == "smtp+starttls":
                smtp.starttls(context=ssl.create_default_context())
            if server.user:
                smtp.login(server.user, server.password)
            else:
                smtp.ehlo_or_helo_if_needed()
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _unreachable(self, error: OSError) -> DeliveryError:
        self.close()
        if isinstance(error, smtplib.SMTPAuthenticationError):
            answer = _text(error.smtp_code, _bytes(error.smtp_error))
            text = f"refused our login; check the user and password of the SMTP URL: {answer}"
        elif isinstance(error, smtplib.SMTPNotSupportedError):
            text = f"lacks what the SMTP URL asks for: {error}"
        else:
            text = f"cannot be used: {error}"
        return DeliveryError(f"{self._name} {text}", permanent=False)


def refusal(code: int, reply: bytes, step: Step) -> DeliveryError:
    """What a server's refusal of the sender, the recipient or the message means."""
    answer = _text(code, reply)
    if code in NEEDS_LOGIN:
        text = f"the mail server wants a login; check the SMTP URL: {answer}"
        return DeliveryError(text, permanent=False)
    permanent = code >= 500
    blamed = permanent and step != "sender" and _blames_recipient(code, answer, step)
    return DeliveryError(f"{step} refused: {answer}", permanent=permanent, recipient=blamed)


def _blames_recipient(code: int, answer: str, step: Step) -> bool:
    if ENHANCED.search(answer):
        return BAD_RECIPIENT.search(answer) is not None
    return step == "recipient" and code in REFUSED_RECIPIENT


def _text(code: int, reply: bytes) -> str:
    return " ".join(f"{code} {reply.decode('utf-8', 'replace')}".split())


def _bytes(reply: bytes | str) -> bytes:
    return reply if isinstance(reply, bytes) else reply.encode()
