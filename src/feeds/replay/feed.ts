import {
  ANY_UNKNOWN,
  type Clock,
  didYouMean,
  type Feed,
  type FeedState,
  type FeedStatus,
  InvalidInput,
  type MarketSink,
  millis,
  nameAt,
  Refusals,
  reasonOf,
  type StopSignal,
  type Stopwatch,
  type Symbol,
  type SymbolInfo,
  type UnixMs,
} from "../../core/mod.ts";
import type { Exchange } from "../exchange.ts";
import { type FrameOutcome, FrameReader } from "../live/reading/frame-reader.ts";
import { RecordedTime } from "./recorded-time.ts";
import { recordedFrames } from "./recording.ts";
import { recordedSymbols } from "./symbols.ts";

/** How many frames are played in one go before others get their turn. */
const FRAMES_A_TURN = 500;

/** So many symbols of a recording are named in an error. */
const MOST_NAMED = 10;

/** How a recording is played. */
export interface ReplayFeedOptions {
  /** Whose frames these are. */
  readonly exchange: Pick<Exchange, "id" | "streams" | "facts">;
  /** A file of frames; see {@link recordedFrames}. */
  readonly path: string;
  /** Recorded seconds a second; Infinity plays as fast as it can be read. */
  readonly speed: number;
  readonly clock: Clock;
  readonly stopwatch: Stopwatch;
  /** Follow only these; by default all that the recording has. */
  readonly symbols?: readonly Symbol[];
  /** Told of the first frame that is refused for each reason. */
  readonly log?: { warn(message: string): void };
}

/**
 * Plays recorded frames of an exchange's streams through the reader that live ones go through. It passes on what the recording
 * holds and no more: there is no history, so series begin with the first whole candle, and none is complete.
 */
export class ReplayFeed implements Feed {
  readonly #options: ReplayFeedOptions;
  #reader: FrameReader | undefined;
  #state: FeedState = "connecting";
  readonly #startedAt: number;
  /** When the last kline or ticker was played, by the stopwatch. */
  #playedAt: number | undefined;
  /** Undefined until the recording was looked through. */
  #symbols: readonly SymbolInfo[] | undefined;

  constructor(options: ReplayFeedOptions) {
    this.#options = options;
    this.#startedAt = options.stopwatch();
  }

  /** How many frames met each outcome. */
  get frames(): ReadonlyMap<FrameOutcome, number> {
    return this.#reader?.counts ?? new Map();
  }

  status(): FeedStatus {
    const silentForMs = this.#options.stopwatch() - (this.#playedAt ?? this.#startedAt);
    return {
      state: this.#state,
      source: "recorded",
      connections: this.#state === "live" ? 1 : 0,
      lastEventAt:
        this.#playedAt === undefined ? undefined : (Math.round(this.#options.clock.now() - silentForMs) as UnixMs),
      silentForMs,
    };
  }

  /**
   * Reads which symbols the recording has; `run` does so if nobody did before. Rejects with InvalidInput when the file can't be
   * read, holds no klines or tickers, or lacks a symbol that is to be followed.
   */
  async prepare(): Promise<void> {
    const { exchange, path, symbols: wanted } = this.#options;
    const recorded = await readable(path, recordedSymbols(recordedFrames(path), exchange));
    if (recorded.length === 0) {
      throw new InvalidInput(`${path} holds no kline or ticker frames: expected one frame a line`);
    }
    const names = recorded.map(({ symbol }) => symbol);
    const missing = wanted?.filter((symbol) => !names.includes(symbol)) ?? [];
    if (missing.length > 0) {
      throw new InvalidInput(
        `the recording ${path} has no ${missing.join(", ")}:${didYouMean(missing[0] ?? "", names, 1)} expected some of ${names.slice(0, MOST_NAMED).join(", ")}${names.length > MOST_NAMED ? ", …" : ""}`,
      );
    }
    this.#symbols = wanted === undefined ? recorded : recorded.filter(({ symbol }) => wanted.includes(symbol));
  }

  /** Rejects as {@link prepare} does. */
  async run(sink: MarketSink, signal: StopSignal): Promise<void> {
    const { exchange, path, clock, stopwatch, speed, log } = this.#options;
    if (this.#symbols === undefined) await this.prepare();
    const symbols = this.#symbols ?? [];
    const time = new RecordedTime();
    let receivedNow: UnixMs | undefined;
    const reader = new FrameReader(
      exchange,
      new Map(symbols.map(({ symbol }) => [nameAt(symbol), symbol])),
      (event) => {
        this.#playedAt = stopwatch();
        sink(event);
      },
      {
        // It may be the recording of a stand-in.
        unknown: () => ANY_UNKNOWN,
        believes: (eventTime, _symbol, frame) => time.believes(eventTime, receivedNow, frame),
        refusals: new Refusals(({ reason, first }) =>
          log?.warn(`${path}: refused (${reason}), the first of its kind: ${first}`),
        ),
      },
    );
    this.#reader = reader;
    sink({ type: "symbols", symbols });
    sink({ type: "connected", connection: "recording" });
    this.#state = "live";
    const start = stopwatch();
    let first: UnixMs | undefined;
    let played = 0;
    for await (const { receivedAt, text } of recordedFrames(path)) {
      if (signal.aborted) break;
      if (receivedAt !== undefined) first ??= receivedAt;
      played += 1;
      const due = start + ((receivedAt ?? first ?? 0) - (first ?? 0)) / speed;
      const wait = due - stopwatch();
      if (wait > 0 || played % FRAMES_A_TURN === 0)
        await clock.sleep(millis(Math.max(0, wait)), signal).catch(() => {});
      if (signal.aborted) break;
      receivedNow = receivedAt;
      reader.read(text);
    }
    this.#state = "ended";
    sink({ type: "disconnected", connection: "recording", reason: signal.aborted ? "stopped" : "the recording ended" });
  }
}

/** Turns the system's error about a file into words for the user who named it. */
async function readable<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new InvalidInput(
      `${path} can't be read: ${reasonOf(cause)}; expected a recording, plain or gzipped, one frame a line`,
      { cause },
    );
  }
}
