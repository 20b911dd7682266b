create or replace function public.vyx_signals_stored() returns trigger language plpgsql set search_path = '' as $$
declare
  one record;
begin
  for one in select trader_id, trader_version, count(*) as signals, min(id) as first_id, max(id) as last_id
    from stored group by 1, 2 order by 1, 2 loop
    update public.trader_versions set signals = signals + one.signals, first_id = least(first_id, one.first_id),
      last_id = greatest(last_id, one.last_id)
    where trader_id = one.trader_id and version = one.trader_version;
  end loop;
  insert into public.outcomes_due (market, interval, trader_id, close_time, first_id, last_id, due_at)
  select coalesce(public.vyx_market_of(min(symbol)), 'binance'), interval, trader_id, close_time, min(id), max(id), close_time + 1
  from stored group by trader_id, interval, close_time;
  return null;
end $$;

alter table public.trader_versions drop column day, drop column day_signals;
