import { expect, test } from "bun:test";
import * as v from "valibot";
import { CACHES, CacheMeter, cacheMeters } from "./caches.ts";
import { optional } from "./parameter.ts";
import { route } from "./route.ts";
import { Router } from "./router.ts";
import { UncheckedToken, UserCallers } from "./user-callers.ts";

test("users' tokens are bounded by their bytes, and one that had to go is verified again", async () => {
  const meters = cacheMeters();
  let checks = 0;
  const users = new UserCallers(
    {
      rate: { amount: 1, perMs: 1 },
      tokens: {
        isLikeToken: () => true,
        check: async (token) => {
          checks += 1;
          return { user: token.slice(0, 5), expiresAt: 1_000_000 };
        },
      },
    },
    meters,
    () => 0,
  );
  // Of the longest that are looked at: 20,000 of them would be 164 MB.
  const tokenOf = (index: number): string => `${index}.`.padEnd(8_192, "x");
  const come = async (token: string): Promise<void> => {
    const found = users.find(token, 0);
    if (found instanceof UncheckedToken) await found.check();
  };
  for (let index = 0; index < 4_000; index += 1) await come(tokenOf(index));
  expect(meters.tokens.bytes).toBeLessThanOrEqual(CACHES.tokens.maxBytes);
  expect(meters.tokens.bytes).toBeGreaterThan(CACHES.tokens.maxBytes - 10_000);
  expect(meters.tokens.evictions).toBeGreaterThan(1_000);
  await come(tokenOf(3_999));
  expect(checks).toBe(4_000);
  await come(tokenOf(0));
  expect(checks).toBe(4_001);
});

test("parsed addresses are bounded by their bytes, and what is asked again and again stays", () => {
  const meter = new CacheMeter(CACHES.requests.maxBytes);
  let reads = 0;
  const schema = v.pipe(
    v.string(),
    v.check(() => {
      reads += 1;
      return true;
    }),
  );
  const text = optional("text", schema, undefined, { says: "a text", expected: "a text" });
  const hot = "http://host/x?text=hot";
  const router = new Router(
    [
      route({
        method: "GET",
        path: "/x",
        says: "nothing",
        scope: undefined,
        parameters: { text },
        answers: {},
        handle: () => undefined,
      }),
    ],
    meter,
  );
  for (let index = 0; index < 20_000; index += 1) {
    router.find("GET", `http://host/x?text=${String(index).padEnd(480, "y")}`);
    router.find("GET", hot);
    expect(meter.bytes).toBeLessThanOrEqual(CACHES.requests.maxBytes);
  }
  expect(reads).toBe(20_001);
  expect(meter.evictions).toBeGreaterThan(15_000);
});

test("all caches together fit what a server may grow by", () => {
  const total = Object.values(CACHES).reduce((sum, { maxBytes }) => sum + maxBytes, 0);
  expect(total).toBeLessThanOrEqual(160 * 1024 * 1024);
});
