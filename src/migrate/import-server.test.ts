import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Clock } from "../core/mod.ts";
import { type ImportServerOptions, type ImportServerReport, importToServer } from "./import-server.ts";
import type { RedisCommands } from "./redis/mod.ts";

const START = Date.UTC(2026, 1, 10);
const CANDLE = { t: START, T: START + 59_999, s: "BTCUSDT", i: "1m", n: 1, x: true };
const FIGURES = { o: "1", h: "1", l: "1", c: "1", v: "1", q: "1", V: "1", Q: "1" };

/** A Redis with one closed candle of one series. */
const redis: RedisCommands = {
  spent: 0,
  each: async (commands) =>
    commands.map(([name]) => {
      if (name === "SCAN") return ["0", ["klines:BTCUSDT:1m"]];
      return name === "ZRANGE" ? [JSON.stringify({ ...CANDLE, ...FIGURES }), String(START)] : [];
    }),
};

let answers: (() => Response)[];
let server: Bun.Server<undefined>;
let slept: number[];
const clock: Clock = {
  now: () => START as ReturnType<Clock["now"]>,
  sleep: async (span) => void slept.push(span),
};
beforeEach(() => {
  slept = [];
  server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => answers.shift()?.() ?? Response.json({ added: 1, refused: 0, reasons: {} }),
  });
});
afterEach(() => server.stop(true));

const run = (more: Partial<ImportServerOptions> = {}): Promise<ImportServerReport> =>
  importToServer(redis, {
    url: String(server.url),
    apiKey: undefined,
    limit: 10,
    clock,
    signal: new AbortController().signal,
    ...more,
  });
const busy = (headers: Record<string, string>): Response => new Response("{}", { status: 429, headers });

describe("a server that is too busy", () => {
  test.each([
    [{ "retry-after": "2" }, 2_000],
    [{}, 1_000],
    [{ "retry-after": "soon" }, 1_000],
    [{ "retry-after": "-5" }, 0],
    [{ "retry-after": "Infinity" }, 3 * 86_400_000],
    [{ "retry-after": "Tue, 10 Feb 2026 00:00:30 GMT", date: "Tue, 10 Feb 2026 00:00:20 GMT" }, 10_000],
  ] as [Record<string, string>, number][])("that says %p is asked again after %p ms", async (headers, ms) => {
    answers = [() => busy(headers)];
    expect(await run()).toMatchObject({ sent: 1, added: 1 });
    expect(slept).toEqual([ms]);
  });
});

describe("an answer", () => {
  const endless = (status: number): Response =>
    new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) }), { status });

  test("without end is cut off, whether it is a good one or not", async () => {
    answers = [() => endless(200)];
    await expect(run()).rejects.toThrow("the server's answer can't be read: the body goes on past 1 MB");
    answers = [() => endless(500)];
    await expect(run()).rejects.toThrow("the server answers 500: no reason");
  });

  test("that isn't an object isn't taken for one", async () => {
    answers = [() => new Response("null")];
    await expect(run()).rejects.toThrow("the server's answer can't be read");
  });
});
