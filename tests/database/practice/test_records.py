"""What holds for every record: who made it, when it changed, that it stays; and for people."""

from __future__ import annotations

from uuid import UUID, uuid4

from psycopg import errors, sql
from tests.charts import add_person
from tests.database.practice.rows import NINE, book, insert
from tests.people import acting_as, refused

from mentalspace.database.connection import Connection


async def test_a_record_is_not_deleted_under_what_refers_to_it(
    connection: Connection, client: UUID, therapist: UUID
) -> None:
    await book(connection, client, therapist, NINE)
    for statement, person in (
        ("delete from clients where id = %s", client),
        ("delete from profiles where id = %s", therapist),
        ("delete from auth.users where id = %s", therapist),
    ):
        async with refused(connection, errors.ForeignKeyViolation):
            await connection.execute(statement, (person,))


async def test_a_role_is_held_once(connection: Connection, therapist: UUID) -> None:
    await insert(connection, "user_roles", user_id=therapist, role="therapist")
    async with refused(connection, errors.UniqueViolation):
        await insert(connection, "user_roles", user_id=therapist, role="therapist")
    async with refused(connection, errors.InvalidTextRepresentation):
        await insert(connection, "user_roles", user_id=therapist, role="owner")


async def test_signing_up_makes_nobody(connection: Connection) -> None:
    await connection.execute("insert into auth.users (id, email) values (%s, 'new@x.example')", (uuid4(),))
    row = await (
        await connection.execute(
            "select (select count(*) from profiles) + (select count(*) from user_roles) as n"
        )
    ).fetchone()
    assert row == {"n": 0}


async def test_created_by_is_who_acts_and_stays(connection: Connection, therapist: UUID) -> None:
    other = await add_person(connection)
    values = {"first_name": "Client", "last_name": "New", "date_of_birth": "1990-02-03", "created_by": other}
    async with acting_as(connection, therapist, role="service_role"):
        claimed = await insert(connection, "clients", **values)
        await connection.execute("update clients set created_by = %s where id = %s", (other, claimed))
        assert await fetch_maker(connection, claimed) == therapist
    async with acting_as(connection, None, role="service_role"):
        assert await fetch_maker(connection, await insert(connection, "clients", **values)) == other


async def fetch_maker(connection: Connection, client: UUID) -> UUID:
    row = await (
        await connection.execute("select created_by from clients where id = %s", (client,))
    ).fetchone()
    assert row
    return UUID(str(row["created_by"]))


async def test_updated_at_is_stamped(connection: Connection, client: UUID) -> None:
    await connection.execute("update clients set updated_at = '2000-01-01' where id = %s", (client,))
    row = await (
        await connection.execute("select updated_at > now() - interval '1 minute' as fresh from clients")
    ).fetchone()
    assert row == {"fresh": True}


async def test_visitors_reach_nothing(connection: Connection) -> None:
    rows = await (
        await connection.execute("select tablename from pg_tables where schemaname = 'public'")
    ).fetchall()
    assert len(rows) > 30
    async with acting_as(connection, None, role="anon"):
        for row in rows:
            table = sql.Identifier("public", row["tablename"])
            for command in ("select from {}", "delete from {}", "insert into {} default values"):
                async with refused(connection):
                    await connection.execute(sql.SQL(command).format(table))


async def test_access_to_phi_is_only_ever_added(connection: Connection) -> None:
    async with acting_as(connection, None, role="service_role"):
        await insert(
            connection,
            "phi_access_logs",
            user_id=uuid4(),
            patient_id=uuid4(),
            access_type="view",
            resource_type="x",
        )
        for statement in ("update phi_access_logs set access_type = 'edit'", "delete from phi_access_logs",
                          "truncate phi_access_logs"):  # fmt: skip
            async with refused(connection):
                await connection.execute(statement)
