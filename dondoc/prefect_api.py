"""The few calls of Prefect's REST API that the service makes without importing Prefect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from dondoc.prefect_home import is_local
from plans.errors import OutsideError

UNFINISHED = ["PENDING", "RUNNING", "CANCELLING"]


@dataclass(frozen=True, slots=True)
class PrefectApi:
    """A Prefect server. ``login``: "user:password", where it asks for one."""

    url: str
    login: str | None = None

    def has_pool(self, pool: str) -> bool:
        """Whether there is a work pool of that name."""
        with self._client() as client:
            return client.get(f"/work_pools/{pool}").status_code == httpx.codes.OK

    def make_pool(self, pool: str) -> bool:
        """Make a work pool of processes where there is none; gives whether there was none."""
        with self._client() as client:
            made = client.post("/work_pools/", json={"name": pool, "type": "process"})
            if made.status_code != httpx.codes.CONFLICT:
                made.raise_for_status()
        return made.status_code != httpx.codes.CONFLICT

    def keep_automation(self, automation: Mapping[str, Any]) -> bool:
        """Make an automation, or bring the one of its name up to date; gives whether it is new.

        One that somebody disabled stays so.
        """
        named = {"automations": {"name": {"any_": [automation["name"]]}}}
        with self._client() as client:
            found = client.post("/automations/filter", json=named).raise_for_status().json()
            if not found:
                client.post("/automations/", json=automation).raise_for_status()
            for one in found:
                kept = {**automation, "enabled": one["enabled"]}
                client.put(f"/automations/{one['id']}", json=kept).raise_for_status()
        return not found

    def reap(self, pool: str, reason: str) -> int:
        """Mark as crashed what a pool's dead workers left unfinished; gives how many runs.

        That frees their places too: a deployment's next run is not cancelled in favour of a ghost.
        """
        query = {
            "flow_runs": {"state": {"type": {"any_": UNFINISHED}}},
            "work_pools": {"name": {"any_": [pool]}},
        }
        state = {"state": {"type": "CRASHED", "name": "Crashed", "message": reason}}
        with self._client() as client:
            found = client.post("/flow_runs/filter", json=query).raise_for_status().json()
            for run in found:
                client.post(f"/flow_runs/{run['id']}/set_state", json=state).raise_for_status()
        return len(found)

    @contextmanager
    def _client(self) -> Iterator[httpx.Client]:
        given: dict[str, Any] = {"base_url": self.url, "trust_env": not is_local(self.url)}
        if self.login:
            given["auth"] = tuple(self.login.split(":", 1))
        try:
            with httpx.Client(timeout=10, **given) as client:
                yield client
        except httpx.HTTPError as error:
            raise OutsideError(f"Prefect's API at {self.url}: {error}", permanent=False) from None
