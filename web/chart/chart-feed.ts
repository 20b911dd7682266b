import { type Signal, signal } from "@preact/signals";
import type { Client, ClientError, KlineSeries } from "../../src/client/mod.ts";
import type { FrameQueue } from "../market/frame-queue.ts";
import type { Klines } from "./chart-points.ts";
import type { ChartChoice } from "./chart-route.ts";

/** Each time that the beginning comes into sight, so many times as many klines are asked for. */
const EXTEND_BY = 4;

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
}

/** Dependencies of a chart's feed. */
export interface ChartFeedParts {
  readonly client: Pick<Client, "klineSeries">;
  readonly queue: FrameQueue;
  /** Called when the newest kline has moved: then the market has spoken. */
  readonly onHeard: () => void;
}

/** The klines of the chosen series, kept right by the SDK; drawn once a frame, however often they move. */
export class ChartFeed {
  readonly state: Signal<ChartState | undefined> = signal(undefined);
  readonly #parts: ChartFeedParts;
  #series: KlineSeries | undefined;

  constructor(parts: ChartFeedParts) {
    this.#parts = parts;
  }

  /** Shows another series; nothing of the former one is left. */
  choose({ symbol, interval }: ChartChoice): void {
    this.close();
    const series = this.#parts.client.klineSeries(symbol, interval);
    this.#series = series;
    this.state.value = stateOf(series);
    let newest: string | undefined;
    series.listen(() => {
      // Data that the server repeats while its exchange is silent doesn't count as new, and neither does the first snapshot.
      const last = JSON.stringify(series.klines.at(-1));
      if (series.state === "live" && newest !== undefined && last !== newest) this.#parts.onHeard();
      newest = last;
      this.#parts.queue.put("chart", () => {
        if (this.#series === series) this.state.value = stateOf(series);
      });
    });
  }

  /** Asks for older klines, up to what the server keeps of a series; false when there are none to come. */
  extend(capacity: number | undefined): boolean {
    const series = this.#series;
    if (series === undefined || capacity === undefined) return false;
    if (!series.settled || series.isLoading) return true;
    if (series.limit >= capacity || series.klines.length < series.limit) return false;
    series.extend(Math.min(capacity, EXTEND_BY * series.limit));
    return true;
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
  }
}

/** What a chart says of a symbol that the server doesn't have. */
export function unknownSymbolText(symbol: string): string {
  return `The server doesn't follow ${symbol}. The Markets screen lists its symbols.`;
}

function stateOf({ symbol, interval, klines, complete, settled, state, error }: KlineSeries): ChartState {
  const hasNone = klines.length === 0;
  const phase = hasNone && state === "ended" ? "failed" : hasNone && !settled ? "loading" : "ready";
  return { symbol, interval, phase, klines, complete, settled, detail: wordsFor(error, symbol, interval) };
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
