import { countOf } from "../../core/mod.ts";
import { ofEachMarket, type VisitedMarket } from "../by-market.ts";
import { good, type Outcome, skipped, spanInWords, wrong } from "../finding.ts";
import type { Visit } from "../visit.ts";

/** One is written each minute; an older one than this, in milliseconds, means that writing fails. */
const OLD_MS = 600_000;

/** Whether a restart would go on from something. */
export async function checkpoint(visit: Visit): Promise<Outcome> {
  const { uptimeSeconds } = await visit.health();
  return await ofEachMarket(visit, async (served) => checkpointOf(served, uptimeSeconds));
}

function checkpointOf({ checkpoint: newest, source }: VisitedMarket, uptimeSeconds: number): Outcome {
  if (newest === null) {
    if (source === "simulated") {
      return skipped(
        "checkpoints are disabled: the market is simulated and kept in memory, so a restart loses nothing",
      );
    }
    return wrong(
      "checkpoints are disabled: a restart would read the whole history again",
      "a persistent folder: --data-dir on a volume",
    );
  }
  if (newest.ageMs === null) {
    const since = spanInWords(uptimeSeconds * 1_000);
    if (newest.failures > 0) {
      return wrong(
        `none written in the ${since} since the start; ${countOf(newest.failures, "write")} failed`,
        "one every minute: docs/runbook.md#vyxcheckpointold",
      );
    }
    if (uptimeSeconds * 1_000 < OLD_MS) return good(`none yet, ${since} after the start`);
    return wrong(`none written in the ${since} since the start`, "one every minute: docs/runbook.md#vyxcheckpointold");
  }
  if (newest.ageMs > OLD_MS) {
    return wrong(
      `the newest is ${spanInWords(newest.ageMs)} old; ${countOf(newest.failures, "write")} failed`,
      "one every minute: docs/runbook.md#vyxcheckpointold",
    );
  }
  return good(`the newest is ${spanInWords(newest.ageMs)} old`);
}
