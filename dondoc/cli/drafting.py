"""``dondoc plans draft``: a plan's annex, in Excel or Word, becomes a declaration's draft."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from dondoc.cli.output import as_json, put_file, say, table

if TYPE_CHECKING:
    from plans.declaration import Departments
    from plans.drafting.drafted import Drafted


def draft(
    file: Path,
    *,
    out: Path | None = None,
    number: str | None = None,
    issued: date | None = None,
    title: str | None = None,
    issuer: str | None = None,
    coordinator: str | None = None,
    id: Annotated[str | None, Parameter(name="--id")] = None,
    json: bool = False,
    force: bool = False,
) -> None:
    """Draw up a plan's declaration from its annex (.xlsx or .docx). The record is not touched.

    What is doubtful or was not understood is listed with its place; the draft holds it word for
    word. Correct the draft, look at it with 'plans check', then load it with 'plans load'.

    Parameters
    ----------
    out
        The file to write; without it, the draft goes to standard output.
    number
        The document's number, such as 123/KH-UBND, where the file does not say it.
    issued
        The document's date.
    title
        The plan's title.
    issuer
        Who issued it.
    coordinator
        The code of the body that follows it up.
    id
        The plan's id.
    force
        Overwrite the file of --out.
    """
    from integrations.annex import read_annex
    from plans.drafting.drafted import Given
    from plans.drafting.drafted import draft as draw_up
    from plans.errors import InvalidInput

    if out and out.exists() and not force:
        raise InvalidInput(f"{out} exists; give --force to overwrite it, or another --out")
    given = Given(number, issued, title, issuer, coordinator, id)
    drafted = draw_up(read_annex(_read(file), file.name), _departments(), given)
    if out:
        put_file(out, drafted.yaml.encode())
    if json:
        as_json(_told(drafted))
    else:
        _say(drafted, out)


def _read(file: Path) -> bytes:
    from integrations.office_files import MOST_BYTES
    from plans.errors import InvalidInput

    try:
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"cannot read {file}: {error.strerror}; check the path") from None


def _departments() -> Departments:
    """The bodies of DONDOC_PLANS_DIR."""
    from flows.common import read_settings
    from plans.declaration import Departments
    from plans.declared import DEPARTMENTS
    from plans.errors import InvalidCatalogue
    from plans.source import read_source, validate

    source = read_source(read_settings().plans_dir / DEPARTMENTS)
    declared, problems = validate(source, Departments)
    if declared is None:
        raise InvalidCatalogue([*source.problems, *problems])
    return declared


def _told(drafted: Drafted) -> dict[str, Any]:
    from plans.drafting.findings import told

    return {"plan": drafted.plan.id, "yaml": drafted.yaml, **told(drafted.findings)}


def _say(drafted: Drafted, out: Path | None) -> None:
    """The counts and what is open: on the way of the result, or beside a draft printed there."""
    counts = drafted.findings.counts()
    rows = [(kind, *states.values()) for kind, states in counts.items() if any(states.values())]
    if out is None:
        print(drafted.yaml, end="")
        say("\n".join(f"{kind}: {_states(counts[str(kind)])}" for kind, *_ in rows))
        return
    table(("read as", "recognised", "doubtful", "not_understood"), rows,
          numbers="recognised doubtful not_understood")  # fmt: skip
    from plans.drafting.findings import grouped

    if some := grouped(drafted.findings.open()):
        shown = [(one.at, one.kind.value, one.state.value, one.said, one.read, one.why)
                 for one in some]  # fmt: skip
        table(("place", "read as", "how", "it says", "read", "why"), shown, title="\nTo look at")
    if drafted.findings.removed:
        say(f"telephone numbers and names not taken over: {drafted.findings.removed}")
    say(f"wrote {out}: compare it with the paper; 'dondoc plans check {out}' lists what is open")


def _states(states: dict[str, int]) -> str:
    return ", ".join(f"{n} {state}" for state, n in states.items())
