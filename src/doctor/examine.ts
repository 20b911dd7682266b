import { CHECKS } from "./check.ts";
import { CHECK_NAMES, type CheckName, type Finding, type Outcome, skipped, wrong } from "./finding.ts";
import { type Deployment, Visit, wordsOf } from "./visit.ts";

/** What must be good for the others to be worth the while: without it they are skipped, as they would all say the same. */
const FIRST: readonly CheckName[] = ["tls", "answers"];

/** Looks at a deployment from outside and tells of each check what came of it. Changes nothing there, and never rejects. */
export async function examine(deployment: Deployment, names: readonly CheckName[] = CHECK_NAMES): Promise<Finding[]> {
  const visit = new Visit(deployment);
  const findings: Finding[] = [];
  const isEncrypted = deployment.url.protocol === "https:";
  let hopeless: CheckName | undefined;
  for (const name of [...new Set([...FIRST, ...names])]) {
    const outcome = hopeless === undefined ? await outcomeOf(name, visit) : skipped(`not checked: see ${hopeless}`);
    if (outcome.state === "wrong" && name === "tls")
      visit.keysWithheld = "no key is sent over an unencrypted connection: see tls";
    // A certificate that isn't good isn't overlooked for the sake of the other checks.
    if (outcome.state === "wrong" && (name === "answers" || (name === "tls" && isEncrypted))) hopeless = name;
    if (names.includes(name) || outcome.state === "wrong") findings.push({ check: name, ...outcome });
  }
  return findings;
}

async function outcomeOf(name: CheckName, visit: Visit): Promise<Outcome> {
  try {
    return await CHECKS[name].check(visit);
  } catch (cause) {
    return wrong(wordsOf(cause), `an answer: ${CHECKS[name].says}`);
  }
}
