"""Postgres: connections, named queries, migrations, and what its refusals mean."""
