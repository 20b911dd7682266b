import type { UnixMs } from "../../core/mod.ts";
import { type Channel, channelName, type ErrorMessage, isProblemCode } from "../../wire/mod.ts";
import { ClientError } from "../client-error.ts";
import type { ClientSettings } from "../options.ts";
import type { StreamMessage } from "./message.ts";

/** Channels that one request names; with `since` they are well within the server's longest frame. */
const MAX_CHANNELS_A_REQUEST = 500;

/** A channel that the server doesn't have when it is first asked for is tried for so long: servers learn their symbols after they start. */
const NEW_CHANNEL_PATIENCE_MS = 3_000;

/** How often a channel that was refused is asked for again, in milliseconds: each refusal costs a request of its own. */
const REFUSED_AGAIN_MS = 1_000;

/** A channel that the consumer asked for. */
interface Wanted {
  readonly channel: Channel;
  /** The open time of the last closed kline that the consumer had of it. */
  since: UnixMs | undefined;
  /** Whether the server ever took it. */
  accepted: boolean;
  /** When the server first refused it, local time; undefined while it doesn't. */
  refusedAt: number | undefined;
  isTold: boolean;
  /** When one that was refused is asked for again, local time. */
  askAgainAt: number;
}

/** What requests are made with. */
export interface ChannelRequestsParts {
  readonly clock: ClientSettings["clock"];
  /** How long a channel that the server once had is asked for before that is told, in milliseconds. */
  readonly patienceMs: number;
  readonly send: (request: object) => void;
  /** From where on a channel is asked for. */
  readonly since: (name: string) => UnixMs | undefined;
  readonly put: (message: StreamMessage) => void;
  /** Something is to be asked for again: {@link ChannelRequests.toAskAgain} is to be called soon. */
  readonly onLeft: () => void;
  /** The server has none of the channels. */
  readonly onNone: (error: ClientError) => void;
}

/** Asks the server for channels, each until it is taken or given up. */
export class ChannelRequests {
  readonly #parts: ChannelRequestsParts;
  readonly #wanted: Map<string, Wanted> = new Map();
  readonly #asked: Map<number, readonly string[]> = new Map();
  /** Channels whose request was one too many, or too dear. */
  #postponed: string[] = [];
  /** When those are asked for again, local time. */
  #postponedUntil = 0;
  #lastId = 0;

  constructor(parts: ChannelRequestsParts) {
    this.#parts = parts;
  }

  want(channel: Channel, since: number | undefined): void {
    this.#wanted.set(channelName(channel), {
      channel,
      since: since as UnixMs | undefined,
      accepted: false,
      refusedAt: undefined,
      isTold: false,
      askAgainAt: 0,
    });
  }

  /** A channel that is wanted and wasn't given up. */
  wanted(name: string): { readonly since: UnixMs | undefined } | undefined {
    return this.#wanted.get(name);
  }

  /** Nothing that the consumer had is of the present market. */
  beginAnew(): void {
    for (const wanted of this.#wanted.values()) wanted.since = undefined;
  }

  /** Those that can't be resumed. */
  get unresumable(): readonly string[] {
    return [...this.#wanted]
      .filter(
        ([
          ,
          {
            channel: { kind },
          },
        ]) => kind === "close" || kind === "signals",
      )
      .map(([name]) => name);
  }

  /** On a new connection, everything is asked for. */
  askForAll(): void {
    this.#asked.clear();
    this.#postponed = [];
    this.#postponedUntil = 0;
    this.ask([...this.#wanted.keys()]);
  }

  /** As few requests as can be: the server counts them. */
  ask(channels: readonly string[]): void {
    for (let at = 0; at < channels.length; at += MAX_CHANNELS_A_REQUEST) {
      const some = channels.slice(at, at + MAX_CHANNELS_A_REQUEST);
      const since = some.flatMap((name) => {
        const from = this.#parts.since(name);
        return from === undefined ? [] : [[name, from] as const];
      });
      this.#lastId += 1;
      this.#asked.set(this.#lastId, some);
      const resume = since.length === 0 ? {} : { since: Object.fromEntries(since) };
      this.#parts.send({ id: this.#lastId, op: "subscribe", channels: some, ...resume });
    }
  }

  accepted(id: number): void {
    for (const name of this.#asked.get(id) ?? []) {
      const wanted = this.#wanted.get(name);
      if (wanted === undefined) continue;
      wanted.accepted = true;
      wanted.refusedAt = undefined;
      wanted.isTold = false;
    }
    this.#asked.delete(id);
  }

  /**
   * A request with one wrong channel in it is refused as a whole: the others are asked for again, without the one that is named. An
   * error that answers no request names a channel that the server has taken away.
   */
  refused({ id, code, detail, retryAfterSeconds }: ErrorMessage): void {
    if (code === "rate_limited") {
      this.#postpone(id, retryAfterSeconds);
      return;
    }
    if (id === null) {
      const lost = [...this.#wanted.keys()].find((name) => detail.startsWith(`${name}:`));
      if (lost !== undefined) this.#refusedOne(lost, code, detail);
      return;
    }
    const channels = this.#asked.get(Number(id)) ?? [];
    this.#asked.delete(Number(id));
    const named =
      channels.find((name) => detail.startsWith(`${name}:`)) ?? (channels.length === 1 ? channels[0] : undefined);
    if (named !== undefined) {
      this.ask(channels.filter((name) => name !== named));
      this.#refusedOne(named, code, detail);
    } else {
      // Nothing tells which one it is: halves do.
      const middle = Math.ceil(channels.length / 2);
      this.ask(channels.slice(0, middle));
      this.ask(channels.slice(middle));
    }
  }

  /** What was postponed or refused, and is due. */
  toAskAgain(): string[] {
    const now = this.#parts.clock.now();
    const due = [...this.#wanted].filter(([, one]) => one.refusedAt !== undefined && now >= one.askAgainAt);
    return [...this.#postponed.splice(0), ...due.map(([name]) => name)];
  }

  /** Whether the server has said to wait: until then it would refuse anything else, too. */
  get isPostponed(): boolean {
    return this.#parts.clock.now() < this.#postponedUntil;
  }

  /** Whether the server refuses any that aren't given up. */
  get isRefused(): boolean {
    return [...this.#wanted.values()].some(({ refusedAt }) => refusedAt !== undefined);
  }

  /**
   * A request that was too dear is known by its id. If there were too many requests, the server doesn't say which one: all that have
   * no answer yet are made again; twice does no harm.
   */
  #postpone(id: ErrorMessage["id"], retryAfterSeconds: number | undefined): void {
    const ids = id === null ? [...this.#asked.keys()] : [Number(id)];
    for (const one of ids) {
      this.#postponed.push(...(this.#asked.get(one) ?? []));
      this.#asked.delete(one);
    }
    const waitMs = 1_000 * (retryAfterSeconds ?? 0);
    this.#postponedUntil = Math.max(this.#postponedUntil, this.#parts.clock.now() + waitMs);
    this.#parts.onLeft();
  }

  #refusedOne(channel: string, code: string, detail: string): void {
    const wanted = this.#wanted.get(channel);
    if (wanted === undefined) return;
    const now = this.#parts.clock.now();
    wanted.refusedAt ??= now;
    wanted.askAgainAt = now + REFUSED_AGAIN_MS;
    const mayCome = code === "unknown_symbol" || code === "not_ready";
    const patienceMs = wanted.accepted ? this.#parts.patienceMs : mayCome ? NEW_CHANNEL_PATIENCE_MS : 0;
    if (now - wanted.refusedAt >= patienceMs && !wanted.isTold) {
      wanted.isTold = true;
      this.#parts.put({ type: "refused", channel, code, detail });
      if (!wanted.accepted) this.#wanted.delete(channel);
    }
    if (this.#wanted.size === 0) {
      const says = detail.startsWith(`${channel}:`) ? detail : `${channel}: ${detail}`;
      this.#parts.onNone(new ClientError(isProblemCode(code) ? code : "closed", says));
    } else if (this.#wanted.has(channel)) this.#parts.onLeft();
  }
}
