import { afterEach, describe, expect, test } from "bun:test";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import { START, startFaulty, stopFaulty } from "../../../tests/helpers/in-process.ts";
import { listenTo } from "../../../tests/helpers/listening-client.ts";
import { until } from "../../../tests/helpers/until.ts";
import type { UnixMs } from "../../core/mod.ts";
import { createExchange, parseFaults } from "../mod.ts";
import { faultKindsOf } from "./kinds.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** All kinds, each often enough to happen in two market hours. */
const ALL =
  "all,disconnect=4/h,shutdown=2/h,ack-only=0.1,cut-24h@90m,http-418=1/h,http-451=1/h,http-5xx=0.1,http-slow=0.05," +
  "late-close=0.05,no-close=0.05,halt=3/h,list=2/h,delist=2/h,restate=0.02,dead-air=3/h,junk-frames=3/h,retry-after=4/h," +
  "clock-ahead=0.01,clock-behind=0.01,future-row=0.05,wrong-length=0.05,wrong-unit=0.05,bad-history-row=0.05," +
  "passing-1121=0.05,status-unknown=0.5,bad-entry=0.5,duplicate-entry=0.5,endless-body=0.02,bomb=0.02,drip=0.02," +
  "redirect=0.02,html-200=0.02,tls=0/h,tls@30m";

afterEach(stopFaulty);

interface Run {
  readonly heard: string[];
  readonly story: object[];
  readonly counts: Record<string, number>;
  readonly truth: unknown;
}

/** Two market hours of a client that listens, connects again after cuts and silence, and asks for klines each ten seconds. */
async function run(seed: number): Promise<Run> {
  const latency = (random: () => number): number => random() * 400;
  const { exchange, clock, story, get } = startFaulty(ALL, { seed, streamLatencyMs: latency, restLatencyMs: latency });
  const streams = exchange.symbols.map((symbol) => `${symbol.toLowerCase()}@kline_1m`).join("/");
  const client = listenTo(exchange, clock, `/stream?streams=!miniTicker@arr/${streams}`, true);
  const heard: string[] = [];
  for (let second = 0; second < (2 * HOUR) / 1_000; second += 10) {
    const symbol = exchange.symbols[(second / 10) % 4];
    const path = second % 300 === 0 ? "exchangeInfo" : `klines?symbol=${symbol}&interval=1m&limit=5`;
    const note = async (response: Response): Promise<number> =>
      heard.push(`${clock.now()} ${response.status} ${await beginningOf(response)}`);
    void get(path).then(note, (cause) => heard.push(`${clock.now()} ${cause}`));
    const before = client.frames.length;
    await clock.turn(10_000);
    if (client.frames.length === before) client.socket.close();
  }
  const truth = exchange.symbols.map((symbol) => exchange.truth(symbol, START, clock.now() - 1));
  return { heard: [...heard, ...client.frames], story, counts: exchange.faults(), truth };
}

/** The first piece of a body, which may have no end. */
async function beginningOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  void reader?.cancel();
  return new TextDecoder().decode(value).slice(0, 2_000);
}

describe("all faults at once", () => {
  test("every kind happens, exactly alike for the same seed, and otherwise for another", async () => {
    const first = await run(3);
    for (const kind of faultKindsOf("binance")) expect([kind, first.counts[kind]]).not.toEqual([kind, 0]);
    expect(first.story).toHaveLength(Object.values(first.counts).reduce((sum, count) => sum + count));
    expect(await run(3)).toEqual(first);
    expect((await run(4)).story).not.toEqual(first.story);
  });

  test("happen over sockets as they do without", async () => {
    const faults =
      "drop=0.05,duplicate=0.05,reorder=0.05,garbage=0.05,truncate=0.05,late-close=0.3,no-close=0.3,halt@2m,shutdown@200s";
    const path = "/stream?streams=!miniTicker@arr/btcusdt@kline_1m/ethusdt@kline_1m/ethusdt@kline_1s";
    const symbols = ["BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT"];
    const near = startFaulty(faults, { seed: 9, symbols });
    const { frames, closes } = listenTo(near.exchange, near.clock, path);
    await near.clock.turn(5 * MINUTE);
    const clock = new ManualClock(START);
    const story: object[] = [];
    const onFault = ({ kind, at, what }: { kind: string; at: UnixMs; what: string }): void =>
      void story.push({ kind, at: (at - START) / 1_000, what });
    const far = createExchange({ port: 0, clock, symbols, seed: 9, faults: parseFaults(faults), onFault });
    try {
      const socket = new WebSocket(`${far.url.replace("http", "ws")}${path}`);
      const heard: string[] = [];
      let code = 0;
      socket.onmessage = ({ data }) => void heard.push(String(data));
      socket.onclose = (event) => {
        code = event.code;
      };
      await until(() => socket.readyState === WebSocket.OPEN);
      await clock.turn(5 * MINUTE);
      await until(() => code !== 0);
      expect(heard).toEqual(frames);
      expect(story).toEqual(near.story);
      expect(far.faults()).toEqual(near.exchange.faults());
      expect(code).toBe(closes[0]?.code as number);
      expect(frames.length).toBeGreaterThan(500);
    } finally {
      await far.stop();
    }
  });

  test("after calm() nothing new goes wrong, and half an hour later truth moves no more", async () => {
    const { exchange, clock, story, get } = startFaulty(`${ALL},stall=0/h`, { seed: 5 });
    const streams = exchange.symbols.map((symbol) => `${symbol.toLowerCase()}@kline_1m`).join("/");
    listenTo(exchange, clock, `/stream?streams=${streams}`, true);
    await clock.turn(HOUR);
    exchange.calm();
    const [calmAt, happened] = [clock.now(), story.length];
    const truth = (asOf: number): unknown =>
      exchange.symbols.map((symbol) => exchange.truth(symbol, START, calmAt + HOUR, "1m", asOf));
    for (let minute = 0; minute < 120; minute += 1) {
      void get("ping").catch(() => {});
      await clock.turn(MINUTE);
    }
    // What closed before may still be restated, up to 30 candles later.
    expect(story.slice(happened).filter(({ kind }) => kind !== "restate")).toEqual([]);
    expect(Math.max(...story.map(({ at }) => START + at * 1_000))).toBeLessThanOrEqual(calmAt + 31 * MINUTE);
    expect(truth(calmAt + 31 * MINUTE)).toEqual(truth(clock.now()));
    expect(happened).toBeGreaterThan(20);
    expect(exchange.symbolsAt().every(({ status }) => status === "TRADING")).toBe(true);
  });

  test("a time before the start is refused", () => {
    expect(() => startFaulty("halt@2026-02-10T12:29Z")).toThrow(
      "halt@2026-02-10T12:29:00.000Z lies before the start, 2026-02-10T12:30:00.000Z: it would never happen",
    );
  });
});
