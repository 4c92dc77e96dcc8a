-- Purpose: the periods for which runs, pauses, deliveries and consumed events are kept
-- Affects: rows of governance.ledger_periods
-- Source: docs/jobs.md, docs/events.md, docs/delivery.md; six years: 45 CFR 164.316(b)(2)
-- Reversal: delete from governance.ledger_periods;
-- Locks: none

insert into governance.ledger_periods (ledger, kept, counts_from, reason)
values
  ('succeeded_runs', interval '30 days', 'end of the run', 'a month of what went well, for trends'),
  ('other_runs', interval '1 year', 'end of the run', 'a year of what went wrong, for reviews'),
  ('pauses', interval '6 years', 'resumption', 'who switched off which control, as long as other security documentation'),
  ('deliveries', interval '90 days', 'end of the delivery', 'whether and when a message left; the message itself has a contract'),
  ('consumed_events', interval '30 days', 'consumption', 'what led to which effect');
