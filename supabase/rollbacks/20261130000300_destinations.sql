drop trigger vyx_deliver_signals on public.signals;
drop function public.vyx_deliver_signals();
drop table public.deliveries;
drop table public.destinations;
drop function public.vyx_destination_limit();
