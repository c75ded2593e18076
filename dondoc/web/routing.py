"""How a page declares who may open it; what its handler takes (as ``dondoc.api.routing``)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends

from dondoc.api.callers import RULE
from dondoc.web.visiting import Page, open_any, open_any_form, open_form, open_page
from plans.access import Action

Seen = Annotated[Page, Depends(open_page)]
"""A page that a visitor whom we know opens."""

Sent = Annotated[Page, Depends(open_form)]
"""A form that a visitor whom we know sends; its texts are ``page.fields``."""

Anybody = Annotated[Page, Depends(open_any)]
"""A page that anybody opens."""

AnybodySent = Annotated[Page, Depends(open_any_form)]
"""A form that anybody sends."""


def see(action: Action) -> dict[str, Any]:
    """A page that asks for ``action``; its handler takes ``Seen`` or ``Sent`` and looks at the
    subject."""
    return {"openapi_extra": {RULE: str(action)}}
