import { good, type Outcome, skipped, spanInWords, warning, wrong } from "../finding.ts";
import type { Visit } from "../visit.ts";
import { whereItRuns } from "../where-it-runs.ts";

/** The server looks every second. An answer that is older than this, in milliseconds, is no proof that the database answers now. */
const OLD_ANSWER_MS = 10_000;

/** Whether the traders' database of the server can be used. */
export async function database(visit: Visit): Promise<Outcome> {
  const { database: health } = await visit.health();
  if (health === null) return skipped("this server uses no database, or doesn't say");
  const { fault, answerAgeMs } = health;
  const last =
    answerAgeMs === null ? "it has never answered this server" : `it answered ${spanInWords(answerAgeMs)} ago`;
  if (fault === null && (answerAgeMs === null || answerAgeMs <= OLD_ANSWER_MS)) return good(last);
  const see = whereItRuns(visit.deployment.url, {
    systemd: "`journalctl --unit vyx`",
    compose: "`docker compose logs postgres`",
    fly: "`fly logs`",
  });
  const expected = `a database that answers within a second: see ${see}, and docs/runbook.md#vyxdatabasedown`;
  return fault === null ? warning(`it is busy or hangs: ${last}`, expected) : wrong(`${fault}; ${last}`, expected);
}
