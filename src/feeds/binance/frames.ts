import {
  emptyKline,
  type Interval,
  isInterval,
  isOpenTime,
  isSymbolText,
  type Kline,
  type KlineFault,
  klineFault,
  type MarketSink,
  parseSymbol,
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
  | "misaligned"
  | "bad_event_time"
  | "bad_ticker"
  | KlineFault;

/** A state of a candle is told this long after its close at most, in milliseconds; 30 s have been seen (reported). */
const LATEST_MS = 600_000;

/** Of the tickers that nobody asked for, so many in a frame are looked at for whether the exchange speaks at all. */
const OTHERS_LOOKED_AT = 3;

/** What the reader of frames asks of the feed that it works for. */
export interface FrameHooks {
  /** Whether an event of a symbol can be believed by its time. `frame` numbers the frames that were read. */
  believes(eventTime: UnixMs, symbol: string, frame: number): boolean;
  /** A frame held sound tickers of this moment, though none of a symbol that we follow: the exchange speaks. */
  heardOthers(): void;
}

/** A recording is believed: it was looked at when it was made. */
const BELIEVING: FrameHooks = { believes: () => true, heardOthers: () => {} };

/** The longest part of a refused frame that is kept for people to look at, in characters. */
const KEPT_CHARACTERS = 500;

/**
 * Reads the frames of Binance's market streams, raw or combined. Foreign data: unknown events pass, broken ones are
 * counted by reason and the first of each kind is kept; nothing here throws. Source: Binance spot WebSocket streams,
 * 2026-07. One kline object is used for all frames, so a frame costs no garbage beyond JSON.parse's own.
 */
export class FrameReader {
  /** How many frames (or members of a ticker array) met each outcome. */
  readonly counts: Map<FrameOutcome, number> = new Map();
  /** The first frame of each kind that was refused. */
  readonly firstRefused: Map<FrameOutcome, string> = new Map();
  readonly #symbols: ReadonlyMap<string, Symbol>;
  readonly #sink: MarketSink;
  readonly #onShutdown: () => void;
  readonly #kline: Kline = emptyKline();
  readonly #event: { type: "kline"; symbol: Symbol; interval: Interval; kline: Kline; eventTime: UnixMs };
  readonly #hooks: FrameHooks;
  /** Frames that were read. */
  #frames = 0;

  /** `symbols` by the exchange's name; others are ignored. `onShutdown` runs when the exchange says that it goes down. */
  constructor(
    symbols: ReadonlyMap<string, Symbol>,
    sink: MarketSink,
    onShutdown: () => void = () => {},
    hooks: FrameHooks = BELIEVING,
  ) {
    this.#symbols = symbols;
    this.#sink = sink;
    this.#onShutdown = onShutdown;
    this.#hooks = hooks;
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
    const data = isObject(frame) && "data" in frame && "stream" in frame ? frame.data : frame;
    if (Array.isArray(data)) {
      const tickers = this.counts.get("ticker");
      for (const member of data) this.#readEvent(member, text);
      if (this.counts.get("ticker") === tickers && this.#isOfOthers(data)) this.#hooks.heardOthers();
      return;
    }
    this.#readEvent(data, text);
  }

  #readEvent(data: unknown, text: string): void {
    if (!isObject(data)) {
      this.#refuse("not_an_event", text);
      return;
    }
    switch (data.e) {
      case "kline":
        this.#readKline(data, text);
        break;
      case "24hrMiniTicker":
        this.#readTicker(data, text);
        break;
      case "serverShutdown":
        this.#count("shutdown");
        this.#onShutdown();
        break;
      default:
        this.#count("result" in data || "error" in data || "code" in data ? "control" : "ignored");
    }
  }

  #readKline(data: Members, text: string): void {
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
    const kline = this.#kline;
    kline.openTime = moment(k.t);
    kline.closeTime = moment(k.T);
    kline.open = decimal(k.o);
    kline.high = decimal(k.h);
    kline.low = decimal(k.l);
    kline.close = decimal(k.c);
    kline.volume = decimal(k.v);
    kline.quoteVolume = decimal(k.q);
    kline.trades = typeof k.n === "number" ? k.n : Number.NaN;
    kline.takerBuyVolume = decimal(k.V);
    kline.takerBuyQuoteVolume = decimal(k.Q);
    kline.closed = k.x === true;
    const fault = klineFault(kline);
    if (fault !== undefined) {
      this.#refuse(fault, text);
      return;
    }
    if (!isOpenTime(interval, kline.openTime)) {
      this.#refuse("misaligned", text);
      return;
    }
    const eventTime = moment(data.E);
    if (
      !(eventTime >= kline.openTime && eventTime <= kline.closeTime + LATEST_MS) ||
      !this.#believes(eventTime, symbol)
    ) {
      this.#refuse("bad_event_time", text);
      return;
    }
    this.#count("kline");
    this.#event.symbol = symbol;
    this.#event.interval = interval;
    this.#event.eventTime = eventTime;
    this.#sink(this.#event);
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
    if (!this.firstRefused.has(outcome)) this.firstRefused.set(outcome, text.slice(0, KEPT_CHARACTERS));
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
    price: decimal(data.c),
    open: decimal(data.o),
    high: decimal(data.h),
    low: decimal(data.l),
    volume: decimal(data.v),
    quoteVolume: decimal(data.q),
    updatedAt: moment(data.E),
  };
  return isTickerSane(figures) ? tickerOf(figures) : undefined;
}

/** Whether the figures of a ticker can be meant. */
export function isTickerSane(figures: TickerFigures): boolean {
  const { price, open, high, low, volume, quoteVolume, updatedAt } = figures;
  const numbers = [price, open, high, low, volume, quoteVolume, updatedAt];
  // The last price may lie outside high and low: the exchange makes them from the same trades, but not at the same moment.
  return numbers.every((figure) => Number.isFinite(figure) && figure >= 0) && price > 0 && high >= low;
}

/** The exchange's numbers are decimal strings; anything else is not a number to us. */
export function decimal(value: unknown): number {
  return typeof value === "string" && value !== "" ? Number(value) : Number.NaN;
}

/** A moment in whole milliseconds, or NaN. */
export function moment(value: unknown): UnixMs {
  return (Number.isSafeInteger(value) ? value : Number.NaN) as UnixMs;
}
