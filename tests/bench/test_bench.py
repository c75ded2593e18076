"""The benchmarks still run: the cheap parts in their quick form, and what their figures become."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import __main__ as program
from bench import parts, report, results
from bench.figures import Figure, Job, interleaved, p95
from bench.results import Part, Results
from tests.serving import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("bench")]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the quick form of the cheap parts wrote its page."""
    folder = tmp_path_factory.mktemp("bench")
    command = [sys.executable, "-m", "bench", *parts.CHEAP, "--quick"]
    command += ["--out", str(folder / "RESULTS.md")]
    ours = ("DONDOC_", "PREFECT_")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    ended = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
    return folder / "RESULTS.md"


def test_every_cheap_part_still_measures(written: Path) -> None:
    kept = results.read(written.with_name("results.json"))
    assert set(kept.parts) == set(parts.CHEAP)
    assert all(part.figures and not part.failed for part in kept.parts.values())
    assert {one.database for one in kept.parts["nation"].figures} == {"SQLite", "PostgreSQL"}


def test_the_page_says_what_each_figure_is_compared_to(written: Path) -> None:
    page = written.read_text(encoding="utf-8")
    for name in parts.CHEAP:
        assert f"\n## {name}\n" in page
    assert "| roll-up of a province from counters, p95 | SQLite | 300 |" in page
    assert "≤ 50.0 ms" in page
    assert "SQLAlchemy" in page or "sqlalchemy" in page


def test_the_page_tells_nothing_of_where_it_was_written(written: Path) -> None:
    told = written.read_text(encoding="utf-8")
    told += written.with_name("results.json").read_text(encoding="utf-8")
    assert str(written.parent) not in told
    assert str(ROOT) not in told


@pytest.mark.parametrize(
    ("value", "limit", "better", "met"),
    [
        (4.0, 5.0, "less", True),
        (6.0, 5.0, "less", False),
        (6.0, 5.0, "more", True),
        (6.0, None, "less", None),
    ],
)
def test_a_goal_is_met_or_not(
    value: float, limit: float | None, better: str, met: bool | None
) -> None:
    assert Figure("x", value, "s", limit=limit, better=better).met is met  # type: ignore[arg-type]


def test_a_part_run_anew_keeps_what_was_not_asked_for() -> None:
    def part(*figures: Figure) -> Part:
        return Part("2025-01-01T00:00", 1.0, (0.0, 0.0, 0.0), list(figures))

    def figure(value: float, size: int, database: str) -> Figure:
        return Figure("a", value, "s", size=size, database=database)

    small, large, other = (10, "SQLite"), (100, "SQLite"), (10, "PostgreSQL")
    kept, all_three = Results(), [small, large, other]
    kept.take("nation", part(*(figure(1, *one) for one in all_three)), all_three)
    kept.take("nation", part(figure(3, *small)), [small])
    found = {(one.size, one.database): one.value for one in kept.parts["nation"].figures}
    assert found == {small: 3, large: 1, other: 1}
    kept.take("nation", part(), all_three)
    assert kept.parts["nation"].figures == []


def test_sqlite_may_be_left_out_of_the_largest_nations(tmp_path: Path) -> None:
    job = Job(tmp_path, sizes=(10, 100), databases=("SQLite", "PostgreSQL"), most_on_sqlite=10)
    assert list(job.nations()) == [(10, "SQLite"), (10, "PostgreSQL"), (100, "PostgreSQL")]


def test_a_part_that_fails_is_told_and_the_next_one_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(name: str, _job: Job) -> Iterator[Figure]:
        yield Figure(f"of {name}", 1.0, "s", limit=2.0)
        if name == "plans":
            raise ValueError("it broke")

    monkeypatch.setattr(parts, "run", run)
    out = tmp_path / "RESULTS.md"
    assert program.main(["plans", "remind", "--quick", "--out", str(out)]) == 1
    page = out.read_text(encoding="utf-8")
    assert "**Failed**: `ValueError: it broke`" in page
    assert "of plans" in page
    assert "of remind" in page


def test_a_missed_goal_is_an_exit_status(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(_name: str, _job: Job) -> Iterator[Figure]:
        yield Figure("slow", 3.0, "s", limit=2.0)

    monkeypatch.setattr(parts, "run", run)
    out = tmp_path / "RESULTS.md"
    assert program.main(["plans", "--size", "10000", "--out", str(out)]) == 1
    assert "- slow: 3.00 s, goal at most 2.00 s" in out.read_text(encoding="utf-8")
    assert json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["parts"]["plans"]


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (1234.5, "/s", "1,234/s"),
        (12.34, "ms", "12.3 ms"),
        (1.234, "s", "1.23 s"),
        (0.01234, "s", "0.0123 s"),
    ],
)
def test_values_are_told_in_three_digits(value: float, unit: str, told: str) -> None:
    assert report.said(value, unit) == told


def test_jobs_take_turns() -> None:
    seen: list[str] = []
    found = interleaved({"a": lambda: seen.append("a"), "b": lambda: seen.append("b")}, runs=2)
    assert seen == ["a", "b"] * 3
    assert set(found) == {"a", "b"}
    assert p95([1.0, 3.0, 2.0]) == 3.0
