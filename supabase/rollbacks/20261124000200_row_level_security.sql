drop policy "owners see their signals" on public.signals;
drop policy "owners see their executions" on public.executions;
drop policy "owners keep their traders" on public.traders;
alter table public.signals disable row level security;
alter table public.executions disable row level security;
alter table public.traders disable row level security;
drop function public.vyx_caller();
do $$
begin
  if exists (select from pg_catalog.pg_roles where rolname = 'authenticated') then
    revoke all on public.traders, public.executions, public.signals from authenticated;
  end if;
  if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
    revoke all on public.traders, public.executions, public.signals from service_role;
  end if;
end $$;
