import {
  type Clock,
  closeTimeOf,
  type Interval,
  InvalidInput,
  type Kline,
  type MarketId,
  millis,
  type SymbolStatus,
  type UnixMs,
} from "../core/mod.ts";
import { Connections } from "./connections.ts";
import type { Budget, Dialect } from "./dialect.ts";
import { DIALECTS } from "./dialects.ts";
import { AnswerFaults } from "./faults/answers.ts";
import { CloseFaults } from "./faults/closes.ts";
import { DeadAir } from "./faults/dead-air.ts";
import { type Fault, type FaultCounts, Faults } from "./faults/faults.ts";
import { HandshakeFailed, Handshakes } from "./faults/handshakes.ts";
import { HttpFaults } from "./faults/http.ts";
import { type FaultKind, faultKindsOf } from "./faults/kinds.ts";
import { MAX_LISTED, SymbolLives } from "./faults/life.ts";
import { FaultyMarket } from "./faults/market.ts";
import type { FaultPlan } from "./faults/plan.ts";
import type { Market, Pair } from "./market.ts";
import { MarketClock } from "./market-clock.ts";
import { RecordedMarket } from "./recorded/market.ts";
import { Rest } from "./rest.ts";
import { SeededMarket } from "./seeded/market.ts";
import { Streams } from "./streams.ts";
import { PairView } from "./view.ts";

/** The seed of the made-up market when nobody says. */
export const DEFAULT_SEED = 1;

/** Which market the stand-in has, how its time runs, and what goes wrong. */
export interface EngineOptions {
  /** Which market of an exchange it speaks as; Binance spot by default. */
  readonly as?: MarketId;
  /** A folder of recorded klines; without it the market is made up. */
  readonly data?: string;
  /** Market time at which live data begins: by default half-way through the recording, or now. */
  readonly start?: UnixMs;
  /** Market seconds a second; 1 by default. */
  readonly speed?: number;
  /** Which pairs, or how many: all that were recorded, or the 50 largest made-up ones, by default. */
  readonly symbols?: readonly string[] | number;
  /** Which made-up market, and which faults: the same number gives the same ones. */
  readonly seed?: number;
  /** What goes wrong; nothing by default. */
  readonly faults?: FaultPlan;
  /** Told of each fault as it happens. Must not throw. */
  readonly onFault?: (fault: Fault) => void;
  readonly clock: Clock;
  readonly log?: (message: string, details?: Record<string, unknown>) => void;
}

/** A symbol and how it stands. */
export interface SymbolAt {
  readonly symbol: string;
  readonly status: SymbolStatus;
}

/** What a stand-in tells of itself, whatever carries it. */
export interface ExchangeFacts {
  readonly market: MarketId;
  readonly source: Market["source"];
  /** The symbols that there were at the start. */
  readonly symbols: readonly string[];
  /** Market time at which the data ends; undefined for a made-up market. */
  readonly end: UnixMs | undefined;
  /** Market time. */
  now(): UnixMs;
  /**
   * The final klines (1m unless said) that open from `from` to `to`, as REST tells them at the market time `asOf` (now unless
   * said) once they have ended: what a faithful reader must end up with, NaN in the columns that the exchange doesn't tell. Also
   * those of a symbol that has left.
   */
  truth(symbol: string, from: number, to: number, interval?: Interval, asOf?: number): readonly Kline[];
  /** The symbols that there are at a market time up to now (now by default), as exchangeInfo tells them. */
  symbolsAt(at?: number): readonly SymbolAt[];
  /** How many faults of each kind have happened. */
  faults(): FaultCounts;
  /** From now on nothing new goes wrong; what has begun goes on to its end. */
  calm(): void;
  /** REST calls by an address that was banned and had been told so. */
  callsWhileBanned(): number;
}

/**
 * The stand-in without its doors: a market whose time runs, what REST answers of it, and the connections that hear of it.
 * Knows no network; time and chance are what it is given.
 */
export class Engine {
  readonly connections: Connections;
  readonly source: Market["source"];
  readonly symbols: readonly string[];
  readonly end: UnixMs | undefined;
  readonly #market: FaultyMarket;
  readonly #time: MarketClock;
  readonly #clock: Clock;
  readonly #lives: SymbolLives;
  readonly #streams: Streams;
  readonly #rest: Rest;
  readonly #dialect: Dialect;
  readonly #budget: Budget;
  readonly #faults: Faults;
  readonly #httpFaults: HttpFaults;
  readonly #answerFaults: AnswerFaults;
  readonly #deadAir: DeadAir;
  readonly #handshakes: Handshakes;
  readonly #log: NonNullable<EngineOptions["log"]>;

  /** Throws InvalidInput for options that can't be met. */
  constructor(options: EngineOptions) {
    const { clock, speed = 1, seed = DEFAULT_SEED, faults: plan = new Map(), onFault, log = () => {} } = options;
    if (!(speed > 0)) throw new InvalidInput(`speed ${speed} is not possible: expected more than 0`);
    const dialect = DIALECTS[options.as ?? "binance"];
    for (const kind of plan.keys()) assertOccurs(kind, dialect.market);
    const [market, reserve] = marketAndReserve(options);
    this.#dialect = dialect;
    this.source = market.source;
    this.symbols = market.pairs.map(({ symbol }) => symbol);
    this.end = market.end;
    this.#clock = clock;
    this.#log = log;
    this.#time = new MarketClock(clock, startOf(market, options.start), speed, market.end);
    this.#faults = new Faults(plan, seed, this.now(), () => this.now(), onFault);
    this.#lives = new SymbolLives(market, reserve, this.#faults);
    this.#market = new FaultyMarket(market, this.#faults, this.#lives);
    const views = new Map(this.#market.pairs.map((pair, at) => [pair.symbol, new PairView(this.#market, pair, at)]));
    this.#streams = new Streams(dialect, views, this.#lives, new CloseFaults(this.#faults), () => this.now());
    this.#deadAir = new DeadAir(this.#faults, dialect.anatomy.frames);
    this.#handshakes = new Handshakes(this.#faults);
    this.connections = new Connections(dialect, this.#streams, clock, this.#faults, this.#deadAir);
    this.#budget = dialect.rest.budget(clock);
    this.#answerFaults = new AnswerFaults(this.#faults, dialect.anatomy, this.#budget, clock);
    this.#httpFaults = new HttpFaults(this.#faults, dialect.anatomy.words, this.#budget, speed);
    // Whoever starts it anew has another market, unless what is told proves to be the same.
    const id = `${clock.now().toString(36)}s${seed.toString(36)}`;
    this.#rest = new Rest(dialect.rest, market.source, views, this.#lives, this.#budget, () => this.now(), id);
  }

  now(): UnixMs {
    return this.#time.now();
  }

  truth(
    symbol: string,
    from: number,
    to: number,
    interval: Interval = "1m",
    asOf: number = this.now(),
  ): readonly Kline[] {
    const klines = this.#market.klinesAsOf(asOf, symbol, interval, from, to, Number.POSITIVE_INFINITY);
    const { untold, tellsEarlyEnds } = this.#dialect;
    if (untold.length === 0 && tellsEarlyEnds) return klines;
    const unknown = Object.fromEntries(untold.map((column) => [column, Number.NaN]));
    return klines.map((kline) => ({
      ...kline,
      ...(tellsEarlyEnds ? {} : { closeTime: closeTimeOf(interval, kline.openTime) }),
      ...unknown,
    }));
  }

  symbolsAt(at: number = this.now()): readonly SymbolAt[] {
    return this.#market.pairs.flatMap(({ symbol }) => {
      const status = this.#lives.statusOf(symbol, at);
      return status === undefined ? [] : [{ symbol, status }];
    });
  }

  /** As which market it speaks. */
  get market(): MarketId {
    return this.#dialect.market;
  }

  get faultCounts(): FaultCounts {
    return this.#faults.counts;
  }

  calm(): void {
    this.#faults.calm();
  }

  get callsWhileBanned(): number {
    return this.#budget.callsWhileBanned;
  }

  /** Whether requests and new connections fail in their TLS handshake now. */
  get handshakesFail(): boolean {
    return this.#handshakes.fail;
  }

  /**
   * Answers a REST call that came from an address. Rejects with HandshakeFailed while {@link handshakesFail}, and when the signal
   * is aborted meanwhile.
   */
  async answer(request: Request, address: string, signal?: AbortSignal): Promise<Response> {
    if (this.handshakesFail) throw new HandshakeFailed();
    const refused = this.#httpFaults.meet(address) ?? this.#answerFaults.refusal(address);
    if (refused !== undefined) return refused;
    const response = this.#rest.answer(request, address);
    const { sentAwayWith, routes } = this.#dialect.rest;
    if (sentAwayWith.includes(response.status)) return response;
    const { pathname } = new URL(request.url);
    const fate = this.#httpFaults.fateOf(address, pathname);
    if (fate.lateMs > 0) await this.#clock.sleep(millis(fate.lateMs), signal);
    return fate.instead ?? (await this.#answerFaults.spoiled(pathname, routes[pathname]?.tells, response));
  }

  /** Lets market time run until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const running = this.#time
      .run((now) => this.#step(now), signal)
      .then(() => {
        if (!signal.aborted)
          this.#log("the recorded data has ended: market time stands still", { marketTime: this.now() });
      });
    await Promise.all([running, this.connections.keepAlive(signal)]);
  }

  #step(now: UnixMs): void {
    this.#lives.step(now);
    this.#market.step(now);
    this.#deadAir.step(now);
    this.#handshakes.step(now);
    this.#streams.step(now);
    this.connections.step(now);
  }
}

function assertOccurs(kind: FaultKind, market: MarketId): void {
  if (!faultKindsOf(market).includes(kind)) throw new InvalidInput(`${kind} doesn't occur on ${market}`);
}

/** What every door tells of the engine behind it. */
export function factsOf(engine: Engine): ExchangeFacts {
  return {
    market: engine.market,
    source: engine.source,
    symbols: engine.symbols,
    end: engine.end,
    now: () => engine.now(),
    truth: (symbol, from, to, interval, asOf) => engine.truth(symbol, from, to, interval, asOf),
    symbolsAt: (at) => engine.symbolsAt(at),
    faults: () => engine.faultCounts,
    calm: () => engine.calm(),
    callsWhileBanned: () => engine.callsWhileBanned,
  };
}

/** The market, and the pairs that it could list besides. */
function marketAndReserve({
  data,
  symbols,
  seed = DEFAULT_SEED,
  clock,
  start,
  faults,
  log = () => {},
}: EngineOptions): [Market, readonly Pair[]] {
  const names = typeof symbols === "object" ? symbols.map((name) => name.toUpperCase()) : symbols;
  if (data !== undefined) {
    const recorded = new RecordedMarket(data, names);
    const { passedOver, withoutVolume } = recorded;
    if (passedOver.length > 0) {
      log("the names of some files tell no symbol and interval, so they aren't played back", { files: passedOver });
    }
    if (withoutVolume.length > 0) {
      log("some files have no volume, so it is 0 in their klines: it can't be unknown", { files: withoutVolume });
    }
    return [recorded, []];
  }
  const market = new SeededMarket(seed, start ?? clock.now(), names, faults?.has("list") ? MAX_LISTED : 0);
  return [market, market.reserve];
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
