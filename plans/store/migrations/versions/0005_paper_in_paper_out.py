"""paper in, paper out.

Forward only: there is no way back but a backup.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel_tokens",
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("access", sa.Text(), nullable=True),
        sa.Column("refresh", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("renewing_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_tokens")),
    )
    op.create_table(
        "confirmed_figures",
        sa.Column(
            "measurement", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("confirmed_by", sa.String(length=120), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["measurement"],
            ["measurements.id"],
            name=op.f("fk_confirmed_figures_measurement"),
        ),
        sa.PrimaryKeyConstraint("measurement", name=op.f("pk_confirmed_figures")),
    )
    op.create_table(
        "registers",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("declaration", sa.JSON(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("silence", sa.String(length=20), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("problems", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registers")),
    )
    op.create_table(
        "said_figures",
        sa.Column("speaker", sa.String(length=120), nullable=False),
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.Column("period", sa.String(length=20), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("part", sa.BigInteger(), nullable=True),
        sa.Column("whole", sa.BigInteger(), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("speaker", "target", "period", name=op.f("pk_said_figures")),
    )
    op.create_table(
        "workbook_returns",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=True),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("workbook", sa.String(length=16), nullable=True),
        sa.Column("department", sa.String(length=80), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("sender", sa.String(length=320), nullable=True),
        sa.Column("sheet", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("outcome", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["department"], ["departments.code"], name=op.f("fk_workbook_returns_department")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workbook_returns")),
        sa.UniqueConstraint("source", name=op.f("uq_workbook_returns_source")),
    )
    with op.batch_alter_table("workbook_returns", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_workbook_returns_department"), ["department"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_workbook_returns_received_at"), ["received_at"], unique=False
        )

    op.create_table(
        "workbooks",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("department", sa.String(length=80), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["department"], ["departments.code"], name=op.f("fk_workbooks_department")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workbooks")),
    )
    with op.batch_alter_table("workbooks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_workbooks_department"), ["department"], unique=False)

    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("department", sa.String(length=80), nullable=True),
        sa.Column("plan", sa.String(length=80), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.String(length=120), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["department"], ["departments.code"], name=op.f("fk_calendar_feeds_department")
        ),
        sa.ForeignKeyConstraint(["plan"], ["plans.id"], name=op.f("fk_calendar_feeds_plan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
    )
    with op.batch_alter_table("calendar_feeds", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_calendar_feeds_department"), ["department"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_calendar_feeds_plan"), ["plan"], unique=False)

    op.create_table(
        "contact_channels",
        sa.Column("contact", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("shown", sa.String(length=120), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(length=120), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact"], ["contacts.id"], name=op.f("fk_contact_channels_contact")
        ),
        sa.PrimaryKeyConstraint("contact", name=op.f("pk_contact_channels")),
    )
    op.create_table(
        "workbook_rows",
        sa.Column("workbook", sa.String(length=16), nullable=False),
        sa.Column("assignment", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment"], ["assignments.id"], name=op.f("fk_workbook_rows_assignment")
        ),
        sa.ForeignKeyConstraint(
            ["workbook"], ["workbooks.id"], name=op.f("fk_workbook_rows_workbook")
        ),
        sa.PrimaryKeyConstraint("workbook", "assignment", "digest", name=op.f("pk_workbook_rows")),
    )
    with op.batch_alter_table("workbook_rows", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_workbook_rows_assignment"), ["assignment"], unique=False
        )

    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("channel", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("receipt", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("fallback", sa.Text(), nullable=True))

    with op.batch_alter_table("measurements", schema=None) as batch_op:
        batch_op.add_column(sa.Column("register", sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column("measured_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("doubts", sa.JSON(none_as_null=True), nullable=True))
