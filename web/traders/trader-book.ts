import { batch, type Signal, signal } from "@preact/signals";
import { type Client, ClientError } from "../../src/client/mod.ts";
import { type Clock, cutText, millis } from "../../src/core/mod.ts";
import type { ListedTrader, Trader } from "../../src/wire/mod.ts";
import type { BacktestState } from "../backtests/backtest-state.ts";
import { PendingDeletion } from "../shell/pending-deletion.ts";
import type { TraderDraft } from "./trader-draft.ts";

/** How often the list is read while somebody looks at it, in milliseconds: runs end within seconds of a close. */
const READ_EVERY_MS = 5_000;

/** Traders that are read at once; one owner has no more. */
const MOST_TRADERS = 500;

/** How far the list is to be trusted. */
export type BookState =
  | { readonly kind: "loading" }
  | { readonly kind: "ready" }
  /** `detail` says in words why it couldn't be read. */
  | { readonly kind: "failed"; readonly detail: string };

/** Dependencies of a book. */
export interface TraderBookParts {
  readonly client: Pick<Client, "traders">;
  readonly clock: Clock;
}

/** The caller's traders as the server has them, and what is done to them. Views read its signals; only this changes them. */
export class TraderBook {
  readonly traders: Signal<readonly ListedTrader[]> = signal([]);
  readonly state: Signal<BookState> = signal({ kind: "loading" });
  /** One that is about to be deleted. It isn't listed, and can be had back. */
  readonly deletion: PendingDeletion<Trader>;
  /** The error of the last request; empty on success. */
  readonly failure: Signal<string> = signal("");
  /** The trader that was made last, and the editor that it was made in: that one goes on with it. */
  made: { readonly id: string; readonly editor: string } | undefined;
  /** The backtest that was looked at last, and the draft that it is of: it is there again when the user comes back from a chart. */
  lastBacktest: { readonly draft: string; readonly state: BacktestState } | undefined;
  /** The trader that was asked last why it matched a candle or not. */
  lastAsked: string | undefined;
  readonly #parts: TraderBookParts;
  /** Of readings that overlap, only the one that began last counts. */
  #reading = 0;
  #once: Promise<void> | undefined;

  constructor(parts: TraderBookParts) {
    this.#parts = parts;
    this.deletion = new PendingDeletion(parts.clock, async ({ id }) => {
      await this.#do(async ({ traders }) => {
        await traders.delete(id);
      });
      void this.read();
    });
  }

  /** Keeps the list as it is on the server until the signal is aborted. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.read(signal);
      await this.#parts.clock.sleep(millis(READ_EVERY_MS), signal).catch(() => {});
    }
  }

  /** Reads the list. */
  async read(signal?: AbortSignal): Promise<void> {
    this.#reading += 1;
    const reading = this.#reading;
    try {
      const { traders } = await this.#parts.client.traders.list({ limit: MOST_TRADERS, signal });
      if (reading !== this.#reading) return;
      batch(() => {
        this.traders.value = this.deletion.without(traders);
        this.state.value = { kind: "ready" };
      });
    } catch (cause) {
      if (signal?.aborted || reading !== this.#reading) return;
      this.state.value = { kind: "failed", detail: detailOf(cause) };
    }
  }

  /** Reads the list unless that was done since the page was opened: names are wanted, however old. */
  readOnce(): Promise<void> {
    this.#once ??= this.read();
    return this.#once;
  }

  /** Tells editors apart: one that made a trader goes on with it, and another new one has an editor of its own. */
  editorOf(id: string, template: string | undefined): string {
    if (this.made?.id === id) return this.made.editor;
    const after = id === "new" && this.made !== undefined ? this.made.id : "";
    return [id, template ?? "", after].join(" ");
  }

  /** The trader with this id, if it was listed. */
  get(id: string): ListedTrader | undefined {
    return this.traders.value.find((trader) => trader.id === id);
  }

  async enable(id: string, enabled: boolean): Promise<void> {
    await this.#do(async ({ traders }) => this.#took(await traders.enable(id, enabled)));
  }

  /** Makes another one like it, switched off. */
  async clone(id: string): Promise<void> {
    await this.#do(async ({ traders }) => {
      const { name, description, code, timeframes, triggerInterval, symbols, cooldownCandles } = await traders.read(id);
      const like = { description, code, timeframes, triggerInterval, symbols, cooldownCandles };
      this.#took(await traders.create({ ...like, name: `${cutText(name, 190)} (copy)` }));
    });
  }

  /** Stores a draft: as a new trader, or as a change of one. Undefined when it couldn't be; `failure` says why. */
  async save(
    id: string | undefined,
    draft: Omit<TraderDraft, "market"> & Partial<TraderDraft>,
    enabled: boolean,
  ): Promise<Trader | undefined> {
    let saved: Trader | undefined;
    await this.#do(async ({ traders }) => {
      saved = await (id === undefined
        ? traders.create({ ...draft, enabled })
        : traders.update(id, { ...draft, enabled }));
      this.#took(saved);
    });
    return saved;
  }

  /** Takes a trader off the list, and deletes it with its signals unless that is undone in time. */
  delete(id: string): void {
    const trader = this.get(id);
    if (trader === undefined) return;
    batch(() => {
      this.deletion.start(trader);
      this.traders.value = this.deletion.without(this.traders.peek());
    });
  }

  /** Has back what was about to be deleted. */
  undo(): void {
    this.deletion.undo();
    void this.read();
  }

  async #do(work: (client: Pick<Client, "traders">) => Promise<void>): Promise<void> {
    this.failure.value = "";
    try {
      await work(this.#parts.client);
    } catch (cause) {
      this.failure.value = detailOf(cause);
    }
  }

  /** Puts the server's answer for one trader into the list. A list request that was under way may not contain it yet. */
  #took(trader: Trader): void {
    this.#reading += 1;
    const before = this.get(trader.id);
    const { lastExecution = null, signals = null } = before ?? {};
    const listed = { ...trader, problem: null, lastExecution, signals };
    this.traders.value =
      before === undefined
        ? [listed, ...this.traders.peek()]
        : this.traders.peek().map((one) => (one.id === trader.id ? listed : one));
  }
}

/** An error in words for people: without the request that it is about. */
export function detailOf(cause: unknown): string {
  if (!(cause instanceof ClientError)) return cause instanceof Error ? cause.message : String(cause);
  return cause.message.replace(/^[A-Z]+ \/\S*: /, "");
}
