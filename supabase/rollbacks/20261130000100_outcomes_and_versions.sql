drop trigger vyx_signals_stored on public.signals;
drop function public.vyx_signals_stored();
drop table public.outcomes_due;
drop table public.signal_outcomes;
drop trigger vyx_note_next_version on public.traders;
drop trigger vyx_note_version on public.traders;
drop function public.vyx_note_version();
drop table public.trader_versions;
