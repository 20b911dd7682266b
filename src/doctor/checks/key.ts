import { good, type Outcome, skipped, wrong } from "../finding.ts";
import type { Visit } from "../visit.ts";

/** Whether the key that we were given is good there. */
export async function key(visit: Visit): Promise<Outcome> {
  const { apiKey } = visit.deployment;
  if (apiKey === undefined) return skipped("no key was given: set VYX_API_KEY to one with the scopes read and stream");
  if (visit.keysWithheld !== undefined) return skipped(visit.keysWithheld);
  const { status } = await visit.ask("/symbols", { headers: { "x-api-key": apiKey } });
  if (status === 200) return good("the key in VYX_API_KEY is taken");
  const words = status === 401 ? "unknown there, revoked or expired" : "refused";
  return wrong(
    `the key in VYX_API_KEY is ${words} (${status})`,
    "200: `vyx keys list` shows which keys are good, `vyx keys create --scopes read,stream` makes one",
  );
}
