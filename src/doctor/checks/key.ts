import { good, type Outcome, skipped, wrong } from "../finding.ts";
import type { Visit } from "../visit.ts";

/** Whether the key that we were given is good there. */
export async function key(visit: Visit): Promise<Outcome> {
  const { apiKey } = visit.deployment;
  if (apiKey === undefined) return skipped("no key given: set VYX_API_KEY to a key with the scopes read and stream");
  if (visit.keysWithheld !== undefined) return skipped(visit.keysWithheld);
  const { status } = await visit.ask("/symbols", { headers: { "x-api-key": apiKey } });
  if (status === 200) return good("the server accepts the key in VYX_API_KEY");
  const words = status === 401 ? "unknown to the server, revoked or expired" : "refused";
  return wrong(
    `the key in VYX_API_KEY is ${words} (${status})`,
    "200: `vyx keys list --keys-file FILE` lists the keys of a server with --keys-file, and `vyx keys create --scopes read,stream` creates one; with VYX_API_KEYS, add the entry that `--for-variable` prints, and restart",
  );
}
