"""``make bench``: runs the parts and writes ``RESULTS.md``, each figure beside its goal and peer.

python -m bench [part …] [--size 100000] [--quick] [--folder DIR] [--out bench/RESULTS.md]

A part that fails is recorded and the others go on; the exit status is 1 where one failed or a goal
was missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bench import chart, databases, parts, report, results
from bench.figures import QUICK_SIZE, SIZES, Figure, Job

OUT = Path(__file__).with_name("RESULTS.md")


def main(given: Sequence[str]) -> int:
    """Run what is named, or everything; write what came of it."""
    asked = _parser().parse_args(given)
    began = time.monotonic()

    def say(text: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - began), 60)
        print(f"[{minutes:3}:{seconds:02}] {text}", flush=True)

    out: Path | None = asked.out or (None if asked.quick else OUT)
    kept = results.read(out.with_name("results.json")) if out else results.Results()
    kept.machine, kept.versions = results.machine(), results.versions()
    status = 0
    with _folder(asked.folder) as folder:
        sizes = (QUICK_SIZE,) if asked.quick else [one for one in SIZES if one <= asked.size]
        most = asked.sqlite_size
        job = Job(folder, asked.quick, sizes, most_on_sqlite=most, say=say)
        for name in asked.parts or parts.PARTS:
            mine = replace(job, databases=parts.databases_of(name, quick=asked.quick))
            part = _run(name, mine)
            status |= bool(part.failed) or any(one.met is False for one in part.figures)
            kept.take(name, part, set(mine.nations()))
            if out:
                write(out, kept)
    say(f"done; see {out}" if out else "done")
    return 0 if asked.quick and not any(one.failed for one in kept.parts.values()) else status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*parts.PARTS, []], metavar="part")
    parser.add_argument("--quick", action="store_true", help="small sizes: does it still work?")
    parser.add_argument("--size", type=int, default=max(SIZES), help="the most assignments")
    parser.add_argument("--sqlite-size", type=int, default=max(SIZES), help="the most on SQLite")
    parser.add_argument("--folder", type=Path, help="keep the databases here, and use them again")
    parser.add_argument("--out", type=Path, help="where RESULTS.md is written")
    return parser


@contextmanager
def _folder(wanted: Path | None) -> Iterator[Path]:
    """Where the databases lie: in a place that is kept, or in one that is removed."""
    with tempfile.TemporaryDirectory(prefix="dondoc-bench-") as gone:
        folder = wanted.resolve() if wanted else Path(gone)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            yield folder
        finally:
            databases.stop(folder)


def _run(name: str, job: Job) -> results.Part:
    """One part's outcome, whatever happens in it."""
    job.say(f"{name} …")
    part, begun = results.begin(), time.monotonic()
    try:
        for figure in parts.run(name, job):
            part.figures.append(figure)
            job.say(f"  {_line(figure)}")
    except Exception as error:
        traceback.print_exc()
        part.failed = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        job.say(f"{name} failed: {part.failed}")
    part.seconds = time.monotonic() - begun
    return part


def _line(one: Figure) -> str:
    where = " ".join(filter(None, (one.database, f"{one.size:,}" if one.size else "")))
    goal = {True: "", False: "  (goal missed)", None: ""}[one.met]
    ratio = f"  {one.ratio:.2f} × {one.peer}" if one.ratio is not None else ""
    what = ": ".join(filter(None, (where, one.name)))
    return f"{what}: {report.said(one.value, one.unit)}{ratio}{goal}"


def write(out: Path, kept: results.Results) -> None:
    """RESULTS.md with its chart, and what they are written from."""
    results.write(out.with_name("results.json"), kept)
    figures = [one for part in kept.parts.values() for one in part.figures]
    drawn = chart.draw(out.with_name("growth.png"), figures)
    out.write_text(report.text(kept, chart=drawn), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
