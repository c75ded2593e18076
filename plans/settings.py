"""The settings that every room shares: ``DONDOC_*`` variables, a ``.env`` file, ``*_FILE`` secrets.

They fail loudly, once, at start; an unknown ``DONDOC_*`` name is an error.
"""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from contextlib import suppress
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from plans import full_disk
from plans.errors import InvalidInput, OutsideError

PREFIX = "DONDOC_"
DOTENV = ".env"


class DondocSettings(BaseSettings):
    """Base of every room's settings; each field is one ``DONDOC_`` variable."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=DOTENV,
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    @classmethod
    def read(cls, **given: Any) -> Self:
        """The settings from the environment, or ``InvalidInput`` that names what is wrong."""
        try:
            return cls(**{**_from_files(cls), **given})
        except ValidationError as error:
            first = error.errors()[0]
            name = PREFIX + "_".join(str(part) for part in first["loc"]).upper()
            said = first["msg"].removeprefix("Value error, ")
            raise InvalidInput(f"setting {name}: {said}") from None


def _from_files(cls: type[DondocSettings]) -> dict[str, Any]:
    """Values of ``DONDOC_X_FILE``: the file's content, without the line's end.

    What the environment says goes before what ``.env`` says, file or not.
    """
    environment = {name.upper(): value for name, value in os.environ.items()}
    dotenv = {name.upper(): value for name, value in _dotenv().items()}
    found = {}
    for field in cls.model_fields:
        name = f"{PREFIX}{field.upper()}"
        path = environment.get(f"{name}_FILE")
        if not path and name not in environment:
            path = dotenv.get(f"{name}_FILE")
        if path:
            try:
                found[field] = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise InvalidInput(f"setting {name}_FILE: {error}") from None
    return found


def _dotenv() -> dict[str, str | None]:
    """What ``.env`` here says; ``InvalidInput`` where it cannot be read."""
    path = Path(DOTENV)
    if not path.is_file():
        return {}
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{DOTENV}: {error}") from None
    for line in parse_stream(StringIO(text)):
        if line.error:
            raise InvalidInput(f"{DOTENV}:{line.original.line}: not of the form NAME=value")
    return dict(dotenv_values(stream=StringIO(text)))


def _known() -> set[str]:
    classes = DondocSettings.__subclasses__()
    names = {PREFIX + field.upper() for cls in classes for field in cls.model_fields}
    return names | {f"{name}_FILE" for name in names}


def refuse_unknown() -> None:
    """``InvalidInput`` when the environment or ``.env`` holds a ``DONDOC_`` name that nobody reads.

    Called where all rooms' settings are imported: what is not imported is not known.
    """
    import difflib

    known = _known()
    for name in [*os.environ, *_dotenv()]:
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            near = difflib.get_close_matches(name.upper(), sorted(known), n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise InvalidInput(f"unknown setting {name}{hint}")


class Settings(DondocSettings):
    """Shared settings."""

    data_dir: Path = Path("var")
    database_url: SecretStr | None = None
    plans_dir: Path = Path("plans/catalogue")
    base_url: str = "http://127.0.0.1:8000"
    timezone: str = "Asia/Ho_Chi_Minh"
    secret_key: SecretStr | None = Field(None, min_length=32)
    debug: bool = False
    simulated: bool = False
    upload_limit_mb: int = Field(20, ge=1, le=1024)
    webhook_allow_private: bool = False

    @field_validator("base_url")
    @classmethod
    def _is_http(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        parts = urlsplit(value)
        if not parts.hostname or parts.port == 0 or re.search(r"\s", value):
            raise ValueError("must name a host, as in https://dondoc.example.vn")
        return value.rstrip("/")

    @field_validator("timezone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"no such time zone: {value}") from None
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The office's time zone: where a day begins and ends."""
        return ZoneInfo(self.timezone)

    @property
    def url(self) -> str:
        """The database: SQLite in the data directory unless set otherwise."""
        if self.database_url:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data_dir.absolute() / 'dondoc.sqlite3'}"

    @cached_property
    def secret(self) -> str:
        """The key that signs links; made once in the data directory unless set."""
        if self.secret_key:
            return self.secret_key.get_secret_value()
        path = self.data_dir / "secret.key"
        if not path.exists():
            try:
                self.data_dir.mkdir(parents=True, exist_ok=True)
                _write_once(path, secrets.token_urlsafe(48))
            except OSError as error:
                if full_disk.is_full(error):  # no setting is wrong, and it may pass
                    raise OutsideError(full_disk.SAID, permanent=False) from error
                raise InvalidInput(f"setting DONDOC_DATA_DIR: {error}") from None
        return path.read_text(encoding="utf-8").strip()


def _write_once(path: Path, text: str) -> None:
    """The file is there whole or not at all, whoever else makes it, or is killed, meanwhile."""
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(scratch, path)
    finally:
        Path(scratch).unlink()


class RetentionSettings(DondocSettings):
    """How long is kept what people wrote and what tells of people (``docs/retention.md``)."""

    retention_texts_years: int = Field(5, ge=1, le=100)
    retention_files_years: int = Field(5, ge=1, le=100)
    retention_notices_years: int = Field(2, ge=1, le=100)
    retention_quarantine_days: int = Field(90, ge=1, le=3650)
    retention_idempotency_days: int = Field(7, ge=1, le=365)
    retention_sessions_days: int = Field(30, ge=1, le=3650)
    retention_last_use_days: int = Field(365, ge=1, le=3650)
