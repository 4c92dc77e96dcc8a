-- Purpose: who has no role any more, and a client whose portal is switched off, reads no in_app message either
-- Affects: policy notification_logs_select on public.notification_logs
-- Source: docs/raci/administration.yaml (read_notifications)
-- Reversal: the policy of 20261108000200_notification_logs_select_policy
-- Locks: access exclusive on public.notification_logs, for an instant

alter policy notification_logs_select on public.notification_logs using (
  recipient_user_ids @> array[(select governance.actor_id())]
  and 'in_app' = any (sent_via)
  and (select governance.reaches_any('administration.read_notifications', 'perform'))
);
