-- Purpose: clocks come from the RACI documents now
-- Affects: table governance.deadlines; functions governance.find_breaches, governance.render_states
-- Source: docs/raci (sla, clock), compiled to governance.raci_promises
-- Reversal: run 20261104900500_deadlines_create.sql and 20261104900600_deadlines_load.sql again
-- Locks: access exclusive on governance.deadlines, for an instant

drop function governance.find_breaches(text);
drop function governance.render_states(text, jsonb);
drop table governance.deadlines;
