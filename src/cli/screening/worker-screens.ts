import {
  emptyKline,
  type Interval,
  InvalidInput,
  type Kline,
  openTimeOf,
  previousOpenTime,
  type Symbol,
} from "../../core/mod.ts";
import { type ScreenService, ScreensBusy } from "../../server/mod.ts";
import type { MarketStore, Series } from "../../store/mod.ts";
import {
  FilterCodeFault,
  type PreviewRequest,
  type PreviewResult,
  type ScreenRequest,
  type ScreenResult,
  WINDOW_KLINES,
} from "../../strategy/mod.ts";
import { THREADS } from "../threads.ts";
import { ROW_NUMBERS, type ScreenReply, type ScreenTask, type SeriesNews } from "./messages.ts";

/** Screens that may wait for the thread; one more is refused. */
export const MAX_WAITING_SCREENS = 16;

/** A thread that has said nothing for so long, in milliseconds, is given up. A preview's own bound is 10 s. */
const SILENT_MS = 20_000;

/** Series that are looked at, and numbers that are copied, before other work of this thread gets its turn: about a millisecond. */
const SERIES_A_TURN = 1_000;
const NUMBERS_A_TURN = 200_000;

/** What the thread has of a series. */
interface Told {
  readonly rewrites: number;
  /** The open time of the newest closed kline. */
  readonly last: number;
  readonly settled: boolean;
  readonly full: boolean;
}

/** Screens in a thread of its own, which is told of each series what it doesn't know yet; so a long screen holds up no request. */
export class WorkerScreens implements ScreenService {
  readonly #store: MarketStore;
  readonly #kline: Kline = emptyKline();
  #worker: Worker | undefined;
  #told: Map<Series, Told> = new Map();
  #waiting: { resolve(reply: ScreenReply): void; reject(cause: unknown): void } | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #queued = 0;
  #id = 0;

  constructor(store: MarketStore) {
    this.#store = store;
  }

  async screen(request: ScreenRequest): Promise<ScreenResult> {
    return (await this.#do("screen", request)) as ScreenResult;
  }

  async preview(request: PreviewRequest): Promise<PreviewResult> {
    return (await this.#do("preview", request)) as PreviewResult;
  }

  stop(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#told = new Map();
    this.#waiting?.reject(new ScreensBusy("the server is stopping"));
    this.#waiting = undefined;
  }

  async #do(kind: ScreenTask["kind"], request: ScreenRequest | PreviewRequest): Promise<ScreenResult | PreviewResult> {
    if (this.#queued >= MAX_WAITING_SCREENS) {
      throw new ScreensBusy(`${this.#queued} screens wait already: try again in a few seconds`);
    }
    this.#queued += 1;
    const turn = this.#queue.then(() => this.#run(kind, request));
    this.#queue = turn
      .catch(() => {})
      .finally(() => {
        this.#queued -= 1;
      });
    const reply = await turn;
    if ("result" in reply) return reply.result;
    if (reply.fault === "filter") throw new FilterCodeFault(reply.message, reply.place);
    if (reply.fault === "request") throw new InvalidInput(reply.message);
    throw new Error(`the screening thread failed: ${reply.message}`);
  }

  async #run(kind: ScreenTask["kind"], request: ScreenRequest | PreviewRequest): Promise<ScreenReply> {
    const symbols = request.symbols ?? this.#store.symbols().map(({ symbol }) => symbol);
    const depth = WINDOW_KLINES + ("closes" in request ? request.closes : 0);
    const news = await this.#news(symbols, request.timeframes, request.closeTime, depth);
    const tickers = request.code.includes("ticker")
      ? symbols.flatMap((symbol) => this.#store.ticker(symbol) ?? [])
      : [];
    const worker = this.#started();
    this.#id += 1;
    const task: ScreenTask = { id: this.#id, kind, request, news, symbols, tickers };
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      return await new Promise<ScreenReply>((resolve, reject) => {
        this.#waiting = { resolve, reject };
        timer = setTimeout(() => {
          this.stop();
          reject(new ScreensBusy("the screening thread did not answer and was started anew: try again"));
        }, SILENT_MS);
        worker.postMessage(task, { transfer: news.map(({ rows }) => rows.buffer as ArrayBuffer) });
      });
    } finally {
      clearTimeout(timer);
      this.#waiting = undefined;
    }
  }

  #started(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(THREADS.screening);
    worker.onmessage = ({ data }: MessageEvent<ScreenReply>) => this.#waiting?.resolve(data);
    worker.onerror = (event) => {
      const waiting = this.#waiting;
      this.#worker = undefined;
      this.#told = new Map();
      waiting?.reject(new Error(`the screening thread failed: ${event.message}`));
    };
    this.#worker = worker;
    return worker;
  }

  async #news(
    symbols: readonly Symbol[],
    intervals: readonly Interval[],
    closeTime: number,
    depth: number,
  ): Promise<SeriesNews[]> {
    const news: SeriesNews[] = [];
    let [seen, copied] = [0, 0];
    for (const symbol of symbols) {
      for (const interval of intervals) {
        const series = this.#store.series(symbol, interval);
        if (series === undefined) continue;
        const one = this.#newsOf(series, closeTime, depth);
        if (one !== undefined) news.push(one);
        seen += 1;
        copied += one?.rows.length ?? 0;
        if (seen < SERIES_A_TURN && copied < NUMBERS_A_TURN) continue;
        [seen, copied] = [0, 0];
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    }
    return news;
  }

  /** What the thread doesn't have of a series; undefined when it has it all, as after another filter's turn at this close. */
  #newsOf(series: Series, closeTime: number, depth: number): SeriesNews | undefined {
    const { ring, rewrites, symbol, interval } = series;
    const told = this.#told.get(series);
    const afresh = told?.rewrites !== rewrites;
    // Of the candles that were over at the close; the one that is open now comes later.
    const endTime = previousOpenTime(interval, openTimeOf(interval, closeTime + 1));
    const limit = Math.min(depth, ring.position(endTime + 1));
    const settled = limit > 0 && series.select({ limit, endTime, closedOnly: true }).settled;
    const full = ring.length >= ring.capacity;
    if (!afresh && told.settled === settled && told.full === full && !hasClosedAfter(series, told.last))
      return undefined;
    const numbers: number[] = [];
    let last = afresh ? Number.NEGATIVE_INFINITY : told.last;
    for (let position = afresh ? 0 : ring.position(last + 1); position < ring.length; position += 1) {
      if (!ring.isClosedAt(position)) continue;
      const one = ring.read(position, this.#kline);
      last = one.openTime;
      numbers.push(one.openTime, one.open, one.high, one.low, one.close, one.volume, one.closeTime, one.quoteVolume);
      numbers.push(one.trades, one.takerBuyVolume, one.takerBuyQuoteVolume);
    }
    this.#told.set(series, { rewrites, last, settled, full });
    const rows = Float64Array.from(numbers);
    if (rows.length % ROW_NUMBERS !== 0) throw new Error("a kline has other columns than the screening thread expects");
    return { symbol, interval, afresh, rows, keep: ring.capacity, settled, full };
  }
}

/** Whether a kline that opens after this moment is final. */
function hasClosedAfter({ ring }: Series, openTime: number): boolean {
  for (let position = ring.length - 1; position >= 0 && ring.openTimeAt(position) > openTime; position -= 1) {
    if (ring.isClosedAt(position)) return true;
  }
  return false;
}
