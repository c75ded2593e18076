"""Tables on a terminal: no word is cut, whatever the width; in a pipe, all columns."""

from __future__ import annotations

import io
import re
import sys
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from dondoc.cli.output import bar, table, words

ID = "ds4yl5zvflsze5aul2afvuff"
TITLE = "Thực hiện các biện pháp bảo vệ trẻ em, phòng, chống dịch bệnh cho trẻ em"
COLUMNS = ("id", "ref", "title", "due", "all", "completion", "beside")
ROW = (ID, "ct61/ct61-g5-t8/2026-03", TITLE, "2025-06-16 (estimate)", 165, 0.5, 3)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(
    monkeypatch: pytest.MonkeyPatch, width: int, *, spare: str = "ref beside", row: object = ROW
) -> list[str]:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    assert isinstance(row, tuple)
    drawn = [
        bar(one) if name == "completion" else one for name, one in zip(COLUMNS, row, strict=True)
    ]
    table(COLUMNS, [drawn], numbers="all completion beside", spare=spare)
    return re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue()).splitlines()


@pytest.mark.parametrize("width", [60, 80, 110, 140, 200])
def test_no_word_is_cut_and_no_line_is_too_long(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    lines = shown(monkeypatch, width)
    said = "\n".join(lines)
    for word in (ID, "2025-06-16", "165", "50.0%", *TITLE.split()):
        assert word in said
    assert "…" not in said
    if width >= 80:
        assert max(map(len, lines)) <= width


def test_a_narrow_terminal_loses_the_bar_first_then_spare_columns_in_their_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def present(width: int) -> list[str]:
        said = "\n".join(shown(monkeypatch, width))
        return [name for name in ("█", "2026-03", "beside") if name in said]

    seen = [present(width) for width in range(160, 60, -1)]
    steps = [seen[0], *(two for one, two in pairwise(seen) if one != two)]
    assert steps == [["█", "2026-03", "beside"], ["2026-03", "beside"], ["beside"], []]


def test_what_does_not_fit_at_all_is_still_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(monkeypatch, 30)
    assert any(line.startswith(ID) for line in lines)
    assert "165" in "\n".join(lines)


def test_an_address_longer_than_any_word_is_folded_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = "https://example.vn/" + "x" * 80
    said = "".join("".join(shown(monkeypatch, 80, row=(ID, "", url, "", 1, 0.1, 0))).split())
    assert said.count("x") >= 80


def test_brackets_are_text_and_an_empty_table_has_its_head(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = "\n".join(shown(monkeypatch, 140, row=(ID, "[bold]r[/bold]", "[red]", "", 1, None, 0)))
    assert "[bold]r[/bold]" in said
    assert "[red]" in said
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    table(("id", "title"), [])
    assert "title" in terminal.getvalue()


def test_a_moment_is_shown_to_the_second_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime(2025, 6, 16, 9, 0, 0, 123456, UTC)
    said = "\n".join(shown(monkeypatch, 200, row=(ID, "", "", moment, 1, None, 0)))
    assert "2025-06-16 09:00:00+00:00" in said


def test_in_a_pipe_every_column_is_there_and_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    table(("a", "open_late"), [(bar(0.5), words("open_late"))], spare="a", numbers="a")
    assert capsys.readouterr().out == "a\topen_late\n50.0%\topen_late\n"
