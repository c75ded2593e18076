"""``dondoc user`` as the office meets it."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from dondoc.cli import run
from plans.identity import devices, one_time
from plans.identity.signing_in import Moment, SignedIn
from plans.store import open_engine, writing
from tests.offices import furnish
from tests.plans.identity.world import SECRET, acts, sign_in, user_row


@pytest.fixture
def record(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    """The sample plan in a data directory, which the commands are told of."""
    shutil.copyfile(sqlite_template, tmp_path / "dondoc.sqlite3")
    monkeypatch.setenv("DONDOC_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DONDOC_SECRET_KEY", SECRET)
    engine = open_engine(f"sqlite:///{tmp_path / 'dondoc.sqlite3'}")
    furnish(engine)
    yield engine
    engine.dispose()


def told(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    capsys.readouterr()
    assert run(["user", *arguments]) == status
    out = capsys.readouterr()
    return out.err if status else out.out


def users(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(told(capsys, "list", "--json"))
    return found


def added(capsys: pytest.CaptureFixture[str], email: str, role: str, *more: str) -> str:
    return told(capsys, "add", email, "Nguyễn Văn An", "--role", role, *more)


def test_add_grant_withdraw(record: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    said = added(capsys, "An@so.vn", "department", "--department", "so-y-te")
    assert said == "user 1: an@so.vn, department of so-y-te\n"
    said = told(capsys, "grant", "an@so.vn", "--role", "coordinator", "--plans", "mau")
    assert said == "user 1: department of so-y-te; coordinator of mau\n"
    assert told(capsys, "withdraw", "1", "--role", "department") == "user 1: coordinator of mau\n"
    (user,) = users(capsys)
    assert user["grants"] == [{"role": "coordinator", "department": None, "plans": ["mau"]}]
    assert (user["password"], user["totp"], user["signed_in_at"]) == (False, False, None)
    assert "an@so.vn" in told(capsys, "list")
    assert {line.actor for line in acts(record, "user-created", "user-changed")} == {"office:cli"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "no-address", "An", "--role", "admin"), "email:"),
        (("add", "a@so.vn", "An", "--role", "department"), "names its department"),
        (("add", "a@so.vn", "An", "--role", "coordinator", "--plans", "x"), "no plan 'x'"),
        (("disable", "nobody@so.vn"), "no user 'nobody@so.vn'"),
        (("link", "99"), "no user 99"),
        (("withdraw", "an@so.vn", "--role", "viewer"), "has no such role"),
        (("withdraw", "an@so.vn", "--role", "coordinator"), "the only role"),
    ],
)
def test_wrong_input_is_named(
    record: Engine, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    added(capsys, "an@so.vn", "coordinator")
    assert said in told(capsys, *arguments, status=2)
    assert len(users(capsys)) == 1


def test_a_password_comes_from_standard_input(
    record: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    added(capsys, "an@so.vn", "admin")
    monkeypatch.setattr("sys.stdin", io.StringIO("mưa rơi ngoài hiên\nmore\n"))
    told(capsys, "password", "an@so.vn")
    assert isinstance(sign_in(record, "mưa rơi ngoài hiên", email="an@so.vn"), SignedIn)
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert "12 to 200" in told(capsys, "password", "an@so.vn", status=2)
    assert isinstance(sign_in(record, "mưa rơi ngoài hiên", email="an@so.vn"), SignedIn)


def test_a_link_stands_alone_and_signs_in(
    record: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DONDOC_BASE_URL", "https://dondoc.example.vn")
    added(capsys, "an@so.vn", "admin")
    line = told(capsys, "link", "an@so.vn").removesuffix("\n")
    token = line.removeprefix("https://dondoc.example.vn/sign-in/")
    assert token != line and "\n" not in line
    made = acts(record, "link-shown")[0].at  # the command's clock is the real one
    with writing(record) as connection:
        found = one_time.redeem(connection, token, None, Moment(made, SECRET))
    assert isinstance(found, SignedIn) and found.user.email == "an@so.vn"


def test_disabled_and_enabled(record: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    added(capsys, "an@so.vn", "admin")
    assert "last active administrator" in told(capsys, "disable", "an@so.vn", status=1)
    added(capsys, "binh@so.vn", "admin")
    told(capsys, "disable", "an@so.vn")
    assert user_row(record, 1).disabled_at is not None
    assert "disabled" in told(capsys, "link", "an@so.vn", status=1)
    told(capsys, "enable", "an@so.vn")
    assert user_row(record, 1).disabled_at is None


def test_a_lost_second_factor_is_taken_away(
    record: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    added(capsys, "an@so.vn", "admin")
    told(capsys, "totp-reset", "an@so.vn")
    (line,) = acts(record, "second-factor-removed")
    assert (line.actor, line.subject) == ("office:cli", "user:1")


def test_a_new_mailbox_ends_what_the_former_one_confirmed(
    record: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    def confirmed() -> None:
        now, link = datetime.now(UTC), ("so-y-te", "a link")  # as the commands' clock
        with writing(record) as connection:
            letter = devices.ask_code(connection, *link, secret=SECRET, now=now)
            found = devices.confirm(connection, *link, letter.secret, secret=SECRET, now=now)
        assert isinstance(found, str)

    confirmed()
    assert run(["departments", "contact", "so-y-te", "syt@x.vn"]) == 0  # the same as before
    assert acts(record, "devices-forgotten") == []
    assert run(["departments", "contact", "so-y-te", "moi@x.vn"]) == 0
    assert [line.subject for line in acts(record, "devices-forgotten")] == ["department:so-y-te"]
