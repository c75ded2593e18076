"""``dondoc token``: a secret alone on its line, lists without secrets, revoking."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dondoc.cli import run
from plans.errors import Unauthenticated
from plans.identity.tokens import Known, recognise
from plans.settings import Settings
from plans.store import audit, open_engine, reading
from plans.terms import Role, Scope
from tests.offices import furnish


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A furnished record that the commands work on."""
    from plans.store.upgrade import upgrade

    monkeypatch.setenv("DONDOC_DATA_DIR", str(tmp_path))
    settings = Settings(data_dir=tmp_path)
    engine = open_engine(settings.url)
    upgrade(engine)
    furnish(engine)
    engine.dispose()
    return settings


def known(settings: Settings, secret: str) -> Known | Unauthenticated:
    engine = open_engine(settings.url)
    with reading(engine) as connection:
        [found] = recognise(connection, [secret], datetime.now(UTC))
    engine.dispose()
    return found


def made(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """A new token's secret, as a script would take it."""
    capsys.readouterr()
    assert run(["token", "create", *arguments]) == 0
    said = capsys.readouterr()
    [line] = said.out.splitlines()
    assert "never shown again" in said.err and line not in said.err
    return line


def test_a_departments_token_works_at_once(
    capsys: pytest.CaptureFixture[str], settings: Settings
) -> None:
    found = known(settings, made(capsys, "so-y-te", "--scope", "report", "--days", "3"))

    assert isinstance(found, Known)
    assert found.caller.grants[0].role is Role.DEPARTMENT
    assert "so-y-te" in found.caller.departments
    assert found.caller.scopes == {Scope.REPORT}


def test_a_roles_token_names_no_department(
    capsys: pytest.CaptureFixture[str], settings: Settings
) -> None:
    found = known(settings, made(capsys, "--role", "coordinator", "--plan", "mau"))

    assert isinstance(found, Known)
    assert found.caller.grants[0].plans == frozenset({"mau"})
    scopes = {Scope.READ, Scope.ASSIGNMENTS, Scope.REVIEW}
    assert found.caller.scopes == scopes | {Scope.REPORT}  # it brings what bodies send


def test_lists_show_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    secret = made(capsys, "so-y-te", "--name", "Phần mềm của Sở")

    assert run(["token", "list", "--json"]) == 0
    text = capsys.readouterr().out
    [row] = json.loads(text)
    assert (row["name"], row["department"]) == ("Phần mềm của Sở", "so-y-te")
    assert secret not in text and "hash" not in row
    assert run(["token", "list"]) == 0
    assert "\tgood\t" in capsys.readouterr().out


def test_a_revoked_token_is_good_no_more(
    capsys: pytest.CaptureFixture[str], settings: Settings
) -> None:
    secret = made(capsys, "so-y-te")
    key = secret.split("_")[1]

    assert run(["token", "revoke", key]) == 0

    found = known(settings, secret)
    assert isinstance(found, Unauthenticated) and "revoked" in str(found)
    assert run(["token", "revoke", key]) == 2
    capsys.readouterr()
    assert run(["token", "list"]) == 0
    assert "\trevoked\t" in capsys.readouterr().out
    engine = open_engine(settings.url)
    with reading(engine) as connection:
        acts = [row.act for row in audit.lines(connection)]
    engine.dispose()
    assert acts == ["token-revoked", "token-created"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--role admin|coordinator|viewer"),
        (["nowhere"], "no department 'nowhere'"),
        (["--role", "boss"], "choose one of admin"),
        (["so-y-te", "--role", "viewer"], "other roles name none"),
        (["so-y-te", "--scope", "fly"], "choose one of read"),
        (["so-y-te", "--scope", "manage", "--scope", "review"], "no use for review"),
        (["so-y-te", "--days", "0"], "--days 0"),
        (["so-y-te", "--days", "999999999999"], "--days 999999999999"),
        (["so-y-te", "--name", "a\tb"], "needs a name"),
    ],
)
def test_wrong_input_makes_no_token(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["token", "create", *arguments]) == 2
    captured = capsys.readouterr()
    assert said in captured.err and captured.out == ""
    assert run(["token", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
