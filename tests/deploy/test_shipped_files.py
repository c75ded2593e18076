"""What ``deploy/`` ships names only what there is: settings, commands, files, one version each."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prefect.settings import Settings as PrefectSettings
from prefect.settings.legacy import _get_valid_setting_names
from ruamel.yaml import YAML

import flows.common  # noqa: F401 - all rooms' settings become known
from dondoc.cli import app
from dondoc.serving import GRACE, KEEP_ALIVE
from plans.settings import Settings, _known
from plans.web_settings import WebSettings
from tests.deploy.stack import DEPLOY, shipped
from tests.serving import ROOT

UNITS = sorted((DEPLOY / "systemd").iterdir())
SHIPPED = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
GUIDE = ROOT / "docs" / "deployment.md"
BIN = Path(sys.executable).parent
SPEAKABLE = re.compile(r"dondoc ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load((DEPLOY / "compose.yaml").read_text())
    return found


def environments(compose: dict[str, Any]) -> Iterator[dict[str, str]]:
    for service in compose["services"].values():
        yield service.get("environment", {})
    yield shipped("dondoc.env.example")
    yield shipped("prefect.env.example")


@pytest.mark.parametrize("path", [*SHIPPED, GUIDE], ids=lambda one: one.name)
def test_every_setting_is_known(path: Path) -> None:
    text = path.read_text()
    named = set(re.findall(r"\bDONDOC_[A-Z_]+[A-Z]\b", text))
    assert named <= _known(), path
    prefect = set(re.findall(r"\bPREFECT_[A-Z_]+[A-Z]\b", text)) - {"PREFECT_HOME"}
    known = _get_valid_setting_names(PrefectSettings)
    assert {re.sub("_FILE$", "", name) for name in prefect} <= known, path


def test_the_examples_say_what_the_program_takes() -> None:
    given = shipped("dondoc.env.example")
    fields = {name.removeprefix("DONDOC_").lower(): value for name, value in given.items()}
    settings, web = Settings.model_validate(fields), WebSettings.model_validate(fields)

    assert settings.base_url == "https://dondoc.example.vn"
    assert web.proxies == ["127.0.0.1"]


def test_nginx_takes_what_the_program_takes_and_lets_go_before_it() -> None:
    given = (DEPLOY / "nginx" / "dondoc.conf").read_text()
    settings, web = Settings(), WebSettings()
    most = settings.upload_limit_mb + web.body_limit_kb // 1024

    assert f"client_max_body_size {most}m;" in given
    assert f"at most {settings.upload_limit_mb} MB" in given
    [kept] = re.findall(r"^    keepalive_timeout (\d+)s;", given, re.MULTILINE)
    assert int(kept) < KEEP_ALIVE
    assert "non_idempotent" not in "".join(
        line for line in given.splitlines() if not line.strip().startswith("#")
    )
    assert "4200" not in given


def test_every_command_is_one_of_ours(compose: dict[str, Any]) -> None:
    said = [" ".join(one["command"]) for one in compose["services"].values() if "command" in one]
    for unit in UNITS:
        said += re.findall(r"^Exec\w+=(.*)$", unit.read_text(), re.MULTILINE)
    # The guide's, too.
    said += re.findall(r"`([^`\n]*dondoc [^`\n]*)`", GUIDE.read_text())
    found = {match for text in said for match in SPEAKABLE.findall(text.replace("/bin/", " "))}

    assert {("serve", ""), ("prepare", ""), ("deploy", ""), ("db", "backup")} <= found
    for first, second in found:
        group = app[first]
        assert not second or group[second], f"dondoc {first} {second}"


def test_the_compose_file_is_whole(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        image, _, version = service["image"].partition(":")
        assert re.fullmatch(r"[a-z]+", image), "no registry's host"
        assert re.match(r"\d+\.\d+", version), f"{name}: a version of its own"
        assert set(service.get("secrets", ())) <= compose["secrets"].keys()
        assert set(service.get("depends_on", {})) <= compose["services"].keys()
        one_off = name in ("prepare", "deployments", "backup")
        assert one_off or "healthcheck" in service, name
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            own = ("./certificates/", "./plans")
            there = (DEPLOY / source).exists() if source[0] == "." else source in compose["volumes"]
            assert there or source.startswith(own), volume
    assert compose["services"]["api"]["deploy"]["replicas"] == 2
    assert compose["services"]["worker"]["deploy"]["replicas"] == 2
    assert "ports" not in compose["services"]["prefect"]


def test_secrets_are_files(compose: dict[str, Any]) -> None:
    secret = re.compile(r"(DATABASE_URL|SECRET_KEY|SMTP_URL|AUTH_STRING|CONNECTION_URL|PASSWORD)$")
    for environment in environments(compose):
        assert not [name for name in environment if secret.search(name)]


def test_who_may_command_the_workers(compose: dict[str, Any]) -> None:
    """Whoever has Prefect's password runs code on the workers: no process that others reach."""
    given = {
        name
        for name, one in compose["services"].items()
        if "prefect-auth" in one.get("secrets", ())
    }
    named = {
        name
        for name, one in compose["services"].items()
        if any(
            value == "/run/secrets/prefect-auth" for value in one.get("environment", {}).values()
        )
    }
    assert given == named == {"prefect", "worker", "deployments"}


def test_postgresql_takes_as_many_connections_as_the_guide_counts(compose: dict[str, Any]) -> None:
    guide = GUIDE.read_text()
    formula = r"(\d+) × API processes \+ (\d+) × flow runs \+ (\d+) for Prefect \+ (\d+),\s"
    [numbers] = re.findall(formula + r"+flow runs being (\d+) × workers", guide)
    an_api, a_run, prefect, spare, at_once = map(int, numbers)
    services = compose["services"]
    worker = services["worker"]["command"]
    assert worker[worker.index("--limit") + 1] == str(at_once)
    assert f"--limit {at_once}" in (DEPLOY / "systemd" / "dondoc-worker@.service").read_text()

    def needed(apis: int, workers: int) -> int:
        return an_api * apis + a_run * at_once * workers + prefect + spare

    shipped = needed(*(services[name]["deploy"]["replicas"] for name in ("api", "worker")))
    assert f"As shipped that is {shipped}," in guide
    [command] = [one for one in services["postgres"]["command"] if "max_connections" in one]
    most = int(command.partition("=")[2])
    assert f"ALTER SYSTEM SET max_connections = {most}" in guide
    header = (DEPLOY / "compose.yaml").read_text()
    scales = re.findall(r"--scale api=(\d+) --scale worker=(\d+)", guide + header)
    assert len(scales) == 2
    for scale in [(2, 2), *(tuple(map(int, one)) for one in scales)]:
        assert needed(*scale) < most


def test_backups_are_made_by_tools_as_new_as_the_server(compose: dict[str, Any]) -> None:
    [client] = re.findall(r"postgresql-client-(\d+)", (DEPLOY / "Dockerfile").read_text())
    assert compose["services"]["postgres"]["image"].startswith(f"postgres:{client}.")


def test_what_the_image_holds_is_there() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    assert [one for one in lines if one.startswith("FROM ")] == ["FROM python:3.11-slim-trixie"]
    for line in lines:
        if line.startswith("COPY "):
            for source in line.split()[1:-1]:
                assert (ROOT / source).exists(), line


def test_processes_end_before_they_are_killed(compose: dict[str, Any]) -> None:
    unit = read(DEPLOY / "systemd" / "dondoc-api@.service")
    assert int(unit["Service"]["TimeoutStopSec"]) > GRACE
    assert int(compose["services"]["api"]["stop_grace_period"].removesuffix("s")) > GRACE


# --- units ----------------------------------------------------------------------------------------


def read(path: Path) -> configparser.ConfigParser:
    found = configparser.ConfigParser(
        interpolation=None, strict=False, delimiters=("=",), comment_prefixes=("#",)
    )
    found.optionxform = str  # type: ignore[method-assign,assignment]
    found.read_string(path.read_text())
    return found


@pytest.mark.parametrize("path", UNITS, ids=lambda one: one.name)
def test_units(path: Path) -> None:
    unit = read(path)
    assert unit["Unit"]["Description"]
    if path.suffix == ".timer":
        assert (path.with_suffix(".service")).exists()
        return
    service = unit["Service"]
    assert service["User"] not in ("", "root")
    hardened = {"NoNewPrivileges": "yes", "ProtectSystem": "strict", "CapabilityBoundingSet": ""}
    assert {name: service[name] for name in hardened} == hardened
    assert "StateDirectory" in service
    for line in path.read_text().splitlines():
        if line.startswith("EnvironmentFile="):
            assert (DEPLOY / f"{Path(line.partition('=')[2]).name}.example").exists()
        if match := re.match(r"Environment=\w+_FILE=%d/(.+)", line):
            assert f"LoadCredential={match[1]}:/etc/dondoc/secrets/" in path.read_text()


def test_systemd_takes_them(tmp_path: Path) -> None:
    """By systemd itself where it is there; their form is looked at above in any case."""
    for path in UNITS:
        text = path.read_text().replace("/opt/dondoc/.venv/bin", str(BIN))
        text = text.replace("/opt/dondoc", str(ROOT))
        (tmp_path / path.name).write_text(text.replace("/usr/bin/curl", "/bin/true"))
    if program := shutil.which("systemd-analyze"):
        done = subprocess.run(
            [program, "verify", *sorted(map(str, tmp_path.iterdir()))],
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")


# --- scripts --------------------------------------------------------------------------------------


def test_prefects_secrets_come_from_files(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("dondoc:a $secret 'of' \"signs\"\n")
    environ = {
        "PATH": "/usr/bin:/bin",
        "PREFECT_API_AUTH_STRING_FILE": str(secret),
        "PREFECT_API_SSL_CERT_FILE": "/a/file/that/Prefect/reads",
    }
    command = [str(DEPLOY / "with-secrets"), "env"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)

    assert "PREFECT_API_AUTH_STRING=dondoc:a $secret 'of' \"signs\"\n" in done.stdout
    assert "PREFECT_API_SSL_CERT_FILE=/a/file/that/Prefect/reads\n" in done.stdout
    assert "AUTH_STRING_FILE" not in done.stdout


def test_a_missing_secret_starts_nothing(tmp_path: Path) -> None:
    environ = {"PATH": "/usr/bin:/bin", "PREFECT_API_AUTH_STRING_FILE": str(tmp_path / "none")}
    command = [str(DEPLOY / "with-secrets"), "echo", "started"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True)
    assert done.returncode != 0 and done.stdout == ""


def test_the_office_runs_commands_with_the_services_settings(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    given = {
        "database-url": f"sqlite:///{tmp_path / 'record.sqlite3'}",
        "secret-key": "k" * 40,
        "smtp-url": "smtp://127.0.0.1:1",
        "prefect-auth": "dondoc:x",
    }
    for name, value in given.items():
        (tmp_path / "secrets" / name).write_text(f"{value}\n")
    for name in ("dondoc.env", "prefect.env"):
        shutil.copy(DEPLOY / f"{name}.example", tmp_path / name)
    (tmp_path / ".venv").symlink_to(BIN.parent)
    (tmp_path / "deploy").mkdir()
    for name in ("as-service", "with-secrets"):
        shutil.copy(DEPLOY / name, tmp_path / "deploy" / name)
    command = [str(tmp_path / "deploy" / "as-service"), "dondoc", "db", "upgrade"]
    environ = {"PATH": "/usr/bin:/bin", "SETTINGS": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environ, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "record.sqlite3").exists()
