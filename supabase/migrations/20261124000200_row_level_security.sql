-- Owners see and keep their own traders, and see their executions and signals; only the service role, which row-level
-- security doesn't hold, writes those. Works where Supabase's roles and auth.uid() don't exist, too.

-- Who asks, as Supabase tells it: the `sub` of the token that PostgREST verified. Null for everyone else.
create function public.vyx_caller() returns text language sql stable set search_path = '' as $$
  select nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
$$;

alter table public.traders enable row level security;
alter table public.executions enable row level security;
alter table public.signals enable row level security;

create policy "owners keep their traders" on public.traders
  for all using (owner = (select public.vyx_caller())) with check (owner = (select public.vyx_caller()));

create policy "owners see their executions" on public.executions
  for select using (trader_id in (select id from public.traders where owner = (select public.vyx_caller())));

create policy "owners see their signals" on public.signals
  for select using (trader_id in (select id from public.traders where owner = (select public.vyx_caller())));

do $$
begin
  if exists (select from pg_catalog.pg_roles where rolname = 'anon') then
    revoke all on public.traders, public.executions, public.signals from anon;
  end if;
  if exists (select from pg_catalog.pg_roles where rolname = 'authenticated') then
    revoke all on public.traders, public.executions, public.signals from authenticated;
    grant select on public.traders, public.executions, public.signals to authenticated;
    -- Not the version or the moment it runs from, which are the server's.
    grant insert (id, owner, name, description, enabled, code, timeframes, trigger_interval, symbols, cooldown_candles),
      update (name, description, enabled, code, timeframes, trigger_interval, symbols, cooldown_candles),
      delete on public.traders to authenticated;
  end if;
  if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
    grant all on public.traders, public.executions, public.signals to service_role;
  end if;
end $$;
