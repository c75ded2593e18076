"""The mailbox that reports come back to: by IMAP, or a maildir that a mail server delivers into.

Messages are read in batches, in their order, without being marked as read. What was taken is filed
away (IMAP: moved to the folder ``FILED``; maildir: to ``cur``, as read); what is a person's to see
stays, unread, and is not looked at again.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self
from urllib.parse import unquote, urlsplit

from integrations.bounce_reports import LONGEST
from plans.errors import OutsideError

if TYPE_CHECKING:
    from imapclient import IMAPClient

PORTS = {"imaps": 993, "imap+starttls": 143, "imap": 143}
LOOPBACK = ("localhost", "127.0.0.1", "::1")
FILED = "dondoc-processed"
BATCH = 20
CONNECT_SECONDS, ANSWER_SECONDS = 20, 60
READ, UNREAD = ":2,S", ":2,"


class MailboxError(OutsideError):
    """The bounce mailbox cannot be read. ``permanent``: its settings are wrong."""

    code = "bounce-mailbox"


@dataclass(frozen=True, slots=True)
class Where:
    """A bounce mailbox; ``scheme`` is one of ``PORTS``, or ``maildir`` (then ``folder`` is its
    path)."""

    scheme: str
    folder: str
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def of(cls, url: str) -> Self:
        """From ``imaps://user:pass@host[:port][/folder]`` and the like, or ``maildir:///path``.

        Raises:
            ValueError: it is none, or would send a password in clear over a network. The message
                repeats nothing of the URL, which holds a password.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            parts, host, port = urlsplit(""), None, None
        folder = unquote(parts.path)
        if parts.scheme == "maildir" and not host and Path(folder).is_absolute():
            return cls("maildir", folder)
        if parts.scheme not in PORTS or not host or parts.query or parts.fragment:
            raise ValueError(
                "must be imaps:// or imap+starttls://user:pass@host[:port][/folder], or "
                "maildir:///path; write signs such as / # ? @ in user or pass as %2F %23 %3F %40"
            )
        if not parts.username or not parts.password:
            raise ValueError("must name a user and a password: imaps://user:pass@host/INBOX")
        if parts.scheme == "imap" and host not in LOOPBACK:
            raise ValueError("would send the password in clear: use imaps:// or imap+starttls://")
        user, password = unquote(parts.username), unquote(parts.password)
        folder = folder.strip("/") or "INBOX"
        return cls(parts.scheme, folder, host, port or PORTS[parts.scheme], user, password)

    @property
    def name(self) -> str:
        """Which it is, without the password."""
        if self.scheme == "maildir":
            return f"maildir {self.folder}"
        return f"mailbox {self.folder} of {self.user} at {self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that nobody has looked at yet; ``raw``: its first ``LONGEST`` bytes."""

    key: str
    raw: bytes


class Mailbox(Protocol):
    """Read by one run at a time."""

    place: str | None
    """Up to where it is looked through with the last batch, for the next run; None: the mailbox
    itself knows."""

    def batches(self) -> Iterator[Sequence[Letter]]:
        """What came since ``place``, ``BATCH`` at a time, the oldest first."""

    def whole(self, key: str, most: int) -> bytes | None:
        """All of a message of the present batch; None: it has more than ``most`` bytes, or has
        gone."""

    def file(self, taken: Sequence[str], left: Sequence[str]) -> None:
        """Put a batch away, by its letters' keys; ``left`` stays for a person."""

    def unread(self) -> int:
        """How many messages lie there for a person to see."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def open_mailbox(where: Where, place: str | None) -> Mailbox:
    """The mailbox, to be used as a context; ``place``: as an earlier run left it."""
    if where.scheme == "maildir":
        return Maildir(Path(where.folder))
    return ImapMailbox(where, place)


class Maildir:
    """Files as a mail server delivers them: what is in ``new`` nobody has looked at."""

    place: str | None = None

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def batches(self) -> Iterator[Sequence[Letter]]:
        """What lies in ``new``, the oldest first."""
        with self._explained():
            names = sorted(one.name for one in (self.folder / "new").iterdir())
        for at in range(0, len(names), BATCH):
            with self._explained():
                found = [self._letter(name) for name in names[at : at + BATCH]]
            yield [one for one in found if one]

    def _letter(self, name: str) -> Letter | None:
        path = self.folder / "new" / name
        if path.is_symlink() or not path.is_file():
            return None  # no message, or another program has moved it
        with suppress(FileNotFoundError), path.open("rb") as file:
            return Letter(name, file.read(LONGEST))
        return None

    def whole(self, key: str, most: int) -> bytes | None:
        """Its file, where it still lies in ``new``."""
        with self._explained(), suppress(FileNotFoundError):
            path = self.folder / "new" / key
            return path.read_bytes() if path.stat().st_size <= most else None
        return None

    def file(self, taken: Sequence[str], left: Sequence[str]) -> None:
        """To ``cur``, as a mail program would: read, or looked at and unread."""
        with self._explained():
            for names, flags in ((taken, READ), (left, UNREAD)):
                for name in names:
                    with suppress(FileNotFoundError):
                        target = name.partition(":2,")[0] + flags
                        (self.folder / "new" / name).rename(self.folder / "cur" / target)

    def unread(self) -> int:
        """What lies in ``cur`` without the flag of having been read."""
        with self._explained():
            names = [one.name for one in (self.folder / "cur").iterdir()]
        return sum("S" not in name.rpartition(":2,")[2] for name in names)

    def __enter__(self) -> Self:
        for name in ("new", "cur"):
            if not (self.folder / name).is_dir():
                raise MailboxError(f"{self.folder} is no maildir: it has no {name}", permanent=True)
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is held open."""

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise MailboxError(f"maildir {self.folder}: {error}", permanent=False) from error


class ImapMailbox:
    """One folder of an IMAP server; ``place`` is UIDVALIDITY/UID of what was looked at last."""

    def __init__(self, where: Where, place: str | None) -> None:
        self.where, self.place = where, place
        self._validity, self._client = 0, None

    def batches(self) -> Iterator[Sequence[Letter]]:
        """By their UIDs, which only grow while the folder's UIDVALIDITY stays."""
        with self._explained():
            last = self._last()
            # "n:*" names the newest message even where that is older.
            uids = sorted(u for u in self._imap.search(["UID", f"{last + 1}:*"]) if u > last)
        for at in range(0, len(uids), BATCH):
            some = uids[at : at + BATCH]
            with self._explained():
                found = self._imap.fetch(some, [f"BODY.PEEK[]<0.{LONGEST}>"])
            bodies = {uid: found[uid].get(b"BODY[]<0>", b"") for uid in some if uid in found}
            self.place = f"{self._validity}/{some[-1]}"
            yield [Letter(str(uid), raw) for uid, raw in bodies.items()]

    def _last(self) -> int:
        validity, _, uid = (self.place or "").partition("/")
        return int(uid) if validity == str(self._validity) else 0

    def whole(self, key: str, most: int) -> bytes | None:
        """By its UID, once its size is known: a server would send all of it."""
        uid = int(key)
        with self._explained():
            size = self._imap.fetch([uid], ["RFC822.SIZE"]).get(uid, {}).get(b"RFC822.SIZE")
            if size is None or size > most:
                return None
            found = self._imap.fetch([uid], ["BODY.PEEK[]"]).get(uid, {})
        raw: bytes | None = found.get(b"BODY[]")
        return raw

    def file(self, taken: Sequence[str], left: Sequence[str]) -> None:  # noqa: ARG002 - it stays
        """Moved to the folder of what was taken; a server that cannot move marks it as read."""
        uids = [int(key) for key in taken]
        if not uids:
            return
        with self._explained():
            if self._imap.has_capability("MOVE"):
                self._imap.move(uids, self._folder())
            elif self._imap.has_capability("UIDPLUS"):
                self._imap.copy(uids, self._folder())
                self._imap.delete_messages(uids, silent=True)
                self._imap.uid_expunge(uids)
            else:
                self._imap.add_flags(uids, [b"\\Seen"], silent=True)

    def _folder(self) -> str:
        prefix = ""
        if self._imap.has_capability("NAMESPACE") and (mine := self._imap.namespace().personal):
            prefix = mine[0][0]
        if not self._imap.folder_exists(prefix + FILED):
            self._imap.create_folder(prefix + FILED)
        return prefix + FILED

    def unread(self) -> int:
        """What lies in the folder unread."""
        with self._explained():
            return len(self._imap.search("UNSEEN"))

    @property
    def _imap(self) -> IMAPClient:
        assert self._client is not None
        return self._client

    def __enter__(self) -> Self:
        with self._explained():
            self._client = self._connected()
            try:
                self._login()
                self._validity = int(self._imap.select_folder(self.where.folder)[b"UIDVALIDITY"])
            except BaseException:
                self._close()
                raise
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(Exception):
                client.logout()
            with suppress(Exception):
                client.shutdown()

    def _connected(self) -> Any:
        from imapclient import IMAPClient, SocketTimeout

        secure = self.where.scheme == "imaps"
        context = ssl.create_default_context() if self.where.scheme != "imap" else None
        waits = SocketTimeout(CONNECT_SECONDS, ANSWER_SECONDS)
        where = self.where
        client = IMAPClient(
            where.host,
            where.port,
            ssl=secure,
            ssl_context=context if secure else None,
            timeout=waits,
        )
        try:
            if where.scheme == "imap+starttls":
                client.starttls(context)
        except BaseException:
            with suppress(OSError):
                client.shutdown()
            raise
        return client

    def _login(self) -> None:
        from imapclient.exceptions import LoginError

        where, plain = self.where, self._imap.has_capability("AUTH=PLAIN")
        if not plain and not (where.user + where.password).isascii():
            raise MailboxError(f"{where.name}: its server takes ASCII alone", permanent=True)
        try:
            login = self._imap.plain_login if plain else self._imap.login
            login(where.user, where.password)
        except LoginError as error:
            raise MailboxError(
                f"{where.name} refused our login; check user and password of DONDOC_BOUNCE_URL: "
                f"{_plain(error)}",
                permanent=True,
            ) from None

    @contextmanager
    def _explained(self) -> Iterator[None]:
        from imapclient.exceptions import IMAPClientError

        try:
            yield
        except (OSError, IMAPClientError) as error:
            said = f"{self.where.name} cannot be used: {_plain(error)}"
            raise MailboxError(said, permanent=False) from error


def _plain(error: Exception) -> str:
    """A server's words in one line; the library shows bytes as Python would."""
    if isinstance(error, OSError):
        return " ".join(str(error).split())[:300] or type(error).__name__
    some = [one.decode("utf-8", "replace") if isinstance(one, bytes) else one for one in error.args]
    return " ".join(" ".join(map(str, some)).split())[:300] or type(error).__name__
