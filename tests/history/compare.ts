import { KLINE_COLUMNS, type PastKlines, type Symbol, seededRandom, type UnixMs } from "../../src/core/mod.ts";
import type { historyStatus } from "../../src/history/mod.ts";
import { klinesIn, type Mirror, plantedIn } from "./mirror.ts";

const MINUTE_MS = 60_000;

/** Compares every kline of the history with the market that the dumps were made of. Returns how many, and what is wrong. */
export async function compareKlines(past: PastKlines, mirror: Mirror): Promise<{ klines: number; faults: string[] }> {
  const faults: string[] = [];
  let klines = 0;
  const range = { from: mirror.from as UnixMs, to: (mirror.to - MINUTE_MS) as UnixMs };
  for (const symbol of mirror.symbols) {
    const expected = klinesIn(mirror, symbol, range.from, range.to);
    for await (const { length, columns } of past.read(symbol as Symbol, range)) {
      for (let row = 0; row < length; row += 1) {
        const { value: kline } = expected.next();
        klines += 1;
        const wrong = KLINE_COLUMNS.filter((column) => !Object.is(columns[column][row], kline?.[column]));
        if (wrong.length > 0)
          faults.push(`${symbol} ${columns.openTime[row]}: ${wrong.join(", ")} differ from the dump`);
        if (faults.length > 20) return { klines, faults };
      }
    }
    if (expected.next().done !== true) faults.push(`${symbol}: klines at the end are missing`);
  }
  return { klines, faults };
}

/** The planted faults that the history doesn't name, by kind, file and minute. */
export function unnamedFaults(mirror: Mirror, status: Awaited<ReturnType<typeof historyStatus>>["symbols"]): string[] {
  const found = status.flatMap(({ records }) => records.flatMap(({ faults }) => faults));
  return plantedIn(mirror)
    .filter(({ kind, file, minutes }) => {
      const named = found.filter((fault) => fault.kind === kind && fault.file === file);
      if (minutes === undefined) return named.length === 0;
      // A row off the grid is named by its own time.
      return !named.some(({ places }) =>
        places.some((place) => place >= minutes.from && place < minutes.to + MINUTE_MS),
      );
    })
    .map(({ kind, file }) => `${kind} in ${file} isn't named`);
}

/** Reads 500 klines of any month, each time by a reader that knows nothing yet. Returns the times in milliseconds, in order. */
export async function coldReads(
  open: () => PastKlines,
  mirror: Mirror,
  count: number,
  seed: number,
): Promise<number[]> {
  const random = seededRandom(seed);
  const times: number[] = [];
  for (let at = 0; at < count; at += 1) {
    const symbol = mirror.symbols[Math.floor(random() * mirror.symbols.length)] as Symbol;
    const room = (mirror.to - mirror.from) / MINUTE_MS - 500;
    const from = (mirror.from + Math.floor(random() * room) * MINUTE_MS) as UnixMs;
    const began = performance.now();
    for await (const block of open().read(symbol, { from, to: (from + 499 * MINUTE_MS) as UnixMs })) void block.length;
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b);
}
