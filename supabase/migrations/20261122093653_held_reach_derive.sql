-- Purpose: what those who hold a role already reach
-- Affects: rows of governance.raci_reach and governance.held_reach
-- Source: 20261122093652_held_reach_create
-- Reversal: delete from governance.held_reach;
-- Locks: share row exclusive on governance.held_reach, for an instant

update governance.raci_versions set is_active = is_active;
