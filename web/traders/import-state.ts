import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Client } from "../../src/client/mod.ts";
import { countOf, type Interval, InvalidInput, MARKET_NAMES, type MarketId } from "../../src/core/mod.ts";
import type { AskedTrader, Trader } from "../../src/wire/mod.ts";
import { detailOf } from "./trader-book.ts";
import { type FileRow, MOST_FILE_BYTES, readTraderFile, tooLarge } from "./trader-file.ts";

/** What is done with a trader whose name there is already. */
export type ClashChoice = "both" | "replace" | "skip";

/** One trader of the file, as far as it is known. */
export interface ImportRow {
  readonly title: string;
  readonly trader: AskedTrader | undefined;
  /** Why it can't be imported; empty if it can. */
  readonly fault: string;
  /** The trader that has its name already. */
  readonly taken: Trader | undefined;
  readonly choice: ClashChoice | undefined;
  /** What became of it: empty before it was imported. */
  readonly done: string;
}

/** How far an import is. */
export type ImportPhase = "none" | "checking" | "checked" | "importing" | "done";

/** Dependencies of an import. */
export interface ImportParts {
  readonly traders: Pick<Client["traders"], "validate" | "create" | "update">;
  readonly markets: readonly MarketId[];
  /** The traders that there are. */
  readonly existing: () => readonly Trader[];
  /** The server's intervals; empty while they aren't known. */
  readonly served: () => readonly Interval[];
}

/** Traders of a file on their way to the server. Nothing is made before each row was checked. */
export class ImportState {
  readonly phase: Signal<ImportPhase> = signal("none");
  readonly rows: Signal<readonly ImportRow[]> = signal([]);
  /** Why the file can't be read; empty if it can. */
  readonly fault: Signal<string> = signal("");
  /** Whether traders that were on in the file are switched on. */
  readonly switchesOn: Signal<boolean> = signal(false);
  /** How many rows will be made or changed. */
  readonly ready: ReadonlySignal<number>;
  /** How many rows wait for a choice. */
  readonly open: ReadonlySignal<number>;
  readonly #parts: ImportParts;

  constructor(parts: ImportParts) {
    this.#parts = parts;
    const possible = computed(() => this.rows.value.filter(({ fault }) => fault === ""));
    this.open = computed(
      () => possible.value.filter(({ taken, choice }) => taken !== undefined && choice === undefined).length,
    );
    this.ready = computed(() => possible.value.filter(({ choice }) => choice !== "skip").length);
  }

  /** Reads a file, and has the server check each filter in it. A file that is too large isn't loaded. */
  async readFile(file: Pick<File, "size" | "text">): Promise<void> {
    await this.#read(async () => {
      if (file.size > MOST_FILE_BYTES) throw tooLarge();
      return await file.text();
    });
  }

  /** The same for a file's text. */
  async read(text: string): Promise<void> {
    await this.#read(async () => text);
  }

  async #read(load: () => Promise<string>): Promise<void> {
    batch(() => {
      this.rows.value = [];
      this.fault.value = "";
      this.phase.value = "checking";
    });
    try {
      const rows: ImportRow[] = [];
      for (const row of readTraderFile(await load())) rows.push(await this.#checked(row, rows));
      batch(() => {
        this.rows.value = rows;
        this.phase.value = "checked";
      });
    } catch (cause) {
      batch(() => {
        this.fault.value =
          cause instanceof InvalidInput ? cause.message : `The file couldn't be checked: ${detailOf(cause)}`;
        this.phase.value = "none";
      });
    }
  }

  choose(at: number, choice: ClashChoice | undefined): void {
    this.#put(at, { choice });
  }

  /** Makes what is ready, row by row; a row that the server refuses says why, and the others go on. */
  async run(): Promise<void> {
    if (this.phase.peek() !== "checked" || this.open.peek() > 0) return;
    this.phase.value = "importing";
    const switchesOn = this.switchesOn.peek();
    for (const [at, row] of this.rows.peek().entries()) {
      if (row.trader === undefined || row.fault !== "") continue;
      this.#put(at, await this.#made(row, row.trader, switchesOn));
    }
    this.phase.value = "done";
  }

  async #made({ choice, taken }: ImportRow, trader: AskedTrader, switchesOn: boolean): Promise<Partial<ImportRow>> {
    if (choice === "skip") return { done: "skipped" };
    const { traders } = this.#parts;
    try {
      if (choice === "replace" && taken !== undefined) {
        const { enabled: _, ...change } = trader;
        await traders.update(taken.id, change);
        return { done: "replaced" };
      }
      const name = choice === "both" ? this.#freeName(trader.name) : trader.name;
      await traders.create({ ...trader, name, enabled: switchesOn && trader.enabled });
      return { done: choice === "both" ? `imported as “${name}”` : "imported" };
    } catch (cause) {
      return { fault: detailOf(cause) };
    }
  }

  /** A name that no trader has, here or in the file. */
  #freeName(name: string): string {
    const taken = new Set(
      [...this.#parts.existing(), ...this.rows.peek()].map((one) => ("title" in one ? one.title : one.name)),
    );
    for (let number = 2; ; number += 1) {
      const free = `${name.slice(0, 190)} (${number})`;
      if (!taken.has(free)) return free;
    }
  }

  async #checked({ title, read }: FileRow, before: readonly ImportRow[]): Promise<ImportRow> {
    const taken = this.#parts.existing().find(({ name }) => name === title);
    const row = { title, taken, choice: undefined, done: "" };
    if ("fault" in read) return { ...row, trader: undefined, fault: read.fault };
    const { trader } = read;
    const isTwice = before.some((one) => one.title === title);
    const fault = isTwice ? "another trader in this file has the same name" : await this.#faultOf(trader);
    return { ...row, trader, fault };
  }

  async #faultOf(trader: AskedTrader): Promise<string> {
    const { markets, traders } = this.#parts;
    const { market = markets[0], code, timeframes, symbols, triggerInterval } = trader;
    if (market !== undefined && !markets.includes(market)) return `this server doesn't follow ${MARKET_NAMES[market]}`;
    const { errors } = await traders.validate(symbols === null ? { code, timeframes } : { code, timeframes, symbols });
    const [first] = errors;
    if (first !== undefined) {
      const place = first.line === undefined ? "" : `line ${first.line}: `;
      return `${place}${first.message}${errors.length > 1 ? ` (and ${countOf(errors.length - 1, "more mistake")})` : ""}`;
    }
    const served = this.#parts.served();
    const missing = [triggerInterval, ...(timeframes ?? [])].find((one) => served.length > 0 && !served.includes(one));
    return missing === undefined ? "" : `this server has no ${missing} candles: it has ${served.join(", ")}`;
  }

  #put(at: number, change: Partial<ImportRow>): void {
    this.rows.value = this.rows.peek().map((row, index) => (index === at ? { ...row, ...change } : row));
  }
}
