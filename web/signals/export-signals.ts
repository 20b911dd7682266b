import type { ListedSignal } from "../../src/wire/mod.ts";
import { saveFile } from "../shell/save-file.ts";
import { type CsvCell, csvText } from "../text/csv.ts";
import { HORIZONS } from "./outcome-words.ts";

const HEAD = [
  ...["id", "close time (UTC)", "symbol", "interval", "trader", "trader version", "price", "facts"],
  ...HORIZONS.map((horizon) => `return after ${horizon} (%)`),
];

/** Hands the browser a file of the signals, as they are listed. */
export function exportSignals(signals: readonly ListedSignal[], nameOf: (traderId: string) => string): void {
  const rows = signals.map((one) => [
    one.id,
    new Date(one.closeTime).toISOString(),
    one.symbol,
    one.interval,
    nameOf(one.traderId),
    one.traderVersion,
    one.price,
    JSON.stringify(one.facts),
    ...HORIZONS.map((horizon) => outcomeCell(one, horizon)),
  ]);
  // The byte order mark tells spreadsheets that this is UTF-8.
  saveFile("vyx-signals.csv", new Blob(["\uFEFF", csvText([HEAD, ...rows])], { type: "text/csv;charset=utf-8" }));
}

/** A return in percent, or whether it is still to come or will never be known. Empty where the server tells none. */
function outcomeCell({ outcomes }: ListedSignal, horizon: number): CsvCell {
  const outcome = outcomes.find((one) => one.horizon === horizon);
  if (outcome === undefined) return "";
  return outcome.state === "known" ? (outcome.returnPercent ?? "") : outcome.state;
}
