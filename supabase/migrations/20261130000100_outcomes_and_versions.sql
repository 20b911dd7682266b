-- What became of the price after each signal, and what each version of a trader was.

create table public.trader_versions (
  trader_id uuid not null references public.traders (id) on delete cascade,
  version integer not null,
  code text not null,
  timeframes text[] not null,
  trigger_interval text not null,
  market text not null,
  symbols text[],
  cooldown_candles integer not null,
  -- When the trader became this version.
  created_at timestamptz not null,
  -- How many it stored, those included that were deleted since.
  signals bigint not null default 0,
  -- Their least and largest id; null where there are none.
  first_id bigint,
  last_id bigint,
  primary key (trader_id, version)
);

-- Whoever writes a trader: its versions are noted, the newest 500 of them, as far as they have a mebibyte together. A symbol counts as 16 bytes.
create function public.vyx_note_version() returns trigger language plpgsql set search_path = '' as $$
declare
  first integer;
begin
  insert into public.trader_versions
    (trader_id, version, code, timeframes, trigger_interval, market, symbols, cooldown_candles, created_at)
  values (new.id, new.version, new.code, new.timeframes, new.trigger_interval, new.market, new.symbols, new.cooldown_candles,
    case new.version when 1 then new.created_at else new.updated_at end)
  on conflict do nothing;
  select min(o.version) into first from (
    select version, sum(octet_length(code) + 16 * coalesce(cardinality(symbols), 0)) over (order by version desc) as bytes
    from public.trader_versions where trader_id = new.id
  ) o where o.bytes <= 1048576;
  delete from public.trader_versions
  where trader_id = new.id and version < least(new.version, greatest(coalesce(first, new.version), new.version - 499));
  return null;
end $$;

create trigger vyx_note_version after insert on public.traders
  for each row execute function public.vyx_note_version();
create trigger vyx_note_next_version after update on public.traders
  for each row when (new.version is distinct from old.version) execute function public.vyx_note_version();

-- The present version of each trader. When it began isn't known for others than the first: no later than the last change.
insert into public.trader_versions
  (trader_id, version, code, timeframes, trigger_interval, market, symbols, cooldown_candles, created_at, signals,
  first_id, last_id)
select id, version, code, timeframes, trigger_interval, market, symbols, cooldown_candles,
  case version when 1 then created_at else least(updated_at, coalesce((
    select min(s.created_at) from public.signals s where s.trader_id = t.id and s.trader_version = t.version), updated_at)) end,
  stored.signals, stored.first_id, stored.last_id
from public.traders t cross join lateral (
  select count(*) as signals, min(s.id) as first_id, max(s.id) as last_id
  from public.signals s where s.trader_id = t.id and s.trader_version = t.version) stored;

-- An outcome is stored once, when the last candle of its horizon has closed, and never changed. All figures are null where it never
-- will be known.
create table public.signal_outcomes (
  signal_id bigint not null references public.signals (id) on delete cascade,
  -- In candles after the signal's own.
  horizon smallint not null check (horizon > 0),
  return_percent double precision,
  best_percent double precision,
  best_after smallint,
  worst_percent double precision,
  worst_after smallint,
  primary key (signal_id, horizon)
);

-- The signals that lack outcomes, a row for all of a run: they are looked at again at the first close of their interval from `due_at` on.
-- Each has an id from `first_id` to `last_id`. Rows whose signals were deleted since are deleted when they are due.
create table public.outcomes_due (
  id bigint generated always as identity primary key,
  market text not null,
  interval text not null,
  trader_id uuid not null,
  close_time bigint not null,
  first_id bigint not null,
  last_id bigint not null,
  due_at bigint not null
);

create index outcomes_due_next on public.outcomes_due (market, interval, due_at);

-- New signals wait for their outcomes, and are counted for their version. Versions are locked in one order, so that two statements
-- don't wait for each other.
create function public.vyx_signals_stored() returns trigger language plpgsql set search_path = '' as $$
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

create trigger vyx_signals_stored after insert on public.signals
  referencing new table as stored for each statement execute function public.vyx_signals_stored();

-- Signals of a close whose ids lie far apart are several rows.
insert into public.outcomes_due (market, interval, trader_id, close_time, first_id, last_id, due_at)
select coalesce(public.vyx_market_of(min(symbol)), 'binance'), interval, trader_id, close_time, min(id), max(id), close_time + 1
from public.signals group by trader_id, interval, close_time, id / 1000;

-- Owners see what is theirs; the functions alone write.
alter table public.trader_versions enable row level security;
alter table public.signal_outcomes enable row level security;
alter table public.outcomes_due enable row level security;

create policy "owners see their versions" on public.trader_versions
  for select using (trader_id in (select id from public.traders where owner = (select public.vyx_caller())));

create policy "owners see their outcomes" on public.signal_outcomes
  for select using (exists (select from public.signals s join public.traders t on t.id = s.trader_id
    where s.id = signal_id and t.owner = (select public.vyx_caller())));

do $$
begin
  if exists (select from pg_catalog.pg_roles where rolname = 'anon') then
    revoke all on public.trader_versions, public.signal_outcomes, public.outcomes_due from anon;
  end if;
  if exists (select from pg_catalog.pg_roles where rolname = 'authenticated') then
    revoke all on public.trader_versions, public.signal_outcomes, public.outcomes_due from authenticated;
    grant select on public.trader_versions, public.signal_outcomes to authenticated;
  end if;
  if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
    grant all on public.trader_versions, public.signal_outcomes, public.outcomes_due to service_role;
  end if;
end $$;
