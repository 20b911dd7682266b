import type { MissesAnswer, MissesRequest } from "../wire/mod.ts";
import type { CallOptions } from "./asker.ts";
import { computed } from "./computed.ts";
import type { ClientOptions } from "./options.ts";
import { rare } from "./reader.ts";

/** How much longer than a read a search for misses may take, in milliseconds. */
const MISSES_MS = 5_000;

/**
 * Which symbols came nearest to matching a filter at one close: those that one comparison alone kept from it, narrowest first. `options`: as of a
 * client. It changes nothing on the server, so it is retried like a read. Throws ClientError, and the signal's reason when that is aborted. A
 * function and no method, so that pages without misses don't carry it.
 *
 * @example
 * const { misses } = await nearestMisses({ url, apiKey }, { code, limit: 5 });
 * for (const { symbol, condition } of misses) console.log(symbol, condition.text, condition.distance);
 */
export async function nearestMisses(
  options: ClientOptions,
  request: MissesRequest,
  call?: CallOptions,
): Promise<MissesAnswer> {
  return await computed(
    options,
    { path: "/misses", body: request, reader: rare((all) => all.missesSchema()), computesMs: MISSES_MS },
    call,
  );
}
