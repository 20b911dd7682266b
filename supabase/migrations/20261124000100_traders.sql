-- Traders, their executions and their signals. Times of the market are Unix milliseconds, as everywhere in Vyx; a close
-- time is the last millisecond of its candle.

create table public.traders (
  id uuid primary key default gen_random_uuid(),
  -- The `sub` of the owner's token, or key:NAME for an API key, or local for a server without keys.
  owner text not null check (owner <> ''),
  name text not null check (length(name) between 1 and 200),
  description text not null default '' check (length(description) <= 4000),
  enabled boolean not null default false,
  -- The filter: the body of a function, see docs/filters.md.
  code text not null check (length(code) between 1 and 32768),
  -- The intervals that the filter reads.
  timeframes text[] not null check (cardinality(timeframes) between 1 and 16),
  -- It runs at each close of this interval.
  trigger_interval text not null check (trigger_interval in ('1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '6h', '8h', '12h', '1d', '3d', '1w', '1M')),
  -- Null for all that the server follows.
  symbols text[] check (cardinality(symbols) between 1 and 2000),
  -- After a signal of a symbol, matches within this many candles of the trigger interval aren't signals.
  cooldown_candles integer not null default 0 check (cooldown_candles between 0 and 1000),
  -- Moves with everything that decides what matches.
  version integer not null default 1,
  -- Closes after this one are run; null until the first close after it was enabled.
  runs_after bigint,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create index traders_by_owner on public.traders (owner, created_at desc, id desc);
create index traders_due on public.traders (trigger_interval) where enabled;

-- One run of one trader for one close. A row is a claim: who can insert it, or take it over when its lease has run out,
-- runs it.
create table public.executions (
  trader_id uuid not null references public.traders (id) on delete cascade,
  interval text not null,
  close_time bigint not null,
  status text not null default 'queued' check (status in ('queued', 'running', 'done', 'failed')),
  -- Who runs it, and until when nobody else may.
  lease_token uuid,
  lease_until timestamptz,
  attempts integer not null default 0,
  -- Symbols whose candle wasn't there or wasn't certain yet; they are run alone when it is.
  pending text[] not null default '{}',
  symbols_checked integer not null default 0,
  matches integer not null default 0,
  signals integer not null default 0,
  skipped integer not null default 0,
  errors integer not null default 0,
  error text,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  primary key (trader_id, interval, close_time)
);

create index executions_unfinished on public.executions (trader_id, interval, close_time) where status in ('queued', 'running');
create index executions_pending on public.executions (interval, close_time) where pending <> '{}';
create index executions_by_age on public.executions (created_at);

-- A match that was stored: each once, whoever runs its execution and however often.
create table public.signals (
  id bigint generated always as identity primary key,
  trader_id uuid not null references public.traders (id) on delete cascade,
  trader_version integer not null,
  symbol text not null,
  interval text not null,
  close_time bigint not null,
  price double precision not null,
  facts jsonb not null default '{}',
  created_at timestamptz not null default now(),
  unique (trader_id, symbol, interval, close_time)
);

create index signals_by_trader on public.signals (trader_id, id desc);
create index signals_by_symbol on public.signals (symbol, id desc);

-- What decides the matches moves the version, whoever writes it; a trader that is switched on begins with the next close.
create function public.vyx_trader_changes() returns trigger language plpgsql set search_path = '' as $$
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

create trigger vyx_trader_changes before update on public.traders
  for each row execute function public.vyx_trader_changes();
