import type { Aim } from "./aim.ts";
import { headersOf } from "./keys.ts";
import { ended, note, type Outcomes } from "./lanes.ts";

/** A filter that spends nearly all the operations that it may, at every symbol. */
export const SPENDING_FILTER = "let n = 0; for (let i = 0; i < 190000; i++) { n += i % 7; } return n < 0;";

/** Makes a trader of each code, over the whole market at each minute, and deletes them when the attack is to end. */
export async function attackWithTraders(
  aim: Aim,
  codes: readonly string[],
  outcomes: Outcomes = {},
): Promise<Outcomes> {
  const headers = headersOf(aim.key);
  const traders = `${aim.url}/functions/v1/traders`;
  const ids: string[] = [];
  for (const [index, code] of codes.entries()) {
    const body = JSON.stringify({
      ...{ name: `bad ${index}`, description: "", enabled: true, code: `${code}\n// ${Date.now()} ${index}` },
      ...{ timeframes: ["1m"], triggerInterval: "1m", symbols: null, cooldownCandles: 0 },
    });
    const response = await fetch(traders, { method: "POST", headers, body });
    note(outcomes, `made ${response.status}`);
    const { id } = (await response.json()) as { id?: string };
    if (id !== undefined) ids.push(id);
  }
  await ended(aim.until);
  for (const id of ids) await fetch(`${traders}/${id}`, { method: "DELETE", headers });
  return outcomes;
}
