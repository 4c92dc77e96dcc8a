-- Purpose: how long a use of emergency access is kept after its review
-- Affects: row of governance.ledger_periods; comment on it
-- Source: docs/jobs.md; six years: 45 CFR 164.316(b)(2)(i)
-- Reversal: delete from governance.ledger_periods where ledger = 'emergency_accesses';
-- Locks: none

insert into governance.ledger_periods (ledger, kept, counts_from, reason)
values (
  'emergency_accesses', interval '6 years', 'review, and its end',
  'who opened whose chart, why, and what the review said: documentation of security'
);
