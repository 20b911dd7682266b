import { good, type Outcome, wrong } from "../finding.ts";
import type { Visit } from "../visit.ts";

/** Whether the server reports that it is ready: its data is current. */
export async function ready(visit: Visit): Promise<Outcome> {
  const answer = await visit.client.ready();
  if (answer.ready) return good("ready");
  return wrong(
    `not ready: ${answer.reasons.join("; ")}${await servingOf(visit)}`,
    "ready, within two minutes of a start: docs/runbook.md#vyxnotready",
  );
}

/** What a server that isn't ready does meanwhile; nothing for an older one, which doesn't say. */
async function servingOf({ client }: Visit): Promise<string> {
  const answer = await client.serving().catch(() => undefined);
  if (answer === undefined) return "";
  if (!answer.serving) return ". It doesn't serve anything either";
  return `. It serves data that is marked as stale, ${answer.staleSeconds ?? 0} s old`;
}
