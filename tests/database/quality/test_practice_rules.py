"""Every rule of the other tables that reads rows finds the row that breaks it, and no other rule does."""

from __future__ import annotations

from pathlib import Path

from mentalspace.contracts.parse import read_contracts
from mentalspace.database.connection import Connection

ROOT = Path(__file__).parents[3]
OTHERS = "(select other.id from public.{0} as other where other.client_id <> {1}.client_id limit 1)"
CLIENT = "(select other.id from public.clients as other where other.id <> {0}.client_id limit 1)"
STAFF = "00000001-0000-4000-8000-00000000000"
TREATED = """(select other.client_id from public.telehealth_sessions as other
  where other.status = 'Ended' and other.client_id <> telehealth_sessions.client_id limit 1)"""
# table -> rule -> (a right row, what makes it wrong)
CHANGES = {
    "appointment_requests": {
        "approved_without_appointment": ("status = 'Declined'", "status = 'Approved'"),
        "decision_undocumented": ("status = 'Declined'", "decided_at = null"),
        "unanswered": ("status = 'Pending'", "created_at = now() - interval '8 days'"),
        "wish_passed": (
            "status = 'Pending'",
            "requested_start_time = now() - interval '1 hour', requested_end_time = now()",
        ),
        "wrong_client": (
            "status = 'Declined'",
            f"appointment_id = {OTHERS.format('appointments', 'appointment_requests')}",
        ),
    },
    "assessment_assignments": {
        "completed_without_answers": ("status = 'Completed'", "responses = null"),
        "review_undocumented": ("status = 'Completed'", "status = 'Reviewed'"),
        "not_reviewed": ("status = 'Completed'", "completed_at = now() - interval '15 days'"),
        "overdue": ("status = 'Assigned'", "due_date = current_date - 32"),
        "negative_score": ("status = 'Completed'", "score = -1"),
    },
    "client_documents": {
        "blank_title": ("true", "title = ' '"),
        "sharing_undocumented": ("is_shared", "shared_by = null"),
    },
    "client_portal_messages": {
        "blank": ("true", "body = ' '"),
        "read_before_sent": ("true", "read_at = created_at - interval '1 hour'"),
        "sent_to_self": ("true", "recipient_id = sender_id"),
        "wrong_conversation": (
            "true",
            f"in_reply_to_id = {OTHERS.format('client_portal_messages', 'client_portal_messages')}",
        ),
    },
    "client_statements": {
        "period_unfinished": ("status = 'Sent'", "period_end = current_date + 2"),
        "sending_undocumented": ("status = 'Sent'", "sent_at = null"),
    },
    "insurance_claims": {
        "decided_before_submitted": ("status = 'Paid'", "adjudicated_at = submitted_at - interval '1 day'"),
        "decision_undocumented": ("status = 'Paid'", "adjudicated_at = null"),
        "payer_silent": ("status = 'Submitted'", "submitted_at = now() - interval '91 days'"),
        "submission_undocumented": ("status = 'Submitted'", "submitted_at = null"),
    },
    "data_retention_policies": {"nobody_answers": ("true", "owner_position = ' '")},
    "issue_tracker": {"end_undocumented": ("status = 'resolved'", "resolved_at = null")},
    "note_cosignatures": {
        "decided_before_asked": ("status = 'Cosigned'", "decided_at = requested_at - interval '1 hour'"),
        "decided_without_time": ("status = 'Cosigned'", "decided_at = null"),
        "wrong_author": ("true", f"supervisee_id = '{STAFF}4'"),
        "wrong_chart": ("true", f"client_id = {CLIENT.format('note_cosignatures')}"),
    },
    "payment_records": {
        "paid_in_future": ("true", "payment_date = current_date + 2"),
        "payer_unknown": ("payer_type = 'Client'", "payer_type = 'Insurance'"),
        "wrong_claim": (
            "claim_id is not null",
            f"claim_id = {OTHERS.format('insurance_claims', 'payment_records')}",
        ),
        "wrong_client": ("claim_id is null", f"client_id = {CLIENT.format('payment_records')}"),
        "overpaid": ("charge_id is not null", "amount = amount + 1"),
    },
    "post_release_reviews": {"end_undocumented": ("status = 'completed'", "completed_at = null")},
    "psychotherapy_notes": {
        "nothing_written": ("true", "content = '{}', created_at = now() - interval '8 days'"),
        "session_in_future": ("true", "session_date = current_date + 2"),
    },
    "releases": {"deployed_in_future": ("true", "deployed_at = now() + interval '1 day'")},
    "security_incidents": {
        "detected_in_future": ("true", "detected_at = now() + interval '1 day'"),
        "notification_due": (
            "true",
            "type = 'data_breach', status = 'detected', detected_at = now() - interval '51 days'",
        ),
    },
    "session_recordings": {
        "recorded_without_consent": ("true", "started_at = now() - interval '101 days'"),
        "wrong_session": (
            "true",
            f"session_id = {OTHERS.format('telehealth_sessions', 'session_recordings')}",
        ),
    },
    "telehealth_consents": {
        "given_in_future": ("true", "consented_at = now() + interval '1 day'"),
        "not_verified": ("true", "verified_at = null"),
        "verifier_unknown": ("true", "verified_by = null"),
    },
    "telehealth_sessions": {
        "end_undocumented": ("status = 'Ended'", "ended_at = null"),
        "held_without_consent": ("status = 'Ended'", "started_at = now() - interval '201 days'"),
        "wrong_client": ("status = 'Ended'", f"client_id = {TREATED}"),
        "wrong_provider": (
            "true",
            f"provider_id = case when provider_id = '{STAFF}4' then '{STAFF}5' else '{STAFF}4' end::uuid",
        ),
    },
    "unlock_requests": {
        "decided_before_asked": ("status = 'Approved'", "decided_at = requested_at - interval '1 hour'"),
        "decision_undocumented": ("status = 'Approved'", "decided_by = null"),
        "unanswered": ("status = 'Pending'", "requested_at = now() - interval '15 days'"),
        "wrong_chart": ("true", f"client_id = {CLIENT.format('unlock_requests')}"),
    },
}
# What no change of one row of the table itself makes; the last statement returns its key.
STATEMENTS = {
    "data_quality_results": {
        "run_in_future": """
insert into public.data_quality_results (check_date, results)
values (now() + interval '1 hour', '[]') returning id
""",
        "checks_stopped": """
insert into public.data_quality_results (check_date, results)
values (now() - interval '3 days', '[]') returning id
""",
    },
    "feed_canaries": {
        "heard_unsent": """
insert into public.feed_canaries (listener, beat, heard) values ('worker', 1, 2) returning listener as id
""",
        "silent": """
insert into public.feed_canaries (listener, beat, heard_at)
values ('worker', 1, now() - interval '2 minutes') returning listener as id
""",
    },
    "insurance_claims": {
        "nothing_claimed": """
update public.charge_entries set claim_id = null from public.charge_entries as old
where old.id = charge_entries.id
  and old.claim_id = (select min(claim_id::text)::uuid from public.charge_entries)
returning old.claim_id as id
""",
    },
    "data_retention_policies": {
        "paused_for_long": """
insert into public.data_retention_policies (data_type, retention_period_months, deletion_method, is_active,
  updated_at, table_name, basis_columns, owner_position, reason)
values ('test', 1, 'hard_delete', false, now() - interval '31 days', 'api_logs', '{created_at}', 'test',
  'Test')
returning id
""",
    },
    "notification_logs": {
        "sending_undocumented": """
insert into public.notification_logs (notification_type, subject, message, status)
values ('test', 'Test', 'Test', 'sent') returning id
""",
    },
    "releases": {
        "review_missing": """
delete from public.post_release_reviews
where release_id = (select min(release_id::text)::uuid from public.post_release_reviews)
returning release_id as id
""",
    },
    "review_action_items": {
        "long_overdue": """
insert into public.review_action_items (review_id, action, owner_position, due_date)
select id, 'Test', 'release_manager', current_date - 32 from public.post_release_reviews limit 1
returning id
""",
    },
    "telehealth_sessions": {
        "held_though_off": """
with ended as (select id, appointment_id from public.telehealth_sessions where status = 'Ended' limit 1)
update public.appointments set status = 'No Show' from ended
where appointments.id = ended.appointment_id returning ended.id
""",
    },
    "system_alerts": {
        "acknowledged_by_nobody": """
insert into public.system_alerts (metric, value, threshold, severity, message, status)
values ('test', 1, 0, 'low', 'Test', 'acknowledged') returning id
""",
        "end_undocumented": """
insert into public.system_alerts (metric, value, threshold, severity, message, status)
values ('test', 1, 0, 'low', 'Test', 'resolved') returning id
""",
    },
}
# A number about the whole table has no keys.
KEYLESS = {"overpaid", "checks_stopped"}
PLANTED = {
    table: {**CHANGES.get(table, {}), **STATEMENTS.get(table, {})} for table in {*CHANGES, *STATEMENTS}
}


async def test_a_broken_rule_is_found_and_nothing_else(seeded_connection: Connection) -> None:
    connection = seeded_connection
    await connection.execute(
        "alter table public.post_release_reviews drop constraint post_release_reviews_completed_check"
    )
    for table, rules in PLANTED.items():
        assert await find_wrong(connection, table) == {}, table
        for rule, change in rules.items():
            async with connection.transaction(force_rollback=True):
                key = await break_rule(connection, table, change)
                expected = {rule: set() if rule in KEYLESS else {key}}
                assert await find_wrong(connection, table) == expected, f"{table}.{rule}"


async def test_every_rule_that_reads_rows_is_broken_here(seeded_connection: Connection) -> None:
    rows = await seeded_connection.execute(
        "select registered.table_name, registered.name from governance.quality_checks as registered "
        "where governance.find_quality_proof(registered) is null"
    )
    reading = {(row["table_name"].removeprefix("public."), row["name"]) for row in await rows.fetchall()}
    broken = {(table, rule) for table, rules in PLANTED.items() for rule in rules}
    assert {pair for pair in reading if pair[0] in PLANTED} == broken


def test_no_table_is_forgotten() -> None:
    contracts = read_contracts(ROOT / "docs" / "data-contracts")
    assert PLANTED.keys() <= set(contracts)


async def break_rule(connection: Connection, table: str, change: str | tuple[str, str]) -> str:
    """Break it in one row, and return that row's key."""
    if isinstance(change, tuple):
        condition, assignment = change
        first = f"select id from public.{table} where {condition} order by id limit 1"
        change = f"update public.{table} set {assignment} where id = ({first}) returning id"
    rows = await (await connection.execute(change.encode())).fetchall()
    assert len(rows) == 1, change
    return str(rows[0]["id"])


async def find_wrong(connection: Connection, table: str) -> dict[str, set[str]]:
    rows = await (
        await connection.execute("select * from governance.evaluate_quality_checks(%s)", (f"public.{table}",))
    ).fetchall()
    assert {row["outcome"] for row in rows} <= {"passed", "failed"}
    return {row["name"]: set(row["failing_keys"]) for row in rows if row["outcome"] == "failed"}
