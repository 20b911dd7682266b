import { afterEach, beforeEach, expect, test } from "bun:test";
import { keyAccess, keyRecord } from "../../tests/helpers/keys.ts";
import { type ServedMarket, serveMarket } from "../../tests/helpers/served-market.ts";
import type { OutcomeOptions } from "../traders/mod.ts";
import { emptyOutcome, type FollowedSignal, SIGNAL_HORIZONS } from "../wire/mod.ts";
import { KeyRing } from "./keys/key-ring.ts";
import { outcomeRoutes } from "./outcome-routes.ts";

const SIGNAL = { symbol: "btcusdt", interval: "1h", closeTime: "2026-02-10T00:59:59.999Z", price: 64_000 };

let market: ServedMarket;
let asked: (readonly FollowedSignal[])[];
let minutes: number;
beforeEach(() => {
  [asked, minutes] = [[], 0];
  const outcomes = async (signals: readonly FollowedSignal[], { onMinutes }: OutcomeOptions = {}) => {
    asked.push(signals);
    if (minutes > 0) onMinutes?.(minutes);
    return signals.map(() => SIGNAL_HORIZONS.map((horizon) => emptyOutcome(horizon, "pending")));
  };
  const keys = [
    keyRecord("k", { scopes: ["screen"], rate: "100/h" }),
    keyRecord("reader", { scopes: ["read"], name: "reader" }),
  ];
  market = serveMarket({ with: { access: keyAccess(new KeyRing(keys)), routes: outcomeRoutes({ outcomes }) } });
});
afterEach(() => market.server.stop());

const post = (body: unknown, key = "k"): Promise<Response> =>
  fetch(`${market.server.url}/outcomes`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
const left = (response: Response): number => Number(response.headers.get("ratelimit-remaining"));

test("the outcomes of signals come in the request's order, and cost a token for 25 of them", async () => {
  const one = await post({ signals: [SIGNAL] });
  expect(await one.json()).toEqual({
    outcomes: [[1, 4, 16, 96].map((horizon) => emptyOutcome(horizon, "pending"))],
  });
  expect(asked[0]).toEqual([{ ...SIGNAL, symbol: "BTCUSDT", closeTime: Date.UTC(2026, 1, 10, 1) - 1 }] as never);
  const many = await post({ signals: Array(500).fill(SIGNAL) });
  expect(((await many.json()) as { outcomes: unknown[] }).outcomes).toHaveLength(500);
  expect(left(one) - left(many)).toBe(20);
});

test("minutes of the history cost tokens, and who can't pay gets 429", async () => {
  minutes = 100_000;
  const before = left(await post({ signals: [] }));
  const paid = await post({ signals: [SIGNAL] });
  expect([paid.status, before - left(paid)]).toEqual([200, 11]);
  minutes = 10_000_000;
  expect((await post({ signals: [SIGNAL] })).status).toBe(429);
});

test("what is wrong with a signal is said, and a key without the scope screen gets none", async () => {
  const cases: [unknown, string][] = [
    [{ signals: Array(501).fill(SIGNAL) }, "expected at most 500 signals"],
    [{ signals: [{ ...SIGNAL, interval: "1s" }] }, "1m or longer"],
    [{ signals: [{ ...SIGNAL, price: 0 }] }, "expected a price above 0"],
    [{ signals: [{ ...SIGNAL, closeTime: "yesterday" }] }, "closeTime"],
    [{}, "signals"],
  ];
  for (const [body, says] of cases) {
    const response = await post(body);
    expect([response.status, ((await response.json()) as { detail: string }).detail]).toEqual([
      400,
      expect.stringContaining(says),
    ]);
  }
  expect((await post({ signals: [SIGNAL] }, "reader")).status).toBe(403);
  expect(asked).toEqual([]);
});
