-- Traders are written by the functions alone, which check what the database can't: whether a filter can be read, whether its intervals are
-- served. Users read their own rows by the Data API and Realtime, as before. Constraints hold what must be true of each row, whoever
-- writes it.

-- Rows that were written past the functions are mended, or switched off where what was meant can't be known.
update public.traders t set timeframes = case when kept = '{}' then array[t.trigger_interval] else kept end,
  enabled = t.enabled and kept <> '{}'
from (
  select id, array(select one from unnest(timeframes) with ordinality as u (one, at)
    where one in ('1s', '1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '6h', '8h', '12h', '1d', '3d', '1w', '1M') order by at) as kept
  from public.traders
) clean
where clean.id = t.id and clean.kept is distinct from t.timeframes;

create function public.vyx_are_symbols(symbols text[]) returns boolean language sql immutable set search_path = '' as $$
  -- Letters of any script, digits, and _ - . of ASCII; in capitals.
  select coalesce(bool_and(symbol is not null and length(symbol) between 1 and 64
    and symbol !~ '[\x01-\x2c\x2f\x3a-\x40\x5b-\x5e\x60-\x7f]'), true)
  from pg_catalog.unnest(symbols) as symbol
$$;

update public.traders t set symbols = nullif(kept, '{}'), enabled = t.enabled and kept <> '{}'
from (
  select id, array(select symbol from unnest(symbols) with ordinality as u (symbol, at)
    where public.vyx_are_symbols(array[symbol]) order by at) as kept
  from public.traders where symbols is not null
) clean
where clean.id = t.id and clean.kept is distinct from t.symbols;

update public.traders set name = 'Without a name' where name !~ '\S';

alter table public.traders
  add constraint traders_name_shows check (name ~ '\S'),
  add constraint traders_timeframes_are_intervals check (array_ndims(timeframes) = 1 and timeframes
    <@ array['1s', '1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '6h', '8h', '12h', '1d', '3d', '1w', '1M']),
  add constraint traders_symbols_are_symbols check (array_ndims(symbols) = 1 and public.vyx_are_symbols(symbols));

-- Each trader costs a run at each of its closes, so an owner has 500 at most.
create function public.vyx_trader_limit() returns trigger language plpgsql set search_path = '' as $$
begin
  -- Two that are made at the same time are counted one after the other.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('vyx.traders ' || new.owner, 0));
  if (select count(*) from public.traders where owner = new.owner) >= 500 then
    raise exception 'there are 500 traders already: delete one first' using errcode = 'VYX01';
  end if;
  return new;
end $$;

create trigger vyx_trader_limit before insert on public.traders
  for each row execute function public.vyx_trader_limit();

-- Who asks, by the token that PostgREST verified; null for everyone whom the functions don't know either: visitors without an account,
-- tokens that aren't for signed-in users, and names that aren't users'.
create or replace function public.vyx_caller() returns text language sql stable set search_path = '' as $$
  select claims ->> 'sub'
  from (select nullif(current_setting('request.jwt.claims', true), '')::jsonb as claims) as token
  where claims ->> 'sub' ~ '^[A-Za-z0-9_.@|-]{1,128}$' and claims ->> 'sub' not in ('local', 'service')
    and claims -> 'is_anonymous' is distinct from 'true'::jsonb
    and case when claims ? 'aud' then claims -> 'aud' ? 'authenticated' else claims ->> 'role' = 'authenticated' end
$$;

drop policy "owners keep their traders" on public.traders;
create policy "owners see their traders" on public.traders
  for select using (owner = (select public.vyx_caller()));

do $$
begin
  if exists (select from pg_catalog.pg_roles where rolname = 'authenticated') then
    revoke all on public.traders from authenticated;
    grant select on public.traders to authenticated;
  end if;
end $$;
