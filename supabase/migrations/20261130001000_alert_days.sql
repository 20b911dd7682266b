-- How much an owner's price alerts may store, and who has entered the codes that were mailed.

-- How many times an owner's alerts fired on the last day on which they did, UTC by the database's clock. A deleted alert's count, too.
create table public.alert_days (
  owner text primary key,
  day date not null,
  events bigint not null
);

insert into public.alert_days (owner, day, events)
select a.owner, (now() at time zone 'utc')::date, count(*)
from public.alert_events e join public.price_alerts a on a.id = e.alert_id
where e.created_at >= date_trunc('day', now() at time zone 'utc') at time zone 'utc' group by 1, 2;

-- The alert's own row keeps two servers from storing a firing twice. An alert that is armed anew may fire again at the same market time.
alter table public.alert_events drop constraint alert_events_alert_id_at_key;

alter table public.mail_codes add column entered boolean not null default false;
create index mail_codes_by_owner on public.mail_codes (owner, created_at);

alter table public.alert_days enable row level security;

do $$
begin
  if exists (select from pg_catalog.pg_roles where rolname = 'anon') then
    revoke all on public.alert_days from anon;
  end if;
  if exists (select from pg_catalog.pg_roles where rolname = 'authenticated') then
    revoke all on public.alert_days from authenticated;
  end if;
  if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
    grant all on public.alert_days to service_role;
  end if;
end $$;
