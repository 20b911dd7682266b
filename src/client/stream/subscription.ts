import { InvalidInput } from "../../core/mod.ts";
import { type HelloMessage, parseChannel, type ServerMessage } from "../../wire/mod.ts";
import type { ClientError } from "../client-error.ts";
import type { ClientSettings } from "../options.ts";
import { after } from "../time-limit.ts";
import { ChannelRequests } from "./channel-requests.ts";
import { FollowedSeries } from "./followed-series.ts";
import { Link } from "./link.ts";
import type { StreamMessage } from "./message.ts";
import { MessageQueue } from "./message-queue.ts";
import { RecentSignals } from "./recent-signals.ts";

/** Interval between requests for missing klines, in milliseconds. */
const ASK_EVERY_MS = 500;

/** Options of a subscription. */
export interface SubscribeOptions {
  /** By channel, the open time of the last closed kline that you have. You receive all later ones. */
  readonly since?: Readonly<Record<string, number>> | undefined;
  /** The `epoch` of the market that `since` is of, as `connected` said it. If the server has another one, `since` isn't used. */
  readonly epoch?: string | undefined;
  /** Ends the subscription without an error. */
  readonly signal?: AbortSignal | undefined;
  /** Time to wait for a missing kline before a gap is emitted, in milliseconds. Default: 10,000. */
  readonly gapPatienceMs?: number | undefined;
  /**
   * Maximum number of unread messages that can't be conflated. Default: 50,000. Beyond it the client closes the connection, and
   * resumes after half of them have been read.
   */
  readonly maxWaiting?: number | undefined;
}

/**
 * Messages of some channels, for one reader. It connects at the first read, reconnects after a lost connection, and resumes kline
 * channels. For channels that can't be resumed it emits a gap. Every closed kline and signal arrives once, and the klines of a series in order.
 */
export class Subscription implements AsyncIterableIterator<StreamMessage, undefined> {
  readonly #settings: ClientSettings;
  readonly #maxWaiting: number;
  readonly #signal: AbortSignal | undefined;
  readonly #requests: ChannelRequests;
  readonly #series: FollowedSeries;
  readonly #signals: RecentSignals = new RecentSignals();
  readonly #queue: MessageQueue = new MessageQueue();
  readonly #ending: AbortController = new AbortController();
  readonly #link: Link;
  readonly #onAbort = (): void => this.#end(undefined);
  #readers: (() => void)[] = [];
  #error: ClientError | undefined;
  #epoch: string | undefined;
  #began = false;
  #wasUp = false;
  #isDropped = false;
  #isWaitingToAsk = false;

  /** Throws InvalidInput for an invalid channel. */
  constructor(settings: ClientSettings, channels: readonly string[], options: SubscribeOptions = {}) {
    this.#settings = settings;
    this.#maxWaiting = options.maxWaiting ?? 50_000;
    this.#signal = options.signal;
    this.#epoch = options.epoch;
    if (channels.length === 0) throw new InvalidInput("no channel to subscribe to: expected one such as closed:*:1m");
    const { clock } = settings;
    const gapPatienceMs = options.gapPatienceMs ?? 10_000;
    const put = (message: StreamMessage): void => this.#put(message);
    this.#requests = new ChannelRequests({
      clock,
      patienceMs: gapPatienceMs,
      send: (request) => this.#link.send(request),
      since: (name) => this.#series.since(name),
      put,
      onLeft: () => this.#askSoon(),
      onNone: (error) => this.#end(error),
    });
    this.#series = new FollowedSeries({
      clock,
      gapPatienceMs,
      wanted: (name) => this.#requests.wanted(name),
      put,
      unsubscribe: (name) => this.#link.send({ op: "unsubscribe", channels: [name] }),
      onLacking: () => this.#askSoon(),
    });
    for (const name of channels) this.#requests.want(parseChannel(name), options.since?.[name]);
    for (const name of Object.keys(options.since ?? {})) {
      if (!channels.includes(name)) throw new InvalidInput(`since names "${name}", which is not among the channels`);
    }
    this.#link = new Link(settings, {
      onUp: (hello) => this.#up(hello),
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

  /**
   * The next message, as `for await` reads them; done once the subscription was closed.
   *
   * @throws ClientError when the server ended it for good, for example `unauthorized`
   * @example
   * const subscription = client.subscribe(["tickers"]);
   * const { value } = await subscription.next();
   * console.log(value?.type); // connected
   */
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

  /**
   * Ends the subscription. `for await` calls it when the loop is left.
   *
   * @throws nothing
   * @example
   * await client.subscribe(["tickers"]).return();
   */
  return(): Promise<IteratorResult<StreamMessage, undefined>> {
    this.#end(undefined);
    return Promise.resolve({ value: undefined, done: true });
  }

  /**
   * Ends the subscription: a loop that reads it ends.
   *
   * @throws nothing
   * @example
   * const subscription = client.subscribe(["tickers"]);
   * setTimeout(() => subscription.close(), 60_000);
   * for await (const { type } of subscription) console.log(type);
   */
  close(): void {
    this.#end(undefined);
  }

  /**
   * Doesn't wait any longer for the next try, for example because the network is back.
   *
   * @throws nothing
   * @example
   * const subscription = client.subscribe(["tickers"]);
   * globalThis.addEventListener?.("online", () => subscription.retry());
   */
  retry(): void {
    if (!this.#isDropped && this.#began) this.#link.connect();
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

  #up({ source, version, epoch }: HelloMessage): void {
    this.#put({ type: "connected", source, version, ...(epoch === undefined ? {} : { epoch }) });
    const previous = this.#epoch;
    this.#epoch = epoch ?? previous;
    if (epoch !== undefined && previous !== undefined && epoch !== previous) {
      this.#requests.beginAnew();
      this.#series.beginAnew();
      this.#put({ type: "epoch", epoch, previous });
    }
    if (this.#wasUp) for (const channel of this.#requests.unresumable) this.#put({ type: "gap", channel });
    this.#wasUp = true;
    this.#requests.askForAll();
    this.#series.waitAnew();
    if (this.#series.isLacking) this.#askSoon();
  }

  #down(reason: string, retryInMs: number | undefined): void {
    this.#series.wentDown();
    this.#put({ type: "disconnected", reason, retryInMs });
  }

  #take(message: ServerMessage): void {
    switch (message.type) {
      case "snapshot":
        this.#series.takeSnapshot(message);
        break;
      case "kline":
        this.#series.takeKline(message);
        break;
      case "ack":
        this.#requests.accepted(Number(message.id));
        break;
      case "error":
        this.#requests.refused(message);
        break;
      case "signal":
        if (this.#signals.add(message.signal)) this.#put(message);
        break;
      case "hello":
      case "ids":
      case "pong":
        break;
      default:
        this.#put(message);
    }
  }

  #askSoon(): void {
    if (this.#isWaitingToAsk) return;
    this.#isWaitingToAsk = true;
    after(this.#settings.clock, ASK_EVERY_MS, this.#ending.signal, () => {
      this.#isWaitingToAsk = false;
      this.#askAgain();
    });
  }

  /** Asks for what is missing, and for what the server couldn't give before. */
  #askAgain(): void {
    if (!this.#link.isUp) return;
    if (this.#requests.isPostponed) {
      // What is missing can't come before it may be asked for: that time doesn't count as waiting for it.
      this.#series.waitAnew();
      this.#askSoon();
      return;
    }
    this.#requests.ask([...new Set([...this.#requests.toAskAgain(), ...this.#series.toAsk()])]);
    if (this.#series.isLacking || this.#requests.isRefused) this.#askSoon();
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
