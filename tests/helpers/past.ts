import {
  type Kline,
  type MarketId,
  marketOf,
  type OpenTimeRange,
  type PastBlock,
  type PastFile,
  type PastKlines,
  type PastSymbol,
  type Symbol,
  type UnixMs,
} from "../../src/core/mod.ts";
import { blockOf } from "./past-in-memory.ts";

/** What is there of a symbol: closed minutes, oldest first, and where nothing is missing. */
export interface MemorySymbol {
  readonly minutes: readonly Kline[];
  readonly settled: readonly OpenTimeRange[];
}

/** A past of arrays that never changes, in blocks of so many rows. One that a test changes is `PastInMemory`. */
export class MemoryPast implements PastKlines {
  readonly #symbols: ReadonlyMap<Symbol, MemorySymbol>;
  readonly #rows: number;

  constructor(symbols: ReadonlyMap<Symbol, MemorySymbol>, rows = 1_000) {
    this.#symbols = symbols;
    this.#rows = rows;
  }

  /** The same before a moment: nothing of it or of what is after it is known. */
  before(moment: number): MemoryPast {
    const cut = [...this.#symbols].map(([symbol, { minutes, settled }]): [Symbol, MemorySymbol] => [
      symbol,
      {
        minutes: minutes.filter(({ openTime }) => openTime < moment),
        settled: settled
          .filter(({ from }) => from < moment)
          .map(({ from, to }) => ({ from, to: Math.min(to, moment - 60_000) as UnixMs })),
      },
    ]);
    return new MemoryPast(new Map(cut), this.#rows);
  }

  async symbols(market: MarketId): Promise<readonly PastSymbol[]> {
    return [...this.#symbols]
      .filter(([symbol, { minutes }]) => marketOf(symbol) === market && minutes.length > 0)
      .map(([symbol, { minutes }]) => {
        const [first, last] = [minutes[0] as Kline, minutes.at(-1) as Kline];
        return { symbol, span: { from: first.openTime, to: last.openTime } };
      })
      .sort((one, other) => (one.symbol < other.symbol ? -1 : 1));
  }

  async settled(symbol: Symbol, range: OpenTimeRange): Promise<readonly OpenTimeRange[]> {
    const { settled = [] } = this.#symbols.get(symbol) ?? {};
    return settled
      .map(({ from, to }) => ({
        from: Math.max(from, range.from) as UnixMs,
        to: Math.min(to, range.to) as UnixMs,
      }))
      .filter(({ from, to }) => from <= to);
  }

  async *read(symbol: Symbol, { from, to }: OpenTimeRange): AsyncGenerator<PastBlock, void> {
    const { minutes = [] } = this.#symbols.get(symbol) ?? {};
    const rows = minutes.filter(({ openTime }) => openTime >= from && openTime <= to);
    for (let row = 0; row < rows.length; row += this.#rows) yield blockOf(rows.slice(row, row + this.#rows));
  }

  async files(): Promise<readonly PastFile[]> {
    return [];
  }
}

/** A symbol all of whose minutes are known, from `before` minutes before its first one on to its last one. */
export function wholeSymbol(minutes: readonly Kline[], before = 0): MemorySymbol {
  const [first, last] = [minutes[0] as Kline, minutes.at(-1) as Kline];
  return { minutes, settled: [{ from: (first.openTime - before * 60_000) as UnixMs, to: last.openTime }] };
}
