import { type ListedSignal, signalsCsv } from "../../src/wire/mod.ts";
import { saveFile } from "../shell/save-file.ts";

/** Hands the browser a file of the signals, as they are listed: the table of `GET signals`, with the name of each one's trader. */
export function exportSignals(signals: readonly ListedSignal[], nameOf: (traderId: string) => string): void {
  // The byte order mark tells spreadsheets that this is UTF-8.
  saveFile("vyx-signals.csv", new Blob(["\uFEFF", signalsCsv(signals, nameOf)], { type: "text/csv;charset=utf-8" }));
}
