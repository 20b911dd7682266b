import type { Signal } from "../../src/wire/mod.ts";
import { saveFile } from "../shell/save-file.ts";
import { csvText } from "../text/csv.ts";

const HEAD = ["id", "close time (UTC)", "symbol", "interval", "trader", "trader version", "price", "facts"];

/** Hands the browser a file of the signals, as they are listed. */
export function exportSignals(signals: readonly Signal[], nameOf: (traderId: string) => string): void {
  const rows = signals.map((one) => [
    one.id,
    new Date(one.closeTime).toISOString(),
    one.symbol,
    one.interval,
    nameOf(one.traderId),
    one.traderVersion,
    one.price,
    JSON.stringify(one.facts),
  ]);
  // The byte order mark tells spreadsheets that this is UTF-8.
  saveFile("vyx-signals.csv", new Blob(["\uFEFF", csvText([HEAD, ...rows])], { type: "text/csv;charset=utf-8" }));
}
