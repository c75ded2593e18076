"""Running a flow once, now, by hand; what flows do is in ``tests/flows/test_flows.py``."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from dondoc.running import EMBEDDED, FLOWS, _environment, _reason, run_flow, run_flows
from plans.errors import DondocError, InvalidInput, OutsideError
from plans.settings import Settings
from tests.builders import build_plan
from tests.serving import COMMAND, PATIENCE, ROOT, clean_environment, declare


def test_a_server_that_does_not_answer_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")

    with pytest.raises(OutsideError, match=r"PREFECT_API_URL=http://127\.0\.0\.1:9/api"):
        run_flow("remind", Settings(data_dir=tmp_path), say=print)


def test_an_unknown_flow_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"'remnid'.*open-periods"):
        run_flows(["remnid"], Settings(data_dir=tmp_path / "none"), say=print)
    assert not (tmp_path / "none").exists()


def test_every_flow_has_its_file() -> None:
    files = {path.stem for path in (ROOT / "flows").glob("*.py")}
    assert set(FLOWS.values()) <= files


def test_the_environment_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DONDOC_TEST_A", "before")
    monkeypatch.delenv("DONDOC_TEST_B", raising=False)

    with _environment({"DONDOC_TEST_A": "after", "DONDOC_TEST_B": "new"}):
        assert (os.environ["DONDOC_TEST_A"], os.environ["DONDOC_TEST_B"]) == ("after", "new")

    assert os.environ["DONDOC_TEST_A"] == "before"
    assert "DONDOC_TEST_B" not in os.environ


def test_reasons_are_one_line() -> None:
    assert _reason(DondocError("one\ntwo\nthree")) == "one (and 2 more)"
    assert _reason(ValueError("one\ntwo")) == "ValueError: one"
    assert _reason(ValueError()) == "ValueError"


@pytest.mark.slow
@pytest.mark.xdist_group("prefect")
def test_the_commands_are_quiet_and_come_to_an_end(tmp_path: Path) -> None:
    """A failed run is the worst case: its logs and events are sent on before the server ends."""
    plans = declare(tmp_path / "catalogue", build_plan())
    done = subprocess.run(
        [*COMMAND, "open-periods", "--at", "2025-03-31"],  # nothing is loaded
        env=clean_environment(tmp_path / "data", plans),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )

    reason = "no catalogue is loaded yet; run 'dondoc plans load'"
    assert done.stderr.splitlines() == [EMBEDDED, f"open-periods: Failed: {reason}"]
    assert done.stdout == "open-periods: Failed\n"
    assert done.returncode == 1
