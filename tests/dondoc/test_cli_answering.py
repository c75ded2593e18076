"""``dondoc plans answer``: asked on a real terminal, written at once; refused without one."""

from __future__ import annotations

import os
import pty
import select
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen

import pytest

from dondoc.cli import run
from tests.dondoc.web.test_admin_drafting import annex

PATIENCE = 20.0


@pytest.fixture
def draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DONDOC_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "pl.xlsx").write_bytes(annex())
    out = tmp_path / "plan.yaml"
    assert run(["plans", "draft", str(tmp_path / "pl.xlsx"), "--out", str(out)]) == 0
    return out


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, *command: str) -> None:
        self.ours, theirs = pty.openpty()
        self.said = ""
        program = [sys.executable, "-c", "from dondoc.cli import main; main()", *command]
        plain = os.environ | {"TERM": "dumb", "COLUMNS": "200"}
        self.process = Popen(program, stdin=theirs, stdout=theirs, stderr=theirs, env=plain)
        os.close(theirs)

    def end(self) -> None:
        """Whatever came of it, nothing goes on."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.ours)

    def until(self, words: str) -> str:
        """What is said up to some words."""
        end = time.monotonic() + PATIENCE
        while words not in self.said:
            assert time.monotonic() < end, self.said
            if not select.select([self.ours], [], [], 1)[0]:
                continue
            try:
                self.said += os.read(self.ours, 4096).decode("utf-8", "replace")
            except OSError:
                break
        before, found, self.said = self.said.partition(words)
        assert found, before
        return before

    def type(self, words: str) -> None:
        os.write(self.ours, f"{words}\n".encode())


@pytest.fixture
def terminal(draft: Path) -> Iterator[Terminal]:
    found = Terminal("plans", "answer", str(draft))
    yield found
    found.end()


def test_questions_are_answered_one_by_one_on_a_terminal(draft: Path, terminal: Terminal) -> None:
    before = draft.read_text()
    terminal.until("2 open · coordinator")
    terminal.until("q end")
    terminal.type("=")
    terminal.until("this question cannot be answered so")
    terminal.until("q end")
    terminal.type("VP UBND tỉnh")
    terminal.until("1 open · lead")
    assert "Sở Không Có" in terminal.until("q end")
    terminal.type("Sở Không Đâu")
    terminal.until("no body is called")
    assert "\ncoordinator: vp-ubnd-tinh\n" in draft.read_text()
    terminal.until("q end")
    terminal.type("Sở Tài chính")
    terminal.until("nothing is asked any more")
    assert terminal.process.wait(PATIENCE) == 0
    after = draft.read_text()
    new = [line for line in after.splitlines() if line not in before.splitlines()]
    assert new == ["coordinator: vp-ubnd-tinh", "        lead: so-tc"]
    assert "questions:" not in after
    assert [one.name for one in draft.parent.iterdir() if one.name.endswith(".part")] == []


def test_without_a_terminal_it_says_what_to_do(
    draft: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = draft.read_bytes()
    assert run(["plans", "answer", str(draft)]) != 0
    assert "answering needs a terminal" in capsys.readouterr().err
    assert draft.read_bytes() == before
