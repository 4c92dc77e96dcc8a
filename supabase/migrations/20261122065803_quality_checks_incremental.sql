-- Purpose: checks say how they are answered after changes, and history how they were
-- Affects: tables governance.quality_checks, governance.quality_check_history
-- Source: architecture, section 4 (incremental where that is sound)
-- Reversal: alter table governance.quality_checks drop column incremental; alter table governance.quality_check_history drop column way, drop column rows_read;
-- Locks: access exclusive on both tables, for an instant

alter table governance.quality_checks add column incremental jsonb not null
  default '{"full_because": "it was compiled before there were incremental passes"}';
comment on column governance.quality_checks.incremental is
  'How the rows are found whose answer may have changed, or why they cannot be (full_because).';

alter table governance.quality_check_history
  add column way text,
  add column rows_read bigint,
  add constraint quality_check_history_way_check check (way in ('proved', 'full', 'incremental'));
comment on column governance.quality_check_history.way is
  'proved: no row read; full: all rows; incremental: those that may have changed.';
comment on column governance.quality_check_history.rows_read is
  'How many rows were looked at; null when nobody counted.';
