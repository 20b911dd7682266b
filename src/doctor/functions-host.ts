/** Who hosts the functions of a deployment: what it takes to mend them depends on it. */
export interface FunctionsHost {
  /** Who checks for missed closes every minute. */
  readonly checker: string;
  /** What to do when that isn't done. */
  readonly checks: string;
  /** How all functions get there, in the version that fits the database. */
  readonly deploys: string;
  /** How the functions reach the market. */
  readonly market: string;
  /** Which key opens all functions. */
  readonly key: string;
}

const SUPABASE: FunctionsHost = {
  checker: "cron",
  checks: "run supabase/cron.sql in the project's SQL editor, and see cron.job_run_details for errors",
  deploys: "run `supabase db push` and `supabase functions deploy` in the project's folder",
  market: "check that the functions' secrets VYX_URL and VYX_API_KEY match this server (`supabase secrets list`)",
  key: "the project's service key, or the VYX_SERVICE_KEY that the functions have as a secret",
};

const SERVER: FunctionsHost = {
  checker: "the server",
  checks:
    "the server does so by itself while its database answers: see the check database, and the lines with `traders` in its log",
  deploys: "this server runs them unless --close-webhook is set: check that the proxy passes on /functions/v1",
  market: "see the checks database and ready",
  key: "a key of this server with the scope admin (`vyx keys create --scopes admin`)",
};

const ELSEWHERE: FunctionsHost = {
  checker: "cron",
  checks: "have the functions' host send POST trigger-executions once a minute, with the service key",
  deploys: "deploy supabase/functions of this version, and run `vyx database` on their database",
  market: "check that the functions' variables VYX_URL and VYX_API_KEY match this server",
  key: "the VYX_SERVICE_KEY that the functions have as a variable",
};

/** Recognises the host by the functions' URL: the server itself, Supabase, or another place. */
export function functionsHost(server: URL, functions: URL): FunctionsHost {
  if (functions.origin === server.origin) return SERVER;
  return /(^|\.)supabase\.(co|in|red)$/.test(functions.hostname) ? SUPABASE : ELSEWHERE;
}
