import { good, type Outcome, skipped, spanInWords, wrong } from "../finding.ts";
import type { Visit } from "../visit.ts";
import { whereItRuns } from "../where-it-runs.ts";

/** Whether the traders' database of the server can be used. */
export async function database(visit: Visit): Promise<Outcome> {
  const { database: health } = await visit.health();
  if (health === null) return skipped("this server uses no database, or doesn't say");
  const { fault, answerAgeMs } = health;
  const last =
    answerAgeMs === null ? "it has never answered this server" : `it answered ${spanInWords(answerAgeMs)} ago`;
  if (fault === null) return good(last);
  const see = whereItRuns(visit.deployment.url, {
    systemd: "`journalctl --unit vyx`",
    compose: "`docker compose logs postgres`",
    fly: "`fly logs`",
  });
  return wrong(
    `${fault}; ${last}`,
    `a database that answers within a second: see ${see}, and docs/runbook.md#vyxdatabasedown`,
  );
}
