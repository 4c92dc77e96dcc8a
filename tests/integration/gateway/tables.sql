-- Small tables of the tests' own, beside the practice's: every type that matters, RLS, and each kind of function.

create table public.probe_shelves (
  id bigint generated always as identity primary key,
  name text not null unique
);
create table public.probe_books (
  id bigint generated always as identity primary key,
  owner_id uuid default auth.uid(),
  shelf_id bigint references public.probe_shelves (id),
  code text unique,
  title text not null check (length(title) between 1 and 50),
  price numeric(8, 2),
  pages integer,
  tags text[] not null default '{}',
  extra jsonb,
  cover bytea,
  read_at timestamptz,
  printed_on date
);
create table public.probe_notes (
  id bigint generated always as identity primary key,
  book_id bigint not null references public.probe_books (id) on delete cascade,
  body text not null
);
create type public.probe_mood as enum ('calm', 'low, tired');
create table public.probe_types (
  id integer primary key,
  mood public.probe_mood,
  moods public.probe_mood[],
  flag boolean,
  flags boolean[],
  amounts numeric(6, 2)[],
  grid integer[],
  times timestamptz[],
  documents jsonb[],
  span interval,
  day date,
  clock time,
  number double precision,
  big bigint
);
create table public.probe_closed (id integer primary key, secret text);
insert into public.probe_closed values (1, 'nobody may read this');

alter table public.probe_shelves enable row level security;
alter table public.probe_books enable row level security;
alter table public.probe_notes enable row level security;
alter table public.probe_types enable row level security;
alter table public.probe_closed enable row level security;
create policy probe_shelves_select on public.probe_shelves for select to anon, authenticated using (name <> 'hidden');
create policy probe_books_select on public.probe_books for select to authenticated
  using (owner_id = (select auth.uid()));
create policy probe_books_insert on public.probe_books for insert to authenticated
  with check (owner_id = (select auth.uid()));
create policy probe_books_update on public.probe_books for update to authenticated
  using (owner_id = (select auth.uid())) with check (owner_id = (select auth.uid()));
create policy probe_books_delete on public.probe_books for delete to authenticated
  using (owner_id = (select auth.uid()));
create policy probe_notes_all on public.probe_notes for select to authenticated
  using (exists (select from public.probe_books b where b.id = book_id));
create policy probe_notes_insert on public.probe_notes for insert to authenticated
  with check (exists (select from public.probe_books b where b.id = book_id));

revoke all on public.probe_shelves, public.probe_books, public.probe_notes, public.probe_closed
  from anon, authenticated, service_role;
grant select on public.probe_shelves to anon, authenticated;
grant select, insert, update, delete on
  public.probe_shelves, public.probe_books, public.probe_notes, public.probe_types
  to service_role;
grant select, insert, update, delete on public.probe_books to authenticated;
grant select, insert on public.probe_notes to authenticated;

create function public.probe_add(a integer, b integer) returns integer language sql immutable
  as 'select a + b';
create function public.probe_titles(least_pages integer default 0) returns table (title text, pages integer)
  language sql stable as 'select title, pages from public.probe_books where pages >= least_pages order by title';
create function public.probe_books_of(shelf bigint) returns setof public.probe_books
  language sql stable as 'select * from public.probe_books where shelf_id = shelf';
create function public.probe_nothing() returns void language sql volatile as '';
create function public.probe_kind(value jsonb) returns jsonb language sql immutable
  as $$ select jsonb_build_object('kind', jsonb_typeof(value), 'value', value) $$;
create function public.probe_write() returns integer language plpgsql volatile as $$
begin
  insert into public.probe_shelves (name) values ('written') on conflict do nothing;
  return 1;
end $$;
create function public.probe_raise(code text) returns void language plpgsql volatile as $$
begin
  raise exception 'refused' using errcode = code, detail = 'why', hint = 'what to do';
end $$;
create function public.probe_sleep() returns void language sql volatile as 'select pg_sleep(2)';
create function public.probe_context() returns jsonb language sql stable as $$
  select jsonb_build_object(
    'user', current_user, 'session_user', session_user, 'uid', auth.uid(), 'role', auth.role(), 'jwt', auth.jwt(),
    'method', current_setting('request.method', true), 'path', current_setting('request.path', true),
    'client', current_setting('request.headers', true)::jsonb ->> 'x-client-info',
    'search_path', current_setting('search_path'), 'statement_timeout', current_setting('statement_timeout'),
    'read_only', current_setting('transaction_read_only'),
    'is_superuser', (select rolsuper from pg_roles where rolname = session_user)
  )
$$;
create function public.probe_limit() returns void language plpgsql stable as $$
begin
  perform set_config('response.headers', '[{"X-RateLimit-Limit": "9"}]', true);
  if current_setting('request.headers', true)::jsonb ->> 'x-probe-block' is not null then
    raise sqlstate 'PGRST' using
      message = '{"code": "slow", "message": "too many requests"}',
      detail = '{"status": 429, "headers": {"Retry-After": "7"}}';
  end if;
end $$;
grant execute on function
  public.probe_add, public.probe_titles, public.probe_books_of, public.probe_nothing, public.probe_kind,
  public.probe_write, public.probe_raise, public.probe_context, public.probe_limit, public.probe_sleep
  to anon, authenticated, service_role;

-- What a project's custom_access_token hook looks like, and what a bad one does.
create schema probe;
grant usage on schema probe to supabase_auth_admin;
create function probe.add_claim(event jsonb) returns jsonb language sql stable as $$
  select jsonb_build_object('claims', event -> 'claims' || jsonb_build_object(
    'practice_role', 'therapist', 'proved_by', event ->> 'authentication_method'
  ))
$$;
create function probe.refuse(event jsonb) returns jsonb language sql stable as $$
  select '{"error": {"http_code": 403, "message": "not today"}}'::jsonb
$$;
create function probe.forget(event jsonb) returns jsonb language sql stable as $$
  select jsonb_build_object('claims', (event -> 'claims') - 'aal' - 'role')
$$;
create function probe.fail(event jsonb) returns jsonb language plpgsql stable as $$
begin
  raise exception 'broken';
end $$;
revoke execute on all functions in schema probe from public;
grant execute on all functions in schema probe to supabase_auth_admin;
