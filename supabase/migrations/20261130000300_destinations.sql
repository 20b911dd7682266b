-- Where signals are sent to, and what is sent: a row for each message, which the statement that stores a signal makes with it.

create table public.destinations (
  id uuid primary key default gen_random_uuid(),
  owner text not null check (owner <> ''),
  name text not null check (name ~ '\S' and length(name) <= 100),
  kind text not null check (kind in ('webhook', 'telegram', 'discord', 'ntfy')),
  -- The address with its secrets, which nobody reads but the sender.
  address jsonb not null,
  -- The address without them.
  shown text not null check (length(shown) <= 300),
  enabled boolean not null default true,
  -- Null for all of the owner's traders.
  traders uuid[] check (cardinality(traders) between 1 and 500),
  digest_above integer not null default 10 check (digest_above between 1 and 500),
  on_change boolean not null default false,
  -- Minutes of the UTC day between which nothing is sent.
  quiet_from integer check (quiet_from between 0 and 1439),
  quiet_until integer check (quiet_until between 0 and 1439),
  max_per_hour integer not null default 60 check (max_per_hour between 1 and 1000),
  -- Nothing is sent before this moment: the receiver failed, it is quiet, or an hour's messages are out.
  next_at timestamptz not null default '-infinity',
  waits_for text check (waits_for in ('receiver', 'quiet', 'hour')),
  failures integer not null default 0,
  failing_since timestamptz,
  last_delivered_at timestamptz,
  last_error text,
  -- Who sends, and until when nobody else may.
  lease_token uuid,
  lease_until timestamptz,
  created_at timestamptz not null default now(),
  constraint destinations_quiet_is_a_span check ((quiet_from is null) = (quiet_until is null) and quiet_from <> quiet_until)
);

create index destinations_by_owner on public.destinations (owner, created_at);

-- Signals that are sent together or one after another: those of one trader that one statement stored, or several such rows that became one.
create table public.deliveries (
  id bigint generated always as identity primary key,
  destination_id uuid not null references public.destinations (id) on delete cascade,
  -- In the order in which they are sent.
  signal_ids bigint[] not null check (cardinality(signal_ids) > 0),
  -- Whether they are one message. Null until the first try, which decides it.
  is_digest boolean,
  -- How many of the signals were accepted.
  sent integer not null default 0,
  -- Messages that were accepted, and when the last one was.
  messages integer not null default 0,
  last_sent_at timestamptz,
  state text not null default 'waiting' check (state in ('waiting', 'done', 'dead', 'merged', 'unchanged')),
  attempts integer not null default 0,
  first_tried_at timestamptz,
  answer text,
  created_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz
);

create index deliveries_waiting on public.deliveries (destination_id, id) where state = 'waiting';
create index deliveries_of_destination on public.deliveries (destination_id, id);
create index deliveries_sent on public.deliveries (destination_id, last_sent_at);
create index deliveries_by_age on public.deliveries (ended_at) where state <> 'waiting';

-- An owner has 20 at most.
create function public.vyx_destination_limit() returns trigger language plpgsql set search_path = '' as $$
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('vyx.destinations ' || new.owner, 0));
  if (select count(*) from public.destinations where owner = new.owner) >= 20 then
    raise exception 'there are 20 destinations already: delete one first' using errcode = 'VYX01';
  end if;
  return new;
end $$;

create trigger vyx_destination_limit before insert on public.destinations
  for each row execute function public.vyx_destination_limit();

-- A signal and the messages about it are stored together, or neither.
create function public.vyx_deliver_signals() returns trigger language plpgsql set search_path = '' as $$
begin
  insert into public.deliveries (destination_id, signal_ids)
  select d.id, n.ids from (select trader_id, array_agg(id order by id) as ids from stored group by trader_id) n
    join public.traders t on t.id = n.trader_id
    join public.destinations d on d.owner = t.owner and d.enabled and (d.traders is null or n.trader_id = any(d.traders))
  order by n.ids[1];
  return null;
end $$;

create trigger vyx_deliver_signals after insert on public.signals
  referencing new table as stored for each statement execute function public.vyx_deliver_signals();

alter table public.destinations enable row level security;
alter table public.deliveries enable row level security;

create policy "owners see their destinations" on public.destinations
  for select using (owner = (select public.vyx_caller()));

create policy "owners see their deliveries" on public.deliveries
  for select using (destination_id in (select id from public.destinations where owner = (select public.vyx_caller())));

do $$
begin
  if exists (select from pg_catalog.pg_roles where rolname = 'anon') then
    revoke all on public.destinations, public.deliveries from anon;
  end if;
  if exists (select from pg_catalog.pg_roles where rolname = 'authenticated') then
    revoke all on public.destinations, public.deliveries from authenticated;
    -- All but the address, which has secrets, and the lease.
    grant select (id, owner, name, kind, shown, enabled, traders, digest_above, on_change, quiet_from, quiet_until, max_per_hour,
      next_at, waits_for, failing_since, last_delivered_at, last_error, created_at) on public.destinations to authenticated;
    grant select on public.deliveries to authenticated;
  end if;
  if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
    grant all on public.destinations, public.deliveries to service_role;
  end if;
end $$;
