-- Stored signals are told: to Vyx servers by NOTIFY with the row's id (a payload holds 8,000 bytes at most, facts may be
-- more), to Supabase's clients by Realtime.

create function public.vyx_tell_signal() returns trigger language plpgsql set search_path = '' as $$
begin
  perform pg_catalog.pg_notify('vyx_signals', new.id::text);
  return null;
end $$;

create trigger vyx_tell_signal after insert on public.signals
  for each row execute function public.vyx_tell_signal();

do $$
begin
  if not exists (select from pg_catalog.pg_publication where pubname = 'supabase_realtime') then
    create publication supabase_realtime;
  end if;
  alter publication supabase_realtime add table public.signals;
end $$;
