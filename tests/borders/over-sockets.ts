// npm run borders: each member of each message with each nasty value, over real sockets, against a server of its own process.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KLINE_COLUMNS } from "../../src/core/mod.ts";
import { keyHash } from "../../src/server/mod.ts";
import type { KlinesAnswer } from "../../src/wire/mod.ts";
import { memoryOf, percentile } from "../attack/figures.ts";
import { bentJson } from "../helpers/bent-exchange.ts";
import { klineOfRow } from "../helpers/recorded.ts";
import { listening, startVyxProcess } from "../helpers/vyx-process.ts";
import { nastyCases } from "./nasty.ts";
import { startPassThrough } from "./pass-through.ts";

const KEY = "vyx_borders";
const SYMBOLS = 8;
/** Market seconds a second. */
const SPEED = 30;
const LIAR = "ETHUSDT";
const INTERVALS = ["1m", "5m", "1h"];
const CAPACITY = 200;
const LOOK_EVERY_MS = 20;
const TRUTH_EVERY_MS = 1_000;

/** A candle that closed so lately may still come, in market milliseconds. */
const GRACE_MS = 120_000;

type Members = Record<string, unknown>;
type Case = ReturnType<typeof nastyCases<string>>[number];

/** What is still to be told, by the message that it goes into. */
const cases = {
  kline: nastyCases([..."eEsk"].concat([..."tTsiochlvnxqVQ"].map((name) => `k.${name}`))),
  ticker: nastyCases([..."eEscohlvq"]),
  row: nastyCases([..."0123456789", "10", "11"]),
};
type Message = keyof typeof cases;
let phase: Message | undefined;
let answers = 0;
const next = (message: Message): Case | undefined => (phase === message ? cases[message].shift() : undefined);

const folder = mkdtempSync(join(tmpdir(), "vyx-borders-"));
const exchange = startVyxProcess(["exchange", "--port", "0", "--symbols", String(SYMBOLS), "--speed", String(SPEED)]);
const exchangeUrl = await listening(exchange);
const between = startPassThrough(exchangeUrl, {
  frame: ({ stream, data }) => {
    if (Array.isArray(data)) {
      const bent = (data as Members[]).map((ticker) => (ticker.s === LIAR ? bend(ticker, next("ticker")) : ticker));
      return { stream, data: bent };
    }
    const kline = data.k as Members | undefined;
    if (data.s !== LIAR || kline === undefined) return { stream, data };
    // While rows are bent the stream loses each close, so that REST has to be asked.
    if (phase === "row" && kline.x === true) return { result: null, id: 1 };
    return { stream, data: bend(data, next("kline")) };
  },
  rest: (path, query, body) => {
    if (phase !== "row" || path !== "/api/v3/klines" || query.get("symbol") !== LIAR) return body;
    answers += 1;
    // Every other answer is right: what is refused is asked for again.
    if (answers % 2 === 0) return body;
    return (body as unknown[][]).map((row, at) => {
      const nasty = at % 2 === 0 ? next("row") : undefined;
      return nasty === undefined ? row : row.with(Number(nasty.member), nasty.value);
    });
  },
});
const keys = [
  { name: "all", hash: keyHash(KEY), scopes: ["read", "admin"], rate: "600000/min", origins: [], createdAt: 0 },
];
writeFileSync(join(folder, "keys.json"), JSON.stringify({ version: 1, keys }), { mode: 0o600 });
const server = startVyxProcess([
  ...["serve", "--port", "0", "--symbols", "*", "--quote", "USDT", "--intervals", INTERVALS.join(",")],
  ...["--capacity", String(CAPACITY), "--audit-every", "2", "--weight-share", "100", "--log-level", "error"],
  ...["--data-dir", folder, "--keys-file", join(folder, "keys.json")],
  ...["--exchange-rest", between.url, "--exchange-ws", between.url.replace("http", "ws")],
]);
const url = await listening(server);
const headers = { "x-api-key": KEY, "content-type": "application/json" };
while (!(await fetch(`${url}/ready`)).ok) await Bun.sleep(100);

const lies = new Set<string>();
const worst: Record<string, number> = {};
const answeredMs: number[] = [];
let [mostBytes, isOver] = [0, false];
const looking = look();
const comparing = compare();

for (const message of Object.keys(cases) as Message[]) {
  const count = cases[message].length;
  phase = message;
  const until = Date.now() + 120_000;
  while (cases[message].length > 0 && Date.now() < until) {
    await Bun.sleep(100);
  }
  phase = undefined;
  await Bun.sleep(5_000);
  report(message, count - cases[message].length, count);
}
const imports = await importNasty();
report("import", imports, imports);
isOver = true;
await Promise.all([looking, comparing]);
server.kill("SIGTERM");
exchange.kill("SIGTERM");
await Promise.all([server.exited, exchange.exited, between.stop()]);
rmSync(folder, { recursive: true, force: true });
console.log(
  `${answeredMs.length} answers: p99 ${percentile(answeredMs, 99).toFixed(1)} ms, worst ${percentile(answeredMs, 100).toFixed(1)} ms; ` +
    `memory ${(mostBytes / 2 ** 20).toFixed(0)} MB at most; ${lies.size} lies`,
);
for (const lie of lies) console.log(lie);
process.exit(lies.size === 0 ? 0 : 1);

function bend(members: Members, nasty: Case | undefined): Members {
  if (nasty === undefined) return members;
  const [outer = "", inner] = nasty.member.split(".");
  const value = inner === undefined ? nasty.value : { ...(members[outer] as Members), [inner]: nasty.value };
  return { ...members, [outer]: value };
}

/** How long answers take meanwhile, and how much memory the server has. */
async function look(): Promise<void> {
  while (!isOver) {
    for (const path of ["/health", `/klines/${LIAR}/1m?limit=100`, "/tickers"]) {
      const began = performance.now();
      await (await fetch(`${url}${path}`, { headers })).arrayBuffer();
      const took = performance.now() - began;
      answeredMs.push(took);
      worst[phase ?? "calm"] = Math.max(worst[phase ?? "calm"] ?? 0, took);
    }
    mostBytes = Math.max(mostBytes, memoryOf(server.pid));
    await Bun.sleep(LOOK_EVERY_MS);
  }
}

/** Holds every closed candle that is served to what the exchange itself says, and `settled` to nothing missing. */
async function compare(): Promise<void> {
  const { symbols } = (await (await fetch(`${exchangeUrl}/api/v3/exchangeInfo`)).json()) as {
    symbols: { symbol: string }[];
  };
  while (!isOver) {
    for (const { symbol } of symbols) for (const interval of INTERVALS) await compareOne(symbol, interval);
    await Bun.sleep(TRUTH_EVERY_MS);
  }
}

async function compareOne(symbol: string, interval: string): Promise<void> {
  const response = await fetch(`${url}/klines/${symbol}/${interval}?limit=${CAPACITY}&closed=true`, { headers });
  if (!response.ok) return void lies.add(`${symbol} ${interval}: ${response.status} ${await response.text()}`);
  const { klines, settled } = (await response.json()) as KlinesAnswer;
  const asked = `${exchangeUrl}/api/v3/klines?symbol=${symbol}&interval=${interval}&limit=1000`;
  const { serverTime } = (await (await fetch(`${exchangeUrl}/api/v3/time`)).json()) as { serverTime: number };
  const rows = (await (await fetch(asked)).json()) as (number | string)[][];
  const truth = new Map(rows.map((row) => [Number(row[0]), klineOfRow(row.map(Number))]));
  const held = new Set(klines.map(({ openTime }) => openTime as number));
  for (const kline of klines) {
    const right = truth.get(kline.openTime);
    const wrong = right === undefined ? [] : KLINE_COLUMNS.filter((column) => kline[column] !== right[column]);
    const place = `${symbol} ${interval} ${kline.openTime}`;
    if (right === undefined && kline.openTime >= Number(rows[0]?.[0])) lies.add(`${place}: there is no such candle`);
    for (const column of wrong) lies.add(`${place} ${column}: ${kline[column]}, not ${right?.[column]}`);
  }
  if (!settled) return;
  for (const [openTime, { closeTime }] of truth) {
    if (openTime > Number(klines[0]?.openTime) && closeTime < serverTime - GRACE_MS && !held.has(openTime)) {
      lies.add(`${symbol} ${interval}: settled, and lacks ${openTime}`);
    }
  }
}

/** Every member of an import with every nasty value; how many were tried. None may be taken for a candle that isn't right. */
async function importNasty(): Promise<number> {
  const answer = await fetch(`${url}/klines/${LIAR}/1m?limit=20&closed=true`, { headers });
  const { klines } = (await answer.json()) as KlinesAnswer;
  const good = { symbol: LIAR, interval: "1m", klines };
  const bodies = [
    ...nastyCases(["symbol", "interval", "klines"]).map(({ member, value }) => ({ ...good, [member]: value })),
    ...nastyCases(Object.keys(klines[0] ?? {})).map(({ member, value }) => {
      return { ...good, klines: klines.with(10, { ...klines[10], [member]: value } as (typeof klines)[number]) };
    }),
  ];
  for (const body of bodies) {
    const began = performance.now();
    const response = await fetch(`${url}/import`, { method: "POST", headers, body: bentJson(body) });
    await response.arrayBuffer();
    worst.import = Math.max(worst.import ?? 0, performance.now() - began);
    if (response.status >= 500) lies.add(`/import answers ${response.status} to ${bentJson(body).slice(0, 200)}`);
  }
  await Bun.sleep(3_000);
  return bodies.length;
}

function report(message: string, tried: number, of: number): void {
  console.log(
    `${message}: ${tried} of ${of} told, slowest answer meanwhile ${(worst[message] ?? 0).toFixed(1)} ms, ${lies.size} lies so far`,
  );
}
