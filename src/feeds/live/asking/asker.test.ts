import { describe, expect, test } from "bun:test";
import { ManualClock } from "../../../../tests/helpers/clock.ts";
import { parseSymbol, seededRandom, type UnixMs } from "../../../core/mod.ts";
import { BINANCE } from "../../binance/binance.ts";
import type { Exchange, MarketFacts, Question } from "../../exchange.ts";
import { Asker } from "./asker.ts";
import { ExchangeError } from "./exchange-error.ts";

const DAY = 86_400_000;
const never = new AbortController().signal;

/** REST whose every call is answered by `answer`, and when the calls went out. */
function restOf(answer: () => Response | Promise<Response>): {
  rest: Asker;
  clock: ManualClock;
  calls: number[];
  ask(): Promise<ExchangeError>;
} {
  const clock = new ManualClock();
  const calls: number[] = [];
  const fetcher = Object.assign(
    async () => {
      calls.push(clock.now());
      return await answer();
    },
    { preconnect: () => {} },
  );
  const rest = new Asker({
    exchange: BINANCE,
    baseUrl: "http://exchange",
    clock,
    stopwatch: clock.stopwatch,
    random: seededRandom(1),
    fetch: fetcher,
  });
  const ask = async (): Promise<ExchangeError> => {
    const failed = rest.time("user", never).then(
      () => {
        throw new Error("it was answered");
      },
      (cause: unknown) => cause,
    );
    await clock.turn(0);
    const cause = await failed;
    if (!(cause instanceof ExchangeError)) throw cause;
    return cause;
  };
  return { rest, clock, calls, ask };
}

describe("a 429 or 418 stops every call for as long as it says", () => {
  test.each([
    ["30", 30_000],
    ["9999999999", 3 * DAY],
    ["Infinity", 3 * DAY],
    ["Tue, 10 Feb 2026 00:02:00 GMT", 120_000],
    ["-5", 60_000],
    ["0", 60_000],
    ["soon", 60_000],
    ["", 60_000],
  ])("Retry-After: %p", async (header, waitMs) => {
    const { rest, clock, ask } = restOf(() => new Response("{}", { status: 429, headers: { "retry-after": header } }));
    const failure = await ask();
    expect(rest.governor.stoppedUntil as number).toBe(clock.now() + waitMs);
    expect(failure.message).toContain(`${waitMs / 1_000} s`);
    expect(failure.message).not.toContain("-");
  });

  test("without waking up again and again meanwhile", async () => {
    const { rest, clock, calls, ask } = restOf(
      () => new Response("{}", { status: 418, headers: { "retry-after": "9999999999" } }),
    );
    await ask();
    void rest.time("user", never).catch(() => {});
    let sleeps = 0;
    const { sleep } = clock;
    clock.sleep = (span, signal) => {
      sleeps += 1;
      return sleep.call(clock, span, signal);
    };
    await clock.turn(3_600_000);
    expect(sleeps).toBeLessThanOrEqual(60);
    expect(calls).toHaveLength(1);
  });
});

describe("what comes in an answer's place is said in a sentence", () => {
  test.each([
    ["a page", () => new Response("<html>Sign in</html>"), "a page (HTML) came in place of JSON"],
    [
      "lists without an end",
      () => new Response("[".repeat(1_000_000)),
      "the answer holds more lists, objects or values",
    ],
    ["half an answer", () => new Response('{"serverTime":'), "the answer isn't JSON"],
    ["another shape", () => Response.json({ serverTime: "noon" }), "expected serverTime in milliseconds"],
    [
      "a redirect",
      () => new Response(null, { status: 302, headers: { location: "https://portal.example/sign-in" } }),
      "the answer is a redirect (302) to https://portal.example/sign-in: expected the exchange itself at http://exchange",
    ],
    ["too much", () => new Response(new Uint8Array(1_048_577)), "goes on past 1 MB and was cut off"],
    [
      "a certificate that isn't accepted",
      () =>
        Promise.reject(Object.assign(new Error("self signed certificate"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" })),
      "its TLS certificate isn't accepted (DEPTH_ZERO_SELF_SIGNED_CERT: self signed certificate)",
    ],
    ["nothing", () => Promise.reject(new Error("connection refused")), "no answer to /api/v3/time: connection refused"],
  ])("%s", async (_name, answer, says) => {
    const failure = await restOf(answer).ask();
    expect(failure.message).toContain(says);
    expect(failure.retryable).toBe(true);
  });

  test("on one line, whatever the exchange wrote", async () => {
    const forged = 'no\r\n12:00:00 INFO all is well\u2028\u001b[31m "quoted"';
    const failure = await restOf(() => new Response(forged, { status: 500 })).ask();
    expect(failure.message).toStartWith("/api/v3/time: 500: no");
    expect(failure.message).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
  });
});

test("a call that brought nothing makes the next ones wait, longer each time", async () => {
  const { rest, clock, calls } = restOf(() => new Response(new Uint8Array(2_000_000)));
  for (let call = 0; call < 5; call += 1) {
    const asked = rest.time("user", never).catch(() => {});
    await clock.turn(60_000);
    await asked;
  }
  const pauses = calls.map((at, index) => at - (calls[index - 1] ?? at)).slice(1);
  expect(Math.min(...pauses)).toBeGreaterThan(0);
});

test("one answer that can't be read holds up only whoever asked for it", async () => {
  let answers = 0;
  const { rest, clock, calls } = restOf(() => {
    answers += 1;
    return answers === 1 ? Response.json({ nonsense: true }) : Response.json({ serverTime: clock.now() });
  });
  const range = { from: 0 as UnixMs, to: 60_000 as UnixMs };
  const failed = rest.klines(parseSymbol("BTCUSDT"), "1m", range, clock.now(), "repair", never).catch(() => "failed");
  await clock.turn(0);
  expect(await failed).toBe("failed");
  const asked = rest.time("user", never);
  await clock.turn(0);
  expect((await asked).serverTime).toBe(clock.now());
  expect(calls).toHaveLength(2);
});

test.each([
  [undefined, {}, "the exchange doesn't answer"],
  [418, { refusal: "stop" }, "the exchange takes no requests from this server for a while"],
  [451, { refusal: "address" }, "the exchange refuses requests from this server's address"],
  [400, { refusal: "unknown_symbol" }, "the exchange doesn't know it"],
  [200, { refusal: "question" }, "the exchange refuses the question"],
  [200, { refusal: "trouble" }, "the exchange has trouble of its own"],
  [502, {}, "the exchange answers with status 502"],
  [200, { isUnreadable: true }, "the exchange's answer can't be read"],
] as const)("a failure with status %p %j says for strangers: %s", (status, more, says) => {
  const message = "/api/v3/klines: no answer: connect ECONNREFUSED 10.0.0.5:8443";
  expect(new ExchangeError(message, status, true, more).says).toBe(says);
});

describe("an exchange that says things in other ways", () => {
  const MINUTE = 60_000;
  const BTC = parseSymbol("BTCUSDT");

  /** Binance, but for what is changed. `answers` are given in turn, and what was asked is noted. */
  function otherwise(
    changes: Partial<Exchange["rest"]>,
    answers: readonly unknown[],
    facts: Partial<MarketFacts> = {},
  ) {
    const clock = new ManualClock();
    const paths: string[] = [];
    const fetcher = (input: string | URL | Request): Promise<Response> => {
      paths.push(String(input));
      return Promise.resolve(Response.json(answers[paths.length - 1] ?? answers.at(-1)));
    };
    const rest = new Asker({
      exchange: { facts: { ...BINANCE.facts, ...facts }, rest: { ...BINANCE.rest, ...changes } },
      baseUrl: "http://exchange",
      clock,
      stopwatch: clock.stopwatch,
      random: seededRandom(1),
      fetch: Object.assign(fetcher, { preconnect: () => {} }),
    });
    return { rest, clock, paths };
  }

  /** Two pages of times, which are added up. */
  const pages = (from: number): Question<UnixMs> => ({
    about: "time",
    path: `/page/${from}`,
    weight: 1,
    read: (body) => (from + Number(body)) as UnixMs,
    next: (sum) => (sum % 10 === 0 ? undefined : pages(sum)),
  });

  test("an answer of several pages is read to its end, each page for its weight", async () => {
    const { rest, paths } = otherwise({ time: () => pages(0) }, [3, 4, 3]);
    expect((await rest.time("user", never)).serverTime as number).toBe(10);
    expect(paths).toEqual(["http://exchange/page/0", "http://exchange/page/3", "http://exchange/page/7"]);
    expect(rest.governor.spent).toBe(3);
  });

  test("a cursor that leads in circles is no answer", async () => {
    const { rest, paths } = otherwise({ time: () => pages(1) }, [0]);
    await expect(rest.time("user", never)).rejects.toThrow("the answer goes on past 50 pages");
    expect(paths).toHaveLength(50);
  });

  test.each([
    [{ kind: "stop", says: "too many visits", waitMs: 5_000 }, "too many visits, not told how long, waiting 5 s", true],
    [{ kind: "question", says: "parameters are wrong" }, "parameters are wrong", false],
    [{ kind: "trouble", says: "server error" }, "server error", true],
  ] as const)("a refusal inside a 200 is one: %j", async (refusal, says, retryable) => {
    const { rest, clock } = otherwise({ refusal: () => refusal }, [{ retCode: 1 }]);
    const failure = await rest.time("user", never).catch((cause: unknown) => cause);
    expect(failure).toMatchObject({ status: 200, refusal: refusal.kind, retryable });
    expect(String(failure)).toContain(says);
    const stopped = refusal.kind === "stop" ? clock.now() + 5_000 : undefined;
    expect(rest.governor.stoppedUntil as number | undefined).toBe(stopped);
  });

  test("an interval that REST doesn't answer is folded from one that it does, as far as one answer reaches", async () => {
    const hour = 60 * MINUTE;
    const to = Date.UTC(2026, 1, 9, 16) as UnixMs;
    const row = (openTime: number): unknown[] => {
      return [openTime, "1", "2", "1", "2", "3", openTime + hour - 1, "4", 5, "1", "2", "0"];
    };
    const rows = Array.from({ length: 24 }, (_, number) => row(to - 16 * hour + number * hour));
    const history = BINANCE.facts.history.filter((interval) => interval !== "8h");
    const range = { from: (to - 1_000 * 8 * hour) as UnixMs, to };
    const { rest, clock, paths } = otherwise({ keeps: "newest" }, [rows], { history });
    expect(rest.rowsOf("8h")).toBe(125);
    const { klines, answered } = await rest.klines(BTC, "8h", range, clock.now(), "repair", never);
    expect(klines.map(({ openTime, trades }) => [openTime as number, trades])).toEqual([
      [to - 16 * hour, 40],
      [to - 8 * hour, 40],
      [to, 40],
    ]);
    expect(answered).toEqual({ from: (to - 124 * 8 * hour) as UnixMs, to });
    const query = new URL(paths[0] ?? "").searchParams;
    expect([query.get("interval"), query.get("startTime"), query.get("endTime")]).toEqual([
      "1h",
      String(answered.from),
      String(to + 8 * hour - 1),
    ]);
  });
});
