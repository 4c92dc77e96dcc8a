-- Purpose: I beside R or A: whoever may do a task is told when somebody else did it
-- Affects: constraint raci_assignments_duties_check of governance.raci_assignments
-- Source: docs/raci.md (what a duty gives); docs/raci/scheduling.yaml (a clinician hears of what the front desk does)
-- Reversal: drop the constraint and add the one of 20261104000200 again, when no version holds such a cell
-- Locks: access exclusive on governance.raci_assignments for one scan of some thousand rows

alter table governance.raci_assignments drop constraint raci_assignments_duties_check;
alter table governance.raci_assignments add constraint raci_assignments_duties_check check (
  duties in ('{R}', '{A}', '{R,A}', '{C}', '{I}', '{R,I}', '{A,I}', '{R,A,I}')
);
comment on table governance.raci_assignments is
  'Cells of a version: R and A may perform the task within scope, C and I read within scope and are told; I beside R or '
  'A is told of what others did.';
