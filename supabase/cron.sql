-- Every minute, what a push of the server missed is looked for. Run this once, in the SQL editor, after the functions are
-- deployed; it needs the extensions pg_cron and pg_net, and two secrets in the vault:
--
--   select vault.create_secret('https://PROJECT.supabase.co', 'vyx_project_url');
--   select vault.create_secret('THE SERVICE KEY', 'vyx_service_key');
--
-- Running it again changes the schedule in place. Away with it: select cron.unschedule('vyx-reconcile');

create extension if not exists pg_cron;
create extension if not exists pg_net;

select cron.schedule('vyx-reconcile', '* * * * *', $$
  select net.http_post(
    url := (select decrypted_secret from vault.decrypted_secrets where name = 'vyx_project_url') || '/functions/v1/trigger-executions',
    headers := jsonb_build_object(
      'content-type', 'application/json',
      'authorization', 'Bearer ' || (select decrypted_secret from vault.decrypted_secrets where name = 'vyx_service_key')
    ),
    body := '{"trigger": "cron"}'::jsonb,
    timeout_milliseconds := 55000
  )
$$);
