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
  if (Math.abs(off) <= OFF_MS) return await exchangeClock(visit, spanInWords(heard - asked + Math.abs(off)));
  return wrong(
    `the server's clock is ${spanInWords(Math.abs(off))} ${off > 0 ? "ahead of" : "behind"} this machine's`,
    `within ${spanInWords(OFF_MS)}: let NTP set both clocks (check with timedatectl)`,
  );
}

/** The server's clock against the exchange's. Only a real exchange's clock is right for sure. */
async function exchangeClock(visit: Visit, agreeTo: string): Promise<Outcome> {
  const { feed, source } = await visit.health();
  const opens = `a WebSocket opens, and the server's clock agrees with this machine's to ${agreeTo}`;
  const off = feed.clockOffsetMs;
  if (off === null || Math.abs(off) <= OFF_MS) return good(opens);
  const words = `${spanInWords(Math.abs(off))} ${off > 0 ? "ahead of" : "behind"}`;
  if (source !== "binance") return good(`${opens}; it is ${words} the ${source} market's`);
  return wrong(
    `the server's clock is ${words} the exchange's`,
    `within ${spanInWords(OFF_MS)}: let NTP set the server's clock (check with timedatectl)`,
  );
}
