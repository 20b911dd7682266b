import { beforeAll, describe, expect, test } from "bun:test";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { START, serveMarket } from "../../tests/helpers/served-market.ts";
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

// Loading a file takes real time, which the tests' clock doesn't turn.
beforeAll(() => Promise.all([import("./kline-history.ts"), import("./rare-answers.ts")]));

const ready = (): Response => Response.json({ ready: true });
const busy = (): Response => new Response("", { status: 503 });

describe("a client's history", () => {
  const page = (openTimes: readonly number[], next?: string): Response =>
    Response.json({
      ...{ symbol: "A", interval: "1m", count: openTimes.length, complete: true, settled: true },
      ...(next === undefined ? {} : { next }),
      klines: openTimes.map((openTime) => ({
        ...{ openTime, closeTime: openTime + 59_999, open: 1, high: 1, low: 1, close: 1, volume: 0 },
        ...{ quoteVolume: 0, trades: 0, takerBuyVolume: 0, takerBuyQuoteVolume: 0, closed: true },
      })),
    });
  const problem = (status: number, code: string, headers: Record<string, string> = {}): Response =>
    Response.json(
      { type: "about:blank", title: code, status, detail: code, code, requestId: "r" },
      { status, headers },
    );

  test("asks what `next` says behind the URL's prefix, waits where the rate is used up, and passes empty pages over", async () => {
    const { client, clock, asked } = asking(
      [
        () => page([60_000], "/klines/A/1m?limit=5000&startTime=60001&closed=true"),
        () => page([], "/klines/A/1m?limit=5000&startTime=120001&closed=true"),
        () => problem(429, "rate_limited", { "retry-after": "100" }),
        () => page([180_000]),
      ],
      { url: "http://vyx.test/prefix/", maxTries: 1 },
    );
    const reading = Array.fromAsync(client.history("A", "1m", { startTime: 0 }));
    await clock.turn(100_000);
    expect((await reading).map(({ openTime }) => openTime as number)).toEqual([60_000, 180_000]);
    expect(asked.map(({ url }) => url.slice("http://vyx.test/prefix".length))).toEqual([
      "/klines/A/1m?startTime=0&limit=5000&closed=true",
      "/klines/A/1m?limit=5000&startTime=60001&closed=true",
      "/klines/A/1m?limit=5000&startTime=120001&closed=true",
      "/klines/A/1m?limit=5000&startTime=120001&closed=true",
    ]);
  });

  test("reads smaller pages from a server that has no more than its memory", async () => {
    const market = serveMarket({ capacityKlines: 100 });
    const client = createClient({ url: market.server.url });
    const startTime = START + 240 * 60_000;
    const klines = await Array.fromAsync(client.history("BTCUSDT", "1m", { startTime }));
    expect(klines.map(({ openTime }) => openTime as number)).toEqual(
      Array.from({ length: 60 }, (_, at) => startTime + at * 60_000),
    );
    await market.server.stop();
  });

  test("ends when the reader leaves, and says what was wrong", async () => {
    const signals: (AbortSignal | null | undefined)[] = [];
    const { client } = asking([], {
      maxTries: 1,
      // The second page never comes.
      fetch: (_, { signal }) => {
        signals.push(signal);
        const first = page([0, 60_000], "/klines/A/1m?limit=2&startTime=60001");
        return signals.length === 1 ? Promise.resolve(first) : new Promise(() => {});
      },
    });
    for await (const _ of client.history("A", "1m", { startTime: 0 })) break;
    await Bun.sleep(20);
    expect(signals.map((signal) => signal?.aborted)).toEqual([false, true]);
    const backwards = client.history("A", "1m", { startTime: 2, endTime: 1 });
    expect(backwards.next()).rejects.toThrow("startTime 2 lies after endTime 1: expected it to be the earlier one");
  });
});

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

  test("aren't made with what can't be a key; it is said in words, without the key", async () => {
    for (const apiKey of ["…", "", "key\n", "two words"]) {
      expect(() => createClient({ url: "http://vyx.test", apiKey })).toThrow(InvalidInput);
      expect(() => createClient({ url: "http://vyx.test", apiKey })).toThrow(
        /^apiKey [^\n]*: expected a key as `vyx keys/,
      );
      const { client, asked } = asking([ready], { apiKey: () => apiKey, maxTries: 1 });
      expect(await client.ready().catch((cause: Error) => cause.message)).toContain("expected a key as");
      expect(asked).toEqual([]);
    }
  });

  test("carry the key that a function gives at each try", async () => {
    const keys = ["first", undefined, "third"];
    const { client, asked } = asking([ready], { apiKey: async () => keys[asked.length] });
    for (const _ of keys) await client.ready();
    expect(asked.map(({ init }) => (init.headers as Record<string, string>).authorization)).toEqual([
      "Bearer first",
      undefined,
      "Bearer third",
    ]);
  });

  test("aren't sent without a key that couldn't be had, which is tried again like the network", async () => {
    let failures = 2;
    const apiKey = async (): Promise<string> => {
      failures -= 1;
      if (failures >= 0) throw new Error("no line");
      return "key";
    };
    const { client, clock, asked } = asking([ready], { apiKey });
    const call = client.ready();
    await clock.turn(20_000);
    expect(await call).toEqual({ ready: true });
    expect(asked).toHaveLength(1);
    failures = 1;
    const once = asking([ready], { apiKey, maxTries: 1 });
    await expect(once.client.ready()).rejects.toMatchObject({
      code: "network",
      message: "GET /ready: the key can't be had: no line",
    });
    expect(once.asked).toHaveLength(0);
  });

  test("go to the functions where they are, whose trouble is none of the server's", async () => {
    const here = asking([busy], { maxTries: 1 });
    await here.client.traders.list().catch(() => {});
    expect(here.asked[0]?.url).toBe("http://vyx.test/functions/v1/traders");
    const functionsUrl = "https://project.test/functions/v1/";
    const { client, asked } = asking([busy, busy, ready], {
      functionsUrl,
      apiKey: "token",
      maxTries: 1,
      breakAfterFailures: 2,
    });
    await client.traders.enable("one", true).catch(() => {});
    await client.signals.list({ limit: 5 }).catch(() => {});
    await expect(client.signals.list()).rejects.toMatchObject({ code: "circuit_open" });
    expect(await client.ready()).toEqual({ ready: true });
    expect(asked.map(({ url }) => url)).toEqual([
      "https://project.test/functions/v1/traders/one/enable",
      "https://project.test/functions/v1/signals?limit=5",
      "http://vyx.test/ready",
    ]);
    expect(asked[0]?.init.headers).toMatchObject({ authorization: "Bearer token" });
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

describe("traders and signals", () => {
  const trader = { name: "Low", code: "return true", timeframes: ["1m"], triggerInterval: "1m" } as const;
  const problem = (status: number, code: string) => (): Response =>
    Response.json({ type: "about:blank", title: "", status, detail: "in words", code, requestId: "r" }, { status });

  test("are asked of the functions, with what was given and no more", async () => {
    const { client, asked } = asking([problem(400, "invalid_parameter")]);
    const id = "00000000-0000-4000-8000-000000000000";
    const calls = [
      client.traders.list({ enabled: true, limit: 5, signal: new AbortController().signal }),
      client.traders.read(id),
      client.traders.create(trader),
      client.traders.update(id, { symbols: null }),
      client.traders.delete(id),
      client.traders.enable(id, false),
      client.traders.validate({ ...trader, code: "return (" }),
      client.signals.list({ traderId: id, symbol: "币安/USDT", interval: "1m", from: 1, to: 2, cursor: "9" }),
      client.preview({ code: "return true", timeframes: ["1m"], closes: 60 }),
    ];
    for (const call of calls) expect(await call.catch(({ code }) => code)).toBe("invalid_parameter");
    const traders = "/functions/v1/traders";
    expect(asked.map(({ url, init }) => [init.method, url.replace("http://vyx.test", ""), init.body])).toEqual([
      ["GET", `${traders}?enabled=true&limit=5`, undefined],
      ["GET", `${traders}/${id}`, undefined],
      ["POST", traders, JSON.stringify(trader)],
      ["PATCH", `${traders}/${id}`, '{"symbols":null}'],
      ["DELETE", `${traders}/${id}`, undefined],
      ["POST", `${traders}/${id}/enable`, '{"enabled":false}'],
      ["POST", `${traders}/validate`, '{"code":"return (","timeframes":["1m"]}'],
      [
        "GET",
        `/functions/v1/signals?traderId=${id}&symbol=%E5%B8%81%E5%AE%89%2FUSDT&interval=1m&from=1&to=2&cursor=9`,
        undefined,
      ],
      ["POST", "/preview", '{"code":"return true","timeframes":["1m"],"closes":60}'],
    ]);
  });

  test("a trader isn't made twice: only a server that refused to listen is asked again", async () => {
    for (const status of [502, 503, 504]) {
      const { client, asked } = asking([() => new Response("", { status })]);
      expect(await client.traders.create(trader).catch((cause: ClientError) => cause.status)).toBe(status);
      expect(asked).toHaveLength(1);
    }
    const { client, clock, asked } = asking([problem(429, "rate_limited"), problem(400, "invalid_parameter")]);
    const made = client.traders.create(trader).catch(({ code }) => code);
    while (asked.length < 2) await clock.turn(100);
    expect(await made).toBe("invalid_parameter");
  });

  test("deleting one that is gone is no failure", async () => {
    const { client, asked } = asking([() => new Response(null, { status: 204 }), problem(404, "not_found")]);
    expect([await client.traders.delete("a"), await client.traders.delete("a")]).toEqual([true, false]);
    expect(asked).toHaveLength(2);
  });

  test("a function without its market or database says what it can't reach", async () => {
    const away = (): Response => Response.json({ error: "the market is away", fallback: true }, { status: 503 });
    const { client } = asking([away], { maxTries: 1 });
    expect(await client.signals.list().catch((cause: unknown) => cause)).toMatchObject({
      code: "not_ready",
      status: 503,
      retryable: true,
      message: "GET /functions/v1/signals: the market is away",
    });
  });

  test("a try of what takes a server long may take so much longer", async () => {
    const { client, clock } = asking([], { maxTries: 1, fetch: () => new Promise(() => {}) });
    let thrown: unknown;
    void client.preview({ code: "return true", timeframes: ["1m"], closes: 500 }).catch((cause: unknown) => {
      thrown = cause;
    });
    await clock.turn(14_999);
    expect(thrown).toBeUndefined();
    await clock.turn(1);
    expect(thrown).toMatchObject({ code: "timeout" });
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
