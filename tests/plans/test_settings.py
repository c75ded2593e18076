"""Settings fail loudly, once, in words that say what would be right."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from plans.errors import InvalidInput
from plans.settings import Settings, refuse_unknown
from plans.store import open_engine


@pytest.fixture(autouse=True)
def dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty place without any setting of ours; gives where its ``.env`` would be."""
    for name in os.environ:
        if name.startswith("DONDOC_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path / ".env"


def test_a_typing_error_in_the_dotenv_file_is_refused(dotenv: Path) -> None:
    dotenv.write_text("OTHER=1\nDONDOC_DATABSE_URL=x\n")
    with pytest.raises(InvalidInput, match="did you mean DONDOC_DATABASE_URL"):
        refuse_unknown()


@pytest.mark.parametrize("content", [b"DONDOC_DEBUG yes\n", b"DONDOC_TIMEZONE=\xff\n"])
def test_a_dotenv_file_that_cannot_be_read_is_refused(dotenv: Path, content: bytes) -> None:
    dotenv.write_bytes(content)
    with pytest.raises(InvalidInput, match=r"^\.env"):
        refuse_unknown()


def test_a_secrets_file_may_be_named_in_the_dotenv_file(
    dotenv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = dotenv.with_name("url")
    secret.write_text("sqlite:///from-file\n")
    dotenv.write_text(f"DONDOC_DATABASE_URL_FILE={secret}\n")
    refuse_unknown()
    assert Settings.read().url == "sqlite:///from-file"
    monkeypatch.setenv("DONDOC_DATABASE_URL", "sqlite:///from-environment")
    assert Settings.read().url == "sqlite:///from-environment"


def test_a_secrets_file_that_is_not_there_is_named(dotenv: Path) -> None:
    dotenv.write_text("DONDOC_SECRET_KEY_FILE=/no/such/file\n")
    with pytest.raises(InvalidInput, match=r"DONDOC_SECRET_KEY_FILE: .*/no/such/file"):
        Settings.read()


@pytest.mark.parametrize("url", ["http://", "http://:80", "http://a b", "http://[x", "ftp://a"])
def test_a_base_url_without_a_host_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"^setting DONDOC_BASE_URL: (must|Invalid)"):
        Settings.read(base_url=url)
    assert Settings.read(base_url="https://dondoc.example.vn:8443/").base_url.endswith(":8443")


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "mysql://u:hush@host/x",
        "postgresql+psycopg2://u:hush@host/x",
        "postgresql://u:hush@host:port/x",
        "sqlite://host/x",
    ],
)
def test_an_address_of_no_known_database_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"use sqlite:///… or postgresql\+psycopg://…") as caught:
        open_engine(url)
    assert "hush" not in str(caught.value)


def test_postgresql_means_its_driver_psycopg() -> None:
    engine = open_engine("postgresql://u:p@host/x")
    assert engine.url.drivername == "postgresql+psycopg"
    engine.dispose()


def test_a_missing_driver_is_named_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(InvalidInput, match=r"pip install 'dondoc\[postgresql\]'"):
        open_engine("postgresql+psycopg://host/x")


def test_a_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    for path in ("/proc/none/x.sqlite3", tmp_path / "file" / "x.sqlite3", tmp_path / "folder"):
        with pytest.raises(InvalidInput, match="DONDOC_DATA_DIR"):
            open_engine(f"sqlite:///{path}")


def test_many_who_need_the_secret_at_once_get_the_same_whole_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: Settings.read(data_dir=tmp_path).secret, range(32)))
    assert len(found) == 1 and len(found.pop()) >= 32
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_a_secret_that_cannot_be_kept_names_the_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInput, match="DONDOC_DATA_DIR"):
        _ = Settings.read(data_dir=tmp_path / "file").secret


def test_opening_an_open_database_again_ends_no_lock(tmp_path: Path) -> None:
    from sqlalchemy.exc import OperationalError

    from plans.store import writing

    url = f"sqlite:///{tmp_path}/x.sqlite3"
    first, second = open_engine(url), open_engine(url)
    with writing(first), second.connect() as other:
        open_engine(url).dispose()
        other.execution_options(dondoc_writes=True)
        driver = other.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA busy_timeout=50")
        with pytest.raises(OperationalError, match="locked"):
            other.begin()
    first.dispose()
    second.dispose()
