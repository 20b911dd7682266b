import type { Aim } from "./aim.ts";
import { attackerKey, headersOf } from "./keys.ts";
import { lanes, note, type Outcomes } from "./lanes.ts";

/** Those who attack beside the first one. */
export const ACCOMPLICES: readonly string[] = ["functions-2", "functions-3", "functions-4"];

/** Traders of each attacker: their code fills a page of the list. */
const TRADERS = 12;

/** Calls of each attacker at a time. */
const CALLS = 8;

/** A client hangs up after this, in milliseconds: before most answers are there. */
const PATIENCE_MS = 60;

/** Several callers whose clients hang up on calls that need the traders' database. */
export async function abandonedCalls(aim: Aim): Promise<Outcomes> {
  const aims = [aim, ...ACCOMPLICES.map((name) => ({ ...aim, key: attackerKey(name) }))];
  const outcomes: Outcomes = {};
  const attack = async (one: Aim): Promise<void> => {
    const ids: string[] = [];
    for (let index = 0; index < TRADERS && !one.until.aborted; index += 1) ids.push(await make(one, index));
    const seen = await lanes(CALLS, one.until, (turn) => abandoned(one, turn, ids));
    for (const [outcome, count] of Object.entries(seen)) note(outcomes, outcome, count);
  };
  await Promise.all(aims.map(attack));
  return outcomes;
}

/** A trader that never runs, with the longest code that is taken. */
async function make({ url, key }: Aim, index: number): Promise<string> {
  const response = await fetch(`${url}/functions/v1/traders`, {
    method: "POST",
    headers: headersOf(key),
    body: JSON.stringify(trader(index)),
  });
  return ((await response.json()) as { id?: string }).id ?? "none";
}

async function abandoned({ url, key, until }: Aim, turn: number, ids: readonly string[]): Promise<string> {
  const id = ids[turn % ids.length];
  const calls: readonly (readonly [method: string, path: string, body?: object])[] = [
    ["GET", "traders?limit=500"],
    ["GET", "signals?limit=500&symbol=NONEUSDT"],
    ["PATCH", `traders/${id}`, { description: "x".repeat(1_000) }],
    ["GET", `traders/${id}`],
    ["POST", "traders", trader(turn)],
    ["DELETE", `traders/${id}`],
  ];
  // Deletions and new traders are few: a page of the list is to stay full.
  const [method, path, body] = calls[turn % 20 < 18 ? turn % 4 : 4 + (turn % 2)] as (typeof calls)[number];
  const response = await fetch(`${url}/functions/v1/${path}`, {
    method,
    headers: headersOf(key),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.any([until, AbortSignal.timeout(PATIENCE_MS)]),
  });
  await response.arrayBuffer();
  if (response.status === 429 || response.status === 503) await Bun.sleep(100);
  return String(response.status);
}

function trader(index: number): object {
  return {
    ...{ name: `abandoned ${index}`, description: "", enabled: false, code: `return false;//${"x".repeat(32_000)}` },
    ...{ timeframes: ["1m"], triggerInterval: "1m", symbols: null, cooldownCandles: 0 },
  };
}
