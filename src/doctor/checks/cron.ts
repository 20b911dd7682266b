import type { LookAnswer } from "../../wire/mod.ts";
import { good, type Outcome, skipped, spanInWords, wrong } from "../finding.ts";
import { isThisMachine, type Visit } from "../visit.ts";

/** Closes are looked for each minute; when that is longer ago than this, in milliseconds, nobody looks any more. */
const DEAD_MS = 180_000;

/** Whether cron still checks for missed closes. */
export async function cron(visit: Visit): Promise<Outcome> {
  const { functionsUrl, serviceKey } = visit.deployment;
  if (functionsUrl === undefined) return skipped("not checked: --functions-url isn't set");
  if (serviceKey === undefined) return skipped("not checked: set VYX_SERVICE_KEY to the functions' service key");
  if (functionsUrl.protocol === "http:" && !isThisMachine(functionsUrl)) return skipped("not checked: see functions");
  const response = await visit.askAt(functionsUrl, "/trigger-executions", {
    headers: { authorization: `Bearer ${serviceKey}` },
  });
  if (response.status !== 200) {
    return wrong(
      `the time of the last check is unknown: GET trigger-executions answers ${response.status}`,
      "200: the functions and the database of this version (`supabase db push`, `supabase functions deploy`) and the service key",
    );
  }
  const { ageMs } = (await response.json()) as LookAnswer;
  if (typeof ageMs === "number" && ageMs <= DEAD_MS)
    return good(`cron checked for missed closes ${spanInWords(ageMs)} ago`);
  return wrong(
    ageMs === null
      ? "cron has never checked for missed closes"
      : `cron hasn't checked for missed closes for ${spanInWords(ageMs)}`,
    "every minute: run supabase/cron.sql, and see cron.job_run_details for errors",
  );
}
