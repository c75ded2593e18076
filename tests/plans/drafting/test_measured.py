"""How much of annexes is read as a person reads them: precision and recall, printed (-s).

The annexes of tests/annexes were written by hand, and so was what they declare. A pair is a task
with a body or with a deadline; what a draft only asks about, without an answer, is no pair.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from integrations.annex import read_annex
from plans.declaration import Due, Fixed, Ongoing, Periodic, Plan, Relative, Task, Within
from plans.drafting.drafted import Given, draft
from plans.drafting.folding import fold
from tests.annexes.__main__ import main
from tests.annexes.every import ANNEXES
from tests.annexes.making import Annex, Want
from tests.plans.drafting.lexicon import catalogue_departments

GOAL = 0.95
KINDS = ("tasks", "leads", "supporting", "deadlines")
Pairs = dict[str, set[tuple[str, str]]]


@dataclass
class Score:
    """How many pairs were found, how many of them are right, how many there are."""

    right: int = 0
    found: int = 0
    wanted: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, found: set[tuple[str, str]], wanted: set[tuple[str, str]]) -> None:
        """Count the pairs of one annex."""
        self.right += len(found & wanted)
        self.found += len(found)
        self.wanted += len(wanted)
        self.wrong += [f"not there: {one}" for one in sorted(found - wanted)]
        self.wrong += [f"missed: {one}" for one in sorted(wanted - found)]

    @property
    def precision(self) -> float:
        """The share of what was found that is right."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """The share of what is there that was found."""
        return self.right / self.wanted if self.wanted else 1.0


def due_words(due: Due) -> str:
    """A deadline in the words of ``Want.dues``."""
    match due:
        case Fixed():
            return f"by {due.by}" if due.by else f"before {due.before}"
        case Within():
            return f"within {due.quarter or due.month or due.year}"
        case Relative():
            return f"relative days {due.days}" if due.days else f"working days {due.working_days}"
        case Periodic() if due.by or due.before:
            return f"year by {due.by}" if due.by else f"year before {due.before}"
        case Periodic():
            return f"every {due.every}"
        case Ongoing():
            return f"ongoing {due.report_every}"


def found_in(plan: Plan, wanted: Iterable[Want]) -> Pairs:
    """What a draft declares, its tasks named by the wanted titles that they begin with."""
    titles = {fold(one.title): one.title for one in wanted}
    pairs: Pairs = {kind: set() for kind in KINDS}
    for _, task in plan.tasks():
        name = next((titles[one] for one in titles if fold(task.title.vi).startswith(one)), None)
        name = name or f"? {task.title.vi[:50]}"
        twice = (name, "") in pairs["tasks"]
        pairs["tasks"].add((name, "again" if twice else ""))
        pairs["leads"] |= {(name, code) for code in leads_of(task)}
        pairs["supporting"] |= {(name, code) for code in task.supporting}
        pairs["deadlines"] |= {(name, due_words(due)) for due in task.due}
    return pairs


def leads_of(task: Task) -> set[str]:
    """Who leads a task, a part of it, or is a class to whose members it is given."""
    return {one for one in (task.lead, *task.fan_out, *(part.lead for part in task.parts)) if one}


def wanted_of(annex: Annex) -> Pairs:
    """What a person reads in an annex."""
    pairs: Pairs = {kind: set() for kind in KINDS}
    for one in annex.wanted:
        pairs["tasks"].add((one.title, ""))
        pairs["leads"] |= {(one.title, code) for code in one.leads.split()}
        pairs["supporting"] |= {(one.title, code) for code in one.supporting.split()}
        pairs["deadlines"] |= {(one.title, due) for due in one.dues.split("; ") if due}
    return pairs


def measure(annexes: Iterable[Annex]) -> tuple[list[str], dict[str, Score]]:
    """A line for each annex and the scores of all together."""
    lines, total = [], {kind: Score() for kind in KINDS}
    for annex in annexes:
        given = Given(issued=annex.issued, number="1/KH-UBND")
        paper = read_annex(annex.make(), annex.file)
        drafted = draft(paper, catalogue_departments(), given)
        found, wanted = found_in(drafted.plan, annex.wanted), wanted_of(annex)
        scores = {kind: Score() for kind in KINDS}
        for kind in KINDS:
            scores[kind].add(found[kind], wanted[kind])
            total[kind].add(found[kind], wanted[kind])
        lines.append(_line(annex.file, scores))
        lines += [f"    {kind}: {one}" for kind in KINDS for one in scores[kind].wrong]
    return [*lines, _line("all", total)], total


def _line(name: str, scores: dict[str, Score]) -> str:
    figures = (f"{scores[kind].precision:6.2f} {scores[kind].recall:5.2f}  " for kind in KINDS)
    return f"{name:30}" + "".join(figures)


def test_annexes_are_read_as_people_read_them(capsys: pytest.CaptureFixture[str]) -> None:
    lines, total = measure(ANNEXES)
    with capsys.disabled():
        print(f"\n{'precision, recall':30}" + "".join(f"{kind:>12}  " for kind in KINDS))
        print("\n".join(lines))
    for kind in KINDS:
        assert total[kind].precision >= GOAL, kind
        assert total[kind].recall >= GOAL, kind


def test_the_measure_can_fail() -> None:
    annex = ANNEXES[0]
    wrong = (Want(annex.wanted[0].title, "so-nv", "", "by 2026-01-01"), *annex.wanted[2:])
    made = Annex(annex.file, annex.about, annex.make, wrong, annex.issued, annex.year)
    _, total = measure([made])
    assert total["tasks"].precision < 1
    assert total["leads"].recall < 1
    assert total["deadlines"].precision < 1


def test_no_officer_is_taken_over() -> None:
    annex = next(one for one in ANNEXES if "officers" in one.about)
    drafted = draft(read_annex(annex.make(), annex.file), catalogue_departments())
    for word in ("Nguyễn Văn An", "Cường", "Dung", "Bé", "0912", "@", "PGĐ"):
        assert word not in drafted.yaml
    assert drafted.findings.removed == 7


def test_every_annex_can_be_written_as_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["annexes", str(tmp_path)])
    main()
    assert {one.name for one in tmp_path.iterdir()} == {one.file for one in ANNEXES}
