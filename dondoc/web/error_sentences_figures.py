"""What is said of files with figures, their rows, and registers' values, by pattern."""

from __future__ import annotations

from integrations.wording import marked

FIGURE_ROWS: tuple[tuple[str, str], ...] = (
    (r"choose a file", marked("Choose a file.")),
    (
        r"the form cannot be read: choose the file again",
        marked("The preview cannot be read: choose the file again."),
    ),
    (
        r"name a target by its id or its whole title",
        marked("Name the target by its code or its whole title."),
    ),
    (
        r"no target '(?P<name>.*)'; 'dondoc targets list' shows them",
        marked("No target has the code or title “%(name)s”."),
    ),
    (
        r"several targets are called so: (?P<ids>.+); give the id",
        marked("Several targets have this title (%(ids)s): give the code."),
    ),
    (
        r"another body answers for this target",
        marked("Another body answers for this target."),
    ),
    (
        r"name the period, such as 2026-Q1 or Quý I/2026",
        marked("Name the period, such as 2026-Q1 or Quý I/2026."),
    ),
    (
        r"'(?P<name>.*)' is no period; write one like .*",
        marked("“%(name)s” is no period; write one like 2026, 2026-H1, Quý I/2026, tháng 5/2026."),
    ),
    (
        r"name the document it stands in, or one for all rows",
        marked("Name the document in which the figure stands, or one for all rows."),
    ),
    (r"this moment lies in the future", marked("This moment lies in the future.")),
    (
        r"'(?P<name>.*)' is no moment; write one like .*",
        marked("“%(name)s” is no date or time; write one like 31/03/2026 or 31/03/2026 08:30."),
    ),
    (
        r"(?P<first>row|item) (?P<one>\d+) gives another figure of this period; .*",
        marked("Line %(one)s gives another figure of this period: keep one of them."),
    ),
    (
        r".+ gives another figure of this period; .* is left out",
        marked("An earlier line gives another figure of this period: keep one of them."),
    ),
    (
        r"'(?P<text>.*)' can be read as (?P<large>\S+) or as (?P<small>\S+); write .*",
        marked(
            "“%(text)s” can be read as %(large)s or as %(small)s, and no other number of the file "
            "shows how decimals are written; write it so that it can be only one."
        ),
    ),
    (r"'(?P<text>.*)' is no number", marked("“%(text)s” is no number.")),
    (r"this is no number", marked("This is no number.")),
    (r"this is neither a text nor a number", marked("This is neither a text nor a number.")),
    (
        r"the cell holds a formula; put its value in its place",
        marked("The cell holds a formula: put its value in its place."),
    ),
    (
        r"the cell is in per cent, and the target is not",
        marked("The cell is in per cent, and the target is not."),
    ),
    (
        r"a date stands where a number belongs: .*",
        marked("A date stands where a number belongs: format the cell as a number."),
    ),
    (
        r"a date \((?P<date>[0-9/]+)\) stands where a period belongs; write it as .*",
        marked("A date (%(date)s) stands where a period belongs: write it as a text."),
    ),
    (
        r"the expression (?P<name>.+) fails: .*",
        marked("The expression %(name)s of registers.yaml cannot be applied to this item."),
    ),
    (
        r"(?P<n>\d+) more values were not taken",
        marked("%(n)s more values were not taken."),
    ),
    (
        r"this was said before, and another figure given since, which stays",
        marked(
            "The same source gave this figure before, and another one was given since: that one "
            "stays. To take this one after all, enter it at the target."
        ),
    ),
    (
        r"'(?P<name>.*)' is no target of this register in registers.yaml",
        marked("registers.yaml names no target “%(name)s” for this register."),
    ),
    (r"these items name no target", marked("These items name no target.")),
    (
        r"(?P<n>\d+) more names are no targets of this register in registers.yaml",
        marked("%(n)s more names that registers.yaml does not have for this register."),
    ),
    (
        r"no figure in (?P<n>\d+) places that are asked for: is the mapping right\?",
        marked(
            "None of the %(n)s places that are asked for holds a figure: see whether "
            "registers.yaml still fits what the system gives."
        ),
    ),
    # --- files as a whole ---
    (
        r"no table of figures in the file: .*",
        marked(
            "There is no table of figures in the file. Its columns are known by headers such as "
            "“Mã chỉ tiêu”, “Kỳ số liệu”, “Giá trị”; the template has them."
        ),
    ),
    (
        r"two columns say the same \((?P<names>.+)\): keep one of them",
        marked("Two columns say the same (%(names)s): keep one of them."),
    ),
    (
        r"the file has (?P<n>\d+) figures; (?P<most>\d+) are taken at once",
        marked("The file has %(n)s figures; at most %(most)s are taken at once."),
    ),
    (
        r"the figures' words are more than is taken at once: .*",
        marked("The sources and notes are more than is taken at once: give fewer rows a file."),
    ),
    (
        r"the file has a line of more than (?P<n>\d+) signs",
        marked("The file has a line of more than %(n)s signs: it is no table."),
    ),
    (
        r"no CSV file in UTF-8, .*|no CSV file: .*",
        marked("This is neither an Excel file nor a CSV file; save it as .xlsx or CSV (UTF-8)."),
    ),
    (
        r"row (?P<n>\d+) has more than (?P<most>\d+) columns",
        marked("Line %(n)s has more than %(most)s columns."),
    ),
    (
        r"row (?P<n>\d+) cannot be read \(.+\): check its quotation marks",
        marked("Line %(n)s cannot be read: check its quotation marks."),
    ),
    # --- confirming ---
    (r"there is no doubt of figure \d+", marked("There is no doubt of this figure.")),
    (
        r"figure \d+ was confirmed already, by .+",
        marked("This figure was confirmed already."),
    ),
    (
        r"figure \d+ was corrected since; .*",
        marked("This figure was corrected since; the last one of its period counts."),
    ),
)

REGISTERS: tuple[tuple[str, str], ...] = (
    (
        r"give both '(?P<a>\w+)' and '(?P<b>\w+)', or neither",
        marked("give both “%(a)s” and “%(b)s”, or neither"),
    ),
    (
        r"give 'token_env', or 'user_env' with 'password_env', not both",
        marked("give “token_env”, or “user_env” with “password_env”, not both"),
    ),
    (
        r"give 'value', or both 'part' and 'whole'",
        marked("give “value”, or both “part” and “whole”"),
    ),
    (
        r"leave user and password out: name '(?P<a>\w+)' and '(?P<b>\w+)'",
        marked("leave the user and the password out: name them by “%(a)s” and “%(b)s”"),
    ),
    (
        r"give the root alone, such as .*",
        marked("give its root alone, such as https://dhis2.example.vn/dhis"),
    ),
    (
        r"'targets': '(?P<name>.+)' lacks a 'period'",
        marked("the target “%(name)s” lacks a “period”"),
    ),
    (
        r"'targets': '(?P<name>.+)' lacks a 'value', or 'part' and 'whole'",
        marked("the target “%(name)s” lacks a “value”, or “part” and “whole”"),
    ),
    (
        r"this is no expression of JMESPath: .*",
        marked("this is no expression of JMESPath"),
    ),
)
"""What is wrong in ``registers.yaml`` alone."""
