import { type Signal, signal } from "@preact/signals";
import type { Clock } from "../../src/core/mod.ts";
import type { Access } from "../access/access.ts";
import { keepText, type PageStorage } from "../shell/storage.ts";
import type { SignalAlerts } from "../signals/signal-alerts.ts";
import type { AlertBook } from "./alert-book.ts";
import type { AlertDraft } from "./alert-draft.ts";

/** Where this browser keeps that its user has had alerts. */
const KNOWN = "vyx.price-alerts";

/** Dependencies. */
export interface PriceAlertsLaterParts {
  readonly access: Access;
  readonly clock: Clock;
  readonly storage: PageStorage;
  readonly alerts: Pick<SignalAlerts, "announce">;
  readonly isHidden: () => boolean;
}

/** An alert that somebody is asked about in the dialog. */
export interface AskedAlert {
  readonly draft: AlertDraft;
  /** The alert that is changed; undefined for a new one. */
  readonly id?: string | undefined;
}

/** The caller's price alerts. Their code comes when somebody wants one, and at the start in a browser that has had some. */
export class PriceAlertsLater {
  /** Undefined until its code has come. */
  readonly book: Signal<AlertBook | undefined> = signal(undefined);
  /** What the dialog asks about; undefined while it is closed. */
  readonly asked: Signal<AskedAlert | undefined> = signal(undefined);
  readonly #parts: PriceAlertsLaterParts;
  #loading: Promise<AlertBook> | undefined;

  constructor(parts: PriceAlertsLaterParts) {
    this.#parts = parts;
  }

  /** Follows the alerts, in a browser that has had some: what fires is announced. */
  start(): void {
    if (this.#parts.storage.getItem(KNOWN) === "on") this.load().catch(() => {});
  }

  /** Rejects while the code can't be had. */
  load(): Promise<AlertBook> {
    this.#loading ??= this.#load().catch((cause: unknown) => {
      this.#loading = undefined;
      throw cause;
    });
    return this.#loading;
  }

  async #load(): Promise<AlertBook> {
    const { AlertBook } = await import("./alert-book.ts");
    const { access, clock, storage, alerts, isHidden } = this.#parts;
    const book = new AlertBook({
      ...AlertBook.callsFor({ url: location.origin, apiKey: access.credential }),
      ...{ clock, isHidden },
      announce: (event) => alerts.announce(event),
      onKnown: () => keepText(storage, KNOWN, "on"),
    });
    this.book.value = book;
    void book.follow();
    return book;
  }
}
