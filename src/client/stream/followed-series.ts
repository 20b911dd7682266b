import { addCandles, type Interval, isWildcard, marketOf, type UnixMs, wildcardsMeaning } from "../../core/mod.ts";
import { type Channel, channelName, type KlineMessage, parseChannel, type SnapshotMessage } from "../../wire/mod.ts";
import type { ClientSettings } from "../options.ts";
import { KlineCursor, type Passed } from "./kline-cursor.ts";
import type { StreamMessage } from "./message.ts";

/** Series of `*` channels that are asked for one by one at the same time; the others wait for their turn. A socket has 1,024 channels. */
const MAX_ASKED_SERIES = 200;

/** A series that was asked for is asked for again when no answer has come for so long, in milliseconds: each request has its price. */
const ASK_AGAIN_MS = 5_000;

/** A `*` channel resumes so many candles before the newest one: symbols that close late are within them. */
const WILDCARD_LOOK_BACK = 10;

/** A series that messages come for. */
interface Followed {
  readonly cursor: KlineCursor;
  readonly isOfWildcard: boolean;
  /** Since when klines are missing, local time; undefined while none is. */
  lackingSince: number | undefined;
  /** Whether it was subscribed to on its own besides its `*` channel. */
  isAsked: boolean;
  /** When it was asked for, local time; undefined while no answer is awaited. */
  askedAt: number | undefined;
}

/** What series are followed with. */
export interface FollowedSeriesParts {
  readonly clock: ClientSettings["clock"];
  /** How long a kline that is missing is waited for before the gap is told, in milliseconds. */
  readonly gapPatienceMs: number;
  /** What the consumer had of a channel; undefined for one that nobody wants. */
  readonly wanted: (name: string) => { readonly since: UnixMs | undefined } | undefined;
  readonly put: (message: StreamMessage) => void;
  /** A series of a `*` channel that was subscribed to on its own needn't be any more. */
  readonly unsubscribe: (name: string) => void;
  /** Klines are missing: {@link FollowedSeries.toAsk} is to be called soon. */
  readonly onLacking: () => void;
}

/** Brings the klines of each series into order, and knows which ones lack some and from where on they go on. */
export class FollowedSeries {
  readonly #parts: FollowedSeriesParts;
  readonly #followed: Map<string, Followed> = new Map();
  readonly #lacking: Set<string> = new Set();
  /** What a `*` channel was last resumed from, until live messages prove that all snapshots have come. */
  readonly #resumedFrom: Map<string, UnixMs> = new Map();

  constructor(parts: FollowedSeriesParts) {
    this.#parts = parts;
  }

  get isLacking(): boolean {
    return this.#lacking.size > 0;
  }

  takeKline(message: KlineMessage): void {
    const { channel, kline, restated } = message;
    if (restated === undefined) this.#passed(channel, (cursor) => cursor.take(kline));
    else if (this.#follow(channel)?.cursor.restate(kline)) this.#parts.put(message);
    // Every `*` snapshot is sent before the first live message.
    for (const wildcard of wildcardsOf(parseChannel(channel))) this.#resumedFrom.delete(wildcard);
  }

  takeSnapshot(message: SnapshotMessage): void {
    const { channel, klines, recovered } = message;
    const followed = this.#follow(channel);
    if (followed === undefined) return;
    followed.askedAt = undefined;
    if (followed.cursor.since === undefined) {
      followed.cursor.begin(klines);
      this.#parts.put(message);
      return;
    }
    this.#passed(channel, (cursor) => cursor.resume(klines, recovered));
  }

  /** Nothing that came is of the present market. */
  beginAnew(): void {
    this.#followed.clear();
    this.#lacking.clear();
    this.#resumedFrom.clear();
  }

  /** What is missing is waited for anew. */
  waitAnew(): void {
    const now = this.#parts.clock.now();
    for (const name of this.#lacking) {
      const followed = this.#followed.get(name);
      if (followed !== undefined) followed.lackingSince = now;
    }
  }

  wentDown(): void {
    for (const followed of this.#followed.values()) {
      followed.isAsked = false;
      followed.askedAt = undefined;
    }
  }

  /** The series to ask for what they lack. Gives up on those that have waited for too long. */
  toAsk(): string[] {
    const now = this.#parts.clock.now();
    const channels: string[] = [];
    let asked = [...this.#followed.values()].filter(({ isAsked }) => isAsked).length;
    for (const channel of [...this.#lacking]) {
      const followed = this.#followed.get(channel) as Followed;
      if (now - (followed.lackingSince ?? now) >= this.#parts.gapPatienceMs) {
        this.#passed(channel, (cursor) => cursor.giveUp());
        continue;
      }
      if (followed.isOfWildcard && !followed.isAsked) {
        if (asked >= MAX_ASKED_SERIES) continue;
        followed.isAsked = true;
        asked += 1;
      }
      if (followed.askedAt !== undefined && now - followed.askedAt < ASK_AGAIN_MS) continue;
      followed.askedAt = now;
      channels.push(channel);
    }
    return channels;
  }

  /** The open time from which on a channel is asked for; undefined for one without klines, or of which there were none yet. */
  since(name: string): UnixMs | undefined {
    const channel = parseChannel(name);
    if (channel.kind !== "kline" && channel.kind !== "closed") return undefined;
    const wanted = this.#parts.wanted(name)?.since;
    if (!isWildcard(channel.symbol)) return this.#followed.get(name)?.cursor.since ?? wanted;
    const from = this.#wildcardSince(name, channel.interval) ?? wanted;
    if (from !== undefined) this.#resumedFrom.set(name, from);
    return from;
  }

  #wildcardSince(name: string, interval: Interval): UnixMs | undefined {
    const lasts = [...this.#followed].flatMap(([followedName, { cursor, isOfWildcard }]) =>
      isOfWildcard && wildcardsOf(parseChannel(followedName)).includes(name) ? (cursor.since ?? []) : [],
    );
    if (lasts.length === 0) return undefined;
    const lookBack = addCandles(interval, Math.max(...lasts), -WILDCARD_LOOK_BACK);
    // Whoever lies further back is a symbol that doesn't trade; should it, its first kline shows what is missing.
    const near = lasts.filter((last) => last >= lookBack);
    return Math.min(...near, this.#resumedFrom.get(name) ?? Number.POSITIVE_INFINITY) as UnixMs;
  }

  /** Sends on what a cursor lets through, and remembers whether it lacks something. */
  #passed(channel: string, step: (cursor: KlineCursor) => readonly Passed[]): void {
    const followed = this.#follow(channel);
    if (followed === undefined) return;
    for (const passed of step(followed.cursor)) {
      if ("kline" in passed) this.#parts.put({ type: "kline", channel, kline: passed.kline });
      else this.#parts.put({ type: "gap", channel, ...passed.gap });
    }
    if (followed.cursor.isLacking) {
      followed.lackingSince ??= this.#parts.clock.now();
      this.#lacking.add(channel);
      this.#parts.onLacking();
    } else if (followed.lackingSince !== undefined) this.#isWhole(channel, followed);
  }

  #isWhole(channel: string, followed: Followed): void {
    followed.lackingSince = undefined;
    this.#lacking.delete(channel);
    if (followed.isAsked) this.#parts.unsubscribe(channel);
    followed.isAsked = false;
  }

  /** The series that a message's channel names, if it is wanted, on its own or among all symbols. */
  #follow(channel: string): Followed | undefined {
    const known = this.#followed.get(channel);
    if (known !== undefined) return known;
    const parsed = parseChannel(channel);
    if (parsed.kind !== "kline" && parsed.kind !== "closed") return undefined;
    const own = this.#parts.wanted(channel);
    const wildcard = wildcardsOf(parsed).find((name) => this.#parts.wanted(name) !== undefined);
    const wanted = own ?? (wildcard === undefined ? undefined : this.#parts.wanted(wildcard));
    if (wanted === undefined) return undefined;
    const followed: Followed = {
      cursor: new KlineCursor(parsed.interval, wanted.since),
      isOfWildcard: own === undefined,
      lackingSince: undefined,
      isAsked: false,
      askedAt: undefined,
    };
    this.#followed.set(channel, followed);
    return followed;
  }
}

/** The channels of all symbols that may be meant to bring those of one. */
function wildcardsOf(channel: Channel): readonly string[] {
  if ((channel.kind !== "kline" && channel.kind !== "closed") || isWildcard(channel.symbol)) return [];
  return wildcardsMeaning(marketOf(channel.symbol)).map((symbol) => channelName({ ...channel, symbol }));
}
