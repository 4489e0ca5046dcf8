"""Jobs and their results in a database: one schema for SQLite and PostgreSQL.

`schema.py` has the tables, `database.py` the connection, `migrate.py` brings a database up to date. These tables are
the truth; whatever tells workers that there is work is only a doorbell.
"""
