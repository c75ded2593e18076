"""A real mail server on loopback that can be told to misbehave, and counts what it sees."""

from __future__ import annotations

import contextlib
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser

USUAL = {b"DATA": "354 go on", b"QUIT": "221 bye"}


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that was taken: over which connection, to whom, which one."""

    connection: int
    to: str
    identity: str


@dataclass(slots=True)
class PostOffice:
    """What the server does, and what it has seen.

    ``answers``: to RCPT, by address or by domain, taken in turn and the last one for ever; "" is no
    answer until ``go_on``. ``looks``: seconds over a message before it is answered.
    ``per_connection``: messages after which it closes (421). ``most``: connections that it bears at
    once.
    """

    answers: dict[str, list[str]] = field(default_factory=dict)
    per_connection: int | None = None
    most: int | None = None
    looks: float = 0
    tls: ssl.SSLContext | None = None
    starttls: bool = False
    go_on: threading.Event = field(default_factory=threading.Event)
    taken: list[Taken] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    connections: int = 0
    at_once: int = 0
    most_at_once: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)

    @property
    def identities(self) -> list[str]:
        """The Message-IDs of what was taken."""
        return [one.identity for one in self.taken]

    def about(self, address: str) -> str | None:
        """The answer to a recipient."""
        with self.guard:
            self.asked.append(address)
            for name in (address, address.rpartition("@")[2]):
                if found := self.answers.get(name):
                    return found.pop(0) if len(found) > 1 else found[0]
        return "250 OK"


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        office: PostOffice = self.server.office  # type: ignore[attr-defined]
        with office.guard:
            office.connections += 1
            self.number = office.connections
            office.at_once += 1
            over = office.most is not None and office.at_once > office.most
            office.most_at_once = max(office.most_at_once, office.at_once)
        try:
            with contextlib.suppress(OSError):
                if office.tls and not office.starttls:
                    self._encrypt(office.tls)
                self._say("421 too many connections" if over else "220 hello")
                if not over:
                    self._converse(office)
        finally:
            self.connection.close()
            with office.guard:
                office.at_once -= 1

    def _converse(self, office: PostOffice) -> None:
        taken, to = 0, ""
        while raw := self.rfile.readline():
            command = raw[:4].upper()
            if command == b"STAR" and office.tls:
                self._say("220 go on")
                self._encrypt(office.tls)
                continue
            if command == b"MAIL" and taken == office.per_connection:
                self._say("421 enough for now")
                return
            if command == b"RCPT":
                to = raw.decode().partition("<")[2].partition(">")[0]
            answer = self._answer(office, command, to)
            if answer is None:
                return
            self._say(answer)
            if command == b"DATA":
                self._take(office, to)
                taken += 1
            if command == b"QUIT":
                return

    def _answer(self, office: PostOffice, command: bytes, to: str) -> str | None:
        if command == b"EHLO":
            return "250-hello\r\n250 STARTTLS" if office.starttls else "250 hello"
        if command != b"RCPT":
            return USUAL.get(command, "250 OK")
        answer = office.about(to)
        if answer == "":
            office.go_on.wait(60)
            return None
        return answer

    def _take(self, office: PostOffice, to: str) -> None:
        message = b"".join(iter(self.rfile.readline, b".\r\n"))
        identity = str(BytesHeaderParser().parsebytes(message)["Message-ID"])
        with office.guard:
            office.taken.append(Taken(self.number, to, identity))
        time.sleep(office.looks)
        self._say("250 taken")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def _encrypt(self, context: ssl.SSLContext) -> None:
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", 0)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that breaks off is what tests are about."""


@contextmanager
def serving(office: PostOffice) -> Iterator[int]:
    """The office at work; gives its port."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.office = office  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            office.go_on.set()
            server.shutdown()
            thread.join()
