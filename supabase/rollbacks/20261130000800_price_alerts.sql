drop trigger vyx_deliver_alerts on public.alert_events;
drop function public.vyx_deliver_alerts();
delete from public.deliveries where cardinality(alert_event_ids) > 0;
alter table public.deliveries
  drop constraint deliveries_are_of_one_kind,
  drop column alert_event_ids,
  alter column signal_ids drop default,
  add constraint deliveries_signal_ids_check check (cardinality(signal_ids) > 0);
alter table public.destinations drop column price_alerts;
drop table public.alert_watches;
drop table public.alert_events;
drop table public.price_alerts;
drop function public.vyx_alert_revision();
drop sequence public.price_alert_revisions;
