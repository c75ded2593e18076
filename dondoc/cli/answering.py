"""``dondoc plans answer``: a draft's open questions, one by one on a terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dondoc.cli.output import say

if TYPE_CHECKING:
    from rich.console import Console

    from plans.declaration import Departments
    from plans.drafting.answering import Answered
    from plans.drafting.asking import Open

HELP = {
    "accept": "= right as understood (== and all that say the same)",
    "leave_out": "- leave it out, its words go into the note",
    "write": "or write what is right",
}


def answer(file: Path) -> None:
    """Answer a draft's questions on a terminal, in words; each answer is written at once.

    Enter leaves a question open, '=' accepts what was understood, '==' accepts it wherever the
    paper says the same, '-' leaves the words out and keeps them in the task's note, 'q' ends.
    Anything else is what is right: bodies by name, abbreviation or code with ';' between them; a
    deadline such as 'Quý III/2026'. Lines that no answer is about stay as they are.

    Parameters
    ----------
    file
        The draft, as 'dondoc plans draft' writes it.
    """
    from plans.drafting.answering import answer as put
    from plans.errors import InvalidInput

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InvalidInput(
            "answering needs a terminal; without one, edit the draft, or use the page or the API"
        )
    from rich.console import Console

    from flows.common import read_settings
    from plans.declared import read_departments

    console, departments = Console(), read_departments(read_settings().plans_dir)
    found = put(_read(file), departments, {})
    passed = set[str]()
    while one := next((one for one in found.left if one.key not in passed), None):
        said = _ask(console, one, departments, len(found.left))
        if said == "q":
            break
        passed.add(one.key)
        if said:
            found = _taken(console, file, found, departments, one, said)
            passed -= {one.key} & set(found.errors)
    _say(found, file)


def _taken(
    console: Console, file: Path, found: Answered, departments: Departments, one: Open, said: str
) -> Answered:
    from plans.drafting.answering import Answer
    from plans.drafting.answering import answer as put

    given = {
        "=": Answer(accept=True),
        "==": Answer(accept=True, alike=True),
        "-": Answer(leave_out=True),
    }.get(said, Answer(value=said))
    new = put(found.text, departments, {one.key: given})
    if new.errors:
        console.print(f"  {new.errors[one.key]}", style="red", markup=False)
    else:
        _write(file, found.text, new.text)
    return new


def _ask(console: Console, one: Open, departments: Departments, left: int) -> str:
    """One question and what is typed; "" for nothing."""
    from rich.prompt import Prompt

    where = f" at {one.asked.at}" if one.asked.at else ""
    console.print(f"\n{left} open · {one.field} of {one.holder.id}{where}",
                  style="bold", markup=False, highlight=False)  # fmt: skip
    if one.task:
        console.print(f"  {one.task.title.vi}", markup=False, highlight=False)
    for word, text in (("paper", one.asked.said), ("holds", _holds(one, departments)),
                       ("why", one.asked.why)):  # fmt: skip
        if text:
            console.print(f"  {word}: {text}", markup=False, highlight=False)
    told = "; ".join(HELP[choice.value] for choice in one.choices)
    console.print(f"  Enter leave it; {told}; q end", style="dim", markup=False, highlight=False)
    try:
        return Prompt.ask(" ", console=console, default="", show_default=False).strip()
    except EOFError:
        return "q"


def _holds(one: Open, departments: Departments) -> str:
    """What the field holds that is asked about; bodies by their names."""
    from plans.drafting.findings import BETWEEN
    from plans.drafting.terms import describe

    if one.effect == "fills":
        return ""
    if one.codes:
        names = {body.code: body.name.vi for body in departments.departments}
        effect = " (what you write is added)" if one.effect == "adds" else ""
        return "; ".join(names.get(code, code) for code in one.meant or one.codes) + effect
    if isinstance(one.value, tuple):
        return BETWEEN.join(map(describe, one.value))
    return str(getattr(one.value, "vi", one.value) or "")


def _read(file: Path) -> str:
    from plans.errors import InvalidInput
    from plans.source import MAX_BYTES

    try:
        with file.open("rb") as opened:
            return opened.read(MAX_BYTES + 1).decode("utf-8-sig")
    except OSError as error:
        raise InvalidInput(f"cannot read {file}: {error.strerror}; check the path") from None
    except UnicodeDecodeError:
        raise InvalidInput(f"{file} is not UTF-8: save it as UTF-8") from None


def _write(file: Path, before: str, text: str) -> None:
    """Put the text in the file's place as one step; what somebody else wrote there stays."""
    from plans.errors import Conflict, InvalidInput

    if _read(file) != before:
        raise Conflict(f"{file} was changed meanwhile: start again; its other changes are kept")
    beside = file.with_name(f".{file.name}.part")
    try:
        beside.write_bytes(text.encode())
        beside.chmod(file.stat().st_mode & 0o777)
        beside.replace(file)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise InvalidInput(f"cannot write {file}: {error.strerror}; check the path") from None


def _say(found: Answered, file: Path) -> None:
    from plans.drafts import missing

    if not found.left:
        say(f"nothing is asked any more: 'dondoc plans check {file}', then 'dondoc plans load'")
        return
    n = missing(found.plan)
    told = f"{n} fields must be filled before it can be loaded" if n else "it can be loaded"
    say(f"{len(found.left)} questions are open; {told}")
