drop index public.mail_codes_by_owner;
alter table public.mail_codes drop column entered;
delete from public.alert_events e using public.alert_events o where o.alert_id = e.alert_id and o.at = e.at and o.id < e.id;
alter table public.alert_events add constraint alert_events_alert_id_at_key unique (alert_id, at);
drop table public.alert_days;
