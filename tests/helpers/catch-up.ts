import type { RunningVyx } from "../../src/cli/serve.ts";
import type { TurnedExchange } from "./turned-exchange.ts";

/** How often the server is looked at before the market goes on by a second, and how long after another, in milliseconds. */
const LOOKS = 20;
const LOOK_EVERY_MS = 10;

/**
 * Resolves once the server has all that the exchange has sent: its time, and the newest minutes and prices of the symbols. The market
 * stands still then; it goes on, a second at a time, where the server needs more of it. `key` is a key of the server, where it requires one.
 */
export async function catchUp(
  exchange: TurnedExchange,
  vyx: Pick<RunningVyx, "url">,
  symbols: readonly string[],
  key?: string,
): Promise<void> {
  const headers = key === undefined ? {} : { "x-api-key": key };
  const same = async (path: string): Promise<boolean> => {
    const at = [`${vyx.url}/binance`, exchange.url];
    const [ours, theirs] = await Promise.all(
      at.map(async (url) => (await fetch(`${url}/api/v3/${path}`, { headers })).text()),
    );
    return ours === theirs;
  };
  const paths = symbols
    .map(encodeURIComponent)
    .flatMap((symbol) => [`klines?symbol=${symbol}&interval=1m&limit=2`, `ticker/price?symbol=${symbol}`]);
  const hasAll = async (): Promise<boolean> => {
    for (const path of ["time", ...paths]) if (!(await same(path))) return false;
    return true;
  };
  await exchange.passUntil(async () => {
    for (let look = 0; look < LOOKS; look += 1) {
      if (await hasAll()) return true;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    return false;
  });
}
