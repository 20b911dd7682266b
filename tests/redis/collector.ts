import type { RedisClient } from "bun";
import type { Interval, Kline } from "../../src/core/mod.ts";

/** Candles that the collector kept of each series. */
const KEPT_CANDLES = 1_000;

/** The payload `k` of the exchange's kline stream, of which the collector stored most fields as they came. */
export interface StreamKline {
  readonly t: number;
  readonly T: number;
  readonly s: string;
  readonly i: string;
  readonly o: string;
  readonly h: string;
  readonly l: string;
  readonly c: string;
  readonly v: string;
  readonly n: number;
  readonly x: boolean;
  readonly q: string;
  readonly V?: string;
  readonly Q?: string;
}

/** How a collector behaved. */
export interface CollectorOptions {
  /** Whether it kept the taker's volumes; some did. */
  readonly hasTaker?: boolean;
}

/**
 * What was before Vyx, as its readers knew it: each state of a candle replaces the one before in the sorted set
 * `klines:{symbol}:{interval}` (score: open time; member: JSON, decimals as text), and a close moves
 * `lastClosed:{symbol}:{interval}`.
 */
export class Collector {
  readonly #redis: RedisClient;
  readonly #hasTaker: boolean;
  #sockets: WebSocket[] = [];
  /** States that wait to be written, the newest of each candle. */
  readonly #waiting: Map<string, StreamKline> = new Map();
  #writing: Promise<void> | undefined;

  constructor(redis: RedisClient, { hasTaker = true }: CollectorOptions = {}) {
    this.#redis = redis;
    this.#hasTaker = hasTaker;
  }

  /** A candle as a member of the sorted set. */
  member(k: StreamKline): string {
    const { t, T, s, i, o, h, l, c, v, n, x, q, V, Q } = k;
    return JSON.stringify({ t, T, s, i, o, h, l, c, v, n, x, q, ...(this.#hasTaker ? { V, Q } : {}) });
  }

  /** Stores states of candles, in order, in one go. */
  async store(klines: readonly StreamKline[]): Promise<void> {
    const sent: Promise<unknown>[] = [];
    for (const k of klines) {
      const key = `klines:${k.s}:${k.i}`;
      sent.push(this.#redis.send("ZREMRANGEBYSCORE", [key, String(k.t), String(k.t)]));
      sent.push(this.#redis.send("ZADD", [key, String(k.t), this.member(k)]));
      if (k.x) sent.push(this.#redis.send("SET", [`lastClosed:${k.s}:${k.i}`, String(k.T)]));
    }
    for (const key of new Set(klines.map(({ s, i }) => `klines:${s}:${i}`))) {
      sent.push(this.#redis.send("ZREMRANGEBYRANK", [key, "0", String(-KEPT_CANDLES - 1)]));
    }
    await Promise.all(sent);
  }

  /** Stores klines that are over, such as recorded ones. */
  async storeKlines(symbol: string, interval: Interval, klines: readonly Kline[]): Promise<void> {
    await this.store(klines.map((kline) => streamKline(symbol, interval, kline)));
  }

  /** Fills from the exchange's REST and follows its streams until it is stopped, as the collector did at its start. */
  async follow(
    exchangeUrl: string,
    symbols: readonly string[],
    intervals: readonly Interval[],
    limit = 500,
  ): Promise<void> {
    const streams = symbols.flatMap((symbol) =>
      intervals.map((interval) => `${symbol.toLowerCase()}@kline_${interval}`),
    );
    const socket = new WebSocket(`${exchangeUrl.replace("http", "ws")}/stream?streams=${streams.join("/")}`);
    this.#sockets.push(socket);
    // What comes while history is read is stored after it, so that no state goes back.
    let early: StreamKline[] | undefined = [];
    socket.onmessage = ({ data }) => {
      const { k } = (JSON.parse(String(data)) as { data: { k: StreamKline } }).data;
      if (early !== undefined) early.push(k);
      else this.#write(k);
    };
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    for (const symbol of symbols) {
      for (const interval of intervals) {
        const query = `symbol=${encodeURIComponent(symbol)}&interval=${interval}&limit=${limit}`;
        const rows = (await (await fetch(`${exchangeUrl}/api/v3/klines?${query}`)).json()) as unknown[][];
        const now = ((await (await fetch(`${exchangeUrl}/api/v3/time`)).json()) as { serverTime: number }).serverTime;
        await this.store(rows.map((row) => ofRow(symbol, interval, row, now)));
      }
    }
    const waiting = early;
    early = undefined;
    await this.store(waiting);
  }

  /** Ends following, when what was heard is written. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.close();
    this.#sockets = [];
    await this.#writing;
  }

  /** What comes while Redis is busy is written after it, in one go. */
  #write(k: StreamKline): void {
    this.#waiting.set(`${k.s} ${k.i} ${k.t}`, k);
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.size > 0) {
      const klines = [...this.#waiting.values()];
      this.#waiting.clear();
      await this.store(klines);
    }
  }
}

/** A kline as the exchange's stream tells it, decimals with eight places. */
export function streamKline(symbol: string, interval: Interval, kline: Kline): StreamKline {
  const text = (figure: number): string => figure.toFixed(8);
  return {
    t: kline.openTime,
    T: kline.closeTime,
    s: symbol,
    i: interval,
    o: text(kline.open),
    h: text(kline.high),
    l: text(kline.low),
    c: text(kline.close),
    v: text(kline.volume),
    n: kline.trades,
    x: kline.closed,
    q: text(kline.quoteVolume),
    V: text(kline.takerBuyVolume),
    Q: text(kline.takerBuyQuoteVolume),
  };
}

function ofRow(symbol: string, interval: Interval, row: readonly unknown[], now: number): StreamKline {
  const [t, o, h, l, c, v, T, q, n, V, Q] = row as [
    number,
    string,
    string,
    string,
    string,
    string,
    number,
    string,
    number,
    string,
    string,
  ];
  return { t, T, s: symbol, i: interval, o, h, l, c, v, n, x: T < now, q, V, Q };
}
