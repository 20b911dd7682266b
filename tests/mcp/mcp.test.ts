import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { RunningVyx } from "../../src/cli/serve.ts";
import type { UnixMs } from "../../src/core/mod.ts";
import { keyHash } from "../../src/server/mod.ts";
import { startOn, untilReady } from "../helpers/running-vyx.ts";
import { startTurnedExchange, type TurnedExchange } from "../helpers/turned-exchange.ts";
import { startTraders } from "./agent.ts";

const MAIN = join(import.meta.dir, "../../src/cli/main.ts");
const START = Date.UTC(2026, 1, 10, 12, 34, 17) as UnixMs;

/** What agents have to read before each conversation, and of an answer, in tokens of four bytes. */
const MOST_TOKENS = { tools: 3_000, answer: 4_000 } as const;

const KEYS = [
  ["all", "read,stream,screen,trade"],
  ["reader", "read"],
  ["slow", "read"],
] as const;

let exchange: TurnedExchange;
let vyx: RunningVyx;

beforeAll(async () => {
  exchange = startTurnedExchange({ symbols: 6, seed: 3, start: START });
  const apiKeys = KEYS.map(
    ([name, scopes]) => `${name}:${keyHash(name)}:${scopes}:${name === "slow" ? "3/h" : "100000/min"}`,
  ).join(";");
  vyx = await startOn(exchange, { intervals: "1m,5m,1h", apiKeys });
  await exchange.passDuring(untilReady(vyx));
  await startTraders(vyx, "all");
  await exchange.passUntil(async () => (await (await get("/tickers")).json()).count === 6);
});
afterAll(async () => {
  await vyx?.stop();
  await exchange?.stop();
});

function get(path: string): Promise<Response> {
  return fetch(`${vyx.url}${path}`, { headers: { "x-api-key": "all" } });
}

async function overHttp(key: string): Promise<Client> {
  const client = new Client({ name: "test", version: "1" });
  const requestInit = { headers: { authorization: `Bearer ${key}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${vyx.url}/mcp`), { requestInit }) as never);
  return client;
}

async function overStdio(key: string): Promise<Client> {
  const client = new Client({ name: "test", version: "1" });
  const environment = { PATH: process.env.PATH ?? "", VYX_API_KEY: key };
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [MAIN, "mcp", "--url", vyx.url], env: environment }),
  );
  return client;
}

interface Answer {
  readonly text: string;
  readonly isError: boolean;
  /** What stands behind the summary. */
  readonly data: Readonly<Record<string, unknown>> & { readonly rows?: readonly unknown[][] };
}

async function call(client: Client, name: string, given: Record<string, unknown> = {}): Promise<Answer> {
  const { content, isError = false } = (await client.callTool({ name, arguments: given })) as {
    content: { text: string }[];
    isError?: boolean;
  };
  const text = content[0]?.text ?? "";
  expect(Buffer.byteLength(text) / 4).toBeLessThanOrEqual(MOST_TOKENS.answer);
  const at = text.indexOf("\n");
  return { text, isError, data: isError ? {} : JSON.parse(text.slice(at + 1)) };
}

const RSI = 'const r = rsi(candles("5m").close, 14); return {match: r.at(-1) < 101, facts: {rsi: r.at(-1)}};';

describe.each([
  ["streamable HTTP", overHttp],
  ["stdio", overStdio],
])("an agent over %s", (_name, connect) => {
  let agent: Client;
  beforeAll(async () => {
    agent = await connect("all");
    // The market stood still for a while.
    await exchange.passUntil(async () => (await (await get("/health")).json()).status === "ok");
  });
  afterAll(() => agent?.close());

  test("reads few tools, each with a schema and whether it changes anything", async () => {
    const { tools } = await agent.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      ...["markets", "candles", "coverage", "indicators", "screen", "check_filter", "explain", "backtest", "traders"],
      "outcomes",
    ]);
    expect(JSON.stringify(tools).length / 4).toBeLessThanOrEqual(MOST_TOKENS.tools);
    expect(tools.filter(({ annotations }) => annotations?.readOnlyHint !== true).map(({ name }) => name)).toEqual([
      "traders",
    ]);
  });

  test("finds out what there is, and reads candles as the server has them", async () => {
    const markets = await call(agent, "markets", { limit: 3 });
    expect(markets.text).toContain("binance, simulated prices, all current. 6 symbols, 3 shown.");
    const [[symbol] = []] = markets.data.rows ?? [];
    const candles = await call(agent, "candles", { symbol, interval: "5m", limit: 10 });
    const served = (await (await get(`/klines/${symbol}/5m?limit=10&closed=true`)).json()) as {
      klines: Record<string, number>[];
    };
    expect(candles.data.rows).toEqual(
      served.klines.map(({ openTime, open, high, low, close, volume }) => [openTime, open, high, low, close, volume]),
    );
    expect(candles.text).toContain("complete and settled");
    const day = await call(agent, "candles", { symbol, interval: "1m", limit: 500 });
    expect(day.text).toMatch(/Only the last \d+ of 500 rows are here/);
    const range = { startTime: "2026-02-10T12:00:00Z", endTime: "2026-02-10T12:04:00Z" };
    expect((await call(agent, "candles", { symbol, interval: "1m", ...range })).data.rows).toHaveLength(5);
    expect((await call(agent, "coverage", { symbol, interval: "1m" })).text).toMatch(/none in doubt, live\./);
  });

  test("computes indicators, screens, and checks a filter before it recommends it", async () => {
    const [[symbol] = []] = (await call(agent, "markets", { limit: 1 })).data.rows ?? [];
    const expressions = ["rsi(close, 14)", "sma(close, 3)", "atr(c, 14)"];
    const values = await call(agent, "indicators", { symbol, interval: "5m", expressions, last: 2 });
    const closes = ((await call(agent, "candles", { symbol, interval: "5m", limit: 4 })).data.rows ?? []).map((row) =>
      Number(row[4]),
    );
    const [before, now] = (values.data.values as Record<string, number[]>)["sma(close, 3)"] ?? [];
    const mean = (from: number): number => closes.slice(from, from + 3).reduce((sum, close) => sum + close, 0) / 3;
    expect([before, now].map((value) => value?.toFixed(6))).toEqual(
      [mean(0), mean(1)].map((value) => value.toFixed(6)),
    );
    const screened = await call(agent, "screen", { code: RSI });
    expect(screened.text).toStartWith("6 of 6 symbols match");
    expect(screened.data.rows?.[0]?.[2]).toEqual({ rsi: expect.any(Number) });
    const why = await call(agent, "explain", { code: RSI, symbol });
    expect(why.text).toMatch(/matched at the 5m close of 2026-02-10T/);
    expect(why.data.rows).toEqual([
      [1, "r.at(-1) < 101", true, expect.stringMatching(/^r\.at\(-1\) = \d/), expect.any(Number)],
    ]);
    const never = RSI.replace("< 101", "> 101");
    expect((await call(agent, "explain", { code: never, symbol })).text).toMatch(/didn't match .*Not true: r\.at/);
    const good = await call(agent, "check_filter", { code: RSI, closes: 20 });
    expect(good.text).toMatch(/^the filter is valid, and matched 120 times at 20 closes of 5m\./);
    const bad = await call(agent, "check_filter", { code: 'return rsi(candles("5m").close) < 30;' });
    expect(bad.text).toStartWith("the filter can't run: ");
    expect(bad.data.errors).toMatchObject([{ line: 1 }]);
  });

  test("finds out what a filter's signals were worth, beside the baseline", async () => {
    const from = START - 6 * 3_600_000;
    const tested = await call(agent, "backtest", { code: RSI, from, cooldownCandles: 3, universe: ["BTCUSDT"] });
    expect(tested.text).toMatch(/^\d+ signals at \d+ closes of 5m of 1 symbol \(binance\)/);
    // A window of 5m candles reaches further back than what this server keeps.
    expect(tested.text).toMatch(/Not one close could be checked. Note: skipped 7\d times because the history here/);
    expect(tested.data.rows?.map(([candles, of]) => `${candles} ${of}`)).toEqual(
      [1, 4, 16, 96].flatMap((candles) => [`${candles} signals`, `${candles} baseline`]),
    );
    const top = await call(agent, "backtest", { code: RSI, from, universe: "top:10:1" });
    expect([top.text, top.isError]).toEqual([expect.stringMatching(/^\d+ signals? at \d+ closes of 5m/), false]);
    for (const universe of ["top:10", "BTCUSDT", { top: 10 }]) {
      const odd = await call(agent, "backtest", { code: RSI, from, universe });
      expect([odd.text, odd.isError]).toEqual([expect.stringContaining('{"top":50,"days":30}'), true]);
    }
    const wrong = await call(agent, "backtest", { code: RSI, from: "yesterday" });
    expect(wrong).toMatchObject({ isError: true, text: expect.stringContaining("from") });
  });

  test("saves a trader as a draft, and finds it again", async () => {
    const draft = { action: "draft", name: `draft of ${_name}`, code: RSI, interval: "5m" };
    const saved = await call(agent, "traders", draft);
    expect(saved.text).toStartWith(`saved as a draft, switched off: draft of ${_name}.`);
    const read = await call(agent, "traders", { action: "read", id: saved.data.id });
    expect(read.data).toMatchObject({ name: draft.name, enabled: false, triggerInterval: "5m" });
    expect((await call(agent, "traders", { action: "list" })).data.rows?.map(([, name]) => name)).toContain(draft.name);
    expect((await call(agent, "traders", { action: "signals" })).text).toStartWith("0 signals");
  });

  test("learns what became of a trader's live signals, beside the baseline", async () => {
    const { traders } = (await (await get("/functions/v1/traders")).json()) as { traders: { id: string }[] };
    const traderId = traders[0]?.id ?? "";
    await exchange.passUntil(async () => (await (await get("/closes")).json()).intervals["5m"] !== undefined);
    const none = await call(agent, "outcomes", { traderId });
    expect(none.text).toStartWith(
      "version 1: 0 live signals at 0 closes of 5m (binance). After 1 candle: no edge seen: ",
    );
    expect(none.data.notes).toEqual(["the version has run at no close that is still known"]);
    expect(none.data.rows?.map(([candles, of]) => `${candles} ${of}`)).toEqual(
      [1, 4, 16, 96].flatMap((candles) => [`${candles} signals`, `${candles} baseline`]),
    );
    const versions = await call(agent, "outcomes", { traderId, of: "versions" });
    expect(versions.data.rows).toEqual([[1, expect.any(String), 0, "5m", 0, RSI]]);
    expect((await call(agent, "outcomes", { traderId, of: "signals" })).text).toStartWith("0 signals");
    const absent = await call(agent, "outcomes", { traderId, version: 7 });
    expect(absent).toMatchObject({ isError: true, text: expect.stringContaining("has no version 7") });
  });

  test("is told what is wrong, in words that help", async () => {
    const cases: [string, Record<string, unknown>, RegExp][] = [
      ["candles", { symbol: "BTCUSDX", interval: "5m" }, /BTCUSDX is not followed here/],
      ["candles", { symbol: "BTCUSDT", interval: "7m" }, /expected one of 1s, 1m/],
      ["candles", { symbol: "BTCUSDT", interval: "5m", limt: 5 }, /limt/],
      ["candles", { symbol: "BTCUSDT", interval: "5m", startTime: "yesterday" }, /not a moment/],
      ["indicators", { symbol: "BTCUSDT", interval: "5m", expressions: ["rsi(close, 0)"] }, /rsi/],
      ["indicators", { symbol: "*", interval: "5m", expressions: ["close"] }, /expected one symbol/],
      ["traders", { action: "draft", name: "x" }, /code is missing/],
      ["traders", { action: "read", id: "nothing" }, /./],
    ];
    for (const [name, given, words] of cases) {
      const { text, isError } = await call(agent, name, given);
      expect([name, text, isError]).toEqual([name, expect.stringMatching(words), true]);
    }
    await expect(agent.callTool({ name: "none", arguments: {} })).rejects.toThrow("expected one of markets, candles");
  });

  test("reads how filters are written, worked ones, and the words", async () => {
    const { resources } = await agent.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual([
      "vyx://filter-contract",
      "vyx://worked-filters",
      "vyx://glossary",
    ]);
    for (const { uri } of resources) {
      const { contents } = await agent.readResource({ uri });
      const { text } = contents[0] as { text: string };
      expect(text.length).toBeGreaterThan(500);
      if (uri === "vyx://filter-contract") expect(text).toMatch(/- ema\(column, period = 20\)\n[\s\S]*- rsi\(/);
    }
    await expect(agent.readResource({ uri: "vyx://none" })).rejects.toThrow("expected one of vyx://filter-contract");
  });
});

test("over stdio, all that was asked before the end is answered, and a line that is no message, too", async () => {
  const { symbols } = exchange;
  const asked = [
    ["initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "pipe", version: "1" } }],
    ["tools/list", {}],
    ["tools/call", { name: "markets", arguments: {} }],
    ["tools/call", { name: "candles", arguments: { symbol: symbols[0], interval: "1m" } }],
    ["tools/call", { name: "screen", arguments: { code: RSI } }],
    ["tools/call", { name: "check_filter", arguments: { code: RSI } }],
    ["resources/read", { uri: "vyx://glossary" }],
  ].map(([method, params], at) => JSON.stringify({ jsonrpc: "2.0", id: at + 1, method, params }));
  const [first = "", ...others] = asked;
  // The last line has no end.
  const lines = [first, "garbage", '{"id":9}', ...others].join("\n");
  const agent = Bun.spawn([process.execPath, MAIN, "mcp", "--url", vyx.url], {
    env: { PATH: process.env.PATH ?? "", VYX_API_KEY: "all" },
    stdin: new Blob([lines]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([
    new Response(agent.stdout).text(),
    new Response(agent.stderr).text(),
    agent.exited,
  ]);
  const answers = out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: number | null; result?: { isError?: boolean }; error?: { code: number } });
  expect([code, err]).toEqual([0, ""]);
  const answered = answers.filter(({ result }) => result !== undefined && result.isError !== true);
  expect(answered.map(({ id }) => id).toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  const problems = answers.filter(({ error }) => error !== undefined);
  expect(problems).toMatchObject([
    { id: null, error: { code: -32_700, message: expect.stringContaining("expected one JSON-RPC message") } },
    { id: null, error: { code: -32_600, message: expect.stringContaining("no JSON-RPC message") } },
  ]);
});

test("an agent has the rights and the rate of its key", async () => {
  const reader = await overHttp("reader");
  expect((await call(reader, "candles", { symbol: exchange.symbols[0], interval: "1m" })).isError).toBe(false);
  for (const [name, given] of [
    ["screen", { code: RSI }],
    ["traders", { action: "list" }],
    ["traders", { action: "draft", name: "x", code: RSI, interval: "5m" }],
  ] as const) {
    expect(await call(reader, name, given)).toMatchObject({ isError: true, text: expect.stringContaining("scope") });
  }
  await reader.close();
  const none = fetch(`${vyx.url}/mcp`, { method: "POST", body: "{}" });
  expect((await none).status).toBe(401);
  await expect(overHttp("wrong")).rejects.toThrow("401");
  const slow = await overHttp("slow");
  await expect(call(slow, "candles", { symbol: exchange.symbols[0], interval: "1m" })).rejects.toThrow("429");
  await slow.close().catch(() => {});
});

test("the documentation's curl calls a tool", async () => {
  const page = readFileSync(join(import.meta.dir, "../../docs/agents.md"), "utf8");
  const [, command = "false"] = /^<!-- run by tests\/mcp\/mcp.test.ts -->\n```sh\n([\s\S]*?)^```/m.exec(page) ?? [];
  const curl = Bun.spawn(["sh", "-ec", command], {
    env: { PATH: process.env.PATH ?? "", VYX_URL: vyx.url, VYX_API_KEY: "all" },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([new Response(curl.stdout).text(), new Response(curl.stderr).text()]);
  expect([await curl.exited, err]).toEqual([0, ""]);
  expect(JSON.parse(out).result.content[0].text).toContain("6 symbols, 3 shown.");
});

test.each([
  "{half",
  "null",
  "[]",
  JSON.stringify([{ jsonrpc: "2.0", id: 1, method: "tools/list" }]),
  '{"jsonrpc":"2.0"}',
  "",
])("a body that is no message is refused: %s", async (body) => {
  const headers = {
    "x-api-key": "all",
    accept: "application/json, text/event-stream",
    "content-type": "application/json",
  };
  const answer = await fetch(`${vyx.url}/mcp`, { method: "POST", headers, body });
  expect(answer.status).toBe(400);
  expect((await answer.text()).length).toBeGreaterThan(20);
});
