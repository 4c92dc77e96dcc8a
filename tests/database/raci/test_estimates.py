"""What the planner tells of rows that nobody may see: REST shows its estimates (`Prefer: count=planned`)."""

from __future__ import annotations

from tests.database.raci.practice import open_practice
from tests.people import acting_as

from mentalspace.database.connection import Connection

# Free text, names, addresses: what has a list of allowed values, or names another row, says little.
SAMPLED = """
select format('%s.%s', member.relname, cell.attname) as name
from pg_class member
join pg_attribute cell on cell.attrelid = member.oid and cell.attnum > 0 and not cell.attisdropped
where member.relnamespace = 'public'::regnamespace
  and member.relkind = 'r'
  and has_table_privilege('authenticated', member.oid, 'select')
  and (cell.atttypid = 'text'::regtype or cell.attname = 'date_of_birth')
  and coalesce(cell.attstattarget, -1) <> 0
  and not exists (
    select from pg_constraint rule
    where rule.conrelid = member.oid and cell.attnum = any (rule.conkey)
      and (rule.contype = 'f' or pg_get_constraintdef(rule.oid) like '%(' || cell.attname || ' = ANY%')
  )
order by name
"""
# Of no person: prices, error codes, subjects of the toolkit's own messages.
OF_NOBODY = {
    *("service_codes.code", "service_codes.description", "reminder_logs.error_code"),
    *("notification_logs.delivery_key", "notification_logs.last_error", "notification_logs.message"),
    *(
        "notification_logs.notification_type",
        "notification_logs.subject",
        "data_quality_results.triggered_by",
    ),
}


async def test_the_planner_keeps_no_samples_of_what_names_people(connection: Connection) -> None:
    rows = await (await connection.execute(SAMPLED.encode())).fetchall()
    assert {row["name"] for row in rows} == OF_NOBODY


async def test_an_estimate_tells_a_client_nothing_about_others(connection: Connection) -> None:
    """By bisection over `<`, the planner's samples would tell addresses letter by letter."""
    practice = await open_practice(connection)
    await connection.execute(
        "insert into public.clients (first_name, last_name, date_of_birth, email) "
        "select 'A', 'B' || n, '1990-01-01'::date + n, 'c' || n || '@x.example' from generate_series(1, 99) n"
    )
    await connection.execute("analyze public.clients")
    for column, low, high in (
        ("email", "a", "z"),
        ("last_name", "A", "Z"),
        ("date_of_birth", "1980-01-01", "2020-01-01"),
    ):
        seen = set()
        for limit in (low, high):
            async with acting_as(practice.connection, practice.people["client_user"]) as session:
                plan = await session.execute(
                    f"explain (format json) select id from public.clients where {column} < '{limit}'".encode()
                )
                row = await plan.fetchone()
            assert row
            seen.add(row["QUERY PLAN"][0]["Plan"]["Plan Rows"])
        assert len(seen) == 1, column
