import {
  CandlestickSeries,
  ColorType,
  CrosshairMode,
  createChartEx,
  createTextWatermark,
  HistogramSeries,
  type IChartApi,
  type IPaneApi,
  type ISeriesApi,
  type ITextWatermarkPluginApi,
  PriceScaleMode,
  type Time,
  type UTCTimestamp,
} from "lightweight-charts";
import type { Interval } from "../../src/core/mod.ts";
import type { WireKline } from "../../src/wire/mod.ts";
import type { Market } from "../market/market.ts";
import { priceText } from "../text/price.ts";
import type { TimeZone } from "../text/time-zone.ts";
import { afterDrawing } from "./after-drawing.ts";
import type { ChartColors } from "./chart-colors.ts";
import { ChartCrosshair } from "./chart-crosshair.ts";
import type { ChartState } from "./chart-feed.ts";
import type { ChartKind } from "./chart-kind.ts";
import type { ChartMarker } from "./chart-markers.ts";
import type { ChartPlane, Point } from "./chart-plane.ts";
import { type ChartPoint, chartPoints, inOrder, type Klines, newPoints, secondsOf } from "./chart-points.ts";
import { sameChart } from "./chart-route.ts";
import { keepView, type LeftView, moveView, rangeInSight, showEnd, showRange, viewOf } from "./chart-view.ts";
import { CompareLines } from "./compare-lines.ts";
import type { ComparedSeries } from "./compared.ts";
import type { CrosshairMove, HeldCrosshair } from "./crosshair-keys.ts";
import { LastPrice } from "./last-price.ts";
import { MarkLayer } from "./mark-layer.ts";
import { PriceShape } from "./price-shape.ts";
import { SeriesPlane } from "./series-plane.ts";
import type { StudyResult } from "./studies.ts";
import { StudyLayer } from "./study-layer.ts";
import { tickTexts } from "./tick-texts.ts";
import { timeFormats, ZonedTimeAxis } from "./time-axis.ts";
import type { ViewRange } from "./view-range.ts";

/** Maximum number of evicted candles that stay drawn. Beyond it, the chart is redrawn completely. */
const MOST_LEFT_CANDLES = 1_000;

/** So many candles before the first one, besides as many as are in sight, the person is about to see the beginning. The end is alike. */
const NEAR_BEGINNING_CANDLES = 40;

/** The events of a chart. */
export interface CandleChartEvents {
  /** The kline under the pointer, if there is one. */
  readonly onPointed: (kline: WireKline | undefined) => void;
  /** The first candle comes into sight, or older ones are wanted. Gives back whether any may come. */
  readonly onBeginning: () => boolean;
  /** The last candle comes into sight. */
  readonly onEnd: () => void;
  /** No hand is on the chart, and the middle of what is in sight lies in this half of the candles. */
  readonly onRest: (half: "oldest" | "newest") => void;
  /** Whether the first and the last candle are in sight. */
  readonly onEdges: (sight: { readonly first: boolean; readonly last: boolean }) => void;
  /** Other candles are in sight. */
  readonly onMoved: () => void;
}

/** The chart's content. */
export interface Drawing {
  readonly klines: Klines;
  readonly symbol: string;
  readonly interval: Interval;
  /** Digits behind the point of its prices. */
  readonly decimals: number;
  /** False while something of it is in doubt, or wasn't asked for yet. */
  readonly settled: boolean;
  /** Whether its last kline is the market's newest. */
  readonly isLive: boolean;
  readonly studies: readonly StudyResult[];
}

/** The chart's content for a feed's state; undefined before the first state. */
export function drawingOf(
  market: Market,
  state: ChartState | undefined,
  studies: readonly StudyResult[],
): Drawing | undefined {
  if (state === undefined) return undefined;
  return { ...state, decimals: market.decimals(state.symbol, state.klines.at(-1)?.close ?? 1), studies };
}

/** Candles, volume and studies in lightweight-charts. Its logo stays on: the licence asks for it. */
export class CandleChart {
  /** What is laid over the candles knows the chart by this. */
  readonly plane: ChartPlane;
  readonly #chart: IChartApi;
  readonly #pane: IPaneApi<Time>;
  readonly #candles: ISeriesApi<"Candlestick">;
  readonly #volumes: ISeriesApi<"Histogram">;
  readonly #marks: MarkLayer;
  readonly #watermark: ITextWatermarkPluginApi<Time>;
  readonly #studies: StudyLayer;
  readonly #lastPrice: LastPrice;
  readonly #compared: CompareLines;
  #isCompared = false;
  #isLogarithmic = false;
  readonly #crosshair: ChartCrosshair;
  readonly #events: CandleChartEvents;
  #isHeld = false;
  readonly #ending: AbortController = new AbortController();
  #colors: ChartColors;
  #markText = "";
  /** The visible range of the previous series, until this one is loaded. */
  #left: LeftView | undefined;
  #decimals = -1;
  /** All that is drawn; some of it may have left the series at its beginning. */
  #drawn: Klines = [];
  #byTime: Map<number, WireKline> = new Map();
  #shown: Drawing | undefined;
  /** How the price is drawn where it isn't as candles. */
  #shape: PriceShape | undefined;
  #zone: TimeZone = "utc";

  constructor(element: HTMLElement, colors: ChartColors, events: CandleChartEvents) {
    this.#events = events;
    this.#colors = colors;
    const { localization, timeScale } = timeFormats(this.#zone);
    this.#chart = createChartEx(element, new ZonedTimeAxis(() => this.#zone), {
      autoSize: true,
      crosshair: { mode: CrosshairMode.Normal },
      localization,
      timeScale: { ...timeScale, timeVisible: true, rightOffset: 4, barSpacing: 7, minBarSpacing: 0.2 },
    }) as IChartApi;
    this.#candles = this.#chart.addSeries(CandlestickSeries, { borderVisible: false });
    this.#candles.priceScale().applyOptions({ scaleMargins: { top: 0.08, bottom: 0.24 } });
    this.#lastPrice = new LastPrice(this.#candles);
    this.#compared = new CompareLines(this.#chart, colors);
    this.#volumes = this.#chart.addSeries(HistogramSeries, {
      priceScaleId: "",
      priceFormat: { type: "volume" },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    this.#volumes.priceScale().applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
    this.#studies = new StudyLayer(this.#chart, colors);
    this.plane = new SeriesPlane({
      chart: this.#chart,
      candles: this.#candles,
      removed: this.#ending.signal,
      drawn: () => ({
        klines: this.#drawn,
        series: this.#shown,
      }),
    });
    const pane = this.#chart.panes()[0];
    if (pane === undefined) throw new Error("lightweight-charts makes a chart with one pane");
    this.#pane = pane;
    this.#watermark = createTextWatermark(pane, { horzAlign: "center", vertAlign: "center", lines: [] });
    this.#marks = new MarkLayer(this.#candles, colors);
    this.#crosshair = new ChartCrosshair({
      element,
      chart: this.#chart,
      candles: this.#candles,
      plane: this.plane,
      drawn: () => this.#drawn,
      klineAt: (seconds) => this.#byTime.get(seconds),
      onMarked: (openTime) => this.#marks.point(openTime),
      onPointed: events.onPointed,
    });
    this.#chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range !== null && this.#drawn.length > 0) this.#moved(range);
    });
    element.addEventListener("pointerdown", () => {
      this.#isHeld = true;
    });
    for (const event of ["pointerup", "pointercancel"]) {
      addEventListener(event, () => this.#letGo(), { signal: this.#ending.signal });
    }
    this.recolor(colors);
  }

  /** Draws what changed since the last call, or all of another series. */
  show(drawing: Drawing): void {
    const before = this.#shown;
    const klines = inOrder(drawing.klines);
    const isOther = before === undefined || !sameChart(before, drawing);
    const fresh = isOther ? undefined : this.#fresh(klines, drawing.interval);
    if (isOther && before !== undefined && this.#drawn.length > 0) {
      this.#left = { ...viewOf(this.#chart, this.#candles), interval: before.interval };
    }
    if (isOther) this.#crosshair.release();
    this.#shown = { ...drawing, klines };
    this.#format(drawing.decimals);
    if (fresh === undefined) this.#drawAll(this.#shown);
    else this.#drawFresh(fresh, this.#shown);
    this.#showLastPrice();
    this.#findLeft(drawing);
  }

  #moved({ from, to }: { readonly from: number; readonly to: number }): void {
    const near = NEAR_BEGINNING_CANDLES + to - from;
    const places = this.#candles.data().length;
    if (from < near) this.#events.onBeginning();
    if (to > places - near) this.#events.onEnd();
    this.#events.onEdges({ first: from < 0, last: to > places - 1 });
    this.#events.onMoved();
    if (!this.#isHeld) this.#events.onRest((from + to) / 2 < places / 2 ? "oldest" : "newest");
  }

  #letGo(): void {
    this.#isHeld = false;
    const range = this.#chart.timeScale().getVisibleLogicalRange();
    if (range !== null && this.#drawn.length > 0) this.#moved(range);
  }

  /** Marks below candles, of the series that is shown. Gives back how many have a candle: the library would put others elsewhere. */
  mark(markers: readonly ChartMarker[]): number {
    const drawn = markers.filter((marker) => this.#byTime.has(secondsOf(marker)));
    this.#marks.show(drawn);
    return drawn.length;
  }

  /** Writes a word behind the candles, so that a picture of a made-up market says that it is one. */
  watermark(text: string): void {
    this.#markText = text;
    const lines = text === "" ? [] : [{ text, color: this.#colors.mark, fontSize: 40, fontFamily: this.#colors.font }];
    this.#watermark.applyOptions({ lines });
  }

  logarithmic(isLogarithmic: boolean): void {
    this.#isLogarithmic = isLogarithmic;
    this.#chooseScale();
  }

  /** Draws other symbols' closes as lines. While there are some, the scale counts in percent from the first candle in sight. */
  compare(compared: readonly ComparedSeries[]): void {
    const wasCompared = this.#isCompared;
    this.#isCompared = compared.length > 0;
    if (wasCompared !== this.#isCompared) this.#chooseScale();
    if (this.#shown === undefined || !(wasCompared || this.#isCompared)) return;
    this.#compared.show(compared, chartPoints(this.#drawn, this.#shown.interval));
  }

  /** The open time of the first candle in sight; undefined where none is. */
  firstInSight(): number | undefined {
    const range = this.#chart.timeScale().getVisibleLogicalRange();
    const time = range === null ? undefined : this.#candles.data()[Math.max(0, Math.floor(range.from))]?.time;
    return time === undefined ? undefined : Number(time) * 1_000;
  }

  #chooseScale(): void {
    const own = this.#isLogarithmic ? PriceScaleMode.Logarithmic : PriceScaleMode.Normal;
    this.#candles.priceScale().applyOptions({ mode: this.#isCompared ? PriceScaleMode.Percentage : own });
  }

  /** Draws the price as candles, or in another way. */
  drawAs(kind: ChartKind): void {
    this.#shape?.remove();
    this.#shape = kind === "candles" ? undefined : new PriceShape(this.#chart, kind, this.#colors);
    const interval = this.#shown?.interval;
    if (interval !== undefined) this.#shape?.show(chartPoints(this.#drawn, interval), interval);
    this.#recolorCandles();
  }

  /** Marks the candle of a moment that the pointer is on in another chart, and gives it back; undefined where there is none. */
  link(moment: number | undefined): WireKline | undefined {
    return this.#crosshair.link(moment);
  }

  /** Writes times in a zone, and lets days begin at its midnights. */
  zoned(zone: TimeZone): void {
    if (zone === this.#zone) return;
    this.#zone = zone;
    this.#chart.applyOptions(timeFormats(zone));
    if (this.#shown === undefined) return;
    // The library weighs the marks of the time axis only when candles come.
    const view = viewOf(this.#chart, this.#candles);
    this.#clear();
    this.#drawAll(this.#shown);
    keepView(this.#chart, view);
  }

  #clear(): void {
    this.#candles.setData([]);
    this.#volumes.setData([]);
    this.#shape?.show([], this.#shown?.interval ?? "1m");
    this.#studies.showAll([], this.#shown?.studies ?? []);
  }

  /** Brings a candle to the middle, with the crosshair on it. False when it isn't drawn. */
  goTo(openTime: number): boolean {
    return this.#goToKline(this.#byTime.get(openTime / 1_000));
  }

  /** The same for the first candle that opens at or after a moment, or else the last one. */
  goNear(moment: number): boolean {
    return this.#goToKline(this.#drawn.find(({ openTime }) => openTime >= moment) ?? this.#drawn.at(-1));
  }

  #goToKline(kline: WireKline | undefined): boolean {
    const openTime = kline?.openTime ?? 0;
    const scale = this.#chart.timeScale();
    const index = scale.timeToIndex((openTime / 1_000) as UTCTimestamp);
    const range = scale.getVisibleLogicalRange();
    if (kline === undefined || index === null || range === null) return false;
    const half = (range.to - range.from) / 2;
    this.#left = undefined;
    scale.setVisibleLogicalRange({ from: index - half, to: index + half });
    this.hold({ kline, price: kline.close });
    return true;
  }

  /** Puts the crosshair on a candle, at a price. */
  hold(at: HeldCrosshair): void {
    this.#crosshair.hold(at);
  }

  /** Moves the crosshair as a key asks, and brings its candle into sight. Gives back where it is. */
  moveCrosshair(move: CrosshairMove): HeldCrosshair | undefined {
    return this.#crosshair.move(move);
  }

  /** Where the crosshair is, in CSS pixels of the plane; undefined when it is nowhere. */
  crosshair(): Point | undefined {
    return this.#crosshair.point();
  }

  /** Which candles are in sight; undefined while there are none. */
  rangeInSight(): ViewRange | undefined {
    if (this.#shown === undefined) return undefined;
    return rangeInSight(this.#chart, this.#candles, this.#shown.interval, this.#shown.isLive);
  }

  /** Brings a range into sight; false when the middle of it isn't drawn. */
  showRange(range: ViewRange): boolean {
    const interval = this.#shown?.interval;
    const isShown = interval !== undefined && showRange(this.#chart, this.#candles, range, interval);
    if (isShown) this.#left = undefined;
    return isShown;
  }

  /** Shows all from a moment on to the end. */
  showSince(openTime: number): void {
    const index = this.#chart.timeScale().timeToIndex((openTime / 1_000) as UTCTimestamp, true);
    const last = this.#candles.data().length - 1;
    if (index === null || last < 0) return;
    this.#left = undefined;
    const { rightOffset } = this.#chart.timeScale().options();
    this.#chart.timeScale().setVisibleLogicalRange({ from: index - 0.5, to: last + rightOffset });
  }

  /** Back to where the market is, at once: older candles that arrive during an animation would end it half-way. */
  goToEnd(): void {
    showEnd(this.#chart);
  }

  /** The chart as it is, without the crosshair. */
  async picture(): Promise<HTMLCanvasElement> {
    await afterDrawing(this.#pane);
    return this.#chart.takeScreenshot(true, false);
  }

  /** The candles that are drawn, read from the chart itself; empty places are left out. */
  drawnKlines(): readonly WireKline[] {
    return this.#candles
      .data()
      .flatMap(({ time, ...data }) => ("close" in data ? (this.#byTime.get(Number(time)) ?? []) : []));
  }

  recolor(colors: ChartColors): void {
    this.#colors = colors;
    const { text, line, cross, font } = colors;
    this.#chart.applyOptions({
      layout: {
        background: { type: ColorType.Solid, color: "transparent" },
        textColor: text,
        fontFamily: font,
        panes: { separatorColor: colors.edge, separatorHoverColor: colors.edge },
      },
      grid: { vertLines: { color: line }, horzLines: { color: line } },
      crosshair: {
        vertLine: { color: cross, labelBackgroundColor: colors.label },
        horzLine: { color: cross, labelBackgroundColor: colors.label },
      },
      rightPriceScale: { borderColor: colors.edge, entireTextOnly: true },
      timeScale: { borderColor: colors.edge },
    });
    this.#recolorCandles();
    this.#shape?.recolor(colors);
    this.#marks.recolor(colors);
    this.#compared.recolor(colors);
    this.#volumes.setData(this.#drawn.map((kline) => this.#volume(kline)));
    this.#studies.recolor(colors);
    this.watermark(this.#markText);
  }

  /** Below another shape the candles have no colour; the newest price keeps one. */
  #recolorCandles(): void {
    const { up, down } = this.#colors;
    const [rise, fall] = this.#shape === undefined ? [up, down] : ["transparent", "transparent"];
    this.#candles.applyOptions({ upColor: rise, downColor: fall, wickUpColor: rise, wickDownColor: fall });
    this.#showLastPrice();
  }

  #showLastPrice(): void {
    const { up, down, accent } = this.#colors;
    const colors = this.#shape === undefined ? { up, down } : { up: accent, down: accent };
    this.#lastPrice.show(this.#shown?.isLive === false ? undefined : this.#drawn.at(-1), colors);
  }

  remove(): void {
    this.#ending.abort();
    this.#chart.remove();
  }

  #fresh(klines: Klines, interval: Interval): Klines | undefined {
    if (this.#drawn.length > klines.length + MOST_LEFT_CANDLES) return undefined;
    return newPoints(this.#drawn, klines, interval);
  }

  /** Shows what was in sight of another series, once this one has it. Meanwhile its end is in sight. */
  #findLeft({ interval, settled }: Drawing): void {
    if (this.#left === undefined || this.#drawn.length === 0) return;
    const isFound = moveView(this.#chart, this.#candles, this.#left, interval);
    if (isFound || (settled && !this.#events.onBeginning())) this.#left = undefined;
  }

  #drawAll(drawing: Drawing): void {
    const { klines, interval, studies } = drawing;
    const view = viewOf(this.#chart, this.#candles);
    const points = chartPoints(klines, interval);
    this.#drawn = klines;
    this.#byTime = new Map(klines.map((kline) => [secondsOf(kline), kline]));
    this.#crosshair.releaseMissing();
    this.#candles.setData(points.map((point) => candle(point)));
    this.#volumes.setData(klines.map((kline) => this.#volume(kline)));
    this.#shape?.show(points, interval);
    this.#studies.showAll(points, studies);
    keepView(this.#chart, view);
  }

  #drawFresh(fresh: Klines, { klines, interval, studies }: Drawing): void {
    const left = klines[0] === undefined ? 0 : this.#drawn.indexOf(klines[0]);
    this.#drawn = left > 0 ? [...this.#drawn.slice(0, left), ...klines] : klines;
    for (const kline of fresh) {
      this.#byTime.set(secondsOf(kline), kline);
      this.#candles.update(candle(kline));
      this.#volumes.update(this.#volume(kline));
    }
    this.#shape?.update(fresh, interval, this.#drawn.at(-1 - fresh.length));
    this.#studies.showFresh(fresh, klines, interval, studies);
  }

  #volume(kline: WireKline): { time: UTCTimestamp; value: number; color: string } {
    const color = kline.close >= kline.open ? this.#colors.upVolume : this.#colors.downVolume;
    return { time: secondsOf(kline), value: kline.volume, color };
  }

  #format(decimals: number): void {
    if (decimals === this.#decimals) return;
    this.#decimals = decimals;
    // Below the candles the scale goes on, where there are no prices.
    const formatter = (price: number): string => (price < 0 ? "" : priceText(price, decimals));
    const tickmarksFormatter = (prices: readonly number[]): string[] =>
      tickTexts(prices, this.#lastPrice.shown, (price) => this.#candles.priceToCoordinate(price), formatter);
    const priceFormat = { type: "custom", formatter, tickmarksFormatter, minMove: 10 ** -decimals } as const;
    this.#candles.applyOptions({ priceFormat });
    this.#studies.format(decimals);
  }
}

function candle(point: ChartPoint): { time: UTCTimestamp } {
  if (!("close" in point)) return { time: secondsOf(point) };
  const { open, high, low, close } = point;
  return { time: secondsOf(point), open, high, low, close } as { time: UTCTimestamp };
}
