import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { RunningVyx } from "../../src/cli/serve.ts";
import type { UnixMs } from "../../src/core/mod.ts";
import { keyHash } from "../../src/server/mod.ts";
import { catchUp } from "../helpers/catch-up.ts";
import { startOn, untilReady } from "../helpers/running-vyx.ts";
import { startTurnedExchange, type TurnedExchange } from "../helpers/turned-exchange.ts";
import { type Agent, startTraders, tokens, WAYS } from "./agent.ts";
import type { Truth } from "./task.ts";
import { TASKS } from "./tasks.ts";

const START = Date.UTC(2026, 1, 10, 12, 34, 17) as UnixMs;
const ALWAYS = 'return candles("1m").close.at(-1) > 0;';

/** What agents have to read before each conversation, and of an answer. */
const MOST_TOKENS = { lists: 3_000, answer: 4_000 } as const;
const MOST_TOOLS = 10;

let exchange: TurnedExchange;
let vyx: RunningVyx;
let trader: Truth["trader"];

beforeAll(async () => {
  exchange = startTurnedExchange({ symbols: 12, seed: 3, start: START });
  const apiKeys = `all:${keyHash("all")}:read,stream,screen,trade:100000/min`;
  vyx = await startOn(exchange, { intervals: "1m,5m,1h", apiKeys });
  await exchange.passDuring(untilReady(vyx));
  await startTraders(vyx, "all");
  trader = { id: (await post("/functions/v1/traders", aTrader())).id as string, name: aTrader().name };
  await exchange.passUntil(async () => {
    const { signals } = await get<{ signals: unknown[] }>(`/functions/v1/signals?traderId=${trader.id}&limit=50`);
    return signals.length >= 12;
  });
});
afterAll(async () => {
  await vyx?.stop();
  await exchange?.stop();
});

function aTrader() {
  return { name: "any close", code: ALWAYS, triggerInterval: "1m", enabled: true };
}

async function get<T>(path: string): Promise<T> {
  return (await (await fetch(`${vyx.url}${path}`, { headers: { "x-api-key": "all" } })).json()) as T;
}

async function post(path: string, body: object): Promise<Record<string, unknown>> {
  const headers = { "x-api-key": "all", "content-type": "application/json" };
  const answer = await fetch(`${vyx.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  const read = (await answer.json()) as Record<string, unknown>;
  if (!answer.ok) throw new Error(`${path}: ${JSON.stringify(read)}`);
  return (read.trader as Record<string, unknown> | undefined) ?? read;
}

describe.each(WAYS)("an agent over %s", (way, connect) => {
  let agent: Agent;
  beforeAll(async () => {
    agent = await connect(vyx.url, "all");
    await exchange.passUntil(async () => (await get<{ status: string }>("/health")).status === "ok");
    await catchUp(exchange, vyx, exchange.symbols, "all");
  });
  afterAll(() => agent?.close());

  test("reads little before it begins", async () => {
    const [{ tools }, resources] = [await agent.client.listTools(), await agent.client.listResources()];
    const lists = JSON.stringify(tools) + JSON.stringify(resources) + (agent.client.getInstructions() ?? "");
    expect(tools.length).toBeLessThanOrEqual(MOST_TOOLS);
    expect(tokens(lists)).toBeLessThanOrEqual(MOST_TOKENS.lists);
  });

  test.each(TASKS.map((one) => [one.question, one] as const))("%s", async (_question, { solve, check, calls }) => {
    Object.assign(agent.taken, { calls: 0, longest: 0 });
    const name = `draft over ${way}`;
    const found = await solve(agent, { name, trader });
    expect(agent.taken.calls).toBeLessThanOrEqual(calls);
    expect(agent.taken.longest).toBeLessThanOrEqual(MOST_TOKENS.answer);
    const klines: Truth["klines"] = (symbol, interval, from, to) => exchange.truth(symbol, from, to, interval);
    await check(found, { get, klines, now: () => exchange.now(), name, trader });
  });
});

test("there are at least thirty tasks, each of another question", () => {
  expect(new Set(TASKS.map(({ question }) => question)).size).toBe(TASKS.length);
  expect(TASKS.length).toBeGreaterThanOrEqual(30);
});
