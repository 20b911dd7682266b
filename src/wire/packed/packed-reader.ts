import type { Interval, UnixMs } from "../../core/mod.ts";
import type { WireKline } from "../kline.ts";
import type { IdsMessage, KlineMessage } from "../messages.ts";
import {
  HEAD_BITS,
  KLINE_BITS,
  MAX_PACKED_KLINES,
  PACKED_INTERVALS,
  PACKED_VERSION,
  POWERS_OF_TEN,
  RAW_SCALE,
  RESERVED_KLINE_BITS,
} from "./layout.ts";

/** The fewest bytes of a kline: an id, three bytes of what follows, four prices and a volume. */
const MIN_KLINE_BYTES = 9;

/** A varint has at most so many bytes: 53 bits. */
const MAX_VARINT_BYTES = 8;

/** A binary frame, read with care: its messages in order, or in words what was wrong with it. */
export type ReadPacked = { readonly messages: readonly KlineMessage[] } | { readonly fault: string };

/**
 * Reads the binary frames of one connection to `/ws?format=packed`, into the messages that JSON would have brought. It needs the ids that
 * the connection's `ids` messages told. Frames are foreign: each length and number is checked before it is used, and a frame that is
 * wrong anywhere gives no message at all.
 *
 * @example
 * const reader = new PackedReader();
 * reader.learn({ type: "ids", symbols: { BTCUSDT: 0 } });
 * const read = reader.read(new Uint8Array(event.data));
 * if ("fault" in read) throw new Error(read.fault);
 */
export class PackedReader {
  readonly #symbols: Map<number, string> = new Map();

  /** Notes the ids of symbols, for all frames that follow. */
  learn({ symbols }: IdsMessage): void {
    for (const [symbol, id] of Object.entries(symbols)) this.#symbols.set(id, symbol);
  }

  /** The messages of a frame. */
  read(bytes: Uint8Array): ReadPacked {
    try {
      return { messages: this.#messages(new Cursor(bytes)) };
    } catch (cause) {
      if (cause instanceof Malformed) return { fault: `a binary frame ${cause.message}` };
      throw cause;
    }
  }

  #messages(cursor: Cursor): KlineMessage[] {
    const head = readHead(cursor);
    const messages: KlineMessage[] = [];
    for (let left = head.count; left > 0; left -= 1) messages.push(this.#message(cursor, head));
    if (cursor.left > 0) throw new Malformed(`has ${cursor.left} bytes after its last kline`);
    return messages;
  }

  #message(cursor: Cursor, head: Head): KlineMessage {
    const id = cursor.varint();
    const symbol = this.#symbols.get(id);
    if (symbol === undefined) throw new Malformed(`names symbol ${id}, which no message told`);
    const bits = cursor.byte();
    if ((bits & RESERVED_KLINE_BITS) !== 0) throw new Malformed(`has a kline with unknown bits (${bits})`);
    const isRestated = (bits & KLINE_BITS.isRestated) !== 0;
    const message = { type: "kline", channel: `${head.kind}:${symbol}:${head.interval}` } as const;
    const kline = readKline(cursor, head, bits);
    return isRestated ? { ...message, kline, restated: true } : { ...message, kline };
  }
}

/** What is wrong with a frame, said of it. */
class Malformed extends Error {}

interface Head {
  readonly kind: "kline" | "closed";
  readonly isClosed: boolean;
  readonly interval: Interval;
  readonly count: number;
  readonly openTime: number;
  readonly span: number;
}

function readHead(cursor: Cursor): Head {
  const first = cursor.byte();
  if (first >> 4 !== PACKED_VERSION) {
    throw new Malformed(`is of version ${first >> 4}; this reader knows version ${PACKED_VERSION}`);
  }
  const bits = first & 0x0f;
  const isOfClosed = (bits & HEAD_BITS.closedChannel) !== 0;
  const isClosed = (bits & HEAD_BITS.isClosed) !== 0;
  if (bits > (HEAD_BITS.closedChannel | HEAD_BITS.isClosed) || (isOfClosed && !isClosed)) {
    throw new Malformed(`is of an unknown kind (${bits})`);
  }
  const number = cursor.byte();
  const interval = PACKED_INTERVALS[number];
  if (interval === undefined) throw new Malformed(`is of an unknown interval (${number})`);
  const count = cursor.uint16();
  const [openTime, span] = [cursor.varint(), cursor.varint()];
  if (count === 0 || count > MAX_PACKED_KLINES || count * MIN_KLINE_BYTES > cursor.left) {
    throw new Malformed(`claims ${count} klines in ${cursor.left} bytes`);
  }
  return { kind: isOfClosed ? "closed" : "kline", isClosed, interval, count, openTime, span };
}

function readKline(cursor: Cursor, head: Head, bits: number): WireKline {
  const scales = cursor.byte();
  const quoteScale = cursor.byte();
  if (quoteScale > RAW_SCALE) throw new Malformed(`has a kline with unknown bits (${quoteScale})`);
  const openTime = head.openTime + ((bits & KLINE_BITS.hasOpenTime) === 0 ? 0 : cursor.zigzag());
  const closeTime = openTime + ((bits & KLINE_BITS.hasSpan) === 0 ? head.span : cursor.varint());
  if (openTime < 0 || !Number.isSafeInteger(closeTime)) throw new Malformed("has a kline of an impossible time");
  const [open, high, low, close] = readPrices(cursor, scales & 0x0f);
  const volumeScale = scales >> 4;
  const volume = readAmount(cursor, volumeScale);
  const isUnknown = (bit: number): boolean => (bits & bit) !== 0;
  const takerBuyVolume = isUnknown(KLINE_BITS.noTakerBuyVolume) ? null : readAmount(cursor, volumeScale);
  const quoteVolume = isUnknown(KLINE_BITS.noQuoteVolume) ? null : readAmount(cursor, quoteScale);
  const takerBuyQuoteVolume = isUnknown(KLINE_BITS.noTakerBuyQuoteVolume) ? null : readAmount(cursor, quoteScale);
  const trades = isUnknown(KLINE_BITS.noTrades) ? null : cursor.varint();
  return {
    openTime: openTime as UnixMs,
    open,
    high,
    low,
    close,
    volume,
    closeTime: closeTime as UnixMs,
    quoteVolume,
    trades,
    takerBuyVolume,
    takerBuyQuoteVolume,
    closed: head.isClosed,
  };
}

function readPrices(cursor: Cursor, scale: number): readonly [number, number, number, number] {
  if (scale === RAW_SCALE) return [cursor.double(), cursor.double(), cursor.double(), cursor.double()];
  const power = POWERS_OF_TEN[scale] as number;
  const open = cursor.zigzag();
  const relative = (): number => {
    const units = open + cursor.zigzag();
    if (!Number.isSafeInteger(units)) throw new Malformed("has a kline of an impossible price");
    return units / power;
  };
  return [open / power, relative(), relative(), relative()];
}

function readAmount(cursor: Cursor, scale: number): number {
  return scale === RAW_SCALE ? cursor.double() : cursor.varint() / (POWERS_OF_TEN[scale] as number);
}

/** Goes through a frame's bytes, and never past their end. */
class Cursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes that were not read yet. */
  get left(): number {
    return this.#bytes.byteLength - this.#at;
  }

  byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new Malformed("ends early");
    this.#at += 1;
    return byte;
  }

  uint16(): number {
    return this.byte() + 256 * this.byte();
  }

  double(): number {
    if (this.left < 8) throw new Malformed("ends early");
    const value = this.#view.getFloat64(this.#at, true);
    this.#at += 8;
    if (!Number.isFinite(value)) throw new Malformed("has a figure that isn't finite");
    return value;
  }

  varint(): number {
    let value = 0;
    let factor = 1;
    for (let count = 0; count < MAX_VARINT_BYTES; count += 1) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        if (Number.isSafeInteger(value)) return value;
        break;
      }
      factor *= 128;
    }
    throw new Malformed("has a number of more than 53 bits");
  }

  zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
