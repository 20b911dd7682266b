import { type Interval, isMarketMoment, type MarketSource, type UnixMs } from "../../core/mod.ts";
import { KLINE_SOURCES } from "../ring.ts";
import type { HeldSymbol, MarketStore } from "../store.ts";
import {
  BLOCK,
  type BlockKind,
  BlockMaker,
  type ByteSource,
  preamble,
  readBlocks,
  UnsoundCheckpoint,
} from "./blocks.ts";
import { readSymbol, symbolBlock } from "./symbol-bytes.ts";

/** What a file says of itself. */
export interface CheckpointFacts {
  /** Which market the klines are of: the exchange's REST host, for example. One market's file is never read into another. */
  readonly market: string;
  readonly source: MarketSource;
  /** Names the market, so that clients of a server that was restarted know it again. Files from before there were epochs have none. */
  readonly epoch?: string | undefined;
  /** Local time at which the writing began. */
  readonly writtenAt: UnixMs;
}

/** What a file began with: its facts, and how to read the marks of its klines. */
interface About extends CheckpointFacts {
  readonly sources: readonly string[];
  readonly intervals: readonly Interval[];
  readonly capacity: number;
}

/** What a file ended with. */
interface End {
  readonly symbols: number;
  readonly marketTime: UnixMs;
}

/** What was taken over from a file. */
export interface RestoredCheckpoint extends CheckpointFacts {
  readonly symbols: number;
  readonly klines: number;
  readonly marketTime: UnixMs;
}

/**
 * The bytes of a checkpoint, one symbol at a time: between two pieces the store may move on. A piece is valid until the
 * next one is asked for. Each symbol is one piece; two symbols needn't be of the same moment, as nothing in the store spans
 * them.
 */
export function* checkpointBytes(store: MarketStore, facts: CheckpointFacts): Generator<Uint8Array> {
  const maker = new BlockMaker();
  const about: About = { ...facts, sources: KLINE_SOURCES, intervals: store.intervals, capacity: store.capacity };
  yield preamble();
  yield jsonBlock(about, BLOCK.about, maker);
  let symbols = 0;
  for (const held of store.held()) {
    yield symbolBlock(held, maker);
    symbols += 1;
  }
  yield jsonBlock({ symbols, marketTime: store.marketTime } satisfies End, BLOCK.end, maker);
}

/**
 * Reads a checkpoint of the market into an empty store. All of it is checked before the store sees any of it. Throws
 * {@link UnsoundCheckpoint} that says what is wrong with the file; then the store is as it was.
 */
export function restoreCheckpoint(store: MarketStore, source: ByteSource, market: string): RestoredCheckpoint {
  let about: About | undefined;
  let end: End | undefined;
  let klines = 0;
  const held: HeldSymbol[] = [];
  for (const { kind, payload } of readBlocks(source)) {
    if (about === undefined) about = readAbout(kind, payload, market);
    else if (kind === BLOCK.symbol) {
      const kept = readSymbol(payload);
      const symbolMarket = store.newMarket(kept.info.symbol);
      symbolMarket.restore(kept.series, kept.newsFrom);
      for (const { ring } of symbolMarket.all()) klines += ring.length;
      held.push({ info: kept.info, ticker: kept.ticker, market: symbolMarket });
    } else if (kind === BLOCK.end) end = readJson<End>(payload);
    else throw new UnsoundCheckpoint(`it has a block of an unknown kind, ${kind}`);
  }
  if (about === undefined || end === undefined || end.symbols !== held.length) {
    throw new UnsoundCheckpoint("it doesn't hold as many symbols as it says");
  }
  if (end.marketTime !== 0 && !isMarketMoment(end.marketTime)) {
    throw new UnsoundCheckpoint(`it says that its market was at ${end.marketTime}, which is no time of a market`);
  }
  store.adopt(held, end.marketTime);
  const { source: told, epoch, writtenAt } = about;
  return { market, source: told, epoch, writtenAt, symbols: held.length, klines, marketTime: end.marketTime };
}

/** The market that a file is of; undefined where it isn't sound that far. Reads its beginning only. */
export function checkpointMarket(source: ByteSource): string | undefined {
  try {
    for (const { kind, payload } of readBlocks(source)) {
      return kind === BLOCK.about ? readJson<About>(payload).market : undefined;
    }
  } catch (cause) {
    if (!(cause instanceof UnsoundCheckpoint)) throw cause;
  }
  return undefined;
}

function readAbout(kind: BlockKind, payload: Uint8Array, market: string): About {
  if (kind !== BLOCK.about) throw new UnsoundCheckpoint("it doesn't begin with what it is about");
  const about = readJson<About>(payload);
  if (about.market !== market) {
    throw new UnsoundCheckpoint(`it is of another market, ${about.market}: this server follows ${market}`);
  }
  if (about.sources.join() !== KLINE_SOURCES.join()) {
    throw new UnsoundCheckpoint(
      `its klines come from ${about.sources.join(", ")}: expected ${KLINE_SOURCES.join(", ")}`,
    );
  }
  return about;
}

function jsonBlock(value: object, kind: BlockKind, maker: BlockMaker): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(value));
  maker.begin(text.byteLength).set(text);
  return maker.seal(kind);
}

function readJson<T>(payload: Uint8Array): T {
  return JSON.parse(new TextDecoder().decode(payload)) as T;
}
