import type { IChartApi, ISeriesApi } from "lightweight-charts";
import type { WireKline } from "../../src/wire/mod.ts";
import { type ChartPlane, type Point, pointOf } from "./chart-plane.ts";
import { indexAt, type Klines, secondsOf } from "./chart-points.ts";
import { revealPlace } from "./chart-view.ts";
import { type CrosshairMove, type HeldCrosshair, movedCrosshair } from "./crosshair-keys.ts";

/** Dependencies of a crosshair. */
export interface ChartCrosshairParts {
  /** The chart's element. */
  readonly element: HTMLElement;
  readonly chart: IChartApi;
  readonly candles: ISeriesApi<"Candlestick">;
  readonly plane: ChartPlane;
  /** The candles that are drawn, oldest first. */
  readonly drawn: () => Klines;
  /** The candle that opens then, in Unix seconds, if it is drawn. */
  readonly klineAt: (seconds: number) => WireKline | undefined;
  /** The crosshair is on the candle that opens then, in Unix milliseconds, or on none. */
  readonly onMarked: (openTime: number | undefined) => void;
  /** The user points at another candle, or at none. */
  readonly onPointed: (kline: WireKline | undefined) => void;
}

/** A chart's crosshair: the pointer moves it, and so do keys, addresses, and the pointer in another chart. */
export class ChartCrosshair {
  readonly #parts: ChartCrosshairParts;
  /** Where the code put it: it stays there until the pointer moves. */
  #held: HeldCrosshair | undefined;
  /** Where the pointer has it. */
  #pointer: Point | undefined;
  /** The moment that the pointer is on in another chart, in Unix milliseconds. */
  #linkedTo: number | undefined;
  #isUnderPointer = false;

  constructor(parts: ChartCrosshairParts) {
    this.#parts = parts;
    const { element, chart, klineAt } = parts;
    chart.subscribeCrosshairMove(({ time, point }) => {
      this.#pointer = point;
      // New data, and a chart that appears below a pointer at rest, take the crosshair away, too.
      if (this.#held !== undefined && time !== secondsOf(this.#held.kline)) this.#cross(this.#held);
      // With new data, the library also reports the crosshair that another chart's pointer has put here.
      else if (this.#linkedTo !== undefined && !this.#isUnderPointer) this.link(this.#linkedTo);
      else this.#pointed(typeof time === "number" ? klineAt(time) : undefined);
    });
    element.addEventListener("pointermove", ({ movementX, movementY }) => {
      if (movementX === 0 && movementY === 0) return;
      this.#held = undefined;
      this.#isUnderPointer = true;
    });
    for (const [event, isUnder] of [
      ["pointerenter", true],
      ["pointerleave", false],
    ] as const) {
      element.addEventListener(event, () => {
        this.#isUnderPointer = isUnder;
      });
    }
  }

  /** Puts it on a candle, at a price. */
  hold(at: HeldCrosshair): void {
    this.#held = at;
    this.#cross(at);
  }

  /** It is the pointer's again. */
  release(): void {
    this.#held = undefined;
  }

  /** Releases it where its candle isn't drawn any more: the library throws where a crosshair is set on such a candle. */
  releaseMissing(): void {
    if (this.#held !== undefined && this.#parts.klineAt(secondsOf(this.#held.kline)) === undefined) this.release();
  }

  /** Moves it as a key asks, and brings its candle into sight. Gives back where it is. */
  move(move: CrosshairMove): HeldCrosshair | undefined {
    const { chart, drawn, plane } = this.#parts;
    const moved = movedCrosshair(move, this.#held ?? this.#pointedAt(), drawn(), plane);
    const place = moved === undefined ? undefined : plane.placeOf(moved.kline.openTime);
    if (moved === undefined || place === undefined) return undefined;
    revealPlace(chart, place);
    this.hold(moved);
    return moved;
  }

  /** Where it is, in CSS pixels of the plane; undefined when it is nowhere. */
  point(): Point | undefined {
    if (this.#held === undefined) return this.#pointer;
    const { kline, price } = this.#held;
    return pointOf({ time: kline.openTime, price }, this.#parts.plane);
  }

  /** Marks the candle of a moment that the pointer is on in another chart, and gives it back; undefined where there is none. */
  link(moment: number | undefined): WireKline | undefined {
    const { chart, candles, drawn, onMarked } = this.#parts;
    const kline = moment === undefined ? undefined : drawn()[indexAt(drawn(), moment)];
    if ((moment === undefined) !== (this.#linkedTo === undefined)) {
      // The other chart's price means nothing here.
      const isOwn = moment === undefined;
      chart.applyOptions({ crosshair: { horzLine: { visible: isOwn, labelVisible: isOwn } } });
    }
    this.#linkedTo = moment;
    if (moment === undefined && this.#held !== undefined) {
      // A key has put the crosshair here.
      chart.setCrosshairPosition(this.#held.price, secondsOf(this.#held.kline), candles);
      return this.#held.kline;
    }
    onMarked(kline?.openTime);
    this.#held = undefined;
    // A pointer that rests here counts again once it moves.
    if (moment !== undefined) this.#isUnderPointer = false;
    // The time's label would stand at the edge for a candle that is out of sight.
    if (kline === undefined || !this.#isInSight(kline)) chart.clearCrosshairPosition();
    else chart.setCrosshairPosition(kline.close, secondsOf(kline), candles);
    return kline;
  }

  #isInSight(kline: WireKline): boolean {
    const scale = this.#parts.chart.timeScale();
    const [index, range] = [scale.timeToIndex(secondsOf(kline)), scale.getVisibleLogicalRange()];
    return index !== null && range !== null && range.from <= index && index <= range.to;
  }

  /** What the pointer is on. */
  #pointedAt(): HeldCrosshair | undefined {
    if (this.#pointer === undefined) return undefined;
    const { plane, klineAt } = this.#parts;
    const [place, price] = [plane.placeAt(this.#pointer.x), plane.priceAt(this.#pointer.y)];
    const openTime = place === undefined ? undefined : plane.timeAt(Math.round(place));
    const kline = openTime === undefined ? undefined : klineAt(openTime / 1_000);
    return kline === undefined || price === undefined ? undefined : { kline, price };
  }

  /** The library emits no event for a crosshair that the code sets. */
  #cross({ kline, price }: HeldCrosshair): void {
    const { chart, candles } = this.#parts;
    chart.setCrosshairPosition(price, secondsOf(kline), candles);
    this.#pointed(kline);
  }

  #pointed(kline: WireKline | undefined): void {
    this.#parts.onMarked(kline?.openTime);
    this.#parts.onPointed(kline);
  }
}
