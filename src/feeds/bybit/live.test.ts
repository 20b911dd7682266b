import { afterEach, describe, expect, test } from "bun:test";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import {
  closeTimeOf,
  emptyKline,
  type Interval,
  type Kline,
  millis,
  nextOpenTime,
  openTimeOf,
  parseSymbol,
  type Symbol,
  seededRandom,
} from "../../core/mod.ts";
import { MarketStore } from "../../store/mod.ts";
import { LiveFeed } from "../live/feed.ts";
import { intervalOf } from "./intervals.ts";
import { BYBIT_LINEAR } from "./linear.ts";

const START = Date.UTC(2026, 1, 10, 12, 30, 5);
const LISTED = Date.UTC(2026, 0, 20, 7, 13);
const MINUTE = 60_000;
const NAMES = ["BTCUSDT", "ETHUSDT", "BTCPERP"];
const SYMBOLS = NAMES.map((name) => parseSymbol(`BYBIT:${name}.P`));
const [BTC, ETH] = SYMBOLS as [Symbol, Symbol];

/** A market in which the same is traded each minute, so that each candle's figures follow from how many minutes it has. */
function rowOf(interval: Interval, openTime: number, now: number): string[] | undefined {
  const from = Math.max(openTime, LISTED);
  const minutes = Math.ceil((Math.min(closeTimeOf(interval, openTime), now) - from) / MINUTE);
  if (minutes < 1) return undefined;
  return [openTime, 100, 101, 99, 100, minutes / 2, minutes * 50].map(String);
}

/** A stand-in for Bybit's linear market, written from its documentation, as far as this feed uses it. */
class FakeBybit {
  readonly clock: ManualClock = new ManualClock(START);
  readonly sockets: FakeSocket[] = [];
  readonly asked: URL[] = [];
  /** Topics of which nothing is sent, whatever was asked for. */
  readonly mute: Set<string> = new Set();
  isRunning = true;

  readonly fetch = Object.assign(
    async (input: string | URL | Request): Promise<Response> => {
      const url = new URL(String(input));
      this.asked.push(url);
      await this.clock.sleep(millis(20));
      const now = this.clock.now();
      const answer = (result: object) => Response.json({ retCode: 0, retMsg: "OK", result, retExtInfo: {}, time: now });
      const query = Object.fromEntries(url.searchParams);
      switch (url.pathname) {
        case "/v5/market/time":
          return answer({ timeSecond: String(Math.floor(now / 1_000)) });
        case "/v5/market/instruments-info": {
          const entries = NAMES.map((symbol) => {
            const [baseCoin, quoteCoin] = [symbol.slice(0, 3), symbol.endsWith("PERP") ? "USDC" : "USDT"];
            return {
              symbol,
              contractType: "LinearPerpetual",
              status: "Trading",
              baseCoin,
              quoteCoin,
              settleCoin: quoteCoin,
            };
          });
          const isFirst = query.cursor === undefined;
          return answer({
            list: isFirst ? entries.slice(0, 2) : entries.slice(2),
            nextPageCursor: isFirst ? "two" : "",
          });
        }
        case "/v5/market/tickers":
          return answer({ category: "linear", list: NAMES.map((symbol) => ({ symbol, ...FIGURES })) });
        case "/v5/market/kline": {
          const interval = intervalOf(query.interval);
          if (interval === undefined) return Response.json({ retCode: 10001, retMsg: "interval invalid", result: {} });
          const rows: string[][] = [];
          for (let at = openTimeOf(interval, Number(query.start)); at <= Math.min(Number(query.end), now); ) {
            const row = at >= Number(query.start) ? rowOf(interval, at, now) : undefined;
            if (row !== undefined) rows.push(row);
            at = nextOpenTime(interval, at);
          }
          return answer({
            symbol: query.symbol,
            category: "linear",
            list: rows.reverse().slice(0, Number(query.limit)),
          });
        }
        default:
          return new Response("not found", { status: 404 });
      }
    },
    { preconnect: () => {} },
  );

  open(url: string): WebSocket {
    const socket = new FakeSocket(this, url);
    this.sockets.push(socket);
    void this.clock.sleep(millis(10)).then(() => socket.onopen?.());
    return socket as unknown as WebSocket;
  }

  /** The sockets that are open. */
  get live(): FakeSocket[] {
    return this.sockets.filter(({ isClosed }) => !isClosed);
  }

  /** Each second: states of candles, final ones at a close, and tickers of which the volume has changed. */
  async run(): Promise<void> {
    for (;;) {
      await this.clock.sleep(millis(1_000 - (this.clock.now() % 1_000)));
      if (!this.isRunning) return;
      for (const socket of this.live) socket.tell(this.clock.now());
    }
  }
}

const FIGURES = {
  ...{ lastPrice: "100", prevPrice24h: "99", highPrice24h: "101", lowPrice24h: "98", volume24h: "720" },
  turnover24h: "72000",
};

class FakeSocket {
  readonly topics: Set<string> = new Set();
  readonly pings: number[] = [];
  isClosed = false;
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  readonly #bybit: FakeBybit;
  readonly path: string;

  constructor(bybit: FakeBybit, url: string) {
    this.#bybit = bybit;
    this.path = new URL(url).pathname;
  }

  send(text: string): void {
    const { op, args = [], req_id } = JSON.parse(text) as { op: string; args?: string[]; req_id: string };
    if (op === "ping") this.pings.push(this.#bybit.clock.now() - START);
    if (args.length > 10) throw new Error("too many args");
    this.#send({ success: true, ret_msg: op === "ping" ? "pong" : "", conn_id: "c", req_id, op });
    for (const topic of args) {
      if (op === "unsubscribe") this.topics.delete(topic);
      if (op !== "subscribe") continue;
      this.topics.add(topic);
      const [kind, symbol] = topic.split(".");
      if (kind !== "tickers" || this.#bybit.mute.has(topic)) continue;
      this.#send({ topic, type: "snapshot", ts: this.#bybit.clock.now(), data: { symbol, ...FIGURES } });
    }
  }

  tell(now: number): void {
    for (const topic of this.topics) {
      if (this.#bybit.mute.has(topic)) continue;
      const [kind, ...rest] = topic.split(".");
      const symbol = rest.at(-1);
      if (kind === "tickers") {
        const volume24h = String(720 + (now - START) / 1e6);
        this.#send({ topic, type: "delta", ts: now, data: { symbol, volume24h, bid1Price: "99.9" } });
        continue;
      }
      const open = openTimeOf("1m", now);
      const states = [{ ...stateOf(open, now), confirm: false }];
      if (now === open) states.unshift({ ...stateOf(open - MINUTE, now), confirm: true });
      this.#send({ topic, type: "snapshot", ts: now, data: states.filter(({ volume }) => volume !== undefined) });
    }
  }

  close(): void {
    this.isClosed = true;
  }

  /** The connection is lost. */
  cut(): void {
    this.isClosed = true;
    this.onclose?.({ code: 1006, reason: "" });
  }

  #send(frame: object): void {
    if (!this.isClosed) this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

function stateOf(start: number, now: number) {
  const [, open, high, low, close, volume, turnover] = rowOf("1m", start, now + 1) ?? [];
  return { start, end: start + MINUTE - 1, interval: "1", open, close, high, low, volume, turnover, timestamp: now };
}

let ending = new AbortController();
let bybit = new FakeBybit();
afterEach(async () => {
  ending.abort(new Error("the test is over"));
  bybit.isRunning = false;
  await bybit.clock.turn(2_000);
});

async function followed(intervals: readonly Interval[]) {
  ending = new AbortController();
  bybit = new FakeBybit();
  const { clock } = bybit;
  const store = new MarketStore({ intervals, capacity: 60 });
  const said: string[] = [];
  const feed = new LiveFeed({
    exchange: BYBIT_LINEAR,
    restUrl: "http://bybit",
    wsUrl: "ws://bybit",
    selection: { kind: "list", symbols: SYMBOLS },
    quote: "USDT",
    gaps: store,
    clock,
    stopwatch: clock.stopwatch,
    random: seededRandom(7),
    log: { info: () => {}, warn: (message) => said.push(message) },
    fetch: bybit.fetch,
    openSocket: (url) => bybit.open(url),
    // Streams of one symbol are on two connections.
    pool: { streams: 5 },
  });
  void bybit.run();
  void feed.run((event) => store.apply(event), ending.signal);
  await clock.turn(10_000);
  /** Closed klines of a series, as the store has them. */
  const held = (symbol: Symbol, interval: Interval): Kline[] => {
    const ring = store.series(symbol, interval)?.ring;
    const klines = Array.from({ length: ring?.length ?? 0 }, (_, at) => ring?.read(at, emptyKline()) as Kline);
    return klines.filter(({ closed }) => closed);
  };
  const isWhole = (): boolean =>
    SYMBOLS.every((symbol) => intervals.every((one) => store.missing(symbol, one, store.marketTime).length === 0));
  return { feed, store, said, clock, held, isWhole };
}

describe("a feed of Bybit's linear market", () => {
  test("has all history of every interval, from REST's newest rows and folded from shorter ones", async () => {
    const { store, said, held, isWhole } = await followed(["1m", "1h", "8h", "1d", "3d", "1M"]);
    expect([said, isWhole()]).toEqual([[], true]);
    const now = store.marketTime;
    for (const interval of store.intervals) {
      const klines = held(BTC, interval);
      expect(klines.length).toBeGreaterThan(interval === "1M" ? 0 : 5);
      for (const kline of klines) {
        const row = rowOf(interval, kline.openTime, now)?.map(Number) ?? [];
        const { openTime, open, high, low, close, volume, quoteVolume, trades, takerBuyVolume } = kline;
        expect([interval, openTime, open, high, low, close, volume, quoteVolume]).toEqual([interval, ...row] as never);
        expect([trades, takerBuyVolume]).toEqual([Number.NaN, Number.NaN]);
        expect(kline.closeTime).toBe(closeTimeOf(interval, openTime));
      }
      const span = store.series(BTC, interval);
      expect(span?.first).toBeGreaterThanOrEqual(openTimeOf(interval, LISTED));
    }
    const words = bybit.asked.map((url) => url.searchParams.get("interval")).filter((word) => word !== null);
    expect(words.length).toBeGreaterThan(0);
    expect(words.filter((word) => intervalOf(word) === undefined)).toEqual([]);
  });

  test("subscribes by messages, pings, and has tickers merged from changes", async () => {
    const { feed, store, clock } = await followed(["1m"]);
    await clock.turn(60_000);
    expect(feed.status()).toMatchObject({ state: "live", source: "simulated", connections: 2, silences: [] });
    expect(bybit.live.map(({ path, topics }) => [path, topics.size])).toEqual([
      ["/v5/public/linear", 5],
      ["/v5/public/linear", 1],
    ]);
    const [first = 0, ...later] = bybit.live[0]?.pings ?? [];
    expect(later.map((at) => at - first)).toEqual([20_000, 40_000]);
    const ticker = store.ticker(ETH);
    expect(ticker).toMatchObject({ price: 100, open: 99, high: 101, low: 98, priceChange: 1, quoteVolume: 72_000 });
    expect(ticker?.volume).toBeGreaterThan(720.06);
    expect(feed.figures().closesAsked).toBe(0);
  });

  test("loses nothing when a connection is lost", async () => {
    const { feed, store, clock, held, isWhole } = await followed(["1m", "1h"]);
    await clock.turn(70_000);
    bybit.live[0]?.cut();
    expect(isWhole()).toBe(false);
    await clock.turn(130_000);
    expect([isWhole(), feed.status().state]).toEqual([true, "live"]);
    const times = held(BTC, "1m").map(({ openTime }) => openTime as number);
    expect(times.at(-1)).toBe(openTimeOf("1m", store.marketTime) - MINUTE);
    expect(times.every((at, index) => index === 0 || at - (times[index - 1] ?? 0) === MINUTE)).toBe(true);
  });

  test("begins a ticker's stream anew where a change can't be believed: what else it changed isn't known", async () => {
    const { feed, store, clock } = await followed(["1m"]);
    await clock.turn(20_000);
    const socket = bybit.live.find(({ topics }) => topics.has("tickers.BTCUSDT"));
    const data = { symbol: "BTCUSDT", lastPrice: "nonsense", lowPrice24h: "97" };
    const frame = { topic: "tickers.BTCUSDT", type: "delta", ts: clock.now(), data };
    socket?.onmessage?.({ data: JSON.stringify(frame) });
    await clock.turn(3_000);
    expect(feed.figures().streams).toEqual({ resubscribed: 1, moved: 0 });
    expect(feed.figures().frames.get("no_snapshot") ?? 0).toBeLessThan(2);
    expect(store.ticker(BTC)?.updatedAt).toBeGreaterThan(clock.now() - 2_000);
  });

  test("wakes a symbol's own streams: tickers that don't come though it trades, and klines", async () => {
    const { feed, clock, isWhole } = await followed(["1m"]);
    await clock.turn(60_000);
    bybit.mute.add("tickers.ETHUSDT");
    await clock.turn(150_000);
    expect(feed.figures().streams.resubscribed).toBe(1);
    bybit.mute.clear();
    await clock.turn(60_000);
    bybit.mute.add("kline.1.ETHUSDT");
    await clock.turn(150_000);
    expect(feed.figures().streams.resubscribed).toBeGreaterThan(1);
    expect(feed.figures().closesAsked).toBeGreaterThan(0);
    expect(isWhole()).toBe(true);
  });
});

test("what is asked doesn't exceed the address's budget, however much is missing", async () => {
  const { clock } = await followed(["1m", "5m", "1h", "4h", "1d"]);
  await clock.turn(30_000);
  expect(bybit.asked.length).toBeGreaterThan(10);
  expect(bybit.asked.length).toBeLessThan(0.8 * BYBIT_LINEAR.rest.budget.most);
});
