-- Purpose: a signed-in person reads the in_app messages addressed to them, and nobody else's
-- Affects: policy notification_logs_select and select for authenticated on public.notification_logs
-- Source: architecture, sections 1 and 5 (in_app is the row itself)
-- Reversal: drop policy notification_logs_select on public.notification_logs; revoke select on public.notification_logs from authenticated;
-- Locks: access exclusive on public.notification_logs, for an instant

grant select on table public.notification_logs to authenticated;

-- Nobody signed in gives array[null], which no array contains.
create policy notification_logs_select on public.notification_logs
  for select to authenticated
  using (
    recipient_user_ids @> array[(select governance.actor_id())]
    and 'in_app' = any (sent_via)
  );

comment on policy notification_logs_select on public.notification_logs is
  'Own in_app messages. Writing is the outbox''s alone.';
