"""What a draft asks, and what is wrong with an answer: by pattern, as ``declaration_sentences``."""

from __future__ import annotations

from dondoc.web.error_sentences_office import DAY
from integrations.wording import marked

_IN_WORDS = r"'(?P<what>\w+)' is a question still: (?P<told>.+?)"
_ASKED = r"'(?P<name>\w+)' is a question still: (?P<told>.+?)"

QUESTIONS: tuple[tuple[str, str], ...] = (
    (
        rf"{_IN_WORDS} \(the paper says (?P<value>'[^\n]*') at (?P<told_at>[^()\n]+)\)",
        marked("%(what)s is still a question: %(told)s (the paper says %(value)s at %(told_at)s)"),
    ),
    (
        rf"{_IN_WORDS} \(the paper says (?P<value>'[^\n]*') at (?P<at>[^()\n]+)\)",
        marked("%(what)s is still a question: %(told)s (the paper says %(value)s at %(at)s)"),
    ),
    (
        rf"{_IN_WORDS} \(the paper says (?P<value>'[^\n]*')\)",
        marked("%(what)s is still a question: %(told)s (the paper says %(value)s)"),
    ),
    (_IN_WORDS, marked("%(what)s is still a question: %(told)s")),
    (
        rf"{_ASKED} \(the paper says (?P<value>'[^\n]*') at (?P<at>[^()\n]+)\)",
        marked("“%(name)s” is still a question: %(told)s (the paper says %(value)s at %(at)s)"),
    ),
    (
        rf"{_ASKED} \(the paper says (?P<value>'[^\n]*')\)",
        marked("“%(name)s” is still a question: %(told)s (the paper says %(value)s)"),
    ),
    (_ASKED, marked("“%(name)s” is still a question: %(told)s")),
    (
        r"'(?P<name>\w+)' is a question still: (?P<text>.+)",
        marked("“%(name)s” is still a question: %(text)s"),
    ),
    (
        r"compare '(?P<what>\w+)' with the paper, and remove the entry of 'questions'",
        marked("compare %(what)s with the paper, and remove the entry of “questions”"),
    ),
    (
        r"compare '(?P<name>\w+)' with the paper, and remove the entry of 'questions'",
        marked("compare “%(name)s” with the paper, and remove the entry of “questions”"),
    ),
    (
        r"'(?P<what>\w+)' is not confirmed: the paper does not say it",
        marked("%(what)s is not confirmed: the paper does not say it"),
    ),
    (
        r"'(?P<name>\w+)' is not confirmed: the paper does not say it",
        marked("“%(name)s” is not confirmed: the paper does not say it"),
    ),
    (
        r"write what the document says, and remove the entry of 'questions'",
        marked("write what the document says, and remove the entry of “questions”"),
    ),
    (
        r"nobody knows yet who leads '(?P<name>[^']*)'",
        marked("it is not known yet who leads “%(name)s”"),
    ),
    (
        r"write the lead's code, which departments.yaml declares, and remove .*",
        marked("write the lead’s code from departments.yaml, and remove the entry of “questions”"),
    ),
    (
        r"nobody knows yet when '(?P<name>[^']*)' is due",
        marked("it is not known yet when “%(name)s” is due"),
    ),
    (
        r"write an entry such as (?P<example>\{.*\}), and remove the entry of 'questions'",
        marked("write an entry such as %(example)s, and remove the entry of “questions”"),
    ),
    (
        r"'(?P<name>\w+)' is not known: write it, or add an entry of 'questions' .*",
        marked("“%(name)s” is not known: write it, or add an entry of “questions” that says why"),
    ),
    (
        r"'questions' names '(?P<name>.*)', which is no field here; fields: (?P<fields>.*)",
        marked("“questions” names “%(name)s”, which is no field here; fields: %(fields)s"),
    ),
)

_NAMES = r"write names, abbreviations or codes of the list, with ';' between them"
_EXAMPLES = r"write it such as '30/6/2026', .*"

ANSWERS: tuple[tuple[str, str], ...] = (
    (r"at most (?P<n>\d+) signs can stand here", marked("at most %(n)s signs can stand here")),
    (r"write a day such as 20/01/2026", marked("write a day such as 20/01/2026")),
    (
        rf"give a day from (?P<day>{DAY}) to (?P<day_last>{DAY})",
        marked("give a day from %(day)s to %(day_last)s"),
    ),
    (
        rf"the plan ends on (?P<day>{DAY}): write a day before it",
        marked("the plan ends on %(day)s: write a day before it"),
    ),
    (
        rf"this says no deadline for sure: (?P<told>.+); {_EXAMPLES}",
        marked(
            "this says no deadline for sure: %(told)s. Write it such as: 30/6/2026; trước "
            "30/6/2026; Quý III/2026; Năm 2026; Thường xuyên, báo cáo hằng tháng"
        ),
    ),
    (
        rf"no body is called '(?P<said>.*)'; {_NAMES}",
        marked("no body is called “%(said)s”: write names, short names or codes of the list"),
    ),
    (
        rf"'(?P<said>[^\n]*)' may mean (?P<body>[^:]*) \((?P<code>[a-z0-9-]+)\): "
        rf"(?P<told>.+); {_NAMES}",
        marked("“%(said)s” may mean %(body)s: %(told)s. Write its name as it stands in the list"),
    ),
    (
        rf"(?P<told>.+); {_NAMES}",
        marked("%(told)s: write names, short names or codes of the list"),
    ),
    (_NAMES, marked("write names, short names or codes of the list, with “;” between them")),
    (r"name one body: these are (?P<names>.+)", marked("name one body; these are %(names)s")),
    (
        r"name one body: (?P<names>.+) are many",
        marked("name one body; “%(names)s” are many"),
    ),
    (
        r"no province is called '(?P<said>.*)'; write its name or its code",
        marked("no province is called “%(said)s”: write its name or its code"),
    ),
    (
        r"there is no such question here, or it is settled already",
        marked("there is no such question here, or it is settled already"),
    ),
    (
        r"choose one of them: accept it, leave it out, or write what is right",
        marked("choose one of them: accept it, leave it out, or write what is right"),
    ),
    (
        r"this question cannot be answered so: write what is right",
        marked("this question cannot be answered so: write what is right"),
    ),
    (
        r"another answer says something else of the same field: write it once",
        marked("another answer says something else of the same field: write it once"),
    ),
    (
        r"this body leads the task already, so it cannot support it",
        marked("this body leads the task already, so it cannot support it"),
    ),
    (
        r"the note is full: shorten it in the declaration first",
        marked("the note is full: shorten it in the text of the draft first"),
    ),
)
"""What is wrong with an answer, beside its question."""

WHOLE: tuple[tuple[str, str], ...] = (
    (
        r"line (?P<n>\d+) stands in brackets: answers are only put into a draft .*",
        marked(
            "Line %(n)s stands in brackets: answers can only be put into a draft whose fields "
            "stand on lines of their own."
        ),
    ),
    (
        r"the answers do not fit into this draft: (?P<text>.*)",
        marked("The answers do not fit into this draft: correct its text by hand (%(text)s)."),
    ),
)
"""Why nothing could be answered at all."""

READ: tuple[tuple[str, str], ...] = (
    (rf"by (?P<day>{DAY})", marked("by %(day)s at the latest")),
    (rf"before (?P<day>{DAY})", marked("before %(day)s, that day not counted")),
    (
        r"within (?P<year>\d{4})-Q(?P<quarter>[1-4])",
        marked("by the end of quarter %(quarter)s of %(year)s"),
    ),
    (r"within (?P<year>\d{4})-0?(?P<n>\d+)", marked("by the end of month %(n)s of %(year)s")),
    (r"within (?P<year>\d{4})", marked("by the end of %(year)s")),
    (r"(?P<n>\d+) days after issue", marked("%(n)s days after the document’s date")),
    (
        r"(?P<n>\d+) working days after issue",
        marked("%(n)s working days after the document’s date"),
    ),
    (rf"(?P<n>\d+) days after (?P<day>{DAY})", marked("%(n)s days after %(day)s")),
    (
        rf"(?P<n>\d+) working days after (?P<day>{DAY})",
        marked("%(n)s working days after %(day)s"),
    ),
    (r"ongoing, reported each month", marked("ongoing, with a report each month")),
    (r"ongoing, reported each quarter", marked("ongoing, with a report each quarter")),
    (r"ongoing, reported each half_year", marked("ongoing, with a report each half-year")),
    (r"ongoing, reported each \w+", marked("ongoing, with a report each year")),
    (r"each month", marked("each month")),
    (r"each quarter", marked("each quarter")),
    (r"each half_year", marked("each half-year")),
    (r"each \w+, by (?P<mm>\d\d)-(?P<n>\d\d)", marked("each year, by %(n)s/%(mm)s")),
    (r"each \w+, before (?P<mm>\d\d)-(?P<n>\d\d)", marked("each year, before %(n)s/%(mm)s")),
    (r"each nine_months", marked("each nine months")),
    (r"each \w+", marked("each year")),
    (
        r"table (?P<n>\d+), row (?P<row>\d+), column (?P<column>\d+)",
        marked("table %(n)s, row %(row)s, column %(column)s"),
    ),
    (r"line (?P<n>\d+)", marked("paragraph %(n)s")),
    (r"footnote (?P<n>\d+)", marked("footnote %(n)s")),
    (r"note", marked("kept in the note")),
    (r"deliverable", marked("the deliverable")),
    (r"id", marked("the task’s id")),
)
"""What cells were read as, besides bodies' codes."""
