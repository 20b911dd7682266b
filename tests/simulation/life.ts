import { type MarketEvent, type MarketId, millis, type Random, seededRandom, type UnixMs } from "../../src/core/mod.ts";
import type { InProcessExchange } from "../../src/exchange/mod.ts";
import { EXCHANGES, LiveFeed } from "../../src/feeds/mod.ts";
import { DEFAULT_STALE_AFTER_MS, ServerStatus } from "../../src/server/status.ts";
import { checkpointBytes, MarketStore, restoreCheckpoint } from "../../src/store/mod.ts";
import type { ManualClock, SettableClock } from "../helpers/clock.ts";
import type { ResumingClient } from "./resuming-client.ts";
import type { Simulation } from "./simulate.ts";
import { iso, Watcher } from "./watcher.ts";

/** Between two questions of the audit. */
const AUDIT_EVERY_MS = 10_000;

/** Between two checkpoints, in market milliseconds. */
const CHECKPOINT_EVERY_MS = 60_000;

/** Between two looks at whether the process calls itself ready, in market milliseconds. */
const READY_EVERY_MS = 1_000;

/** Checkpoints are of one market. */
const MARKET = "simulated";

/** What one process after another finds of a market where it runs. */
export interface World {
  readonly simulation: Simulation;
  readonly market: MarketId;
  /** What chance in this market follows from. */
  readonly seed: number;
  /** What time it really is. */
  readonly clock: ManualClock;
  /** What time the process' machine says it is. */
  readonly local: SettableClock;
  readonly exchange: InProcessExchange;
  readonly client: ResumingClient;
  readonly say: (what: string) => void;
  /** Until when the exchange banned us by the machine's clock, as a file would remember it. */
  bannedUntil: UnixMs | undefined;
  /** The newest whole checkpoint. */
  checkpoint: Uint8Array | undefined;
}

/** A market in one process' life, from its start to when it is stopped or killed: a store, a feed, and whoever watches them. */
export class Life {
  readonly store: MarketStore;
  readonly feed: LiveFeed;
  readonly watcher: Watcher;
  /** Gaps that the feed told. */
  cuts = 0;
  readonly #world: World;
  readonly #random: Random;
  readonly #ending: AbortController = new AbortController();
  readonly #running: Promise<void>;
  readonly #status: ServerStatus;
  /** When the store was given a kline or ticker of a stream last. */
  #toldAt = Number.NEGATIVE_INFINITY;
  /** How often it called itself ready, of how many looks. */
  readonly readiness: { looks: number; ready: number } = { looks: 0, ready: 0 };
  #isDead = false;
  /** The checkpoint that is being written, piece by piece. */
  #writing: { readonly pieces: Iterator<Uint8Array>; readonly written: Uint8Array[] } | undefined;
  #nextCheckpointAt: number;

  /** `number`: which life it is, so that each has luck of its own. */
  constructor(world: World, number: number) {
    const { simulation, market, seed, clock, local, exchange, client, say } = world;
    this.#world = world;
    this.#random = seededRandom(seed ^ (0x11fe + number));
    this.#nextCheckpointAt = clock.now() + CHECKPOINT_EVERY_MS;
    this.store = new MarketStore({
      market,
      intervals: simulation.intervals ?? ["1m", "5m", "15m", "1h"],
      capacity: simulation.capacity ?? 400,
    });
    this.watcher = new Watcher(this.store, () => exchange.now());
    if (world.checkpoint === undefined) client.forget();
    else {
      const { symbols, marketTime } = restoreCheckpoint(this.store, new Bytes(world.checkpoint), MARKET);
      say(`life ${number}: ${symbols} symbols from a checkpoint of ${iso(marketTime)}`);
    }
    client.connect(this.store);
    const { streamsPerConnection: streams, rotateAfterMs } = simulation;
    this.feed = new LiveFeed({
      exchange: EXCHANGES[market],
      restUrl: "http://exchange",
      wsUrl: "ws://exchange",
      selection: { kind: "all" },
      quote: "USDT",
      gaps: this.store,
      remembered: () => this.store.symbols(),
      clock: local,
      stopwatch: clock.stopwatch,
      random: seededRandom((seed ^ 0x5eed) + number),
      log: { info: (message) => say(`feed: ${message}`), warn: (message) => say(`feed: ! ${message}`) },
      fetch: exchange.fetch,
      openSocket: (url) => exchange.openSocket(url),
      auditEveryMs: AUDIT_EVERY_MS,
      bans: {
        until: (now) => (world.bannedUntil !== undefined && world.bannedUntil > now ? world.bannedUntil : undefined),
        remember: (until) => {
          world.bannedUntil = until;
        },
        forget: () => {
          world.bannedUntil = undefined;
        },
      },
      pool: {
        ...(streams === undefined ? {} : { streams }),
        ...(rotateAfterMs === undefined ? {} : { rotateAfterMs }),
      },
    });
    this.#status = new ServerStatus({
      markets: [{ store: this.store, feed: this.feed }],
      now: () => local.now(),
      stopwatch: clock.stopwatch,
      version: "simulated",
      staleAfterMs: DEFAULT_STALE_AFTER_MS,
      commit: "unknown",
      database: () => undefined,
      faults: () => [],
    });
    this.#running = this.feed.run((event) => this.#take(event), this.#ending.signal);
    void this.#watchReadiness();
  }

  /** Writes a few more pieces of a checkpoint, where one is due: the market moves on between them. */
  write(): void {
    if (this.#writing === undefined) {
      if (this.#world.clock.now() < this.#nextCheckpointAt) return;
      const facts = { market: MARKET, source: "simulated", writtenAt: this.#world.local.now() } as const;
      this.#writing = { pieces: checkpointBytes(this.store, facts), written: [] };
    }
    const { pieces, written } = this.#writing;
    for (let count = 1 + Math.floor(this.#random() * 12); count > 0; count -= 1) {
      const { value, done } = pieces.next();
      if (done !== true) {
        written.push(value.slice());
        continue;
      }
      this.#world.checkpoint = new Uint8Array(Buffer.concat(written));
      this.#writing = undefined;
      this.#nextCheckpointAt = this.#world.clock.now() + CHECKPOINT_EVERY_MS;
      return;
    }
  }

  /** Ends it as a kill does: nothing more is taken in, told or written. */
  async end(): Promise<void> {
    this.#isDead = true;
    this.#ending.abort(new Error("the process is gone"));
    await this.#running;
  }

  /** Ready implies that a kline or ticker was accepted within the bound, by what the store was given. */
  async #watchReadiness(): Promise<void> {
    const { clock } = this.#world;
    while (!this.#isDead) {
      await clock.sleep(millis(READY_EVERY_MS), this.#ending.signal).catch(() => {});
      if (this.#isDead) return;
      this.readiness.looks += 1;
      if (!this.#status.ready().ready) continue;
      this.readiness.ready += 1;
      const age = clock.now() - this.#toldAt;
      if (age <= DEFAULT_STALE_AFTER_MS) continue;
      this.watcher.violations.push({ at: clock.now(), what: `ready, though nothing was accepted for ${age} ms` });
    }
  }

  #take(event: MarketEvent): void {
    if (this.#isDead) return;
    if (event.type === "gap") this.cuts += 1;
    if (event.type === "kline" || event.type === "ticker") this.#toldAt = this.#world.clock.now();
    tellEvent(event, this.#world.say);
    this.store.apply(event);
  }
}

/** A file in memory. */
class Bytes {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(length: number): Uint8Array {
    const from = this.#at;
    this.#at = Math.min(this.#bytes.byteLength, from + length);
    return this.#bytes.slice(from, this.#at);
  }
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
    case "clock":
      say(`clock: it is ${iso(event.marketTime)}`);
      break;
    case "kline":
    case "ticker":
      break;
  }
}
