import type { IChartApi, ISeriesApi, ISeriesPrimitive, Logical, SeriesType, Time } from "lightweight-charts";
import { nextOpenTime } from "../../src/core/mod.ts";
import type { ChartPlane, PlaneBox, PlaneSeries } from "./chart-plane.ts";
import { type Klines, secondsOf } from "./chart-points.ts";
import { type PlacedCandles, placeOfTime, timeOfPlace } from "./time-places.ts";

/** Dependencies of a plane. */
export interface SeriesPlaneParts {
  readonly chart: IChartApi;
  /** The series whose price scale counts. */
  readonly candles: ISeriesApi<SeriesType>;
  /** Aborted once the chart is removed. */
  readonly removed: AbortSignal;
  /** The klines that are drawn, and what they are of. */
  readonly drawn: () => { readonly series: PlaneSeries | undefined; readonly klines: Klines };
}

/** The plane of a chart of lightweight-charts. The chart's first pane has the candles. */
export class SeriesPlane implements ChartPlane {
  readonly #parts: SeriesPlaneParts;

  constructor(parts: SeriesPlaneParts) {
    this.#parts = parts;
  }

  get series(): PlaneSeries | undefined {
    return this.#parts.drawn().series;
  }

  get box(): PlaneBox {
    const { chart } = this.#parts;
    return {
      left: chart.priceScale("left").width(),
      top: 0,
      width: chart.timeScale().width(),
      height: chart.panes()[0]?.getHeight() ?? 0,
    };
  }

  placeOf(time: number): number | undefined {
    return placeOfTime(this.#placed(), time);
  }

  timeAt(place: number): number | undefined {
    return timeOfPlace(this.#placed(), place);
  }

  xOf(place: number): number | undefined {
    const scale = this.#scale();
    return scale === undefined ? undefined : scale.first + place * scale.spacing;
  }

  placeAt(x: number): number | undefined {
    const scale = this.#scale();
    return scale === undefined ? undefined : (x - scale.first) / scale.spacing;
  }

  yOf(price: number): number | undefined {
    return this.#parts.candles.priceToCoordinate(price) ?? undefined;
  }

  priceAt(y: number): number | undefined {
    return this.#parts.candles.coordinateToPrice(y) ?? undefined;
  }

  attach(layer: ISeriesPrimitive<Time>): () => void {
    const { candles } = this.#parts;
    candles.attachPrimitive(layer);
    return () => {
      // Removing the chart has detached its layers already, and the library throws if it is asked again.
      if (!this.#parts.removed.aborted) candles.detachPrimitive(layer);
    };
  }

  #placed(): PlacedCandles {
    const { series, klines } = this.#parts.drawn();
    const scale = this.#parts.chart.timeScale();
    const openTime = (at: number): number => klines[at]?.openTime ?? Number.NaN;
    return {
      count: series === undefined ? 0 : klines.length,
      openTime,
      place: (at) => scale.timeToIndex(secondsOf({ openTime: openTime(at) })) ?? Number.NaN,
      lengthMs: series === undefined ? 1 : nextOpenTime(series.interval, 0),
    };
  }

  /** The library knows the pixels of whole places alone. */
  #scale(): { readonly first: number; readonly spacing: number } | undefined {
    const scale = this.#parts.chart.timeScale();
    const [first, second] = [scale.logicalToCoordinate(0 as Logical), scale.logicalToCoordinate(1 as Logical)];
    return first === null || second === null ? undefined : { first, spacing: second - first };
  }
}
