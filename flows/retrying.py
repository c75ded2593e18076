"""When a Prefect task is tried again: only where what failed may pass by itself."""

from __future__ import annotations

from typing import Any

from prefect.tasks import exponential_backoff

from plans.errors import OutsideError

PATIENT: dict[str, Any] = {
    "retries": 3,
    "retry_delay_seconds": exponential_backoff(backoff_factor=5),
    "retry_jitter_factor": 0.5,
}
"""Waits of about 5, 10 and 20 seconds, spread so that not all come back at once."""


def may_pass(_task: Any, _run: Any, state: Any) -> bool:
    """A lock, a lost connection or a busy counterpart may pass; wrong input will not."""
    from sqlalchemy.exc import InterfaceError, OperationalError

    try:
        state.result()
    except OutsideError as error:
        return not error.permanent
    except (OperationalError, InterfaceError, OSError):
        return True
    except Exception:
        return False
    return False
