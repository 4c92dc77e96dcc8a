-- Purpose: what the last pass left of each check: which rows are wrong, and what that rests on
-- Affects: tables governance.quality_states, governance.quality_failures
-- Source: architecture, section 4 (incremental where that is sound)
-- Reversal: drop table governance.quality_failures; drop table governance.quality_states;
-- Locks: none (new tables)

create table governance.quality_states (
  id integer generated always as identity primary key,
  table_name text not null,
  name text not null,
  proof text,
  proof_basis text,
  basis text,
  failures bigint not null default 0,
  settled_at timestamptz,
  verified_at timestamptz,
  rows_read bigint not null default 0,
  duration_ms numeric(12, 3) not null default 0,
  constraint quality_states_table_name_name_key unique (table_name, name),
  foreign key (table_name, name) references governance.quality_checks (table_name, name) on delete cascade,
  constraint quality_states_settled_at_check check ((basis is null) = (settled_at is null))
);

comment on table governance.quality_states is
  'What the last pass left of each check. Passes lock it, one after the other.';
comment on column governance.quality_states.proof is
  'What in the catalog proved the check; null if nothing did.';
comment on column governance.quality_states.proof_basis is
  'The question and the catalog that the proof, or its absence, was found with: asked again when either changes.';
comment on column governance.quality_states.basis is
  'The question, the triggers and the files of the tables that the failing rows rest on; null: nothing is known, read all.';
comment on column governance.quality_states.failures is
  'How many rows are wrong; of a check that is one number, the number.';
comment on column governance.quality_states.settled_at is
  'The time by which the failing rows are judged.';
comment on column governance.quality_states.verified_at is
  'When all rows were last read.';
comment on column governance.quality_states.rows_read is
  'Rows that the last pass looked at.';

create table governance.quality_failures (
  state_id integer not null references governance.quality_states (id) on delete cascade,
  key text not null,
  primary key (state_id, key)
);

comment on table governance.quality_failures is
  'The primary key of every row that is wrong, by check. No other values of rows.';

create index quality_failures_key_idx on governance.quality_failures (key);

alter table governance.quality_states enable row level security;
alter table governance.quality_failures enable row level security;
revoke all on table governance.quality_states, governance.quality_failures
  from public, anon, authenticated, service_role;
