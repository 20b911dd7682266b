import { createHash, type Hash } from "node:crypto";
import {
  assert,
  closeTimeOf,
  emptyKline,
  type FeedFigures,
  hashText,
  type Interval,
  KLINE_COLUMNS,
  type Kline,
  type MarketId,
  millis,
  nameAt,
  type Random,
  type Symbol,
  seededRandom,
  type UnixMs,
} from "../../src/core/mod.ts";
import { createInProcessExchange, type InProcessExchange, parseFaults } from "../../src/exchange/mod.ts";
import type { MarketStore } from "../../src/store/mod.ts";
import { ManualClock, SettableClock } from "../helpers/clock.ts";
import { Life, type World } from "./life.ts";
import { ResumingClient } from "./resuming-client.ts";
import { isOther, iso, type Truth, type Violation } from "./watcher.ts";

/** Market time at which every simulation begins: a Tuesday noon, so that hours and a day's end come by. */
const START = Date.UTC(2026, 1, 10, 12) as UnixMs;

/** Between two looks of the watcher, in market milliseconds. */
const LOOK_EVERY_MS = 20_000;

/**
 * How late a close may be in an answer that calls itself complete: until 2 s after it nobody asks, then the clock moves by
 * whole seconds, and a stream's frames take a moment. While the exchange says nothing at all, our stopwatch stands in for its
 * clock, 4 s later and looked at each second.
 */
const CLOSE_GRACE_MS = 6_500;

/** How long after its close the exchange may still restate a candle: 30 minutes, and one for its close. */
const RESTATED_WITHIN_MS = 31 * 60_000;

/** How long the calm at the end may take until everything is repaired and read again, in market milliseconds. */
const CALM_WITHIN_MS = 6 * 3_600_000;

/** How long a process that was killed is away at least and at most, in market milliseconds. */
const AWAY_MS = [1_000, 45 * 60_000] as const;

/**
 * By how much somebody sets the machine's clock, in milliseconds: an hour as with a wrong zone, some seconds as when a machine
 * learns the right time.
 */
const CLOCK_STEPS_MS = [2_000, 11_000, 90_000, 3_600_000] as const;

/** How it is simulated. */
export interface Simulation {
  readonly seed: number;
  readonly hours: number;
  readonly symbols: number;
  readonly intervals?: readonly Interval[];
  readonly capacity?: number;
  /** Told each thing that happens in a market, in order, as a line. */
  readonly onLine?: (line: string, market: MarketId) => void;
  /** Told how many market hours are over, each hour. */
  readonly onHour?: (hours: number) => void;
  /** Streams on one connection; many by default. */
  readonly streamsPerConnection?: number;
  /** How long connections live before they are replaced, in local milliseconds; 23 h by default. */
  readonly rotateAfterMs?: number;
  /** How often the process is killed and started again from its checkpoint, a market hour; never by default. */
  readonly killsPerHour?: number;
  /** How often the machine's clock is set forward or back, a market hour, while the stopwatch goes on; never by default. */
  readonly clockStepsPerHour?: number;
}

/** What is simulated of one market. */
export interface MarketSimulation {
  readonly market: MarketId;
  /** As in `vyx exchange --faults`; none when left out. */
  readonly faults?: string;
}

/** Several markets at once, each with so many symbols. */
export interface Simulations extends Simulation {
  readonly markets: readonly MarketSimulation[];
}

/** What became of a market. */
export interface Outcome {
  readonly market: MarketId;
  /** A hash of all that happened, in order, and of every figure that is kept at the end: a change that should change nothing keeps it. */
  readonly story: string;
  readonly violations: readonly Violation[];
  /** Against what the exchange says at the end, over all series that are kept. */
  readonly end: { checked: number; lost: number; doubled: number; invented: number; differing: number };
  /** How often each fault was injected. */
  readonly faults: Readonly<Record<string, number>>;
  readonly weight: number;
  /** What reading every series anew after every cut and late close would have cost. */
  readonly naiveWeight: number;
  readonly closes: number;
  readonly restated: number;
  readonly closesAsked: number;
  /** How often a series was read as a client does, and how often it called itself complete. */
  readonly reads: number;
  readonly completeReads: number;
  /** REST calls that were made although the exchange had told of a ban. */
  readonly callsWhileBanned: number;
  /** The longest that a symbol's 1m series was silent, in market milliseconds. */
  readonly longestSilenceMs: number;
  /** Of the last process' life. */
  readonly connections: FeedFigures["connections"];
  readonly kills: number;
  /** How often the process called itself ready, of how many looks, one each second. */
  readonly readiness: { readonly looks: number; readonly ready: number };
}

/** Runs feed, store and stand-in of Binance spot in this process under one clock, from one seed: the same call gives the same outcome. */
export async function simulate(simulation: Simulation & { readonly faults?: string }): Promise<Outcome> {
  const { faults, ...rest } = simulation;
  const [outcome] = await simulateMarkets({
    ...rest,
    markets: [{ market: "binance", ...(faults === undefined ? {} : { faults }) }],
  });
  assert(outcome !== undefined, "each market has an outcome");
  return outcome;
}

/**
 * The same for several markets, in one process and under one clock. Each has chance of its own, so that what becomes of it depends on no
 * other. Gives an outcome for each, in their order.
 */
export async function simulateMarkets(simulation: Simulations): Promise<readonly Outcome[]> {
  const { seed, hours, onHour = () => {} } = simulation;
  const clock = new ManualClock(START);
  const local = new SettableClock(clock);
  const markets = simulation.markets.map((one) => new SimulatedMarket(simulation, one, clock, local));
  const turn = async (span: number, those: readonly SimulatedMarket[]): Promise<void> => {
    for (const market of those) market.begin();
    await clock.turn(span);
    for (const market of those) market.turned();
  };
  const luck = seededRandom(seed ^ 0xdead);
  const killChance = ((simulation.killsPerHour ?? 0) * LOOK_EVERY_MS) / 3_600_000;
  const mayDie = async (): Promise<void> => {
    for (const { life } of markets) life.write();
    if (luck() >= killChance) return;
    for (const market of markets) await market.kill();
    await clock.turn(awayFor(luck));
    for (const market of markets) market.startAgain();
  };
  const stepLuck = seededRandom(seed ^ 0xc10c);
  const stepChance = ((simulation.clockStepsPerHour ?? 0) * LOOK_EVERY_MS) / 3_600_000;
  const maySetClock = async (): Promise<void> => {
    if (stepLuck() >= stepChance) return;
    // At any moment: between two frames, or between a frame and a check of how long ago it came.
    await clock.sleep(millis(Math.round(stepLuck() * LOOK_EVERY_MS)));
    // A ban that a file remembers is remembered by that clock: a process that starts after a step can't know better.
    if (killChance > 0 && markets.some(({ life }) => life.feed.figures().weight.stoppedUntil !== undefined)) return;
    const byMs = stepOf(stepLuck);
    local.step(byMs);
    for (const market of markets) market.clockWasSet(byMs);
  };
  for (let at = 0; at < hours * 3_600_000; at += LOOK_EVERY_MS) {
    if (at % 3_600_000 === 0) onHour(at / 3_600_000);
    if (stepChance > 0) void maySetClock();
    await turn(LOOK_EVERY_MS, markets);
    if (killChance > 0) await mayDie();
  }
  for (const market of markets) market.calm();
  await turn(RESTATED_WITHIN_MS, markets);
  for (const market of markets) market.countRounds();
  const outcomes = new Map<SimulatedMarket, Outcome>();
  for (let at = 0; outcomes.size < markets.length; at += LOOK_EVERY_MS) {
    // Each ends when it is whole, however long the others take.
    for (const market of markets.filter((one) => !outcomes.has(one) && (one.isOver || at >= CALM_WITHIN_MS))) {
      outcomes.set(market, await market.end());
    }
    const others = markets.filter((one) => !outcomes.has(one));
    if (others.length > 0) await turn(LOOK_EVERY_MS, others);
  }
  return markets.map((market) => outcomes.get(market) as Outcome);
}

/** One market: its stand-in, the process that follows it, life after life, and what is looked at. */
class SimulatedMarket {
  life: Life;
  readonly #market: MarketId;
  readonly #onLine: (line: string) => void;
  readonly #say: (what: string) => void;
  readonly #story: Hash = createHash("sha256");
  readonly #exchange: InProcessExchange;
  readonly #world: World;
  readonly #lives: Life[];
  readonly #client: ResumingClient = new ResumingClient();
  /** Which series is looked at. */
  readonly #random: Random;
  readonly #truth: Truth;
  #clockSteps = 0;
  /** Violations before the turn, and rounds of the audit before the calm. */
  #before = 0;
  #rounds = 0;

  constructor(simulation: Simulations, { market, faults }: MarketSimulation, clock: ManualClock, local: SettableClock) {
    this.#market = market;
    this.#onLine = (line) => {
      this.#story.update(`${line}\n`);
      simulation.onLine?.(line, market);
    };
    this.#say = (what) => this.#onLine(`${iso(clock.now())} ${what}`);
    const seed = market === "binance" ? simulation.seed : simulation.seed ^ hashText(market);
    const exchange = createInProcessExchange({
      as: market,
      clock,
      seed,
      symbols: simulation.symbols,
      start: START,
      restLatencyMs: (random) => 20 + random() * 180,
      streamLatencyMs: (random) => 5 + random() * 45,
      ...(faults === undefined ? {} : { faults: parseFaults(faults, market) }),
      onFault: ({ kind, what }) => this.#say(`${kind}: ${what}`),
    });
    this.#exchange = exchange;
    this.#world = {
      ...{ simulation, market, seed, clock, local, exchange, client: this.#client, say: this.#say },
      bannedUntil: undefined,
      checkpoint: undefined,
    };
    this.life = new Life(this.#world, 0);
    this.#lives = [this.life];
    this.#random = seededRandom(seed ^ 0x100c);
    this.#truth = (symbol, interval, from, to, version) =>
      exchange.truth(nameAt(symbol), from, to, interval, version === "now" ? exchange.now() : 0);
  }

  /** The clock is about to be turned. */
  begin(): void {
    this.#before = this.life.watcher.violations.length;
  }

  turned(): void {
    this.#look();
    for (const { at, what } of this.life.watcher.violations.slice(this.#before)) this.#violation(at, what);
  }

  async kill(): Promise<void> {
    this.#say("killed");
    await this.life.end();
  }

  startAgain(): void {
    this.life = new Life(this.#world, this.#lives.length);
    this.#lives.push(this.life);
    // What was restored is served at once, before the exchange has said anything.
    for (let count = 0; count < 20; count += 1) this.#look();
  }

  clockWasSet(byMs: number): void {
    this.#clockSteps += 1;
    this.#say(`clock-step: the machine's clock is set by ${byMs} ms`);
  }

  calm(): void {
    this.#say("the calm begins");
    this.#exchange.calm();
  }

  /** From now on the audit has to have looked at everything twice. */
  countRounds(): void {
    this.#rounds = this.life.feed.figures().audit.rounds;
  }

  /** Whether nothing is in doubt any more, and all has been looked at. */
  get isOver(): boolean {
    return this.life.feed.figures().audit.rounds >= this.#rounds + 2 && isWhole(this.life, this.#exchange);
  }

  async end(): Promise<Outcome> {
    const { feed, store, watcher } = this.life;
    const exchange = this.#exchange;
    if (!this.isOver) watcher.violations.push({ at: exchange.now(), what: "the calm didn't make everything whole" });
    const end = compare(store, exchange, this.#truth, this.#say);
    hashKlines(store, this.#story);
    const missing = this.#client.missing(store).map((what) => ({ at: exchange.now(), what }));
    for (const { what } of missing) this.#say(`VIOLATION ${what}`);
    await this.life.end();
    await exchange.stop();
    const lives = this.#lives;
    const series = store.intervals.length;
    const sum = (of: (one: Life) => number): number => lives.reduce((total, one) => total + of(one), 0);
    return {
      market: this.#market,
      story: this.#story.digest("hex"),
      violations: [...lives.flatMap((one) => one.watcher.violations), ...missing],
      end,
      faults: { ...exchange.faults(), "clock-step": this.#clockSteps },
      weight: sum((one) => one.feed.figures().weight.spent),
      naiveWeight: sum((one) => one.cuts) * series * 2,
      closes: sum((one) => one.watcher.closes),
      restated: sum((one) => one.watcher.restated),
      closesAsked: sum((one) => one.feed.figures().closesAsked),
      reads: sum((one) => one.watcher.reads),
      completeReads: sum((one) => one.watcher.completeReads),
      callsWhileBanned: exchange.callsWhileBanned(),
      longestSilenceMs: Math.max(...lives.map((one) => one.watcher.longestSilenceMs)),
      connections: feed.figures().connections,
      kills: lives.length - 1,
      readiness: { looks: sum((one) => one.readiness.looks), ready: sum((one) => one.readiness.ready) },
    };
  }

  #look(): void {
    const { store, watcher } = this.life;
    const random = this.#random;
    const symbols = store.symbols();
    const symbol = symbols[Math.floor(random() * symbols.length)]?.symbol;
    const interval = store.intervals[Math.floor(random() * store.intervals.length)];
    if (symbol === undefined || interval === undefined) return;
    watcher.read(symbol, interval, 1 + Math.floor(random() * store.capacity), CLOSE_GRACE_MS, this.#truth);
  }

  #violation(at: number, what: string): void {
    this.#onLine(`${iso(at)} VIOLATION ${what}`);
  }
}

/** Adds each kept kline to a hash, in all columns. */
function hashKlines(store: MarketStore, hash: Hash): void {
  for (const { symbol } of store.symbols()) {
    for (const interval of store.intervals) {
      const series = store.series(symbol as Symbol, interval);
      if (series === undefined) continue;
      hash.update(`${symbol} ${interval}\n`);
      for (let position = 0; position < series.ring.length; position += 1) {
        const kline = series.ring.read(position, emptyKline());
        hash.update(`${KLINE_COLUMNS.map((column) => kline[column])} ${kline.closed}\n`);
      }
    }
  }
}

/** Most are away for seconds, some for a long time. */
function awayFor(random: Random): number {
  const [least, most] = AWAY_MS;
  return Math.round(least * (most / least) ** random());
}

/** A step of the clock, forward as often as back. */
function stepOf(random: Random): number {
  const size = CLOCK_STEPS_MS[Math.floor(random() * CLOCK_STEPS_MS.length)] as number;
  return random() < 0.5 ? -size : size;
}

/** Whether nothing is in doubt any more, of what the exchange still lists. */
function isWhole({ feed, store }: Life, exchange: InProcessExchange): boolean {
  if (feed.status().state !== "live") return false;
  const listed = store.symbols().filter(({ status }) => status !== "DELISTED");
  return listed.every(({ symbol }) =>
    store.intervals.every((interval) => store.missing(symbol, interval, exchange.now()).length === 0),
  );
}

/** Every kept closed kline against what the exchange says; of what it doesn't list any more, what it can't restate. */
function compare(
  store: MarketStore,
  exchange: InProcessExchange,
  truth: Truth,
  say: (what: string) => void,
): Outcome["end"] {
  const end = { checked: 0, lost: 0, doubled: 0, invented: 0, differing: 0 };
  const over = exchange.now() - CLOSE_GRACE_MS;
  for (const { symbol, status } of store.symbols()) {
    const columns = status === "DELISTED" ? KLINE_COLUMNS.slice(0, 5) : KLINE_COLUMNS;
    for (const interval of store.intervals) {
      const series = store.series(symbol as Symbol, interval);
      if (series?.first === undefined || series.last === undefined) continue;
      const { complete } = series.select({ limit: series.ring.length });
      const last = status === "DELISTED" ? series.last : over;
      const isOver = ({ openTime }: Kline): boolean => closeTimeOf(interval, openTime) < over;
      const expected = truth(symbol, interval, series.first, last, "now").filter(isOver);
      const byOpenTime = new Map(expected.map((kline) => [kline.openTime, kline]));
      const held = new Set<number>();
      for (let position = 0; position < series.ring.length; position += 1) {
        const kline = series.ring.read(position, emptyKline());
        if (held.has(kline.openTime)) end.doubled += 1;
        held.add(kline.openTime);
        const right = byOpenTime.get(kline.openTime);
        if (right === undefined) {
          if (kline.closed && isOver(kline)) end.invented += 1;
          continue;
        }
        // Of a symbol that has left, the last candles can't be asked for any more: they stay open, and in doubt.
        if (!kline.closed && status === "DELISTED" && !complete) continue;
        end.checked += 1;
        const wrong = columns.filter((column) => isOther(kline[column], right[column]));
        end.differing += wrong.length + (kline.closed ? 0 : 1);
        const name = `${symbol} ${interval} ${iso(kline.openTime)}`;
        if (!kline.closed) say(`in the end ${name} isn't closed`);
        for (const column of wrong) say(`in the end ${name} has ${column} ${kline[column]}, not ${right[column]}`);
      }
      if (status === "DELISTED" && !complete) continue;
      for (const { openTime } of expected) if (!held.has(openTime)) end.lost += 1;
    }
  }
  return end;
}
