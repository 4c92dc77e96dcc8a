-- Purpose: transactional outbox: what follows from a change is written in the change's own transaction
-- Affects: tables governance.events, governance.consumed_events
-- Source: architecture, section 5
-- Reversal: drop table governance.consumed_events; drop table governance.events;
-- Locks: none (new tables)

create table governance.events (
  event_id bigint generated always as identity primary key,
  table_name text not null,
  row_key text not null,
  module text not null,
  task text not null,
  kind text not null,
  actor_id uuid,
  acted_as text not null,
  occurred_at timestamptz not null default clock_timestamp(),
  facts jsonb not null default '{}',
  attempts smallint not null default 0,
  available_at timestamptz not null default clock_timestamp(),
  consumed_by text[] not null default '{}',
  died_at timestamptz,
  error_class text,
  error_message text,
  constraint events_kind_check check (kind in ('insert', 'update', 'delete', 'other')),
  constraint events_facts_check check (jsonb_typeof(facts) = 'object'),
  constraint events_attempts_check check (attempts >= 0)
)
-- The table holds what is still to do, so it stays small: a few dead rows matter, a share of none does not.
with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, autovacuum_analyze_scale_factor = 0,
  autovacuum_analyze_threshold = 2000);

comment on table governance.events is
  'Events that somebody still has to consume, and dead ones. (table_name, row_key) is the aggregate whose events '
  'are consumed one after the other. Names, keys and states: never PHI.';
comment on column governance.events.row_key is 'Primary key of the row as text.';
comment on column governance.events.actor_id is 'Who did it; null: the system (service_role or a direct session).';
comment on column governance.events.acted_as is 'The database role that the session had.';
comment on column governance.events.facts is
  'Vocabulary in docs/events.md: changed (names of columns), owners, client (keys), was, is (states).';
comment on column governance.events.consumed_by is 'Consumers that are done while another one failed.';
comment on column governance.events.died_at is 'When its attempts were used up. The events after it go on.';

-- The first living event of an aggregate is the one that is claimed.
create index events_table_name_row_key_event_id_idx on governance.events (table_name, row_key, event_id)
  where died_at is null;
create index events_died_at_idx on governance.events (died_at) where died_at is not null;

-- Consumed events move here, into partitions by day that retention drops whole.
create table governance.consumed_events (
  event_id bigint not null,
  table_name text not null,
  row_key text not null,
  module text not null,
  task text not null,
  kind text not null,
  actor_id uuid,
  acted_as text not null,
  occurred_at timestamptz not null,
  facts jsonb not null,
  attempts smallint not null,
  consumed_at timestamptz not null default clock_timestamp(),
  constraint consumed_events_pkey primary key (event_id, consumed_at)
) partition by range (consumed_at);
comment on table governance.consumed_events is
  'Events that every consumer is done with, kept for a while. Append-only.';

-- Takes what no day's partition takes, so that consuming never fails for want of one.
create table governance.consumed_events_default partition of governance.consumed_events default;

alter table governance.events enable row level security;
alter table governance.consumed_events enable row level security;
alter table governance.consumed_events_default enable row level security;
revoke all on table governance.events, governance.consumed_events, governance.consumed_events_default
  from public, anon, authenticated, service_role;
