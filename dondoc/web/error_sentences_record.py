"""The same of the record: who leads and why not, what an act rests on, what its check finds."""

from __future__ import annotations

from dondoc.web.error_sentences_office import DAY
from integrations.wording import marked

REASONS: tuple[tuple[str, str], ...] = (
    (
        rf"(?P<body>.+) ended on (?P<day>{DAY}) and no successor is declared",
        marked("%(body)s ended on %(day)s and no successor is declared"),
    ),
    (
        rf"(?P<body>.+) ended on (?P<day>{DAY}); the task names no function by which to choose .*",
        marked(
            "%(body)s ended on %(day)s; the task names no function by which to choose among its "
            "successors"
        ),
    ),
    (
        rf"(?P<body>.+) ended on (?P<day>{DAY}) and no successor is named for the function "
        rf"'(?P<name>.+)'",
        marked("%(body)s ended on %(day)s and no successor is named for the function “%(name)s”"),
    ),
    (
        rf"(?P<body>.+) ended on (?P<day>{DAY}) and several successors are named for "
        rf"'(?P<name>.+?)': (?P<codes>.+)",
        marked(
            "%(body)s ended on %(day)s and several successors are named for “%(name)s”: %(codes)s"
        ),
    ),
    (
        r"(?P<code>\S+): its successors form a circle",
        marked("%(code)s: its successors form a circle"),
    ),
    (
        rf"(?P<codes>\S+(?: → \S+)+): (?P<body>.+) ended on (?P<day>{DAY})",
        marked("%(codes)s: %(body)s ended on %(day)s"),
    ),
    (
        rf"nobody declares the members of (?P<body>.+) before (?P<day>{DAY})",
        marked("nobody declares the members of %(body)s before %(day)s"),
    ),
    (
        r"nobody declares the members of (?P<body>.+)",
        marked("nobody declares the members of %(body)s"),
    ),
    (
        rf"no member of (?P<body>.+) exists on (?P<day>{DAY})",
        marked("no member of %(body)s exists on %(day)s"),
    ),
    (
        r"the plan's province is not known, so neither is (?P<body>.+)",
        marked("the plan’s province is not known, so neither is %(body)s"),
    ),
    (
        rf"nobody declares the communes of (?P<code>\S+) on (?P<day>{DAY})",
        marked("nobody declares the communes of %(code)s on %(day)s"),
    ),
    (r"(?P<code>\S+) was merged into (?P<body>.+)", marked("%(code)s was merged into %(body)s")),
)
"""Why a lead is not settled."""

BASES: tuple[tuple[str, str], ...] = (
    (r"version (?P<n>\d+) of the plan", marked("By version %(n)s of the plan.")),
    (
        r"the class's members are declared now",
        marked("The members of the class are declared now; each has an assignment of its own."),
    ),
    (
        r"(?P<number>.+) ngày (?P<local>\d\d/\d\d/\d{4})",
        marked("By document %(number)s of %(local)s."),
    ),
)
"""What an entry rests on, where it is no document’s number alone."""

RECORD: tuple[tuple[str, str], ...] = (
    (
        r"(?P<key>\S+): an assignment without any ledger entry",
        marked("%(key)s: an assignment without any ledger entry"),
    ),
    (
        r"(?P<key>\S+): the chain breaks at entry (?P<n>\d+) \((?P<what>\w+)\)",
        marked("%(key)s: the chain breaks at entry %(n)s (%(what)s)"),
    ),
    (
        r"(?P<key>\S+): entries are missing at the end of the chain",
        marked("%(key)s: entries are missing at the end of the chain"),
    ),
    (
        r"(?P<key>\S+): the assignment differs from what its ledger adds up to",
        marked("%(key)s: the assignment differs from what its ledger adds up to"),
    ),
    (
        r"extension (?P<key>\S+): its row differs from what the ledger says",
        marked("extension %(key)s: it differs from what the ledger says"),
    ),
    (
        r"file (?P<key>\S+): its content is missing in (?P<folder>.+)",
        marked("file %(key)s: its content is missing in %(folder)s"),
    ),
    (
        r"file (?P<key>\S+): its content has changed on the disk",
        marked("file %(key)s: its content has changed on the disk"),
    ),
    (
        rf"(?P<what>plan|department|territory|central) (?P<key>.*), (?P<kind>\w+), (?P<bucket>\w+) "
        rf"(?P<day>{DAY}): (?P<n>-?\d+) \(weight (?P<weight>-?\d+), (?P<percent>-?\d+)\) stands "
        rf"in the counters",
        marked(
            "counter of %(what)s %(key)s (%(kind)s, %(bucket)s, %(day)s): the counters hold "
            "%(n)s (weight %(weight)s, %(percent)s), the ledger does not"
        ),
    ),
    (
        rf"(?P<what>plan|department|territory|central) (?P<key>.*), (?P<kind>\w+), (?P<bucket>\w+) "
        rf"(?P<day>{DAY}): (?P<n>-?\d+) \(weight (?P<weight>-?\d+), (?P<percent>-?\d+)\) follows "
        rf"from the ledger",
        marked(
            "counter of %(what)s %(key)s (%(kind)s, %(bucket)s, %(day)s): the ledger comes to "
            "%(n)s (weight %(weight)s, %(percent)s), the counters do not"
        ),
    ),
    (r"it was interrupted", marked("it was interrupted")),
)
"""What the check of the record finds."""
