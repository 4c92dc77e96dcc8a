-- Purpose: how an alert climbs: how long each step has, whom of a role it concerns, and what its messages are called
-- Affects: table governance.alert_ladders
-- Source: architecture, section 5 (escalation ladder until acknowledged); docs/raci (escalation)
-- Reversal: drop table governance.alert_ladders;
-- Locks: share row exclusive on public.system_alerts, for an instant (foreign key)

create table governance.alert_ladders (
  alert_id uuid primary key references public.system_alerts (id) on delete cascade,
  kind text not null,
  subject text not null,
  patience interval[] not null,
  audience jsonb not null,
  constraint alert_ladders_kind_check check (kind ~ '^[a-z][a-z0-9_]*$'),
  constraint alert_ladders_audience_check check (jsonb_typeof(audience) = 'object')
);
comment on table governance.alert_ladders is
  'How each alert climbs the path of public.system_alerts. An alert without a row climbs as its severity says.';
comment on column governance.alert_ladders.patience is
  'How long each step has to acknowledge; empty: as the severity says.';
comment on column governance.alert_ladders.audience is
  'By role of the path: the people of that role whom it concerns. A role that is not named here is told as a whole.';

alter table governance.alert_ladders enable row level security;
revoke all on table governance.alert_ladders from public, anon, authenticated, service_role;
