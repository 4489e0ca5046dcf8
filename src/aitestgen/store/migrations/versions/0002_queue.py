"""The tables of Procrastinate, on PostgreSQL: the doorbell of workers on several machines."""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        cursor = connection.connection.cursor()
        cursor.execute(SchemaManager.get_schema())


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    found = "SELECT oid::regprocedure::text FROM pg_proc WHERE starts_with(proname, 'procrastinate_')"
    op.execute("DROP TABLE procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs CASCADE")
    op.execute("DROP TABLE IF EXISTS procrastinate_workers CASCADE")
    for (name,) in connection.exec_driver_sql(found).all():
        op.execute(f"DROP FUNCTION IF EXISTS {name} CASCADE")
    op.execute("DROP TYPE IF EXISTS procrastinate_job_to_defer_v1, procrastinate_job_status CASCADE")
    op.execute("DROP TYPE IF EXISTS procrastinate_job_event_type CASCADE")
