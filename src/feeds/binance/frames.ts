import {
  emptyKline,
  type Interval,
  isAmount,
  isInterval,
  isMarketMoment,
  isPrice,
  isSymbolText,
  judgeKline,
  type Kline,
  type KlineRefusal,
  type MarketSink,
  parseSymbol,
  Refusals,
  readDecimal,
  type Symbol,
  type Ticker,
  type TickerFigures,
  tickerOf,
  type UnixMs,
} from "../../core/mod.ts";

/** Why a frame was refused, or what else became of it; the label values of the reader's counters. */
export type FrameOutcome =
  | "kline"
  | "ticker"
  | "shutdown"
  /** Well-formed, of a type or symbol that we didn't ask for: passes. */
  | "ignored"
  /** An answer to a request, or an error of the exchange. */
  | "control"
  | "not_json"
  | "not_an_event"
  | "bad_interval"
  /** It names another symbol or interval than the stream that it came on. */
  | "other_series"
  /** It doesn't say whether the candle is final. */
  | "not_a_flag"
  | "bad_event_time"
  | "bad_ticker"
  | KlineRefusal;

/** A state of a candle is told this long after its close at most, in milliseconds; 30 s have been seen (reported). */
const LATEST_MS = 600_000;

/** Of the tickers that nobody asked for, so many in a frame are looked at for whether the exchange speaks at all. */
const OTHERS_LOOKED_AT = 3;

/** What the reader of frames needs of the feed that it works for. */
export interface FrameHooks {
  /** The exchange says that it goes down. */
  leaves(): void;
  /** Whether an event of a symbol can be believed by its time. `frame` numbers the frames that were read. */
  believes(eventTime: UnixMs, symbol: string, frame: number): boolean;
  /** A frame held sound tickers of this moment, though none of a symbol that we follow: the exchange speaks. */
  heardOthers(): void;
  /** Where refused frames are noted, with the first of each kind. */
  readonly refusals: Refusals;
}

/**
 * Reads the frames of Binance's market streams, raw or combined. Foreign data: unknown events pass, broken ones are
 * counted by reason and the first of each kind is kept; nothing here throws. Source: Binance spot WebSocket streams,
 * 2026-07. One kline object is used for all frames, so a frame costs no garbage beyond JSON.parse's own.
 */
export class FrameReader {
  /** How many frames (or members of a ticker array) met each outcome. */
  readonly counts: Map<FrameOutcome, number> = new Map();
  readonly #symbols: ReadonlyMap<string, Symbol>;
  readonly #sink: MarketSink;
  readonly #kline: Kline = emptyKline();
  readonly #question: { interval: Interval } = { interval: "1m" };
  readonly #event: { type: "kline"; symbol: Symbol; interval: Interval; kline: Kline; eventTime: UnixMs };
  readonly #hooks: FrameHooks;
  /** Frames that were read. */
  #frames = 0;

  /** `symbols` by the exchange's name; others are ignored. Without hooks times are believed, as those of a recording are. */
  constructor(symbols: ReadonlyMap<string, Symbol>, sink: MarketSink, hooks: Partial<FrameHooks> = {}) {
    this.#symbols = symbols;
    this.#sink = sink;
    this.#hooks = {
      leaves: () => {},
      believes: () => true,
      heardOthers: () => {},
      refusals: new Refusals(),
      ...hooks,
    };
    this.#event = { type: "kline", symbol: "" as Symbol, interval: "1m", kline: this.#kline, eventTime: 0 as UnixMs };
  }

  /** Takes one text frame. */
  read(text: string): void {
    this.#frames += 1;
    let frame: unknown;
    try {
      frame = JSON.parse(text);
    } catch {
      this.#refuse("not_json", text);
      return;
    }
    const [data, stream] =
      isObject(frame) && "data" in frame && "stream" in frame ? [frame.data, frame.stream] : [frame, undefined];
    if (Array.isArray(data)) {
      const tickers = this.counts.get("ticker");
      for (const member of data) this.#readEvent(member, undefined, text);
      if (this.counts.get("ticker") === tickers && this.#isOfOthers(data)) this.#hooks.heardOthers();
      return;
    }
    this.#readEvent(data, stream, text);
  }

  #readEvent(data: unknown, stream: unknown, text: string): void {
    if (!isObject(data)) {
      this.#refuse("not_an_event", text);
      return;
    }
    switch (data.e) {
      case "kline":
        this.#readKline(data, stream, text);
        break;
      case "24hrMiniTicker":
        this.#readTicker(data, text);
        break;
      case "serverShutdown":
        this.#count("shutdown");
        this.#hooks.leaves();
        break;
      default:
        this.#count("result" in data || "error" in data || "code" in data ? "control" : "ignored");
    }
  }

  #readKline(data: Members, stream: unknown, text: string): void {
    const k = data.k;
    if (!isObject(k)) {
      this.#refuse("not_an_event", text);
      return;
    }
    const symbol = this.#symbols.get(data.s as string);
    if (symbol === undefined) {
      this.#count("ignored");
      return;
    }
    const interval = k.i;
    if (typeof interval !== "string" || !isInterval(interval)) {
      this.#refuse("bad_interval", text);
      return;
    }
    this.#fill(k);
    const eventTime = moment(data.E);
    const refusal = this.#refusalOf(data, k, interval, eventTime, stream);
    if (refusal !== undefined) {
      this.#refuse(refusal, text);
      return;
    }
    this.#count("kline");
    this.#event.symbol = symbol;
    this.#event.interval = interval;
    this.#event.eventTime = eventTime;
    this.#sink(this.#event);
  }

  /** Reads the figures of a kline event into the one kline that all events share. */
  #fill(k: Members): void {
    const kline = this.#kline;
    kline.openTime = moment(k.t);
    kline.closeTime = moment(k.T);
    kline.open = readDecimal(k.o);
    kline.high = readDecimal(k.h);
    kline.low = readDecimal(k.l);
    kline.close = readDecimal(k.c);
    kline.volume = readDecimal(k.v);
    kline.quoteVolume = readDecimal(k.q);
    kline.trades = typeof k.n === "number" ? k.n : Number.NaN;
    kline.takerBuyVolume = readDecimal(k.V);
    kline.takerBuyQuoteVolume = readDecimal(k.Q);
    kline.closed = k.x === true;
  }

  /** Why the kline that was filled in isn't believed. */
  #refusalOf(
    data: Members,
    k: Members,
    interval: Interval,
    eventTime: UnixMs,
    stream: unknown,
  ): FrameOutcome | undefined {
    if (k.s !== undefined && k.s !== data.s) return "other_series";
    if (typeof stream === "string" && !stream.endsWith(`@kline_${interval}`)) return "other_series";
    if (typeof k.x !== "boolean") return "not_a_flag";
    this.#question.interval = interval;
    const refusal = judgeKline(this.#kline, this.#question);
    if (refusal !== undefined) return refusal;
    const { openTime, closeTime, closed } = this.#kline;
    if (!(eventTime >= openTime && eventTime <= closeTime + LATEST_MS)) return "bad_event_time";
    if (!this.#believes(eventTime, data.s as string)) return "bad_event_time";
    return closed && closeTime > eventTime ? "not_over" : undefined;
  }

  #readTicker(data: Members, text: string): void {
    const symbol = this.#symbols.get(data.s as string);
    if (symbol === undefined) {
      this.#count("ignored");
      return;
    }
    const ticker = miniTicker(symbol, data);
    if (ticker === undefined) {
      this.#refuse("bad_ticker", text);
      return;
    }
    if (!this.#believes(ticker.updatedAt, symbol)) {
      this.#refuse("bad_event_time", text);
      return;
    }
    this.#count("ticker");
    this.#sink({ type: "ticker", ticker });
  }

  #believes(eventTime: UnixMs, symbol: string): boolean {
    return this.#hooks.believes(eventTime, symbol, this.#frames);
  }

  /** Whether an array holds tickers of symbols that we don't follow, sound and of this moment. */
  #isOfOthers(members: readonly unknown[]): boolean {
    return members.slice(0, OTHERS_LOOKED_AT).some((member) => {
      if (!isObject(member) || member.e !== "24hrMiniTicker" || typeof member.s !== "string") return false;
      if (this.#symbols.has(member.s) || !isSymbolText(member.s)) return false;
      const ticker = miniTicker(parseSymbol(member.s), member);
      return ticker !== undefined && this.#believes(ticker.updatedAt, member.s);
    });
  }

  #count(outcome: FrameOutcome): void {
    this.counts.set(outcome, (this.counts.get(outcome) ?? 0) + 1);
  }

  #refuse(outcome: FrameOutcome, text: string): void {
    this.#count(outcome);
    this.#hooks.refusals.note("stream", outcome, () => text);
  }
}

type Members = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null;
}

/** A mini ticker; it tells open and last price, and leaves change and percent to the reader. */
function miniTicker(symbol: Symbol, data: Members): Ticker | undefined {
  const figures = {
    symbol,
    price: readDecimal(data.c),
    open: readDecimal(data.o),
    high: readDecimal(data.h),
    low: readDecimal(data.l),
    volume: readDecimal(data.v),
    quoteVolume: readDecimal(data.q),
    updatedAt: moment(data.E),
  };
  return isTickerSane(figures) ? tickerOf(figures) : undefined;
}

/** Whether the figures of a ticker can be meant. */
export function isTickerSane(figures: TickerFigures): boolean {
  const { price, open, high, low, volume, quoteVolume, updatedAt } = figures;
  // A symbol without a trade in 24 hours has zeros there. The last price may lie outside high and low: the exchange makes
  // them from the same trades, but not at the same moment.
  const arePrices = [open, high, low].every((figure) => figure === 0 || isPrice(figure));
  return (
    isPrice(price) && arePrices && high >= low && isAmount(volume) && isAmount(quoteVolume) && isMarketMoment(updatedAt)
  );
}

/** A moment in whole milliseconds, or NaN. */
export function moment(value: unknown): UnixMs {
  return (Number.isSafeInteger(value) ? value : Number.NaN) as UnixMs;
}
