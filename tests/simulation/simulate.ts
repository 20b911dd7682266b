import {
  emptyKline,
  type FeedFigures,
  type Interval,
  KLINE_COLUMNS,
  type MarketEvent,
  type Symbol,
  seededRandom,
  type UnixMs,
} from "../../src/core/mod.ts";
import { createInProcessExchange, type InProcessExchange, parseFaults } from "../../src/exchange/mod.ts";
import { BinanceFeed } from "../../src/feeds/mod.ts";
import { MarketStore } from "../../src/store/mod.ts";
import { ManualClock } from "../helpers/clock.ts";
import { iso, type Truth, type Violation, Watcher } from "./watcher.ts";

/** Market time at which every simulation begins: a Tuesday noon, so that hours and a day's end come by. */
const START = Date.UTC(2026, 1, 10, 12) as UnixMs;

/** Between two looks of the watcher, in market milliseconds. */
const LOOK_EVERY_MS = 20_000;

/**
 * How late a close may be in an answer that calls itself complete: until 2 s after it nobody asks, then the clock moves by
 * whole seconds, and a stream's frames take a moment.
 */
const CLOSE_GRACE_MS = 4_000;

/** Between two questions of the audit. */
const AUDIT_EVERY_MS = 10_000;

/** How long after its close the exchange may still restate a candle: 30 minutes, and one for its close. */
const RESTATED_WITHIN_MS = 31 * 60_000;

/** How long the calm at the end may take until everything is repaired and read again, in market milliseconds. */
const CALM_WITHIN_MS = 6 * 3_600_000;

/** What is simulated. */
export interface Simulation {
  readonly seed: number;
  readonly hours: number;
  readonly symbols: number;
  readonly intervals?: readonly Interval[];
  readonly capacity?: number;
  /** As in `vyx exchange --faults`; none when left out. */
  readonly faults?: string;
  /** Told each thing that happens, in order, as a line. */
  readonly onLine?: (line: string) => void;
  /** Told how many market hours are over, each hour. */
  readonly onHour?: (hours: number) => void;
  /** Streams on one connection; many by default. */
  readonly streamsPerConnection?: number;
  /** How long connections live before they are replaced, in local milliseconds; 23 h by default. */
  readonly rotateAfterMs?: number;
}

/** What became of it. */
export interface Outcome {
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
  readonly connections: FeedFigures["connections"];
}

/** Runs feed, store and stand-in in this process under one clock, from one seed: the same call gives the same outcome. */
export async function simulate(simulation: Simulation): Promise<Outcome> {
  const { seed, hours, onLine = () => {}, onHour = () => {} } = simulation;
  const clock = new ManualClock(START);
  const say = (what: string): void => onLine(`${iso(clock.now())} ${what}`);
  const exchange = createInProcessExchange({
    clock,
    seed,
    symbols: simulation.symbols,
    start: START,
    restLatencyMs: (random) => 20 + random() * 180,
    streamLatencyMs: (random) => 5 + random() * 45,
    ...(simulation.faults === undefined ? {} : { faults: parseFaults(simulation.faults) }),
    onFault: ({ kind, what }) => say(`${kind}: ${what}`),
  });
  const store = new MarketStore({
    intervals: simulation.intervals ?? ["1m", "5m", "15m", "1h"],
    capacity: simulation.capacity ?? 400,
  });
  const watcher = new Watcher(store, () => exchange.now());
  let cuts = 0;
  const feed = new BinanceFeed({
    restUrl: "http://exchange",
    wsUrl: "ws://exchange",
    selection: { kind: "all" },
    quote: "USDT",
    gaps: store,
    clock,
    random: seededRandom(seed ^ 0x5eed),
    log: { info: (message) => say(`feed: ${message}`), warn: (message) => say(`feed: ! ${message}`) },
    fetch: exchange.fetch,
    openSocket: (url) => exchange.openSocket(url),
    auditEveryMs: AUDIT_EVERY_MS,
    pool: {
      ...(simulation.streamsPerConnection === undefined ? {} : { streams: simulation.streamsPerConnection }),
      ...(simulation.rotateAfterMs === undefined ? {} : { rotateAfterMs: simulation.rotateAfterMs }),
    },
  });
  const stopping = new AbortController();
  const running = feed.run((event) => {
    if (event.type === "gap") cuts += 1;
    tellEvent(event, say);
    store.apply(event);
  }, stopping.signal);
  const random = seededRandom(seed ^ 0x100c);
  const truth: Truth = (symbol, interval, from, to, version) =>
    exchange.truth(symbol, from, to, interval, version === "now" ? exchange.now() : 0);
  const look = (): void => {
    const symbols = store.symbols();
    const symbol = symbols[Math.floor(random() * symbols.length)]?.symbol;
    const interval = store.intervals[Math.floor(random() * store.intervals.length)];
    if (symbol === undefined || interval === undefined) return;
    watcher.read(symbol, interval, 1 + Math.floor(random() * store.capacity), CLOSE_GRACE_MS, truth);
  };
  const seen = (): number => watcher.violations.length;
  const turn = async (span: number): Promise<void> => {
    const before = seen();
    await clock.turn(span);
    look();
    for (const { at, what } of watcher.violations.slice(before)) onLine(`${iso(at)} VIOLATION ${what}`);
  };
  for (let at = 0; at < hours * 3_600_000; at += LOOK_EVERY_MS) {
    if (at % 3_600_000 === 0) onHour(at / 3_600_000);
    await turn(LOOK_EVERY_MS);
  }
  say("the calm begins");
  exchange.calm();
  await turn(RESTATED_WITHIN_MS);
  const rounds = feed.figures().audit.rounds;
  const isOver = (): boolean => feed.figures().audit.rounds >= rounds + 2 && isWhole(feed, store, exchange);
  for (let at = 0; at < CALM_WITHIN_MS && !isOver(); at += LOOK_EVERY_MS) await turn(LOOK_EVERY_MS);
  if (!isOver()) watcher.violations.push({ at: exchange.now(), what: "the calm didn't make everything whole" });
  const end = compare(store, exchange, truth, say);
  stopping.abort(new Error("the simulation is over"));
  await running;
  await exchange.stop();
  const series = store.intervals.length;
  return {
    violations: watcher.violations,
    end,
    faults: exchange.faults(),
    weight: feed.figures().weight.spent,
    naiveWeight: cuts * series * 2,
    closes: watcher.closes,
    restated: watcher.restated,
    closesAsked: feed.figures().closesAsked,
    reads: watcher.reads,
    completeReads: watcher.completeReads,
    callsWhileBanned: exchange.callsWhileBanned(),
    longestSilenceMs: watcher.longestSilenceMs,
    connections: feed.figures().connections,
  };
}

/** Whether nothing is in doubt any more, of what the exchange still lists. */
function isWhole(feed: BinanceFeed, store: MarketStore, exchange: InProcessExchange): boolean {
  if (feed.status().state !== "live") return false;
  const listed = store.symbols().filter(({ status }) => status !== "DELISTED");
  return listed.every(({ symbol }) =>
    store.intervals.every((interval) => store.missing(symbol, interval, exchange.now()) === undefined),
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
      const expected = truth(symbol, interval, series.first, last, "now").filter(({ closeTime }) => closeTime < over);
      const byOpenTime = new Map(expected.map((kline) => [kline.openTime, kline]));
      const held = new Set<number>();
      for (let position = 0; position < series.ring.length; position += 1) {
        const kline = series.ring.read(position, emptyKline());
        if (held.has(kline.openTime)) end.doubled += 1;
        held.add(kline.openTime);
        const right = byOpenTime.get(kline.openTime);
        if (right === undefined) {
          if (kline.closed && kline.closeTime < over) end.invented += 1;
          continue;
        }
        // Of a symbol that has left, the last candles can't be asked for any more: they stay open, and in doubt.
        if (!kline.closed && status === "DELISTED" && !complete) continue;
        end.checked += 1;
        const wrong = columns.filter((column) => kline[column] !== right[column]);
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

function tellEvent(event: MarketEvent, say: (what: string) => void): void {
  switch (event.type) {
    case "gap":
      say(`gap: ${event.symbol} ${event.interval} from ${iso(event.from)}: ${event.reason}`);
      break;
    case "history":
      say(
        `history: ${event.symbol} ${event.interval} ${iso(event.from)} – ${iso(event.to)}: ${event.klines.length} klines`,
      );
      break;
    case "symbols":
      say(`symbols: ${event.symbols.length}`);
      break;
    case "connected":
      say(`connected: ${event.connection}`);
      break;
    case "disconnected":
      say(`disconnected: ${event.connection}: ${event.reason}`);
      break;
    case "kline":
    case "ticker":
      break;
  }
}
