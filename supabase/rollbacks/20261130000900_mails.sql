drop table public.mails;
drop table public.mail_links;
update public.destinations set address = jsonb_set(address, '{token}', to_jsonb(gen_random_uuid()::text)) where kind = 'email';
drop index public.destinations_by_mail_token;
create unique index destinations_by_mail_token on public.destinations ((address ->> 'token')) where kind = 'email';
