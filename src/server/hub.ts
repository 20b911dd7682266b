import { VyxError } from "../core/mod.ts";
import type { MarketReader } from "../store/mod.ts";
import { type Channel, channelName, type ErrorMessage, type Signal } from "../wire/mod.ts";
import { DeliveryAllowance } from "./delivery-allowance.ts";
import { streamFormats } from "./facades/binance/stream-format.ts";
import type { SnapshotRows } from "./kline-snapshot.ts";
import type { LoopTurns } from "./loop-turns.ts";
import { MarketMessages, timeOf } from "./market-messages.ts";
import { wildcardHere } from "./markets-asked.ts";
import { messageFormats } from "./message-format.ts";
import { Outboxes } from "./outboxes.ts";
import { PackedKlines } from "./packed-klines.ts";
import { hasSnapshot, PendingSnapshot } from "./pending-snapshot.ts";
import type { Rate } from "./rate.ts";
import { SignalFanOut } from "./signal-fan-out.ts";
import type { Socket, SocketData } from "./socket.ts";
import { SymbolIds } from "./symbol-ids.ts";
import { type Publisher, Topics } from "./topics.ts";
import type { WaitingBytes } from "./waiting-bytes.ts";

/** The most channels that one socket may be subscribed to. */
export const MAX_CHANNELS = 1_024;

/** How often sockets are checked for slowness, and changed tickers are sent, in milliseconds. */
const SLOW_CHECK_MS = 100;
const TICKERS_EVERY_MS = 1_000;

/** What the hub works with. */
export interface HubOptions {
  readonly markets: MarketReader;
  readonly rows: SnapshotRows;
  readonly turns: LoopTurns;
  readonly waiting: WaitingBytes;
  /** What the sockets of one caller are sent without conflation. */
  readonly deliveryRate: Rate;
  /** Milliseconds on a clock that only goes forward. */
  readonly stopwatch: () => number;
  /** Told what went wrong for a socket, which is then closed; `id` is that of its request. */
  readonly onError: (id: string, cause: unknown) => void;
  /** Whether there are traders here, whose signals can be listened to. */
  readonly tellsSignals: boolean;
}

/**
 * The open sockets and their channels. Sockets that keep up share Bun's own publishing of each message. A socket that reads slowly,
 * is owed snapshots, or whose caller is sent more than it may has an outbox, from which it is sent in turn with all others.
 */
export class Hub {
  readonly tellsSignals: boolean;
  readonly #sockets: Set<Socket> = new Set();
  readonly #topics: Topics;
  readonly #outboxes: Outboxes;
  readonly #market: MarketMessages;
  readonly #packed: PackedKlines;
  readonly #signals: SignalFanOut;
  #subscriptions = 0;
  #timers: ReturnType<typeof setInterval>[] = [];

  constructor({ markets, rows, turns, waiting, stopwatch, tellsSignals, onError, deliveryRate }: HubOptions) {
    this.tellsSignals = tellsSignals;
    const allowance = new DeliveryAllowance(deliveryRate);
    this.#topics = new Topics(allowance, (market) => wildcardHere(market, markets));
    const ids = new SymbolIds();
    const formats = {
      ...messageFormats(
        (symbol) => ids.idOf(symbol),
        (symbol) => timeOf(markets, symbol),
      ),
      ...streamFormats({ markets, timeOf: (symbol) => timeOf(markets, symbol) }),
    };
    this.#outboxes = new Outboxes({
      source: { markets, rows },
      formats,
      topics: this.#topics,
      allowance,
      turns,
      waiting,
      stopwatch,
      onError,
    });
    this.#packed = new PackedKlines({
      markets,
      topics: this.#topics,
      ids,
      format: formats.packed,
      onPublished: () => this.#market.published(),
    });
    this.#market = new MarketMessages({
      markets,
      topics: this.#topics,
      packed: this.#packed,
      formats,
      onMuch: () => this.check(),
    });
    this.#signals = new SignalFanOut({
      turns,
      send: (socket, text) => this.send(socket, text),
      mayHave: (socket) => this.#mayHaveSignals(socket),
      closeSlow: (socket) => this.#outboxes.closeSlow(socket, "signals"),
      onError,
    });
  }

  start(publisher: Publisher): void {
    this.#topics.start(publisher);
    this.#timers = [
      setInterval(() => this.check(), SLOW_CHECK_MS),
      setInterval(() => this.flushTickers(), TICKERS_EVERY_MS),
    ];
  }

  /** Closes every socket with the code and stops. */
  stop(code: number, reason: string): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#packed.flush();
    for (const socket of this.#sockets) socket.close(code, reason);
  }

  /** Closes so many sockets, those that were opened first. */
  closeOldest(count: number, code: number, reason: string): void {
    this.#packed.flush();
    let left = count;
    for (const socket of this.#sockets) {
      if (left <= 0) return;
      if (socket.readyState !== WebSocket.OPEN) continue;
      socket.close(code, reason);
      left -= 1;
    }
  }

  /** Closes the sockets of which the condition is true. */
  closeWhere(isMeant: (data: SocketData) => boolean, code: number, reason: string): void {
    for (const socket of this.#sockets) {
      if (!isMeant(socket.data)) continue;
      this.#packed.flush();
      socket.close(code, reason);
    }
  }

  get sockets(): number {
    return this.#sockets.size;
  }

  /** Channels of all sockets together. */
  get subscriptions(): number {
    return this.#subscriptions;
  }

  /** Messages that were sent, to all sockets together. */
  get sent(): number {
    return this.#topics.figures.messages + this.#outboxes.figures.messages;
  }

  /** What can't be sent to sockets at once, and what came of it. */
  get outboxes(): Pick<
    Outboxes,
    "size" | "pendingSnapshots" | "waitingBytes" | "conflations" | "pacings" | "closes" | "figures"
  > {
    return this.#outboxes;
  }

  /** Whether the socket is open. */
  has(socket: Socket): boolean {
    return this.#sockets.has(socket);
  }

  add(socket: Socket): void {
    this.#sockets.add(socket);
  }

  remove(socket: Socket): void {
    this.#outboxes.closed(socket);
    this.unsubscribe(socket, [...socket.data.channels.keys()]);
    this.#sockets.delete(socket);
  }

  /**
   * The snapshots that a subscribe brings: of the channels that are new to the socket, and of those that it has already and
   * names with `since`. Throws when the channels were too many.
   */
  snapshotsFor(socket: Socket, channels: readonly Channel[], since: ReadonlyMap<string, number>): PendingSnapshot[] {
    const had = socket.data.channels;
    const fresh = channels.filter((channel) => !had.has(channelName(channel)));
    if (had.size + fresh.length > MAX_CHANNELS) throw new TooManyChannels();
    return channels.flatMap((channel) => {
      const name = channelName(channel);
      const from = since.get(name);
      if ((had.has(name) && from === undefined) || !hasSnapshot(channel, from)) return [];
      return [new PendingSnapshot(channel, from)];
    });
  }

  /** Subscribes and sends the ack, if there is one, then the snapshots. */
  subscribe(
    socket: Socket,
    channels: readonly Channel[],
    snapshots: readonly PendingSnapshot[],
    ack: string | undefined,
  ): void {
    const outbox = snapshots.length > 0 ? this.#outboxes.open(socket) : undefined;
    if (ack !== undefined) this.send(socket, ack);
    const ids = this.#packed.idsFor(socket, channels);
    if (ids !== undefined) this.send(socket, ids);
    for (const snapshot of snapshots) outbox?.owe(snapshot);
    for (const channel of channels) {
      const name = channelName(channel);
      if (socket.data.channels.has(name)) continue;
      socket.data.channels.set(name, channel);
      this.#subscriptions += 1;
      this.#market.begin(channel);
      this.#packed.begin(socket, channel);
      if (channel.kind === "signals") this.#signals.begin(socket);
      else this.#topics.begin(socket, channel);
    }
    this.#outboxes.takeTurn(socket);
  }

  unsubscribe(socket: Socket, names: readonly string[]): void {
    const { channels, outbox } = socket.data;
    for (const name of names) {
      const channel = channels.get(name);
      if (channel === undefined) continue;
      channels.delete(name);
      this.#subscriptions -= 1;
      this.#market.end(channel);
      this.#packed.end(socket, channel);
      if (channel.kind === "signals") this.#signals.end(socket);
      else this.#topics.end(socket, channel);
      outbox?.dropped(name);
    }
  }

  /** Sends a stored signal to the sockets that may see it, when it is its turn. */
  signal(signal: Signal, owner: string): void {
    this.#signals.add(signal, owner);
  }

  /** Signals that wait to be sent. */
  get waitingSignals(): number {
    return this.#signals.waiting;
  }

  /** Takes `signals` from the sockets whose key has lost the scope for it. */
  dropForbidden(): void {
    for (const socket of [...this.#signals.sockets()]) this.#mayHaveSignals(socket);
  }

  /** Sends one message to one socket, behind what waits for it already. */
  send(socket: Socket, text: string): void {
    this.#outboxes.send(socket, text);
  }

  /** A socket can take more again. */
  drained(socket: Socket): void {
    this.#outboxes.takeTurn(socket);
  }

  /** A client sent a pong. Gives back whether it answers a ping that an outbox sent. */
  pong(socket: Socket, text: string): boolean {
    return this.#outboxes.pong(socket, text);
  }

  /** Sends the tickers that changed since the last call. */
  flushTickers(): void {
    this.#market.flushTickers();
  }

  /** Publishes the klines that wait for the end of a tick. */
  flushPacked(): void {
    this.#packed.flush();
  }

  /** Finds the sockets that have become slow or are sent too much, and closes those that are too slow. */
  check(): void {
    this.#market.checked();
    this.#outboxes.check(this.#sockets);
  }

  #mayHaveSignals(socket: Socket): boolean {
    if (socket.data.caller.scopes.has("trade")) return true;
    this.unsubscribe(socket, ["signals"]);
    this.send(socket, SIGNALS_FORBIDDEN);
    return false;
  }
}

/** The same words whether the scope is missing from the start or was lost. */
export const NO_TRADE_SCOPE = "signals: this needs a key with the scope trade";

const SIGNALS_FORBIDDEN: string = JSON.stringify({
  type: "error",
  id: null,
  code: "forbidden",
  detail: NO_TRADE_SCOPE,
} satisfies ErrorMessage);

/** A socket asked for more channels than it may have. */
export class TooManyChannels extends VyxError {
  readonly code = "too_many_channels";
  readonly retryable = false;

  constructor() {
    super(`a socket may have ${MAX_CHANNELS} channels at most: use a * channel, or several sockets`);
  }
}
