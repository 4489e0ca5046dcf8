"""Where items came from: limits of an address beside those of its callers."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("items", sa.Column("address", sa.Text(), nullable=False, server_default=""))
    op.create_index(op.f("ix_items_address_state"), "items", ["address", "state"])


def downgrade() -> None:
    op.drop_index(op.f("ix_items_address_state"), "items")
    op.drop_column("items", "address")
