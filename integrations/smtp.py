"""Handing messages to an SMTP server over a connection that is kept."""

from __future__ import annotations

import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from types import TracebackType
from typing import Any, NoReturn, Self

from integrations.smtp_answers import (
    CLOSING,
    DATA_TAKEN,
    DeliveryError,
    Slows,
    Step,
    in_one_line,
    refusal,
)
from integrations.smtp_url import Server
from plans.errors import InvalidInput
from plans.store.claims import MAY_HAVE_IT

__all__ = ["DeliveryError", "Server", "SmtpTransport", "refusal"]

READY_FOR_DATA = 354
MOST_MESSAGES = 500
"""On one connection; servers that allow fewer say so (421), which is no failure."""
LONGEST_IDLE = 30.0
"""Seconds after which a connection is opened anew: a firewall may have dropped it silently."""

FINAL_ANSWER = 600.0
"""Seconds to wait, at least, for the answer to a whole message (RFC 5321, 4.5.3.2.6): while a
filter looks at it we cannot know whether it was taken, and asking again would repeat it."""

GOODBYE = 2.0
"""Seconds that a server has to answer that we leave."""


class SmtpTransport:
    """One connection, kept between messages; for one thread.

    It is opened anew after ``MOST_MESSAGES``, after a pause, and once where the server has dropped
    it before a message was handed over. After that point nothing is repeated here: the server may
    have taken the message.
    """

    def __init__(
        self, url: str, timeout: float = 20, clock: Callable[[], float] = time.monotonic
    ) -> None:
        try:
            self.server = Server.of(url)
        except ValueError as error:
            raise InvalidInput(f"SMTP URL {error}") from None
        self.timeout = timeout
        self._clock = clock
        self._smtp: smtplib.SMTP | None = None
        self._socket: socket.socket | None = None
        self._sent, self._used = 0, 0.0
        self._tls: ssl.SSLContext | None = None
        self._torn = False

    def send(self, envelope_from: str, to: str, message: bytes) -> None:
        """Hand one message over.

        Raises:
            DeliveryError: it was not taken, or it is not known whether it was (temporary).
        """
        if not (to.isascii() and to.isprintable()):
            raise DeliveryError(f"not a mail address: {to!r}", permanent=True, recipient=True)
        self._torn = False
        self._renew()
        smtp = self._offered(envelope_from, to)
        self._begun(smtp)
        try:
            code, reply = _handed_over(smtp, message)
        except OSError as error:
            self.close()
            raise DeliveryError(
                f"{self._name} went away while it took the message and {MAY_HAVE_IT}: {error}",
                permanent=False,
                slows="silence" if _timed_out(error) else None,
            ) from error
        self._sent, self._used = self._sent + 1, self._clock()
        if code != DATA_TAKEN:
            self._refused(smtp, code, reply, "message")

    def _begun(self, smtp: smtplib.SMTP) -> None:
        """The server waits for the message; until its end it has nothing of it."""
        try:
            code, reply = smtp.docmd("DATA")
        except OSError as error:
            self.close()
            raise DeliveryError(
                f"{self._name} went away before it took the message: {error}",
                permanent=False,
                slows="silence" if _timed_out(error) else None,
            ) from error
        if code != READY_FOR_DATA:
            self._used = self._clock()
            self._refused(smtp, code, reply, "message")

    def hold(self, line: socket.socket | None) -> None:
        """The socket that ``abort`` ends."""
        self._socket = line

    def abort(self) -> None:
        """End what goes on now; for another thread, when a server takes too long over it."""
        self._torn = True
        if (line := self._socket) is not None:
            with suppress(OSError):
                # Not TLS's own, which is for the thread that reads.
                socket.socket.shutdown(line, socket.SHUT_RDWR)

    def close(self) -> None:
        """End the connection; the next message opens another."""
        smtp, self._smtp, self._sent = self._smtp, None, 0
        if smtp is not None:
            with suppress(OSError):
                if smtp.sock:
                    smtp.sock.settimeout(min(self.timeout, GOODBYE))
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

    def _renew(self) -> None:
        idle = self._clock() - self._used
        if self._smtp is not None and (self._sent >= MOST_MESSAGES or idle > LONGEST_IDLE):
            self.close()

    def _offered(self, sender: str, to: str) -> smtplib.SMTP:
        """The connection on which the server has agreed to sender and recipient."""
        try:
            return self._offer(sender, to)
        except (smtplib.SMTPServerDisconnected, ConnectionResetError, BrokenPipeError) as error:
            if self._torn or _timed_out(error):
                raise self._unreachable(error) from error
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
        try:
            self._agreed(smtp, smtp.rcpt(to), "recipient")
        except OSError as error:
            raise (_Stalled(str(error)) if _timed_out(error) else error) from error
        return smtp

    def _agreed(self, smtp: smtplib.SMTP, answer: tuple[int, bytes], step: Step) -> None:
        code, reply = answer
        if code == CLOSING:
            raise _Closed(in_one_line(code, reply), "server" if step == "sender" else "domain")
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
        smtp = self._line()
        try:
            self._greeted(smtp)
            if server.scheme == "smtp+starttls":
                smtp.starttls(context=self._context())
                self.hold(smtp.sock)
            if server.user:
                smtp.login(server.user, server.password)
            else:
                smtp.ehlo_or_helo_if_needed()
        except BaseException:
            smtp.close()
            raise
        self._sent, self._used = 0, self._clock()
        return smtp

    def _line(self) -> smtplib.SMTP:
        """Not connected yet, so that ``abort`` can end the greeting too."""
        if self.server.scheme == "smtps":
            return _TlsLine(self, timeout=self.timeout, context=self._context())
        return _Line(self, timeout=self.timeout)

    def _greeted(self, smtp: smtplib.SMTP) -> None:
        code, reply = smtp.connect(self.server.host, self.server.port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, reply)

    def _context(self) -> ssl.SSLContext:
        """Verifies the server's certificate and name; read once, since all authorities' are."""
        self._tls = self._tls or ssl.create_default_context()
        return self._tls

    def _unreachable(self, error: OSError) -> DeliveryError:
        opened = self._smtp is not None or isinstance(error, _Closed | _Stalled)
        self.close()
        return DeliveryError(
            f"{self._name} {_said(error)}", permanent=False, slows=_slowed(error), opened=opened
        )


class _Closed(smtplib.SMTPServerDisconnected):
    """The server ends the connection (421); ``slows``: at whose limit, where it is a limit."""

    def __init__(self, answer: str, slows: Slows) -> None:
        super().__init__(answer)
        self.slows: Slows = slows


class _Stalled(TimeoutError):
    """No answer about a recipient."""


class _Line(smtplib.SMTP):
    """Tells its transport of the socket, and asks for this machine's name once, not each time."""

    def __init__(self, owner: SmtpTransport, **given: Any) -> None:
        self._owner = owner
        super().__init__(local_hostname=_own_name(), **given)
        # Known only to connect() otherwise; TLS checks the certificate's name against it.
        self._host = owner.server.host

    def _get_socket(self, *given: Any) -> Any:
        found = super()._get_socket(*given)  # type: ignore[misc]
        # A command waits for its answer anyway; held back as well, it would wait for a timer.
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._owner.hold(found)
        return found


class _TlsLine(_Line, smtplib.SMTP_SSL):
    """TLS from the first byte."""


@lru_cache(1)
def _own_name() -> str:
    """How we introduce ourselves; looking it up may take seconds where no name server answers."""
    return smtplib.SMTP().local_hostname


def _handed_over(smtp: smtplib.SMTP, message: bytes) -> tuple[int, bytes]:
    """The answer to a message whose lines end in CRLF; ``OSError`` where none came."""
    # A line that begins with a dot gets another (RFC 5321, 4.5.2); hardly any message has one.
    quoted = message.replace(b"\r\n.", b"\r\n..")
    quoted = b"." + quoted if quoted.startswith(b".") else quoted
    smtp.send(quoted + (b".\r\n" if quoted.endswith(b"\r\n") else b"\r\n.\r\n"))
    with _patience(smtp):
        return smtp.getreply()


@contextmanager
def _patience(smtp: smtplib.SMTP) -> Iterator[None]:
    line = smtp.sock
    usual = line.gettimeout() if line else None
    if line is None or usual is None:
        yield
        return
    line.settimeout(max(usual, FINAL_ANSWER))
    yield
    with suppress(OSError):
        line.settimeout(usual)


def _said(error: OSError) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        answer = in_one_line(error.smtp_code, _bytes(error.smtp_error))
        return f"refused our login; check the user and password of the SMTP URL: {answer}"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return f"lacks what the SMTP URL asks for: {error}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"cannot be used: {in_one_line(error.smtp_code, _bytes(error.smtp_error))}"
    return f"cannot be used: {error}"


def _slowed(error: OSError) -> Slows | None:
    if isinstance(error, _Closed):
        return error.slows
    if isinstance(error, smtplib.SMTPResponseException) and 400 <= error.smtp_code < 500:
        return "server"
    return "silence" if isinstance(error, _Stalled) else None


def _timed_out(error: OSError) -> bool:
    """Also where ``smtplib`` calls it a lost connection."""
    return isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)


def _bytes(reply: bytes | str) -> bytes:
    return reply if isinstance(reply, bytes) else reply.encode()
