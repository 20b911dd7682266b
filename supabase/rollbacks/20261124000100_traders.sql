drop table public.signals;
drop table public.executions;
drop table public.traders;
drop function public.vyx_trader_changes();
