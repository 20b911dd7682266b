import { good, type Outcome, wrong } from "../finding.ts";
import type { Visit } from "../visit.ts";

/** Whether the market is real, or what else it should be. */
export async function source(visit: Visit): Promise<Outcome> {
  const found = (await visit.health()).source;
  const expected = visit.deployment.source;
  if (found === expected) return good(`the market is ${found}`);
  return wrong(
    `the market is ${found}`,
    `${expected}: is this \`vyx serve\`, without --replay, --exchange-rest and --exchange-ws?`,
  );
}
