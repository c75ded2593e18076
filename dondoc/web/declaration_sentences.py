"""What is wrong or doubtful with a declaration, by pattern, and how a page says the same.

A group's name says how its value is told: ``day…`` is a date, ``amount…`` a number, ``what`` and
``month`` are among ``WORDS``, ``value`` is a value as the declaration has it, ``place`` where one
stands, ``form`` what it should be, ``told`` a sentence of its own; any other stands as it is. The
first pattern that fits is taken.
"""

from __future__ import annotations

from dondoc.web.declaration_sentences_file import READING
from dondoc.web.declaration_sentences_shape import FORMS, SHAPES
from dondoc.web.draft_sentences import WHY
from dondoc.web.draft_sentences_asked import ANSWERS, QUESTIONS, READ
from dondoc.web.draft_words import FIELDS
from dondoc.web.error_sentences_figures import REGISTERS
from dondoc.web.error_sentences_office import DAY
from dondoc.web.error_sentences_record import REASONS
from integrations.wording import CHANGES, marked

WORDS: dict[str, str] = (
    FIELDS
    | CHANGES
    | {
        "title": marked("the title"),
        "empty": marked("empty"),
        "a mapping": marked("a mapping"),
        "an empty mapping": marked("an empty mapping"),
        "a list": marked("a list"),
        "an empty list": marked("an empty list"),
        "a whole number": marked("a whole number"),
        "a number": marked("a number"),
        "true or false": marked("true or false"),
        "the file": marked("the file"),
        "function": marked("function"),
        "province": marked("province"),
        "kind": marked("kind of body"),
        "plan": marked("the plan"),
        "id": marked("the id"),
        "year": marked("the year"),
        "department": marked("the body"),
        "territory": marked("the territory"),
        "central": marked("what belongs to no province, in plan"),
        "January": marked("January"),
        "February": marked("February"),
        "March": marked("March"),
        "April": marked("April"),
        "May": marked("May"),
        "June": marked("June"),
        "July": marked("July"),
        "August": marked("August"),
        "September": marked("September"),
        "October": marked("October"),
        "November": marked("November"),
        "December": marked("December"),
    }
)
"""Pieces of those sentences: kinds of values, of things and of entries, months."""

TOGETHER: tuple[tuple[str, str], ...] = (
    (r"unknown department (?P<value>'.*')", marked("there is no body with the code %(value)s")),
    (r"departments.yaml declares the codes", marked("departments.yaml declares the codes")),
    (
        r"unknown (?P<what>function|province|kind) (?P<value>'.*')",
        marked("unknown %(what)s %(value)s"),
    ),
    (
        r"departments.yaml declares each (?P<what>\w+)",
        marked("departments.yaml declares each %(what)s"),
    ),
    (
        r"'(?P<code>[^']*)' \((?P<title>.*)\) is one body, not a class of bodies",
        marked("“%(code)s” (%(title)s) is one body, not a class of bodies"),
    ),
    (
        r"name a class here, or put the body under 'supporting'",
        marked("name a class here, or put the body under “supporting”"),
    ),
    (
        r"the (?P<what>\w+) '(?P<name>.*)' is declared twice",
        marked("%(what)s “%(name)s” is declared twice"),
    ),
    (
        r"choose another; the first is at (?P<at>.+)",
        marked("choose another; the first is at %(at)s"),
    ),
    (
        r"'(?P<code>[^']*)' has successors but no last day, so they never take over",
        marked("“%(code)s” has successors but no last day, so they never take over"),
    ),
    (r"add 'until'", marked("add “until”")),
    (
        rf"'(?P<heir>[^']*)' ended on (?P<day_end>{DAY}), before '(?P<code>[^']*)' "
        rf"\((?P<day>{DAY})\)",
        marked("“%(heir)s” ended on %(day_end)s, before “%(code)s” (%(day)s)"),
    ),
    (
        r"check both dates, or name who came after",
        marked("check both dates, or name who came after"),
    ),
    (
        rf"'(?P<heir>[^']*)' begins on (?P<day>{DAY}), (?P<n>\d+) days after '(?P<code>[^']*)' "
        rf"ended",
        marked("“%(heir)s” begins on %(day)s, %(n)s days after “%(code)s” ended"),
    ),
    (r"check both dates", marked("check both dates")),
    (
        r"these parents form a circle: (?P<circle>.+)",
        marked("these superior bodies form a circle: %(circle)s"),
    ),
    (
        r"these successors form a circle: (?P<circle>.+)",
        marked("these successors form a circle: %(circle)s"),
    ),
    (r"take one of them out", marked("take one of them out")),
    (
        rf"due on (?P<day>{DAY}), but the plan was issued on (?P<day_from>{DAY})",
        marked("due on %(day)s, but the plan was issued on %(day_from)s"),
    ),
    (r"a deadline comes after the plan's date", marked("a deadline comes after the plan’s date")),
    (
        rf"due on (?P<day>{DAY}), after the plan's end on (?P<day_to>{DAY})",
        marked("due on %(day)s, after the plan’s end on %(day_to)s"),
    ),
    (r"check 'due' and the plan's 'ends'", marked("check “due” and the plan’s “ends”")),
    (
        r"target '(?P<name>[^']*)' \((?P<amount>\S+)\) lies below its own baseline "
        r"\((?P<amount_from>\S+)\)",
        marked("target “%(name)s” (%(amount)s) lies below its own baseline (%(amount_from)s)"),
    ),
    (
        r"target '(?P<name>[^']*)' \((?P<amount>\S+)\) lies above its own baseline "
        r"\((?P<amount_from>\S+)\)",
        marked("target “%(name)s” (%(amount)s) lies above its own baseline (%(amount_from)s)"),
    ),
    (r"compare both with the document", marked("compare both with the document")),
    (
        r"(?P<amount>\S+) percent of target '(?P<name>[^']*)' lies outside 0 to 100",
        marked("%(amount)s percent of target “%(name)s” lies outside 0 to 100"),
    ),
    (r"compare with the document", marked("compare with the document")),
    (
        r"target '(?P<name>[^']*)' counts (?P<amount>\S+), which is no whole number",
        marked("target “%(name)s” counts %(amount)s, which is no whole number"),
    ),
    (r"write thousands without a point", marked("write thousands without a point")),
    (
        r"'(?P<code>[^']*)' both leads and supports '(?P<name>[^']*)'",
        marked("“%(code)s” both leads and supports “%(name)s”"),
    ),
    (r"take it out of 'supporting'", marked("take it out of “supporting”")),
    (
        rf"'(?P<code>[^']*)' ended on (?P<day>{DAY}), but the plan was issued on "
        rf"(?P<day_from>{DAY})",
        marked("“%(code)s” ended on %(day)s, but the plan was issued on %(day_from)s"),
    ),
    (
        rf"'(?P<code>[^']*)' began on (?P<day>{DAY}), but the plan was issued on "
        rf"(?P<day_from>{DAY})",
        marked("“%(code)s” began on %(day)s, but the plan was issued on %(day_from)s"),
    ),
    (r"name the body that the document names", marked("name the body that the document names")),
    (r"a person will have to decide who answers", marked("a person will have to decide who leads")),
    (
        r"a person will have to decide who answers \(for (?P<n>\d+) entries of this plan\)",
        marked("a person will have to decide who leads (in %(n)s places of this plan)"),
    ),
    (r"'(?P<code>[^']*)': (?P<told>.+)", "“%(code)s”: %(told)s"),
)

GENERAL: tuple[tuple[str, str], ...] = (
    # before the general one: what no calendar has is no value that stands there
    (r"'(?P<said>[^']*)' is no date", marked("“%(said)s” is no date that exists")),
    (
        r"(?P<place>(?:the file|'.*?')(?: item \d+)*) is (?P<value>.+)",
        marked("%(place)s is %(value)s"),
    ),
)

DECLARED = (
    *READING,
    *REGISTERS,
    *QUESTIONS,
    *ANSWERS,
    *SHAPES,
    *TOGETHER,
    *FORMS,
    *REASONS,
    *GENERAL,
    *READ,
    *WHY,
)
"""Every message of a declaration and what would be right instead."""
