"""Where Prefect lives, and the environment that every process of it gets.

Its home is ``prefect/`` in the data directory: its database, results and logs. Apply the
environment before Prefect is imported; it reads most of it once.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import socket
from pathlib import Path

import httpx
from dotenv import dotenv_values
from sqlalchemy.engine import make_url

import integrations.mail  # noqa: F401 - its settings' names become known
import plans.web_settings  # noqa: F401 - likewise
from plans.settings import PREFIX, DondocSettings, Settings

MUST = {
    # Both: then nothing looks outside.
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
}
UNLESS_SET = {
    # In memory (the default), a restart would leak a held slot, and new runs would be cancelled.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": (
        "prefect.server.concurrency.lease_storage.filesystem"
    ),
    # Flow runs are otherwise kept for ever.
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    # Three beats without one, and a run is taken to have died (``silent_runs``).
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
    "PREFECT_LOGGING_LEVEL": "WARNING",
}


def home(settings: Settings) -> Path:
    """Prefect's home in the data directory."""
    return settings.data_dir.absolute() / "prefect"


def url_file(settings: Settings) -> Path:
    """Holds the API's address while a ``dondoc up`` on this data directory runs."""
    return home(settings) / "api-url"


def environment(settings: Settings) -> dict[str, str]:
    """What to add to the environment of a process that uses Prefect, so that it means the same.

    The user's own ``PREFECT_*`` variables win where nothing depends on ours. ``DONDOC_*`` paths
    become absolute, since flows run in the checkout's folder, whatever ours is.
    """
    given = _from_dotenv() | dict(os.environ)
    found = {name: given.get(name, value) for name, value in UNLESS_SET.items()}
    found |= {name: given[name] for name in _settings_names() if name in given}
    found |= MUST | {"PREFECT_HOME": str(home(settings))} | _record(settings)
    if url := given.get("PREFECT_API_URL"):
        return found | {"PREFECT_API_URL": url}
    return found | _authentication(settings) | _direct(given)


def user_api_url(settings: Settings) -> str | None:
    """The Prefect server that the user named, if any."""
    return environment(settings).get("PREFECT_API_URL")


def _settings_names() -> list[str]:
    """Variables of the other rooms' settings; the shared ones are told by ``_record``."""
    classes = (cls for cls in DondocSettings.__subclasses__() if cls is not Settings)
    return [PREFIX + name.upper() for cls in classes for name in cls.model_fields]


def _from_dotenv() -> dict[str, str]:
    return {name: value for name, value in dotenv_values(".env").items() if value is not None}


def _record(settings: Settings) -> dict[str, str]:
    """The record's own settings, so that nothing in them depends on the folder one is in."""
    found = {
        "DONDOC_DATA_DIR": str(settings.data_dir.absolute()),
        "DONDOC_PLANS_DIR": str(settings.plans_dir.absolute()),
        "DONDOC_BASE_URL": settings.base_url,
        "DONDOC_TIMEZONE": settings.timezone,
    }
    if settings.database_url:
        found["DONDOC_DATABASE_URL"] = _absolute(settings.url)
    if settings.secret_key:
        found["DONDOC_SECRET_KEY"] = settings.secret_key.get_secret_value()
    names = (name for name in os.environ if name.startswith(PREFIX) and name.endswith("_FILE"))
    return found | {name: str(Path(os.environ[name]).absolute()) for name in names}


def _absolute(url: str) -> str:
    """A SQLite file named by a relative path, named by its whole path; others as they are."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return url
    path = Path(str(parsed.database)).absolute()
    return parsed.set(database=str(path)).render_as_string(hide_password=False)


def _authentication(settings: Settings) -> dict[str, str]:
    """Our own server's password: loopback is open to everybody on the machine, flows run code.

    Derived from the data directory's secret, so that each command knows it and none keeps it.
    """
    key = hmac.new(settings.secret.encode(), b"prefect-api", hashlib.sha256).hexdigest()
    user = f"dondoc:{key[:40]}"
    return {"PREFECT_SERVER_API_AUTH_STRING": user, "PREFECT_API_AUTH_STRING": user}


def _direct(given: dict[str, str]) -> dict[str, str]:
    """An office's proxy is for the world outside, not for this machine."""
    known = given.get("NO_PROXY") or given.get("no_proxy") or ""
    value = ",".join(filter(None, (known, "127.0.0.1,localhost")))
    return {"NO_PROXY": value, "no_proxy": value}


def free_port() -> int:
    """A port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(api_url: str) -> bool:
    """Whether a Prefect API is healthy."""
    try:
        with httpx.Client(trust_env=not is_local(api_url), timeout=5) as client:
            return client.get(f"{api_url}/health").status_code == 200
    except (httpx.HTTPError, httpx.InvalidURL):
        return False


def is_local(api_url: str) -> bool:
    """Whether it is on this machine: an office's proxy has no business there."""
    return httpx.URL(api_url).host in {"127.0.0.1", "localhost", "::1"}


def running_api_url(settings: Settings) -> str | None:
    """The API of a ``dondoc up`` that runs on this data directory and answers, if any."""
    try:
        url = url_file(settings).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    return url if url and answers(url) else None
