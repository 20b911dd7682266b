import { type Signal, signal } from "@preact/signals";
import type { Client, ClientError, KlineSeries } from "../../src/client/mod.ts";
import { nextOpenTime } from "../../src/core/mod.ts";
import type { FrameQueue } from "../market/frame-queue.ts";
import type { Klines } from "./chart-points.ts";
import type { ChartChoice } from "./chart-route.ts";
import { type Beginning, MOST_WINDOW_CANDLES, PastWindow } from "./past-window.ts";

/** Each time that the beginning comes into sight, so many times as many klines are asked for. */
const EXTEND_BY = 4;

/** So many candles more may come while the hand is on the chart: what goes then would make it jump. */
const SLACK_CANDLES = 20_000;

/** The state of the chart's data. */
export interface ChartState extends ChartChoice {
  readonly phase: "loading" | "ready" | "failed";
  readonly klines: Klines;
  /** Whether every candle is there. */
  readonly complete: boolean;
  /** False while something is in doubt, or the server couldn't be asked yet: it is asked again. */
  readonly settled: boolean;
  /** Why it failed, in words. */
  readonly detail: string;
  /** Where older candles end; undefined while some may come. */
  readonly beginning: Beginning | undefined;
  /** Whether the newest candles are among the klines: else they are a stretch of the past. */
  readonly isLive: boolean;
}

/** Dependencies of a chart's feed. */
export interface ChartFeedParts {
  readonly client: Pick<Client, "klineSeries" | "klines">;
  readonly queue: FrameQueue;
  /** Called when the newest kline has moved: then the market has spoken. */
  readonly onHeard: () => void;
}

let feeds = 0;

/** The klines of the chosen series, kept right by the SDK; drawn once a frame, however often they move. */
export class ChartFeed {
  readonly state: Signal<ChartState | undefined> = signal(undefined);
  readonly #parts: ChartFeedParts;
  /** Names this feed among those that share the queue. */
  readonly #name: string;
  #series: KlineSeries | undefined;
  #past: PastWindow | undefined;
  /** Whether the past goes over into the newest candles. */
  #isLive = true;
  #capacity = 0;
  /** The last candle of the past behind which klines were asked for. */
  #askedAfter: number | undefined;

  constructor(parts: ChartFeedParts) {
    this.#parts = parts;
    feeds += 1;
    this.#name = `chart ${feeds}`;
  }

  /** Shows another series; nothing of the former one is left. */
  choose({ symbol, interval }: ChartChoice): void {
    this.close();
    const series = this.#parts.client.klineSeries(symbol, interval);
    this.#series = series;
    const past = new PastWindow({
      client: this.#parts.client,
      choice: { symbol, interval },
      capacity: () => this.#capacity,
      onChange: () => this.#loaded(),
    });
    this.#past = past;
    this.#isLive = true;
    this.state.value = this.#stateOf(series, past);
    let newest: string | undefined;
    let before = series.klines;
    let { epoch } = series;
    series.listen(() => {
      if (epoch !== undefined && series.epoch !== epoch) {
        // The server has another market by now: nothing of the one before is shown.
        this.choose(series);
        return;
      }
      epoch = series.epoch;
      this.#follow(before, series);
      before = series.klines;
      // Data that the server repeats while its exchange is silent doesn't count as new, and neither does the first snapshot.
      const last = JSON.stringify(series.klines.at(-1));
      if (series.state === "live" && newest !== undefined && last !== newest) this.#parts.onHeard();
      newest = last;
      this.#parts.queue.put(this.#name, () => {
        if (this.#series === series) this.state.value = this.#stateOf(series, past);
      });
    });
  }

  /** Asks for older klines, of the series up to what the server's memory keeps, then of the past; false when there are none to come. */
  extend(capacity: number | undefined): boolean {
    const [series, past] = [this.#series, this.#past];
    if (series === undefined || past === undefined || capacity === undefined) return false;
    this.#capacity = capacity;
    if (this.#isLive && past.klines.length === 0) {
      if (!series.settled || series.isLoading) return true;
      if (series.limit < capacity && series.klines.length >= series.limit) {
        series.extend(Math.min(capacity, EXTEND_BY * series.limit));
        return true;
      }
    }
    const first = past.klines[0] ?? series.klines[0];
    if (past.beginning !== undefined || first === undefined) return false;
    if (!past.isLoading && past.klines.length < MOST_WINDOW_CANDLES + SLACK_CANDLES) void past.older(first.openTime);
    return true;
  }

  /** Asks for newer klines, where a stretch of the past is shown. */
  extendForward(): void {
    if (!this.#isLive && this.#past?.isLoading === false) void this.#past.newer();
  }

  /** Shows the stretch around a moment of the past. Resolves when {@link state} has it; false where the server has none, undefined once another series was chosen. */
  async goTo(moment: number, capacity: number): Promise<boolean | undefined> {
    const [series, past] = [this.#series, this.#past];
    if (series === undefined || past === undefined) return undefined;
    this.#capacity = capacity;
    const isThere = await past.around(moment);
    if (this.#past !== past) return undefined;
    if (!isThere) return false;
    this.#isLive = this.#isAdjacent();
    this.state.value = this.#stateOf(series, past);
    return true;
  }

  /** Back to the newest candles: those of the past go unless they lead there. */
  goLive(): void {
    if (this.#isLive || this.#series === undefined) return;
    this.choose(this.#series);
  }

  /** The hand is off the chart: what is too much may go, from the end that is farther from what is in sight. */
  trim(inSight: "oldest" | "newest"): void {
    const past = this.#past;
    if (past === undefined || past.klines.length <= MOST_WINDOW_CANDLES) return;
    past.trim(inSight);
    if (inSight === "oldest") this.#isLive = false;
    this.#show();
  }

  /** Asks for as many klines, or as many as the server keeps, unless there are as many already. */
  need(klines: number, capacity: number | undefined): void {
    const series = this.#series;
    if (series === undefined || capacity === undefined || !series.settled || series.isLoading) return;
    const wanted = Math.min(capacity, klines);
    if (series.limit < wanted && series.klines.length >= series.limit) series.extend(wanted);
  }

  /** Retries at once, for example because the network is back. */
  retry(): void {
    this.#series?.retry();
  }

  close(): void {
    this.#series?.close();
    this.#series = undefined;
    this.#past?.close();
    this.#past = undefined;
  }

  /** The series has moved on, and dropped its oldest klines: they belong to the past that is shown. */
  #follow(before: Klines, { klines, interval }: KlineSeries): void {
    const [past, first] = [this.#past, klines[0]];
    if (past === undefined || first === undefined || !this.#isLive || past.klines.length === 0) return;
    if (before[0] !== first) past.append(before.filter(({ openTime }) => openTime < first.openTime));
    const last = past.klines.at(-1);
    const isApart = last !== undefined && nextOpenTime(interval, last.openTime) < first.openTime;
    if (!isApart || last.openTime === this.#askedAfter) return;
    // The series began anew after a cut. Where the exchange has a hole, nothing comes.
    this.#askedAfter = last.openTime;
    void past.newer();
  }

  /** More of the past has come: where it has reached the newest candles, they belong together. */
  #loaded(): void {
    this.#isLive ||= this.#isAdjacent();
    this.#show();
  }

  #isAdjacent(): boolean {
    const [first, last] = [this.#series?.klines[0], this.#past?.klines.at(-1)];
    const { interval } = this.#series ?? {};
    if (first === undefined || last === undefined || interval === undefined) return false;
    return nextOpenTime(interval, last.openTime) >= first.openTime;
  }

  #show(): void {
    const [series, past] = [this.#series, this.#past];
    this.#parts.queue.put(this.#name, () => {
      if (series !== undefined && past !== undefined && this.#series === series) {
        this.state.value = this.#stateOf(series, past);
      }
    });
  }

  #stateOf(series: KlineSeries, past: PastWindow): ChartState {
    return stateOf(series, past, this.#isLive);
  }
}

/** What a chart says of a symbol that the server doesn't have. */
export function unknownSymbolText(symbol: string): string {
  return `The server doesn't follow ${symbol}. The Markets screen lists its symbols.`;
}

function stateOf(series: KlineSeries, past: PastWindow, isLive: boolean): ChartState {
  const { symbol, interval, complete, settled, state, error } = series;
  const klines = isLive ? joined(past.klines, series.klines) : past.klines;
  const hasNone = klines.length === 0;
  const phase = hasNone && state === "ended" ? "failed" : hasNone && !settled ? "loading" : "ready";
  const detail = wordsFor(error, symbol, interval);
  return { symbol, interval, phase, klines, complete, settled, detail, beginning: past.beginning, isLive };
}

/** The past, and the newest klines behind it. */
function joined(past: Klines, newest: Klines): Klines {
  const first = newest[0];
  if (past.length === 0 || first === undefined) return past.length === 0 ? newest : past;
  let end = past.length;
  while (end > 0 && (past[end - 1] as { readonly openTime: number }).openTime >= first.openTime) end -= 1;
  return [...(end === past.length ? past : past.slice(0, end)), ...newest];
}

function wordsFor(error: ClientError | undefined, symbol: string, interval: string): string {
  switch (error?.code) {
    case "unknown_symbol":
      return unknownSymbolText(symbol);
    case "unknown_interval":
      return `The server has no ${interval} candles. Choose one of the intervals above.`;
    default:
      return error?.message ?? "";
  }
}
