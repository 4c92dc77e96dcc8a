-- Purpose: the registry of checks; what is not in it cannot be run by name
-- Affects: table governance.quality_checks
-- Source: governance plan, 5.3 (interface QualityCheck); architecture, section 4
-- Reversal: drop table governance.quality_checks;
-- Locks: none (new table)

create table governance.quality_checks (
  table_name text not null,
  name text not null,
  relation text not null,
  live text,
  primary_key text[] not null,
  time_zone text not null,
  kind text not null,
  predicate text,
  failing text,
  value text,
  proof jsonb,
  reads text[] not null default '{}',
  reads_clock boolean not null default false,
  threshold numeric not null default 0,
  unit text not null default 'rows',
  severity text not null,
  dimension text not null default '',
  owner text not null references governance.positions (position) on update cascade,
  title text not null,
  description text not null,
  remediation text not null,
  business_impact text not null default '',
  contract_version text not null,
  digest text not null,
  primary key (table_name, name),
  constraint quality_checks_name_check check (name ~ '^[a-z_][a-z0-9_]*$'),
  constraint quality_checks_kind_check check (kind in ('scan', 'cross', 'value')),
  constraint quality_checks_parts_check check ((kind = 'value') = (value is not null) and (kind = 'value') = (predicate is null)),
  constraint quality_checks_failing_check check (failing is null or kind = 'cross'),
  constraint quality_checks_unit_check check (unit in ('rows', 'percent')),
  constraint quality_checks_threshold_check check (threshold >= 0),
  constraint quality_checks_severity_check check (severity in ('low', 'medium', 'high', 'critical'))
);

comment on table governance.quality_checks is
  'Checks compiled from data contracts; written by migrations only. The SQL was guarded when it was compiled.';
comment on column governance.quality_checks.relation is
  'The table whose rows are judged; another than table_name when the contract says so.';
comment on column governance.quality_checks.live is
  'Which rows are in use and judged; all when null.';
comment on column governance.quality_checks.time_zone is
  'The practice''s: what current_date means, and which day an instant falls on.';
comment on column governance.quality_checks.predicate is
  'True when a row is wrong. The row''s table goes by its bare name.';
comment on column governance.quality_checks.failing is
  'A query of the keys of all wrong rows that is faster than the predicate for a whole table.';
comment on column governance.quality_checks.value is
  'A query of one number: how much is wrong.';
comment on column governance.quality_checks.proof is
  'What in the catalog would prove that no row is wrong.';
comment on column governance.quality_checks.reads is
  'Other tables that the check reads.';
comment on column governance.quality_checks.digest is
  'Changes when the SQL does: two runs with one digest asked the same question.';

create index quality_checks_owner_idx on governance.quality_checks (owner);

alter table governance.quality_checks enable row level security;
revoke all on table governance.quality_checks from public, anon, authenticated, service_role;
