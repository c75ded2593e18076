"""Beyond one machine.

Forward only: there is no way back but a backup.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "leases",
        sa.Column("job", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=120), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_leases")),
    )
    op.create_table(
        "bounces",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("notice", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("address", sa.String(length=254), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=True),
        sa.Column("permanent", sa.Boolean(), nullable=False),
        sa.Column("diagnostic", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["notice"], ["notices.id"], name=op.f("fk_bounces_notice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bounces")),
        sa.UniqueConstraint("source", name=op.f("uq_bounces_source")),
    )
    with op.batch_alter_table("bounces", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bounces_notice"), ["notice"], unique=False)
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("maybe_taken", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.create_index(batch_op.f("ix_deliveries_message_id"), ["message_id"], unique=False)
    op.create_index(
        "ix_counters_nation",
        "counters",
        ["basis", "key"],
        unique=False,
        sqlite_where=sa.text("dimension IN ('territory', 'central')"),
        postgresql_where=sa.text("dimension IN ('territory', 'central')"),
    )
    with op.batch_alter_table("plans", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ladder", sa.JSON(), nullable=True))
    with op.batch_alter_table("snapshots", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_snapshots_plan_day"), ["plan", "day"], unique=False)
    _keep_ladders()
    for basis, due in (("current", "due"), ("original", "original_due")):
        op.execute(_COUNT_CENTRAL.format(basis=basis, due=due))


def _keep_ladders() -> None:
    """Each plan's ladder beside it, as its newest version declares it."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    ladder = "json_extract(v.declaration, '$.ladder')" if sqlite else "v.declaration -> 'ladder'"
    newest = "v.plan = plans.id AND v.version = plans.version"
    op.execute(
        f"UPDATE plans SET ladder = (SELECT {ladder} FROM plan_versions v WHERE {newest})"  # noqa: S608
    )


_COUNT_CENTRAL = """
    INSERT INTO counters (
        dimension, key, basis, ongoing, bucket, day, n, weight, done_percent
    )
    SELECT 'central', plan, '{basis}', ongoing, bucket,
        CASE WHEN bucket = 'open' THEN due ELSE '0001-01-01' END AS day,
        count(*), sum(weight), sum(weight * percent)
    FROM (
        SELECT plan, ongoing, weight, percent, {due} AS due,
            CASE
                WHEN work IN ('suspended', 'cancelled') THEN work
                WHEN lead_status = 'undecided' THEN 'undecided'
                WHEN work = 'done' AND done_on > {due} THEN 'done_late'
                WHEN work = 'done' THEN 'done_on_time'
                WHEN review = 'submitted' AND submitted_on > {due} THEN 'waiting_late'
                WHEN review = 'submitted' THEN 'waiting_on_time'
                ELSE 'open'
            END AS bucket
        FROM assignments
        WHERE territory IS NULL
    ) AS counted
    WHERE true
    GROUP BY plan, ongoing, bucket, CASE WHEN bucket = 'open' THEN due ELSE '0001-01-01' END
    ON CONFLICT DO NOTHING
"""
"""What belongs to no province is counted by plan from now on, so that the nation is a small sum."""
