"""A real IMAP server on loopback: Dovecot, a private instance with one mailbox of files."""

from __future__ import annotations

import getpass
import grp
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from imapclient import IMAPClient

from tests.certificates import Certificate, make_certificate

USER, PASSWORD = "bounces@dondoc.example.vn", "mật khẩu/1"
PATIENCE = 20


class ImapServer:
    """Ends with its block. ``url``: imaps, with user and password; ``inbox``: its maildir."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="dondoc-imap-"))
        self.certificate: Certificate = make_certificate("localhost", self.folder)
        self.imaps, self.imap = free_port(), free_port()
        self.inbox = self.folder / "mail"
        for name in ("new", "cur", "tmp"):
            (self.inbox / name).mkdir(parents=True)
        (self.folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n", encoding="utf-8")
        config = self.folder / "dovecot.conf"
        config.write_text(self._config(), encoding="utf-8")
        _open_to_all(self.folder)
        program = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        assert program, "Dovecot is missing. Install it: apt-get install dovecot-imapd"
        self._process = subprocess.Popen([program, "-F", "-c", str(config)])

    def url(self, scheme: str = "imaps", password: str = PASSWORD, folder: str = "") -> str:
        """Where the mailbox is."""
        port = self.imaps if scheme == "imaps" else self.imap
        who = f"{quote(USER, safe='')}:{quote(password, safe='')}"
        return f"{scheme}://{who}@localhost:{port}/{quote(folder)}"

    def put(self, *messages: bytes) -> None:
        """Deliver messages, in this order."""
        for message in messages:
            name = f"{time.time_ns()}.{len(message)}.x"
            (self.inbox / "tmp" / name).write_bytes(message)
            os.chmod(self.inbox / "tmp" / name, 0o666)
            (self.inbox / "tmp" / name).rename(self.inbox / "new" / name)

    def put_into(self, folder: str, message: bytes) -> None:
        """Deliver a message into a folder, which is made."""
        with self.client() as client:
            client.create_folder(folder)
            client.append(folder, message)

    def number(self, folder: str, which: str = "ALL") -> int:
        """How many messages lie in a folder."""
        with self.client() as client:
            client.select_folder(folder, readonly=True)
            return len(client.search(which))

    def empty(self) -> None:
        """Take all messages out of every folder."""
        with self.client() as client:
            for *_, name in client.list_folders():
                client.select_folder(name)
                client.delete_messages(client.search("ALL"))
                client.expunge()

    @contextmanager
    def client(self) -> Iterator[IMAPClient]:
        """Signed in, as any mail program is."""
        context = ssl.create_default_context(cafile=str(self.certificate.authority))
        with IMAPClient("localhost", self.imaps, ssl_context=context) as client:
            client.plain_login(USER, PASSWORD)
            yield client

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(PATIENCE)

    def __enter__(self) -> Self:
        until = time.monotonic() + PATIENCE
        while not _listens(self.imaps):
            assert self._process.poll() is None and time.monotonic() < until, self.log()
            time.sleep(0.05)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        """What the server has to say."""
        path = self.folder / "log"
        return path.read_text() if path.exists() else ""

    def _config(self) -> str:
        root = os.geteuid() == 0
        me, group = getpass.getuser(), grp.getgrgid(os.getegid()).gr_name
        inner = ("dovecot", "dovecot", "dovenull") if root else (me, group, me)
        return f"""
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{self.certificate.authority}
ssl_key = <{self.folder}/key.pem
disable_plaintext_auth = yes
auth_username_format = %u
default_internal_user = {inner[0]}
default_internal_group = {inner[1]}
default_login_user = {inner[2]}
first_valid_uid = 1
mail_location = maildir:{self.inbox}
passdb {{
  driver = passwd-file
  args = {self.folder}/users
}}
userdb {{
  driver = static
  args = uid={_uid(inner[0])} gid={_gid(inner[1])} home={self.folder}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.imap}
  }}
  inet_listener imaps {{
    port = {self.imaps}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
"""


def _uid(name: str) -> int:
    return pwd.getpwnam(name).pw_uid


def _gid(name: str) -> int:
    return grp.getgrnam(name).gr_gid


def _open_to_all(folder: Path) -> None:
    """Its processes run as a user of their own where the test is root's."""
    for path in [folder, *folder.rglob("*")]:
        os.chmod(path, 0o777 if path.is_dir() else 0o666)


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
