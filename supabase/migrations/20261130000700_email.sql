-- E-mail as a kind of destination. Nothing but a code is sent to an address before somebody has entered that code.

alter table public.destinations drop constraint destinations_kind_check;
alter table public.destinations add constraint destinations_kind_check
  check (kind in ('webhook', 'telegram', 'discord', 'ntfy', 'email'));

-- False for an e-mail address whose code hasn't been entered, or whose recipient has ended the messages.
alter table public.destinations add column confirmed boolean not null default true;

-- The link that ends the messages has the address's token.
create unique index destinations_by_mail_token on public.destinations ((address ->> 'token')) where kind = 'email';

-- Codes that were mailed. A row outlives its destination: deleting that must not allow more mails.
create table public.mail_codes (
  id bigint generated always as identity primary key,
  destination_id uuid not null,
  owner text not null,
  -- The address as it was written, and the mailbox that it means.
  recipient text not null,
  mailbox text not null,
  code text not null,
  tries integer not null default 0,
  created_at timestamptz not null default clock_timestamp()
);

create index mail_codes_of_destination on public.mail_codes (destination_id, id);
create index mail_codes_by_mailbox on public.mail_codes (mailbox, created_at);
create index mail_codes_by_age on public.mail_codes (created_at);

alter table public.mail_codes enable row level security;

-- A destination that isn't confirmed gets no messages, not even later.
create or replace function public.vyx_deliver_signals() returns trigger language plpgsql set search_path = '' as $$
begin
  insert into public.deliveries (destination_id, signal_ids)
  select d.id, n.ids from (select trader_id, array_agg(id order by id) as ids from stored group by trader_id) n
    join public.traders t on t.id = n.trader_id
    join public.destinations d on d.owner = t.owner and d.enabled and d.confirmed and (d.traders is null or n.trader_id = any(d.traders))
  order by n.ids[1];
  return null;
end $$;

do $$
begin
  if exists (select from pg_catalog.pg_roles where rolname = 'anon') then
    revoke all on public.mail_codes from anon;
  end if;
  if exists (select from pg_catalog.pg_roles where rolname = 'authenticated') then
    revoke all on public.mail_codes from authenticated;
    grant select (confirmed) on public.destinations to authenticated;
  end if;
  if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
    grant all on public.mail_codes to service_role;
  end if;
end $$;
