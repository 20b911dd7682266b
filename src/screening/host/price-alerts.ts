import {
  AlertEvaluator,
  EVENT_LIMITS,
  type Firing,
  linePriceAt,
  momentOf,
  type SeenPrice,
  type SideChange,
  sideOf,
} from "../../alerts/mod.ts";
import {
  type Clock,
  emptyKline,
  type MarketId,
  marketOf,
  millis,
  reasonOf,
  type Symbol,
  type UnixMs,
} from "../../core/mod.ts";
import type { MarketReader, Series } from "../../store/mod.ts";
import {
  type AlertToWatch,
  type AlertWatcher,
  AlertWatchTable,
  isRefusedValue,
  type Sql,
  type TraderLog,
} from "../../traders/mod.ts";
import { ALERT_BOUNDS, type AlertCondition } from "../../wire/mod.ts";
import { StoredMinutes } from "./stored-minutes.ts";

/** Alerts that are read, and firings that are stored, in one statement. */
const AT_ONCE = 200;

/** How often alerts that other servers stored are looked for, in milliseconds. */
const LOOK_EVERY_MS = 2_000;

/** How often sides are kept for the next run, in milliseconds. */
const NOTE_EVERY_MS = 5_000;

/** How often alerts that end by themselves, or were deleted elsewhere, are looked for, in milliseconds. */
const UPKEEP_EVERY_MS = 60_000;

/** What fired is kept for so long, in days, and deleted so many rows at a time. */
const KEPT_DAYS = 90;
const SWEPT_AT_ONCE = 2_000;

const MINUTE_MS = 60_000;

/** What price alerts go by. */
export interface PriceAlertsParts {
  readonly markets: MarketReader;
  readonly clock: Clock;
  readonly log: TraderLog;
  /** Something fired: there may be messages to send. */
  readonly onFired: () => void;
}

/**
 * Watches price alerts, for as long as a database is the one that is used. What fires is stored with its messages in one transaction; sides are kept
 * every few seconds, after all that fired before. So a run that is killed leaves its alerts as they were some seconds before, and the next one sees
 * the crosses that are still to be seen.
 */
export class PriceAlerts implements AlertWatcher {
  readonly #parts: PriceAlertsParts;
  readonly #past: StoredMinutes;
  #evaluator: AlertEvaluator | undefined;
  #table: AlertWatchTable | undefined;
  #ending: AbortController = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #woken = new AbortController();
  /** What fired and isn't stored yet, by alert: of one that may fire again, the first. */
  readonly #unsaved: Map<string, Firing> = new Map();
  readonly #turned: Map<string, SideChange> = new Map();
  /** Alerts that wait for the next day, because their owner's have fired as often as they may. */
  readonly #paused: Set<string> = new Set();
  #revision = -1;
  /** Up to when each market was watched before this run. */
  #seenBefore: ReadonlyMap<string, UnixMs> = new Map();
  #notedAt = Number.NEGATIVE_INFINITY;
  #keptUpAt = Number.NEGATIVE_INFINITY;
  #said: string | undefined;

  constructor(parts: PriceAlertsParts) {
    this.#parts = parts;
    this.#past = new StoredMinutes(parts.markets);
  }

  /** Listens to the market from now on. */
  listen(): void {
    const { markets } = this.#parts;
    markets.listen({
      kline: (series, kline) => {
        const evaluator = this.#evaluator;
        if (evaluator === undefined || series.interval !== "1m") return;
        evaluator.observe(series.symbol, kline, this.#marketTimeOf(series.symbol));
        if (evaluator.fired > 0) this.#woken.abort();
      },
    });
  }

  /** Begins for a database that has been opened. It ends with the signal, or when {@link end} is called. */
  begin(sql: Sql, signal: AbortSignal): void {
    this.#ending.abort();
    this.#ending = new AbortController();
    this.#table = new AlertWatchTable(sql);
    this.#evaluator = new AlertEvaluator({ past: this.#past, last: (symbol) => this.#lastOf(symbol) });
    this.#unsaved.clear();
    this.#turned.clear();
    this.#paused.clear();
    this.#revision = -1;
    this.#running = this.#run(AbortSignal.any([this.#ending.signal, signal]));
  }

  /** Ends it. Resolves once what fired is stored, as far as that is possible now. */
  async end(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  /** Ends it without another word to a database that may not be ours any more. */
  abandon(): void {
    this.#table = undefined;
    this.#ending.abort();
  }

  /** How many alerts are watched; undefined before the database was read. */
  get watched(): number | undefined {
    return this.#revision < 0 ? undefined : this.#evaluator?.size;
  }

  changed(deleted?: string): void {
    if (deleted !== undefined) this.#forget(deleted);
    this.#woken.abort();
  }

  arming(symbol: Symbol, condition: AlertCondition): ReturnType<AlertWatcher["arming"]> {
    const marketTime = this.#marketTimeOf(symbol);
    const armedAt = marketTime === 0 ? this.#parts.clock.now() : marketTime;
    const last = this.#lastOf(symbol);
    const level =
      condition.kind === "level"
        ? condition.level
        : condition.kind === "line"
          ? linePriceAt(condition, armedAt)
          : undefined;
    return { armedAt, side: last === undefined || level === undefined ? null : sideOf(last.close, level) };
  }

  refusal(symbol: Symbol, condition: AlertCondition): string | undefined {
    const { markets, clock } = this.#parts;
    const store = markets.of(marketOf(symbol));
    if (store === undefined) {
      const served = markets.stores.map(({ market }) => market).join(", ");
      return `symbol: this server doesn't serve ${marketOf(symbol)}, the market of ${symbol}: expected a symbol of ${served}`;
    }
    const info = markets.info(symbol);
    if (info === undefined)
      return `symbol: this server doesn't follow ${symbol}: GET /symbols lists those that it does`;
    if (info.status === "DELISTED") return `symbol: ${symbol} was delisted: no prices of it will come`;
    if (condition.kind === "line" && !condition.extended) {
      const now = Math.max(store.marketTime, store.marketTime === 0 ? clock.now() : 0);
      if (condition.to.time <= now)
        return "condition.to.time: the line ends in the past: expected extended: true, or a later point";
    }
    const needed = minutesNeeded(condition);
    const reach = reachOf(markets);
    if (needed <= reach) return undefined;
    const most = condition.kind === "volume" ? Math.floor(reach / (ALERT_BOUNDS.volumeWindows + 1)) : reach;
    return `condition.minutes: this server keeps candles of ${reach} minutes: expected at most ${most}`;
  }

  problem(symbol: Symbol, condition: AlertCondition): string | undefined {
    const { markets } = this.#parts;
    const info = markets.info(symbol);
    if (info === undefined) return `this server doesn't follow ${symbol} now`;
    if (info.status === "DELISTED") return `${symbol} was delisted`;
    if (info.status !== "TRADING" && info.status !== "UNKNOWN")
      return `${symbol} isn't traded now (${info.status}): the alert goes on when it is`;
    const last = this.#lastOf(symbol);
    if (last === undefined) return "no price has come yet since the server started";
    const minutes = "minutes" in condition ? condition.minutes : 1;
    const from = (last.openTime - (minutesNeeded(condition) - 1) * MINUTE_MS) as UnixMs;
    if (minutes > 1 && this.#past.extremes(symbol, from, last.openTime) === undefined)
      return `the candles of the last ${minutesNeeded(condition)} minutes aren't all there yet`;
    return undefined;
  }

  async #run(stop: AbortSignal): Promise<void> {
    const { clock, log } = this.#parts;
    const evaluator = this.#evaluator;
    const wake = (): void => this.#woken.abort();
    stop.addEventListener("abort", wake);
    while (!stop.aborted) {
      const woken = new AbortController();
      this.#woken = woken;
      try {
        await this.#pass(stop);
        this.#said = undefined;
      } catch (cause) {
        const why = reasonOf(cause);
        if (!stop.aborted && this.#said !== why) log.warn(`price alerts can't be read or stored for now: ${why}`);
        this.#said = why;
      }
      if (!stop.aborted) await clock.sleep(millis(LOOK_EVERY_MS), woken.signal).catch(() => {});
    }
    stop.removeEventListener("abort", wake);
    if (this.#evaluator !== evaluator) return;
    await this.#save(true).catch(() => {});
    // Nobody takes what fires from now on.
    if (this.#evaluator === evaluator) this.#evaluator = undefined;
  }

  async #pass(stop: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    if (this.#revision < 0) await this.#begin(stop);
    await this.#save(Math.abs(clock.now() - this.#notedAt) >= NOTE_EVERY_MS);
    await this.#read(this.#revision, false, stop);
    // What was changed may fire at once.
    await this.#save(false);
    if (Math.abs(clock.now() - this.#keptUpAt) < UPKEEP_EVERY_MS || stop.aborted) return;
    this.#keptUpAt = clock.now();
    await this.#keepUp();
  }

  /** Reads all active alerts. */
  async #begin(stop: AbortSignal): Promise<void> {
    this.#seenBefore = (await this.#table?.seen()) ?? new Map();
    await this.#read(0, true, stop);
    this.#seenBefore = new Map();
    this.#revision = Math.max(0, this.#revision);
  }

  /** Reads what changed after a revision. */
  async #read(after: number, activeOnly: boolean, stop: AbortSignal): Promise<void> {
    let [from, rows] = [after, [] as AlertToWatch[]];
    do {
      rows = (await this.#table?.changed(from, AT_ONCE, activeOnly)) ?? [];
      if (stop.aborted) return;
      for (const row of rows) this.#put(row);
      from = rows.at(-1)?.revision ?? from;
    } while (rows.length === AT_ONCE);
    this.#revision = from;
  }

  #put(row: AlertToWatch): void {
    this.#forget(row.id);
    if (row.state !== "active") return;
    if (row.isPaused) {
      this.#paused.add(row.id);
      return;
    }
    const seenBefore = this.#seenBefore.get(marketOf(row.symbol)) ?? 0;
    const seenAt = Math.max(row.armedAt, row.lastFiredAt ?? 0, seenBefore) as UnixMs;
    const { condition } = row;
    // A line that isn't extended is over behind its second point.
    const end = condition.kind === "line" && !condition.extended ? condition.to.time + 1 : Number.POSITIVE_INFINITY;
    const expires = Math.min(row.expiresAt ?? Number.POSITIVE_INFINITY, end);
    this.#evaluator?.put({ ...row, seenAt, expiresAt: Number.isFinite(expires) ? (expires as UnixMs) : null });
  }

  #forget(id: string): void {
    this.#evaluator?.delete(id);
    this.#paused.delete(id);
  }

  /** Stores what fired, and then, if it is time, the sides as of the same moment. */
  async #save(isNoted: boolean): Promise<void> {
    const [evaluator, table] = [this.#evaluator, this.#table];
    if (evaluator === undefined || table === undefined || this.#revision < 0) return;
    const { firings, sides } = evaluator.take();
    const seen = this.#seenNow();
    for (const firing of firings) {
      this.#turned.delete(firing.id);
      if (!this.#unsaved.has(firing.id)) this.#unsaved.set(firing.id, firing);
    }
    for (const side of sides) this.#turned.set(side.id, side);
    while (this.#unsaved.size > 0) await this.#fire(table, [...this.#unsaved.values()].slice(0, AT_ONCE));
    if (!isNoted || seen.size === 0) return;
    const noted = [...this.#turned.values()];
    for (let at = 0; at === 0 || at < noted.length; at += AT_ONCE) {
      const isLast = at + AT_ONCE >= noted.length;
      await table.note(noted.slice(at, at + AT_ONCE), isLast ? seen : new Map());
    }
    for (const side of noted) if (this.#turned.get(side.id) === side) this.#turned.delete(side.id);
    this.#notedAt = this.#parts.clock.now();
  }

  /** Stores a part of what fired. What the database refuses costs the alert that it is of, and no other. */
  async #fire(table: AlertWatchTable, batch: readonly Firing[]): Promise<void> {
    let stored: ReadonlySet<string>;
    try {
      stored = await table.fire(batch);
    } catch (cause) {
      if (!isRefusedValue(cause)) throw cause;
      const middle = Math.ceil(batch.length / 2);
      if (batch.length === 1) await this.#fail(table, batch, cause);
      else for (const half of [batch.slice(0, middle), batch.slice(middle)]) await this.#fire(table, half);
      return;
    }
    for (const { id } of batch) this.#unsaved.delete(id);
    if (stored.size > 0) this.#parts.onFired();
    const refused = batch.filter(({ id }) => !stored.has(id)).map(({ id }) => id);
    if (refused.length === 0) return;
    // Another server was first, its owner changed it, or has no events left today.
    const rows = await table.read(refused);
    for (const id of refused) this.#forget(id);
    for (const row of rows) this.#put(row);
  }

  /** Ends an alert whose firing has a value that the database doesn't take. */
  async #fail(table: AlertWatchTable, batch: readonly Firing[], cause: unknown): Promise<void> {
    const ids = batch.map(({ id }) => id);
    await table.fail(ids, "its condition was met with a value that can't be stored");
    for (const id of ids) {
      this.#unsaved.delete(id);
      this.#forget(id);
      this.#parts.log.warn(`price alert ${id} failed, because what it fired can't be stored: ${reasonOf(cause)}`);
    }
  }

  /** Ends what can't fire any more, and forgets what was deleted by another server. */
  async #keepUp(): Promise<void> {
    const [evaluator, table] = [this.#evaluator, this.#table];
    const { markets } = this.#parts;
    if (evaluator === undefined || table === undefined) return;
    for (const { market, marketTime, isTimeConfirmed } of markets.stores)
      if (isTimeConfirmed) await table.expire(market, marketTime);
    for (const symbol of [...evaluator.symbols()]) {
      if (markets.info(symbol)?.status === "DELISTED")
        await table.fail(evaluator.ids(symbol), `${symbol} was delisted: no prices of it will come`);
    }
    const ids = evaluator.ids();
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const some = ids.slice(at, at + AT_ONCE);
      const active = await table.active(some);
      for (const id of some) if (!active.has(id)) evaluator.delete(id);
    }
    const paused = [...this.#paused];
    for (let at = 0; at < paused.length; at += AT_ONCE) {
      const some = paused.slice(at, at + AT_ONCE);
      const rows = await table.read(some);
      for (const id of some) this.#paused.delete(id);
      for (const row of rows) this.#put(row);
    }
    while ((await table.trim(EVENT_LIMITS.alert, SWEPT_AT_ONCE)) === SWEPT_AT_ONCE);
    while ((await table.sweep(KEPT_DAYS, SWEPT_AT_ONCE)) === SWEPT_AT_ONCE);
  }

  /** The market time of the markets that have one. */
  #seenNow(): Map<MarketId, UnixMs> {
    const stores = this.#parts.markets.stores.filter(({ isTimeConfirmed }) => isTimeConfirmed);
    return new Map(stores.map(({ market, marketTime }) => [market, marketTime]));
  }

  #marketTimeOf(symbol: Symbol): UnixMs {
    return this.#parts.markets.of(marketOf(symbol))?.marketTime ?? (0 as UnixMs);
  }

  /** The newest state of a symbol's one-minute candle, if it came in this run. */
  #lastOf(symbol: Symbol): SeenPrice | undefined {
    const series = this.#parts.markets.series(symbol, "1m");
    const last = series?.last;
    if (series === undefined || last === undefined || !series.wasHeard(last)) return undefined;
    return seenIn(series, this.#marketTimeOf(symbol));
  }
}

function seenIn({ ring }: Series, marketTime: UnixMs): SeenPrice {
  const kline = ring.read(ring.length - 1, emptyKline());
  const { openTime, high, low, close, closed } = kline;
  return { openTime, high, low, close, closed, at: momentOf(kline, marketTime) };
}

/** The minutes of candles that a condition looks at. */
function minutesNeeded(condition: AlertCondition): number {
  if (condition.kind === "move") return condition.minutes;
  return condition.kind === "volume" ? condition.minutes * (ALERT_BOUNDS.volumeWindows + 1) : 1;
}

/** How many minutes memory reaches back, in one-minute candles or longer ones up to a day. */
function reachOf({ intervals, capacity }: MarketReader): number {
  const minutes = { "1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "2h": 120, "4h": 240 } as const;
  const longest = Object.entries(minutes).filter(([interval]) => (intervals as readonly string[]).includes(interval));
  return capacity * Math.max(1, ...longest.map(([, length]) => length));
}
