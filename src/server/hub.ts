import type { ServerWebSocket } from "bun";
import { type Kline, type Symbol, type Ticker, VyxError } from "../core/mod.ts";
import type { CloseNotice, MarketStore, Series } from "../store/mod.ts";
import { type Channel, channelName, klineJson, type Signal, type SignalMessage, tickerJson } from "../wire/mod.ts";
import type { Caller } from "./caller.ts";
import { functionCallerOf } from "./function-routes.ts";
import { type Slowness, SlowQueue } from "./slow-queue.ts";
import { snapshotsFor } from "./snapshot.ts";
import type { TokenBucket } from "./token-bucket.ts";

/** The most channels that one socket may be subscribed to. */
export const MAX_CHANNELS = 1_024;

/** A socket with more than this many unsent bytes is slow: it leaves the common path and gets the newest state only. */
const SLOW_ABOVE_BYTES = 256 * 1024;

/** How often sockets are looked at for slowness, and the tickers that changed are sent, in milliseconds. */
export const SLOW_CHECK_MS = 100;
export const TICKERS_EVERY_MS = 1_000;

/** What the hub keeps with each socket. */
export interface SocketData {
  readonly id: string;
  readonly caller: Caller;
  /** In words, why the socket is closed as soon as it is open. */
  readonly refusal: string | undefined;
  /** What it may ask. */
  readonly messages: TokenBucket;
  /** Messages over that, in a row. */
  refusedMessages: number;
  readonly channels: Map<string, Channel>;
  slow: SlowQueue | undefined;
}

/** A connected client. */
export type Socket = ServerWebSocket<SocketData>;

/** What the hub needs of Bun's server. */
export interface Publisher {
  publish(topic: string, text: string): unknown;
}

/**
 * Sends what the store tells to the sockets that asked for it. A message is encoded once, and only when someone
 * listens; sockets that keep up share Bun's own publishing, slow ones get a queue of their own that keeps closed klines
 * and conflates everything else.
 */
export class Hub {
  readonly #store: MarketStore;
  readonly #sockets: Set<Socket> = new Set();
  /** How many sockets that keep up listen to each channel. */
  readonly #listeners: Map<string, number> = new Map();
  readonly #slow: Set<Socket> = new Set();
  readonly #changedTickers: Set<Symbol> = new Set();
  #publisher: Publisher | undefined;
  #klineSubscriptions = 0;
  #subscriptions = 0;
  /** Whether there are traders here, whose signals can be listened to. */
  readonly tellsSignals: boolean;
  /** Messages that were sent, to all sockets together. */
  sent = 0;
  /** What slow sockets cost, since the start. */
  readonly slowness: Slowness = { conflations: 0, closes: 0 };
  #timers: ReturnType<typeof setInterval>[] = [];

  constructor(store: MarketStore, tellsSignals = false) {
    this.#store = store;
    this.tellsSignals = tellsSignals;
    store.listen({
      kline: (series, kline) => this.#kline(series, kline, false),
      restated: (series, kline) => this.#kline(series, kline, true),
      ticker: (ticker) => this.#ticker(ticker),
      close: (notice) => this.#close(notice),
    });
  }

  start(publisher: Publisher): void {
    this.#publisher = publisher;
    this.#timers = [
      setInterval(() => this.#findSlow(), SLOW_CHECK_MS),
      setInterval(() => this.flushTickers(), TICKERS_EVERY_MS),
    ];
  }

  /** Closes every socket with the code and stops. */
  stop(code: number, reason: string): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const socket of this.#sockets) socket.close(code, reason);
  }

  /** Closes the sockets of which the condition is true. */
  closeWhere(isMeant: (data: SocketData) => boolean, code: number, reason: string): void {
    for (const socket of this.#sockets) {
      if (isMeant(socket.data)) socket.close(code, reason);
    }
  }

  get sockets(): number {
    return this.#sockets.size;
  }

  /** Channels of all sockets together. */
  get subscriptions(): number {
    return this.#subscriptions;
  }

  /** How many of them can't keep up. */
  get slowSockets(): number {
    return this.#slow.size;
  }

  add(socket: Socket): void {
    this.#sockets.add(socket);
  }

  remove(socket: Socket): void {
    this.unsubscribe(socket, [...socket.data.channels.keys()]);
    this.#slow.delete(socket);
    this.#sockets.delete(socket);
  }

  /** Subscribes, sends the ack, then what each channel begins with. Throws when that were too many; then nothing changed. */
  subscribe(socket: Socket, channels: readonly Channel[], since: ReadonlyMap<string, number>, ack: string): void {
    const fresh = channels.filter((channel) => !socket.data.channels.has(channelName(channel)));
    if (socket.data.channels.size + fresh.length > MAX_CHANNELS) throw new TooManyChannels();
    this.send(socket, ack);
    for (const channel of channels) {
      const name = channelName(channel);
      if (!socket.data.channels.has(name)) {
        socket.data.channels.set(name, channel);
        this.#subscriptions += 1;
        if (socket.data.slow === undefined) this.#begin(socket, channel);
        if (channel.kind === "kline" || channel.kind === "closed") this.#klineSubscriptions += 1;
      }
      for (const text of snapshotsFor(this.#store, channel, since.get(name))) this.send(socket, text);
    }
  }

  unsubscribe(socket: Socket, names: readonly string[]): void {
    for (const name of names) {
      const channel = socket.data.channels.get(name);
      if (channel === undefined) continue;
      socket.data.channels.delete(name);
      this.#subscriptions -= 1;
      if (socket.data.slow === undefined) this.#end(socket, channel);
      else socket.data.slow.supersede(name, Number.POSITIVE_INFINITY);
      if (channel.kind === "kline" || channel.kind === "closed") this.#klineSubscriptions -= 1;
    }
  }

  /** A stored signal, to those who may see it. Never dropped: a slow socket keeps it, or is closed. */
  signal(signal: Signal, owner: string): void {
    let text: string | undefined;
    for (const socket of this.#sockets) {
      if (!socket.data.channels.has("signals")) continue;
      const caller = functionCallerOf(socket.data.caller);
      if (!caller.isService && caller.owner !== owner) continue;
      text ??= JSON.stringify({ type: "signal", signal } satisfies SignalMessage);
      this.send(socket, text);
    }
  }

  /** Sends one message to one socket, behind what waits for it already. */
  send(socket: Socket, text: string): void {
    const { slow } = socket.data;
    this.sent += 1;
    if (slow === undefined) socket.send(text);
    else slow.keep(text);
  }

  /** A socket can take more again. */
  drained(socket: Socket): void {
    const { slow } = socket.data;
    if (slow === undefined || !slow.flush(socket)) return;
    socket.data.slow = undefined;
    this.#slow.delete(socket);
    for (const [name, channel] of socket.data.channels) if (!isCovered(socket, channel)) this.#listen(socket, name);
  }

  /** Sends the tickers that changed since the last call. */
  flushTickers(): void {
    if (this.#changedTickers.size === 0) return;
    const changed = [...this.#changedTickers];
    this.#changedTickers.clear();
    this.#broadcast("tickers", false, () => {
      const tickers = changed.flatMap((symbol) => this.#store.ticker(symbol) ?? []);
      return `{"type":"tickers","tickers":[${tickers.map(tickerJson).join(",")}]}`;
    });
    for (const socket of this.#slow) {
      if (socket.data.channels.has("tickers"))
        socket.data.slow?.changed(changed, (symbol) => this.#store.ticker(symbol));
    }
  }

  #kline(series: Series, kline: Readonly<Kline>, restated: boolean): void {
    if (this.#klineSubscriptions === 0) return;
    const { symbol, interval } = series;
    let body: string | undefined;
    const text = (kind: "kline" | "closed") => (): string => {
      body ??= klineJson(kline);
      return `{"type":"kline","channel":"${kind}:${symbol}:${interval}","kline":${body}${restated ? ',"restated":true' : ""}}`;
    };
    this.#broadcastKline("kline", series, kline, text("kline"));
    if (kline.closed) this.#broadcastKline("closed", series, kline, text("closed"));
  }

  /** To those who asked for the symbol and those who asked for all. Open states conflate, a close is never dropped. */
  #broadcastKline(kind: "kline" | "closed", series: Series, kline: Readonly<Kline>, text: () => string): void {
    const channel = `${kind}:${series.symbol}:${series.interval}`;
    const wildcard = `${kind}:*:${series.interval}`;
    let message: string | undefined;
    for (const name of [channel, wildcard]) {
      const listeners = this.#listeners.get(name);
      if (listeners !== undefined) {
        message ??= text();
        this.#publisher?.publish(name, message);
        this.sent += listeners;
      }
    }
    for (const socket of this.#slow) {
      const { channels, slow } = socket.data;
      if (!channels.has(channel) && !channels.has(wildcard)) continue;
      message ??= text();
      if (kline.closed) {
        slow?.supersede(channel, kline.openTime);
        slow?.keep(message);
      } else slow?.replace(channel, message, kline.openTime);
    }
  }

  #ticker(ticker: Ticker): void {
    this.#changedTickers.add(ticker.symbol);
    const name = `ticker:${ticker.symbol}`;
    this.#broadcast(name, false, () => `{"type":"ticker","channel":"${name}","ticker":${tickerJson(ticker)}}`, name);
  }

  #close(notice: CloseNotice): void {
    this.#broadcast(`close:${notice.interval}`, true, () => JSON.stringify({ type: "close", ...notice }));
  }

  #broadcast(name: string, keep: boolean, text: () => string, key?: string): void {
    let message: string | undefined;
    const listeners = this.#listeners.get(name);
    if (listeners !== undefined) {
      message = text();
      this.#publisher?.publish(name, message);
      this.sent += listeners;
    }
    if (!keep && key === undefined) return;
    for (const socket of this.#slow) {
      if (!socket.data.channels.has(name)) continue;
      message ??= text();
      if (key === undefined) socket.data.slow?.keep(message);
      else socket.data.slow?.replace(key, message, 0);
    }
  }

  #findSlow(): void {
    for (const socket of this.#sockets) {
      if (socket.data.slow !== undefined) {
        socket.data.slow.closeIfHopeless(socket);
        continue;
      }
      if (socket.getBufferedAmount() <= SLOW_ABOVE_BYTES) continue;
      for (const [name, channel] of socket.data.channels) {
        if (!isCovered(socket, channel)) this.#unlisten(socket, name);
      }
      socket.data.slow = new SlowQueue(this.slowness);
      this.#slow.add(socket);
    }
  }

  /** A channel was added to those of a socket that keeps up. What it covers is published to it under its name from now on. */
  #begin(socket: Socket, channel: Channel): void {
    if (isCovered(socket, channel)) return;
    for (const name of coveredBy(socket, channel)) this.#unlisten(socket, name);
    this.#listen(socket, channelName(channel));
  }

  /** A channel was taken from them. */
  #end(socket: Socket, channel: Channel): void {
    if (isCovered(socket, channel)) return;
    this.#unlisten(socket, channelName(channel));
    for (const name of coveredBy(socket, channel)) this.#listen(socket, name);
  }

  #listen(socket: Socket, name: string): void {
    socket.subscribe(name);
    this.#listeners.set(name, (this.#listeners.get(name) ?? 0) + 1);
  }

  #unlisten(socket: Socket, name: string): void {
    socket.unsubscribe(name);
    const left = (this.#listeners.get(name) ?? 0) - 1;
    if (left > 0) this.#listeners.set(name, left);
    else this.#listeners.delete(name);
  }
}

/** Whether the whole market's channel brings a socket all that one symbol's would: each message comes once. */
function isCovered(socket: Socket, channel: Channel): boolean {
  if (channel.kind !== "kline" && channel.kind !== "closed") return false;
  return channel.symbol !== "*" && socket.data.channels.has(channelName({ ...channel, symbol: "*" }));
}

/** The socket's channels of single symbols that a channel of the whole market covers. */
function coveredBy(socket: Socket, channel: Channel): string[] {
  if ((channel.kind !== "kline" && channel.kind !== "closed") || channel.symbol !== "*") return [];
  return [...socket.data.channels]
    .filter(([, other]) => other.kind === channel.kind && other.symbol !== "*" && other.interval === channel.interval)
    .map(([name]) => name);
}

/** A socket asked for more channels than it may have. */
export class TooManyChannels extends VyxError {
  readonly code = "too_many_channels";
  readonly retryable = false;

  constructor() {
    super(`a socket may have ${MAX_CHANNELS} channels at most: use a * channel, or several sockets`);
  }
}
