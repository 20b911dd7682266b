import {
  addCandles,
  closeTimeOf,
  type Interval,
  type MarketId,
  marketOf,
  openTimeOf,
  parseSymbol,
  type Symbol,
  symbolAt,
  type UnixMs,
} from "../../src/core/mod.ts";
import {
  type AskedOfFilter,
  type CloseRequest,
  type FilterCheck,
  type FilterFault,
  type KlinesRead,
  type MarketAtClose,
  type MarketDataSource,
  MarketNotReady,
  type MarketOffer,
  type Screener,
  type ScreenRequest,
  type ScreenResult,
} from "../../src/traders/mod.ts";
import { type ClosesAnswer, type NewTrader, OF_VYX } from "../../src/wire/mod.ts";
import { viewOfArrays } from "./arrays-view.ts";

/** A close of 1m, so many minutes after the first one. */
export function minuteClose(index: number): UnixMs {
  return closeTimeOf("1m", addCandles("1m", Date.UTC(2026, 1, 10), index));
}

export const SYMBOLS: readonly Symbol[] = ["AAAUSDT", "BBBUSDT", "CCCUSDT", "DDDUSDT"].map(parseSymbol);

/** A trader whose filter is a rule of {@link RuleScreener}. */
export function aTrader(change: Partial<NewTrader> = {}): NewTrader {
  return {
    name: "made up",
    description: "",
    enabled: true,
    code: "every 1",
    timeframes: ["1m"],
    triggerInterval: "1m",
    symbols: null,
    cooldownCandles: 0,
    ...change,
  };
}

/** Whether "every N" matches: a pure function of symbol and close, as a filter is one of the klines. */
export function ruleMatches(code: string, symbol: Symbol, interval: Interval, closeTime: number): boolean {
  const every = Number(/^every (\d+)$/.exec(code)?.[1]);
  const candle = openTimeOf(interval, closeTime) / 60_000;
  return (candle + symbol.charCodeAt(0)) % every === 0;
}

/** The price that the made-up market has at a close. */
export function rulePrice(symbol: Symbol, closeTime: number): number {
  return symbol.charCodeAt(0) + (closeTime % 1_000_000) / 1_000;
}

/** A market without klines. Symbols in `without` have no candle of that close yet. */
export class RuleMarket implements MarketDataSource {
  last: UnixMs = minuteClose(0);
  symbols: readonly Symbol[] = SYMBOLS;
  /** What can be asked for, unknown unless set. */
  offered: MarketOffer | undefined;
  /** By close time, the symbols whose candle isn't there yet. */
  readonly without: Map<number, Set<Symbol>> = new Map();
  /** Throws in place of answering. */
  fault: (() => Error | undefined) | undefined;

  async closes(): Promise<ClosesAnswer["intervals"]> {
    this.#mayFail();
    return { "1m": { closeTime: this.last, closed: this.symbols.length, total: this.symbols.length, pending: [] } };
  }

  async offer(): Promise<MarketOffer | undefined> {
    this.#mayFail();
    return this.offered;
  }

  async klines(): Promise<KlinesRead> {
    this.#mayFail();
    return { klines: [], ticker: null, readFrom: OF_VYX };
  }

  async at({ symbols, closeTime }: CloseRequest): Promise<RuleMarketAtClose> {
    this.#mayFail();
    const without = this.without.get(closeTime) ?? new Set();
    return {
      view: NO_KLINES,
      symbols: (symbols ?? this.symbols).filter((symbol) => this.offered?.symbols.has(symbol) !== false),
      intervals: this.offered?.intervals,
      without,
      price: (symbol) => (without.has(symbol) ? undefined : rulePrice(symbol, closeTime)),
      source: "recorded",
      readFrom: OF_VYX,
    };
  }

  #mayFail(): void {
    const error = this.fault?.();
    if (error !== undefined) throw error;
  }
}

/** Several such markets, each with symbols, closes and faults of its own. */
export class RuleMarkets implements MarketDataSource {
  readonly #markets: ReadonlyMap<MarketId, RuleMarket>;

  /** The first one first. */
  constructor(markets: readonly MarketId[]) {
    this.#markets = new Map(
      markets.map((market) => {
        const made = new RuleMarket();
        made.symbols = SYMBOLS.map((symbol) => symbolAt(market, symbol) as Symbol);
        made.offered = { intervals: ["1m", "5m"], symbols: new Set(made.symbols) };
        return [market, made];
      }),
    );
  }

  of(market: MarketId = [...this.#markets.keys()][0] as MarketId): RuleMarket {
    const found = this.#markets.get(market);
    if (found === undefined) throw new MarketNotReady(`${market} is not served here`);
    return found;
  }

  async markets(): Promise<readonly MarketId[]> {
    return [...this.#markets.keys()];
  }

  async closes(_whom?: string, market?: MarketId): Promise<ClosesAnswer["intervals"]> {
    return await this.of(market).closes();
  }

  async offer(market?: MarketId): Promise<MarketOffer | undefined> {
    return await this.of(market).offer();
  }

  async klines(symbol: Symbol): Promise<KlinesRead> {
    return await this.of(marketOf(symbol)).klines();
  }

  async at(close: CloseRequest): Promise<MarketAtClose> {
    return await this.of(close.market).at(close);
  }
}

const NO_KLINES = viewOfArrays([]);

interface RuleMarketAtClose extends MarketAtClose {
  readonly without: ReadonlySet<Symbol>;
}

/** Screens by rules: "every N", or "throws". */
export class RuleScreener implements Screener {
  screens = 0;
  /** What is said of a match. */
  facts: (request: ScreenRequest) => Record<string, unknown> = ({ code }) => ({ code });
  /** What is said of a symbol for which the rule throws. */
  message = "1:1 it throws";
  /** Awaited before each screen. */
  before: (request: ScreenRequest) => Promise<void> = async () => {};

  async screen(request: ScreenRequest): Promise<ScreenResult> {
    this.screens += 1;
    await this.before(request);
    const { code, interval, closeTime } = request;
    const { without } = request.market as RuleMarketAtClose;
    const symbols = request.symbols.filter((symbol) => !without.has(symbol));
    const skipped = request.symbols
      .filter((symbol) => without.has(symbol))
      .map((symbol) => ({ symbol, reason: "no candle" }));
    if (code === "throws") {
      return {
        matches: [],
        checked: symbols.length,
        skipped,
        errors: symbols.map((symbol) => ({ symbol, message: this.message })),
      };
    }
    const matches = symbols
      .filter((symbol) => ruleMatches(code, symbol, interval, closeTime))
      .map((symbol) => ({ symbol, facts: this.facts(request) }));
    return { matches, checked: symbols.length, skipped, errors: [] };
  }

  /** What is wrong with a filter. */
  fault: (filter: { code: string } & AskedOfFilter) => FilterFault | undefined = () => undefined;

  /** The intervals that filters name. */
  reads: readonly Interval[] | null = null;

  async windows(): Promise<ReadonlyMap<Interval, number>> {
    return new Map();
  }

  async check(code: string, asked: AskedOfFilter = {}): Promise<FilterCheck> {
    const fault = this.fault({ code, ...asked });
    const unknown = { timeframes: this.reads, notes: [] };
    return fault === undefined
      ? { errors: [], engine: "rule", ...unknown }
      : { errors: [fault], engine: null, ...unknown };
  }
}
