do $$
begin
  if exists (select from pg_catalog.pg_roles where rolname = 'authenticated') then
    grant insert (id, owner, name, description, enabled, code, timeframes, trigger_interval, symbols, cooldown_candles),
      update (name, description, enabled, code, timeframes, trigger_interval, symbols, cooldown_candles),
      delete on public.traders to authenticated;
  end if;
end $$;
drop policy "owners see their traders" on public.traders;
create policy "owners keep their traders" on public.traders
  for all using (owner = (select public.vyx_caller())) with check (owner = (select public.vyx_caller()));
create or replace function public.vyx_caller() returns text language sql stable set search_path = '' as $$
  select nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
$$;
drop trigger vyx_trader_limit on public.traders;
drop function public.vyx_trader_limit();
alter table public.traders
  drop constraint traders_name_shows,
  drop constraint traders_timeframes_are_intervals,
  drop constraint traders_symbols_are_symbols;
drop function public.vyx_are_symbols(text[]);
