import { afterEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import { until } from "../../../tests/helpers/until.ts";
import type { UnixMs } from "../../core/mod.ts";
import { createExchange, createInProcessExchange, type InProcessExchange } from "../mod.ts";

const START = Date.UTC(2026, 1, 10, 12, 30) as UnixMs;
const STREAMS = "/stream?streams=!miniTicker@arr/btcusdt@kline_1m/ethusdt@kline_1m/ethusdt@kline_1s";
const SYMBOLS = ["BTCUSDT", "ETHUSDT"];

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function start(options: Partial<Parameters<typeof createInProcessExchange>[0]> = {}): {
  clock: ManualClock;
  exchange: InProcessExchange;
} {
  const clock = new ManualClock(START);
  const exchange = createInProcessExchange({ clock, symbols: SYMBOLS, ...options });
  stops.push(() => exchange.stop());
  return { clock, exchange };
}

/** A socket and what it heard, each with the local time at which it did. */
function listen(exchange: InProcessExchange, clock: ManualClock, path: string): { socket: WebSocket; heard: string[] } {
  const socket = exchange.openSocket(`ws://exchange${path}`);
  const heard: string[] = [];
  const note = (text: string): void => void heard.push(`${clock.now() - START} ${text}`);
  socket.onopen = () => note("open");
  socket.onmessage = ({ data }) => note(String(data));
  socket.onclose = ({ code, reason, wasClean }) => note(`close ${code} ${reason} ${wasClean}`);
  socket.onerror = () => note("error");
  return { socket, heard };
}

test("a made-up market begins at the present second, in the middle of a minute whose candle is as far as it is", async () => {
  const clock = new ManualClock(START + 31_700);
  const exchange = createInProcessExchange({ clock, symbols: SYMBOLS });
  stops.push(() => exchange.stop());
  expect(exchange.now()).toBe((START + 31_000) as UnixMs);
  const open = async (): Promise<{ openTime: number; volume: number }> => {
    const answer = exchange.fetch("http://exchange/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=1");
    await clock.turn(1_000);
    const [row = []] = (await (await answer).json()) as (string | number)[][];
    return { openTime: Number(row[0]), volume: Number(row[5]) };
  };
  const begun = await open();
  await clock.turn(20_000);
  const grown = await open();
  await clock.turn(30_000);
  const final = exchange.truth("BTCUSDT", START, START)[0]?.volume ?? 0;
  expect([begun.openTime, grown.openTime]).toEqual([START, START]);
  expect([begun.volume > 0, grown.volume > begun.volume, final > grown.volume]).toEqual([true, true, true]);
});

describe("streams without a network", () => {
  test("tell the same frames as sockets do", async () => {
    const { clock, exchange } = start({ streamLatencyMs: () => 0 });
    const { heard } = listen(exchange, clock, STREAMS);
    await clock.turn(90_000);
    const otherClock = new ManualClock(START);
    const other = createExchange({ clock: otherClock, port: 0, symbols: SYMBOLS });
    stops.push(() => other.stop());
    const socket = new WebSocket(`${other.url.replace("http", "ws")}${STREAMS}`);
    const frames: string[] = [];
    socket.onmessage = ({ data }) => void frames.push(data);
    await until(() => socket.readyState === WebSocket.OPEN);
    await otherClock.turn(90_000);
    await until(() => frames.length >= heard.length - 1);
    expect(heard.slice(1).map((line) => line.slice(line.indexOf(" ") + 1))).toEqual(frames);
    expect(frames.length).toBe(90 + 90 + 90);
  });

  test("happen exactly alike for the same seed and turns, whatever the turns' length, and arrive in order", async () => {
    const story = async (seed: number, turns: readonly number[]): Promise<string[]> => {
      const latencyMs = (random: () => number): number => random() * 3_000;
      const { clock, exchange } = start({ seed, streamLatencyMs: latencyMs, restLatencyMs: latencyMs });
      const { heard } = listen(exchange, clock, STREAMS);
      const asked = exchange.fetch("http://exchange/api/v3/time").then(async (response) => {
        heard.push(`${clock.now() - START} ${await response.text()}`);
      });
      for (const span of turns) await clock.turn(span);
      await asked;
      return heard;
    };
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.array(fc.integer({ min: 1, max: 9_999 }), { maxLength: 20 }),
        async (seed, cuts) => {
          const borders = [...new Set([0, ...cuts, 10_000])].sort((a, b) => a - b);
          const turns = borders.slice(1).map((border, index) => border - (borders[index] as number));
          const heard = await story(seed, turns);
          expect(heard).toEqual(await story(seed, [10_000]));
          const eventTimes = heard.flatMap((line) => [...line.matchAll(/"E":(\d+)/g)].map(([, time]) => Number(time)));
          expect(eventTimes).toEqual(eventTimes.toSorted((a, b) => a - b));
          expect(eventTimes.length).toBeGreaterThan(10);
        },
      ),
      { numRuns: 20 },
    );
  });

  test("requests are answered, and rules hold, as over sockets", async () => {
    const { clock, exchange } = start();
    const { socket, heard } = listen(exchange, clock, "/ws");
    expect(() => socket.send("{}")).toThrow("the connection isn't open yet");
    await clock.turn(10);
    for (let id = 1; id <= 6; id += 1) socket.send(JSON.stringify({ method: "LIST_SUBSCRIPTIONS", id }));
    expect(heard).toEqual(["10 open"]);
    await clock.turn(10);
    expect(heard.slice(1)).toEqual([
      ...[1, 2, 3, 4, 5].map((id) => `20 {"result":[],"id":${id}}`),
      "20 close 1008 Too many requests true",
    ]);
    expect(socket.readyState).toBe(WebSocket.CLOSED);
  });

  test("a client that closes hears the close and nothing more", async () => {
    const { clock, exchange } = start();
    const { socket, heard } = listen(exchange, clock, "/ws/btcusdt@kline_1m");
    await clock.turn(2_004);
    socket.close(1000, "enough");
    await clock.turn(10_000);
    expect(heard).toEqual(["10 open", "2014 close 1000 enough true"]);
  });

  test("what is no stream address is refused; a ping is answered", async () => {
    const { clock, exchange } = start();
    const { heard } = listen(exchange, clock, "/nowhere");
    const { socket } = listen(exchange, clock, "/ws");
    await clock.turn(200_000);
    expect(heard).toEqual(["10 error", "10 close 1006  false"]);
    expect(socket.readyState).toBe(WebSocket.OPEN);
    expect(() => exchange.openSocket("nonsense")).toThrow();
  });
});

describe("REST without a network", () => {
  test("answers after the latency, with what was true on the way", async () => {
    const { clock, exchange } = start({ restLatencyMs: () => 3_000 });
    const asked = exchange.fetch("http://exchange/api/v3/time");
    let isDone = false;
    void asked.then(() => {
      isDone = true;
    });
    await clock.turn(2_999);
    expect(isDone).toBe(false);
    await clock.turn(1);
    expect(isDone).toBe(true);
    expect(await (await asked).json()).toEqual({ serverTime: START + 1_000 });
    expect((await asked).headers.get("x-mbx-used-weight-1m")).toBe("1");
  });

  test("rejects at once when it is aborted, before and on the way", async () => {
    const { clock, exchange } = start();
    const aborting = new AbortController();
    const asked = exchange.fetch("http://exchange/api/v3/time", { signal: aborting.signal });
    await clock.turn(5);
    aborting.abort(new Error("no longer"));
    await expect(asked).rejects.toThrow("no longer");
    const late = exchange.fetch("http://exchange/api/v3/time", { signal: aborting.signal });
    await expect(late).rejects.toThrow("no longer");
    await clock.turn(100);
  });
});
