"""How long months are, and from which day they count."""

from __future__ import annotations

from datetime import date, timedelta

from tests.charts import Chart, insert, later
from tests.database.retention.planning import (
    DAY,
    judge,
)

from mentalspace.database.connection import Connection


async def test_months_are_added_as_the_law_counts_them(connection: Connection) -> None:
    """Every day of nine years, five periods, against another implementation."""
    cursor = await connection.execute(
        "select governance.render_month_addition('day', months) as sql, months "
        "from unnest(array[1, 6, 84, 216, 300]) as months"
    )
    for row in await cursor.fetchall():
        days = await connection.execute(
            f"select day, {row['sql']} as until from ("
            "select generate_series(date '1996-01-01', date '2004-12-31', '1 day')::date as day) as days"
        )
        wrong = [
            each["day"]
            for each in await days.fetchall()
            if each["until"] != later(each["day"], row["months"])
        ]
        assert wrong == []


LAST_DAYS = (
    ("1980-06-15", "2015-05-31", "2022-05-31"),
    ("1980-06-15", "2012-02-29", "2019-03-01"),
    ("2004-06-15", "2010-01-10", "2029-06-15"),
    # One day before the 18th birthday, on it, and one day after.
    ("2004-06-15", "2022-06-14", "2029-06-15"),
    ("2004-06-15", "2022-06-15", "2029-06-15"),
    ("2004-06-15", "2022-06-16", "2029-06-16"),
    # Born on 29 February: the birthday of a common year is 1 March.
    ("2004-02-29", "2010-01-10", "2029-03-01"),
    ("2004-02-29", "2022-02-28", "2029-03-01"),
    ("2004-02-29", "2022-03-02", "2029-03-02"),
)


async def test_last_day_kept(chart: Chart) -> None:
    for born, discharged, until in LAST_DAYS:
        last, day = date.fromisoformat(until), date.fromisoformat(discharged)
        client = await chart.discharged(day, date_of_birth=date.fromisoformat(born))
        judged = await judge(chart.connection, "clients", client, last)
        assert (judged["keep_until"], judged["state"]) == (last, "kept"), (born, discharged)
        assert (await judge(chart.connection, "clients", client, last + DAY))["state"] == "due"


async def test_the_later_of_both_floors_counts(chart: Chart) -> None:
    client = await chart.discharged(date(2015, 3, 1), date_of_birth=date(2000, 6, 15))
    for months, until_age, until in (
        (120, 20, "2025-03-01"),
        (120, 26, "2026-06-15"),
        (12, 19, "2019-06-15"),
    ):
        await chart.connection.execute(
            "update public.data_retention_policies set retention_period_months = %s, until_age = %s "
            "where data_type = 'client_records'",
            (months, until_age),
        )
        judged = await judge(chart.connection, "clients", client, date(2030, 1, 1))
        assert judged["keep_until"] == date.fromisoformat(until)


async def test_who_is_no_minor_gets_no_longer_period(chart: Chart) -> None:
    """18 on the day of discharge: until 30 is for those who were younger."""
    await chart.connection.execute(
        "update public.data_retention_policies set until_age = 30 where birth_column is not null"
    )
    for age, until in ((timedelta(), "2029-06-15"), (-DAY, "2034-06-15")):
        day = date(2022, 6, 15) + age
        client = await chart.discharged(day, date_of_birth=date(2004, 6, 15))
        judged = await judge(chart.connection, "clients", client, date(2040, 1, 1))
        assert judged["keep_until"] == date.fromisoformat(until)


async def test_of_the_deceased_the_later_date_counts(chart: Chart) -> None:
    for discharged, deceased, until in (
        (date(2015, 1, 10), date(2016, 3, 1), date(2023, 3, 1)),
        (date(2016, 3, 1), date(2015, 1, 10), date(2023, 3, 1)),
        (None, date(2015, 1, 10), date(2022, 1, 10)),
    ):
        client = await chart.client(
            status="Deceased", is_active=False, discharge_date=discharged, deceased_date=deceased
        )
        judged = await judge(chart.connection, "clients", client, date(2030, 1, 1))
        assert judged["keep_until"] == until


async def test_a_moment_counts_by_the_calendar_of_the_practice(connection: Connection) -> None:
    """Three in the morning UTC is still the day before in New York."""
    log = await insert(connection, "api_logs", method="GET", url="/", created_at="2026-03-15 03:00:00+00")
    assert (await judge(connection, "api_logs", log, date(2026, 4, 14)))["state"] == "kept"
    assert (await judge(connection, "api_logs", log, date(2026, 4, 15)))["state"] == "due"
