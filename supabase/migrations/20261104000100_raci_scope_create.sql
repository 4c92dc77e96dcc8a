-- Purpose: how far a duty reaches
-- Affects: type governance.raci_scope
-- Source: architecture, section 3 (scopes)
-- Reversal: drop type governance.raci_scope;
-- Locks: none

-- In this order: each scope holds the one before it, so the widest of several is their maximum.
create type governance.raci_scope as enum ('own', 'caseload', 'supervisees', 'all');
comment on type governance.raci_scope is
  'own: rows that name the user. caseload: and rows of clients whose primary therapist the user is. '
  'supervisees: and those of active supervisees. all: every row.';
