"""The client's calls about files that go out and come in, calendars, channels and registers.

Files are fetched to disk piece by piece and are there whole or not at all; ``to`` is a file's path
or a folder, in which it takes the server's name for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from integrations import client_paper_models as models
from integrations.client_base import Caller
from integrations.client_bodies import given, query, read, segment
from integrations.client_models import Measurement


class PaperCalls(Caller):
    """What offices already use: annexes, workbooks, reports, calendars, channels, registers."""

    # --- annexes and reports -------------------------------------------------------------------

    def draft_plan(
        self,
        annex: str | Path,
        *,
        number: str | None = None,
        issued: date | None = None,
        title: str | None = None,
        issuer: str | None = None,
        coordinator: str | None = None,
        plan: str | None = None,
    ) -> models.Draft:
        """Draw a declaration up from a plan's annex (.xlsx, .docx). Nothing is written.

        What the file does not say of the document may be given; ``coordinator``: a body's code,
        ``plan``: the id that it is to have.
        """
        wanted = {
            "number": number,
            "issued": issued,
            "title": title,
            "issuer": issuer,
            "coordinator": coordinator,
            "id": plan,
        }
        return self._send_file("plans/drafts", annex, models.Draft, wanted=wanted)

    def fetch_report(
        self,
        plan: str,
        period: str,
        to: str | Path,
        *,
        kind: Literal["docx", "pdf", "xlsx"] = "docx",
        at: date | None = None,
        as_of: datetime | None = None,
        language: Literal["vi", "en"] = "vi",
        issuer: str | None = None,
        place: str | None = None,
    ) -> Path:
        """The report on a plan that leaders sign; ``period``: "2026-Q3" or "DAY..DAY".

        ``at``, ``as_of``: as of ``progress``. A PDF needs LibreOffice on the server.
        """
        wanted = {
            "period": period,
            "format": kind,
            "at": at,
            "as_of": as_of,
            "language": language,
            "issuer": issuer,
            "place": place,
        }
        return self._fetch(f"plans/{segment(plan)}/report", to, wanted)

    # --- workbooks -----------------------------------------------------------------------------

    def fetch_workbook(
        self,
        department: str,
        to: str | Path,
        *,
        plan: str | None = None,
        language: Literal["vi", "en"] | None = None,
    ) -> Path:
        """A department's open assignments as a workbook to be filled in; gives where it lies."""
        wanted = {"plan": plan, "language": language}
        return self._fetch(f"departments/{segment(department)}/workbook", to, wanted)

    def return_workbook(
        self,
        workbook: str | Path,
        *,
        dry_run: bool = False,
        confirm_personal_data: bool = False,
        key: str | None = None,
    ) -> models.WorkbookReturn:
        """Send a workbook back: each row that says something new has an outcome of its own."""
        confirmed, wanted = confirm_personal_data, given(dry_run=dry_run)
        kind = models.WorkbookReturn
        return self._send_file(
            "workbooks", workbook, kind, wanted=wanted, confirmed=confirmed, key=key
        )

    def workbook_return(self, returned: str) -> models.WorkbookReturn:
        """A workbook that came back, with what became of its rows."""
        return self._get(f"workbooks/returns/{segment(returned)}", models.WorkbookReturn)

    def confirm_workbook(
        self, returned: str, *, confirm_personal_data: bool = False, key: str | None = None
    ) -> models.WorkbookReturn:
        """Record what was shown of a workbook: after a dry run, or where a mail's waits for it."""
        wanted = query(given(confirm_personal_data=confirm_personal_data))
        path = f"workbooks/returns/{segment(returned)}/confirmation"
        answer = self._transport.request("POST", path, params=wanted, key=key)
        return read(answer, models.WorkbookReturn)

    def judge_workbook_again(
        self, returned: str, *, key: str | None = None
    ) -> models.WorkbookReturn:
        """Judge anew who mailed a workbook, whose mailbox was registered since."""
        path = f"workbooks/returns/{segment(returned)}/again"
        return self._post(path, models.WorkbookReturn, {}, key=key)

    def fetch_marked(self, returned: str, to: str | Path) -> Path:
        """The workbook again, marked with what became of each row; it can be sent back, too."""
        return self._fetch(f"workbooks/returns/{segment(returned)}/marked", to)

    # --- calendars -----------------------------------------------------------------------------

    def calendars(
        self, *, department: str | None = None, plan: str | None = None
    ) -> Iterator[models.Calendar]:
        """The calendars that you may manage, the newest first, with their addresses."""
        return self._pages("calendars", models.Calendar, {"department": department, "plan": plan})

    def create_calendar(
        self,
        *,
        department: str | None = None,
        plan: str | None = None,
        kind: Literal["event", "todo"] = "event",
        name: str = "",
        language: Literal["vi", "en"] = "vi",
    ) -> models.Calendar:
        """Make a calendar of a department's work, or of a plan's.

        ``ConflictError`` after a lost answer: it was made; ``calendars`` gives its address.
        """
        body = given(department=department, plan=plan, kind=kind, name=name, language=language)
        return self._post("calendars", models.Calendar, body)

    def revoke_calendar(self, calendar: str) -> None:
        """End a calendar: its address never works again."""
        self._transport.request("DELETE", f"calendars/{segment(calendar)}")

    # --- channels ------------------------------------------------------------------------------

    def channels(self) -> models.Channels:
        """How Zalo and what Apprise reaches stand, whom they reach, by what messages went."""
        return self._get("channels", models.Channels)

    def set_channel(
        self, department: str, email: str, address: str, *, key: str | None = None
    ) -> models.Channel:
        """Reach a mailbox by a channel before mail: "zalo:NUMBER", or an address of Apprise's.

        What ``missing`` names has to be set on the server before the channel takes messages.
        """
        path, body = _channel(department, email), {"address": address}
        return read(self._transport.request("PUT", path, json=body, key=key), models.Channel)

    def remove_channel(self, department: str, email: str) -> None:
        """Write to a mailbox by mail alone."""
        self._transport.request("DELETE", _channel(department, email))

    def try_channel(self, department: str, email: str, *, key: str | None = None) -> models.Trial:
        """Send a mailbox's channel one message now that says of itself that it is a trial."""
        return self._post(f"{_channel(department, email)}/test", models.Trial, {}, key=key)

    def give_zalo_access(
        self,
        *,
        code: str | None = None,
        code_verifier: str | None = None,
        refresh_token: str | None = None,
        key: str | None = None,
    ) -> models.Access:
        """Let Dondoc send for the Official Account: a permission's ``code``, or a refresh token."""
        body = given(code=code, code_verifier=code_verifier, refresh_token=refresh_token)
        return self._post("channels/zalo/access", models.Access, body, key=key)

    # --- figures -------------------------------------------------------------------------------

    def import_figures(
        self,
        figures: str | Path,
        *,
        source: str = "",
        dry_run: bool = False,
        confirm_personal_data: bool = False,
        key: str | None = None,
    ) -> models.Figures:
        """Give many figures at once as a CSV or Excel file: good rows are taken, bad ones told.

        ``source``: the document, for rows that name none.
        """
        confirmed, wanted = confirm_personal_data, given(source=source, dry_run=dry_run)
        path, kind = "measurements/import", models.Figures
        return self._send_file(path, figures, kind, wanted=wanted, confirmed=confirmed, key=key)

    def doubtful_figures(self) -> Iterator[models.DoubtfulFigure]:
        """Figures that may be wrong, until they are corrected or confirmed, the latest first."""
        return self._pages("measurements/doubtful", models.DoubtfulFigure)

    def confirm_figure(self, measurement: int, *, key: str | None = None) -> Measurement:
        """Say that a doubtful figure is right."""
        return self._post(f"measurements/{measurement}/confirmation", Measurement, {}, key=key)

    def registers(self) -> Iterator[models.Register]:
        """The registers that figures are pulled from, and how each answered last."""
        return self._pages("registers", models.Register)


def _channel(department: str, email: str) -> str:
    return f"departments/{segment(department)}/contacts/{segment(email)}/channel"
