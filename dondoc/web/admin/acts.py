"""The audit log's words: what each act is called."""

from __future__ import annotations

from integrations.wording import marked
from plans.store import audit

OUTCOMES = {
    audit.DONE: marked("carried out"),
    audit.DENIED: marked("denied"),
    audit.FAILED: marked("failed"),
}
ACTS = {
    "backup-made": marked("Backup made"),
    "backup-restored": marked("Backup restored"),
    "bounce-cleared": marked("Mailbox taken to work again"),
    "calendar-day-set": marked("Day of the calendar decided"),
    "calendar-day-withdrawn": marked("Decided day withdrawn"),
    "code-asked": marked("Code asked for"),
    "code-mailed": marked("Code mailed"),
    "code-refused": marked("Code refused"),
    "counters-recounted": marked("Counters recounted"),
    "database-upgraded": marked("Database upgraded"),
    "device-confirmed": marked("Device confirmed"),
    "devices-forgotten": marked("Confirmed devices ended"),
    "feed-set": marked("System’s address set"),
    "first-link-made": marked("First sign-in link made"),
    "identity-bound": marked("Account bound to an outside identity"),
    "ledger-check-begun": marked("Check of the record begun"),
    "ledger-checked": marked("Record checked"),
    "link-asked": marked("Sign-in link asked for"),
    "link-mailed": marked("Sign-in link mailed"),
    "link-ordered": marked("Sign-in link ordered"),
    "link-shown": marked("Sign-in link shown on the server"),
    "mailbox-added": marked("Mailbox added"),
    "mailbox-language-set": marked("Mailbox’s language set"),
    "mailbox-removed": marked("Mailbox removed"),
    "mailbox-set": marked("Mailbox set"),
    "message-resent": marked("Message sent again"),
    "message-dropped": marked("Message not to be sent"),
    "messages-held": marked("Messages held back"),
    "messages-lifted": marked("Messages let go again"),
    "other-sessions-ended": marked("Other sessions ended"),
    "password-set": marked("Password set"),
    "plan-loaded": marked("Plan loaded"),
    "quarantine-retried": marked("Quarantine tried again"),
    "second-factor-removed": marked("Second factor removed"),
    "session-stolen": marked("Session used twice, ended"),
    "sign-in-refused": marked("Sign-in refused"),
    "signed-in": marked("Signed in"),
    "signed-out": marked("Signed out"),
    "token-created": marked("Token made"),
    "token-revoked": marked("Token revoked"),
    "user-changed": marked("Person changed"),
    "user-created": marked("Person added"),
    "user-disabled": marked("Person let in no more"),
    "user-enabled": marked("Person let in again"),
    "webhook-created": marked("Webhook made"),
    "webhook-disabled": marked("Webhook switched off"),
    "webhook-enabled": marked("Webhook switched on"),
    "webhook-removed": marked("Webhook removed"),
    "webhook-tested": marked("Webhook tried"),
}
"""Any other act (a call that was denied) is shown as the log has it."""
