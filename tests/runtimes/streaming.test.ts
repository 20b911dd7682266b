import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { RunningVyx } from "../../src/cli/serve.ts";
import type { Interval, Kline, UnixMs } from "../../src/core/mod.ts";
import { createExchange, type Exchange } from "../../src/exchange/mod.ts";
import { CuttableProxy } from "../helpers/cuttable-proxy.ts";
import { HoldableClock } from "../helpers/holdable-clock.ts";
import { hasRecorded, RECORDED } from "../helpers/recorded.ts";
import { startOn, untilReady } from "../helpers/running-vyx.ts";
import { chromiumRuntime, type Runtime, runtimes } from "../helpers/runtimes.ts";
import { sized } from "../helpers/size.ts";
import { rolledUp } from "../helpers/truth.ts";
import { until } from "../helpers/until.ts";
import type { Row, Streamed, StreamingArgument } from "./programs/streaming.ts";

const MINUTE = 60_000;
const MINUTES = 30;
const SUBSCRIBERS = sized(16, 50);
/** Market minutes a minute. */
const SPEED = 120;

/** Recorded data where there is some; elsewhere a made-up market serves as well. */
const MARKET = hasRecorded
  ? { data: join(RECORDED, "um_1m_full"), start: Date.UTC(2026, 1, 10) as UnixMs }
  : { symbols: 7, start: Date.UTC(2026, 1, 10) as UnixMs };

const all: readonly Runtime[] = [...runtimes(), ...chromiumRuntime()];

describe("the SDK's streaming half, while connections and the server fail", () => {
  const clock = new HoldableClock();
  let exchange: Exchange;
  let vyx: RunningVyx;
  let proxy: CuttableProxy;
  let argument: StreamingArgument;
  const streamed = new Map<string, Streamed>();

  beforeAll(async () => {
    exchange = createExchange({ port: 0, clock, speed: SPEED, ...MARKET });
    vyx = await startOn(exchange, { intervals: "1m,5m" });
    await untilReady(vyx);
    proxy = await CuttableProxy.start(vyx.url);
    const first = Math.ceil(exchange.now() / MINUTE) * MINUTE;
    const last = first + (MINUTES - 1) * MINUTE;
    argument = { url: proxy.url, symbols: exchange.symbols, first, last, subscribers: SUBSCRIBERS };
    const running = all.map(async (runtime) => streamed.set(runtime.name, await runtime.run("streaming", argument)));
    await Promise.all([...running, troubles(first)]);
  }, 240_000);

  afterAll(async () => {
    await proxy?.stop();
    await vyx?.stop();
    await exchange?.stop();
  });

  /**
   * What goes wrong meanwhile, by market time. The market stands still until all are connected, so that each fault
   * strikes all of them, however slow the machine is; it goes on while they are cut off.
   */
  async function troubles(first: number): Promise<void> {
    const strike = async (minutes: number, fault: () => unknown): Promise<void> => {
      await until(() => exchange.now() >= first + minutes * MINUTE);
      clock.hold();
      await until(() => proxy.sockets >= all.length * (SUBSCRIBERS + 1));
      clock.release();
      await fault();
    };
    const pass = (minutes: number): Promise<void> => {
      const end = exchange.now() + minutes * MINUTE;
      return until(() => exchange.now() >= end);
    };
    await strike(5, () => proxy.drop());
    await strike(10, () => proxy.silence());
    await strike(16, async () => {
      await vyx.stop();
      await pass(2);
      vyx = await startOn(exchange, { intervals: "1m,5m", port: new URL(vyx.url).port });
    });
    await strike(23, async () => {
      proxy.refuse(true);
      proxy.drop();
      await pass(2);
      proxy.refuse(false);
    });
  }

  /** What the exchange itself says that came to be. */
  function truth(symbol: string, interval: Interval): Row[] {
    const from = interval === "1m" ? argument.first : argument.first - 5 * MINUTE;
    const minutes = exchange.truth(symbol, from, argument.last) as Kline[];
    const klines = interval === "1m" ? minutes : rolledUp(interval, minutes, argument.last + MINUTE);
    return klines
      .filter(({ openTime, closeTime }) => openTime >= sinceOf(interval) && closeTime < argument.last + MINUTE)
      .map(({ openTime, close, volume, trades }) => [openTime, close, volume, trades]);
  }

  function sinceOf(interval: Interval): number {
    const length = interval === "1m" ? MINUTE : 5 * MINUTE;
    return Math.floor(argument.first / length) * length;
  }

  for (const { name } of all) {
    test(`${name}: ${SUBSCRIBERS} subscribers got every closed kline once, in order, in all columns`, () => {
      const { followed } = streamed.get(name) as Streamed;
      expect(followed).toHaveLength(SUBSCRIBERS);
      expect(followed.filter(({ format }) => format === "packed")).toHaveLength(SUBSCRIBERS / 2);
      for (const { channels, format, rows, trouble } of followed) {
        expect({ channels, format, trouble }).toEqual({ channels, format, trouble: [] });
        for (const [channel, got] of Object.entries(rows)) {
          const [, symbol = "", interval] = channel.split(":");
          const about = { channels, format, channel };
          expect({ ...about, got }).toEqual({ ...about, got: truth(symbol, interval as Interval) });
        }
      }
      const series = new Set(followed.flatMap(({ rows }) => Object.keys(rows)));
      for (const symbol of argument.symbols) expect(series).toContain(`closed:${symbol}:1m`);
    });

    test(`${name}: each of them was cut off four times`, () => {
      const { followed } = streamed.get(name) as Streamed;
      for (const { channels, connects } of followed) {
        expect({ channels, isCut: connects >= 5 }).toEqual({ channels, isCut: true });
      }
    });

    test(`${name}: a local series held what the exchange has`, () => {
      const { series } = streamed.get(name) as Streamed;
      const from = series[0]?.[0] as number;
      const to = series.at(-1)?.[0] as number;
      expect(series.length).toBeGreaterThanOrEqual(199);
      expect(to).toBeGreaterThanOrEqual(argument.last);
      const expected = exchange.truth(argument.symbols[0] as string, from, to);
      expect(series).toEqual(expected.map(({ openTime, close, volume, trades }) => [openTime, close, volume, trades]));
    });
  }
});
