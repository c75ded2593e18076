"""What a declaration's shape says of its values, by pattern, and how a page says the same."""

from __future__ import annotations

from dondoc.web.error_sentences_office import DAY
from integrations.wording import marked

SHAPES: tuple[tuple[str, str], ...] = (
    (r"'(?P<name>[^']*)' is missing", marked("“%(name)s” is missing")),
    (r"add '(?P<name>[^']*)': (?P<form>.+)", marked("add “%(name)s”: %(form)s")),
    (r"(?P<value>'.*') is not a date", marked("%(value)s is not a date")),
    (r"(?P<value>'.*') cannot be meant", marked("%(value)s can hardly be meant")),
    (
        rf"give a day from (?P<iso>{DAY}) to (?P<iso_to>{DAY})",
        marked("give a day from %(iso)s to %(iso_to)s"),
    ),
    (r"the key (?P<value>.*) does not fit", marked("the key %(value)s does not fit")),
    (r"unknown field (?P<value>'.*')", marked("there is no field %(value)s")),
    (r"known fields: (?P<fields>.*)", marked("known fields: %(fields)s")),
    (
        r"did you mean '(?P<name>[^']*)' \((?P<title>.*)\)\?",
        marked("did you mean “%(name)s” (%(title)s)?"),
    ),
    (r"did you mean '(?P<name>[^']*)'\?", marked("did you mean “%(name)s”?")),
    (r"must be (?P<form>[^;]+); (?P<told>.+)", marked("must be %(form)s; %(told)s")),
    (r"must be (?P<form>.+)", marked("must be %(form)s")),
    (r"put it in quotes", marked("put it in quotes")),
    (r"write (?P<number>[-+\d.]+), without quotes", marked("write %(number)s, without quotes")),
    (r"write it as a list: (?P<list>\[.*\])", marked("write it as a list: %(list)s")),
    (rf"write (?P<iso>{DAY})", marked("write %(iso)s")),
    (
        r"write dates as YYYY-MM-DD, such as 2025-06-30",
        marked("write dates as YYYY-MM-DD, such as 2025-06-30"),
    ),
    (
        r"write dates as YYYY-MM-DD; months run from 01 to 12",
        marked("write dates as YYYY-MM-DD; months run from 01 to 12"),
    ),
    (
        r"write dates as YYYY-MM-DD; (?P<month>\w+) (?P<year>\d+) has (?P<n>\d+) days",
        marked("write dates as YYYY-MM-DD; %(month)s %(year)s has %(n)s days"),
    ),
    (
        r"give exactly one of 'by' \(the day counts\) and 'before' \(it does not\)",
        marked("give exactly one of “by” (the day counts) and “before” (it does not)"),
    ),
    (
        r"give exactly one of '(?P<a>\w+)' and '(?P<b>\w+)'",
        marked("give exactly one of “%(a)s” and “%(b)s”"),
    ),
    (
        r"give exactly one of '(?P<a>\w+)', '(?P<b>\w+)' and '(?P<c>\w+)'",
        marked("give exactly one of “%(a)s”, “%(b)s” and “%(c)s”"),
    ),
    (r"give 'by' or 'before', not both", marked("give “by” or “before”, not both")),
    (
        r"'by' and 'before' a month-day need 'every: year'",
        marked("“by” and “before” with a month and a day need “every: year”"),
    ),
    (r"there is no day (?P<which>\d\d-\d\d)", marked("there is no day %(which)s (month-day)")),
    (
        r"'assumed' names '(?P<name>.*)', which is no field here; fields: (?P<fields>.*)",
        marked("“assumed” names “%(name)s”, which is no field here; fields: %(fields)s"),
    ),
    (
        rf"'until' \((?P<day>{DAY})\) lies before 'since' \((?P<day_from>{DAY})\)",
        marked("“until” (%(day)s) lies before “since” (%(day_from)s)"),
    ),
    (
        r"only a class has members: add 'is_class: true'",
        marked("only a class has members: add “is_class: true”"),
    ),
    (
        r"comparator '(?P<name>\w+)' needs a value; only 'increase' and 'decrease_to' .*",
        marked(
            "comparator “%(name)s” needs a value; only “increase” and “decrease_to” can be a "
            "direction without a number"
        ),
    ),
    (r"a target with a value needs a unit", marked("a target with a value needs a unit")),
    (
        r"'ladder' must climb: each 'days' larger than the last",
        marked("“ladder” must climb: each “days” larger than the last"),
    ),
    (
        rf"'ends' \((?P<day>{DAY})\) must come after 'issued' \((?P<day_from>{DAY})\)",
        marked("“ends” (%(day)s) must come after “issued” (%(day_from)s)"),
    ),
    (
        rf"(?P<day>{DAY}) lies outside (?P<year>\d+): put it in the file of its year",
        marked("%(day)s lies outside %(year)s: put it in the file of its year"),
    ),
    (
        rf"(?P<day>{DAY}) is both 'off' and 'worked': keep one",
        marked("%(day)s is both “off” and “worked”: keep one"),
    ),
    (r"(?P<place>(?:the file|'.*?')(?: item \d+)*) is empty", marked("%(place)s is empty")),
)

FORMS: tuple[tuple[str, str], ...] = (
    (r"one of (?P<choices>'.+)", marked("one of %(choices)s")),
    (r"(?P<choices>'[^']*')", "%(choices)s"),
    (r"a date such as 2025-06-30", marked("a date such as 2025-06-30")),
    (
        r"a code of small letters .*",
        marked(
            "a code of small letters without accents, digits and single hyphens, such as so-y-te"
        ),
    ),
    (r"a month and a day, such as '06-30'", marked("a month and a day, such as “06-30”")),
    (r"a mail address, such as (?P<example>\S+)", marked("an e-mail address, such as %(example)s")),
    (
        r"an address that begins with https:// or http://",
        marked("an address that begins with https:// or http://"),
    ),
    (
        r"the name of an environment variable, such as (?P<example>\S+)",
        marked("the name of an environment variable, such as %(example)s"),
    ),
    (r"a quarter, such as 2026-Q2", marked("a quarter, such as 2026-Q2")),
    (r"a month, such as '2026-05'", marked("a month, such as “2026-05”")),
    (r"a text of the form (?P<pattern>.+)", marked("a text of the form %(pattern)s")),
    (
        r"a text from (?P<low>\d+) to (?P<high>\d+) characters",
        marked("a text from %(low)s to %(high)s characters"),
    ),
    (
        r"a text of at least (?P<low>\d+) characters",
        marked("a text of at least %(low)s characters"),
    ),
    (r"a text up to (?P<high>\d+) characters", marked("a text up to %(high)s characters")),
    (r"a text", marked("a text")),
    (
        r"(?P<what>a whole number|a number) above (?P<low>\S+) up to (?P<high>\S+)",
        marked("%(what)s above %(low)s up to %(high)s"),
    ),
    (r"(?P<what>a whole number|a number) above (?P<low>\S+)", marked("%(what)s above %(low)s")),
    (
        r"(?P<what>a whole number|a number) from (?P<low>\S+) to (?P<high>\S+)",
        marked("%(what)s from %(low)s to %(high)s"),
    ),
    (
        r"(?P<what>a whole number|a number) of at least (?P<low>\S+)",
        marked("%(what)s of at least %(low)s"),
    ),
    (r"(?P<what>a whole number|a number) up to (?P<high>\S+)", marked("%(what)s up to %(high)s")),
    (r"(?P<what>a whole number|a number|true or false)", "%(what)s"),
    (
        r"a list \('- ' before each item\) of at least (?P<low>\d+) item",
        marked("a list (“- ” before each item), %(low)s item or more"),
    ),
    (r"a list \('- ' before each item\)", marked("a list (“- ” before each item)")),
    (r"a mapping \(lines of 'key: value'\)", marked("a mapping (lines of “key: value”)")),
)
"""What a place should hold; several of them are parted by “or”."""
