-- Purpose: the positions that the plans name
-- Affects: rows of governance.positions
-- Source: governance plan, 5.2 (owners of the five critical tables); architecture, sections 4 and 6
-- Reversal: delete from governance.positions;
-- Locks: none that users feel

insert into governance.positions (position, title) values
  ('clinical_operations_manager', 'Clinical operations manager'),
  ('scheduling_manager', 'Scheduling manager'),
  ('clinical_director', 'Clinical director'),
  ('billing_manager', 'Billing manager'),
  ('security_administrator', 'Security administrator'),
  ('privacy_officer', 'Privacy officer'),
  ('release_manager', 'Release manager')
on conflict do nothing;
