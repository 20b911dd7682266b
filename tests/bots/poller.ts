// The bots of one process: each asks for the candles of all symbols, one after another, and begins again when it is due. Says that it is
// ready, waits for a line, and prints what it saw.
import { createInterface } from "node:readline";
import ccxt from "ccxt";

/** What a process of bots is told, as JSON. */
export interface PollerTask {
  /** For ccxt, up to and with /api/v3. */
  readonly address: string;
  readonly bots: number;
  readonly seconds: number;
  /** How often a bot asks for all of its symbols. */
  readonly everySeconds: number;
  readonly limit: number;
  /** Whether all is over once the exchange has banned the bots. */
  readonly untilBanned: boolean;
}

/** What a process of bots saw, as JSON. */
export interface PollerReport {
  /** How long each good answer took, from the call of ccxt to the candles in hand, in milliseconds. */
  readonly ms: readonly number[];
  /** Good answers that had fewer candles than were asked for. */
  readonly short: number;
  /** By ccxt's name of the error. */
  readonly errors: Readonly<Record<string, number>>;
  /** How many rounds a bot was late for, because the one before wasn't over. */
  readonly lateRounds: number;
  readonly seconds: number;
  /** Requests that the exchange refused with 418, and seconds until the first. */
  readonly bans: number;
  readonly bannedAfterSeconds: number | undefined;
}

const task = JSON.parse(process.argv[2] ?? "") as PollerTask;
const options = { defaultType: "spot", fetchMarkets: { types: ["spot"] }, fetchCurrencies: false };
// The bots of many users have a limiter each; here one client stands for all of them, so it has none.
const client = new ccxt.binance({ options, enableRateLimit: false });
(client.urls.api as unknown as Record<string, string>).public = task.address;
const symbols = Object.keys(await client.loadMarkets());
console.log("ready");
for await (const _ of createInterface({ input: process.stdin })) break;

const ms: number[] = [];
const errors: Record<string, number> = {};
let [short, lateRounds, bans]: number[] = [0, 0, 0];
let bannedAfterSeconds: number | undefined;
const banned = Promise.withResolvers<void>();
const began = performance.now();
const end = began + task.seconds * 1_000;
await Promise.all(Array.from({ length: task.bots }, (_, place) => bot(place)));
const report: PollerReport = {
  ms,
  short: short as number,
  errors,
  lateRounds: lateRounds as number,
  seconds: (performance.now() - began) / 1_000,
  bans: bans as number,
  bannedAfterSeconds,
};
console.log(JSON.stringify(report));
process.exit(0);

/** Bots begin one after another, spread over a round. */
async function bot(place: number): Promise<void> {
  const everyMs = task.everySeconds * 1_000;
  for (let due = began + (everyMs * place) / task.bots; due < end; due += everyMs) {
    const wait = due - performance.now();
    if (wait > 0) await (task.untilBanned ? Promise.race([Bun.sleep(wait), banned.promise]) : Bun.sleep(wait));
    else if (wait < -everyMs) lateRounds = (lateRounds as number) + 1;
    for (const symbol of symbols) {
      if (performance.now() >= end || (task.untilBanned && bannedAfterSeconds !== undefined)) return;
      await ask(symbol);
    }
  }
}

async function ask(symbol: string): Promise<void> {
  const from = performance.now();
  try {
    const candles = await client.fetchOHLCV(symbol, "1m", undefined, task.limit);
    ms.push(performance.now() - from);
    if (candles.length < task.limit) short = (short as number) + 1;
  } catch (cause) {
    const { name, message } = cause as Error;
    errors[name] = (errors[name] ?? 0) + 1;
    if (!/418|banned/.test(message)) return;
    bans = (bans as number) + 1;
    bannedAfterSeconds ??= (performance.now() - began) / 1_000;
    banned.resolve();
  }
}
