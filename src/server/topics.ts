import { isWildcard, type MarketId, marketOf, type Wildcard } from "../core/mod.ts";
import { type Channel, channelName } from "../wire/mod.ts";
import { type Delivery, type DeliveryAllowance, deliveryUnits } from "./delivery-allowance.ts";
import { type Frame, isFacade, type SocketFormat } from "./message-format.ts";
import type { Outbox } from "./outbox.ts";
import type { Socket } from "./socket.ts";

/** What is needed of Bun's server. */
export interface Publisher {
  publish(topic: string, message: Frame): unknown;
}

/** Where messages of a channel are sent for the sockets with a format: of those of `/ws`, only klines have one message for each. */
export function topicOf(format: SocketFormat, name: string): string {
  if (format === "json") return name;
  return isFacade(format) || /^(kline|closed):/.test(name) ? `${format}:${name}` : name;
}

/**
 * Who listens to which channel, and on which way: the runtime's own publishing, which shares one encoded message among all
 * sockets that keep up, or the socket's outbox.
 */
export class Topics {
  #publisher: Publisher | undefined;
  readonly #allowance: DeliveryAllowance;
  readonly #wildcardOf: (market: MarketId) => Wildcard;
  #beforeMove: () => void = () => {};
  /** By topic, how many sockets of each caller the runtime publishes to. */
  readonly #published: Map<string, Map<Delivery, number>> = new Map();
  /** By topic. */
  readonly #queued: Map<string, Set<Socket>> = new Map();
  /** Channels of sockets in the shape of another service. While there are none, no message is made for them. */
  facadeChannels = 0;
  /** Messages and characters that were published, a message to many sockets once for each and its characters once. */
  readonly figures = { messages: 0, characters: 0 };

  /** `wildcardOf`: what channels of this server call all symbols of a market. */
  constructor(allowance: DeliveryAllowance, wildcardOf: (market: MarketId) => Wildcard) {
    this.#allowance = allowance;
    this.#wildcardOf = wildcardOf;
  }

  start(publisher: Publisher): void {
    this.#publisher = publisher;
  }

  /** Calls it before what a socket listens to, or the way that its messages take, changes. It must not move sockets itself. */
  beforeMoves(run: () => void): void {
    this.#beforeMove = run;
  }

  /** A channel was added to those of a socket. What it covers comes under its name from now on. */
  begin(socket: Socket, channel: Channel): void {
    this.#beforeMove();
    if (this.#isCovered(socket, channel)) return;
    for (const name of this.#coveredBy(socket, channel)) this.#unlisten(socket, name);
    this.#listen(socket, channelName(channel));
  }

  /** A channel was taken from them. */
  end(socket: Socket, channel: Channel): void {
    this.#beforeMove();
    if (this.#isCovered(socket, channel)) return;
    this.#unlisten(socket, channelName(channel));
    for (const name of this.#coveredBy(socket, channel)) this.#listen(socket, name);
  }

  /** The socket reads too slowly, or its caller is sent too much: all its channels go through its outbox from now on. */
  queue(socket: Socket): void {
    this.#beforeMove();
    for (const [name, channel] of socket.data.channels) {
      if (this.#isCovered(socket, channel) || this.#isQueued(socket, name)) continue;
      this.#unpublish(socket, name);
      this.#enqueue(socket, name);
    }
  }

  /** Its outbox is empty: all its channels are published to it from now on. */
  publishTo(socket: Socket): void {
    this.#beforeMove();
    for (const name of socket.data.channels.keys()) {
      if (this.#dequeue(socket, name)) this.#publish(socket, name);
    }
  }

  /** Publishes the klines that wait for the end of a tick, so that the next message comes after them. */
  settle(): void {
    this.#beforeMove();
  }

  /** Sends a message to all who listen; `put` takes it for those with an outbox. */
  send(topic: string, message: () => Frame, put: (outbox: Outbox) => void): void {
    if (this.isPublished(topic)) this.publish(topic, message());
    for (const outbox of this.outboxes(topic)) put(outbox);
  }

  /** Sends a message to the sockets that keep up. */
  publish(topic: string, message: Frame): void {
    const listeners = this.#published.get(topic);
    if (listeners === undefined) return;
    this.#publisher?.publish(topic, message);
    const units = deliveryUnits(message.length);
    for (const [delivery, sockets] of listeners) {
      delivery.spend(sockets * units);
      this.figures.messages += sockets;
    }
    this.figures.characters += message.length;
  }

  /** Whether any socket that keeps up listens. */
  isPublished(topic: string): boolean {
    return this.#published.has(topic);
  }

  /** Whether any socket listens. */
  isListenedTo(topic: string): boolean {
    return this.#published.has(topic) || this.#queued.has(topic);
  }

  /** The outboxes of the sockets that listen and have one. */
  outboxes(topic: string): Outbox[] {
    const sockets = this.#queued.get(topic);
    return sockets === undefined ? NONE : [...sockets].flatMap(({ data }) => data.outbox ?? []);
  }

  #listen(socket: Socket, name: string): void {
    if (isFacade(socket.data.format)) this.facadeChannels += 1;
    if (socket.data.outbox === undefined) this.#publish(socket, name);
    else this.#enqueue(socket, name);
  }

  #unlisten(socket: Socket, name: string): void {
    if (isFacade(socket.data.format)) this.facadeChannels -= 1;
    if (!this.#dequeue(socket, name)) this.#unpublish(socket, name);
  }

  #publish(socket: Socket, name: string): void {
    const topic = topicOf(socket.data.format, name);
    socket.subscribe(topic);
    const listeners = this.#published.get(topic) ?? new Map<Delivery, number>();
    this.#published.set(topic, listeners);
    const delivery = this.#allowance.of(socket.data.caller);
    listeners.set(delivery, (listeners.get(delivery) ?? 0) + 1);
  }

  #unpublish(socket: Socket, name: string): void {
    const topic = topicOf(socket.data.format, name);
    socket.unsubscribe(topic);
    const listeners = this.#published.get(topic);
    if (listeners === undefined) return;
    const delivery = this.#allowance.of(socket.data.caller);
    const left = (listeners.get(delivery) ?? 0) - 1;
    if (left > 0) listeners.set(delivery, left);
    else listeners.delete(delivery);
    if (listeners.size === 0) this.#published.delete(topic);
  }

  #isQueued(socket: Socket, name: string): boolean {
    return this.#queued.get(topicOf(socket.data.format, name))?.has(socket) === true;
  }

  #enqueue(socket: Socket, name: string): void {
    const topic = topicOf(socket.data.format, name);
    const sockets = this.#queued.get(topic);
    if (sockets === undefined) this.#queued.set(topic, new Set([socket]));
    else sockets.add(socket);
  }

  #dequeue(socket: Socket, name: string): boolean {
    const topic = topicOf(socket.data.format, name);
    const sockets = this.#queued.get(topic);
    if (sockets?.delete(socket) !== true) return false;
    if (sockets.size === 0) this.#queued.delete(topic);
    return true;
  }

  /** Whether the channel of all symbols brings a socket all that one symbol's would: each message comes once. */
  #isCovered(socket: Socket, channel: Channel): boolean {
    if (channel.kind !== "kline" && channel.kind !== "closed") return false;
    if (isWildcard(channel.symbol)) return false;
    return socket.data.channels.has(channelName({ ...channel, symbol: this.#wildcardOf(marketOf(channel.symbol)) }));
  }

  /** The socket's channels of single symbols that a channel of all symbols covers. */
  #coveredBy(socket: Socket, channel: Channel): string[] {
    if ((channel.kind !== "kline" && channel.kind !== "closed") || !isWildcard(channel.symbol)) return [];
    const { kind, symbol, interval } = channel;
    return [...socket.data.channels]
      .filter(
        ([, other]) =>
          other.kind === kind &&
          other.interval === interval &&
          !isWildcard(other.symbol) &&
          this.#wildcardOf(marketOf(other.symbol)) === symbol,
      )
      .map(([name]) => name);
  }
}

const NONE: Outbox[] = [];
