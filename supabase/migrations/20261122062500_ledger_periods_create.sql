-- Purpose: how long the workers' own books are kept, as data
-- Affects: table governance.ledger_periods
-- Source: architecture, sections 5 and 8
-- Reversal: drop table governance.ledger_periods;
-- Locks: none (new table)

create table governance.ledger_periods (
  ledger text primary key,
  kept interval not null,
  counts_from text not null,
  reason text not null,
  -- Less than a day would take away what watching jobs and hourly limits look at.
  constraint ledger_periods_kept_check check (kept >= interval '2 days' and kept <= interval '10 years')
);

comment on table governance.ledger_periods is
  'How long each of the workers'' own books is kept after it is closed. What is open is kept however old. The jobs trim_ledger, trim_deliveries and keep_event_days read it.';
comment on column governance.ledger_periods.counts_from is 'What the period is counted from.';

alter table governance.ledger_periods enable row level security;
revoke all on table governance.ledger_periods from public, anon, authenticated, service_role;
