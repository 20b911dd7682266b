import { InvalidInput, MARKET_IDS, type MarketId } from "../core/mod.ts";
import { PastFiles } from "../history/mod.ts";
import { Backtests, backtestThreads, Quarantine } from "../screening/mod.ts";
import { ARROW_TYPE, backtestAnswer } from "../server/mod.ts";
import { MarketStore, readerOf } from "../store/mod.ts";
import {
  type BacktestLine,
  type BacktestRequest,
  backtestLineSchema,
  backtestRequestSchema,
  issueText,
  NDJSON_TYPE,
  readAnswer,
  readForeign,
} from "../wire/mod.ts";
import { BacktestFailed, type BacktestSource } from "./backtest-source.ts";
import { systemClock } from "./clock.ts";
import { BACKTEST_PROGRAM } from "./screening-program.ts";
import { processorMs, stopwatch } from "./stopwatch.ts";

/** Nobody else asks. */
const CALLER = { caller: "vyx backtest" };

/** Backtests over a folder of history, on threads of this process: what a server with this history answers. */
export class FolderBacktests implements BacktestSource {
  readonly #past: PastFiles;
  readonly #threads: ReturnType<typeof backtestThreads>;
  readonly #backtests: Backtests;
  readonly #folder: string;

  /** A filter sees as many candles as on a server that keeps `capacity` of them. */
  constructor(folder: string, capacity: number) {
    this.#folder = folder;
    this.#past = new PastFiles(folder);
    // The same threads screen a live market on a server; there is none here.
    const markets = readerOf([new MarketStore({ intervals: ["1m"], capacity })]);
    const times = { clock: systemClock, stopwatch, processorMs };
    this.#threads = backtestThreads({ markets, program: BACKTEST_PROGRAM, ...times, quarantine: new Quarantine() });
    this.#backtests = new Backtests({ past: this.#past, threads: this.#threads, capacity });
  }

  async *lines(request: BacktestRequest): AsyncGenerator<BacktestLine, void> {
    for await (const piece of this.#pieces(request, NDJSON_TYPE)) {
      for (const text of new TextDecoder().decode(piece).trimEnd().split("\n")) {
        // Read as the client reads it, so that the command prints the same.
        const read = readAnswer(backtestLineSchema, JSON.parse(text));
        if ("fault" in read) throw new BacktestFailed(read.fault);
        if (read.answer.problem !== undefined) throw new BacktestFailed(read.answer.problem.detail);
        yield read.answer;
      }
    }
  }

  async arrow(request: BacktestRequest): Promise<Uint8Array> {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    for await (const piece of this.#pieces(request, ARROW_TYPE)) pieces.push(piece);
    return new Uint8Array(await new Blob(pieces).arrayBuffer());
  }

  stop(): void {
    for (const thread of this.#threads) thread.stop();
  }

  /** The body of a server's answer. Each piece of JSON lines has whole lines. Rejects with InvalidInput, and as filters fail. */
  async *#pieces(request: BacktestRequest, accept: string): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    const schema = backtestRequestSchema();
    const read = readForeign(schema, JSON.parse(JSON.stringify(request)));
    if ("issue" in read) throw new InvalidInput(issueText(read.issue, schema));
    const { market = await this.#onlyMarket(), ...asked } = read.output;
    const planned = await this.#backtests.plan({ ...asked, market }, CALLER);
    const { body } = backtestAnswer(planned, accept, asked.horizons);
    try {
      for (let piece = await body.next(); piece !== undefined; piece = await body.next()) yield piece;
    } finally {
      body.close();
    }
  }

  /** The market that the folder has. Throws InvalidInput where it has none, or several. */
  async #onlyMarket(): Promise<MarketId> {
    const kept: MarketId[] = [];
    for (const market of MARKET_IDS) if ((await this.#past.symbols(market)).length > 0) kept.push(market);
    const [only, another] = kept;
    if (only === undefined) throw new InvalidInput(`--history: ${this.#folder} has no klines: see vyx history fetch`);
    if (another === undefined) return only;
    throw new InvalidInput(`--market is missing: ${this.#folder} has ${kept.join(" and ")}`);
  }
}
