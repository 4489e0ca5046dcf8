"""What callers use of a day beside slots, and where the trace of a job began."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("usage", sa.Column("cpu_seconds", sa.Double(), nullable=False, server_default="0"))
    op.add_column("usage", sa.Column("tokens", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("usage", sa.Column("usd", sa.Double(), nullable=False, server_default="0"))
    op.create_table(
        "traces",
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("parent", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_traces_job_id_jobs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_traces")),
    )


def downgrade() -> None:
    op.drop_table("traces")
    for column in ("usd", "tokens", "cpu_seconds"):
        op.drop_column("usage", column)
