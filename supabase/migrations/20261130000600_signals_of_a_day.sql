-- How many signals a trader stored today: a list of traders shows it, and counting rows takes too long for that.

alter table public.trader_versions
  -- The last day, UTC by the database's clock, on which it stored signals, and how many on that day.
  add column day date,
  add column day_signals bigint not null default 0;

create or replace function public.vyx_signals_stored() returns trigger language plpgsql set search_path = '' as $$
declare
  one record;
  today constant date := (now() at time zone 'utc')::date;
begin
  for one in select trader_id, trader_version, count(*) as signals, min(id) as first_id, max(id) as last_id
    from stored group by 1, 2 order by 1, 2 loop
    update public.trader_versions set signals = signals + one.signals, first_id = least(first_id, one.first_id),
      last_id = greatest(last_id, one.last_id),
      day_signals = case when day = today then day_signals else 0 end + one.signals, day = today
    where trader_id = one.trader_id and version = one.trader_version;
  end loop;
  insert into public.outcomes_due (market, interval, trader_id, close_time, first_id, last_id, due_at)
  select coalesce(public.vyx_market_of(min(symbol)), 'binance'), interval, trader_id, close_time, min(id), max(id), close_time + 1
  from stored group by trader_id, interval, close_time;
  return null;
end $$;

update public.trader_versions v set day = stored.day, day_signals = stored.signals
from (
  select trader_id, trader_version, (now() at time zone 'utc')::date as day, count(*) as signals from public.signals
  where created_at >= date_trunc('day', now() at time zone 'utc') at time zone 'utc' group by 1, 2
) stored where v.trader_id = stored.trader_id and v.version = stored.trader_version;
