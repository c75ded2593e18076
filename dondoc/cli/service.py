"""``dondoc up`` and ``dondoc demo``; and what ``up`` does, one by one, for several machines."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, validators

from dondoc.cli.output import steps

Host = Annotated[str, Parameter(help="The address to serve on; 0.0.0.0 for all of this machine's.")]
Port = Annotated[
    int, Parameter(validator=validators.Number(gte=0, lt=65536), help="The port to serve on.")
]
Workers = Annotated[
    int, Parameter(validator=validators.Number(gte=1, lte=64), help="How many processes serve.")
]


def up(
    *,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Workers = 1,
    data: Path | None = None,
) -> int:
    """Run the service: record up to date, API and pages served, schedules running.

    Stops with Ctrl-C or SIGTERM, and takes everything that it started down with it.

    Parameters
    ----------
    data
        The data directory.
    """
    from dondoc.service import Web
    from dondoc.service import up as serve
    from flows.common import read_settings

    settings = read_settings(**({"data_dir": data} if data else {}))
    # Flushed: whoever waits for "ready" may read it from a pipe or a file.
    return serve(settings, Web(host, port, workers), say=partial(print, flush=True))


def serve(
    *,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Workers = 1,
) -> int:
    """Serve the API and the pages alone: one of several such services behind one address.

    'dondoc prepare' has made the record ready before; a Prefect server and workers run the flows.
    """
    from dondoc.serving import listen
    from dondoc.serving import serve as run

    with listen(host, port) as listener:
        return run(listener, workers)


def prepare() -> None:
    """Bring the database up to date, load the catalogue, open the periods: before each start."""
    from dondoc import service
    from flows.common import read_settings

    service.prepare(read_settings(), partial(print, flush=True))


def deploy() -> None:
    """Tell the Prefect server of PREFECT_API_URL which flows there are, and when they run."""
    from dondoc import deploying
    from flows.common import read_settings

    deploying.deploy(read_settings(), partial(print, flush=True))


def demo(*, at: date | None = None, json: bool = False) -> int:
    """Run the whole main job on the five real plans with simulated departments.

    Parameters
    ----------
    at
        The day that it plays on; today unless given.
    json
        Print the figures as JSON.
    """
    from dondoc.demo.play import STEPS, play
    from dondoc.demo.telling import tell
    from flows.common import read_settings

    with steps(STEPS) as advance:
        result = play(read_settings(), at, advance)
    tell(result, json=json)
    return 0 if result.completed else 1
