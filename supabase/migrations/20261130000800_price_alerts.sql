-- Price alerts, what they fired, and how far the market was watched. Times of the market are Unix milliseconds.

create table public.price_alerts (
  id uuid primary key default gen_random_uuid(),
  owner text not null check (owner <> ''),
  symbol text not null check (symbol ~ '\S' and length(symbol) <= 80),
  kind text not null check (kind in ('level', 'line', 'move', 'volume')),
  condition jsonb not null check (condition ->> 'kind' = kind),
  note text not null default '' check (length(note) <= 200),
  -- Minutes between two firings at least; null for an alert that fires once.
  again_minutes integer check (again_minutes between 1 and 43200),
  expires_at bigint,
  destination_id uuid references public.destinations (id) on delete set null,
  state text not null default 'active' check (state in ('active', 'fired', 'expired', 'failed', 'off')),
  -- Why it failed.
  problem text check (length(problem) <= 300),
  -- On which side of its level the price was last, or that its condition was seen unmet. Null while neither is known.
  side text check (side in ('below', 'above', 'armed')),
  -- Since when it watches as it is now.
  armed_at bigint not null,
  last_fired_at bigint,
  fires integer not null default 0,
  -- Moves with each change that those who watch must know, in the order of the commits.
  revision bigint not null,
  created_at timestamptz not null default now()
);

create index price_alerts_by_owner on public.price_alerts (owner, created_at desc);
create index price_alerts_by_revision on public.price_alerts (revision);
create index price_alerts_active on public.price_alerts (expires_at) where state = 'active';
create index price_alerts_of_destination on public.price_alerts (destination_id);

create sequence public.price_alert_revisions as bigint;

-- An alert that fired, as it was then.
create table public.alert_events (
  id bigint generated always as identity primary key,
  alert_id uuid not null references public.price_alerts (id) on delete cascade,
  symbol text not null,
  condition jsonb not null,
  note text not null,
  direction text check (direction in ('up', 'down')),
  price double precision not null,
  reference double precision not null,
  value double precision not null,
  at bigint not null,
  since bigint,
  open_time bigint not null,
  in_open_candle boolean not null,
  created_at timestamptz not null default clock_timestamp(),
  -- Two servers that see the same price store it once.
  unique (alert_id, at)
);

create index alert_events_by_alert on public.alert_events (alert_id, id desc);
create index alert_events_by_age on public.alert_events (created_at);

-- Up to which market time the alerts of a market were watched, and their sides are known.
create table public.alert_watches (
  market text primary key,
  seen_at bigint not null
);

-- One at a time, so that who has read up to a revision has seen all before it. An owner has 200 at most, and 20,000 are active in all.
create function public.vyx_alert_revision() returns trigger language plpgsql set search_path = '' as $$
begin
  if tg_op = 'UPDATE' and (old.symbol, old.condition, old.again_minutes, old.expires_at, old.state, old.armed_at)
    is not distinct from (new.symbol, new.condition, new.again_minutes, new.expires_at, new.state, new.armed_at) then
    return new;
  end if;
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('vyx.price_alerts', 0));
  new.revision := pg_catalog.nextval('public.price_alert_revisions');
  if tg_op = 'INSERT' and (select count(*) from public.price_alerts where owner = new.owner) >= 200 then
    raise exception 'there are 200 price alerts already: delete one first' using errcode = 'VYX01';
  end if;
  if new.state = 'active' and (tg_op = 'INSERT' or old.state <> 'active')
    and (select count(*) from public.price_alerts where state = 'active') >= 20000 then
    raise exception 'this server has 20000 active price alerts already, of all its users' using errcode = 'VYX01';
  end if;
  return new;
end $$;

create trigger vyx_alert_revision before insert or update on public.price_alerts
  for each row execute function public.vyx_alert_revision();

-- A destination gets price alerts unless its owner says otherwise. An alert that names it is sent there in any case.
alter table public.destinations add column price_alerts boolean not null default true;

-- A delivery is about signals or about price alerts.
alter table public.deliveries
  add column alert_event_ids bigint[] not null default '{}',
  alter column signal_ids set default '{}',
  drop constraint deliveries_signal_ids_check,
  add constraint deliveries_are_of_one_kind check ((cardinality(signal_ids) > 0) <> (cardinality(alert_event_ids) > 0));

-- What fired and the messages about it are stored together, or neither.
create function public.vyx_deliver_alerts() returns trigger language plpgsql set search_path = '' as $$
begin
  insert into public.deliveries (destination_id, alert_event_ids)
  select d.id, array_agg(n.id order by n.id) from stored n
    join public.price_alerts a on a.id = n.alert_id
    join public.destinations d on d.owner = a.owner and d.enabled and d.confirmed
      and case when a.destination_id is null then d.price_alerts else d.id = a.destination_id end
  group by d.id order by min(n.id);
  return null;
end $$;

create trigger vyx_deliver_alerts after insert on public.alert_events
  referencing new table as stored for each statement execute function public.vyx_deliver_alerts();

alter table public.price_alerts enable row level security;
alter table public.alert_events enable row level security;
alter table public.alert_watches enable row level security;

create policy "owners see their price alerts" on public.price_alerts
  for select using (owner = (select public.vyx_caller()));

create policy "owners see what their price alerts fired" on public.alert_events
  for select using (alert_id in (select id from public.price_alerts where owner = (select public.vyx_caller())));

do $$
begin
  if exists (select from pg_catalog.pg_roles where rolname = 'anon') then
    revoke all on public.price_alerts, public.alert_events, public.alert_watches from anon;
    revoke all on sequence public.price_alert_revisions from anon;
  end if;
  if exists (select from pg_catalog.pg_roles where rolname = 'authenticated') then
    revoke all on public.price_alerts, public.alert_events, public.alert_watches from authenticated;
    revoke all on sequence public.price_alert_revisions from authenticated;
    grant select on public.price_alerts, public.alert_events to authenticated;
    grant select (price_alerts) on public.destinations to authenticated;
  end if;
  if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
    grant all on public.price_alerts, public.alert_events, public.alert_watches to service_role;
    grant all on sequence public.price_alert_revisions to service_role;
  end if;
end $$;
