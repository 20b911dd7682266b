delete from public.destinations where kind = 'email';
alter table public.destinations drop constraint destinations_kind_check;
alter table public.destinations add constraint destinations_kind_check check (kind in ('webhook', 'telegram', 'discord', 'ntfy'));

create or replace function public.vyx_deliver_signals() returns trigger language plpgsql set search_path = '' as $$
begin
  insert into public.deliveries (destination_id, signal_ids)
  select d.id, n.ids from (select trader_id, array_agg(id order by id) as ids from stored group by trader_id) n
    join public.traders t on t.id = n.trader_id
    join public.destinations d on d.owner = t.owner and d.enabled and (d.traders is null or n.trader_id = any(d.traders))
  order by n.ids[1];
  return null;
end $$;

drop index public.destinations_by_mail_token;
alter table public.destinations drop column confirmed;
drop table public.mail_codes;
