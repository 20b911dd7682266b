-- The publication stays: other tables may be in it.
alter publication supabase_realtime drop table public.signals;
drop trigger vyx_tell_signal on public.signals;
drop function public.vyx_tell_signal();
