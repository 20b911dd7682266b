import { good, type Outcome, wrong } from "../finding.ts";
import type { Visit } from "../visit.ts";

/** An origin that nobody means to let in: `.example` can't be anyone's. */
const STRANGER = "https://stranger.example";

/** Whether browsers let the right sites' pages read, and no others. */
export async function origins(visit: Visit): Promise<Outcome> {
  const { origins: wanted } = visit.deployment;
  for (const origin of wanted.filter((one) => one !== "*")) {
    const allowed = await allowedTo(visit, origin);
    if (allowed !== origin && allowed !== "*") {
      return wrong(
        `pages of ${origin} are not allowed: a preflight allows ${allowed ?? "no origin"}`,
        `access-control-allow-origin: ${origin}: start the server with --cors-origins ${origin}, and configure the proxy to pass on OPTIONS`,
      );
    }
  }
  const allowed = await allowedTo(visit, STRANGER);
  const meant = wanted.includes("*");
  if (allowed !== undefined && !meant) {
    return wrong(
      `pages of every origin are allowed: the server answers a preflight of ${STRANGER} with ${allowed}`,
      `--cors-origins with ${wanted.join(",") || "the origins of your pages"} in place of *, or --origin "*" here if all origins are intended`,
    );
  }
  if (allowed === undefined && meant) return wrong("not every origin is allowed", "--cors-origins *");
  return good(wanted.length === 0 ? "other sites are not allowed" : `allowed: ${wanted.join(", ")}`);
}

async function allowedTo(visit: Visit, origin: string): Promise<string | undefined> {
  const headers = { origin, "access-control-request-method": "GET", "access-control-request-headers": "x-api-key" };
  const answer = await visit.ask("/symbols", { method: "OPTIONS", headers });
  return answer.headers.get("access-control-allow-origin") ?? undefined;
}
