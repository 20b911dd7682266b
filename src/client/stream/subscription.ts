import { addCandles, type Interval, InvalidInput, type UnixMs } from "../../core/mod.ts";
import { type Channel, channelName, parseChannel, type ServerMessage } from "../../wire/mod.ts";
import { ClientError, isProblemCode } from "../client-error.ts";
import type { ClientSettings } from "../options.ts";
import { after } from "../time-limit.ts";
import { KlineCursor, type Passed } from "./kline-cursor.ts";
import { Link } from "./link.ts";
import type { StreamMessage } from "./message.ts";
import { MessageQueue } from "./message-queue.ts";

/** How often the server is asked for klines that are missing, in milliseconds. */
const ASK_EVERY_MS = 500;

/** Series of `*` channels that are asked for one by one at the same time; the others wait for their turn. A socket has 1,024 channels. */
const MAX_ASKED_SERIES = 200;

/** Channels that one request names; with `since` they are well within the server's longest frame. */
const MAX_CHANNELS_A_REQUEST = 500;

/** A channel that the server doesn't have when it is first asked for is tried for so long: servers learn their symbols after they start. */
const NEW_CHANNEL_PATIENCE_MS = 3_000;

/** How often a channel that was refused is asked for again, in milliseconds: each refusal costs a request of its own. */
const REFUSED_AGAIN_MS = 1_000;

/** A `*` channel resumes so many candles before the newest one: symbols that close late are within them. */
const WILDCARD_LOOK_BACK = 10;

/** How a subscription begins and how patient it is. */
export interface SubscribeOptions {
  /** By channel, the open time of the last closed kline that you have: you get all after it. */
  readonly since?: Readonly<Record<string, number>> | undefined;
  /** Ends the subscription, quietly. */
  readonly signal?: AbortSignal | undefined;
  /** How long a kline that is missing is waited for before the gap is told, in milliseconds; 10,000 by default. */
  readonly gapPatienceMs?: number | undefined;
  /** How many messages may wait to be read that can't be conflated; 50,000 by default. Past it the connection is cut, and resumed once half of them are read. */
  readonly maxWaiting?: number | undefined;
}

/** A channel that the consumer asked for. */
interface Wanted {
  readonly channel: Channel;
  readonly since: UnixMs | undefined;
  /** Whether the server ever took it. */
  accepted: boolean;
  /** When the server first refused it, local time; undefined while it doesn't. */
  refusedAt: number | undefined;
  isTold: boolean;
  /** When one that was refused is asked for again, local time. */
  askAgainAt: number;
  /** What a `*` channel was last resumed from, until live messages prove that all snapshots have come. */
  resumedFrom: UnixMs | undefined;
}

/** A series that messages come for. */
interface Followed {
  readonly cursor: KlineCursor;
  readonly interval: Interval;
  readonly isOfWildcard: boolean;
  /** Since when klines are missing, local time; undefined while none is. */
  lackingSince: number | undefined;
  /** Whether it was subscribed to on its own besides its `*` channel. */
  isAsked: boolean;
}

/**
 * Messages of some channels, for one reader. It connects when it is first read from, comes back when the connection is
 * lost, and resumes kline channels where it was; what can't be resumed is told as a gap. Every closed kline comes once,
 * and those of a series come in order.
 */
export class Subscription implements AsyncIterableIterator<StreamMessage, undefined> {
  readonly #settings: ClientSettings;
  readonly #gapPatienceMs: number;
  readonly #maxWaiting: number;
  readonly #signal: AbortSignal | undefined;
  readonly #wanted: Map<string, Wanted> = new Map();
  readonly #followed: Map<string, Followed> = new Map();
  readonly #lacking: Set<string> = new Set();
  readonly #asked: Map<number, readonly string[]> = new Map();
  readonly #queue: MessageQueue = new MessageQueue();
  readonly #ending: AbortController = new AbortController();
  readonly #link: Link;
  readonly #onAbort = (): void => this.#end(undefined);
  #readers: (() => void)[] = [];
  /** Channels whose request was one too many. */
  #postponed: string[] = [];
  #error: ClientError | undefined;
  #began = false;
  #wasUp = false;
  #isDropped = false;
  #isWaitingToAsk = false;
  #lastId = 0;

  /** Throws InvalidInput for what isn't a channel. */
  constructor(settings: ClientSettings, channels: readonly string[], options: SubscribeOptions = {}) {
    this.#settings = settings;
    this.#gapPatienceMs = options.gapPatienceMs ?? 10_000;
    this.#maxWaiting = options.maxWaiting ?? 50_000;
    this.#signal = options.signal;
    if (channels.length === 0) throw new InvalidInput("no channel to subscribe to: expected one such as closed:*:1m");
    for (const name of channels) this.#want(parseChannel(name), options.since?.[name]);
    for (const name of Object.keys(options.since ?? {})) {
      if (!channels.includes(name)) throw new InvalidInput(`since names "${name}", which is not among the channels`);
    }
    this.#link = new Link(settings, {
      onUp: ({ source, version }) => this.#up(source, version),
      onMessage: (message) => this.#take(message),
      onSilent: () => this.#put({ type: "silent" }),
      onHeard: () => this.#put({ type: "heard" }),
      onDown: (reason, retryInMs) => this.#down(reason, retryInMs),
      onEnd: (error) => this.#end(error),
    });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next message. Rejects with ClientError when the subscription has ended for good; done once it was closed. */
  async next(): Promise<IteratorResult<StreamMessage, undefined>> {
    this.#begin();
    for (;;) {
      const value = this.#queue.take();
      if (value !== undefined) {
        this.#comeBackWhenRead();
        return { value, done: false };
      }
      if (this.#error !== undefined) {
        const error = this.#error;
        this.#error = undefined;
        throw error;
      }
      if (this.#ending.signal.aborted) return { value: undefined, done: true };
      await new Promise<void>((resolve) => this.#readers.push(resolve));
    }
  }

  /** Ends the subscription. `for await` calls it when the loop is left. */
  return(): Promise<IteratorResult<StreamMessage, undefined>> {
    this.#end(undefined);
    return Promise.resolve({ value: undefined, done: true });
  }

  /** Ends the subscription. */
  close(): void {
    this.#end(undefined);
  }

  /** Doesn't wait any longer for the next try, for example because the network is back. */
  retry(): void {
    if (!this.#isDropped && this.#began) this.#link.connect();
  }

  #want(channel: Channel, since: number | undefined): void {
    this.#wanted.set(channelName(channel), {
      channel,
      since: since as UnixMs | undefined,
      accepted: false,
      refusedAt: undefined,
      isTold: false,
      askAgainAt: 0,
      resumedFrom: undefined,
    });
  }

  #begin(): void {
    if (this.#began) return;
    this.#began = true;
    if (this.#signal?.aborted) this.#end(undefined);
    this.#signal?.addEventListener("abort", this.#onAbort, { once: true });
    this.#link.connect();
  }

  #end(error: ClientError | undefined): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    this.#error = error;
    // Who ends it wants no more; who learns of an end gets what came before it.
    if (error === undefined) this.#queue.clear();
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#link.close();
    this.#wake();
  }

  #up(source: string, version: string): void {
    this.#put({ type: "connected", source, version });
    this.#asked.clear();
    this.#postponed = [];
    for (const [name, wanted] of this.#wanted) {
      if (this.#wasUp && (wanted.channel.kind === "close" || wanted.channel.kind === "signals")) {
        this.#put({ type: "gap", channel: name });
      }
    }
    this.#ask([...this.#wanted.keys()]);
    this.#wasUp = true;
    const now = this.#settings.clock.now();
    for (const name of this.#lacking) {
      const followed = this.#followed.get(name);
      if (followed !== undefined) followed.lackingSince = now;
    }
    if (this.#lacking.size > 0) this.#askSoon();
  }

  #down(reason: string, retryInMs: number | undefined): void {
    for (const followed of this.#followed.values()) followed.isAsked = false;
    this.#put({ type: "disconnected", reason, retryInMs });
  }

  #take(message: ServerMessage): void {
    switch (message.type) {
      case "snapshot":
        this.#takeSnapshot(message);
        break;
      case "kline":
        this.#takeKline(message);
        break;
      case "ack":
        this.#accepted(Number(message.id));
        break;
      case "error":
        this.#refused(Number(message.id), message.code, message.detail);
        break;
      case "hello":
      case "pong":
        break;
      default:
        this.#put(message);
    }
  }

  #takeKline(message: Extract<ServerMessage, { type: "kline" }>): void {
    const { channel, kline, restated } = message;
    if (restated === undefined) this.#passed(channel, (cursor) => cursor.take(kline));
    else if (this.#follow(channel)?.cursor.restate(kline)) this.#put(message);
    this.#provenLive(channel);
  }

  #takeSnapshot(message: Extract<ServerMessage, { type: "snapshot" }>): void {
    const { channel, klines, recovered } = message;
    const followed = this.#follow(channel);
    if (followed === undefined) return;
    if (followed.cursor.since === undefined) {
      followed.cursor.begin(klines);
      this.#put(message);
      return;
    }
    this.#passed(channel, (cursor) => cursor.resume(klines, recovered));
  }

  /** Sends on what a cursor lets through, and remembers whether it lacks something. */
  #passed(channel: string, step: (cursor: KlineCursor) => readonly Passed[]): void {
    const followed = this.#follow(channel);
    if (followed === undefined) return;
    for (const passed of step(followed.cursor)) {
      if ("kline" in passed) this.#put({ type: "kline", channel, kline: passed.kline });
      else this.#put({ type: "gap", channel, ...passed.gap });
    }
    if (followed.cursor.isLacking) {
      followed.lackingSince ??= this.#settings.clock.now();
      this.#lacking.add(channel);
      this.#askSoon();
    } else if (followed.lackingSince !== undefined) this.#isWhole(channel, followed);
  }

  #isWhole(channel: string, followed: Followed): void {
    followed.lackingSince = undefined;
    this.#lacking.delete(channel);
    if (followed.isAsked) this.#link.send({ op: "unsubscribe", channels: [channel] });
    followed.isAsked = false;
  }

  /** The series that a message's channel names, if it is wanted, on its own or among all symbols. */
  #follow(channel: string): Followed | undefined {
    const known = this.#followed.get(channel);
    if (known !== undefined) return known;
    const parsed = parseChannel(channel);
    if (parsed.kind !== "kline" && parsed.kind !== "closed") return undefined;
    const own = this.#wanted.get(channel);
    const wildcard = this.#wanted.get(wildcardOf(parsed));
    const wanted = own ?? wildcard;
    if (wanted === undefined) return undefined;
    const followed: Followed = {
      cursor: new KlineCursor(parsed.interval, wanted.since),
      interval: parsed.interval,
      isOfWildcard: own === undefined,
      lackingSince: undefined,
      isAsked: false,
    };
    this.#followed.set(channel, followed);
    return followed;
  }

  /** Every `*` snapshot is sent before the first live message. */
  #provenLive(channel: string): void {
    const parsed = parseChannel(channel);
    if (parsed.kind !== "kline" && parsed.kind !== "closed") return;
    const wildcard = this.#wanted.get(wildcardOf(parsed));
    if (wildcard !== undefined) wildcard.resumedFrom = undefined;
  }

  #sinceOf(name: string, wanted: Wanted): UnixMs | undefined {
    const { channel } = wanted;
    if (channel.kind !== "kline" && channel.kind !== "closed") return undefined;
    if (channel.symbol !== "*") return this.#followed.get(name)?.cursor.since ?? wanted.since;
    const lasts = [...this.#followed].flatMap(([followedName, { cursor, isOfWildcard }]) =>
      isOfWildcard && wildcardOf(parseChannel(followedName)) === name ? (cursor.since ?? []) : [],
    );
    if (lasts.length === 0) {
      wanted.resumedFrom = wanted.since;
      return wanted.since;
    }
    const lookBack = addCandles(channel.interval, Math.max(...lasts), -WILDCARD_LOOK_BACK);
    // Whoever lies further back is a symbol that doesn't trade; should it, its first kline shows what is missing.
    const oldest = Math.min(
      ...lasts.filter((last) => last >= lookBack),
      wanted.resumedFrom ?? Number.POSITIVE_INFINITY,
    );
    wanted.resumedFrom = oldest as UnixMs;
    return oldest as UnixMs;
  }

  /** As few requests as can be: the server counts them. */
  #ask(channels: readonly string[]): void {
    for (let at = 0; at < channels.length; at += MAX_CHANNELS_A_REQUEST) {
      const some = channels.slice(at, at + MAX_CHANNELS_A_REQUEST);
      const since = some.flatMap((name) => {
        const from = this.#resumesFrom(name);
        return from === undefined ? [] : [[name, from] as const];
      });
      this.#lastId += 1;
      this.#asked.set(this.#lastId, some);
      const resume = since.length === 0 ? {} : { since: Object.fromEntries(since) };
      this.#link.send({ id: this.#lastId, op: "subscribe", channels: some, ...resume });
    }
  }

  #resumesFrom(name: string): UnixMs | undefined {
    const wanted = this.#wanted.get(name);
    return wanted === undefined ? this.#followed.get(name)?.cursor.since : this.#sinceOf(name, wanted);
  }

  #accepted(id: number): void {
    for (const name of this.#asked.get(id) ?? []) {
      const wanted = this.#wanted.get(name);
      if (wanted === undefined) continue;
      wanted.accepted = true;
      wanted.refusedAt = undefined;
      wanted.isTold = false;
    }
    this.#asked.delete(id);
  }

  /** A request with one wrong channel in it is refused as a whole: the others are asked for again, without the one that is named. */
  #refused(id: number, code: string, detail: string): void {
    if (code === "rate_limited") {
      this.#postpone();
      return;
    }
    const channels = this.#asked.get(id) ?? [];
    this.#asked.delete(id);
    const named =
      channels.find((name) => detail.startsWith(`${name}:`)) ?? (channels.length === 1 ? channels[0] : undefined);
    if (named !== undefined) {
      this.#ask(channels.filter((name) => name !== named));
      this.#refusedOne(named, code, detail);
    } else {
      // Nothing tells which one it is: halves do.
      const middle = Math.ceil(channels.length / 2);
      this.#ask(channels.slice(0, middle));
      this.#ask(channels.slice(middle));
    }
  }

  /** The server doesn't say which request was one too many. What has no answer yet is asked for again; twice does no harm. */
  #postpone(): void {
    this.#postponed = [...this.#postponed, ...this.#asked.values()].flat();
    this.#asked.clear();
    this.#askSoon();
  }

  #refusedOne(channel: string, code: string, detail: string): void {
    const wanted = this.#wanted.get(channel);
    if (wanted === undefined) return;
    const now = this.#settings.clock.now();
    wanted.refusedAt ??= now;
    wanted.askAgainAt = now + REFUSED_AGAIN_MS;
    const mayCome = code === "unknown_symbol" || code === "not_ready";
    const patienceMs = wanted.accepted ? this.#gapPatienceMs : mayCome ? NEW_CHANNEL_PATIENCE_MS : 0;
    if (now - wanted.refusedAt >= patienceMs && !wanted.isTold) {
      wanted.isTold = true;
      this.#put({ type: "refused", channel, code, detail });
      if (!wanted.accepted) this.#wanted.delete(channel);
    }
    if (this.#wanted.size === 0) {
      this.#end(new ClientError(isProblemCode(code) ? code : "closed", `${channel}: ${detail}`));
    } else if (this.#wanted.has(channel)) this.#askSoon();
  }

  #askSoon(): void {
    if (this.#isWaitingToAsk) return;
    this.#isWaitingToAsk = true;
    after(this.#settings.clock, ASK_EVERY_MS, this.#ending.signal, () => {
      this.#isWaitingToAsk = false;
      this.#askAgain();
    });
  }

  /** Asks for what is missing, and gives up on what has been for too long. */
  #askAgain(): void {
    if (!this.#link.isUp) return;
    const now = this.#settings.clock.now();
    const channels = new Set(this.#postponed.splice(0));
    let asked = [...this.#followed.values()].filter(({ isAsked }) => isAsked).length;
    for (const channel of [...this.#lacking]) {
      const followed = this.#followed.get(channel) as Followed;
      if (now - (followed.lackingSince ?? now) >= this.#gapPatienceMs) {
        this.#passed(channel, (cursor) => cursor.giveUp());
        continue;
      }
      if (followed.isOfWildcard && !followed.isAsked) {
        if (asked >= MAX_ASKED_SERIES) continue;
        followed.isAsked = true;
        asked += 1;
      }
      channels.add(channel);
    }
    const refused = [...this.#wanted].filter(([, { refusedAt }]) => refusedAt !== undefined);
    for (const [name, { askAgainAt }] of refused) if (now >= askAgainAt) channels.add(name);
    this.#ask([...channels]);
    if (this.#lacking.size > 0 || refused.length > 0) this.#askSoon();
  }

  #put(message: StreamMessage): void {
    this.#queue.put(message);
    this.#wake();
    if (this.#queue.kept <= this.#maxWaiting || this.#isDropped) return;
    this.#isDropped = true;
    this.#link.drop(`more than ${this.#maxWaiting} messages wait to be read`);
  }

  #comeBackWhenRead(): void {
    if (!this.#isDropped || this.#queue.kept > this.#maxWaiting / 2) return;
    this.#isDropped = false;
    this.#link.connect();
  }

  #wake(): void {
    const readers = this.#readers;
    this.#readers = [];
    for (const read of readers) read();
  }
}

function wildcardOf(channel: Channel): string {
  return "interval" in channel && channel.kind !== "close" ? `${channel.kind}:*:${channel.interval}` : "";
}
