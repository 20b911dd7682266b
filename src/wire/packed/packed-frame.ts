import { assert, type Interval, type Kline } from "../../core/mod.ts";
import {
  HEAD_BITS,
  KLINE_BITS,
  MAX_PACKED_KLINES,
  PACKED_INTERVALS,
  PACKED_VERSION,
  POWERS_OF_TEN,
  RAW_SCALE,
} from "./layout.ts";

/** Room for the longest kline: 13 figures and times of eight bytes at most, its id and three bytes more. */
const MAX_KLINE_BYTES = 128;

/** Head, interval, count, and two times of eight bytes at most. */
const MAX_HEAD_BYTES = 20;

/** Where the count of klines is, which is known last. */
const COUNT_AT = 2;

/** Prices are written relative to `open`: below this, in units, the doubled difference of two is a safe integer. */
const MAX_PRICE_UNITS = 2 ** 50;

/** What all klines of a frame have in common. */
export interface PackedKind {
  /** The kind of the channel. */
  readonly kind: "kline" | "closed";
  readonly interval: Interval;
  /** Whether its klines are closed; open and closed ones never share a frame. */
  readonly isClosed: boolean;
}

/**
 * A binary frame of klines of one interval, as `/ws?format=packed` sends it; docs/protocol.md describes its bytes. It needs no earlier
 * frame to be read, only the symbols' ids. Every figure reads back as the same double as from JSON, where -0 is 0 and unknown is null.
 *
 * Times are Unix milliseconds, which must not be negative. Figures must be finite, but for the unknown ones, which are NaN; `trades` is
 * a whole number. The border lets nothing else in (`judgeKline`).
 *
 * @example
 * const frame = new PackedFrame({ kind: "kline", interval: "1m", isClosed: false });
 * frame.add(7, kline);
 * socket.send(frame.bytes());
 */
export class PackedFrame {
  readonly #kind: PackedKind;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(MAX_HEAD_BYTES + MAX_KLINE_BYTES);
  #view: DataView = new DataView(this.#bytes.buffer);
  #end = 0;
  #count = 0;
  /** Of the first kline: what the others' times are relative to. */
  #openTime = 0;
  #span = 0;

  constructor(kind: PackedKind) {
    this.#kind = kind;
  }

  /** Klines in it. */
  get count(): number {
    return this.#count;
  }

  /** Whether it takes no more klines. */
  get isFull(): boolean {
    return this.#count >= MAX_PACKED_KLINES;
  }

  /** Adds a kline; `id` is that of its symbol. Throws where it is full. */
  add(id: number, kline: Readonly<Kline>, isRestated = false): void {
    assert(!this.isFull, "a frame holds a bounded number of klines");
    if (this.#count === 0) this.#begin(kline);
    this.#makeRoom();
    this.#count += 1;
    this.#varint(id);
    this.#kline(kline, isRestated);
  }

  /** The frame. Throws where it holds no kline. */
  bytes(): Uint8Array<ArrayBuffer> {
    assert(this.#count > 0, "a frame holds at least one kline");
    this.#view.setUint16(COUNT_AT, this.#count, true);
    return this.#bytes.slice(0, this.#end);
  }

  #begin({ openTime, closeTime }: Readonly<Kline>): void {
    const { kind, interval, isClosed } = this.#kind;
    this.#openTime = openTime;
    this.#span = closeTime - openTime;
    const bits = (kind === "closed" ? HEAD_BITS.closedChannel : 0) | (isClosed ? HEAD_BITS.isClosed : 0);
    this.#byte((PACKED_VERSION << 4) | bits);
    this.#byte(PACKED_INTERVALS.indexOf(interval));
    this.#end = COUNT_AT + 2;
    this.#varint(this.#openTime);
    this.#varint(this.#span);
  }

  #kline(kline: Readonly<Kline>, isRestated: boolean): void {
    const { openTime, trades } = kline;
    const span = kline.closeTime - openTime;
    // In JSON -0 is printed as 0.
    const [open, high, low, close] = [kline.open + 0, kline.high + 0, kline.low + 0, kline.close + 0];
    const volume = kline.volume + 0;
    const takerBuyVolume = kline.takerBuyVolume + 0;
    const quoteVolume = kline.quoteVolume + 0;
    const takerBuyQuoteVolume = kline.takerBuyQuoteVolume + 0;
    const hasTakerBuyVolume = !Number.isNaN(takerBuyVolume);
    const hasQuoteVolume = !Number.isNaN(quoteVolume);
    const hasTakerBuyQuoteVolume = !Number.isNaN(takerBuyQuoteVolume);
    const hasTrades = !Number.isNaN(trades);
    const priceScale = scaleOf([open, high, low, close], -MAX_PRICE_UNITS, MAX_PRICE_UNITS);
    const volumeScale = amountScale(volume, hasTakerBuyVolume ? takerBuyVolume : 0);
    const quoteScale = amountScale(hasQuoteVolume ? quoteVolume : 0, hasTakerBuyQuoteVolume ? takerBuyQuoteVolume : 0);
    this.#byte(
      (openTime === this.#openTime ? 0 : KLINE_BITS.hasOpenTime) |
        (span === this.#span ? 0 : KLINE_BITS.hasSpan) |
        (isRestated ? KLINE_BITS.isRestated : 0) |
        (hasQuoteVolume ? 0 : KLINE_BITS.noQuoteVolume) |
        (hasTrades ? 0 : KLINE_BITS.noTrades) |
        (hasTakerBuyVolume ? 0 : KLINE_BITS.noTakerBuyVolume) |
        (hasTakerBuyQuoteVolume ? 0 : KLINE_BITS.noTakerBuyQuoteVolume),
    );
    this.#byte(priceScale | (volumeScale << 4));
    this.#byte(quoteScale);
    if (openTime !== this.#openTime) this.#zigzag(openTime - this.#openTime);
    if (span !== this.#span) this.#varint(span);
    if (priceScale === RAW_SCALE) for (const price of [open, high, low, close]) this.#double(price);
    else {
      const power = POWERS_OF_TEN[priceScale] as number;
      const units = Math.round(open * power);
      this.#zigzag(units);
      this.#zigzag(Math.round(high * power) - units);
      this.#zigzag(Math.round(low * power) - units);
      this.#zigzag(Math.round(close * power) - units);
    }
    this.#amount(volume, volumeScale);
    if (hasTakerBuyVolume) this.#amount(takerBuyVolume, volumeScale);
    if (hasQuoteVolume) this.#amount(quoteVolume, quoteScale);
    if (hasTakerBuyQuoteVolume) this.#amount(takerBuyQuoteVolume, quoteScale);
    if (hasTrades) this.#varint(trades);
  }

  #amount(value: number, scale: number): void {
    if (scale === RAW_SCALE) this.#double(value);
    else this.#varint(Math.round(value * (POWERS_OF_TEN[scale] as number)));
  }

  #makeRoom(): void {
    if (this.#end + MAX_KLINE_BYTES <= this.#bytes.byteLength) return;
    const grown = new Uint8Array(2 * this.#bytes.byteLength + MAX_KLINE_BYTES);
    grown.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }

  #byte(byte: number): void {
    this.#bytes[this.#end] = byte;
    this.#end += 1;
  }

  #double(value: number): void {
    this.#view.setFloat64(this.#end, value, true);
    this.#end += 8;
  }

  /** Seven bits a byte, the lowest first; the highest bit of a byte says that another follows. */
  #varint(value: number): void {
    assert(
      Number.isSafeInteger(value) && value >= 0,
      "ids, times, trades and units are whole numbers, and not negative",
    );
    let rest = value;
    for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 128)) this.#byte((rest % 128) | 0x80);
    for (; rest > 0x7f; rest >>>= 7) this.#byte((rest & 0x7f) | 0x80);
    this.#byte(rest);
  }

  /** Signed: 0, -1, 1, -2, 2 … as 0, 1, 2, 3, 4 …. */
  #zigzag(value: number): void {
    this.#varint(value >= 0 ? 2 * value : -2 * value - 1);
  }
}

/** How many decimals both amounts have. */
function amountScale(one: number, other: number): number {
  return scaleOf([one, other], 0, Number.MAX_SAFE_INTEGER);
}

/** With how many decimals all figures read back as the same doubles, and lie within the bounds in units; else {@link RAW_SCALE}. */
function scaleOf(figures: readonly number[], least: number, most: number): number {
  let scale = 0;
  for (const figure of figures) {
    while (!isExact(figure, POWERS_OF_TEN[scale] as number)) {
      scale += 1;
      if (scale === POWERS_OF_TEN.length) return RAW_SCALE;
    }
  }
  const power = POWERS_OF_TEN[scale] as number;
  for (const figure of figures) {
    const units = Math.round(figure * power);
    // A figure that needs fewer decimals may have too many digits with these.
    if (units < least || units > most || !isExact(figure, power)) return RAW_SCALE;
  }
  return scale;
}

/** A division of two whole numbers that a double holds exactly is rounded as reading the decimal text is. */
function isExact(figure: number, power: number): boolean {
  return Math.round(figure * power) / power === figure;
}
