import { exchangeNameOf, MARKET_NAMES } from "../../core/mod.ts";
import { visitedMarkets } from "../by-market.ts";
import { good, type Outcome, skipped, spanInWords, wrong } from "../finding.ts";
import { greetingOf } from "../greeting.ts";
import type { Visit } from "../visit.ts";

/** Clocks that are set over the network differ by less, in milliseconds. */
const OFF_MS = 2_000;

/** Whether a WebSocket opens, and what the server's clock says in its first message. */
export async function clock(visit: Visit): Promise<Outcome> {
  const { apiKey, clock: ours } = visit.deployment;
  if (visit.keysWithheld !== undefined) return skipped(`not checked: ${visit.keysWithheld}`);
  const unguarded = (await visit.ask("/symbols")).status === 200;
  if (apiKey === undefined && !unguarded)
    return skipped("the WebSocket requires a key: set VYX_API_KEY to a key with the scope stream");
  const asked = ours.now();
  const hello = await greetingOf(visit, "/ws", apiKey);
  const heard = ours.now();
  if ("problem" in hello) {
    return wrong(
      `a WebSocket on /ws doesn't open: ${hello.problem}`,
      "a hello message: configure the proxy to pass on Upgrade, and use a key with the scope stream",
    );
  }
  // The server wrote it somewhere between our question and its arrival.
  const off = hello.serverTime < asked ? hello.serverTime - asked : Math.max(0, hello.serverTime - heard);
  if (Math.abs(off) <= OFF_MS) return await exchangeClocks(visit, spanInWords(heard - asked + Math.abs(off)));
  return wrong(
    `the server's clock is ${spanInWords(Math.abs(off))} ${off > 0 ? "ahead of" : "behind"} this machine's`,
    `within ${spanInWords(OFF_MS)}: let NTP set both clocks (check with timedatectl)`,
  );
}

/** The server's clock against the exchanges'. Only a real exchange's clock is right for sure. */
async function exchangeClocks(visit: Visit, agreeTo: string): Promise<Outcome> {
  const markets = visitedMarkets(await visit.health());
  const off = markets.flatMap(({ market, feed, source }) => {
    const offset = feed.clockOffsetMs;
    if (offset === null || Math.abs(offset) <= OFF_MS) return [];
    const by = `${spanInWords(Math.abs(offset))} ${offset > 0 ? "ahead of" : "behind"}`;
    const isReal = exchangeNameOf(source) !== undefined;
    const named = markets.length > 1 && market !== undefined ? ` of ${MARKET_NAMES[market]}` : "";
    return [{ isReal, words: isReal ? `${by} the exchange's${named}` : `${by} the ${source} market's${named}` }];
  });
  const wrongs = off.filter(({ isReal }) => isReal);
  if (wrongs.length > 0) {
    return wrong(
      `the server's clock is ${wrongs.map(({ words }) => words).join(", ")}`,
      `within ${spanInWords(OFF_MS)}: let NTP set the server's clock (check with timedatectl)`,
    );
  }
  const opens = `a WebSocket opens, and the server's clock agrees with this machine's to ${agreeTo}`;
  return good([opens, ...off.map(({ words }) => `it is ${words}`)].join("; "));
}
