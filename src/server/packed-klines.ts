import { isWildcard, type Kline, marketOf, type Symbol } from "../core/mod.ts";
import { type MarketReader, storesMeant } from "../store/mod.ts";
import { type Channel, channelName } from "../wire/mod.ts";
import type { Frame, MessageFormat } from "./message-format.ts";
import { PackedTick } from "./packed-tick.ts";
import type { SeriesChannel } from "./series-channel.ts";
import type { Socket } from "./socket.ts";
import type { SymbolIds } from "./symbol-ids.ts";
import { type Topics, topicOf } from "./topics.ts";

/** States that come within this time share a frame, in milliseconds: none waits for longer. */
export const PACKED_TICK_MS = 20;

/** What binary frames are made from, and where they go. */
export interface PackedKlinesParts {
  readonly markets: MarketReader;
  readonly topics: Topics;
  readonly ids: SymbolIds;
  readonly format: MessageFormat;
  /** Called after frames were published. */
  readonly onPublished: () => void;
}

/** Where the klines of a series are published. */
interface SeriesTopics {
  readonly own: string;
  readonly all: string;
}

/**
 * Klines for the sockets with `format=packed`. Sockets that keep up get one frame a tick for each channel, encoded once for all of them. A
 * socket with an outbox gets each kline at once. A socket gets the id of a symbol before the first frame that names the symbol.
 */
export class PackedKlines {
  readonly #parts: PackedKlinesParts;
  readonly #topics: WeakMap<SeriesChannel, SeriesTopics> = new WeakMap();
  /** By topic. */
  readonly #ticks: Map<string, PackedTick> = new Map();
  /** By wildcard topic: each of its listeners knows the ids of the first so many of the market's symbols, or of more. */
  readonly #told: Map<string, number> = new Map();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #subscriptions = 0;

  constructor(parts: PackedKlinesParts) {
    this.#parts = parts;
    // A socket that joins a topic, leaves it or gets an outbox would receive states twice, or states from before it joined. Nobody is checked for
    // slowness here: that moves sockets, and one is half moved.
    parts.topics.beforeMoves(() => this.#publishAll());
  }

  /** A socket has begun a channel. */
  begin({ data: { format } }: Socket, { kind }: Channel): void {
    if (format === "packed" && (kind === "kline" || kind === "closed")) this.#subscriptions += 1;
  }

  /** A socket has ended one. */
  end({ data: { format } }: Socket, { kind }: Channel): void {
    if (format === "packed" && (kind === "kline" || kind === "closed")) this.#subscriptions -= 1;
  }

  /** The message with the ids that the socket must be told before it begins these channels; undefined where it knows all. */
  idsFor(socket: Socket, channels: readonly Channel[]): string | undefined {
    if (socket.data.format !== "packed") return undefined;
    const fresh = channels.filter((channel) => !socket.data.channels.has(channelName(channel)));
    const symbols = fresh.flatMap((channel) => this.#untold(socket, channel));
    return symbols.length === 0 ? undefined : this.#parts.ids.message(symbols);
  }

  /** A kline has a new state. */
  add(of: SeriesChannel, kline: Readonly<Kline>, isRestated: boolean): void {
    if (this.#subscriptions === 0) return;
    let made: Frame | undefined;
    const alone = (): Frame => {
      made ??= this.#parts.format.message([{ of, kline }], isRestated);
      return made;
    };
    const { own, all } = this.#topicsOf(of);
    this.#addTo(own, of, kline, isRestated, alone);
    this.#tellNew(all, of.symbol);
    this.#addTo(all, of, kline, isRestated, alone);
  }

  /** Publishes what waits for the end of the tick. */
  flush(): void {
    this.#publishAll();
    this.#parts.onPublished();
  }

  /** The topics of a series' own channel and of its market's, made once. */
  #topicsOf(of: SeriesChannel): SeriesTopics {
    const known = this.#topics.get(of);
    if (known !== undefined) return known;
    const made = { own: topicOf("packed", of.name), all: topicOf("packed", of.wildcard) };
    this.#topics.set(of, made);
    return made;
  }

  #addTo(topic: string, of: SeriesChannel, kline: Readonly<Kline>, isRestated: boolean, alone: () => Frame): void {
    const { topics, ids } = this.#parts;
    if (topics.isPublished(topic)) {
      const id = ids.idOf(of.symbol);
      let tick = this.#ticks.get(topic);
      if (tick?.takes(id, kline) === false) {
        this.#publish(topic, tick);
        tick = undefined;
      }
      tick ??= new PackedTick(of);
      this.#ticks.set(topic, tick);
      tick.add(id, kline, isRestated);
      this.#timer ??= setTimeout(() => this.flush(), PACKED_TICK_MS);
    }
    for (const outbox of topics.outboxes(topic)) {
      if (kline.closed) outbox.closedKline(of, kline, alone(), isRestated);
      else outbox.newest.kline(of);
    }
  }

  #publishAll(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const ticks = [...this.#ticks];
    this.#ticks.clear();
    for (const [topic, tick] of ticks) this.#publish(topic, tick);
  }

  #publish(topic: string, tick: PackedTick): void {
    for (const frame of tick.frames()) this.#parts.topics.publish(topic, frame);
  }

  /** Sends the id of a symbol that was listed later to all sockets that listen to its market. */
  #tellNew(topic: string, symbol: Symbol): void {
    const { topics, ids } = this.#parts;
    const told = this.#told.get(topic) ?? 0;
    if (ids.placeOf(symbol) < told || !topics.isListenedTo(topic)) return;
    const market = marketOf(symbol);
    const message = ids.message(ids.after(market, told));
    topics.send(
      topic,
      () => message,
      (outbox) => outbox.keep(message),
    );
    this.#told.set(topic, ids.count(market));
  }

  /** The symbols of a channel whose ids a socket doesn't know. */
  #untold(socket: Socket, channel: Channel): readonly Symbol[] {
    if (channel.kind !== "kline" && channel.kind !== "closed") return [];
    const { markets, topics, ids } = this.#parts;
    const { toldIds } = socket.data;
    const { symbol } = channel;
    if (!isWildcard(symbol)) return ids.placeOf(symbol) < (toldIds.get(marketOf(symbol)) ?? 0) ? [] : [symbol];
    return storesMeant(symbol, markets).flatMap((store) => {
      const { market } = store;
      for (const one of store.symbols()) ids.idOf(one.symbol);
      const untold = ids.after(market, toldIds.get(market) ?? 0);
      toldIds.set(market, ids.count(market));
      const topic = topicOf("packed", channelName(channel));
      if (!topics.isListenedTo(topic)) this.#told.set(topic, ids.count(market));
      return untold;
    });
  }
}
