"""What callers are granted, against the YAML and the short list of what is granted by hand."""

from __future__ import annotations

from functools import cache

from tests.database.raci.oracle import Oracle

from mentalspace.database.connection import Connection

# Granted by hand-written migrations: what is one's own, or shown by a function that looks who asks.
BY_HAND = {
    "data_quality_results": {"select"},
    "data_quality_scores": {"select"},
    "notification_logs": {"select"},
    "notification_preferences": {"select", "insert", "update"},
    "raci_matrix": {"select"},
    "shared_documents": {"select"},
    "staff_directory": {"select"},
}
# What asks who is there, and refuses by itself: emergency access.
EMERGENCY = {"break_glass", "end_emergency_access", "list_emergency_accesses", "review_emergency_access"}
# Those of policies and views, and what the frontend calls.
FUNCTIONS = {
    "governance": {
        *("actor_id", "are_phone_numbers", "each_reachable_client", "first_reachable_client", "holds_duty"),
        *("last_reachable_client", "list_raci_matrix", "list_shared_documents", "list_staff"),
        *("may_see_quality", "own_charts", "reachable_clients", "reachable_owners", "reachable_people"),
        *("reaches_all", "reaches_any", *EMERGENCY),
    },
    "public": {"get_raci_permissions", "has_raci_permission", *EMERGENCY},
}
GRANTED = """
select relation.relname::text as name, role, privilege
from pg_catalog.pg_class relation
cross join unnest('{anon,authenticated}'::text[]) role
cross join unnest('{select,insert,update,delete,truncate,references,trigger,maintain}'::text[]) privilege
where relation.relnamespace = any ('{public,governance}'::regnamespace[])
  and relation.relkind in ('r', 'p', 'v', 'm', 'f')
  and (
    has_table_privilege(role, relation.oid, privilege)
    or privilege in ('select', 'insert', 'update', 'references')
      and has_any_column_privilege(role, relation.oid, privilege)
  )
"""
EXECUTABLE = """
select function.pronamespace::regnamespace::text as schema, function.proname::text as name, role
from pg_catalog.pg_proc function
cross join unnest('{anon,authenticated}'::text[]) role
where function.pronamespace = any ('{public,governance}'::regnamespace[])
  and function.proname <> 'attempt'
  and has_function_privilege(role, function.oid, 'execute')
"""
SCHEMAS = """
select role
from unnest('{anon,authenticated}'::text[]) role
where has_schema_privilege(role, 'governance', 'usage')
"""
ROLES_OF_POLICIES = """
select relation.relname || '.' || policy.polname as name
from pg_catalog.pg_policy policy
join pg_catalog.pg_class relation on relation.oid = policy.polrelid
where relation.relnamespace = 'public'::regnamespace
  and policy.polroles <> array['authenticated'::regrole::oid]
"""


async def find_wrong_privileges(connection: Connection) -> list[str]:
    """Privileges that callers have and should not, or the reverse; policies for others than the signed-in."""
    cursor = await connection.execute(GRANTED)
    given = {(row["name"], row["role"], row["privilege"]) for row in await cursor.fetchall()}
    cursor = await connection.execute(EXECUTABLE)
    callable_ = {(row["schema"], row["name"], row["role"]) for row in await cursor.fetchall()}
    cursor = await connection.execute(ROLES_OF_POLICIES)
    policies = [row["name"] for row in await cursor.fetchall()]
    cursor = await connection.execute(SCHEMAS)
    entering = {("governance", row["role"]) for row in await cursor.fetchall()}
    wrong = [
        *(entering ^ {("governance", "authenticated")}),
        *(given ^ list_grants()),
        *(callable_ ^ list_functions()),
    ]
    return sorted(" ".join(each) for each in wrong) + policies


@cache
def list_grants() -> set[tuple[str, str, str]]:
    """A command of some task is granted; whoever holds a duty on a table reads it."""
    wanted = {
        (table, command)
        for table, parts in Oracle.read().parts.items()
        for command in ("select", *(part.command for part in parts))
    }
    wanted |= {(table, command) for table, commands in BY_HAND.items() for command in commands}
    return {(table, "authenticated", command) for table, command in wanted}


def list_functions() -> set[tuple[str, str, str]]:
    return {(schema, name, "authenticated") for schema, names in FUNCTIONS.items() for name in names}
