import { afterAll, beforeAll, expect, test } from "bun:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import fc from "fast-check";
import type { RunningVyx } from "../../src/cli/serve.ts";
import type { UnixMs } from "../../src/core/mod.ts";
import { createMcpServer, TOOLS } from "../../src/mcp/server.ts";
import { keyHash } from "../../src/server/mod.ts";
import { startOn, untilReady } from "../helpers/running-vyx.ts";
import { startTurnedExchange, type TurnedExchange } from "../helpers/turned-exchange.ts";
import { startTraders, tokens } from "./agent.ts";

const START = Date.UTC(2026, 1, 10, 12, 34, 17) as UnixMs;
const CALLS = Number(process.env.MCP_CALLS ?? 400);

/** What a tool may be asked by a key that only reads, of methods other than GET: they compute, and keep nothing. */
const COMPUTES = /^POST \/(screen|preview|explain|misses|outcomes|backtest|functions\/v1\/traders\/validate)$/;

const CODE = 'return candles("5m").close.at(-1) > 0;';

let exchange: TurnedExchange;
let vyx: RunningVyx;
let trader: string;

beforeAll(async () => {
  exchange = startTurnedExchange({ symbols: 4, seed: 3, start: START });
  const keys = { owner: "read,screen,trade", reader: "read", screener: "read,screen" };
  const apiKeys = Object.entries(keys).map(([name, scopes]) => `${name}:${keyHash(name)}:${scopes}:1000000/min`);
  vyx = await startOn(exchange, { intervals: "1m,5m", apiKeys: apiKeys.join(";") });
  await exchange.passDuring(untilReady(vyx));
  const made = { name: "mine", code: CODE, triggerInterval: "5m", enabled: false };
  const headers = { "x-api-key": "owner", "content-type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify(made) };
  await startTraders(vyx, "owner");
  const answer = await fetch(`${vyx.url}/functions/v1/traders`, init);
  trader = ((await answer.json()) as { id: string }).id;
  expect(trader).toMatch(/^[0-9a-f-]{36}$/);
});
afterAll(async () => {
  await vyx?.stop();
  await exchange?.stop();
});

/** All that a user's key can change, and the market's klines; whether they are complete is the feed's, which may still be looking. */
async function state(): Promise<unknown[]> {
  const paths = ["/functions/v1/traders?limit=100", "/functions/v1/signals?limit=100", "/klines/BTCUSDT/5m?limit=400"];
  const answers = paths.map(async (path) => {
    const response = await fetch(`${vyx.url}${path}`, { headers: { "x-api-key": "owner" } });
    return (await response.json()) as { readonly klines?: unknown };
  });
  return (await Promise.all(answers)).map((answer) => answer.klines ?? answer);
}

/** Arguments that an agent may come up with: right ones, others of the right type, and none of that. */
function argumentsFor(id: string): fc.Arbitrary<Record<string, unknown>> {
  const names = fc.constantFrom(
    ...["symbol", "symbols", "interval", "code", "action", "id", "name", "enabled", "limit"],
  );
  const more = fc.constantFrom(...["closes", "expressions", "from", "to", "traderId", "search", "sort", "universe"]);
  const value = fc.oneof(
    fc.constantFrom<unknown>("BTCUSDT", "5m", "1m", CODE, "draft", "list", "read", "signals", "delete", "enable"),
    fc.constantFrom<unknown>(id, "../keys", "*", true, false, null, 0, 1, -1, 10, 1e9, Number.MAX_VALUE),
    fc.constantFrom<unknown>(["BTCUSDT"], ["rsi(close, 14)"], [], {}, START, "2026-02-10T12:00:00Z", "all"),
    fc.string({ maxLength: 20 }),
  );
  const right = fc.constantFrom<Record<string, unknown>>(
    { action: "draft", name: "x", code: CODE, interval: "5m" },
    { action: "draft", name: "x", code: CODE, interval: "5m", symbols: ["BTCUSDT"] },
    { action: "read", id },
    { symbol: "BTCUSDT", interval: "5m" },
    { code: CODE },
    { code: CODE, symbol: "BTCUSDT", traderId: id },
    { code: CODE, from: "2026-02-10T12:00:00Z" },
  );
  return fc.tuple(right, fc.dictionary(fc.oneof(names, more), value, { maxKeys: 4 })).map(([a, b]) => ({ ...a, ...b }));
}

test.each(["reader", "screener"])("the key of a %s changes nothing, whatever an agent asks with it", async (key) => {
  const asked: { readonly what: string; readonly status: number }[] = [];
  const spy: typeof fetch = Object.assign(
    async (input: Parameters<typeof fetch>[0], init?: Parameters<typeof fetch>[1]) => {
      const answer = await fetch(input, init);
      const { pathname } = new URL(input instanceof Request ? input.url : String(input));
      asked.push({ what: `${init?.method ?? "GET"} ${pathname}`, status: answer.status });
      return answer;
    },
    { preconnect: fetch.preconnect },
  );
  const server = createMcpServer({ url: vyx.url, apiKey: key, maxTries: 1, fetch: spy }, "test");
  const [here, there] = InMemoryTransport.createLinkedPair();
  const agent = new Client({ name: "test", version: "1" });
  await Promise.all([server.connect(there), agent.connect(here)]);
  const before = await state();
  const outcomes = { good: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...TOOLS.map(({ name }) => name)), argumentsFor(trader), async (name, given) => {
      const answer = (await agent.callTool({ name, arguments: given })) as {
        content: { text: string }[];
        isError?: boolean;
      };
      const text = answer.content[0]?.text ?? "";
      expect(tokens(text)).toBeLessThanOrEqual(4_000);
      expect(text.length).toBeGreaterThan(5);
      outcomes[answer.isError === true ? "refused" : "good"] += 1;
    }),
    {
      numRuns: CALLS,
      // Chance may come up with none that the server is asked for.
      examples: [
        ["traders", { action: "draft", name: "x", code: CODE, interval: "5m" }],
        ["traders", { action: "read", id: trader }],
        ["markets", {}],
        ["candles", { symbol: "BTCUSDT", interval: "5m" }],
        ["explain", { symbol: "BTCUSDT", code: CODE, traderId: trader }],
        ["backtest", { code: CODE, from: "2026-02-10T12:00:00Z" }],
      ],
    },
  );
  expect(await state()).toEqual(before);
  const changing = asked.filter(({ what }) => !what.startsWith("GET ") && !COMPUTES.test(what));
  expect(changing.every(({ status }) => status === 403)).toBe(true);
  // The test would prove nothing if nothing had been tried.
  expect(changing.length).toBeGreaterThan(0);
  expect(outcomes.good).toBeGreaterThan(0);
  expect(outcomes.refused).toBeGreaterThan(0);
  await agent.close();
});
