"""The same of figures and of the office's desk: mailboxes, holds, days, people, tokens."""

from __future__ import annotations

from integrations.wording import marked

DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

# --- figures of targets -------------------------------------------------------------------------

FIGURES: tuple[tuple[str, str], ...] = (
    (
        r"'(?P<key>.+)' is no period; expected .*"
        r"|'F(?P<key2>.+)' is no period: .*|no fortnight starts on .*",
        marked("This is no reporting period: choose one of the list."),
    ),
    (
        r"'(?P<key>.+)' is a \w+; the target is measured every .*",
        marked("The target is not measured in periods of this kind."),
    ),
    (
        rf"'(?P<key>.+)' begins on (?P<day>{DAY}), in the future",
        marked("The period begins on %(day)s, in the future."),
    ),
    (
        r"'(?P<key>.+)' lies before (?P<year>\d+); the plan was issued on .*",
        marked("The period lies before %(year)s, when the plan was not there yet."),
    ),
    (r"give a value, or 'part' and 'whole'", marked("Give a value, or a part and its whole.")),
    (
        r"it is computed from 'part' and 'whole'; leave it out",
        marked("The value is computed from part and whole: leave it empty."),
    ),
    (r"a share needs both 'part' and 'whole'", marked("Give both the part and the whole.")),
    (
        r"the target's unit is .+: give a value",
        marked("This target is no share: give its value alone."),
    ),
    (
        r"\S+ is not from 0 to (?P<amount>\S+)",
        marked("The value lies outside of what is possible (0 to %(amount)s)."),
    ),
    (r"(?P<value>\S+) is no whole number", marked("The value is a whole number.")),
    (
        r"plan '.+' has target '.+' no longer",
        marked("The plan has this target no longer."),
    ),
    (
        r"a person must decide who owns '.+': .*",
        marked("It is not decided yet which body owns this target."),
    ),
)

# --- administration: mailboxes, holds, the calendar, people, tokens, connections ------------------

OFFICE: tuple[tuple[str, str], ...] = (
    (
        r"not a mailbox and language \(vi, en\): .*",
        marked("This is no e-mail address, or its language is neither Vietnamese nor English."),
    ),
    (
        r"(?P<email>\S+) is registered for .+ already",
        marked("%(email)s is registered for this body already."),
    ),
    (
        r"messages to (?P<email>\S+) do not bounce; .*",
        marked("Messages to %(email)s do not come back; there is nothing to clear."),
    ),
    (
        rf"(?P<day>{DAY}) has passed; name today or a later day, or none",
        marked("%(day)s has passed: choose today or a later day, or none."),
    ),
    (
        rf".+'s messages are withheld since (?P<day>{DAY}); lift that first",
        marked("Messages to this body are withheld since %(day)s; lift that first."),
    ),
    (
        r".+'s messages are not withheld; .*",
        marked("Messages to this body are not withheld (any more)."),
    ),
    (
        rf"(?P<day>{DAY}) has passed, and so have dates that rested on it; .*",
        marked("%(day)s has passed, and so have dates that rested on it: choose a later day."),
    ),
    (
        rf"(?P<day>{DAY}) is a working day by the calendar already.*",
        marked("%(day)s is a working day already."),
    ),
    (
        rf"(?P<day>{DAY}) is a day off by the calendar already.*",
        marked("%(day)s is a day off already."),
    ),
    (
        r"message \d+ was sent already; .*",
        marked("This message was sent already; a message goes out once."),
    ),
    (
        r"message \d+ waits already; .*",
        marked("This message waits already; the next delivery takes it."),
    ),
    (
        r"message \d+ does not wait: it is .*",
        marked("This message does not wait any more, so it cannot be let go."),
    ),
    (r"message \d+ is being sent", marked("This message is being sent at this moment.")),
    (
        r"message \d+ was dropped, .*",
        marked("This message was dropped, for what it told of has passed."),
    ),
    (
        r"the mailbox of .+ bounced; .*",
        marked("This body’s mailbox does not take messages: clear that, or register another one."),
    ),
    (
        r"a check is under way since (?P<time>[\d:]+); wait for its outcome",
        marked("A check is under way since %(time)s; wait for its outcome."),
    ),
    (r"this domain is kept for departments", marked("This domain is kept for departments.")),
    (
        r"there is a user with this e-mail already",
        marked("There is a person with this e-mail already."),
    ),
    (
        r"this is the last active administrator; .*",
        marked("This is the last active administrator: appoint another one first."),
    ),
    (
        r"who signs in for a department has no password, .*",
        marked("Who signs in for a department has no password, but links to its mailbox."),
    ),
    (
        r"a password has (?P<least>\d+) to (?P<most>\d+) signs",
        marked("A password has %(least)s to %(most)s signs."),
    ),
    (
        r"a password is not one sign again and again",
        marked("A password is not one sign again and again."),
    ),
    (
        r"a password is not made of the person's e-mail or name",
        marked("A password is not made of the person’s e-mail or name."),
    ),
    (
        r"the code is wrong, was used before, or was tried too often"
        r"|not a code that was mailed for this link|the code is not accepted: .*"
        r"|not a code of this authenticator and moment",
        marked("The code is wrong, was used before, or was tried too often."),
    ),
    (r"no code waits; ask for one", marked("No code waits: ask for one.")),
    (
        r"tried too often; ask for a new code",
        marked("It was tried too often: ask for a new code."),
    ),
    (r"there is no second factor to remove", marked("There is no second factor to remove.")),
    (
        r"a second factor is for coordinators and administrators",
        marked("A second factor is for coordinators and administrators."),
    ),
    (
        r"a second factor is in use already; remove it first",
        marked("A second factor is in use already; remove it first."),
    ),
    (
        r"no second factor waits to be confirmed; begin with a new one",
        marked("No second factor waits to be confirmed: begin with a new one."),
    ),
    (
        r"no mailbox is registered for this department; ask the coordinating office",
        marked("No mailbox is registered for this body; ask the coordinating office."),
    ),
    (r"a token needs a name|1 to 120 printable signs", marked("Give it a name (1 to 120 signs).")),
    (
        r"a token lives from a day to (?P<most>\d+) days",
        marked("A token is good for 1 to %(most)s days."),
    ),
    (
        r"a \w+ has no use for .*",
        marked("The chosen rights do not fit the role."),
    ),
    (
        r"a department's role names its department, other roles name none",
        marked("A department’s role names its body; other roles name none."),
    ),
    (
        r"only a coordinator is of named plans",
        marked("Only a coordinator is of named plans."),
    ),
    (r".+ has \d+ webhooks, which is the most", marked("No more webhooks can be registered.")),
    (r"no department '.*'.*", marked("Choose a body of the list.")),
    (
        r"id '(?P<name>[^']*)' is plan (?P<known>.+) in the record, not (?P<given>.+); .*",
        marked(
            "The record has plan %(known)s under the id “%(name)s”, not %(given)s: "
            "give this plan an id of its own."
        ),
    ),
    (
        r"the id '(?P<name>[^']*)' of plan '(?P<plan>[^']*)' stands in plan '(?P<other>[^']*)' .*",
        marked(
            "The id “%(name)s” of plan “%(plan)s” stands in plan “%(other)s” already: "
            "choose another one."
        ),
    ),
    (r"has control characters", marked("It holds signs that nobody can see: type it anew.")),
)
