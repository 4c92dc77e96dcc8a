-- Purpose: what a caller writes into one chart names no row of another
-- Affects: functions governance.keep_in_chart, keep_to_treated; triggers keep_<column>_in_chart on the tables below
-- Source: docs/raci/clinical_notes.yaml, telehealth.yaml, billing.yaml, scheduling.yaml, client_portal.yaml; 45 CFR 164.312(c)(1)
-- Reversal: drop the triggers, then the functions
-- Locks: share row exclusive on each table, for an instant

-- The system passes, as it does with guards: what an import brings is for the quality rules wrong_chart, wrong_client …
create or replace function governance.keep_in_chart() returns trigger
language plpgsql
security definer -- because a caller need not be able to read what the row names
set search_path = ''
as $$
declare
  mine jsonb := to_jsonb(new);
  named text := tg_argv[1];
  condition text := '';
  agrees boolean;
begin
  if mine ->> tg_argv[0] is null or governance.acts_as_system() then
    return new;
  end if;
  -- The other arguments are pairs: a column of the row that is named, and the column here that must be the same.
  for pair in 1 .. (tg_nargs - 2) / 2 loop
    condition := condition || format(
      ' and named.%I::text = $1 ->> %L', tg_argv[2 * pair], tg_argv[2 * pair + 1]
    );
  end loop;
  execute format(
    'select exists (select from public.%I named where named.id = ($1 ->> %L)::uuid%s)', named, tg_argv[0], condition
  ) into agrees using mine;
  if not agrees then
    raise exception using
      errcode = '42501',
      message = format('%s.%s names a row of %s that is not of the same chart', tg_table_name, tg_argv[0], named),
      detail = format('Column %s.', tg_argv[0]),
      hint = format('Name a row of %s with the same %s.', named, tg_argv[3]
        || case when tg_nargs > 4 then ' and ' || tg_argv[5] else '' end);
  end if;
  return new;
end
$$;
comment on function governance.keep_in_chart() is
  'Refuses what a caller writes if the row that a column names is another client''s (or author''s). Arguments: the '
  'column, the table that it names, then pairs of its columns and the columns here that must agree.';
revoke all on function governance.keep_in_chart() from public;

-- Their names sort after _raci_guard: whoever lacks the duty hears of that first.
create trigger keep_note_in_chart
  before insert or update of note_id, client_id, supervisee_id on public.note_cosignatures for each row
  execute function governance.keep_in_chart(
    'note_id', 'clinical_notes', 'client_id', 'client_id', 'provider_id', 'supervisee_id');
create trigger keep_note_in_chart before insert or update of note_id, client_id, requested_by on public.unlock_requests
  for each row execute function governance.keep_in_chart(
    'note_id', 'clinical_notes', 'client_id', 'client_id', 'provider_id', 'requested_by');
create trigger keep_session_in_chart
  before insert or update of session_id, client_id, provider_id on public.session_recordings
  for each row execute function governance.keep_in_chart(
    'session_id', 'telehealth_sessions', 'client_id', 'client_id', 'provider_id', 'provider_id');
create trigger keep_consent_in_chart before insert or update of consent_id, client_id on public.session_recordings
  for each row execute function governance.keep_in_chart(
    'consent_id', 'telehealth_consents', 'client_id', 'client_id');
create trigger keep_appointment_in_chart
  before insert or update of appointment_id, client_id, provider_id on public.telehealth_sessions
  for each row execute function governance.keep_in_chart(
    'appointment_id', 'appointments', 'client_id', 'client_id', 'provider_id', 'provider_id');
create trigger keep_appointment_in_chart before insert or update of appointment_id, client_id on public.clinical_notes
  for each row execute function governance.keep_in_chart('appointment_id', 'appointments', 'client_id', 'client_id');
create trigger keep_appointment_in_chart before insert or update of appointment_id, client_id on public.charge_entries
  for each row execute function governance.keep_in_chart('appointment_id', 'appointments', 'client_id', 'client_id');
create trigger keep_note_in_chart before insert or update of note_id, client_id on public.charge_entries
  for each row execute function governance.keep_in_chart('note_id', 'clinical_notes', 'client_id', 'client_id');
create trigger keep_claim_in_chart before insert or update of claim_id, client_id on public.charge_entries
  for each row execute function governance.keep_in_chart('claim_id', 'insurance_claims', 'client_id', 'client_id');
create trigger keep_charge_in_chart before insert or update of charge_id, client_id on public.payment_records
  for each row execute function governance.keep_in_chart('charge_id', 'charge_entries', 'client_id', 'client_id');
create trigger keep_claim_in_chart before insert or update of claim_id, client_id on public.payment_records
  for each row execute function governance.keep_in_chart('claim_id', 'insurance_claims', 'client_id', 'client_id');
create trigger keep_appointment_in_chart
  before insert or update of appointment_id, client_id on public.appointment_requests
  for each row execute function governance.keep_in_chart('appointment_id', 'appointments', 'client_id', 'client_id');
create trigger keep_appointment_in_chart
  before insert or update of appointment_id, client_id on public.appointment_waitlist
  for each row execute function governance.keep_in_chart('appointment_id', 'appointments', 'client_id', 'client_id');
create trigger keep_appointment_in_chart before insert or update of appointment_id, client_id on public.reminder_logs
  for each row execute function governance.keep_in_chart('appointment_id', 'appointments', 'client_id', 'client_id');
create trigger keep_rescheduled_in_chart
  before insert or update of rescheduled_from_id, client_id on public.appointments
  for each row execute function governance.keep_in_chart('rescheduled_from_id', 'appointments', 'client_id', 'client_id');
create trigger keep_reply_in_chart
  before insert or update of in_reply_to_id, client_id on public.client_portal_messages
  for each row execute function governance.keep_in_chart(
    'in_reply_to_id', 'client_portal_messages', 'client_id', 'client_id');

create or replace function governance.keep_to_treated() returns trigger
language plpgsql
security definer -- because it asks treats
set search_path = ''
as $$
begin
  if not governance.acts_as_system() and not governance.treats(array[governance.actor_id()], new.client_id) then
    raise exception using
      errcode = '42501',
      message = format('%s.client_id names a client whom you do not treat', tg_table_name),
      detail = 'Column client_id.',
      hint = 'Write about clients of your caseload, or with whom you have an appointment.';
  end if;
  return new;
end
$$;
comment on function governance.keep_to_treated() is
  'Refuses what a caller writes about a client with whom they have nothing to do, in a table whose rows are its '
  'author''s alone.';
revoke all on function governance.keep_to_treated() from public;

create trigger keep_to_treated before insert or update of client_id on public.psychotherapy_notes
  for each row execute function governance.keep_to_treated();
