"""``dondoc retention``: remove what has had its time, or one thing on request."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from dondoc.cli.output import as_json, say, table
from dondoc.cli.record import OFFICE, record

app = App(name="retention", help="Remove what has had its time, as docs/retention.md says.")
KINDS = {
    "texts": "people's words on assignments that closed long ago",
    "files": "uploaded files of such assignments",
    "notices": "what old messages said",
    "quarantine": "what agencies' items said that nobody settled",
    "answers": "first answers to writes with an Idempotency-Key",
    "proofs": "expired sessions, one-time secrets and devices",
    "last_uses": "when tokens were last used that are no longer good",
    "workbooks": "what the cells of workbooks said that came back",
    "contents": "contents on disk that belong to no file",
}


@app.default
def apply(*, dry_run: bool = False, json: bool = False) -> None:
    """Apply the rule, in many small transactions; the ledger's chains stay whole.

    Parameters
    ----------
    dry_run
        Count what would go, and change nothing.
    """
    from dataclasses import asdict

    from plans import retention
    from plans.settings import RetentionSettings

    with record() as here:
        rule = retention.Rule.of(RetentionSettings.read())
        found = retention.apply_all(here.engine, here.settings, rule, here.now, dry_run=dry_run)
    counts = asdict(found)
    del counts["unfinished"]
    if json:
        as_json(counts | {"dry_run": dry_run})
        return
    rows = [(name, counts[name], KINDS[name]) for name in KINDS]
    title = "Would be removed" if dry_run else "Removed"
    table(("kind", "number", "what"), rows, title=title, numbers="number")


@app.command
def remove(
    text_or_file: str, *, reason: Annotated[str, Parameter(help="Kept in the audit log.")]
) -> None:
    """Take out one text or file on request, such as a person's number that slipped through.

    Parameters
    ----------
    text_or_file
        A text's hash or a file's id, as 'dondoc assignments show' and the API give them.
    """
    from plans import files, retention
    from plans.store import writing

    with record() as here:
        with writing(here.engine) as connection:
            done = retention.remove(
                connection, text_or_file.strip().lower(), reason, actor=OFFICE, now=here.now
            )
        if done.kind == "file":
            with writing(here.engine) as connection:
                files.sweep(connection, files.folder_of(here.settings.data_dir), here.now)
    quoted = f", and out of {done.messages} sent messages" if done.messages else ""
    say(f"the {done.kind} is out of the record{quoted}; backups made before still hold it")
