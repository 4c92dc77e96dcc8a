-- Purpose: bcrypt and digests (pgcrypto); uuid equality inside exclusion constraints (btree_gist)
-- Affects: extensions pgcrypto, btree_gist
-- Source: architecture, section 2
-- Reversal: drop extension btree_gist; drop extension pgcrypto;
-- Locks: none that users feel

create extension if not exists pgcrypto with schema extensions;
create extension if not exists btree_gist with schema extensions;
