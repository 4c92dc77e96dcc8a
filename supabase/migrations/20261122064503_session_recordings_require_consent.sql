-- Purpose: nothing is recorded without a consent to recording that is in force
-- Affects: function governance.require_recording_consent, trigger session_recordings_require_consent
-- Source: docs/raci/telehealth.yaml (manage_recordings); 45 CFR 164.508
-- Reversal: drop trigger session_recordings_require_consent on public.session_recordings; drop function governance.require_recording_consent();
-- Locks: share row exclusive on public.session_recordings, for an instant

create or replace function governance.require_recording_consent() returns trigger
language plpgsql
security definer -- because nobody may lock a consent whom it does not concern
set search_path = ''
as $$
declare
  -- A caller could date a recording back to before a consent ended; what the system imports lies back.
  moment timestamptz := case when governance.acts_as_system() then new.started_at else clock_timestamp() end;
begin
  -- Locked: a consent that is revoked meanwhile is waited for, one that is about to be revoked waits.
  perform from public.telehealth_consents consent
  where consent.id = new.consent_id
    and consent.client_id = new.client_id
    and consent.consent_type = 'Recording'
    and consent.consented_at <= moment
    and coalesce(consent.revoked_at, 'infinity') > moment
    and coalesce(consent.expires_at, 'infinity') > moment
  for share;
  if not found then
    raise exception using
      errcode = '42501',
      message = 'this client has given no consent to recording that is in force',
      detail = 'Column consent_id: the consent is of another client or kind, revoked, expired, or not there.',
      hint = 'Have the client consent to recording (telehealth.give_consent), and name that consent; until then, do not record.';
  end if;
  return new;
end
$$;
comment on function governance.require_recording_consent() is
  'Refuses a new recording unless it names a consent to recording of its client that is in force: to callers now, to '
  'the system when the recording began.';
revoke all on function governance.require_recording_consent() from public;

-- On new rows: what was recorded under a consent stays when it ends.
create trigger session_recordings_require_consent before insert on public.session_recordings
  for each row execute function governance.require_recording_consent();
