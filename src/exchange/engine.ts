import { type Clock, type Interval, InvalidInput, type Kline, type UnixMs } from "../core/mod.ts";
import { Connections } from "./connections.ts";
import type { Market } from "./market.ts";
import { MarketClock } from "./market-clock.ts";
import { RecordedMarket } from "./recorded/market.ts";
import { Rest } from "./rest.ts";
import { SeededMarket } from "./seeded/market.ts";
import { Streams } from "./streams.ts";
import { PairView } from "./view.ts";
import { Weights } from "./weights.ts";

/** The seed of the made-up market when nobody says. */
export const DEFAULT_SEED = 1;

/** Which market the stand-in has, and how its time runs. */
export interface EngineOptions {
  /** A folder of recorded klines; without it the market is made up. */
  readonly data?: string;
  /** Market time at which live data begins: by default half-way through the recording, or now. */
  readonly start?: UnixMs;
  /** Market seconds a second; 1 by default. */
  readonly speed?: number;
  /** Which pairs, or how many: all that were recorded, or the 50 largest made-up ones, by default. */
  readonly symbols?: readonly string[] | number;
  /** Which made-up market: the same number gives the same one. */
  readonly seed?: number;
  readonly clock: Clock;
  readonly log?: (message: string, details?: Record<string, unknown>) => void;
}

/** What a stand-in tells of itself, whatever carries it. */
export interface ExchangeFacts {
  readonly source: Market["source"];
  readonly symbols: readonly string[];
  /** Market time at which the data ends; undefined for a made-up market. */
  readonly end: UnixMs | undefined;
  /** Market time. */
  now(): UnixMs;
  /** The final klines (1m unless said) that open from `from` to `to`: what a faithful reader must end up with. */
  truth(symbol: string, from: number, to: number, interval?: Interval): readonly Kline[];
}

/**
 * The stand-in without its doors: a market whose time runs, what REST answers of it, and the connections that hear of it.
 * Knows no network; time and chance are what it is given.
 */
export class Engine implements ExchangeFacts {
  readonly rest: Rest;
  readonly connections: Connections;
  readonly source: Market["source"];
  readonly symbols: readonly string[];
  readonly end: UnixMs | undefined;
  readonly #market: Market;
  readonly #time: MarketClock;
  readonly #streams: Streams;
  readonly #log: NonNullable<EngineOptions["log"]>;

  /** Throws InvalidInput for options that can't be met. */
  constructor(options: EngineOptions) {
    const { clock, speed = 1, log = () => {} } = options;
    if (!(speed > 0)) throw new InvalidInput(`speed ${speed} is not possible: expected more than 0`);
    const market = marketOf(options);
    this.#market = market;
    this.#log = log;
    this.#time = new MarketClock(clock, startOf(market, options.start), speed, market.end);
    const views = new Map(market.pairs.map((pair, index) => [pair.symbol, new PairView(market, pair, index)]));
    this.#streams = new Streams(views);
    this.connections = new Connections(this.#streams, clock);
    this.rest = new Rest(market, views, new Weights(clock), () => this.now());
    this.source = market.source;
    this.symbols = market.pairs.map(({ symbol }) => symbol);
    this.end = market.end;
  }

  now(): UnixMs {
    return this.#time.now();
  }

  truth(symbol: string, from: number, to: number, interval: Interval = "1m"): readonly Kline[] {
    return this.#market.klines(symbol, interval, from, to, Number.POSITIVE_INFINITY);
  }

  /** Lets market time run until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const running = this.#time
      .run((now) => this.#streams.step(now), signal)
      .then(() => {
        if (!signal.aborted)
          this.#log("the recorded data has ended: market time stands still", { marketTime: this.now() });
      });
    await Promise.all([running, this.connections.keepAlive(signal)]);
  }
}

function marketOf({ data, symbols, seed = DEFAULT_SEED, clock, start }: EngineOptions): Market {
  const names = typeof symbols === "object" ? symbols.map((name) => name.toUpperCase()) : symbols;
  return data === undefined ? new SeededMarket(seed, start ?? clock.now(), names) : new RecordedMarket(data, names);
}

function startOf(market: Market, start: UnixMs | undefined): UnixMs {
  const { end } = market;
  if (start === undefined) return market.start;
  if (end !== undefined && start >= end) {
    throw new InvalidInput(
      `start ${new Date(start).toISOString()} lies behind the recorded data: it ends at ${new Date(end).toISOString()}`,
    );
  }
  return start;
}
