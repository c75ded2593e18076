"""The environment of Prefect's processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from dondoc.prefect_home import environment, home, running_api_url, url_file
from plans.settings import Settings

SECRET = "x" * 40


@pytest.fixture(autouse=True)
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith(("DONDOC_", "PREFECT_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_paths_are_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text(SECRET)
    monkeypatch.setenv("DONDOC_SECRET_KEY_FILE", "secret")

    found = environment(Settings.read(database_url="sqlite:///x/y.sqlite3"))

    assert found["PREFECT_HOME"] == str(tmp_path / "var" / "prefect")
    assert found["DONDOC_DATA_DIR"] == str(tmp_path / "var")
    assert found["DONDOC_PLANS_DIR"] == str(tmp_path / "plans" / "catalogue")
    assert found["DONDOC_DATABASE_URL"] == f"sqlite:///{tmp_path}/x/y.sqlite3"
    assert found["DONDOC_SECRET_KEY_FILE"] == str(tmp_path / "secret")


def test_a_server_database_is_passed_with_its_password() -> None:
    url = "postgresql+psycopg://office:p%40ss@db.example/dondoc"

    assert environment(Settings(database_url=url))["DONDOC_DATABASE_URL"] == url


def test_the_dotenv_file_reaches_the_workers_folder(tmp_path: Path) -> None:
    lines = ("DONDOC_MAIL_FROM=a@b.vn", "DONDOC_TIMEZONE=Asia/Bangkok", "DONDOC_TYPO=1", "OTHER=2")
    (tmp_path / ".env").write_text("\n".join(lines))

    found = environment(Settings.read())

    assert found["DONDOC_MAIL_FROM"] == "a@b.vn"
    assert found["DONDOC_TIMEZONE"] == "Asia/Bangkok"
    assert "DONDOC_TYPO" not in found and "OTHER" not in found


def test_the_settings_that_were_given_win_over_the_dotenv_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DONDOC_DATA_DIR=elsewhere")

    assert environment(Settings(data_dir=tmp_path / "here"))["DONDOC_DATA_DIR"] == str(
        tmp_path / "here"
    )


def test_our_own_server_asks_for_a_password_that_stays_the_same() -> None:
    one, same = environment(Settings()), environment(Settings())
    other = environment(Settings(secret_key=SECRET))

    assert one["PREFECT_API_AUTH_STRING"] == one["PREFECT_SERVER_API_AUTH_STRING"]
    assert one["PREFECT_API_AUTH_STRING"] == same["PREFECT_API_AUTH_STRING"]
    assert one["PREFECT_API_AUTH_STRING"] != other["PREFECT_API_AUTH_STRING"]


def test_a_server_of_the_users_is_left_to_its_own_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://prefect.example/api")
    found = environment(Settings())

    assert found["PREFECT_API_URL"] == "http://prefect.example/api"
    assert "PREFECT_API_AUTH_STRING" not in found


def test_the_users_own_choices_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_LOGGING_LEVEL", "DEBUG")
    monkeypatch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "true")
    monkeypatch.setenv("NO_PROXY", "intranet.vn")
    found = environment(Settings())

    assert found["PREFECT_LOGGING_LEVEL"] == "DEBUG"
    assert found["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert found["NO_PROXY"] == "intranet.vn,127.0.0.1,localhost"


def test_prefect_knows_every_name() -> None:
    from prefect.settings import Settings as PrefectSettings
    from prefect.settings.legacy import _get_settings_fields

    known = _get_settings_fields(PrefectSettings)
    ours = {name for name in environment(Settings()) if name.startswith("PREFECT_")}

    assert ours <= set(known)


def test_an_address_that_nobody_answers_at_is_none() -> None:
    settings = Settings()
    assert running_api_url(settings) is None

    home(settings).mkdir(parents=True, exist_ok=True)
    url_file(settings).write_text("http://127.0.0.1:9/api")
    assert running_api_url(settings) is None
