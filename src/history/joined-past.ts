import type {
  MarketId,
  OpenTimeRange,
  PastBlock,
  PastFile,
  PastKlines,
  PastSymbol,
  StopSignal,
  Symbol,
  UnixMs,
} from "../core/mod.ts";
import { marketOf } from "../core/mod.ts";
import { MINUTE_MS } from "./period.ts";
import { joined } from "./ranges.ts";

/** Two pasts as one: a symbol's newer klines from the one that has them in memory, and all before its first one from the other. */
export class JoinedPast implements PastKlines {
  readonly #older: PastKlines;
  readonly #newer: PastKlines;

  constructor(older: PastKlines, newer: PastKlines) {
    this.#older = older;
    this.#newer = newer;
  }

  async symbols(market: MarketId): Promise<readonly PastSymbol[]> {
    const all = new Map((await this.#older.symbols(market)).map((one) => [one.symbol, one]));
    for (const { symbol, span } of await this.#newer.symbols(market)) {
      const had = all.get(symbol)?.span ?? span;
      const [from, to] = [Math.min(had.from, span.from) as UnixMs, Math.max(had.to, span.to) as UnixMs];
      all.set(symbol, { symbol, span: { from, to } });
    }
    return [...all.values()].sort((one, other) => (one.symbol < other.symbol ? -1 : 1));
  }

  async settled(symbol: Symbol, range: OpenTimeRange): Promise<readonly OpenTimeRange[]> {
    const [before, from] = await this.#parts(symbol, range);
    const parts = await Promise.all([
      before === undefined ? [] : this.#older.settled(symbol, before),
      from === undefined ? [] : this.#newer.settled(symbol, from),
    ]);
    return joined(parts.flat());
  }

  async *read(symbol: Symbol, range: OpenTimeRange, signal?: StopSignal): AsyncIterable<PastBlock> {
    const [before, from] = await this.#parts(symbol, range);
    if (before !== undefined) yield* this.#older.read(symbol, before, signal);
    if (from !== undefined && signal?.aborted !== true) yield* this.#newer.read(symbol, from, signal);
  }

  files(): Promise<readonly PastFile[]> {
    return this.#older.files();
  }

  /** The part of a range that each of them has. */
  async #parts(
    symbol: Symbol,
    { from, to }: OpenTimeRange,
  ): Promise<readonly [older: OpenTimeRange | undefined, newer: OpenTimeRange | undefined]> {
    const first = (await this.#newer.symbols(marketOf(symbol))).find((one) => one.symbol === symbol)?.span.from;
    if (first === undefined || first > to) return [{ from, to }, undefined];
    if (first <= from) return [undefined, { from, to }];
    return [
      { from, to: (first - MINUTE_MS) as UnixMs },
      { from: first, to },
    ];
  }
}
