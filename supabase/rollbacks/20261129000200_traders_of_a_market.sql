-- Traders of other markets can't be kept: they would run over Binance spot.
delete from public.traders where market <> 'binance';
drop trigger vyx_trader_moves on public.traders;
drop function public.vyx_trader_moves();
create or replace function public.vyx_trader_changes() returns trigger language plpgsql set search_path = '' as $$
begin
  if (new.code, new.timeframes, new.trigger_interval, new.symbols, new.cooldown_candles)
    is distinct from (old.code, old.timeframes, old.trigger_interval, old.symbols, old.cooldown_candles) then
    new.version := old.version + 1;
  else
    new.version := old.version;
  end if;
  if new.runs_after is not distinct from old.runs_after
    and ((new.enabled and not old.enabled) or new.trigger_interval <> old.trigger_interval) then
    new.runs_after := null;
  end if;
  new.id := old.id;
  new.created_at := old.created_at;
  if (new.version, new.enabled, new.owner, new.name, new.description)
    is distinct from (old.version, old.enabled, old.owner, old.name, old.description) then
    new.updated_at := clock_timestamp();
  end if;
  return new;
end $$;
alter table public.traders drop constraint traders_symbols_are_of_its_market;
create or replace function public.vyx_are_symbols(symbols text[]) returns boolean language sql immutable set search_path = '' as $$
  -- Letters of any script, digits, and _ - . of ASCII; in capitals.
  select coalesce(bool_and(symbol is not null and length(symbol) between 1 and 64
    and symbol !~ '[\x01-\x2c\x2f\x3a-\x40\x5b-\x5e\x60-\x7f]'), true)
  from pg_catalog.unnest(symbols) as symbol
$$;
drop function public.vyx_are_of_market(text[], text);
drop function public.vyx_market_of(text);
drop index public.traders_due;
create index traders_due on public.traders (trigger_interval) where enabled;
alter table public.traders drop column market;
