import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { FaultProxy, refusingUrl } from "../helpers/fault-proxy.ts";
import { runtimes } from "../helpers/runtimes.ts";
import { type ServedMarket, serveMarket } from "../helpers/served-market.ts";
import type { Outcome } from "./programs/reading.ts";

let market: ServedMarket;
let proxy: FaultProxy;
let refusing: string;

beforeAll(async () => {
  market = serveMarket();
  proxy = await FaultProxy.start(market.server.url);
  refusing = await refusingUrl();
});
afterAll(async () => {
  await proxy?.stop();
  await market?.server.stop();
});

for (const runtime of runtimes()) {
  describe(`the SDK's reading half in ${runtime.name}`, () => {
    let outcomes: Record<string, Outcome> = {};
    const run = runtime.name.toLowerCase();
    const of = (name: string): Outcome => outcomes[name] as Outcome;
    const tries = (name: string): number => proxy.requests(`${run}-${name}`);
    const served = async (path: string): Promise<unknown> => (await market.get(path)).json();
    const lastTwo = (): Promise<unknown> => served("/klines/BTCUSDT/1m?limit=2&closed=true");

    beforeAll(async () => {
      outcomes = await runtime.run("reading", { proxy: proxy.url, refusing, run });
    });

    test("gives every answer as the server gave it", async () => {
      expect(of("well").answer).toEqual(await lastTwo());
      expect(of("ready").answer).toEqual({ ready: true });
      expect(of("health").answer).toEqual(await served("/health"));
      expect(of("symbols").answer).toEqual(await served("/symbols"));
      expect(of("series").answer).toEqual(await served("/klines?symbols=*&intervals=1m,5m&limit=2"));
      expect(of("tickers").answer).toEqual(await served("/tickers"));
      expect(of("ticker").answer).toEqual(await served("/ticker/BTCUSDT"));
      expect(of("one-ticker").answer).toEqual(await served(`/tickers?symbols=${encodeURIComponent("币安人生USDT")}`));
      expect(of("closes").answer).toEqual(await served("/closes"));
      expect(of("coverage").answer).toEqual(await served("/coverage/BTCUSDT/5m"));
      expect(tries("well")).toBe(1);
    });

    test("reads a range page by page, each kline once", async () => {
      const all = (await served("/klines/BTCUSDT/1m?limit=500&closed=true")) as {
        readonly klines: readonly { readonly openTime: number }[];
      };
      expect(of("history").answer).toEqual({
        times: all.klines.slice(7).map(({ openTime }) => openTime),
        progress: [
          [120, true, false],
          [240, true, false],
          [293, true, true],
        ],
      });
      expect(tries("history")).toBe(3);
    });

    test("tells a problem as the server told it, without asking again", () => {
      expect(of("unknown").thrown).toMatchObject({
        name: "ClientError",
        code: "unknown_symbol",
        status: 404,
        retryable: false,
        message: expect.stringContaining("GET /klines/NOPEUSDT/1m: NOPEUSDT is not followed here: GET /symbols lists"),
        requestId: expect.stringMatching(/.{8}/),
      });
      expect(of("wrong").thrown).toMatchObject({ code: "invalid_parameter", status: 400, retryable: false });
      expect([tries("unknown"), tries("wrong")]).toEqual([1, 1]);
    });

    test("tries again after what another try may mend, and gets the answer", async () => {
      const expected = await lastTwo();
      for (const fault of ["reset", "cut", "silence", "slow", "502", "503", "504", "429-seconds", "429-date"]) {
        const name = `${fault}-once`;
        expect({ name, answer: of(name).answer, tries: tries(name), waits: of(name).waits.length }).toEqual({
          name,
          answer: expected,
          tries: 2,
          waits: 1,
        });
      }
    });

    test("waits as long as Retry-After says, in seconds or until a date", () => {
      for (const name of ["429-seconds-once", "429-date-once"]) {
        const [wait = 0] = of(name).waits;
        expect(wait).toBeGreaterThanOrEqual(1_000);
        expect(wait).toBeLessThan(1_100);
      }
      expect(of("429-hour").thrown).toMatchObject({ code: "http_error", status: 429, retryAfterMs: 3_600_000 });
      expect(of("429-hour").waits).toEqual([]);
    });

    test("gives up after its tries, waiting longer from one to the next, and says what it was", () => {
      const known = { name: "ClientError", retryable: true };
      expect(of("refused").thrown).toMatchObject({ ...known, code: "network", hasCause: true });
      for (const name of ["reset-always", "cut-always"]) {
        expect(of(name).thrown).toMatchObject({ ...known, code: "network", hasCause: true });
      }
      for (const status of [502, 503, 504]) {
        expect(of(`${status}-always`).thrown).toMatchObject({ ...known, code: "http_error", status });
        expect(tries(`${status}-always`)).toBe(4);
        const [first = 0, second = 0, third = 0] = of(`${status}-always`).waits;
        for (const [wait, least, most] of [
          [first, 10, 20],
          [second, 20, 40],
          [third, 20, 40],
        ] as const) {
          expect(wait).toBeGreaterThanOrEqual(least);
          expect(wait).toBeLessThanOrEqual(most);
        }
      }
      expect(of("slow-always").thrown).toMatchObject({ ...known, code: "timeout" });
      expect(tries("slow-always")).toBe(2);
      expect(tries("screen")).toBe(4);
    });

    test("doesn't try again what stays as it is", () => {
      const final = { retryable: false, name: "ClientError" };
      expect(of("500").thrown).toMatchObject({ ...final, code: "http_error", status: 500, requestId: "of-the-proxy" });
      expect(of("garbage").thrown).toMatchObject({ ...final, code: "bad_answer", status: 200 });
      expect(of("garbage").thrown?.message).toContain('the answer is not JSON: {"symbol"');
      expect(of("schema").thrown).toMatchObject({ ...final, code: "bad_answer" });
      expect(of("schema").thrown?.message).toContain("count: expected a whole number");
      expect([tries("500"), tries("garbage"), tries("schema")]).toEqual([1, 1, 1]);
    });

    test("doesn't begin a wait that its deadline would cut short", () => {
      expect(of("deadline").thrown).toMatchObject({ status: 503 });
      expect([tries("deadline"), of("deadline").waits]).toEqual([1, []]);
    });

    test("leaves a failing server alone, then looks whether it is back", () => {
      expect(of("breaker").answer).toEqual(["http_error", "http_error", "http_error", "circuit_open"]);
      expect(tries("breaker")).toBe(4);
    });

    test("rejects with the reason when it is aborted: before, during a try, and in the wait for the next", () => {
      expect(of("abort-before").thrown).toEqual({ reason: "not wanted" });
      expect(tries("abort-before")).toBe(0);
      expect(of("abort-try").thrown).toEqual({ reason: "changed my mind" });
      expect(of("abort-wait").thrown).toEqual({ reason: "changed my mind" });
      expect(tries("abort-wait")).toBe(1);
      // On a busy machine it may not even have left.
      expect(tries("abort-try")).toBeLessThanOrEqual(1);
    });
  });
}
