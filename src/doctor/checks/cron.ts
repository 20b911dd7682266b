import type { LookAnswer } from "../../wire/mod.ts";
import { good, type Outcome, skipped, spanInWords, wrong } from "../finding.ts";
import { functionsHost } from "../functions-host.ts";
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
  const host = functionsHost(visit.deployment.url, functionsUrl);
  if (response.status !== 200) {
    return wrong(
      `the time of the last check is unknown: GET trigger-executions answers ${response.status}`,
      `200: ${host.deploys}; the key in VYX_SERVICE_KEY is ${host.key}`,
    );
  }
  const { ageMs } = (await response.json()) as LookAnswer;
  if (typeof ageMs === "number" && ageMs <= DEAD_MS)
    return good(`${host.checker} checked for missed closes ${spanInWords(ageMs)} ago`);
  return wrong(
    ageMs === null
      ? `${host.checker} has never checked for missed closes`
      : `${host.checker} hasn't checked for missed closes for ${spanInWords(ageMs)}`,
    `every minute: ${host.checks}`,
  );
}
