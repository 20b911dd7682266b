import { InvalidInput, type Symbol } from "../../core/mod.ts";
import { type ScreenService, ScreensBusy } from "../../server/mod.ts";
import type { MarketStore } from "../../store/mod.ts";
import {
  FilterCodeFault,
  type PreviewRequest,
  type PreviewResult,
  type ScreenRequest,
  type ScreenResult,
  WINDOW_KLINES,
} from "../../strategy/mod.ts";
import { THREADS } from "../threads.ts";
import type { ScreenReply, ScreenTask } from "./messages.ts";
import { ToldMarket } from "./told-market.ts";

/** Screens that may wait for the thread; one more is refused. */
export const MAX_WAITING_SCREENS = 16;

/** A thread that has said nothing for so long, in milliseconds, is given up. A preview's own bound is 10 s. */
const SILENT_MS = 20_000;

/** Tasks that the thread has at a time: while it works on one, the next is there already. */
const TASKS_AHEAD = 2;

/** Screens in a thread of its own, which is told of each series what it doesn't know yet; so a long screen holds up no request. */
export class WorkerScreens implements ScreenService {
  readonly #store: MarketStore;
  #worker: Worker | undefined;
  #market: ToldMarket;
  /** The symbols of the task before. */
  #symbols: readonly Symbol[] = [];
  /** Tasks that the thread has, by id, oldest first. */
  readonly #given: Map<number, { resolve(reply: ScreenReply): void; reject(cause: unknown): void }> = new Map();
  #queue: Promise<unknown> = Promise.resolve();
  #queued = 0;
  #id = 0;
  /** Called when the thread has one task less. */
  #wake: () => void = () => {};
  #stopped = false;
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(store: MarketStore) {
    this.#store = store;
    this.#market = new ToldMarket(store);
  }

  async screen(request: ScreenRequest): Promise<ScreenResult> {
    return (await this.#do("screen", request)) as ScreenResult;
  }

  async preview(request: PreviewRequest): Promise<PreviewResult> {
    return (await this.#do("preview", request)) as PreviewResult;
  }

  stop(): void {
    this.#stopped = true;
    this.#end(new ScreensBusy("the server is stopping"));
  }

  async #do(kind: ScreenTask["kind"], request: ScreenRequest | PreviewRequest): Promise<ScreenResult | PreviewResult> {
    if (this.#queued >= MAX_WAITING_SCREENS) {
      throw new ScreensBusy(`${this.#queued} screens wait already: try again in a few seconds`);
    }
    this.#queued += 1;
    const given = this.#queue.then(() => this.#give(kind, request));
    this.#queue = given.then(() => this.#room()).catch(() => {});
    let reply: ScreenReply;
    try {
      reply = await (await given).reply;
    } finally {
      this.#queued -= 1;
    }
    if ("result" in reply) return reply.result;
    if (reply.fault === "filter") throw new FilterCodeFault(reply.message, reply.place);
    if (reply.fault === "request") throw new InvalidInput(reply.message);
    throw new Error(`the screening thread failed: ${reply.message}`);
  }

  /** Hands a task to the thread, with what it doesn't know yet. */
  async #give(
    kind: ScreenTask["kind"],
    request: ScreenRequest | PreviewRequest,
  ): Promise<{ readonly reply: Promise<ScreenReply> }> {
    const symbols = request.symbols ?? this.#store.symbols().map(({ symbol }) => symbol);
    const depth = WINDOW_KLINES + ("closes" in request ? request.closes : 0);
    if (this.#stopped) throw new ScreensBusy("the server is stopping");
    const worker = this.#started();
    const { timeframes: intervals, closeTime } = request;
    const news = await this.#market.news({ symbols, intervals, closeTime, depth });
    // The thread may have gone meanwhile, and with it all that it was told.
    if (worker !== this.#worker) throw new ScreensBusy("the screening thread was started anew: try again");
    const tickers = request.code.includes("ticker")
      ? symbols.flatMap((symbol) => this.#store.ticker(symbol) ?? [])
      : [];
    this.#id += 1;
    const id = this.#id;
    const task: ScreenTask = {
      id,
      kind,
      request: { ...request, symbols: undefined },
      news,
      symbols: isSame(symbols, this.#symbols) ? undefined : symbols,
      tickers,
    };
    this.#symbols = symbols;
    const reply = new Promise<ScreenReply>((resolve, reject) => this.#given.set(id, { resolve, reject }));
    // Whoever asked waits for it; when the thread ends before, nobody may be there yet.
    reply.catch(() => {});
    worker.postMessage(task, { transfer: news.rows.map(({ buffer }) => buffer as ArrayBuffer) });
    if (this.#given.size === 1) this.#listen();
    return { reply };
  }

  /** Until the thread may be given another task. */
  async #room(): Promise<void> {
    while (this.#given.size >= TASKS_AHEAD) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #started(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(THREADS.screening);
    worker.onmessage = ({ data }: MessageEvent<ScreenReply>) => {
      const asked = this.#given.get(data.id);
      this.#given.delete(data.id);
      this.#listen();
      asked?.resolve(data);
      this.#wake();
    };
    worker.onerror = (event) => this.#end(new Error(`the screening thread failed: ${event.message}`));
    this.#worker = worker;
    return worker;
  }

  /** Waits for the thread's next word, if there is one to come. */
  #listen(): void {
    clearTimeout(this.#silence);
    if (this.#given.size === 0) return;
    this.#silence = setTimeout(
      () => this.#end(new ScreensBusy("the screening thread did not answer and was started anew: try again")),
      SILENT_MS,
    );
  }

  /** Gives the thread up; the next task starts another, which knows nothing. */
  #end(cause: Error): void {
    clearTimeout(this.#silence);
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#market = new ToldMarket(this.#store);
    this.#symbols = [];
    const given = [...this.#given.values()];
    this.#given.clear();
    for (const { reject } of given) reject(cause);
    this.#wake();
  }
}

function isSame(some: readonly Symbol[], others: readonly Symbol[]): boolean {
  return some === others || (some.length === others.length && some.every((symbol, at) => symbol === others[at]));
}
