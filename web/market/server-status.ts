import type { HealthAnswer } from "../../src/wire/mod.ts";

/** The server's status, as a short and a long text. */
export interface ServerStatus {
  readonly text: string;
  readonly kind: "ok" | "starting" | "degraded" | "unknown";
  readonly says: string;
}

/** Words for `/health`; undefined stands for a server that didn't answer. */
export function serverStatus(health: HealthAnswer | undefined): ServerStatus {
  if (health === undefined)
    return { text: "status unknown", kind: "unknown", says: "The server doesn't answer /health." };
  const { complete, total } = health.coverage;
  if (health.status === "ok" && total === 0)
    return { text: "no series yet", kind: "unknown", says: "The server follows no series yet." };
  const series = `${complete} of ${total} series are complete`;
  switch (health.status) {
    case "ok":
      return { text: "data complete", kind: "ok", says: `${series}. Vyx ${health.version}.` };
    case "starting":
      return { text: `loading ${complete} of ${total}`, kind: "starting", says: sentence(health.reasons) };
    case "degraded":
      return {
        text: total === complete ? "problems" : `problems, ${complete} of ${total}`,
        kind: "degraded",
        says: sentence(health.reasons),
      };
  }
}

function sentence(reasons: readonly string[]): string {
  const text = reasons.join("; ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
