"""Why a draft asks, and what it read: by pattern, as ``declaration_sentences``."""

from __future__ import annotations

from dondoc.web.error_sentences_office import DAY
from integrations.wording import marked

WHY: tuple[tuple[str, str], ...] = (
    # who
    (r"no body of departments\.yaml is called so", marked("no body is known by this name")),
    (r"the table names no lead here", marked("the table names no lead here")),
    (
        r"several bodies are named: the first leads, .*",
        marked("several bodies are named: the first leads, each other one has a part of its own"),
    ),
    (
        r"which of them leads is not said: .*",
        marked("which of them leads is not said: the first was taken, the others support"),
    ),
    (r"it is called so only nearly", marked("it is called so only nearly")),
    (
        r"only those concerned are meant",
        marked("only those concerned are meant, which ones is not said"),
    ),
    (
        r"a part of it is named, or someone in it",
        marked("a part of the body is named, or someone in it"),
    ),
    (r"'(?P<said>.*)' may mean (?!each,)(?P<names>.*)", marked("“%(said)s” may mean %(names)s")),
    (
        r"taken for (?P<names>.*): it is spelled otherwise(?P<rest>.*)",
        marked("taken for %(names)s: it is spelled otherwise%(rest)s"),
    ),
    (
        r"taken for (?P<names>.*): only a part of its name is written(?P<rest>.*)",
        marked("taken for %(names)s: only a part of its name is written%(rest)s"),
    ),
    (r"it may mean (?P<names>[^:]*)", marked("it may mean %(names)s")),
    (r"with the remark '(?P<said>.*)'", marked("with the remark “%(said)s”")),
    (
        rf"(?P<body>[^:]*) ended on (?P<day>{DAY})(?:; after it: (?P<heirs>.*))",
        marked("%(body)s ended on %(day)s; after it: %(heirs)s"),
    ),
    (rf"(?P<body>[^:]*) ended on (?P<day>{DAY})", marked("%(body)s ended on %(day)s")),
    (
        rf"(?P<body>[^:]*) exists (?:only )?since (?P<day>{DAY})",
        marked("%(body)s exists only since %(day)s"),
    ),
    (
        r"this is too long for a list of bodies",
        marked("this is too long for a list of bodies"),
    ),
    # when
    (r"the table gives no deadline here", marked("the table gives no deadline here")),
    (
        r"these words of the deadline were not understood",
        marked("these words of the deadline were not understood"),
    ),
    (
        r"these words of the deadline were not understood: (?P<said>.+)",
        marked("these words of the deadline were not understood: “%(said)s”"),
    ),
    (
        r"it lies on or before the document's own date: (?P<told>[^,]*)",
        marked("it lies on or before the document’s own date: %(told)s"),
    ),
    (
        r"it lies on or before the document's own date: (?P<dues>.*)",
        marked("it lies on or before the document’s own date: %(dues)s"),
    ),
    (
        r"(?P<said>\S+) lies before the plan's issue on (?P<issued>\S+)",
        marked("%(said)s lies before the document’s date, %(issued)s"),
    ),
    (
        r"it is marked below several columns: the last of them was taken",
        marked("it is marked below several columns: the last of them was taken"),
    ),
    (
        r"how often the ongoing task is reported is not said; half-yearly is assumed",
        marked("how often the ongoing task is reported is not said; half-yearly is assumed"),
    ),
    (
        r"an ongoing task reported each year on a date is declared as that report",
        marked("an ongoing task reported each year on a date is declared as that report"),
    ),
    (
        r"several reporting periods are named; the first is taken",
        marked("several reporting periods are named; the first is taken"),
    ),
    (
        r"the day within each period cannot be declared; .*",
        marked(
            "the day within each period cannot be declared; reports fall due two working days "
            "after the period’s cut-off"
        ),
    ),
    (
        r"no year is said, and the plan's is not known",
        marked("no year is said, and the plan’s is not known"),
    ),
    (r"no year is said; (?P<year>\d+) is assumed", marked("no year is said; %(year)s is assumed")),
    (
        r"how long it goes on is said by the plan's 'ends' alone",
        marked("how long it goes on is said by the plan’s “ends” alone"),
    ),
    (
        r"'(?P<said>.*)' may mean each, or one span due at its end",
        marked("“%(said)s” may mean each of them, or one span due at its end"),
    ),
    (
        r"a span of years is read as due at its end; .*",
        marked("a span of years is read as due at its end; it may mean each of its years"),
    ),
    (
        r"only when it begins is said, not when it is due",
        marked("only when it begins is said, not when it is due"),
    ),
    (
        r"only about when in the period is said, not the day",
        marked("only about when in the period is said, not the day"),
    ),
    (
        r"the date is said to be expected, not fixed",
        marked("the date is said to be expected, not fixed"),
    ),
    (
        r"there is no month (?P<n>\S+); it is read as (?P<read>\S+)",
        marked("there is no month %(n)s; it is read as %(read)s"),
    ),
    (
        r"the term's first day is not said; the plan's issue is assumed",
        marked("the term’s first day is not said; the plan’s issue is assumed"),
    ),
    (
        r"a term in months needs the day of the plan's issue",
        marked("a term in months needs the day of the plan’s issue"),
    ),
    (r"a term of (?P<n>\d+) days is none", marked("a term of %(n)s days is none")),
    (r"no date could be read", marked("no date could be read")),
    (r"this is too long for a deadline", marked("this is too long for a deadline")),
    (
        r"a school year has no dates of its own here",
        marked("a school year has no dates of its own here"),
    ),
    (
        r"it depends on something else than a date",
        marked("it depends on something else than a date"),
    ),
    (
        r"a term that does not begin with the plan's issue or a date",
        marked("a term that does not begin with the plan’s issue or a date"),
    ),
    (r"a term that begins on no real date", marked("a term that begins on no real date")),
    (
        r"the cell's date is (?P<said>\S+), which no plan can mean",
        marked("the cell’s date is %(said)s, which no plan can mean"),
    ),
    (
        r"the cell shows its month first; it may mean (?P<said>\S+): .*",
        marked("the cell shows its month first; it may mean %(said)s"),
    ),
    (
        r"it may mean (?P<said>\S+): day and month may have changed places",
        marked("it may mean %(said)s: day and month may have changed places"),
    ),
    # the rest
    (
        r"a formula that is not plain arithmetic: it is not trusted, only quoted",
        marked("a formula that is not plain arithmetic: it is not trusted, only quoted"),
    ),
    (
        r"its own cell names no lead: the heading above it does",
        marked("its own cell names no lead: the heading above it does"),
    ),
    (
        r"its own cell names no lead: the task's words do",
        marked("its own cell names no lead: the task’s words do"),
    ),
    (
        r"its own cell says no deadline: the heading above it does",
        marked("its own cell says no deadline: the heading above it does"),
    ),
    (
        r"its own cell says no deadline: these words do",
        marked("its own cell says no deadline: these words do"),
    ),
    (r"this row is hidden in the sheet", marked("this row is hidden in the sheet")),
    (
        r"the row does not say what is to be done",
        marked("the row does not say what is to be done"),
    ),
    (
        r"no column of the declaration fits this header: it is kept in the note \((?P<header>.*)\)",
        marked("nothing in a declaration fits the column “%(header)s”: it is kept in the note"),
    ),
    (
        r"it is too long for the note, so it stands here",
        marked("it is too long for the note, so it stands here"),
    ),
    (
        r"these words stand outside the tables of tasks",
        marked("these words stand outside the tables of tasks"),
    ),
    (
        r"further text outside the tables was left aside: it stands in the file",
        marked("further text outside the tables was left aside: it stands in the file"),
    ),
    (
        r"left aside: a hidden sheet; (?P<n>\d+) cells",
        marked("left aside: a hidden sheet (%(n)s cells)"),
    ),
    (
        r"left aside: no table of tasks by its header; (?P<n>\d+) cells",
        marked("left aside: no table of tasks by its header (%(n)s cells)"),
    ),
    (
        r"left aside: a table of figures, not of tasks; (?P<n>\d+) cells",
        marked("left aside: a table of figures, not of tasks (%(n)s cells)"),
    ),
    (
        r"no column is called that of the leads: .*",
        marked("no column is called that of the leads: this one names bodies"),
    ),
    (
        r"no column is called that of the deadlines: .*",
        marked("no column is called that of the deadlines: this one says a time"),
    ),
    (
        r"the table names no lead: the title above it does",
        marked("the table names no lead: the title above it does"),
    ),
    (
        r"the table names nobody who supports: the task's words do",
        marked("the table names nobody who supports: the task’s words do"),
    ),
    (
        r"a figure stands below this time: .*",
        marked("a figure stands below this time: it may be a target rather than a deadline"),
    ),
    (
        r"a sector is named; the body in charge of it was taken",
        marked("a sector is named; the body in charge of it was taken"),
    ),
    (r"'(?P<said>.*)' became (?P<name>.+)", marked("“%(said)s” became %(name)s")),
    (
        r"tasks are given to communes, and the paper does not say of which province",
        marked("tasks are given to communes, and the paper does not say of which province"),
    ),
    (r"the paper does not say it", marked("the paper does not say it")),
    (
        r"these words would stand over any plan's annex: what is this plan about\?",
        marked("these words would stand over any plan’s annex: what is this plan about?"),
    ),
    (
        r"the paper bears no title: its file's name was taken",
        marked("the paper bears no title: its file’s name was taken"),
    ),
    (
        r"the paper does not say who follows the plan up; .*",
        marked("the paper does not say who follows the plan up; the issuer’s office was assumed"),
    ),
    (
        r"it is that of the document which the title carries out: .*",
        marked("it is that of the document which the title carries out: is it the plan itself?"),
    ),
    (
        r"the paper bears different dates: .*",
        marked("the paper bears different dates: that of the document it came with was taken"),
    ),
    (r"(?P<told>.+?) · (?P<told_more>.+)", "%(told)s; %(told_more)s"),
    (r"(?P<told>[^;]+); (?P<told_more>.+)", "%(told)s; %(told_more)s"),
)

FAULTS: tuple[tuple[str, str], ...] = (
    (
        r"no table of tasks was found; looked for .*; found (?P<found>.*)",
        marked(
            "No table of tasks was found. It needs a row of headers with the tasks (nội dung, "
            "nhiệm vụ, công việc) and the lead (chủ trì) or the deadline (thời hạn). Found: "
            "%(found)s"
        ),
    ),
    (
        r"the tables have headers, but no row of a task below them; found (?P<found>.*)",
        marked("The tables have headers, but no row of a task below them. Found: %(found)s"),
    ),
    (
        r"the draft is larger than 1 MiB: .*",
        marked("The draft would be larger than 1 MiB: draft each of the file’s tables alone."),
    ),
    (
        r"the file holds more than (?P<n>\d+) tasks: .*",
        marked("The file holds more than %(n)s tasks: draft it in parts."),
    ),
    (
        r"the text stands in the code of an old font \(TCVN3, VNI\), such as '(?P<said>.*)': .*",
        marked(
            "The text stands in the code of an old font (TCVN3, VNI), such as “%(said)s”: "
            "convert it to Unicode, and draft it again."
        ),
    ),
    (
        r"the id '(?P<id>.*)' is not a code .*",
        marked(
            "“%(id)s” is no code: small letters without accents, digits and single hyphens, "
            "such as kh123-2026."
        ),
    ),
    (r"the id has more than (?P<n>\d+) signs", marked("The id has more than %(n)s signs.")),
)
