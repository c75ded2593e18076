"""What Prefect's server does by itself about runs whose process and worker both died.

Nobody is left to say that they ended, and their deployments' next runs would be cancelled in
favour of ghosts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

HEARTBEAT = "prefect.flow-run.heartbeat"
SILENT = 90
"""Seconds: three heartbeats at ``PREFECT_FLOWS_HEARTBEAT_FREQUENCY=30``, which workers are set to.
"""
AGAIN = 360
"""Seconds: longer than a lease of ``plans.store.leases``, which a killed run cannot give back."""
ENDS = [f"prefect.flow-run.{how}" for how in ("Completed", "Failed", "Cancelled", "Crashed")]
RUNS = {"prefect.resource.id": "prefect.flow-run.*"}
OURS = {"prefect.resource.role": "deployment"}


def automations() -> list[Mapping[str, Any]]:
    """What the server does by itself when a run falls silent, and when one was killed."""
    silent = {
        "type": "event",
        "posture": "Proactive",
        "match": RUNS,
        "match_related": OURS,
        "after": [HEARTBEAT],
        "expect": [HEARTBEAT, *ENDS],
        "for_each": ["prefect.resource.id"],
        "threshold": 1,
        "within": SILENT,
    }
    killed = {
        "type": "event",
        "posture": "Reactive",
        "match": RUNS,
        "match_related": OURS,
        "expect": ["prefect.flow-run.Crashed"],
        "for_each": ["prefect.resource.id"],
        "threshold": 1,
        "within": 0,
    }
    crash = {
        "type": "change-flow-run-state",
        "state": "CRASHED",
        "name": "Crashed",
        "message": "its process and its worker died: nothing was heard of it any more",
    }
    again = {"type": "run-deployment", "source": "inferred", "schedule_after": AGAIN}
    return [
        {
            "name": "dondoc: a silent run has died",
            "description": "Frees its deployment's place: else the next runs would be cancelled.",
            "enabled": True,
            "trigger": silent,
            "actions": [crash],
        },
        {
            "name": "dondoc: what was killed runs again",
            "description": "Each flow goes on where the record says that the last run stopped.",
            "enabled": True,
            "trigger": killed,
            "actions": [again],
        },
    ]
