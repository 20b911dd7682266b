import { good, type Outcome, wrong } from "../finding.ts";
import type { Visit } from "../visit.ts";

/** Routes that must not be readable without a key: the market and the metrics. */
const GUARDED: readonly string[] = ["/symbols", "/metrics"];

/** A key that nobody was ever given. */
const MADE_UP_KEY = "vyx_doctor_made_this_up";

/** Whether the server refuses requests without a key and with an invalid key. */
export async function auth(visit: Visit): Promise<Outcome> {
  for (const path of GUARDED) {
    for (const [who, headers] of [
      ["without a key", {}],
      ["with an invalid key", { "x-api-key": MADE_UP_KEY }],
    ] as const) {
      const { status } = await visit.ask(path, { headers });
      if (status === 401 || status === 403 || (path === "/metrics" && status === 404)) continue;
      if (status === 200 && !visit.deployment.isPublic) {
        return good("no key is required, and only this machine can reach the URL");
      }
      const expected = "401: start the server with --keys-file or VYX_API_KEYS, and without --insecure-no-auth";
      return wrong(`GET ${path} ${who} answers ${status}`, expected);
    }
  }
  return good(`${GUARDED.join(" and ")} require a key`);
}
