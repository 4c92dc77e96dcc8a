"""Dates and amounts: what no program could read is in no row that a caller writes."""

from __future__ import annotations

from uuid import UUID

from psycopg import errors
from tests.charts import add_person
from tests.database.practice.rows import insert
from tests.people import refused

from mentalspace.database.connection import Connection

PAYMENT = {"payer_type": "Client", "payment_method": "Cash"}
WRITABLE_MOMENTS = """
select written.relname as table_name, member.attname as column_name,
  coalesce(string_agg(pg_get_constraintdef(rule.oid), ' '), '') as rules
from pg_class written
join pg_attribute member on member.attrelid = written.oid and member.attnum > 0 and member.attgenerated = ''
left join pg_constraint rule
  on rule.conrelid = written.oid
  and rule.conname in (written.relname || '_calendar_check', written.relname || '_amounts_check')
where written.relnamespace = 'public'::regnamespace
  and written.relkind = 'r'
  and member.atttypid in ('date'::regtype, 'timestamptz'::regtype, 'numeric'::regtype)
  and has_table_privilege('authenticated', written.oid, 'insert, update')
  and member.attname <> 'deleted_at' -- no task writes it
  -- Within 121 years of the record's own date: a constraint of its own.
  and (written.relname, member.attname) <> ('clients', 'date_of_birth')
group by 1, 2
"""


async def test_every_date_that_a_caller_writes_is_of_the_calendar(connection: Connection) -> None:
    rows = await (await connection.execute(WRITABLE_MOMENTS.encode())).fetchall()
    assert len(rows) > 100
    outside = [row for row in rows if row["column_name"] not in row["rules"]]
    assert outside == []


async def test_no_row_holds_a_date_or_an_amount_that_no_program_reads(
    connection: Connection, client: UUID, therapist: UUID
) -> None:
    """One appointment of the year 4000 BC, completed, ended the job that looks at all deadlines."""
    for moment in ("infinity", "-infinity", "4000-01-01 BC", "200000-01-01"):
        for table, values in {
            "appointment_requests": {"client_id": client, "requested_start_time": moment},
            "payment_records": {"client_id": client, "amount": 1, "payment_date": moment} | PAYMENT,
            "supervision_relationships": {
                "supervisor_id": therapist,
                "supervisee_id": await add_person(connection),
                "start_date": moment,
            },
        }.items():
            async with refused(connection, errors.CheckViolation) as caught:
                await insert(connection, table, **values)
            assert caught.value.diag.constraint_name == f"{table}_calendar_check"
    async with refused(connection, errors.CheckViolation) as caught:
        await insert(connection, "payment_records", client_id=client, amount="NaN", **PAYMENT)
    assert caught.value.diag.constraint_name == "payment_records_amounts_check"
