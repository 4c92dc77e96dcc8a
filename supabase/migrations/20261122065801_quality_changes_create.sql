-- Purpose: which rows changed since the last pass of the checks, so that only those are judged again
-- Affects: tables governance.quality_captures, governance.quality_changes
-- Source: architecture, section 4 (incremental where that is sound)
-- Reversal: drop table governance.quality_changes; drop table governance.quality_captures;
-- Locks: none (new tables)

create table governance.quality_captures (
  relation text primary key,
  columns text[] not null,
  compared text[] not null,
  live text,
  digest text not null,
  row_count bigint
);

comment on table governance.quality_captures is
  'Tables whose changes are captured; compiled from data contracts and written by migrations only.';
comment on column governance.quality_captures.columns is
  'What is kept of a changed row: its primary key, and the columns by which rows of other tables refer to it.';
comment on column governance.quality_captures.compared is
  'The columns that some check reads: an update of others changes no answer and is not kept.';
comment on column governance.quality_captures.live is
  'Which rows are in use and counted; all when null.';
comment on column governance.quality_captures.row_count is
  'Rows in use at the last pass; null: to be counted.';

create table governance.quality_changes (
  id bigint generated always as identity primary key,
  relation text not null,
  image jsonb,
  live smallint not null default 0
);

comment on table governance.quality_changes is
  'Rows that changed since the last pass, as they were and as they are: keys, no other values. A pass deletes what it sees, never what a transaction still holds back.';
comment on column governance.quality_changes.image is
  'The captured columns of one row; null: so many rows changed that the table is read whole.';
comment on column governance.quality_changes.live is
  'By how much the number of rows in use changed.';

alter table governance.quality_captures enable row level security;
alter table governance.quality_changes enable row level security;
revoke all on table governance.quality_captures, governance.quality_changes
  from public, anon, authenticated, service_role;
