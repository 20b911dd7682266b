-- Links that end e-mails, and how many e-mails were sent. Both outlive the destinations: deleting one must not break links or allow more mails.

-- The tokens of the links that are in an owner's mails to a mailbox. Each ends all of them; the oldest is in new mails.
create table public.mail_links (
  token text primary key,
  owner text not null,
  mailbox text not null,
  created_at timestamptz not null default clock_timestamp()
);

create index mail_links_by_mailbox on public.mail_links (owner, mailbox, created_at);

insert into public.mail_links (token, owner, mailbox, created_at)
select d.address ->> 'token', d.owner,
  replace(regexp_replace(split_part(lower(d.address ->> 'to'), '@', 1), '\+.*$', ''), '.', '') || '@' || split_part(lower(d.address ->> 'to'), '@', 2),
  d.created_at
from public.destinations d where d.kind = 'email' and d.address ? 'token';

-- Destinations of one owner with the same mailbox share a token.
drop index public.destinations_by_mail_token;
create index destinations_by_mail_token on public.destinations ((address ->> 'token')) where kind = 'email';

-- E-mails of the last hour, codes left out.
create table public.mails (
  id bigint generated always as identity primary key,
  owner text not null,
  mailbox text not null,
  is_test boolean not null,
  created_at timestamptz not null default clock_timestamp()
);

create index mails_by_owner on public.mails (owner, created_at);
create index mails_by_mailbox on public.mails (mailbox, created_at);
create index mails_by_age on public.mails (created_at);

alter table public.mail_links enable row level security;
alter table public.mails enable row level security;

do $$
begin
  if exists (select from pg_catalog.pg_roles where rolname = 'anon') then
    revoke all on public.mail_links, public.mails from anon;
  end if;
  if exists (select from pg_catalog.pg_roles where rolname = 'authenticated') then
    revoke all on public.mail_links, public.mails from authenticated;
  end if;
  if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
    grant all on public.mail_links, public.mails to service_role;
  end if;
end $$;
