import { type Kline, parseSymbol, type Symbol, type SymbolInfo, type UnixMs } from "../../src/core/mod.ts";
import { Backlog } from "../../src/server/backlog.ts";
import { cacheMeters } from "../../src/server/caches.ts";
import type { Caller } from "../../src/server/caller.ts";
import { FlightWindow } from "../../src/server/flight-window.ts";
import { Hub } from "../../src/server/hub.ts";
import { LoopTurns } from "../../src/server/loop-turns.ts";
import type { Rate } from "../../src/server/rate.ts";
import { RowCache } from "../../src/server/row-cache.ts";
import type { Socket, SocketData } from "../../src/server/socket.ts";
import { TokenBucket } from "../../src/server/token-bucket.ts";
import { WaitingBytes } from "../../src/server/waiting-bytes.ts";
import { MarketStore } from "../../src/store/mod.ts";
import { PackedReader, parseChannel, type StreamFormat } from "../../src/wire/mod.ts";
import { minuteKlines } from "./truth.ts";

export const START = Date.UTC(2026, 1, 10) as UnixMs;
export const MINUTE = 60_000;
export const RATE = { amount: 1_000_000, perMs: 60_000 };
export const SYMBOLS = ["AUSDT", "BUSDT", "CUSDT"].map((name) => parseSymbol(name));
export const MINUTES = minuteKlines(START, 400, 5, () => false);
const HISTORY = 150;

/** A store, a hub and the clock that both see, without a network. */
export class Market {
  readonly store: MarketStore = new MarketStore({ intervals: ["1m"], capacity: 200 });
  readonly hub: Hub;
  readonly waiting: WaitingBytes = new WaitingBytes();
  readonly topics: Map<string, Set<Client>> = new Map();
  readonly errors: unknown[] = [];
  now = 0;
  /** Minutes that closed of each symbol. */
  readonly closed: Map<Symbol, number> = new Map();

  constructor(deliveryRate: Rate = RATE) {
    this.store.apply({ type: "symbols", symbols: SYMBOLS.map(infoOf) });
    for (const symbol of SYMBOLS) {
      const klines = MINUTES.slice(0, HISTORY);
      const from = (START - 1_000 * MINUTE) as UnixMs;
      this.store.apply({
        type: "history",
        symbol,
        interval: "1m",
        from,
        to: klines.at(-1)?.openTime as UnixMs,
        klines,
      });
      this.closed.set(symbol, HISTORY);
    }
    this.hub = new Hub({
      markets: this.store,
      rows: new RowCache(cacheMeters().rows),
      turns: new LoopTurns(() => this.now),
      waiting: this.waiting,
      deliveryRate,
      stopwatch: () => this.now,
      onError: (_id, cause) => this.errors.push(cause),
      tellsSignals: false,
    });
    this.hub.start({
      publish: (topic, text) => {
        for (const client of this.topics.get(topic) ?? []) client.send(text);
      },
    });
  }

  stop(): void {
    this.hub.stop(4001, "");
  }

  /** The last minute that closed of a channel's symbol. */
  lastOf(channel: string): number {
    return (this.closed.get(parseSymbol(channel.split(":")[1] ?? "")) ?? 0) - 1;
  }

  /** A symbol that is new. */
  list(symbol: Symbol): void {
    this.store.apply({ type: "symbols", symbols: [...SYMBOLS, symbol].map(infoOf) });
    this.closed.set(symbol, HISTORY);
  }

  /** The next minute of a symbol: an open state, which may be one of many, or its close. */
  stream(symbol: Symbol, closed: boolean, state = 0): void {
    const index = this.closed.get(symbol) ?? 0;
    const { volume, ...rest } = MINUTES[index] as Kline;
    const kline = { ...rest, volume: volume + state, closed };
    const eventTime = (closed ? kline.closeTime + 1 : kline.openTime + 30_000 + state) as UnixMs;
    this.store.apply({ type: "kline", symbol, interval: "1m", kline, eventTime });
    if (closed) this.closed.set(symbol, index + 1);
  }
}

/** As much of the server's messages as these tests look at. */
export type Message = {
  type: string;
  channel: string;
  klines: Kline[];
  kline: Kline;
  recovered: boolean;
  channels: string[];
};

/** A client whose connection holds what it hasn't read. It answers pings as it reads them. */
export class Client implements Socket {
  readonly readyState = 1;
  readonly data: SocketData;
  readonly heard: Message[] = [];
  code: number | undefined;
  /** Whether the system takes all that is sent, so that nothing seems to be unsent. */
  isSwallowed = false;
  readonly #market: Market;
  readonly #unread: ({ frame: string | Uint8Array } | { ping: string })[] = [];
  readonly #packed: PackedReader = new PackedReader();

  constructor(market: Market, caller: Caller = callerOf(RATE), format: StreamFormat = "json") {
    this.#market = market;
    this.data = socketData(caller, market.now, format);
    market.hub.add(this);
  }

  ask(names: readonly string[], since: Readonly<Record<string, number>> = {}): void {
    const { hub } = this.#market;
    const channels = names.map((name) => parseChannel(name));
    const snapshots = hub.snapshotsFor(this, channels, new Map(Object.entries(since)));
    hub.subscribe(this, channels, snapshots, JSON.stringify({ type: "ack", channels: names }));
  }

  leave(name: string): void {
    this.#market.hub.unsubscribe(this, [name]);
    this.#market.hub.send(this, JSON.stringify({ type: "left", channels: [name] }));
  }

  /** Reads so many messages. */
  read(most: number): void {
    for (const one of this.#unread.splice(0, most)) {
      if ("ping" in one) this.#market.hub.pong(this, one.ping);
      else this.#hear(one.frame);
    }
    this.#market.hub.drained(this);
  }

  get hasUnread(): boolean {
    return this.#unread.length > 0;
  }

  #hear(frame: string | Uint8Array): void {
    if (typeof frame !== "string") {
      const read = this.#packed.read(frame);
      if ("fault" in read) throw new Error(read.fault);
      this.heard.push(...(read.messages as unknown as Message[]));
      return;
    }
    const message = JSON.parse(frame);
    if (message.type === "ids") this.#packed.learn(message);
    else this.heard.push(message);
  }

  send(frame: string | Bun.BufferSource): number {
    this.#unread.push({ frame: frame instanceof Uint8Array ? frame : String(frame) });
    return 1;
  }

  ping(text?: string | Bun.BufferSource): number {
    this.#unread.push({ ping: String(text) });
    return 1;
  }

  close(code?: number): void {
    this.code = code;
    this.#market.hub.remove(this);
  }

  terminate(): void {
    this.close(1006);
  }

  subscribe(topic: string): boolean {
    const clients = this.#market.topics.get(topic) ?? new Set();
    this.#market.topics.set(topic, clients.add(this));
    return true;
  }

  unsubscribe(topic: string): boolean {
    return this.#market.topics.get(topic)?.delete(this) ?? false;
  }

  /** Four times what is unread, so that few klines are a backlog. */
  getBufferedAmount(): number {
    if (this.isSwallowed) return 0;
    return 4 * this.#unread.reduce((sum, one) => sum + ("frame" in one ? one.frame.length : 0), 0);
  }
}

function infoOf(symbol: Symbol): SymbolInfo {
  return {
    symbol,
    base: symbol.replace("USDT", ""),
    quote: "USDT",
    status: "TRADING",
    priceDecimals: 2,
    quantityDecimals: 5,
  };
}

export function callerOf(rate: { amount: number; perMs: number }): Caller {
  const bucket = new TokenBucket(rate);
  const about = { name: "a", title: "", owner: "a", credential: { kind: "none" } as const };
  return { ...about, scopes: new Set(), bucket, origins: [], sockets: 0, isValid: () => true };
}

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Reads everything. */
export async function settle(client: Client): Promise<void> {
  for (let quiet = 0; quiet < 3; quiet += client.hasUnread ? 0 : 1) {
    client.read(10);
    await turn();
  }
}

/** What the server keeps of a new socket of a caller; `now` is in milliseconds of its stopwatch. */
export function socketData(caller: Caller, now: number, format: StreamFormat = "json"): SocketData {
  return {
    id: "",
    caller,
    refusal: undefined,
    messages: new TokenBucket(RATE),
    controls: new TokenBucket(RATE),
    refusals: new TokenBucket(RATE),
    channels: new Map(),
    outbox: undefined,
    flight: new FlightWindow(),
    backlog: new Backlog(now),
    closesAt: Number.POSITIVE_INFINITY,
    epoch: undefined,
    format,
    toldIds: new Map(),
    facade: undefined,
  };
}
