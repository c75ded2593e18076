"""Dondoc on several processes, as ``deploy/`` says it, on loopback and without containers.

The shipped settings, nginx configuration and scripts are what runs; only addresses, ports and paths
are other ones.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from dotenv import dotenv_values
from sqlalchemy import Engine, create_engine, text

from dondoc.prefect_home import answers, free_port
from dondoc.serving import is_ready
from integrations.client import Client
from plans.store import open_engine
from tests.builders import build_plan
from tests.certificates import make_certificate
from tests.serving import COMMAND, ROOT, _below, _command, alive, clean_environment, declare, until

DEPLOY = ROOT / "deploy"
PREFECT = (sys.executable, "-m", "prefect", "--no-prompt")
SECRET_KEY = "one key for all processes, in the test of several"
AUTH = "dondoc:a password of the test"


def shipped(name: str) -> dict[str, str]:
    """The settings of an example that is shipped."""
    return {key: value or "" for key, value in dotenv_values(DEPLOY / name).items()}


def nginx() -> str:
    """The program; missing, the test fails and says what to do."""
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.fail("nginx is missing, and make test could not install it: nginx-light")
    return found


class Stack:
    """The processes, by name; ``start`` and ``kill`` them one by one."""

    def __init__(self, folder: Path, server: str, smtp_url: str) -> None:
        """``server``: PostgreSQL's URL with ``{}`` for a database's name."""
        self.folder, self.data = folder, folder / "data"
        self.api = [f"http://127.0.0.1:{free_port()}" for _ in range(2)]
        self.port, plain = free_port(), free_port()
        self.address, self.plain = f"https://localhost:{self.port}", f"http://127.0.0.1:{plain}"
        self.prefect = f"http://127.0.0.1:{free_port()}/api"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        for name in ("beyond", "prefect"):
            _make_database(server, name)
        self.database_url = server.format("beyond")
        self.environment = self._environment(server, smtp_url)
        self.tls = self._write_nginx(plain)

    def _environment(self, server: str, smtp_url: str) -> dict[str, str]:
        secrets = self.folder / "secrets"
        secrets.mkdir()
        own = {
            "DONDOC_DATABASE_URL": self.database_url,
            "DONDOC_SECRET_KEY": SECRET_KEY,
            "DONDOC_SMTP_URL": smtp_url,
            "PREFECT_API_AUTH_STRING": AUTH,
            "PREFECT_SERVER_API_AUTH_STRING": AUTH,
            "PREFECT_API_DATABASE_CONNECTION_URL": server.format("prefect").replace(
                "psycopg", "asyncpg"
            ),
        }
        for name, value in own.items():
            (secrets / name).write_text(f"{value}\n")
        plans = declare(self.folder / "catalogue", build_plan())
        return (
            clean_environment(self.data, plans)
            | shipped("dondoc.env.example")
            | shipped("prefect.env.example")
            | {f"{name}_FILE": str(secrets / name) for name in own}
            | {
                "DONDOC_DATA_DIR": str(self.data),
                "DONDOC_PLANS_DIR": str(plans),
                "DONDOC_BASE_URL": self.address,
                "DONDOC_RATE_LIMIT": "100000/second",
                "PREFECT_API_URL": self.prefect,
                "PREFECT_WORKER_QUERY_SECONDS": "1",
            }
        )

    def _write_nginx(self, plain: int) -> ssl.SSLContext:
        folder = self.folder / "nginx"
        (folder / "dondoc").mkdir(parents=True)
        given = (DEPLOY / "nginx" / "dondoc.conf").read_text()
        given = re.sub(r" *listen \[::\].*\n", "", given)
        given = given.replace("listen 80;", f"listen 127.0.0.1:{plain};")
        given = given.replace("listen 443 ", f"listen 127.0.0.1:{self.port} ")
        (folder / "dondoc.conf").write_text(given)
        processes = (DEPLOY / "nginx" / "processes.conf").read_text()
        for shown, url in zip(("127.0.0.1:8001", "127.0.0.1:8002"), self.api, strict=True):
            assert shown in processes
            processes = processes.replace(shown, url.removeprefix("http://"))
        (folder / "dondoc" / "processes.conf").write_text(processes)
        (folder / "nginx.conf").write_text(_main(folder))
        certificate = make_certificate("localhost", folder / "dondoc")
        return ssl.create_default_context(cafile=str(certificate.authority))

    # --- processes ---

    def start(self, name: str, *command: str, **more: str) -> subprocess.Popen[bytes]:
        """Start a process under a name, with its output in a log of that name."""
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [str(DEPLOY / "with-secrets"), *command],
                env=self.environment | more,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.processes[name] = process
        return process

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command of ours to its end."""
        return subprocess.run(
            [str(DEPLOY / "with-secrets"), *COMMAND, *command],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def kill(self, name: str) -> None:
        """SIGKILL; none of its children are told."""
        self.processes[name].kill()
        self.processes[name].wait()

    def children(self, name: str, *words: str) -> list[int]:
        """Processes below one whose command has these words."""
        below = _below(self.processes[name].pid)
        return [pid for pid in below if all(word in _command(pid) for word in words)]

    def close(self) -> None:
        """End all: our own processes, by their ids."""
        left = [pid for name in self.processes for pid in self.children(name)]
        for process in self.processes.values():
            process.kill()
            process.wait()
        for pid in left:
            if alive(pid):
                os.kill(pid, signal.SIGKILL)

    # --- what they are ---

    def start_prefect(self) -> None:
        port = self.prefect.split(":")[2].partition("/")[0]
        home = {"PREFECT_HOME": str(self.folder / "prefect")}
        self.start("prefect", *PREFECT, "server", "start", "--port", port, **home)

    def start_api(self, number: int) -> None:
        port = self.api[number].rpartition(":")[2]
        self.start(f"api-{number}", *COMMAND, "serve", "--port", port)

    def wait_api(self, number: int) -> None:
        process = self.processes[f"api-{number}"]
        until(lambda: process.poll() is not None or is_ready(self.api[number]), "an API process")
        assert process.poll() is None, self.log(f"api-{number}")

    def start_nginx(self) -> None:
        self.start("nginx", nginx(), "-c", str(self.folder / "nginx" / "nginx.conf"))
        with self.client() as client:
            until(lambda: self.processes["nginx"].poll() is not None or _opens(client), "nginx")
        assert self.processes["nginx"].poll() is None, self.log("nginx")

    def start_worker(self, name: str) -> None:
        command = ("worker", "start", "--pool", "dondoc", "--type", "process", "--name", name)
        home = {"PREFECT_HOME": str(self.folder / name)}
        self.start(name, *PREFECT, *command, **home)

    def wait_prefect(self) -> None:
        process = self.processes["prefect"]
        until(lambda: process.poll() is not None or answers(self.prefect), "Prefect's server")
        assert process.poll() is None, self.log("prefect")

    # --- how they are asked ---

    def client(self, url: str | None = None, **given: Any) -> httpx.Client:
        """Of the one address, or of one process."""
        return httpx.Client(
            base_url=url or self.address, verify=self.tls, trust_env=False, timeout=30, **given
        )

    def caller(self, token: str) -> Client:
        """The client that departments use, at the one address."""
        transport = httpx.HTTPTransport(verify=self.tls, trust_env=False)
        return Client(self.address, token, transport=transport)

    def prefect_client(self) -> httpx.Client:
        user, _, password = AUTH.partition(":")
        auth = (user, password)
        return httpx.Client(base_url=self.prefect, auth=auth, trust_env=False, timeout=30)

    def engine(self) -> Engine:
        return open_engine(self.database_url)


def _main(folder: Path) -> str:
    """What a distribution's own nginx.conf does: it compresses, and includes ours."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n".join(f"    {one}_temp_path {folder}/{one};" for one in kinds)
    user = "user root;" if os.geteuid() == 0 else ""
    return f"""
{user}
daemon off;
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
{temporary}
    gzip on;
    gzip_types application/json;
    access_log {folder}/access.log;
    include {folder}/dondoc.conf;
}}
"""


def _make_database(server: str, name: str) -> None:
    engine = create_engine(server.format("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()


def _opens(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").status_code < 600
    except httpx.TransportError:
        return False
