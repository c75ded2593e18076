"""Every ten minutes: what waits, or is to be tried again, is sent."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from prefect import flow, get_run_logger, task
from prefect.exceptions import MissingContextError

from flows.alone import alone
from flows.common import channel_settings, database, mail_settings, moment
from flows.retrying import PATIENT, may_pass
from integrations import delivery
from plans import catching_up


@task(name="deliver-waiting", retry_condition_fn=may_pass, **PATIENT)
def deliver_waiting(at: date | None) -> dict[str, int]:
    """Send what waits and still holds; gives how many were sent, put off, given up, and let go.

    Runs beside each other share the work, for each claims what it sends. Where a limit is set, one
    process sends at a time, since it alone knows its pace: another leaves all to it, and to the
    next run.
    """
    if not mail_settings().is_limited:
        return _send(at)
    sent = alone("sending")(_send)(at)
    return sent if isinstance(sent, dict) else {"sent": 0, "left_to_another_run": 1}


def _send(at: date | None) -> dict[str, int]:
    mail, channels = mail_settings(), channel_settings()
    with database() as (engine, settings):
        day, now = moment(at, settings)
        settled = catching_up.settle_in_parts(engine, day, now)
        _, now = moment(at, settings)  # That may have taken a while, and leases count from now.
        done = delivery.deliver(engine, settings, mail, now, channels=channels, observe=_tell)
    over = {"merged": settled.merged, "dropped": settled.dropped}
    return {
        "sent": done.sent,
        "later": done.later,
        "failed": len(done.failed),
        **{name: number for name, number in over.items() if number},
    }


def _tell(progress: delivery.Progress) -> None:
    delivery.tell(progress)
    with suppress(MissingContextError):
        get_run_logger().info("%s", progress)


@flow(name="deliver")
@alone("deliver")
def deliver(at: date | None = None) -> dict[str, int]:
    """Send every notice that is due to be sent."""
    return deliver_waiting(at)
