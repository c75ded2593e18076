"""What use cases and shapes say of an error, by pattern, and how a page says the same.

A named group fills in the value of the same name: ``day…`` is read as a date, ``what…`` is a text
that is translated itself, any other stands as it is. The first pattern that fits is taken.
"""

from __future__ import annotations

from dondoc.web.draft_sentences import FAULTS as DRAFTS
from dondoc.web.draft_sentences_asked import WHOLE
from dondoc.web.error_sentences_calendars import CALENDARS
from dondoc.web.error_sentences_channels import CHANNELS
from dondoc.web.error_sentences_figures import FIGURE_ROWS
from dondoc.web.error_sentences_office import DAY, FIGURES, OFFICE
from dondoc.web.error_sentences_reports import REPORTS
from dondoc.web.error_sentences_workbooks import OFFICE_FILES, WORKBOOKS
from integrations.wording import marked
from plans.terms import EvidenceKind

KINDS: dict[str, str] = {
    EvidenceKind.PLAN: marked("a plan (…/KH-…)"),
    EvidenceKind.PROGRAMME: marked("a programme (…/CTr-…)"),
    EvidenceKind.PROJECT: marked("a project (…/ĐA-…)"),
    EvidenceKind.REPORT: marked("a report (…/BC-…)"),
    EvidenceKind.DECISION: marked("a decision (…/QĐ-…)"),
    EvidenceKind.RESOLUTION: marked("a resolution (…/NQ-…)"),
    EvidenceKind.DIRECTIVE: marked("a directive (…/CT-…)"),
    EvidenceKind.REGULATION: marked("a regulation (…/QC-…)"),
    EvidenceKind.SUBMISSION: marked("a submission (…/TTr-…)"),
    EvidenceKind.MINUTES: marked("minutes (…/BB-…)"),
    EvidenceKind.LETTER: marked("a letter or other written document"),
    EvidenceKind.OTHER: marked("a document with its number, a link or a file"),
}
"""Which document proves that a task is done."""

WORDS: dict[str, str] = {
    "update": marked("report on it"),
    "submit": marked("hand in a report"),
    "accept": marked("accept the report"),
    "return": marked("return the report"),
    "suspend": marked("suspend it"),
    "ask for an extension": marked("ask for a later date"),
    "review it": marked("review it"),
    "decide on it": marked("decide on it"),
    "order this": marked("order this"),
    "file": marked("file’s name"),
}
"""Pieces of sentences, for ``what…``."""

# --- reports, reviews, extensions, orders -------------------------------------------------------

_ACTS: tuple[tuple[str, str], ...] = (
    (
        r"a report needs a percentage, unless it is a nil report",
        marked("Say how far the work is, from 0 to 100."),
    ),
    (
        r"percent must be a whole number from 0 to 100, not .*",
        marked("The percentage is a whole number from 0 to 100."),
    ),
    (
        r"no file (?P<file>\w+) was uploaded to this assignment",
        marked("The chosen file does not belong to this assignment; upload it here first."),
    ),
    (
        r"cannot (?P<what>.+): the assignment is cancelled",
        marked("One cannot %(what)s: the assignment is cancelled."),
    ),
    (
        r"cannot (?P<what>.+): the assignment is suspended",
        marked("One cannot %(what)s: the assignment is suspended."),
    ),
    (
        r"cannot (?P<what>update|submit|accept|return|suspend|ask for an extension): "
        r"it was accepted already",
        marked("One cannot %(what)s: its completion was accepted already."),
    ),
    (
        r"cannot (?P<what>.+): no lead is decided yet",
        marked("One cannot %(what)s: it is not decided yet who leads it."),
    ),
    (
        r"nothing was submitted that could be accepted",
        marked("No report waits that could be accepted; perhaps it was reviewed already."),
    ),
    (
        r"nothing was submitted that could be returned",
        marked("No report waits that could be returned; perhaps it was reviewed already."),
    ),
    (
        r"this is done with a reason; the field \w+ is empty",
        marked("Give the reason: it is recorded, and the body concerned reads it."),
    ),
    (
        r"who handed it in cannot (?P<what>.+); another officer does",
        marked("Who handed it in cannot %(what)s; another officer does."),
    ),
    (
        r"who acts for (?P<codes>.+) cannot (?P<what>.+); another officer does",
        marked(
            "Who acts for the body concerned (%(codes)s) cannot %(what)s; another officer does."
        ),
    ),
    (
        r"this request for an extension was decided already",
        marked("This request for a later date was decided already."),
    ),
    (
        r"a request that is refused gets no date",
        marked("A request that is refused gets no date: leave it empty."),
    ),
    (
        rf"an extension is to a day after (?P<day>{DAY}), within ten years of it",
        marked("The later date is a day after %(day)s, within ten years of it."),
    ),
    (
        rf"an extension is to a day after (?P<day>{DAY})",
        marked("The later date is a day after %(day)s."),
    ),
    (
        r"an extension was asked for already and waits",
        marked("A later date was asked for already; that request waits for a decision."),
    ),
    (
        r"an extension is asked for before the date passes",
        marked("The due date has passed: a later one is asked for before it does."),
    ),
    (
        r"it has changed since you read it; read it again and decide anew",
        marked("It has changed since you opened it; look at it again and decide anew."),
    ),
    (r"cannot change the date: it is cancelled", marked("It is cancelled: its date stays.")),
    (
        r"cannot change the date: done late stays late",
        marked("Its completion was accepted: its date stays."),
    ),
    (r"cannot resume: it is not suspended", marked("It is not suspended.")),
    (r"it is cancelled already", marked("It is cancelled already.")),
    (
        r"cannot cancel: it was accepted already",
        marked("It cannot be cancelled: its completion was accepted already."),
    ),
    (r"cannot reassign: it is cancelled", marked("It is cancelled: nobody else can lead it.")),
    (
        r"cannot reassign: it was accepted already",
        marked("Its completion was accepted already: it stays with who did it."),
    ),
    (
        r"only an accepted report is corrected; send an update",
        marked("Only an accepted report is corrected; this one can still be returned."),
    ),
    (r"(?P<code>\S+) leads it already", marked("This body (%(code)s) leads it already.")),
    (
        r"nobody was found that could be confirmed; .*",
        marked("Nobody was found who could be confirmed: choose the body that leads."),
    ),
    (r"name a department that exists, not .*", marked("Choose a body of the list.")),
    (
        r"(?P<code>\S+) is a class of bodies; .*",
        marked("“%(code)s” is a class of bodies: choose one body."),
    ),
    (
        rf"(?P<code>\S+) begins on (?P<day>{DAY}); .*",
        marked("“%(code)s” exists from %(day)s on: choose a body that exists now."),
    ),
    (
        rf"(?P<code>\S+) ended on (?P<day>{DAY}); its successor is (?P<heir>\S+)",
        marked("“%(code)s” ended on %(day)s; its successor is “%(heir)s”."),
    ),
    (
        rf"(?P<code>\S+) ended on (?P<day>{DAY}); .*",
        marked("“%(code)s” ended on %(day)s: choose a body that exists now."),
    ),
    (
        r"this looks like a person's number, not like a document's .*",
        marked("This looks like a person’s number, not like a document’s (15/QĐ-UBND)."),
    ),
    (
        rf"the document's date (?P<day>{DAY}) lies in the future",
        marked("The document’s date, %(day)s, lies in the future."),
    ),
    (
        r"this may hold a person's number; .*",
        marked("This may hold a person’s number: take it out, or confirm that it may stand."),
    ),
    (
        r"name a document: its number, title, url or file",
        marked("Name the document: its number, its title, a link or an uploaded file."),
    ),
)

# --- files --------------------------------------------------------------------------------------

_FILES: tuple[tuple[str, str], ...] = (
    (
        r"a file of at most (?P<most>\d+) MB is taken",
        marked("The file is too large: at most %(most)s MB are taken."),
    ),
    (
        r"a body of at most (?P<most>\d+) kB is taken",
        marked("That is too large: at most %(most)s kB are taken at once."),
    ),
    (r"the file is empty.*", marked("The file is empty.")),
    (
        r"the file is encrypted.*",
        marked("The file is protected by a password: send it without one."),
    ),
    (
        r"the file is a document with macros.*",
        marked("The file holds macros, which are not taken: save it without them, or as PDF."),
    ),
    (
        r"the file is a damaged .*",
        marked("The file is damaged: open it, save it anew and send that."),
    ),
    (
        r"the file is .*",
        marked(
            "Files of this kind are not taken. Taken are PDF, Word, Excel, PowerPoint, "
            "OpenDocument, pictures (PNG, JPG) and plain text."
        ),
    ),
    (
        r"a file's name cannot hold U\+\w+",
        marked("The file’s name holds a sign that is not allowed: rename the file."),
    ),
    (
        r"the file has no name|the field 'file' is a file with a name"
        r"|a file is sent in the field 'file'",
        marked("Choose a file."),
    ),
    (
        r"a file's name has at most (?P<most>\d+) signs",
        marked("The file’s name is too long: at most %(most)s signs."),
    ),
    (
        r"the form cannot be read: .*|the form ends before its file does"
        r"|a file is sent as multipart/form-data, .*",
        marked("The file did not arrive whole: send it again."),
    ),
)

# --- shapes (pydantic) ----------------------------------------------------------------------------

_SHAPES: tuple[tuple[str, str], ...] = (
    (
        r"Field required|it holds nothing but blanks|String should have at least 1 character",
        marked("Fill this in."),
    ),
    (r"String should have at least (?P<least>\d+) characters", marked("At least %(least)s signs.")),
    (
        r"String should have at most (?P<most>\d+) characters?|at most (?P<most2>\d+) signs",
        marked("Too long: at most %(most)s signs."),
    ),
    (
        r"String should match pattern '\^https\?.*",
        marked("A link begins with http:// or https:// and has no blanks."),
    ),
    (
        rf"String should match pattern '\^\[0-9\]\{{4\}}.*|Input should be a valid date.*"
        rf"|month must be in .*|day is out of range .*|day \d+ must be in range .*"
        rf"|Invalid isoformat string.*|a day from {DAY} to .*"
        rf"|Input should be (greater|less) than (or equal to )?({DAY}|datetime\.date.*)"
        r"|Datetimes provided to dates .*",
        marked("This is no day that can be: choose one in the calendar, or type day/month/year."),
    ),
    (r"String should match pattern .*", marked("This is not written as it should be.")),
    (r"Input should be a valid integer.*", marked("This has to be a whole number.")),
    (
        r"Input should be a valid (number|decimal).*|Input should be a finite number",
        marked("This has to be a number."),
    ),
    (
        r"Input should be greater than or equal to (?P<amount>\S+)",
        marked("At least %(amount)s."),
    ),
    (r"Input should be less than or equal to (?P<amount>\S+)", marked("At most %(amount)s.")),
    (r"Input should be greater than (?P<amount>\S+)", marked("More than %(amount)s.")),
    (r"Input should be less than (?P<amount>\S+)", marked("Less than %(amount)s.")),
    (
        r"Input should be a valid (string|boolean|list|tuple|dictionary).*|Input should be '.*"
        r"|Extra inputs are not permitted|Unable to extract tag.*",
        marked("Choose one of what is offered."),
    ),
    (
        r"(List|Tuple) should have at most (?P<most>\d+) items?.*",
        marked("At most %(most)s of them at once."),
    ),
    (r"(List|Tuple) should have at least (?P<least>\d+) items?.*", marked("Choose at least one.")),
    (
        r"control character U\+\w+ is not allowed|must not hold control characters",
        marked("It holds signs that nobody can see: type it anew."),
    ),
    (r"a text may not hold U\+0000", marked("It holds signs that nobody can see: type it anew.")),
    (r"value is not a valid email address.*", marked("This is no e-mail address.")),
    (
        r"not a cursor of this list; begin without one",
        marked("The list has no such page: begin at its first one."),
    ),
    (
        r"this Idempotency-Key came before with another request; .*",
        marked("This form was sent before: load the page again."),
    ),
)

# --- who may not --------------------------------------------------------------------------------

_SESSIONS: tuple[tuple[str, str], ...] = (
    (
        r"with a session's cookie, .+ is needed: .*",
        marked("The form belongs to an earlier sign-in: load the page again and send it anew."),
    ),
    (
        r"this request comes from another site's page",
        marked("The form was sent from another site: open the page here and send it anew."),
    ),
    (
        r"this token ended; .*",
        marked("Your access has ended; ask the coordinating office for a new one."),
    ),
    (r"too many .*", marked("Too many tries: wait a moment.")),
    (
        r"the service is stopping; try again"
        r"|the database does not answer now; try again .+",
        marked("The service is being restarted; nothing was written, try again in a moment."),
    ),
)

SENTENCES = (
    *_ACTS,
    *_FILES,
    *FIGURES,
    *FIGURE_ROWS,
    *CALENDARS,
    *CHANNELS,
    *REPORTS,
    *OFFICE_FILES,
    *DRAFTS,
    *WHOLE,
    *WORKBOOKS,
    *OFFICE,
    *_SHAPES,
    *_SESSIONS,
)
"""Every pattern of a whole message, with the text to be translated."""
