import { afterEach, expect, test } from "bun:test";
import * as v from "valibot";
import { type ServedMarket, serveMarket } from "../../tests/helpers/served-market.ts";
import { json } from "./answer.ts";
import { PARSED_AT_ONCE_BYTES } from "./body.ts";
import { functionRoutes } from "./function-routes.ts";
import { LOOP_SLICE_MS } from "./loop-turns.ts";
import { route } from "./route.ts";

/** What a check of a body takes, by the test's stopwatch. */
const CHECK_MS = 2;

let market: ServedMarket;
let isOver = false;
afterEach(async () => {
  isOver = true;
  await market.server.stop();
});

/** A server that notes in which turn of the event loop each body is checked. */
function serve(): { checkedIn: number[] } {
  let [at, turn] = [0, 0];
  isOver = false;
  const nextTurn = (): void => {
    turn += 1;
    if (!isOver) setImmediate(nextTurn);
  };
  nextTurn();
  const checkedIn: number[] = [];
  const check = (): boolean => {
    at += CHECK_MS;
    checkedIn.push(turn);
    return true;
  };
  const large = route({
    ...{ method: "POST", path: "/large", says: "", scope: undefined, parameters: {}, answers: {} },
    body: v.pipe(v.object({ text: v.string() }), v.check(check)),
    handle: () => json({}),
  });
  const functions = functionRoutes(
    async (_name, request, caller) => {
      const bytes = (await request.arrayBuffer()).byteLength;
      await caller?.inTurn?.(bytes, check);
      return new Response("{}");
    },
    () => 1,
  );
  market = serveMarket({ with: { routes: [large, ...functions], stopwatch: () => at } });
  return { checkedIn };
}

async function post(path: string, bytes: number, count: number): Promise<number[]> {
  const body = JSON.stringify({ text: "x".repeat(bytes) });
  const one = async (): Promise<number> => {
    const answer = await fetch(market.server.url + path, { method: "POST", body });
    await answer.arrayBuffer();
    return answer.status;
  };
  return await Promise.all(Array.from({ length: count }, one));
}

/** The most bodies that were checked in one turn of the event loop. */
function mostAtOnce(checkedIn: readonly number[]): number {
  return Math.max(...checkedIn.map((turn) => checkedIn.filter((other) => other === turn).length));
}

for (const path of ["/large", "/functions/v1/traders"]) {
  test(`large bodies that come at once are checked a slice at a time: ${path}`, async () => {
    const { checkedIn } = serve();
    expect(await post(path, PARSED_AT_ONCE_BYTES, 16)).toEqual(Array(16).fill(200));
    expect(checkedIn).toHaveLength(16);
    expect(mostAtOnce(checkedIn)).toBeLessThanOrEqual(Math.ceil(LOOP_SLICE_MS / CHECK_MS));
  });
}

test("what is wrong with a large body is said as with a small one", async () => {
  serve();
  const statusOf = async (body: string): Promise<[number, string]> => {
    const answer = await fetch(`${market.server.url}/large`, { method: "POST", body });
    return [answer.status, ((await answer.json()) as { detail: string }).detail];
  };
  const padding = " ".repeat(PARSED_AT_ONCE_BYTES);
  for (const wrong of ['{"text":1}', "{text}", "[]"]) {
    const small = await statusOf(wrong);
    expect(small[0]).toBe(400);
    expect(await statusOf(padding + wrong)).toEqual(small);
  }
});
