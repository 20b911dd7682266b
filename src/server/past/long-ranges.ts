import {
  addCandles,
  candlesBetween,
  earliestOpenTime,
  type Interval,
  type MarketId,
  marketOf,
  nextOpenTime,
  type OpenTimeRange,
  openTimeOf,
  type PastKlines,
  type PastSymbol,
  previousOpenTime,
  type Symbol,
  type UnixMs,
} from "../../core/mod.ts";
import type { MarketReader, Series } from "../../store/mod.ts";
import type { KlineParameters } from "../parameters.ts";
import { isBeyondMemory, type MemoryPart, memoryPart } from "./beyond-memory.ts";
import { MAX_EXCHANGE_QUESTIONS, MAX_STREAM_KLINES } from "./bounds.ts";
import type { ExchangeBlocks } from "./exchange-blocks.ts";
import type { KlineBlock } from "./kline-block.ts";
import { type PastAsked, pastBlocks, type RunJob } from "./past-blocks.ts";
import { minutesOf, piecesOf } from "./pieces.ts";
import { beginningOf, bounded, minutesIn, type OlderPart, olderPart, type RangeFacts } from "./range-plan.ts";

/** For how long the past's list of symbols is used, in milliseconds. */
const SYMBOLS_FOR_MS = 5_000;

/** Where klines come from that memory doesn't have. */
export interface LongRangesParts {
  readonly markets: MarketReader;
  readonly past: PastKlines | undefined;
  /** Of the markets whose exchange may be asked for what nobody has. */
  readonly exchanges: ReadonlyMap<MarketId, ExchangeBlocks>;
  /** Local time in Unix milliseconds: the present of a market whose own time isn't known yet. */
  readonly now: () => number;
  /** Milliseconds on a clock that only goes forward. */
  readonly stopwatch: () => number;
}

/** A part of the older klines of an answer, and where it comes from. */
export interface OlderPiece extends OpenTimeRange {
  /** `past` has all that the exchange has of it; `exchange` is to be asked; of `loose` nobody knows all. */
  readonly source: "past" | "exchange" | "loose";
}

/** What the exchange has of a piece. */
interface AskedPiece {
  readonly klines: KlineBlock;
  readonly settled: readonly OpenTimeRange[];
}

/** What an answer will be made of. */
export interface RangeAnswerPlan {
  readonly facts: RangeFacts;
  readonly memory: MemoryPart;
  readonly older: OlderPart;
  /** Oldest first; they make up the older part's range. */
  readonly pieces: readonly OlderPiece[];
  /** Minutes that are rolled up, and questions to the exchange. */
  readonly minutes: number;
  readonly questions: number;
}

/** Ranges of klines beyond memory: what the past has, what the exchange is asked for, and memory's own, as one list. */
export class LongRanges {
  readonly #parts: LongRangesParts;
  readonly #symbols: Map<MarketId, { readonly at: number; readonly list: Promise<ReadonlyMap<Symbol, PastSymbol>> }> =
    new Map();

  constructor(parts: LongRangesParts) {
    this.#parts = parts;
  }

  get past(): PastKlines | undefined {
    return this.#parts.past;
  }

  /** The most klines that an answer of one series can hold. */
  get longest(): number {
    const { markets, past, exchanges } = this.#parts;
    const { capacity } = markets;
    return past === undefined && exchanges.size === 0 ? capacity : Math.max(capacity, MAX_STREAM_KLINES);
  }

  /** Whether there is anything beyond memory, and the query asks for it. */
  isFor(series: Series, parameters: KlineParameters): boolean {
    const { past, exchanges } = this.#parts;
    if (past === undefined && exchanges.size === 0) return false;
    const { symbol, interval } = series;
    if (!this.#has(symbol, interval)) return false;
    // What memory has room for is the repair's to ask for: it asks once, and for all.
    const isNewest = parameters.startTime === undefined && parameters.endTime === undefined;
    if (past === undefined && isNewest && parameters.limit <= this.#parts.markets.capacity) return false;
    return isBeyondMemory(series, parameters);
  }

  /** Whether the past has klines of a symbol that isn't followed any more. */
  async isPast(symbol: Symbol): Promise<boolean> {
    return (await this.#spanOf(symbol)) !== undefined;
  }

  /** What the answer will be made of. Memory's part is copied now, before anything is waited for. */
  async plan(
    symbol: Symbol,
    interval: Interval,
    series: Series | undefined,
    parameters: KlineParameters,
  ): Promise<RangeAnswerPlan> {
    const memory = memoryPart(series, parameters);
    const { limit, startTime, endTime, closedOnly } = parameters;
    const exchange = this.#exchangeOf(symbol, interval);
    const present = this.#present(symbol, interval);
    const facts: RangeFacts = {
      symbol,
      interval,
      limit,
      startTime,
      endTime,
      closedOnly,
      memoryFrom: memory.from,
      memoryCount: memory.klines.length,
      span: interval === "1s" ? undefined : await this.#spanOf(symbol),
      ...(await listingOf(exchange, symbol, present)),
      present,
    };
    return await this.#planned(facts, memory, olderPart(facts));
  }

  /** The same, for the candles before it: where holes made an answer that is counted back too short. Undefined where there are none. */
  async before({ facts, older }: RangeAnswerPlan, candles: number): Promise<RangeAnswerPlan | undefined> {
    if (older.range === undefined) return undefined;
    const to = previousOpenTime(facts.interval, older.range.from);
    const earliest = earliestOpenTime(facts.interval);
    const most = candlesBetween(facts.interval, earliest, to) + 1;
    if (most <= 0) return undefined;
    const from = addCandles(facts.interval, to, 1 - Math.min(most, candles));
    const next = bounded(facts, { from, to });
    const nothing = memoryPart(undefined, {
      limit: 0,
      startTime: undefined,
      endTime: undefined,
      closedOnly: true,
      shape: "",
    });
    return next.range === undefined ? undefined : await this.#planned(facts, nothing, next);
  }

  /** The klines of the older part, oldest first. `settled` collects the ranges where they are all that the exchange has. */
  async *older(
    { facts, pieces }: RangeAnswerPlan,
    signal: AbortSignal,
    run: RunJob,
    settled: OpenTimeRange[],
  ): AsyncGenerator<KlineBlock> {
    const { symbol, interval } = facts;
    const { past } = this.#parts;
    const asked: PastAsked | undefined = past === undefined ? undefined : { past, symbol, interval, signal, run };
    const beginning = facts.listedSince === undefined ? undefined : beginningOf(facts);
    if (beginning !== undefined) {
      settled.push({ from: earliestOpenTime(interval), to: previousOpenTime(interval, beginning) });
    }
    let isDown = false;
    for (const piece of pieces) {
      const { source } = piece;
      if (source === "past" && asked !== undefined) {
        yield* pastBlocks(asked, piece, settled);
      } else {
        // One question that fails is waited for, not all of them.
        const isAsked: boolean = source === "exchange" && !isDown;
        const fromExchange: AskedPiece | undefined = isAsked ? await this.#ask(facts, piece) : undefined;
        isDown ||= isAsked && fromExchange === undefined;
        if (fromExchange !== undefined) {
          settled.push(...fromExchange.settled);
          yield fromExchange.klines;
        } else if (asked !== undefined && interval === "1m") yield* pastBlocks(asked, piece, []);
      }
    }
  }

  async #planned(facts: RangeFacts, memory: MemoryPart, older: OlderPart): Promise<RangeAnswerPlan> {
    const { symbol, interval } = facts;
    const { past } = this.#parts;
    const { range } = older;
    if (range === undefined) return { facts, memory, older, pieces: [], minutes: 0, questions: 0 };
    const hasPast = past !== undefined && interval !== "1s" && facts.span !== undefined;
    const settled = hasPast ? await past.settled(symbol, minutesOf(interval, range)) : [];
    const pieces: OlderPiece[] = piecesOf(interval, range, settled).map(({ from, to, isSettled }) => ({
      ...{ from, to },
      source: isSettled ? "past" : facts.hasExchange ? "exchange" : "loose",
    }));
    const { all, questions, cutAt } = this.#withQuestions(facts, pieces);
    const cut = cutAt === undefined ? older : { ...older, range: { ...range, ...cutAt }, isCut: true };
    const candles = all.reduce(
      (sum, piece) => sum + (piece.source === "past" ? candlesBetween(interval, piece.from, piece.to) + 1 : 0),
      0,
    );
    const minutes = interval === "1m" ? 0 : candles * minutesIn(interval);
    return { facts, memory, older: cut, pieces: all, minutes, questions };
  }

  /** Pieces that the exchange is asked for, question by question, up to the bound: from the end where the answer begins to be read by its caller. */
  #withQuestions(
    { symbol, interval, startTime }: RangeFacts,
    pieces: readonly OlderPiece[],
  ): {
    readonly all: readonly OlderPiece[];
    readonly questions: number;
    readonly cutAt: Partial<OpenTimeRange> | undefined;
  } {
    const exchange = this.#exchangeOf(symbol, interval);
    if (exchange === undefined || pieces.every(({ source }) => source !== "exchange")) {
      return { all: pieces, questions: 0, cutAt: undefined };
    }
    const isForward = startTime !== undefined;
    const all: OlderPiece[] = [];
    let questions = 0;
    for (const piece of isForward ? pieces : pieces.toReversed()) {
      for (const part of partsOf(exchange, interval, piece, isForward)) {
        if (part.source === "exchange") questions += 1;
        if (questions > MAX_EXCHANGE_QUESTIONS) {
          const cutAt = isForward
            ? { to: previousOpenTime(interval, part.from) }
            : { from: nextOpenTime(interval, part.to) };
          return { all: isForward ? all : all.reverse(), questions: questions - 1, cutAt };
        }
        all.push(part);
      }
    }
    return { all: isForward ? all : all.reverse(), questions, cutAt: undefined };
  }

  /** What the exchange has of a piece of one block; undefined where it can't be asked now. */
  async #ask({ symbol, interval, present }: RangeFacts, { from, to }: OpenTimeRange): Promise<AskedPiece | undefined> {
    try {
      const block = await this.#exchangeOf(symbol, interval)?.at(symbol, interval, from, present);
      if (block === undefined) return undefined;
      const settled = block.settled.flatMap((range) => {
        const both = { from: Math.max(range.from, from) as UnixMs, to: Math.min(range.to, to) as UnixMs };
        return both.from <= both.to ? [both] : [];
      });
      const first = block.klines.position(from);
      return { klines: block.klines.part(first, block.klines.position(to + 1)), settled };
    } catch {
      // The answer says that it isn't settled; the feed's own figures say why the exchange can't be asked.
      return undefined;
    }
  }

  #has(symbol: Symbol, interval: Interval): boolean {
    return (this.#parts.past !== undefined && interval !== "1s") || this.#exchangeOf(symbol, interval) !== undefined;
  }

  #exchangeOf(symbol: Symbol, interval: Interval): ExchangeBlocks | undefined {
    const exchange = this.#parts.exchanges.get(marketOf(symbol));
    return exchange?.has(interval) === true ? exchange : undefined;
  }

  #present(symbol: Symbol, interval: Interval): UnixMs {
    const marketTime = this.#parts.markets.of(marketOf(symbol))?.marketTime ?? 0;
    return openTimeOf(interval, marketTime > 0 ? marketTime : this.#parts.now());
  }

  async #spanOf(symbol: Symbol): Promise<OpenTimeRange | undefined> {
    const { past, stopwatch } = this.#parts;
    if (past === undefined) return undefined;
    const market = marketOf(symbol);
    const known = this.#symbols.get(market);
    if (known !== undefined && stopwatch() - known.at < SYMBOLS_FOR_MS) return (await known.list).get(symbol)?.span;
    const list = past.symbols(market).then((all) => new Map(all.map((one) => [one.symbol, one])));
    this.#symbols.set(market, { at: stopwatch(), list });
    list.catch(() => this.#symbols.delete(market));
    return (await list).get(symbol)?.span;
  }
}

/** Whether the exchange can be asked now, and since when it has the symbol. */
async function listingOf(
  exchange: ExchangeBlocks | undefined,
  symbol: Symbol,
  present: UnixMs,
): Promise<Pick<RangeFacts, "hasExchange" | "listedSince">> {
  try {
    return { hasExchange: exchange !== undefined, listedSince: await exchange?.listedSince(symbol, present) };
  } catch {
    return { hasExchange: false, listedSince: undefined };
  }
}

/** A piece as the exchange is asked for it, block by block. */
function* partsOf(
  exchange: ExchangeBlocks,
  interval: Interval,
  piece: OlderPiece,
  isForward: boolean,
): Generator<OlderPiece> {
  if (piece.source !== "exchange") {
    yield piece;
    return;
  }
  let { from, to }: { from: number; to: number } = piece;
  while (from <= to) {
    const block = exchange.rangeAt(interval, isForward ? from : to);
    const part = { from: Math.max(from, block.from) as UnixMs, to: Math.min(to, block.to) as UnixMs };
    yield { ...part, source: "exchange" };
    if (isForward) from = nextOpenTime(interval, part.to);
    else to = previousOpenTime(interval, part.from);
  }
}
