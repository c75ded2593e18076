"""The same of office files (.xlsx, .docx) and of workbooks that come back."""

from __future__ import annotations

from integrations.wording import marked

OFFICE_FILES: tuple[tuple[str, str], ...] = (
    (
        r"the file has more than (?P<n>\d+) MB",
        marked("The file is larger than %(n)s MB."),
    ),
    (
        r"unpacked, the file has more than .*|the file has more than \d+ parts, .*"
        r"|the file holds far more than a table: .*",
        marked("The file holds far more than a table: copy the table into a new file."),
    ),
    (
        r"the file has more than (?P<n>\d+) rows: .*",
        marked("The file has more than %(n)s rows: remove the empty ones."),
    ),
    (
        r"the file has more than (?P<n>\d+) cells",
        marked("The file has more than %(n)s cells: copy what is needed into a new file."),
    ),
    (
        r"an old \.xls or \.doc file, or one with a password: .*",
        marked(
            "This is an old .xls or .doc file, or it has a password: save it as .xlsx or .docx."
        ),
    ),
    (
        r"no Excel \(\.xlsx\) or Word \(\.docx\) file",
        marked("This is neither an Excel (.xlsx) nor a Word (.docx) file."),
    ),
    (
        r"a Word file; this takes Excel's \.xlsx",
        marked("This is a Word file; an Excel file (.xlsx) is asked for."),
    ),
    (
        r"an Excel file; this takes Word's \.docx",
        marked("This is an Excel file; a Word file (.docx) is asked for."),
    ),
    (r"the file has a password: .*", marked("The file has a password: save it without one.")),
    (
        r"the file holds macros, .*",
        marked("The file holds macros, which are never taken: save it as .xlsx or .docx."),
    ),
    (
        r"the file takes data from elsewhere: .*",
        marked("The file takes data from other files: break its links and save it again."),
    ),
    (
        r"the file declares XML entities, .*|the file's XML is not in UTF-8, .*",
        marked("The file is built as no office program does it; it is not opened."),
    ),
    (
        r"the file is damaged: .*",
        marked("The file is damaged: open it, save it anew, and send it again."),
    ),
)
WORKBOOKS: tuple[tuple[str, str], ...] = (
    (
        r"this is no workbook of ours, .*",
        marked(
            "This is no workbook of ours, or its hidden columns are gone: download a fresh one "
            "and copy your words into its cells."
        ),
    ),
    (
        r"several sheets hold the rows: '(?P<name>.+)'; keep one of them",
        marked("Several sheets hold the rows: “%(name)s”. Keep one of them."),
    ),
    (
        r"the column '(?P<name>.+)' is gone: .*",
        marked(
            "The column “%(name)s” is gone: download a fresh workbook and copy your words into "
            "its cells."
        ),
    ),
    (
        r"a workbook holds at most (?P<n>\d+) rows"
        r"|a workbook holds (?P<n2>\d+) assignments, and more are open: .*"
        r"|more than (?P<n3>\d+) assignments are open: .*",
        marked("A workbook holds %(n)s tasks at most; take the workbook of one plan by the API."),
    ),
    (
        r"what this workbook said is no longer kept; .*",
        marked("What this workbook said is no longer kept: send the file again."),
    ),
    (
        r"its sender is not a registered mailbox of .*",
        marked("its sender is no registered mailbox"),
    ),
    (
        r"only a workbook from an unknown sender is judged again",
        marked("Only a workbook from an unknown sender is judged again; this one was already."),
    ),
    (
        r"a workbook that was refused is not recorded: .*",
        marked(
            "A workbook that was refused is not recorded: of a mailed one, register its sender’s "
            "mailbox and judge it again; else hand the file in."
        ),
    ),
    (
        r"what this workbook said is not kept: .*",
        marked(
            "What this workbook said is not kept: save the file from its mail, and hand it in on "
            "the page of its body."
        ),
    ),
    (
        r"its sender, (?P<sender>.+), is still no registered mailbox: .*",
        marked(
            "%(sender)s is still no registered mailbox: register it for its body, or hand the file "
            "in on the page of the body."
        ),
    ),
    (
        r"a workbook that a body hands in by itself is its own to open",
        marked("A workbook that a body hands in by itself is its own to open."),
    ),
    (
        r"the mail is larger than is read here: .*",
        marked("the mail is larger than is read: hand the file in on the page"),
    ),
)
