import {
  type Clock,
  type Feed,
  type FeedState,
  type FeedStatus,
  InvalidInput,
  type MarketSink,
  millis,
  reasonOf,
  type StopSignal,
  type UnixMs,
} from "../../core/mod.ts";
import { type FrameOutcome, FrameReader } from "../binance/frames.ts";
import { recordedFrames } from "./recording.ts";
import { recordedSymbols } from "./symbols.ts";

/** How many frames are played in one go before others get their turn. */
const FRAMES_A_TURN = 500;

/** How a recording is played. */
export interface ReplayFeedOptions {
  /** A file of frames; see {@link recordedFrames}. */
  readonly path: string;
  /** Recorded seconds a second; Infinity plays as fast as it can be read. */
  readonly speed: number;
  readonly clock: Clock;
}

/**
 * Plays recorded frames of Binance's streams through the reader that live ones go through. It tells what the recording
 * holds and no more: there is no history, so series begin with the first whole candle, and none is complete.
 */
export class ReplayFeed implements Feed {
  readonly #options: ReplayFeedOptions;
  #reader: FrameReader | undefined;
  #state: FeedState = "connecting";
  #lastEventAt: UnixMs | undefined;

  constructor(options: ReplayFeedOptions) {
    this.#options = options;
  }

  /** How many frames met each outcome. */
  get frames(): ReadonlyMap<FrameOutcome, number> {
    return this.#reader?.counts ?? new Map();
  }

  status(): FeedStatus {
    return {
      state: this.#state,
      source: "recorded",
      connections: this.#state === "live" ? 1 : 0,
      lastEventAt: this.#lastEventAt,
    };
  }

  /** Rejects with InvalidInput when the file can't be read or holds no klines or tickers. */
  async run(sink: MarketSink, signal: StopSignal): Promise<void> {
    const { path, clock } = this.#options;
    const symbols = await readable(path, recordedSymbols(recordedFrames(path)));
    if (symbols.length === 0)
      throw new InvalidInput(`${path} holds no kline or ticker frames: expected one frame a line`);
    const reader = new FrameReader(new Map(symbols.map(({ symbol }) => [symbol, symbol])), sink);
    this.#reader = reader;
    sink({ type: "symbols", symbols });
    sink({ type: "connected", connection: "recording" });
    this.#state = "live";
    const start = clock.now();
    let first: UnixMs | undefined;
    let played = 0;
    for await (const { receivedAt, text } of recordedFrames(path)) {
      if (signal.aborted) break;
      if (receivedAt !== undefined) first ??= receivedAt;
      played += 1;
      const due = start + ((receivedAt ?? first ?? 0) - (first ?? 0)) / this.#options.speed;
      const wait = due - clock.now();
      if (wait > 0 || played % FRAMES_A_TURN === 0)
        await clock.sleep(millis(Math.max(0, wait)), signal).catch(() => {});
      if (signal.aborted) break;
      this.#lastEventAt = clock.now();
      reader.read(text);
    }
    this.#state = "ended";
    sink({ type: "disconnected", connection: "recording", reason: signal.aborted ? "stopped" : "the recording ended" });
  }
}

/** Turns the system's error about a file into words for whoever named it. */
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
