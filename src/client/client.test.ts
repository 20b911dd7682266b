import { describe, expect, test } from "bun:test";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { InvalidInput, seededRandom } from "../core/mod.ts";
import { ClientError, type ClientOptions, createClient } from "./mod.ts";

/** What a server was asked, and a client that asks it; `answers` are given in turn, the last one again and again. */
function asking(answers: readonly (() => Response)[], options: Partial<ClientOptions> = {}) {
  const clock = new ManualClock();
  const asked: { url: string; init: RequestInit }[] = [];
  const client = createClient({
    url: "http://vyx.test",
    clock,
    random: seededRandom(1),
    fetch: async (url, init) => {
      asked.push({ url, init });
      return (answers[asked.length - 1] ?? answers.at(-1))?.() ?? Response.error();
    },
    ...options,
  });
  return { client, clock, asked };
}

const ready = (): Response => Response.json({ ready: true });
const busy = (): Response => new Response("", { status: 503 });

describe("a client's requests", () => {
  test("keep the path of the URL, encode what is put into it, and leave out what isn't given", async () => {
    const { client, asked } = asking([busy], { url: "https://host:444/vyx/", maxTries: 1 });
    await client.klines("币安/USDT", "1m", { limit: 5, closed: true, startTime: undefined }).catch(() => {});
    await client.series({ symbols: ["A", "B"], intervals: ["1m", "1M"] }).catch(() => {});
    await client.ready().catch(() => {});
    expect(asked.map(({ url }) => url)).toEqual([
      "https://host:444/vyx/klines/%E5%B8%81%E5%AE%89%2FUSDT/1m?limit=5&closed=true",
      "https://host:444/vyx/klines?symbols=A%2CB&intervals=1m%2C1M",
      "https://host:444/vyx/ready",
    ]);
  });

  test("carry the key in a header that doesn't follow a redirect to another host", async () => {
    const { client, asked } = asking([ready], { apiKey: "secret" });
    await client.ready();
    expect(asked[0]?.init.headers).toEqual({ accept: "application/json", authorization: "Bearer secret" });
  });

  test("post JSON", async () => {
    const { client, asked } = asking([busy], { maxTries: 1 });
    await client.screen({ code: "return true", timeframes: ["1m"] }).catch(() => {});
    expect(asked[0]).toMatchObject({
      url: "http://vyx.test/screen",
      init: { method: "POST", body: '{"code":"return true","timeframes":["1m"]}' },
    });
  });
});

describe("a client's patience", () => {
  test("ends with the deadline, waits and tries together", async () => {
    const { client, clock, asked } = asking([busy], {
      maxTries: 1_000,
      breakAfterFailures: 1_000,
      deadlineMs: 20_000,
      backOff: { firstMs: 1_000, longestMs: 1_000 },
    });
    const began = clock.now();
    let thrown: unknown;
    const call = client.klines("A", "1m").catch((cause: unknown) => {
      thrown = cause;
    });
    while (thrown === undefined) await clock.turn(250);
    await call;
    expect(thrown).toMatchObject({ code: "http_error", status: 503, retryable: true });
    expect(clock.now() - began).toBeLessThanOrEqual(20_250);
    expect(asked.length).toBeGreaterThanOrEqual(20);
    expect(clock.sleepers).toBe(0);
  });

  test("ends a try that brings nothing, and leaves no timer behind", async () => {
    const { client, clock } = asking([], {
      maxTries: 1,
      fetch: () => new Promise(() => {}),
    });
    let thrown: unknown;
    void client.health().catch((cause: unknown) => {
      thrown = cause;
    });
    await clock.turn(4_999);
    expect(thrown).toBeUndefined();
    await clock.turn(1);
    expect(thrown).toBeInstanceOf(ClientError);
    expect(thrown).toMatchObject({ code: "timeout", message: "GET /health: no whole answer within 5000 ms" });
    expect(clock.sleepers).toBe(0);
  });

  test("isn't tried by a server that says that it isn't ready", async () => {
    const { client, asked } = asking([() => Response.json({ ready: false, reasons: ["history"] }, { status: 503 })]);
    expect(await client.ready()).toEqual({ ready: false, reasons: ["history"] });
    expect(asked).toHaveLength(1);
  });
});

describe("options that can't be meant", () => {
  test("are refused, and the right ones named", () => {
    expect(() => createClient({ url: "localhost:8080" })).toThrow(InvalidInput);
    expect(() => createClient({ url: "localhost:8080" })).toThrow("expected one such as http://127.0.0.1:8080");
    expect(() => createClient({ url: "http://a", tryTimeoutMs: 0 })).toThrow("tryTimeoutMs is 0: expected more than 0");
    expect(() => createClient({ url: "http://a", maxTries: Number.NaN })).toThrow("maxTries is NaN");
  });
});
