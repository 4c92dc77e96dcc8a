-- Purpose: the rules of emergency access that a practice begins with
-- Affects: row of governance.emergency_access_rules
-- Source: docs/emergency-access.md
-- Reversal: delete from governance.emergency_access_rules;
-- Locks: none that users feel

insert into governance.emergency_access_rules default values on conflict do nothing;
