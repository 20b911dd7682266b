-- A trader watches one market: it runs at that market's closes, over that market's symbols.

alter table public.traders add column market text not null default 'binance'
  constraint traders_market_is_known check (market in ('binance', 'binance-usdm', 'bybit', 'bybit-linear'));

drop index public.traders_due;
create index traders_due on public.traders (market, trigger_interval) where enabled;

-- The market that a symbol's name tells; null for a name that isn't written as Vyx writes it, such as BINANCE:BTCUSDT for BTCUSDT.
create function public.vyx_market_of(symbol text) returns text language sql immutable set search_path = '' as $$
  select case
    when symbol !~ ':' then 'binance'
    when symbol ~ '^BINANCE:[^:]+\.P$' or symbol ~ '^BINANCE:[^:]*_[0-9]{6}$' then 'binance-usdm'
    when symbol ~ '^BYBIT:[^:]+\.P$' then 'bybit-linear'
    when symbol ~ '^BYBIT:[^:]+$' and symbol <> 'BYBIT:.P' then 'bybit'
  end
$$;

create or replace function public.vyx_are_symbols(symbols text[]) returns boolean language sql immutable set search_path = '' as $$
  -- An exchange and a colon, or neither; then letters of any script, digits, and _ - . of ASCII; in capitals.
  select coalesce(bool_and(symbol is not null and public.vyx_market_of(symbol) is not null and length(name) between 1 and 64
    and name !~ '[\x01-\x2c\x2f\x3a-\x40\x5b-\x5e\x60-\x7f]'), true)
  from pg_catalog.unnest(symbols) as symbol cross join lateral (select pg_catalog.regexp_replace(symbol, '^(BINANCE|BYBIT):', '')) as n (name)
$$;

create function public.vyx_are_of_market(symbols text[], market text) returns boolean language sql immutable set search_path = '' as $$
  select coalesce(bool_and(public.vyx_market_of(symbol) is not distinct from market), true) from pg_catalog.unnest(symbols) as symbol
$$;

alter table public.traders
  add constraint traders_symbols_are_of_its_market check (public.vyx_are_of_market(symbols, market));

-- Another market begins a trader anew, as another interval does, and moves its version.
create or replace function public.vyx_trader_changes() returns trigger language plpgsql set search_path = '' as $$
begin
  if (new.code, new.timeframes, new.trigger_interval, new.symbols, new.cooldown_candles, new.market)
    is distinct from (old.code, old.timeframes, old.trigger_interval, old.symbols, old.cooldown_candles, old.market) then
    new.version := old.version + 1;
  else
    new.version := old.version;
  end if;
  if new.runs_after is not distinct from old.runs_after
    and ((new.enabled and not old.enabled) or new.trigger_interval <> old.trigger_interval or new.market <> old.market) then
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

-- Executions of the market before are no longer run, and symbols of it no longer waited for: the trader would look for them in the other one.
create function public.vyx_trader_moves() returns trigger language plpgsql set search_path = '' as $$
begin
  delete from public.executions where trader_id = new.id and status in ('queued', 'running');
  update public.executions set skipped = skipped + cardinality(pending), pending = '{}',
    error = coalesce(error, 'the trader moved to another market')
  where trader_id = new.id and pending <> '{}';
  return null;
end $$;

create trigger vyx_trader_moves after update of market on public.traders
  for each row when (new.market is distinct from old.market) execute function public.vyx_trader_moves();
