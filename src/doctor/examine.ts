import { CHECKS } from "./check.ts";
import { type CheckName, type Finding, type Outcome, skipped, USUAL_CHECKS, wrong } from "./finding.ts";
import { type Deployment, Visit, wordsOf } from "./visit.ts";

/** Checks without which the others make no sense. If one fails, the others are skipped, because they would report the same. */
const FIRST: readonly CheckName[] = ["tls", "answers"];

/** Checks a deployment from outside, and returns a finding for each check. Changes nothing there, and never rejects. */
export async function examine(deployment: Deployment, names: readonly CheckName[] = USUAL_CHECKS): Promise<Finding[]> {
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
