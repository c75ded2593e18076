"""Every way in ends here: a sign-in is settled, its session begins, its cookie is left."""

from __future__ import annotations

from collections.abc import Callable

from dondoc.api import sessions as cookies
from dondoc.api.context import Context
from plans.identity import sessions
from plans.identity.sessions import Session
from plans.identity.signing_in import Moment, Refused, SignedIn
from plans.store import Connection, writing


def begin_session(
    here: Context, settle: Callable[[Connection, Moment], SignedIn | Refused]
) -> Session:
    """Settle a sign-in, begin its session and leave its cookie; raises why it was refused.

    Where a page's form or script asks for it, ``refuse_foreign`` comes first: else another site
    could sign a visitor in as somebody else.
    """
    with writing(here.engine) as connection:
        found = settle(connection, moment_of(here))
        if isinstance(found, SignedIn):
            identifier, session = sessions.begin(connection, found.user.id, found.method, here.now)
    if isinstance(found, Refused):
        raise found.error
    cookie = cookies.session_cookie(here.settings, identifier, session, here.now)
    cookies.leave_cookie(here.request, cookie)
    return session


def moment_of(here: Context) -> Moment:
    """The time, the secret and the request, as sign-ins take them."""
    return Moment(here.now, here.settings.secret, here.request_id)
