// Question: how long does a run of a trader take in the functions as Supabase hosts them, just after a close and again; and how
//           much memory and processor time does that take there, where 256 MB and 2 s are allowed?
// Input:    500 symbols × 2 intervals of made-up minutes, the market moving on by a minute between rounds; Deno; PostgreSQL.
// Rival:    the same functions with a key that may not screen: they read the klines and screen them, as they all did before.
// Budget:   200 ms at p95 for execute-trader just after a close; 256 MB.
import { readFileSync } from "node:fs";
import { closeTimeOf, type Kline, parseSymbol, type Symbol, type UnixMs } from "../src/core/mod.ts";
import { createServer, KeyRing, screenRoutes } from "../src/server/mod.ts";
import { MarketStore } from "../src/store/mod.ts";
import { openDatabase, TradersTable } from "../src/traders/mod.ts";
import { migratedOn } from "../tests/helpers/databases.ts";
import { startDenoFunctions } from "../tests/helpers/deno-functions.ts";
import { keyAccess, keyRecord } from "../tests/helpers/keys.ts";
import { hasPostgres, startPostgres } from "../tests/helpers/postgres.ts";
import { screensOf } from "../tests/helpers/screens.ts";
import { minuteKlines, rolledUp } from "../tests/helpers/truth.ts";
import { liveFeed } from "./lib/live-feed.ts";
import { mostMb } from "./lib/process-memory.ts";
import { sized } from "./lib/quick.ts";
import { machine, machineLoad, quantile, writeResult } from "./lib/results.ts";

const SYMBOLS = Number(process.argv[2] ?? sized(500, 20));
const CLOSES = Number(process.argv[3] ?? sized(40, 2));
const TRADERS = 10;
const WARM_UP_CLOSES = 3;
const BEFORE = 2_600;
const START = Date.UTC(2026, 1, 10);
const KEY = "service-key-of-the-bench";
const NAMES = ["execute-trader", "trigger-executions"] as const;
/** A tick of the processor time in /proc, in milliseconds. */
const TICK_MS = 10;

if (!hasPostgres) {
  console.error("function-runs: PostgreSQL is not installed here (Debian: postgresql)");
  process.exit(1);
}

const minutes = new Map<Symbol, Kline[]>();
for (let index = 0; index < SYMBOLS; index += 1) {
  const all = minuteKlines(START, BEFORE + WARM_UP_CLOSES + CLOSES, index + 1, () => false);
  minutes.set(parseSymbol(`S${index}USDT`), all);
}
const store = new MarketStore({ intervals: ["1m", "5m"], capacity: 500 });
const about = { base: "S", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 2 } as const;
store.apply({ type: "symbols", symbols: [...minutes.keys()].map((symbol) => ({ symbol, ...about })) });
for (const [symbol, all] of minutes) {
  for (const interval of store.intervals) {
    const before = rolledUp(interval, all.slice(0, BEFORE), START + BEFORE * 60_000);
    const klines = before.filter(({ closed }) => closed).slice(-store.capacity);
    const [from, to] = [klines[0]?.openTime as UnixMs, klines.at(-1)?.openTime as UnixMs];
    store.apply({ type: "history", symbol, interval, from, to, klines });
  }
}
const screens = screensOf(store);
const rate = "100000000/s";
const keys = [
  keyRecord("may-screen", { name: "may screen", scopes: ["read", "screen"], rate }),
  keyRecord("may-read", { name: "may read", scopes: ["read"], rate }),
];
const server = createServer({
  markets: [{ store, feed: liveFeed("simulated") }],
  clock: { now: () => Date.now() as UnixMs, sleep: (span) => Bun.sleep(span) },
  page: new Map(),
  version: "bench",
  hostname: "127.0.0.1",
  port: 0,
  access: keyAccess(new KeyRing(keys)),
  routes: screenRoutes(store, screens),
  onError: (_, cause) => console.error(cause),
});
const postgres = await startPostgres();

/** One way to run traders: a database of its own, and the functions in processes of their own. */
async function wayOf(apiKey: string) {
  const url = await postgres.createDatabase();
  await (await migratedOn(url)).end();
  const sql = openDatabase({ url, connections: 1 });
  const ids: string[] = [];
  for (let index = 0; index <= TRADERS; index += 1) {
    const code = `const close = candles("1m").close;
const bands = bollinger(close, 20, 2);
return { match: rsi(close, ${10 + index}).at(-1) < 35 && close.at(-1) < bands.lower.at(-1) && close.at(-1) < ema(candles("5m").close, 50).at(-1), facts: { close: close.at(-1) } };`;
    const when = { timeframes: ["1m", "5m"], triggerInterval: "1m", symbols: null, cooldownCandles: 0 } as const;
    // The first one is run by hand, the others by their closes.
    const what = { name: `trader ${index}`, description: "", enabled: index > 0, code };
    const lastClose = (START + BEFORE * 60_000 - 1) as UnixMs;
    ids.push((await new TradersTable(sql).create("bench", { ...what, ...when }, lastClose)).id);
  }
  await sql.end();
  const variables = { VYX_URL: server.url, VYX_API_KEY: apiKey, VYX_DATABASE_URL: url, VYX_SERVICE_KEY: KEY };
  return { functions: await startDenoFunctions(NAMES, variables), trader: ids[0] as string };
}
const ways = { there: await wayOf("may-screen"), here: await wayOf("may-read") };
type Way = keyof typeof ways;
const WAYS = Object.keys(ways) as Way[];
const KINDS = ["first", "again", "all"] as const;
const times = Object.fromEntries(WAYS.map((way) => [way, { first: [], again: [], all: [] }])) as unknown as Record<
  Way,
  Record<(typeof KINDS)[number], number[]>
>;
const processorMs: Record<Way, number[]> = { there: [], here: [] };
/** The same of this process, which is the server: it does nothing else meanwhile. */
const serverMs: Record<Way, number[]> = { there: [], here: [] };

interface Answer {
  readonly matches: readonly string[];
  readonly symbolsChecked: number;
  readonly executions: readonly { readonly status: string; readonly matches: readonly string[] }[];
}

async function call(way: Way, name: (typeof NAMES)[number], body: object): Promise<{ ms: number; answer: Answer }> {
  const began = performance.now();
  const headers = { authorization: `Bearer ${KEY}` };
  const response = await fetch(ways[way].functions.urlOf(name), {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${way} ${name}: ${response.status} ${text}`);
  return { ms: performance.now() - began, answer: JSON.parse(text) as Answer };
}

for (let close = -WARM_UP_CLOSES; close < CLOSES; close += 1) {
  const index = BEFORE + WARM_UP_CLOSES + close;
  let closeTime = 0 as UnixMs;
  for (const [symbol, all] of minutes) {
    const kline = all[index] as Kline;
    closeTime = closeTimeOf("1m", kline.openTime);
    store.apply({ type: "kline", symbol, interval: "1m", kline, eventTime: (closeTime + 1) as UnixMs });
  }
  const found: Record<Way, string[]> = { there: [], here: [] };
  // In turn, so that what else the machine does befalls both.
  for (const way of close % 2 === 0 ? WAYS : [...WAYS].reverse()) {
    const { functions, trader } = ways[way];
    const before = processorOf(functions.pidOf("execute-trader"));
    const serverBefore = process.cpuUsage();
    const first = await call(way, "execute-trader", { traderId: trader });
    const { user, system } = process.cpuUsage(serverBefore);
    const spent = processorOf(functions.pidOf("execute-trader")) - before;
    const again = await call(way, "execute-trader", { traderId: trader });
    const all = await call(way, "trigger-executions", { trigger: "close", interval: "1m", closeTime });
    const done = all.answer.executions.filter(({ status }) => status === "done").length;
    if (first.answer.symbolsChecked !== SYMBOLS || done !== TRADERS)
      throw new Error(`${way}: ${JSON.stringify(all.answer)}`);
    found[way] = [first.answer.matches, ...all.answer.executions.map((one) => one.matches)].map((one) =>
      [...one].sort().join(),
    );
    if (close < 0) continue;
    times[way].first.push(first.ms);
    times[way].again.push(again.ms);
    times[way].all.push(all.ms);
    processorMs[way].push(spent);
    serverMs[way].push((user + system) / 1_000);
  }
  if (found.there[0] !== found.here[0] || found.there.sort().join(";") !== found.here.sort().join(";")) {
    throw new Error(`they disagree at ${closeTime}: ${JSON.stringify(found)}`);
  }
  console.log(`close ${close}: ${WAYS.map((way) => `${way} ${times[way].first.at(-1)?.toFixed(0)} ms`).join(", ")}`);
}

const figures = (list: (way: Way) => readonly number[]): string =>
  WAYS.map((way) => [0.5, 0.95, 1].map((share) => quantile(list(way), share).toFixed(0)).join(" | ")).join(" | ");
writeResult(
  "function-runs",
  `Through Deno, the functions as Supabase hosts them, over ${SYMBOLS} symbols × 2 intervals; ${CLOSES} closes, both ways in turn, with the same
matches. "On the server": the function sends the filter by \`POST /screen\` and stores what comes back. "In the function": its key has
no scope \`screen\`, so it reads the klines and screens them. Server, functions and database share the machine. In milliseconds.

| | on the server: p50 | p95 | most | in the function: p50 | p95 | most |
| --- | --- | --- | --- | --- | --- | --- |
| execute-trader, the first run after a close | ${figures((way) => times[way].first)} |
| execute-trader, again | ${figures((way) => times[way].again)} |
| trigger-executions, ${TRADERS} traders | ${figures((way) => times[way].all)} |
| of the first run: processor time of the function | ${figures((way) => processorMs[way])} |
| of the first run: processor time of the server | ${figures((way) => serverMs[way])} |

| peak memory of the process, MB | on the server | in the function |
| --- | --- | --- |
${NAMES.map((name) => `| ${name} | ${WAYS.map((way) => mostMb(ways[way].functions.pidOf(name)).toFixed(0)).join(" | ")} |`).join("\n")}

${machine()}. ${machineLoad()}`,
  [
    {
      row: "execute-trader under Deno, first after a close, p95",
      figure: quantile(times.there.first, 0.95),
      rival: `${quantile(times.here.first, 0.95).toFixed(0)} ms in the function`,
    },
    {
      row: "memory of execute-trader under Deno",
      figure: mostMb(ways.there.functions.pidOf("execute-trader")),
      rival: `${mostMb(ways.here.functions.pidOf("execute-trader")).toFixed(0)} MB in the function`,
    },
  ],
);
await Promise.all(WAYS.map((way) => ways[way].functions.stop()));
screens.stop();
await Promise.all([postgres.stop(), server.stop()]);
process.exit(0);

/** Processor time that a process has used. Source: proc(5). */
function processorOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
