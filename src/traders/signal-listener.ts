import { type Clock, type Millis, reasonOf, type StopSignal } from "../core/mod.ts";
import type { Signal } from "../wire/mod.ts";
import type { TraderLog } from "./ports.ts";
import type { OwnedSignal, SignalsTable } from "./signals-table.ts";

const CHANNEL = "vyx_signals";

/** How often to look whether announcements still come; milliseconds. */
export const LOOK_EVERY_MS: Millis = 10_000 as Millis;

/** Ids that were told last and are remembered, so that none is told twice. */
const REMEMBERED_IDS = 10_000;

/** Ids are given before rows are there: that many below the highest are looked at again after a lost connection. */
const LOOK_BACK_IDS = 1_000;

/** Signals that are read at a time. */
const READ_AT_A_TIME = 100;

/** Announced signals that wait to be read. Past it the list is dropped, and all that is new in the table is read instead. */
export const MAX_ANNOUNCED = 10_000;

/** PostgreSQL's LISTEN and NOTIFY over connections that are used for nothing else. `end` closes them, in `timeout` seconds at most. */
export interface Announcements {
  listen(channel: string, hear: (payload: string) => void): PromiseLike<unknown>;
  notify(channel: string, payload: string): PromiseLike<unknown>;
  end(options: { readonly timeout: number }): PromiseLike<unknown>;
}

/** What a listener is made of. */
export interface ListenerParts {
  readonly connect: () => Announcements;
  readonly signals: Pick<SignalsTable, "lastId" | "readAll" | "after">;
  readonly tell: (signal: Signal, owner: string) => void;
  readonly clock: Clock;
  readonly log: TraderLog;
}

/**
 * Tells signals as PostgreSQL's NOTIFY announces them, whichever server stored them. It announces something to itself now and then:
 * when it doesn't hear that, it drops the connection, which may look open for long after the other side is gone, opens another, and
 * reads what was stored meanwhile.
 */
export class SignalListener {
  readonly #parts: ListenerParts;
  readonly #told: Set<number> = new Set();
  #announcements: Announcements | undefined;
  #announced: number[] = [];
  #reading: Promise<void> = Promise.resolve();
  #heard = false;
  /** Whether so much was announced that the table is to be read instead. Until that begins, announcements are ignored. */
  #isBehind = false;
  /** The highest id when we began: signals up to it aren't ours to tell. */
  #began = 0;
  #highest = 0;

  constructor(parts: ListenerParts) {
    this.#parts = parts;
  }

  /** Listens; resolves when it does. Looks after itself until the signal is aborted, and then ends its connections. */
  async start(signal: StopSignal): Promise<void> {
    this.#began = this.#highest = await this.#parts.signals.lastId();
    await this.#listen();
    void this.#lookAfterItself(signal);
  }

  /** Listens over a new connection. */
  async #listen(): Promise<void> {
    this.#drop();
    const announcements = this.#parts.connect();
    this.#announcements = announcements;
    await announcements.listen(CHANNEL, (payload) => {
      if (announcements === this.#announcements) this.#hear(payload);
    });
    this.#heard = true;
  }

  #drop(): void {
    this.#announcements?.end({ timeout: 0 }).then(
      () => {},
      () => {},
    );
    this.#announcements = undefined;
  }

  async #lookAfterItself(signal: StopSignal): Promise<void> {
    const { clock, log } = this.#parts;
    const failed = (cause: unknown): void => log.warn(`signals aren't announced: ${reasonOf(cause)}`);
    for (;;) {
      await clock.sleep(LOOK_EVERY_MS, signal).catch(() => {});
      if (signal.aborted) break;
      try {
        if (!this.#heard) {
          await this.#listen();
          this.#readSoon(() => this.#readMissed());
          log.info("signals are announced again");
        }
        this.#heard = false;
        // Over a connection that leads nowhere it would never end.
        this.#announcements?.notify(CHANNEL, "").then(() => {}, failed);
      } catch (cause) {
        failed(cause);
      }
    }
    this.#drop();
  }

  #hear(payload: string): void {
    this.#heard = true;
    if (payload === "" || this.#isBehind) return;
    this.#announced.push(Number(payload));
    if (this.#announced.length === 1) this.#readSoon(() => this.#readAnnounced());
    if (this.#announced.length <= MAX_ANNOUNCED) return;
    this.#announced = [];
    this.#isBehind = true;
    this.#readSoon(() => this.#readMissed());
  }

  async #readAnnounced(): Promise<void> {
    while (this.#announced.length > 0) {
      const ids = this.#announced.splice(0, READ_AT_A_TIME);
      this.#pass(await this.#parts.signals.readAll(ids));
    }
  }

  async #readMissed(): Promise<void> {
    this.#isBehind = false;
    let after = Math.max(this.#began, this.#highest - LOOK_BACK_IDS);
    for (;;) {
      const signals = await this.#parts.signals.after(after, READ_AT_A_TIME);
      this.#pass(signals);
      const last = signals.at(-1)?.signal;
      if (last === undefined || signals.length < READ_AT_A_TIME) return;
      after = last.id;
    }
  }

  /** One reading at a time. What can't be read now is among what was missed. */
  #readSoon(read: () => Promise<void>): void {
    this.#reading = this.#reading.then(read).catch((cause: unknown) => {
      this.#heard = false;
      this.#announced = [];
      this.#parts.log.warn(`signals can't be read: ${reasonOf(cause)}`);
    });
  }

  #pass(signals: readonly OwnedSignal[]): void {
    for (const { signal, owner } of signals) {
      this.#highest = Math.max(this.#highest, signal.id);
      if (this.#told.has(signal.id)) continue;
      this.#told.add(signal.id);
      const [oldest] = this.#told;
      if (this.#told.size > REMEMBERED_IDS && oldest !== undefined) this.#told.delete(oldest);
      this.#parts.tell(signal, owner);
    }
  }
}
