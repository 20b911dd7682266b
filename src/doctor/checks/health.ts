import { good, type Outcome, wrong } from "../finding.ts";
import type { Visit } from "../visit.ts";

/** Whether `/health` names problems. Those of the checks `ready` and `database` are left to them. */
export async function health(visit: Visit): Promise<Outcome> {
  const { status, reasons, database } = await visit.health();
  const unready = await visit.client.ready();
  const elsewhere = new Set([...(unready.ready ? [] : unready.reasons), database?.fault]);
  const others = reasons.filter((reason) => !elsewhere.has(reason));
  if (others.length > 0) {
    const remedy = others.some((reason) => reason.startsWith("checkpoints can't be written"))
      ? "room and permission to write in the folder of --data-dir: docs/runbook.md#vyxcheckpointold"
      : "docs/runbook.md";
    return wrong(`/health is ${status}: ${others.join("; ")}`, `status ok, without reasons: ${remedy}`);
  }
  return good(
    reasons.length === 0 ? `/health is ${status}` : "/health names no problem besides those of ready and database",
  );
}
