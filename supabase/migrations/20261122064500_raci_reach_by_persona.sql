-- Purpose: staff reach by owner and caseload, a client by the client's login, and never the one as the other; a portal that is switched off
-- Affects: functions governance.find_reach, reaches_as_client, reaches_any, reachable_people, reachable_clients, own_charts, treats, may_perform, may_begin, list_shared_documents, list_staff
-- Source: architecture, section 3 (scopes); 45 CFR 164.312(a)(1), 164.308(a)(3)(ii)(C); docs/raci/client_portal.yaml (create_portal_account)
-- Reversal: run 20261104000300, 20261104000400, 20261104000800 and 20261113000020 again, after policies and guards that do not call what is new
-- Locks: none

create or replace function governance.find_reach(p_subject text, p_action text) returns governance.raci_scope
language plpgsql stable parallel safe
security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  actor uuid := governance.actor_id();
begin
  return (
    select max(reach.scope)
    from public.user_roles held
    join governance.raci_reach reach on reach.role = held.role
    where held.user_id = actor
      and held.role <> 'client_user'
      and reach.subject = p_subject
      and reach.action = p_action
      and exists (select from public.profiles person where person.id = actor and person.is_active)
  );
end
$$;
comment on function governance.find_reach(text, text) is
  'The widest scope in which the caller, as staff, reaches a table by a command, or performs a task (module.task, '
  'perform); null: not at all.';

create or replace function governance.reaches_as_client(p_subject text, p_action text) returns boolean
language plpgsql stable parallel safe
security definer -- because no caller may read roles, matrix and clients of others
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  actor uuid := governance.actor_id();
begin
  return exists (
    select
    from public.user_roles held
    join governance.raci_reach reach on reach.role = held.role
    where held.user_id = actor
      and held.role = 'client_user'
      and reach.subject = p_subject
      and reach.action = p_action
      and exists (select from public.profiles person where person.id = actor and person.is_active)
      -- A login whose portal is switched off for every client is nobody's.
      and exists (
        select from public.clients client
        where client.portal_user_id = actor and client.portal_enabled and client.deleted_at is null
      )
  );
end
$$;
comment on function governance.reaches_as_client(text, text) is
  'Whether the caller reaches a table by a command, or performs a task, as the client whose login they have: only '
  'while the portal is switched on for some client of theirs.';
revoke all on function governance.reaches_as_client(text, text) from public;

create or replace function governance.reaches_any(p_table text, p_command text) returns boolean
language plpgsql stable parallel safe
security definer
set search_path = ''
as $$
begin
  return governance.find_reach(p_table, p_command) is not null or governance.reaches_as_client(p_table, p_command);
end
$$;

-- reachable_owners and reaches_all ask find_reach, and so are about staff alone from here on.
create or replace function governance.reachable_people(p_table text, p_command text) returns uuid[]
language plpgsql stable parallel safe
security definer -- because it asks reaches_as_client
set search_path = ''
as $$
declare
  owners uuid[] := governance.reachable_owners(p_table, p_command);
begin
  if owners = '{}' and governance.reaches_as_client(p_table, p_command) then
    return array[governance.actor_id()];
  end if;
  return owners;
end
$$;
comment on function governance.reachable_people(text, text) is
  'People whose rows the caller reaches in a table that names no client: as reachable_owners, and a client themselves.';
revoke all on function governance.reachable_people(text, text) from public;
grant execute on function governance.reachable_people(text, text) to authenticated;

create or replace function governance.reachable_clients(p_table text, p_command text) returns uuid[]
language plpgsql stable parallel safe
security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  actor uuid := governance.actor_id();
  reach governance.raci_scope := governance.find_reach(p_table, p_command);
  staff uuid[] := '{}';
begin
  if actor is null then
    return '{}';
  elsif reach >= 'supervisees' then
    staff := actor || governance.find_supervisees(actor);
  elsif reach >= 'caseload' then
    staff := array[actor];
  end if;
  return array(
    select client.id from public.clients client
    where client.primary_therapist_id = any (staff) and client.portal_user_id is distinct from actor
  ) || case when governance.reaches_as_client(p_table, p_command) then array(
    select client.id from public.clients client where client.portal_user_id = actor and client.portal_enabled
  ) end;
end
$$;
comment on function governance.reachable_clients(text, text) is
  'Clients whose rows the caller reaches by a command: as that client, while the portal is switched on; as primary '
  'therapist; as supervisor of it. One''s own care is no part of a caseload, and a supervisee''s none of supervision.';

create or replace function governance.own_charts() returns uuid[]
language plpgsql stable parallel safe
security definer -- because no caller may read all clients
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  actor uuid := governance.actor_id();
begin
  return array(select client.id from public.clients client where client.portal_user_id = actor);
end
$$;
comment on function governance.own_charts() is
  'Clients whose login the caller has, switched on or off: what their own charts hide from clients is hidden from them.';
revoke all on function governance.own_charts() from public;
grant execute on function governance.own_charts() to authenticated;

create or replace function governance.treats(p_staff uuid[], p_client uuid) returns boolean
language plpgsql stable
security definer -- because no caller may read all clients, appointments and messages
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
begin
  return exists (
    select from public.clients client where client.id = p_client and client.primary_therapist_id = any (p_staff)
  ) or exists (
    select from public.appointments visit
    where visit.client_id = p_client and visit.provider_id = any (p_staff) and visit.deleted_at is null
  ) or exists (
    select
    from public.client_portal_messages message
    join public.clients client on client.id = message.client_id and client.portal_user_id = message.sender_id
    where message.client_id = p_client and message.recipient_id = any (p_staff) and message.deleted_at is null
  );
end
$$;
comment on function governance.treats(uuid[], uuid) is
  'Whether one of these people has to do with the client: as primary therapist, by an appointment, or because the '
  'client wrote to them.';
revoke all on function governance.treats(uuid[], uuid) from public;

create or replace function governance.may_perform(p_task text) returns boolean
language plpgsql stable
security definer -- because it asks find_reach
set search_path = ''
as $$
begin
  return governance.find_reach(p_task, 'perform') is not null or governance.reaches_as_client(p_task, 'perform');
end
$$;

create or replace function governance.may_perform(p_task text, p_owners uuid[], p_client uuid) returns boolean
language plpgsql stable
security definer -- because it asks find_reach, and no caller may read all clients
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  actor uuid := governance.actor_id();
  reach governance.raci_scope := governance.find_reach(p_task, 'perform');
  staff uuid[];
  is_mine boolean;
begin
  if actor is null then
    return false;
  end if;
  is_mine := exists (
    select from public.clients client where client.id = p_client and client.portal_user_id = actor
  );
  -- Whatever their duties: nobody performs them on their own chart.
  if reach is not null and not is_mine then
    staff := case when reach >= 'supervisees' then actor || governance.find_supervisees(actor) else array[actor] end;
    if reach = 'all' or coalesce(p_owners && staff, false) or reach >= 'caseload' and exists (
      select from public.clients client where client.id = p_client and client.primary_therapist_id = any (staff)
    ) then
      return true;
    end if;
  end if;
  if not governance.reaches_as_client(p_task, 'perform') then
    return false;
  elsif p_client is null then
    return coalesce(actor = any (p_owners), false);
  end if;
  return exists (
    select from public.clients client
    where client.id = p_client and client.portal_user_id = actor and client.portal_enabled
  );
end
$$;
comment on function governance.may_perform(text, uuid[], uuid) is
  'Whether the caller may perform a task on a row with these owners and this client: as staff, but never on their '
  'own chart; or as that client, while the portal is switched on.';

create or replace function governance.may_begin(p_task text, p_owners uuid[], p_client uuid) returns boolean
language plpgsql stable
security definer -- because it asks may_perform and treats
set search_path = ''
as $$
declare
  actor uuid := governance.actor_id();
  reach governance.raci_scope := governance.find_reach(p_task, 'perform');
begin
  if not governance.may_perform(p_task, p_owners, p_client) then
    return false;
  elsif reach = 'all' or exists (
    select from public.clients client where client.id = p_client and client.portal_user_id = actor
  ) then
    return true;
  end if;
  return governance.treats(
    case when reach >= 'supervisees' then actor || governance.find_supervisees(actor) else array[actor] end, p_client
  );
end
$$;
comment on function governance.may_begin(text, uuid[], uuid) is
  'Whether the caller may perform a task by a new row with these owners and this client: naming oneself as its owner '
  'opens nobody''s chart.';
revoke all on function governance.may_begin(text, uuid[], uuid) from public;

create or replace function governance.list_shared_documents()
returns table (
  id uuid, client_id uuid, title text, document_type text, storage_path text, shared_at timestamptz
)
language plpgsql stable
security definer -- because no client holds a duty on client_documents, where what is not shared stands too
set search_path = ''
as $$
declare
  actor uuid := governance.actor_id();
begin
  return query
    select document.id, document.client_id, document.title, document.document_type, document.storage_path,
      document.shared_at
    from public.clients client
    join public.client_documents document on document.client_id = client.id
    where client.portal_user_id = actor
      and client.portal_enabled
      and client.deleted_at is null
      and document.is_shared
      and document.deleted_at is null
      and exists (
        select
        from public.profiles person
        join public.user_roles held on held.user_id = person.id and held.role = 'client_user'
        where person.id = actor and person.is_active
      );
end
$$;
comment on function governance.list_shared_documents() is
  'Documents shared with the client whose login the caller is, while the portal is switched on; nothing for anybody else.';

create or replace function governance.list_staff()
returns table (id uuid, first_name text, last_name text, title text)
language plpgsql stable
security definer -- because profiles of clients stand in the same table and must not be seen
set search_path = ''
as $$
begin
  if not governance.may_perform('administration.view_staff_directory') then
    return;
  end if;
  return query
    select person.id, person.first_name, person.last_name, person.title
    from public.profiles person
    where person.is_active
      and exists (select from public.user_roles held where held.user_id = person.id and held.role <> 'client_user');
end
$$;
comment on function governance.list_staff() is
  'Names and titles of active staff, for callers who hold a role; for a client, while the portal is switched on.';
