import {
  createSeriesMarkers,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  type SeriesMarker,
  type Time,
} from "lightweight-charts";
import type { ChartColors } from "./chart-colors.ts";
import type { ChartMarker } from "./chart-markers.ts";
import { secondsOf } from "./chart-points.ts";

/** Size of a mark, of the library's usual size. */
const SIZE = 0.6;

/** The marks below candles. Names stand at those of the candle under the pointer alone, so that they cover nothing. */
export class MarkLayer {
  readonly #drawn: ISeriesMarkersPluginApi<Time>;
  #colors: ChartColors;
  /** Oldest first. */
  #marks: readonly ChartMarker[] = [];
  #pointed: number | undefined;

  constructor(candles: ISeriesApi<"Candlestick">, colors: ChartColors) {
    this.#drawn = createSeriesMarkers(candles, []);
    this.#colors = colors;
  }

  show(marks: readonly ChartMarker[]): void {
    this.#marks = marks.toSorted((a, b) => a.openTime - b.openTime);
    this.#draw();
  }

  /** The pointer is on the candle that opens then, or on none. */
  point(openTime: number | undefined): void {
    const before = this.#pointed;
    this.#pointed = openTime;
    if (before !== openTime && this.#marks.some((mark) => mark.openTime === before || mark.openTime === openTime)) {
      this.#draw();
    }
  }

  recolor(colors: ChartColors): void {
    this.#colors = colors;
    this.#draw();
  }

  #draw(): void {
    this.#drawn.setMarkers(this.#marks.map((mark) => this.#marker(mark)));
  }

  #marker(mark: ChartMarker): SeriesMarker<Time> {
    const color = mark.kind === "signal" ? this.#colors.accent : this.#colors.amber;
    const marker = { time: secondsOf(mark), position: "belowBar", shape: "arrowUp", size: SIZE, color } as const;
    return mark.openTime === this.#pointed ? { ...marker, text: mark.text } : marker;
  }
}
