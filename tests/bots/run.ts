import { join } from "node:path";
import { listening, startVyxProcess } from "../helpers/vyx-process.ts";
import { countedExchange } from "./counted.ts";
import type { PollerReport, PollerTask } from "./poller.ts";

/** How large a run is. */
export interface BotsSize {
  readonly bots: number;
  readonly symbols: number;
  readonly seconds: number;
  /** How often a bot asks for the candles of all symbols. */
  readonly everySeconds: number;
  /** Processes that share the bots. */
  readonly processes: number;
  /** How long the exchange is asked directly afterwards, unless it bans the bots before. */
  readonly directSeconds: number;
  /** Of the exchange's weight in a minute, what somebody else has spent when it is asked directly: a slow machine doesn't get to all of it. */
  readonly spentBefore?: number;
}

/** What all bots saw together. */
export interface BotsSeen {
  readonly seconds: number;
  /** Requests that were due, that were answered well, and that the clients got to in a second. */
  readonly due: number;
  readonly good: number;
  readonly perSecond: number;
  readonly short: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly lateRounds: number;
  /** From the call of ccxt to the candles in hand, in milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly bans: number;
  readonly bannedAfterSeconds: number | undefined;
}

/** A run's figures. */
export interface BotsReport {
  readonly vyx: BotsSeen & {
    /** What the exchange was asked for while the bots asked the server. */
    readonly exchangeWeight: number;
    readonly exchangeRequests: Readonly<Record<string, number>>;
    /** Of one plain request each 100 ms, without a bot's own work in it, in milliseconds. */
    readonly plainP50Ms: number;
    readonly plainP99Ms: number;
  };
  readonly direct: BotsSeen;
}

const CANDLES = 500;
const POLLER = join(import.meta.dir, "poller.ts");
const PLAIN_EVERY_MS = 100;

/** Lets bots ask a server in Binance's place, and then the stand-in for Binance itself, at the same rate. */
export async function runBots(size: BotsSize, say: (line: string) => void): Promise<BotsReport> {
  const exchange = startVyxProcess(["exchange", "--port", "0", "--symbols", String(size.symbols)]);
  const url = await listening(exchange);
  const counted = countedExchange(url);
  const server = startVyxProcess([
    ...["serve", "--port", "0", "--data-dir", "none", "--symbols", "*", "--quote", "any", "--intervals", "1m"],
    ...["--exchange-rest", counted.url, "--exchange-ws", url.replace("http", "ws"), "--log-level", "error"],
    // The server's own audit, 12 weight a minute, would be counted as the bots'.
    ...["--audit-every", "86400"],
  ]);
  try {
    const vyx = await listening(server);
    while (!(await fetch(`${vyx}/ready`)).ok) await Bun.sleep(100);
    say("the server is warm");
    const address = `${vyx}/binance/api/v3`;
    const { symbols } = (await (await fetch(`${address}/exchangeInfo`)).json()) as { symbols: { symbol: string }[] };
    let plain: Promise<number[]> = Promise.resolve([]);
    const ending = new AbortController();
    const onStart = async (): Promise<void> => {
      counted.reset();
      plain = plainTimes(`${address}/klines?symbol=${symbols[0]?.symbol}&interval=1m&limit=${CANDLES}`, ending.signal);
    };
    const seen = await bots({ address, seconds: size.seconds, untilBanned: false }, size, onStart);
    ending.abort();
    const { requests, weight } = counted.figures();
    const times = (await plain).sort((a, b) => a - b);
    const figures = { exchangeWeight: weight, exchangeRequests: requests };
    const own = { ...seen, ...figures, plainP50Ms: at(times, 0.5), plainP99Ms: at(times, 0.99) };
    say(`through the server: ${JSON.stringify(own)}`);
    server.kill("SIGTERM");
    await server.exited;
    const direct = await bots({ address: `${url}/api/v3`, seconds: size.directSeconds, untilBanned: true }, size, () =>
      spend(`${url}/api/v3`, size.spentBefore ?? 0),
    );
    say(`directly: ${JSON.stringify(direct)}`);
    return { vyx: own, direct };
  } finally {
    for (const one of [server, exchange]) one.kill("SIGKILL");
    await Promise.all([server.exited, exchange.exited, counted.stop()]);
  }
}

/** Spends so much of the exchange's weight, early in a minute. */
async function spend(address: string, weight: number): Promise<void> {
  if (weight === 0) return;
  const ofMinute = Date.now() % 60_000;
  if (ofMinute > 30_000) await Bun.sleep(60_000 - ofMinute);
  for (let used = 0; used < weight; ) {
    const answers = await Promise.all(Array.from({ length: 10 }, () => fetch(`${address}/exchangeInfo`)));
    used = Math.max(...answers.map(({ headers }) => Number(headers.get("x-mbx-used-weight-1m"))));
  }
}

/** Starts the processes, lets them begin together, and puts together what they saw. */
async function bots(
  what: Pick<PollerTask, "address" | "seconds" | "untilBanned">,
  size: BotsSize,
  onStart: () => Promise<void>,
): Promise<BotsSeen> {
  const { processes, everySeconds } = size;
  const running = Array.from({ length: processes }, (_, place) => {
    const share = Math.floor((size.bots * (place + 1)) / processes) - Math.floor((size.bots * place) / processes);
    const task: PollerTask = { ...what, bots: share, everySeconds, limit: CANDLES };
    return Bun.spawn([process.execPath, "--no-orphans", POLLER, JSON.stringify(task)], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
  });
  try {
    const lines = running.map(({ stdout }) => linesOf(stdout));
    for (const one of lines) if ((await one.next()).value !== "ready") throw new Error("a process of bots ended early");
    await onStart();
    for (const { stdin } of running) {
      stdin.write("go\n");
      await stdin.flush();
    }
    const reports: PollerReport[] = [];
    for (const one of lines) reports.push(JSON.parse((await one.next()).value ?? "") as PollerReport);
    return together(reports, size);
  } finally {
    for (const one of running) one.kill("SIGKILL");
  }
}

function together(reports: readonly PollerReport[], size: BotsSize): BotsSeen {
  const times = reports.flatMap(({ ms }) => ms).sort((a, b) => a - b);
  const sum = (of: (report: PollerReport) => number): number => reports.reduce((all, one) => all + of(one), 0);
  const errors: Record<string, number> = {};
  for (const one of reports) {
    for (const [name, count] of Object.entries(one.errors)) errors[name] = (errors[name] ?? 0) + count;
  }
  const all = times.length + Object.values(errors).reduce((total, count) => total + count, 0);
  const seconds = Math.max(...reports.map((one) => one.seconds));
  const first = reports.flatMap(({ bannedAfterSeconds }) => bannedAfterSeconds ?? []);
  return {
    seconds: Math.round(seconds * 10) / 10,
    due: Math.round((size.bots * size.symbols * seconds) / size.everySeconds),
    good: times.length,
    perSecond: Math.round(all / seconds),
    short: sum(({ short }) => short),
    errors,
    lateRounds: sum(({ lateRounds }) => lateRounds),
    p50Ms: at(times, 0.5),
    p99Ms: at(times, 0.99),
    bans: sum(({ bans }) => bans),
    bannedAfterSeconds: first.length === 0 ? undefined : Math.min(...first),
  };
}

async function plainTimes(address: string, signal: AbortSignal): Promise<number[]> {
  const times: number[] = [];
  while (!signal.aborted) {
    const from = performance.now();
    const answer = await fetch(address);
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    times.push(performance.now() - from);
    await Bun.sleep(PLAIN_EVERY_MS);
  }
  return times;
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n")) {
      yield text.slice(0, end);
      text = text.slice(end + 1);
    }
  }
  return undefined;
}

/** The time that a share of all took at most; NaN without any. */
function at(sorted: readonly number[], share: number): number {
  const time = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return Math.round(time * 10) / 10;
}
