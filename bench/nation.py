"""A simulated nation of 34 provinces and 3,321 communes, in three sizes: each assignment has six
entries in its ledger (it is opened, then reported on, submitted, accepted). It is loaded through
the record's own write path: rules, chained hashes, counters and people's words, in transactions of
5,000 assignments; SQLite by one process, PostgreSQL by two. Then it is rolled up from the counters
and by a plain GROUP BY over the assignments, and asked for lists over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bench import databases, memory, reads
from bench.country import TODAY, sample
from bench.figures import Figure, Job
from bench.nation_sums import roll_ups
from bench.nations import LOADERS, Told, loaded, standing
from bench.serving import Server
from plans.store import Engine


def run(job: Job) -> Iterator[Figure]:
    """Each size on each database; what is loaded stays for the parts that follow."""
    for size, kind in job.nations():
        told = loaded(job, kind, size)
        yield from _loading(kind, size, told)
        with standing(job, kind, size) as engine:
            yield from roll_ups(job, kind, size, engine)
            if not job.quick or kind == job.databases[0]:
                yield from _lists(job, kind, size, engine)
        if kind == "PostgreSQL":
            taken = memory.of_family(databases.postmaster(job))
            name = "memory of PostgreSQL after that, all its processes"
            yield Figure(name, taken, "MB", database=kind, size=size)


def _loading(kind: str, size: int, told: Told) -> Iterator[Figure]:
    how = f"{LOADERS[kind]} loader{'s' if LOADERS[kind] > 1 else ''}"
    at: dict[str, Any] = {"database": kind, "size": size}
    yield Figure("load the plans' declarations", told.declaring, "s", **at)
    note = f"{told.assignments:,} assignments, {how}"
    yield Figure("assignments opened", told.opened_a_second, "/s", note=note, **at)
    note = f"{told.updates:,} entries, {how}; {told.seconds:,.0f} s in all"
    yield Figure("updates recorded", told.updated_a_second, "/s", note=note, series="load", **at)
    bytes_each = told.size / told.assignments
    note = "with its 6 entries, words and counters, indexes included"
    yield Figure("on disk, an assignment", bytes_each, "B", note=note, series="disk", **at)
    peak = max(one.peak for one in told.loaders)
    name = "memory of a loader at its greatest"
    yield Figure(name, peak, "MB", series="memory: loader", **at)
    entry = told.entries_size / (told.updates + told.assignments)
    yield Figure("on disk, an entry of the ledger", entry, "B", note="with its words", **at)


# --- lists -------------------------------------------------------------------------------------


def _lists(job: Job, kind: str, size: int, engine: Engine) -> Iterator[Figure]:
    """What an office looks at most, over HTTP; and how large the process is that answered."""
    at: dict[str, Any] = {"database": kind, "size": size}
    place, day = sample(size), f"at={TODAY}"
    mine = f"&department={place.commune}"
    office = {
        "list, everything": f"assignments?{day}",
        "list, one plan": f"assignments?plan={place.plan}&{day}",
        "list, overdue": f"assignments?class=open_overdue&{day}",
        "list, overdue of one commune": f"assignments?class=open_overdue&{day}{mine}",
        "roll-up of a plan over HTTP": f"plans/{place.plan}/progress?{day}",
        "roll-up of a commune over HTTP": f"departments/{place.commune}/progress?{day}",
    }
    own = {"a commune's own list": f"assignments?{day}"}
    grown: list[float] = []

    def weigh(server: Server) -> None:
        grown.append(memory.of_family(server.pid))

    for name, seconds in reads.calls(engine, job, office, own, place.commune, weigh):
        yield Figure(f"{name}, p95", 1000 * seconds, "ms", series=name, **at)
    name = "memory of an API process after that"
    yield Figure(name, grown[0], "MB", series="memory: API", **at)
