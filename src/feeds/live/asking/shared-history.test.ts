import { afterAll, expect, test } from "bun:test";
import { ManualClock } from "../../../../tests/helpers/clock.ts";
import { parseSymbol, type UnixMs } from "../../../core/mod.ts";
import type { AnsweredRows } from "../reading/judged-rows.ts";
import { type HistoryAsker, SharedHistory } from "./shared-history.ts";

const RANGE = { from: 0 as UnixMs, to: 60_000 as UnixMs };
const ending = new AbortController();
afterAll(() => ending.abort(new Error("the test is over")));

/** Who answers with the range that it was asked for, or fails as long as the test says. */
function asker(fails: () => string | undefined): HistoryAsker & { asked: number } {
  const made = {
    asked: 0,
    rowsOf: () => 1_000,
    klines: (_symbol: unknown, _interval: unknown, range: typeof RANGE): Promise<AnsweredRows> => {
      made.asked += 1;
      const reason = fails();
      if (reason !== undefined) return Promise.reject(new Error(reason));
      return Promise.resolve({ klines: [], refused: [], answered: range, mayComeSince: undefined } as never);
    },
  };
  return made;
}

test("peers are asked while another server spends, again where they aren't certain, and the exchange after some seconds", async () => {
  const clock = new ManualClock();
  let [spends, hasPeers, fault]: [boolean, boolean, string | undefined] = [false, true, undefined];
  const [exchange, peers] = [asker(() => undefined), asker(() => fault)];
  const history = new SharedHistory({ exchange, peers, spends: () => spends, hasPeers: () => hasPeers, clock });
  const ask = (): Promise<AnsweredRows> =>
    history.klines(parseSymbol("BTCUSDT"), "1m", RANGE, 0 as UnixMs, "repair", ending.signal);
  await ask();
  expect([peers.asked, exchange.asked]).toEqual([1, 0]);
  fault = "the upstream isn't certain of it yet";
  const waiting = ask();
  await clock.turn(2_000);
  expect(peers.asked).toBeGreaterThan(3);
  fault = undefined;
  await clock.turn(1_000);
  await waiting;
  expect([history.counts.peers, exchange.asked]).toEqual([2, 0]);
  fault = "the upstream isn't certain of it yet";
  const inVain = ask();
  await clock.turn(6_000);
  await inVain;
  expect(exchange.asked).toBe(1);
  hasPeers = false;
  const inNone = peers.asked;
  await ask();
  expect([peers.asked - inNone, exchange.asked]).toEqual([0, 2]);
  hasPeers = true;
  spends = true;
  fault = undefined;
  const before = peers.asked;
  await ask();
  expect([peers.asked - before, exchange.asked]).toEqual([0, 3]);
});

test("a server that gets the right to spend while it waits for peers asks the exchange at once", async () => {
  const clock = new ManualClock();
  let spends = false;
  const [exchange, peers] = [asker(() => undefined), asker(() => "not certain")];
  const history = new SharedHistory({ exchange, peers, spends: () => spends, hasPeers: () => true, clock });
  const waiting = history.klines(parseSymbol("BTCUSDT"), "1m", RANGE, 0 as UnixMs, "warm-up", ending.signal);
  await clock.turn(600);
  spends = true;
  await clock.turn(600);
  await waiting;
  expect(exchange.asked).toBe(1);
});
