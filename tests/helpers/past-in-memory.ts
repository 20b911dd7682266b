import {
  KLINE_COLUMNS,
  type Kline,
  type KlineColumn,
  type MarketId,
  marketOf,
  type OpenTimeRange,
  PAST_BLOCK_ROWS,
  type PastBlock,
  type PastFile,
  type PastKlines,
  type PastSymbol,
  type StopSignal,
  type Symbol,
  type UnixMs,
} from "../../src/core/mod.ts";

const MINUTE = 60_000;

/** What is held of one symbol. */
interface Held {
  /** By open time, oldest first. */
  minutes: readonly Kline[];
  settled: readonly OpenTimeRange[];
}

/** A past that is kept in memory, which a test appends to, restates and prunes. Answers take a turn of the event loop, as those of files do. */
export class PastInMemory implements PastKlines {
  readonly #held: Map<Symbol, Held> = new Map();
  readonly list: PastFile[] = [];
  readonly contents: Map<string, Uint8Array> = new Map();
  /** Rows of a block. */
  blockRows: number = PAST_BLOCK_ROWS;
  /** Called in each turn that an answer takes. */
  onTurn: () => void = () => {};

  /** Minutes, oldest first, that are all that the exchange has of a range; they replace what was there in that range. */
  put(symbol: Symbol, range: OpenTimeRange, minutes: readonly Kline[]): void {
    const { minutes: had, settled } = this.#held.get(symbol) ?? { minutes: [], settled: [] };
    const before = had.filter(({ openTime }) => openTime < range.from);
    const after = had.filter(({ openTime }) => openTime > range.to);
    this.#held.set(symbol, { minutes: [...before, ...minutes, ...after], settled: joined([...settled, range]) });
  }

  /** Forgets all before a moment. */
  prune(symbol: Symbol, before: number): void {
    const held = this.#held.get(symbol);
    if (held === undefined) return;
    this.#held.set(symbol, {
      minutes: held.minutes.filter(({ openTime }) => openTime >= before),
      settled: within(held.settled, { from: before as UnixMs, to: Number.MAX_SAFE_INTEGER as UnixMs }),
    });
  }

  async symbols(market: MarketId): Promise<readonly PastSymbol[]> {
    await this.#turn();
    return [...this.#held].flatMap(([symbol, { minutes }]) => {
      const [first, last] = [minutes[0], minutes.at(-1)];
      if (marketOf(symbol) !== market || first === undefined || last === undefined) return [];
      return [{ symbol, span: { from: first.openTime, to: last.openTime } }];
    });
  }

  async settled(symbol: Symbol, range: OpenTimeRange): Promise<readonly OpenTimeRange[]> {
    await this.#turn();
    return within(this.#held.get(symbol)?.settled ?? [], range);
  }

  async *read(symbol: Symbol, { from, to }: OpenTimeRange, signal?: StopSignal): AsyncGenerator<PastBlock> {
    const minutes = this.#held.get(symbol)?.minutes ?? [];
    const first = position(minutes, from);
    const end = position(minutes, to + 1);
    for (let at = first; at < end && signal?.aborted !== true; at += this.blockRows) {
      await this.#turn();
      yield blockOf(minutes.slice(at, Math.min(end, at + this.blockRows)));
    }
  }

  async files(): Promise<readonly PastFile[]> {
    await this.#turn();
    return this.list;
  }

  async content(path: string, signal?: StopSignal): Promise<AsyncIterable<Uint8Array> | undefined> {
    const bytes = this.contents.get(path);
    if (bytes === undefined) return undefined;
    const turn = (): Promise<void> => this.#turn();
    return (async function* () {
      for (let at = 0; at < bytes.byteLength && signal?.aborted !== true; at += 65_536) {
        await turn();
        yield bytes.subarray(at, at + 65_536);
      }
    })();
  }

  async #turn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.onTurn();
  }
}

/** Klines in columns. */
export function blockOf(klines: readonly Kline[]): PastBlock {
  const columns = Object.fromEntries(
    KLINE_COLUMNS.map((name) => [name, Float64Array.from(klines, (kline) => kline[name])]),
  ) as Record<KlineColumn, Float64Array>;
  return { length: klines.length, columns };
}

function position(minutes: readonly Kline[], openTime: number): number {
  let [low, high] = [0, minutes.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((minutes[middle] as Kline).openTime < openTime) low = middle + 1;
    else high = middle;
  }
  return low;
}

function within(ranges: readonly OpenTimeRange[], { from, to }: OpenTimeRange): OpenTimeRange[] {
  return ranges.flatMap((range) => {
    const both = { from: Math.max(range.from, from) as UnixMs, to: Math.min(range.to, to) as UnixMs };
    return both.from <= both.to ? [both] : [];
  });
}

function joined(ranges: readonly OpenTimeRange[]): OpenTimeRange[] {
  const all: { from: UnixMs; to: UnixMs }[] = [];
  for (const { from, to } of ranges.toSorted((a, b) => a.from - b.from)) {
    const before = all.at(-1);
    if (before !== undefined && from <= before.to + MINUTE) before.to = Math.max(before.to, to) as UnixMs;
    else all.push({ from, to });
  }
  return all;
}
