import { afterEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type FaultyExchange, START, startFaulty, stopFaulty } from "../../../tests/helpers/in-process.ts";
import { listenTo } from "../../../tests/helpers/listening-client.ts";
import { emptyKline, klineFault, type MarketId, seededRandom, type UnixMs } from "../../core/mod.ts";
import { DIALECTS } from "../dialects.ts";
import { parseFaults } from "../mod.ts";
import { garbageFor } from "./garbage.ts";
import { FAULTS, faultKindsOf } from "./kinds.ts";

const MINUTE = 60_000;

afterEach(stopFaulty);

/** How a client reaches each market. */
interface Reach {
  readonly klines: (symbol: string) => string;
  readonly list: string;
  readonly streams: (symbols: readonly string[]) => string;
  /** The request that subscribes, where the address doesn't. */
  readonly subscribe?: (symbols: readonly string[]) => object;
  readonly ping?: object;
}

const bybit = (category: string): Reach => ({
  klines: (symbol) => `/v5/market/kline?category=${category}&symbol=${symbol}&interval=1&limit=5`,
  list: `/v5/market/instruments-info?category=${category}`,
  streams: () => `/v5/public/${category}`,
  subscribe: (symbols) => ({
    op: "subscribe",
    args: symbols.flatMap((symbol) => [`kline.1.${symbol}`, `tickers.${symbol}`]),
  }),
  ping: { op: "ping" },
});

const REACH: Readonly<Record<Exclude<MarketId, "binance">, Reach>> = {
  "binance-usdm": {
    klines: (symbol) => `/fapi/v1/klines?symbol=${symbol}&interval=1m&limit=5`,
    list: "/fapi/v1/exchangeInfo",
    streams: (symbols) =>
      `/market/stream?streams=!miniTicker@arr/${symbols.map((symbol) => `${symbol.toLowerCase()}@kline_1m`).join("/")}`,
  },
  bybit: bybit("spot"),
  "bybit-linear": bybit("linear"),
};

const MARKETS = Object.keys(REACH) as Exclude<MarketId, "binance">[];

/** Each kind of a market often enough to happen in an hour. */
function everything(market: MarketId): string {
  const often = faultKindsOf(market).flatMap((kind) => {
    const { measure, of } = FAULTS[kind];
    if (of === "listing answer") return [`${kind}=0.3`];
    if (kind === "tls") return ["tls=0/h", "tls@20m"];
    if (measure === "share") return [`${kind}=0.04`];
    return measure === "rate" ? [`${kind}=${kind === "stall" ? 2 : 5}/h`] : [];
  });
  return ["all", ...often, ...(market.startsWith("binance") ? ["cut-24h@50m"] : [])].join(",");
}

/** A market hour of a client that listens, connects again after cuts and silence, and asks each ten seconds. */
async function hourOf(
  market: Exclude<MarketId, "binance">,
  seed: number,
): Promise<FaultyExchange & { heard: string[] }> {
  const faulty = startFaulty(everything(market), {
    as: market,
    seed,
    streamLatencyMs: (random) => 1 + random() * 400,
    restLatencyMs: (random) => random() * 400,
  });
  const { exchange, clock, get } = faulty;
  const { klines, list, streams, subscribe, ping } = REACH[market];
  if (market === "binance-usdm") listenTo(exchange, clock, "/stream?streams=btcusdt@kline_1m");
  const client = listenTo(exchange, clock, streams(exchange.symbols), true);
  const heard: string[] = [];
  let subscribed: WebSocket | undefined;
  for (let ten = 0; ten < 360; ten += 1) {
    const path = ten % 10 === 0 ? list : klines(exchange.symbols[ten % 4] ?? "");
    void get(path).then(
      ({ status }) => heard.push(`${clock.now()} ${status}`),
      (cause) => heard.push(`${clock.now()} ${cause}`),
    );
    const before = client.frames.length;
    await clock.turn(1_000);
    if (client.socket.readyState === WebSocket.OPEN) {
      const listed = exchange.symbolsAt().map(({ symbol }) => symbol);
      // One request a symbol: the exchange refuses a request with one that has left.
      if (subscribed !== client.socket && subscribe !== undefined)
        for (const one of listed) client.send(subscribe([one]));
      if (ping !== undefined) client.send(ping);
      subscribed = client.socket;
    }
    await clock.turn(9_000);
    if (client.frames.length === before) client.socket.close();
  }
  return { ...faulty, heard: [...heard, ...client.frames] };
}

describe.each(MARKETS)("%s with all its faults", (market) => {
  test("every kind happens, exactly alike for the same seed", async () => {
    const first = await hourOf(market, 3);
    for (const kind of faultKindsOf(market)) expect([kind, first.exchange.faults()[kind]]).not.toEqual([kind, 0]);
    const again = await hourOf(market, 3);
    expect([again.heard, again.story]).toEqual([first.heard, first.story]);
    expect((await hourOf(market, 4)).story).not.toEqual(first.story);
  });

  test("what comes in a frame's place is never a candle or a ticker", async () => {
    const { exchange, clock } = startFaulty("", { as: market });
    const { streams, subscribe } = REACH[market];
    const client = listenTo(exchange, clock, streams(["BTCUSDT"]));
    await clock.turn(10);
    if (subscribe !== undefined) client.send(subscribe(["BTCUSDT"]));
    await clock.turn(6_000);
    const frames = client.frames.filter((frame) => !frame.includes('"success"'));
    expect(frames.length).toBeGreaterThan(3);
    expect(frames.map(isMeant)).toEqual(frames.map(() => true));
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(...frames), (seed, frame) => {
        const { text } = garbageFor(frame, DIALECTS[market].anatomy.frames, seededRandom(seed));
        expect([text, isMeant(text)]).toEqual([text, false]);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("which faults occur where", () => {
  test("all is what occurs on the market", () => {
    expect([...parseFaults("all", "bybit").keys()]).toEqual([...faultKindsOf("bybit")]);
    expect(faultKindsOf("bybit")).toContain("error-in-200");
    expect(faultKindsOf("bybit")).not.toContain("http-418");
    expect(faultKindsOf("binance-usdm")).toContain("silent-old-path");
    expect(faultKindsOf("binance")).not.toContain("silent-old-path");
  });

  test.each([
    ["http-418", "bybit", "http-418 doesn't occur on Bybit spot: only on binance, binance-usdm"],
    ["all,shutdown=1/h", "binance-usdm", "shutdown doesn't occur on Binance USDⓈ-M perpetuals: only on binance"],
    ["403-ten-minutes@1m", "binance", "403-ten-minutes doesn't occur on Binance spot: only on bybit, bybit-linear"],
    ["silent-old-path=1/h", "binance-usdm", "silent-old-path takes no rate and no time"],
    ["silent-old-path@1m", "binance-usdm", "silent-old-path takes no rate and no time"],
  ] as const)("%s on %s is refused", (text, market, message) => {
    expect(() => parseFaults(text, market)).toThrow(message);
  });

  test("a plan of another market is refused", () => {
    const faults = parseFaults("http-418");
    expect(() => startFaulty("", { as: "bybit", ...{ faults } })).toThrow("http-418 doesn't occur on bybit");
  });
});

describe("Bybit's own", () => {
  const { klines, list } = REACH.bybit;

  async function ask({ get, clock }: FaultyExchange, path: string): Promise<Response> {
    const asked = get(path);
    await clock.turn(0);
    return await asked;
  }

  test("403-ten-minutes: as long by the client's clock, however fast the market's runs", async () => {
    const faulty = startFaulty("403-ten-minutes@1m", { as: "bybit", speed: 60 });
    expect((await ask(faulty, list)).status).toBe(200);
    await faulty.clock.turn(1_000);
    expect((await ask(faulty, list)).status).toBe(403);
    await faulty.clock.turn(10 * MINUTE - 1);
    expect((await ask(faulty, list)).status).toBe(403);
    await faulty.clock.turn(1);
    expect((await ask(faulty, list)).status).toBe(200);
  });

  test("error-in-200: says so inside a good answer, of a symbol only where klines were asked for", async () => {
    const faulty = startFaulty("error-in-200=1", { as: "bybit" });
    const codes = async (path: string): Promise<unknown[]> => {
      const all = new Set<unknown>();
      for (let asked = 0; asked < 40; asked += 1) {
        const response = await ask(faulty, path);
        const { retCode, result } = (await response.json()) as { retCode: number; result: unknown };
        expect([response.status, result]).toEqual([200, {}]);
        all.add(retCode);
      }
      return [...all].toSorted();
    };
    expect(await codes(klines("BTCUSDT"))).toEqual([10_001, 10_006, 10_016]);
    expect(await codes(list)).toEqual([10_006, 10_016]);
  });

  test("rows: one of the future comes first, times stay texts", async () => {
    const rows = async (faults: string): Promise<string[][]> => {
      const body = await (await ask(startFaulty(faults, { as: "bybit" }), klines("BTCUSDT"))).json();
      return (body as { result: { list: string[][] } }).result.list;
    };
    const right = await rows("");
    const future = await rows("future-row=1");
    expect(future.slice(1)).toEqual(right);
    expect(Number(future[0]?.[0])).toBeGreaterThan(START);
    const wrong = await rows("wrong-unit=1");
    expect(wrong.every(([openTime]) => typeof openTime === "string")).toBe(true);
    expect(wrong.map(([openTime]) => openTime)).not.toEqual(right.map(([openTime]) => openTime));
    expect(await rows("bad-history-row=1")).not.toEqual(right);
  });

  test("lists: an unknown status, entries that are none, every symbol three times", async () => {
    const entries = async (faults: string): Promise<({ status?: unknown } | null)[]> => {
      const body = await (await ask(startFaulty(faults, { as: "bybit-linear" }), REACH["bybit-linear"].list)).json();
      return (body as { result: { list: { status?: unknown }[] } }).result.list;
    };
    expect((await entries("status-unknown=1")).filter((entry) => entry?.status !== "Trading")).toHaveLength(1);
    expect(await entries("bad-entry=1")).toHaveLength(8);
    expect(await entries("duplicate-entry=1")).toHaveLength(12);
  });
});

/** Whether a frame could be taken for a candle or a ticker. Reads nothing with the project's feed. */
function isMeant(text: string): boolean {
  let message: Record<string, unknown> | null;
  try {
    message = JSON.parse(text);
  } catch {
    return false;
  }
  if (typeof message !== "object" || message === null) return false;
  if ("topic" in message) return isBybit(message);
  const data = message.data ?? message;
  return Array.isArray(data) ? data.length > 0 && data.every(isBinance) : isBinance(data);
}

function isBinance(event: unknown): boolean {
  const { e, E, k, ...ticker } = (event ?? {}) as Record<string, unknown>;
  if (!Number.isSafeInteger(E)) return false;
  if (e === "24hrMiniTicker") return isCandle([ticker.o, ticker.h, ticker.l, ticker.c, ticker.v]);
  const { o, h, l, c, v } = (k ?? {}) as Record<string, unknown>;
  return e === "kline" && isCandle([o, h, l, c, v]);
}

function isBybit({ topic, ts, data }: Record<string, unknown>): boolean {
  if (!Number.isSafeInteger(ts)) return false;
  const [kind] = String(topic).split(".");
  if (kind === "kline") {
    const { start, confirm, open, high, low, close, volume } = ((data as unknown[] | null)?.[0] ?? {}) as Record<
      string,
      unknown
    >;
    const isTimed = Number.isSafeInteger(start) && typeof confirm === "boolean";
    return isTimed && isCandle([open, high, low, close, volume]);
  }
  if (kind !== "tickers") return false;
  const told = (data ?? {}) as Record<string, unknown>;
  const figures = ["prevPrice24h", "highPrice24h", "lowPrice24h", "lastPrice", "volume24h"].map((name) => told[name]);
  // A change has some of the figures only, which have to be some.
  if (figures.every((figure) => typeof figure === "string")) return isCandle(figures);
  const there = figures.filter((figure) => figure !== undefined);
  const [low, high] = [Number(told.lowPrice24h ?? 0), Number(told.highPrice24h ?? Number.POSITIVE_INFINITY)];
  return there.length > 0 && there.every(isFigure) && low <= high;
}

function isCandle(figures: readonly unknown[]): boolean {
  if (!figures.every(isFigure)) return false;
  const [open = 0, high = 0, low = 0, close = 0, volume = 0] = figures.map(Number);
  const whole = { ...emptyKline(), open, high, low, close, volume, quoteVolume: volume * high };
  return klineFault({ ...whole, openTime: START, closeTime: (START + MINUTE - 1) as UnixMs }) === undefined;
}

function isFigure(figure: unknown): boolean {
  return typeof figure === "string" && /^\d+(?:\.\d+)?$/.test(figure);
}
