"""What alembic runs for each command: the migrations, in the caller's transaction."""

from typing import Literal

from alembic import context

from plans.store import schema as _record
from plans.store import schema_access as _access
from plans.store import schema_office as _office
from plans.store import schema_paper as _paper
from plans.store import schema_running as _running
from plans.store.schema_base import Instant, metadata

# Importing them makes their tables known.
assert _record and _access and _office and _paper and _running


def render(kind: str, item: object, _: object) -> str | Literal[False]:
    """How a drafted migration writes our own type: as what it is in the database."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_item=render,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
