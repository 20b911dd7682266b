import { batch, type Signal, signal } from "@preact/signals";
import type { AskedDestination, Destinations } from "../../src/client/mod.ts";
import { type Clock, millis } from "../../src/core/mod.ts";
import type { Delivery, Destination, PageSettings } from "../../src/wire/mod.ts";
import { PendingDeletion } from "../shell/pending-deletion.ts";
import { detailOf } from "../traders/trader-book.ts";

/** How often the list is read while somebody looks at it, in milliseconds. */
const READ_EVERY_MS = 5_000;

/** Messages of a destination that are shown. */
const SHOWN = 20;

/** What the page says beside a destination: of a test, or of its address. */
export interface DestinationNote {
  readonly id: string;
  readonly kind: "good" | "bad";
  readonly text: string;
}

/** Dependencies of the state. */
export interface MessagesParts {
  readonly destinations: Pick<
    Destinations,
    "list" | "create" | "update" | "delete" | "test" | "deliveries" | "confirm" | "mailCode" | "again"
  >;
  readonly clock: Clock;
  /** What the server says of itself; asked once. */
  readonly settings: () => Promise<Pick<PageSettings, "sendsMail">>;
}

/** Where signals are sent to, as the server has it, and what is done with it. */
export class MessagesState {
  readonly destinations: Signal<readonly Destination[] | undefined> = signal(undefined);
  /** Why the list couldn't be read; empty where it could. */
  readonly unread: Signal<string> = signal("");
  /** Why what the user asked for last wasn't done; empty where it was. */
  readonly failure: Signal<string> = signal("");
  /** Why the form's destination wasn't stored; empty where it was, or was changed since. */
  readonly formFailure: Signal<string> = signal("");
  readonly note: Signal<DestinationNote | undefined> = signal(undefined);
  /** Secrets that the server says once, by destination: each stays until the user puts it away. */
  readonly secrets: Signal<ReadonlyMap<string, string>> = signal(new Map());
  /** A destination that is about to be deleted. It isn't listed, and can be had back. */
  readonly deletion: PendingDeletion<Destination>;
  /** The destination whose messages are shown, and these. */
  readonly opened: Signal<{ readonly id: string; readonly deliveries: readonly Delivery[] } | undefined> =
    signal(undefined);
  /** The destination that the form changes; undefined while it makes a new one. */
  readonly editing: Signal<Destination | undefined> = signal(undefined);
  /** Whether the server sends e-mail. */
  readonly sendsMail: Signal<boolean> = signal(false);
  readonly #parts: MessagesParts;

  constructor(parts: MessagesParts) {
    this.#parts = parts;
    this.deletion = new PendingDeletion(parts.clock, async ({ id }) => {
      await this.#do(this.failure, async (destinations) => {
        await destinations.delete(id);
        this.putAway(id);
      });
      await this.#read().catch(() => {});
    });
  }

  /** Keeps the list as it is on the server until the signal is aborted. */
  async follow(stop: AbortSignal): Promise<void> {
    this.#parts.settings().then(
      ({ sendsMail }) => {
        this.sendsMail.value = sendsMail;
      },
      // Then the form doesn't offer it; the list below says that the server can't be reached.
      () => {},
    );
    while (!stop.aborted) {
      await this.#poll(stop);
      await this.#parts.clock.sleep(millis(READ_EVERY_MS), stop).catch(() => {});
    }
  }

  /** Makes a destination. Gives back whether it was made; `formFailure` says why not. */
  async create(asked: AskedDestination): Promise<boolean> {
    return await this.#do(this.formFailure, async (destinations) => {
      const { id, secret } = await destinations.create(asked);
      this.#said(id, secret);
      await this.#read();
    });
  }

  /** Changes a destination. Gives back whether it was changed; `formFailure` says why not. */
  async change(id: string, change: Partial<AskedDestination>): Promise<boolean> {
    return await this.#do(this.formFailure, async (destinations) => {
      const { secret } = await destinations.update(id, change);
      this.#said(id, secret);
      this.editing.value = undefined;
      await this.#read();
    });
  }

  async enable(id: string, enabled: boolean): Promise<void> {
    await this.#do(this.failure, async (destinations) => {
      await destinations.update(id, { enabled });
      await this.#read();
    });
  }

  /** Takes a destination off the list, and deletes it unless that is undone in time. */
  delete(destination: Destination): void {
    const { id } = destination;
    batch(() => {
      this.deletion.start(destination);
      this.destinations.value = this.deletion.without(this.destinations.peek() ?? []);
      if (this.opened.peek()?.id === id) this.opened.value = undefined;
      if (this.editing.peek()?.id === id) this.editing.value = undefined;
    });
  }

  /** Has back what was about to be deleted. */
  async undo(): Promise<void> {
    this.deletion.undo();
    await this.#do(this.failure, () => this.#read());
  }

  /** The user has kept a secret: it isn't shown any more. */
  putAway(id: string): void {
    this.secrets.value = new Map([...this.secrets.peek()].filter(([of]) => of !== id));
  }

  async test(id: string): Promise<void> {
    await this.#do(this.failure, async (destinations) => {
      const { accepted, answer } = await destinations.test(id);
      const text = accepted ? `The receiver took it: ${answer}` : `The receiver didn't take it: ${answer}`;
      this.note.value = { id, kind: accepted ? "good" : "bad", text };
    });
  }

  /** Confirms an e-mail address. Gives back whether it is; `failure` says why not. */
  async confirm(id: string, code: string): Promise<boolean> {
    return await this.#do(this.failure, async (destinations) => {
      await destinations.confirm(id, code);
      this.note.value = { id, kind: "good", text: "The address is confirmed: messages are sent to it from now on." };
      await this.#read();
    });
  }

  async mailCode(id: string): Promise<void> {
    await this.#do(this.failure, async (destinations) => {
      const { accepted, answer } = await destinations.mailCode(id);
      const text = accepted ? "Another code is on its way." : `The code wasn't mailed: ${answer}`;
      this.note.value = { id, kind: accepted ? "good" : "bad", text };
    });
  }

  /** Sends a delivery again that was given up, and shows what becomes of it. */
  async again(id: string, delivery: number): Promise<void> {
    await this.#do(this.failure, async (destinations) => {
      await destinations.again(id, delivery);
      await this.#show(id, destinations);
      await this.#read();
    });
  }

  /** Shows a destination's newest messages, or none again. */
  async open(id: string): Promise<void> {
    if (this.opened.peek()?.id === id) {
      this.opened.value = undefined;
      return;
    }
    await this.#do(this.failure, async (destinations) => await this.#show(id, destinations));
  }

  #said(id: string, secret: string | null): void {
    this.note.value = undefined;
    if (secret !== null) this.secrets.value = new Map([...this.secrets.peek(), [id, secret]]);
  }

  async #show(id: string, destinations: MessagesParts["destinations"]): Promise<void> {
    const { deliveries } = await destinations.deliveries(id, { limit: SHOWN });
    this.opened.value = { id, deliveries };
  }

  async #poll(stop: AbortSignal): Promise<void> {
    try {
      await this.#read(stop);
      this.unread.value = "";
    } catch (cause) {
      if (!stop.aborted) this.unread.value = detailOf(cause);
    }
  }

  async #read(stop?: AbortSignal): Promise<void> {
    const { destinations } = await this.#parts.destinations.list(stop === undefined ? undefined : { signal: stop });
    this.destinations.value = this.deletion.without(destinations);
  }

  async #do(
    failure: Signal<string>,
    work: (destinations: MessagesParts["destinations"]) => Promise<void>,
  ): Promise<boolean> {
    try {
      await work(this.#parts.destinations);
      failure.value = "";
      return true;
    } catch (cause) {
      failure.value = detailOf(cause);
      return false;
    }
  }
}
