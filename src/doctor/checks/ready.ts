import { good, type Outcome, wrong } from "../finding.ts";
import type { Visit } from "../visit.ts";

/** Whether the server reports that it is ready, which is what proxies go by. */
export async function ready(visit: Visit): Promise<Outcome> {
  const answer = await visit.client.ready();
  if (answer.ready) return good("ready");
  return wrong(
    `not ready: ${answer.reasons.join("; ")}`,
    "ready, within two minutes of a start: docs/runbook.md#vyxnotready",
  );
}
