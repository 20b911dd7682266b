import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Interval, SymbolInfo } from "../../src/core/mod.ts";
import type { HealthAnswer, ServerMessage, SymbolsAnswer } from "../../src/wire/mod.ts";
import { Connection, type Socket } from "../link/connection.ts";
import type { ConnectionState } from "../link/connection-state.ts";
import type { Timers } from "../link/timers.ts";
import { decimalsOf } from "../text/price.ts";
import { type Ask, answerOf } from "./answer.ts";
import { ChartMarket } from "./chart-market.ts";
import { FrameQueue } from "./frame-queue.ts";
import { type Freshness, freshnessOf } from "./freshness.ts";
import type { Route } from "./route.ts";
import { TickerRows } from "./ticker-rows.ts";

/** How often the server is asked how it is: when all is well, and otherwise. Milliseconds. */
const HEALTH_EVERY_MS = 4_000;
const HEALTH_WHEN_ILL_MS = 1_000;
/** How often ages on the page are counted up, in milliseconds. */
const TICK_MS = 500;

/** What a market is made of: all that touches the world. */
export interface MarketParts {
  readonly ask: Ask;
  readonly openSocket: () => Socket;
  readonly timers: Timers;
  readonly luck: () => number;
  readonly atNextFrame: (run: () => void) => void;
}

/** All that the page knows. Views read its signals; only this changes them. */
export class Market {
  readonly connection: Signal<ConnectionState> = signal({ kind: "connecting" });
  /** What `/health` last said; undefined while it doesn't answer. */
  readonly health: Signal<HealthAnswer | undefined> = signal(undefined);
  readonly source: Signal<string | undefined> = signal(undefined);
  readonly intervals: Signal<readonly Interval[]> = signal([]);
  /** The symbol and interval of the chart. */
  readonly chosen: Signal<Route | undefined> = signal(undefined);
  readonly now: Signal<number>;
  /** Milliseconds since the exchange's last word got here; undefined before any did. */
  readonly ageMs: ReadonlySignal<number | undefined>;
  readonly freshness: ReadonlySignal<Freshness>;
  /** Whether what the page shows must not be taken for the present: the connection is down, or the feed is silent. */
  readonly isStale: ReadonlySignal<boolean>;
  readonly rows: TickerRows = new TickerRows();
  readonly chart: ChartMarket;
  readonly #parts: MarketParts;
  readonly #link: Connection;
  readonly #queue: FrameQueue;
  readonly #lastEventAt: Signal<number | undefined> = signal(undefined);
  readonly #symbols: Signal<ReadonlyMap<string, SymbolInfo>> = signal(new Map());
  #expectsAllTickers = true;
  #snapshots = 0;

  constructor(parts: MarketParts) {
    this.#parts = parts;
    const { timers, ask } = parts;
    this.now = signal(timers.now());
    this.ageMs = computed(() => {
      const at = this.#lastEventAt.value;
      return at === undefined ? undefined : Math.max(0, this.now.value - at);
    });
    this.freshness = computed(() => freshnessOf(this.ageMs.value));
    this.isStale = computed(() => this.connection.value.kind !== "connected" || this.freshness.value === "stale");
    this.#queue = new FrameQueue((run) => parts.atNextFrame(() => batch(run)));
    this.#link = new Connection({
      open: parts.openSocket,
      timers,
      luck: parts.luck,
      onState: (state) => this.#connected(state),
      onMessage: (message) => this.#take(message),
      onRefused: (channel, detail) => this.chart.refused(channel, detail),
    });
    this.chart = new ChartMarket({ ask, timers, connection: this.#link });
  }

  /** Asks for what the page needs first, then connects, and keeps both going for ever. */
  async start(): Promise<void> {
    this.#tick();
    await this.#askHealth();
    this.#link.subscribe("tickers");
    this.#link.connect();
  }

  choose(route: Route): void {
    this.chosen.value = route;
    this.chart.choose(route);
  }

  /** Doesn't wait any longer, for example because the network is back. */
  retry(): void {
    if (this.connection.peek().kind === "waiting") this.#link.connect();
  }

  /** Digits behind the point of a symbol's prices. */
  decimals(symbol: string, price: number): number {
    return this.#symbols.value.get(symbol)?.priceDecimals ?? decimalsOf(price);
  }

  /** The end of a symbol's name that is its quote asset; empty while that isn't known. */
  quote(symbol: string): string {
    const quote = this.#symbols.value.get(symbol)?.quote ?? "";
    return symbol.endsWith(quote) ? quote : "";
  }

  #take(message: ServerMessage): void {
    const now = this.#parts.timers.now();
    switch (message.type) {
      case "hello":
        this.source.value = message.source;
        this.#expectsAllTickers = true;
        void this.#askSymbols();
        break;
      case "tickers":
        this.#takeTickers(message.tickers, now);
        break;
      case "kline":
        this.#heard(now);
        this.#queue.put(`${message.channel} ${message.kline.openTime}`, () =>
          this.chart.kline(message.channel, message.kline),
        );
        break;
      case "snapshot":
        this.#snapshots += 1;
        this.#queue.put(`snapshot ${this.#snapshots}`, () => this.chart.snapshot(message));
        break;
    }
  }

  /** The first message on a connection holds all tickers, however old: it says nothing about how fresh the market is. */
  #takeTickers(tickers: Extract<ServerMessage, { type: "tickers" }>["tickers"], now: number): void {
    if (this.#expectsAllTickers) {
      this.#expectsAllTickers = false;
      this.rows.replace(tickers, this.#lastEventAt.peek() ?? now);
      return;
    }
    this.#heard(now);
    for (const ticker of tickers) {
      if (this.rows.get(ticker.symbol) === undefined) this.#queue.put("symbols", () => void this.#askSymbols());
      this.#queue.put(`ticker ${ticker.symbol}`, () => this.rows.update([ticker], now));
    }
  }

  #connected(state: ConnectionState): void {
    const wasConnected = this.connection.peek().kind === "connected";
    this.connection.value = state;
    if (wasConnected !== (state.kind === "connected")) void this.#readHealth();
  }

  #heard(at: number): void {
    const before = this.#lastEventAt.peek();
    if (before === undefined || at > before) this.#lastEventAt.value = at;
  }

  #tick(): void {
    this.now.value = this.#parts.timers.now();
    this.#parts.timers.after(TICK_MS, () => this.#tick());
  }

  async #askHealth(): Promise<void> {
    await this.#readHealth();
    const isWell = this.health.peek()?.status === "ok";
    this.#parts.timers.after(isWell ? HEALTH_EVERY_MS : HEALTH_WHEN_ILL_MS, () => void this.#askHealth());
  }

  async #readHealth(): Promise<void> {
    const health = await answerOf<HealthAnswer>(this.#parts.ask, "/health").catch(() => undefined);
    batch(() => {
      this.health.value = health;
      if (health === undefined) return;
      this.source.value = health.source;
      if (String(this.intervals.peek()) !== String(health.intervals)) this.intervals.value = health.intervals;
      // Its word on the feed's age counts for what we show only while its prices reach us.
      const isFirst = this.#lastEventAt.peek() === undefined;
      const age = health.feed.lastEventAgeMs;
      if (age !== null && (isFirst || this.connection.peek().kind === "connected")) {
        this.#heard(this.#parts.timers.now() - age);
      }
    });
  }

  async #askSymbols(): Promise<void> {
    const answer = await answerOf<SymbolsAnswer>(this.#parts.ask, "/symbols").catch(() => undefined);
    if (answer === undefined) return;
    this.#symbols.value = new Map(answer.symbols.map((info) => [info.symbol, info]));
  }
}
