-- Purpose: the positions of the practice that answer for data, and who holds them
-- Affects: tables governance.positions, governance.position_holders
-- Source: governance plan, 5.2 (owners) and 5.3 (getDataOwners); architecture, section 4
-- Reversal: drop table governance.position_holders; drop table governance.positions;
-- Locks: none (new tables)

create table governance.positions (
  position text primary key,
  title text not null,
  created_at timestamptz not null default now(),
  constraint positions_position_check check (position ~ '^[a-z][a-z0-9_]*$'),
  constraint positions_title_check check (char_length(title) between 1 and 100)
);

comment on table governance.positions is
  'Positions of the practice: who answers for a table, never a person''s name.';

create table governance.position_holders (
  position text not null references governance.positions (position) on update cascade on delete cascade,
  user_id uuid not null references public.profiles (id) on delete cascade,
  since date not null default (now() at time zone 'America/New_York')::date,
  primary key (position, user_id)
);

comment on table governance.position_holders is
  'Who holds a position now. Alerts about a table go to the active holders of its owner''s position.';

create index position_holders_user_id_idx on governance.position_holders (user_id);

alter table governance.positions enable row level security;
alter table governance.position_holders enable row level security;
revoke all on table governance.positions, governance.position_holders from public, anon, authenticated, service_role;
