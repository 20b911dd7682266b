import { batch, type Signal, signal } from "@preact/signals";
import { eventDetails, eventTitle } from "../../src/alerts/mod.ts";
import { type AskedPriceAlert, type ClientOptions, Destinations, PriceAlerts } from "../../src/client/mod.ts";
import { type Clock, millis } from "../../src/core/mod.ts";
import type { AlertEvent, Destination, PriceAlert, PriceAlertChange } from "../../src/wire/mod.ts";
import { chartHash } from "../chart/chart-route.ts";
import { PendingDeletion } from "../shell/pending-deletion.ts";
import type { Announcement } from "../signals/signal-alerts.ts";
import { detailOf } from "../traders/trader-book.ts";

/** How often the list is read while an alert is active, and else, in milliseconds. */
const READ_EVERY_MS = 5_000;
const READ_SELDOM_MS = 30_000;

/** At most so many fired alerts are shown, the newest, until the user closes them. */
const SHOWN = 3;

/** Dependencies of a book. */
export interface AlertBookParts {
  readonly alerts: Pick<PriceAlerts, "list" | "create" | "update" | "delete">;
  readonly destinations: Pick<Destinations, "list">;
  readonly clock: Clock;
  /** Whether nobody sees the page. */
  readonly isHidden: () => boolean;
  /** Gives a sound or a notification, as the user has switched them. */
  readonly announce: (announcement: Announcement) => void;
  /** The user has alerts. */
  readonly onKnown: () => void;
}

/** The caller's price alerts as the server has them, and what fired while the page is open. */
export class AlertBook {
  /** Undefined before they were read. */
  readonly alerts: Signal<readonly PriceAlert[] | undefined> = signal(undefined);
  /** Where messages go; undefined before that was read. */
  readonly destinations: Signal<readonly Destination[] | undefined> = signal(undefined);
  /** Why the list couldn't be read; empty where it could. */
  readonly unread: Signal<string> = signal("");
  /** Why what the user asked for last wasn't done; empty where it was. */
  readonly failure: Signal<string> = signal("");
  /** What fired while the page is open, newest first, until it is closed. */
  readonly fired: Signal<readonly AlertEvent[]> = signal([]);
  /** An alert that is about to be deleted. It isn't listed, and can be had back. */
  readonly deletion: PendingDeletion<PriceAlert>;
  readonly #parts: AlertBookParts;
  /** The newest event of each alert, as it was read last. */
  #known: ReadonlySet<number> = new Set();
  #woken = new AbortController();
  /** Of readings that overlap, only the one that began last counts. */
  #reading = 0;

  constructor(parts: AlertBookParts) {
    this.#parts = parts;
    this.deletion = new PendingDeletion(parts.clock, async ({ id }) => {
      await this.#do((alerts) => alerts.delete(id));
    });
  }

  /** The calls of a server's functions. */
  static callsFor(options: ClientOptions): Pick<AlertBookParts, "alerts" | "destinations"> {
    return { alerts: new PriceAlerts(options), destinations: new Destinations(options) };
  }

  /** Keeps the list as it is on the server, for as long as the page is open. */
  async follow(stop?: AbortSignal): Promise<void> {
    while (stop?.aborted !== true) {
      const woken = new AbortController();
      this.#woken = woken;
      await this.read();
      const isWatched = this.alerts.peek()?.some(({ state }) => state === "active") === true;
      const waitMs = isWatched && !this.#parts.isHidden() ? READ_EVERY_MS : READ_SELDOM_MS;
      await this.#parts.clock.sleep(millis(waitMs), woken.signal).catch(() => {});
    }
  }

  /** Reads the list, and announces what fired since it was read before. */
  async read(): Promise<void> {
    this.#reading += 1;
    const reading = this.#reading;
    try {
      const { alerts } = await this.#parts.alerts.list();
      if (reading === this.#reading) this.#took(alerts);
    } catch (cause) {
      if (reading === this.#reading) this.unread.value = detailOf(cause);
    }
  }

  /** Reads where messages go. */
  async readDestinations(): Promise<void> {
    try {
      this.destinations.value = (await this.#parts.destinations.list()).destinations;
    } catch {
      // Then the dialog says nothing of them.
    }
  }

  /** Makes an alert. Gives back whether it was made; `failure` says why not. */
  async create(asked: AskedPriceAlert): Promise<boolean> {
    return await this.#do((alerts) => alerts.create(asked));
  }

  /** Changes an alert. Gives back whether it was changed; `failure` says why not. */
  async change(id: string, change: PriceAlertChange): Promise<boolean> {
    return await this.#do((alerts) => alerts.update(id, change));
  }

  /** Takes an alert off the list, and deletes it unless that is undone in time. */
  delete(alert: PriceAlert): void {
    batch(() => {
      this.deletion.start(alert);
      this.alerts.value = this.deletion.without(this.alerts.peek() ?? []);
    });
  }

  /** Has back what was about to be deleted. */
  undo(): void {
    this.deletion.undo();
    void this.read();
  }

  /** Takes what fired out of sight. */
  close(id: number): void {
    this.fired.value = this.fired.peek().filter((event) => event.id !== id);
  }

  async #do(work: (alerts: AlertBookParts["alerts"]) => Promise<unknown>): Promise<boolean> {
    try {
      await work(this.#parts.alerts);
      this.failure.value = "";
    } catch (cause) {
      this.failure.value = detailOf(cause);
      return false;
    }
    await this.read();
    this.#woken.abort();
    return true;
  }

  #took(all: readonly PriceAlert[]): void {
    const alerts = this.deletion.without(all);
    const isFirst = this.alerts.peek() === undefined;
    const events = alerts.flatMap(({ lastEvent }) => lastEvent ?? []);
    const fresh = events.filter(({ id }) => !this.#known.has(id));
    this.#known = new Set(events.map(({ id }) => id));
    batch(() => {
      this.alerts.value = alerts;
      this.unread.value = "";
      // What fired before the page was opened is in the list.
      if (!isFirst) this.fired.value = [...fresh, ...this.fired.peek()].toSorted((a, b) => b.id - a.id).slice(0, SHOWN);
    });
    if (alerts.length > 0) this.#parts.onKnown();
    if (!isFirst)
      for (const event of fresh.toSorted((a, b) => a.id - b.id)) this.#parts.announce(announcementOf(event));
  }
}

function announcementOf(event: AlertEvent): Announcement {
  const body = [eventDetails(event), event.note].filter((text) => text !== "").join("\n");
  const hash = chartHash({ symbol: event.symbol, interval: "1m" }, event.openTime);
  return { title: eventTitle(event), body, hash, tag: "vyx-alert" };
}
