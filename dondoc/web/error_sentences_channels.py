"""What goes wrong with channels beside mail, and how a page says the same."""

from __future__ import annotations

from integrations.wording import marked

CHANNELS: tuple[tuple[str, str], ...] = (
    (
        r"(?:channel: )?name a channel: .*",
        marked("Fill in the channel’s address: zalo:NUMBER, or one of Apprise’s."),
    ),
    (
        r"(?:channel: )?a user id of Zalo's is a number, .*",
        marked("A user of Zalo is named by a number, as in zalo:user:7279905758396907775."),
    ),
    (
        r"(?:channel: )?not a number of Vietnam; .*",
        marked("This is no number of Vietnam: write zalo:02438253531 or zalo:84912345678."),
    ),
    (
        r"(?:channel: )?not an address; write zalo:.*",
        marked("This is no address of a channel: write zalo:NUMBER, or one of Apprise’s."),
    ),
    (
        r"(?:channel: )?(?P<value>\S+) is not a channel here; .*",
        marked("%(value)s cannot be used as a channel here; mail needs none."),
    ),
    (
        r"(?:channel: )?Apprise cannot use this (?P<value>\S+) address; .*",
        marked("Apprise cannot use this %(value)s address: look it up in Apprise’s documentation."),
    ),
    (
        r"(?:channel: )?name one recipient: .*",
        marked("The address may name one recipient alone."),
    ),
    (
        r"(?:channel: )?a channel's certificate is always checked; .*",
        marked("A channel’s certificate is always checked: leave “verify” out."),
    ),
    (
        r"(?:channel: )?it names a file; leave .*",
        marked("The address may name no files: leave “template”, “keyfile” and “subfile” out."),
    ),
    (
        r"(?:channel: )?its server must be reached by TLS: .*",
        marked("Its server must be reached by TLS: use what ends in “s”, such as mmosts://."),
    ),
    (
        r"channel: its host is not on the public internet .*",
        marked(
            "Its server lies in the office’s own network: DONDOC_WEBHOOK_ALLOW_PRIVATE on the "
            "server would have to allow that."
        ),
    ),
    (r"channel: its host cannot be found", marked("Its server cannot be found.")),
    (
        r"(?P<address>\S+) has no channel; it is written to by mail",
        marked("%(address)s has no channel: it is written to by mail."),
    ),
    (
        r"the channel of (?P<address>\S+) works; nothing is to be cleared",
        marked("The channel of %(address)s has not failed."),
    ),
    (
        r"what was sealed for .* does not open: DONDOC_SECRET_KEY has changed",
        marked("The service’s secret has changed: set the channel anew."),
    ),
    (
        r"code: paste the code .*|refresh_token: paste the refresh token .*",
        marked("Paste what Zalo’s page led back to."),
    ),
    (
        r"this address belongs to another permission: begin anew",
        marked("This address belongs to an earlier permission: open Zalo’s page from here anew."),
    ),
    (
        r"Zalo refused \((?P<code>\S+)\): .*",
        marked("Zalo did not accept it (%(code)s): give the permission anew."),
    ),
    (
        r"setting (?P<names>DONDOC_ZALO_APP_ID, DONDOC_ZALO_SECRET_KEY): .*",
        marked("Settings are missing on the server: %(names)s. Until then mail goes instead."),
    ),
    (
        r"no access to Zalo yet: let .*",
        marked(
            "Zalo has not given Dondoc access yet: give it on the page of channels beside mail. "
            "Until then mail goes instead."
        ),
    ),
    (
        r"setting (?P<name>DONDOC_ZALO_TEMPLATES): no template is set for (?P<kinds>.+); such .*",
        marked("%(name)s on the server names no template for %(kinds)s: such messages go by mail."),
    ),
    (
        r"setting (?P<name>DONDOC_ZALO_\w+): .*",
        marked("A setting is missing on the server: %(name)s."),
    ),
    (
        r"give a code or a refresh_token, one of them",
        marked("Give a code or a refresh token, one of them."),
    ),
)
