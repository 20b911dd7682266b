drop table public.looks;
